//! What a rule depends on besides action and resource, each thing once.

use std::collections::HashMap;

use super::circumstances::Given;
use super::operator::{as_pattern, is_weakened_by};
use crate::conditions::Condition;
use crate::operator::Operator;
use crate::policy::PolicyDocument;
use crate::resource::ResourcePattern;
use crate::statement::{Effect, Statement};
use crate::wildcard::{self, Token, Tokens, push_literal};

/// Something that holds or does not hold for a request.
///
/// Two rules that depend on the same text depend on the same thing, whatever it means. That is what makes a statement
/// that is carried over unchanged provable although nothing of it is modelled.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Line {
    /// A condition in normal form.
    Condition(ConditionLine),
    /// The resource is matched by a pattern with policy variables.
    Pattern(ResourcePattern),
    /// The resource is matched by text that is no pattern.
    Verbatim(String),
    /// Anything else, by its text.
    Other(String),
}

/// A condition: operator and key in lower case, values in order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct ConditionLine {
    pub(super) operator: String,
    pub(super) key: String,
    pub(super) values: Vec<String>,
    pub(super) dollar: Dollar,
}

/// What `$` means in the values of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Dollar {
    /// There is none, or it is an escape or variable of the current language.
    Current,
    /// The character, as in documents of 2008.
    Plain,
}

pub(super) type LineId = u32;

/// All lines, each once.
#[derive(Debug, Default)]
pub(super) struct Lines {
    all: Vec<Line>,
    ids: HashMap<Line, LineId>,
}

impl Lines {
    pub(super) fn id(&mut self, line: Line) -> LineId {
        if let Some(id) = self.ids.get(&line) {
            return *id;
        }
        let id = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(line.clone());
        self.ids.insert(line, id);
        id
    }

    pub(super) fn get(&self, id: LineId) -> Option<&Line> {
        self.all.get(id as usize)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (LineId, &Line)> {
        (0..).zip(&self.all)
    }
}

impl ConditionLine {
    pub(super) fn new(condition: Condition<'_>, document: &PolicyDocument) -> Self {
        let mut values: Vec<String> = condition.values().map(std::borrow::Cow::into_owned).collect();
        values.sort_unstable();
        values.dedup();
        let plain = !document.has_variables() && values.iter().any(|value| value.contains('$'));
        Self {
            operator: condition.operator.to_ascii_lowercase(),
            key: condition.key.to_ascii_lowercase(),
            values,
            dollar: if plain { Dollar::Plain } else { Dollar::Current },
        }
    }

    /// The values in the current language.
    pub(super) fn current_values(&self) -> impl Iterator<Item = String> {
        self.values.iter().map(|value| match self.dollar {
            Dollar::Current => value.clone(),
            Dollar::Plain => value.replace('$', "${$}"),
        })
    }

    /// The names of the variables in the values, in lower case.
    pub(super) fn variables(&self) -> impl Iterator<Item = String> {
        let values = self.values.iter().filter(|_| self.dollar == Dollar::Current);
        let names = values.flat_map(|value| Tokens::new(value)).filter_map(|token| match token {
            Token::Variable(variable) => Some(variable),
            _ => None,
        });
        names.map(|variable| name_of(variable).to_ascii_lowercase())
    }

    /// The same with variables replaced by what they stand for. A value with one that stands for nothing matches nothing
    /// and is left out.
    pub(super) fn bound(&self, given: &Given) -> Self {
        let bound = |value: &String| {
            let mut text = String::with_capacity(value.len());
            for token in Tokens::new(value) {
                match token {
                    Token::Char(c) => push_literal(&mut text, c),
                    Token::One => text.push('?'),
                    Token::Many => text.push('*'),
                    Token::Variable(variable) => match value_of(variable, given) {
                        Variable::Value(value) => value.chars().for_each(|c| push_literal(&mut text, c)),
                        Variable::None => return None,
                        Variable::Unknown => text.extend(["${", variable, "}"]),
                    },
                }
            }
            Some(text)
        };
        let values = match self.dollar {
            Dollar::Current => self.values.iter().filter_map(bound).collect(),
            Dollar::Plain => self.values.clone(),
        };
        Self { values, ..self.clone() }
    }

    /// A document that allows everything under this condition.
    pub(super) fn as_document(&self) -> PolicyDocument {
        let mut conditions = crate::Conditions::new();
        conditions.insert(self.operator.clone(), self.key.clone(), self.values.iter().cloned());
        let mut statement = Statement::allow([crate::ActionPattern::any()], [ResourcePattern::any()]);
        statement.conditions = conditions;
        debug_assert_eq!(statement.effect, Effect::Allow);
        let mut document = PolicyDocument::new([statement]);
        if self.dollar == Dollar::Plain {
            document.version = None;
        }
        document
    }

    fn implies(&self, other: &Self) -> bool {
        let (Some(own), Some(others)) = (Operator::parse(&self.operator), Operator::parse(&other.operator)) else {
            return false;
        };
        if self.key != other.key || !is_weakened_by(own, others) {
            return false;
        }
        // The values that are excluded by `self` have to include those that `other` excludes.
        let (narrow, wide, narrow_operator, wide_operator) =
            if own.negated { (other, self, others, own) } else { (self, other, own, others) };
        let wide: Vec<String> = wide.current_values().map(|value| as_pattern(wide_operator, value)).collect();
        narrow.current_values().map(|value| as_pattern(narrow_operator, value)).all(|narrow| {
            wide.iter()
                .any(|wide| *wide == narrow || (wide_operator.test.is_pattern() && value_contains(wide, &narrow)))
        })
    }
}

/// What a policy variable stands for.
pub(super) enum Variable {
    Value(String),
    /// Nothing, so that its pattern matches nothing.
    None,
    Unknown,
}

/// The value of `key` or `key, 'default'` where these keys are given and all others absent.
pub(super) fn value_of(variable: &str, given: &Given) -> Variable {
    let default = match variable.split_once(',') {
        None => None,
        Some((_, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            let Some(quoted) = quoted else { return Variable::Unknown };
            Some(quoted)
        }
    };
    let name = name_of(variable);
    match given.get(&name.to_ascii_lowercase()).map(Vec::as_slice) {
        Some([value]) => Variable::Value(value.clone()),
        Some(_) => Variable::Unknown,
        // A template's placeholder has some value, whatever the request.
        None if !name.contains(':') => Variable::Unknown,
        None => default.map_or(Variable::None, |default| Variable::Value(default.to_owned())),
    }
}

/// The key that a variable is filled from.
pub(super) fn name_of(variable: &str) -> &str {
    variable.split_once(',').map_or(variable, |(name, _)| name).trim()
}

/// Whether the text of the current language holds a variable.
pub(super) fn has_variables(value: &str) -> bool {
    Tokens::new(value).any(|token| matches!(token, Token::Variable(_)))
}

impl Line {
    /// Whether the line holds wherever the other does, as far as their texts show.
    pub(super) fn is_implied_by(&self, other: &Self) -> bool {
        match (other, self) {
            (Self::Condition(left), Self::Condition(right)) => left.implies(right),
            (Self::Pattern(left), Self::Pattern(right)) => {
                is_simple(left.as_str()) && is_simple(right.as_str()) && right.contains(left)
            }
            (Self::Verbatim(left), Self::Verbatim(right)) => {
                // What comes before the `*` means the same in both, and what follows it is matched by the `*`, within
                // its segment and, as a short ARN goes on with `*`, beyond.
                right.strip_suffix('*').is_some_and(|stem| {
                    let whole = stem.matches("${").count() == stem.matches('}').count();
                    !stem.is_empty() && whole && !wildcard::has_wildcard(stem) && left.starts_with(stem)
                })
            }
            _ => false,
        }
    }

    /// How many pairs of patterns have to be looked at to see whether one line implies another.
    pub(super) fn size(&self) -> usize {
        if let Self::Condition(line) = self { 1 + line.values.len() } else { 1 }
    }

    /// What depends on the same unknowns has the same topic; other topics are independent.
    pub(super) fn topic(&self) -> String {
        match self {
            Self::Condition(line) => line.key.clone(),
            Self::Pattern(_) | Self::Verbatim(_) => "resource ".to_owned(),
            Self::Other(text) => format!("other {text}"),
        }
    }

    /// What a reader is told it depends on.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Condition(line) => format!("{} {} {}", line.operator, line.key, line.values.join(", ")),
            Self::Pattern(pattern) => pattern.as_str().to_owned(),
            Self::Verbatim(text) | Self::Other(text) => text.clone(),
        }
    }
}

/// Whether one pattern of a condition contains another, be they ARNs or not.
fn value_contains(outer: &str, inner: &str) -> bool {
    if !is_simple(outer) || !is_simple(inner) {
        return false;
    }
    match (outer.parse::<ResourcePattern>(), inner.parse::<ResourcePattern>()) {
        // Text is matched without regard to segments by some operators, with regard to them by others; what holds both
        // ways holds for either.
        (Ok(wide), Ok(narrow)) => wide.contains(&narrow) && wildcard::contains(outer, inner),
        _ => wildcard::contains(outer, inner),
    }
}

/// Whether the pattern has few enough wildcards for containment to cost next to nothing, whatever else it holds.
fn is_simple(pattern: &str) -> bool {
    pattern.len() < 2_048 && pattern.bytes().filter(|b| matches!(b, b'*' | b'?')).count() <= 16
}
