//! Whether a condition holds for a request.

use std::borrow::Cow;
use std::net::IpAddr;

use super::Truth;
use super::scope::{Expanded, Lookup, Scope};
use crate::arn::Arn;
use crate::conditions::Condition;
use crate::operator::{Operator, Quantifier, Test};
use crate::resource::ResourcePattern;
use crate::value;
use crate::wildcard::{self, Token, Tokens};

/// Whether the condition holds. An operator that is not known leaves it open.
pub(super) fn holds(condition: Condition<'_>, scope: Scope<'_>) -> Truth {
    let Some(operator) = Operator::parse(condition.operator) else { return Truth::depends_on(condition.operator) };
    let found = match scope.lookup(condition.key) {
        Lookup::Values(values) => values,
        Lookup::Unknown => return Truth::depends_on(condition.key.to_ascii_lowercase()),
        Lookup::Absent => match operator.test {
            Test::Null => Cow::Owned(Vec::new()),
            _ => return operator.without_key(condition.operator),
        },
    };
    let values: Vec<Cow<'_, str>> = condition.values().collect();
    if operator.test == Test::Null {
        return Truth::any(values.iter().map(|value| match value.to_ascii_lowercase().as_str() {
            "true" => found.is_empty().into(),
            "false" => Truth::from(!found.is_empty()),
            _ => Truth::depends_on(condition.operator),
        }));
    }
    let judge = |found: &String| {
        let answers = values.iter().map(|value| operator.compare(value, found, condition.key, scope));
        Truth::any(answers).negate_if(operator.negated)
    };
    match (operator.quantifier, &*found) {
        // Values that are all empty count as none.
        (Quantifier::All, found) if found.iter().all(String::is_empty) => Truth::Yes,
        (Quantifier::All, found) => Truth::all(found.iter().map(judge)),
        (Quantifier::Any, found) => Truth::any(found.iter().map(judge)),
        (Quantifier::Single, [only]) => judge(only),
        // What a comparison with one value makes of several is not documented.
        (Quantifier::Single, _) => Truth::depends_on(condition.key.to_ascii_lowercase()),
    }
}

impl Operator {
    /// Whether the condition holds for a request that does not have the key.
    fn without_key(self, name: &str) -> Truth {
        match (self.quantifier, self.if_exists) {
            // `IfExists` says yes and `ForAnyValue` says no, and which of them wins is not documented.
            (Quantifier::Any, true) => Truth::depends_on(name),
            (Quantifier::Any, false) => Truth::No,
            (Quantifier::All, _) | (Quantifier::Single, true) => Truth::Yes,
            (Quantifier::Single, false) => self.negated.into(),
        }
    }

    /// Compares one value of the policy with one of the request, not negated yet.
    fn compare(self, value: &str, found: &str, key: &str, scope: Scope<'_>) -> Truth {
        if !self.test.is_text() {
            return self
                .compare_typed(value, found)
                .map_or_else(|| Truth::depends_on(key.to_ascii_lowercase()), Truth::from);
        }
        match scope.expand(value) {
            Expanded::Pattern(pattern) if self.test == Test::Arn => compare_arns(&pattern, found, self.negated)
                .map_or_else(|| Truth::depends_on(key.to_ascii_lowercase()), Truth::from),
            Expanded::Pattern(pattern) => self.compare_text(&pattern, found).into(),
            // A variable without a value is equal to nothing and like nothing, so what is negated holds.
            Expanded::Nothing(_) => Truth::No,
            Expanded::Loose(loose, _) if !self.may_match(&loose, found) => Truth::No,
            Expanded::Loose(_, missing) => missing,
        }
    }

    /// Whether text may be what a value with unknown variables asks for; these are `*` in it.
    fn may_match(self, loose: &str, found: &str) -> bool {
        match self.test {
            Test::EqualsIgnoreCase => wildcard::matches(&loose.to_lowercase(), &found.to_lowercase()),
            // Segments are not told apart here.
            Test::Arn => true,
            _ => wildcard::matches(loose, found),
        }
    }

    fn compare_text(self, pattern: &str, found: &str) -> bool {
        match self.test {
            Test::Like => wildcard::matches(pattern, found),
            Test::EqualsIgnoreCase => spelled_out(pattern).to_lowercase() == found.to_lowercase(),
            _ => spelled_out(pattern) == found,
        }
    }

    /// Nothing where a value is not of the kind that the operator compares, or holds a variable, which it may not.
    fn compare_typed(self, value: &str, found: &str) -> Option<bool> {
        match self.test {
            Test::Number(relation) => value::compare_numbers(found, value).map(|order| relation.admits(order)),
            Test::Date(relation) => value::compare_dates(found, value).map(|order| relation.admits(order)),
            Test::Bool => Some(boolean(value)? == boolean(found)?),
            Test::Ip => value::in_range(value, found.parse::<IpAddr>().ok()?),
            Test::Binary if value == found => Some(true),
            Test::Binary => Some(value::bytes(value)? == value::bytes(found)?),
            Test::Equals | Test::EqualsIgnoreCase | Test::Like | Test::Arn | Test::Null => None,
        }
    }
}

/// Nothing where one of them is no ARN of six segments, unless they cannot be equal however it is read.
fn compare_arns(pattern: &str, found: &str, negated: bool) -> Option<bool> {
    let read = (pattern.parse::<ResourcePattern>(), found.parse::<Arn>());
    let whole = Tokens::new(pattern).filter(|token| *token == Token::Char(':')).count() >= 5;
    match read {
        (Ok(pattern), Ok(arn)) if whole => Some(pattern.matches(&arn)),
        (Ok(pattern), Ok(arn)) if pattern.matches(&arn) => None,
        _ => (!negated).then_some(false),
    }
}

/// The text of a pattern in which `*` and `?` are characters like any other.
fn spelled_out(pattern: &str) -> String {
    let chars = Tokens::new(pattern).map(|token| match token {
        Token::Char(c) => c,
        Token::One => '?',
        // Variables have been replaced before.
        Token::Many | Token::Variable(_) => '*',
    });
    chars.collect()
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
