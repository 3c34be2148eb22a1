//! Condition operators, as far as comparing has to tell them apart.

use crate::wildcard::{Token, Tokens, push_literal};

/// A condition operator taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) set: Option<Set>,
    pub(super) family: Family,
    pub(super) negated: bool,
    pub(super) if_exists: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    All,
    Any,
}

/// What kind of values an operator compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
    Bool,
    Binary,
    Number(Relation),
    Date(Relation),
    Ip,
    Null,
}

/// How the request's value stands to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    Ordered,
}

impl Operator {
    /// Reads an operator in lower case.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let (set, rest) = match name.split_once(':') {
            None => (None, name),
            Some(("forallvalues", rest)) => (Some(Set::All), rest),
            Some(("foranyvalue", rest)) => (Some(Set::Any), rest),
            Some(_) => return None,
        };
        let (rest, if_exists) = rest.strip_suffix("ifexists").map_or((rest, false), |rest| (rest, true));
        let (family, negated) = match rest {
            "stringequals" => (Family::Equals, false),
            "stringnotequals" => (Family::Equals, true),
            "stringequalsignorecase" => (Family::EqualsIgnoreCase, false),
            "stringnotequalsignorecase" => (Family::EqualsIgnoreCase, true),
            "stringlike" => (Family::Like, false),
            "stringnotlike" => (Family::Like, true),
            "arnequals" | "arnlike" => (Family::Arn, false),
            "arnnotequals" | "arnnotlike" => (Family::Arn, true),
            "bool" => (Family::Bool, false),
            "binaryequals" => (Family::Binary, false),
            "ipaddress" => (Family::Ip, false),
            "notipaddress" => (Family::Ip, true),
            "null" => (Family::Null, false),
            ordered => {
                let (kind, relation): (fn(Relation) -> Family, _) = match ordered.strip_prefix("numeric") {
                    Some(relation) => (Family::Number, relation),
                    None => (Family::Date, ordered.strip_prefix("date")?),
                };
                match relation {
                    "equals" => (kind(Relation::Equal), false),
                    "notequals" => (kind(Relation::Equal), true),
                    "lessthan" | "lessthanequals" | "greaterthan" | "greaterthanequals" => {
                        (kind(Relation::Ordered), false)
                    }
                    _ => return None,
                }
            }
        };
        Some(Self { set, family, negated, if_exists })
    }

    /// Whether the operator with more values, or fewer where it is negated, asks for no more than `self` does.
    pub(super) fn is_weakened_by(self, weaker: Self) -> bool {
        let (pattern, literal) = if self.negated { (self, weaker) } else { (weaker, self) };
        let related = match (literal.family, pattern.family) {
            (Family::Equals, Family::Like) => true,
            // Which of the four orders is meant is not told apart here.
            (Family::Number(Relation::Ordered) | Family::Date(Relation::Ordered) | Family::Null, _) => false,
            (left, right) => left == right,
        };
        related && self.set == weaker.set && self.negated == weaker.negated && (weaker.if_exists || !self.if_exists)
    }

    /// Whether `*` and `?` in values are wildcards.
    pub(super) fn is_pattern(self) -> bool {
        matches!(self.family, Family::Like | Family::Arn)
    }

    /// The value with `*` and `?` escaped where they stand for themselves.
    pub(super) fn as_pattern(self, value: String) -> String {
        if self.is_pattern() || !value.contains(['*', '?']) {
            return value;
        }
        let mut text = String::with_capacity(value.len() + 8);
        for token in Tokens::new(&value) {
            match token {
                Token::Char(c) => push_literal(&mut text, c),
                Token::One => push_literal(&mut text, '?'),
                Token::Many => push_literal(&mut text, '*'),
                Token::Variable(name) => text.extend(["${", name, "}"]),
            }
        }
        text
    }
}
