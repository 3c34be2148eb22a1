//! Condition operators: the one table that deciding and comparing share.

use std::cmp::Ordering;

/// A condition operator taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) quantifier: Quantifier,
    pub(crate) test: Test,
    pub(crate) negated: bool,
    pub(crate) if_exists: bool,
}

/// How many of the request's values are asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantifier {
    /// The only one.
    Single,
    /// `ForAllValues`
    All,
    /// `ForAnyValue`
    Any,
}

/// What an operator compares, not negated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Test {
    Equals,
    EqualsIgnoreCase,
    Like,
    Arn,
    Number(Relation),
    Date(Relation),
    Bool,
    Binary,
    Ip,
    Null,
}

/// How the request's value stands to the policy's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// Reads an operator in any case; nothing for one that IAM does not have, `NullIfExists` among them.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (quantifier, rest) = match name.split_once(':') {
            None => (Quantifier::Single, name.as_str()),
            Some(("forallvalues", rest)) => (Quantifier::All, rest),
            Some(("foranyvalue", rest)) => (Quantifier::Any, rest),
            Some(_) => return None,
        };
        let (rest, if_exists) = rest.strip_suffix("ifexists").map_or((rest, false), |rest| (rest, true));
        let (test, negated) = match rest {
            "stringequals" => (Test::Equals, false),
            "stringnotequals" => (Test::Equals, true),
            "stringequalsignorecase" => (Test::EqualsIgnoreCase, false),
            "stringnotequalsignorecase" => (Test::EqualsIgnoreCase, true),
            "stringlike" => (Test::Like, false),
            "stringnotlike" => (Test::Like, true),
            "arnequals" | "arnlike" => (Test::Arn, false),
            "arnnotequals" | "arnnotlike" => (Test::Arn, true),
            "bool" => (Test::Bool, false),
            "binaryequals" => (Test::Binary, false),
            "ipaddress" => (Test::Ip, false),
            "notipaddress" => (Test::Ip, true),
            "null" if !if_exists => (Test::Null, false),
            ordered => {
                let (kind, relation): (fn(Relation) -> Test, _) = match ordered.strip_prefix("numeric") {
                    Some(relation) => (Test::Number, relation),
                    None => (Test::Date, ordered.strip_prefix("date")?),
                };
                let (relation, negated) = match relation {
                    "equals" => (Relation::Equal, false),
                    "notequals" => (Relation::Equal, true),
                    "lessthan" => (Relation::Less, false),
                    "lessthanequals" => (Relation::LessOrEqual, false),
                    "greaterthan" => (Relation::Greater, false),
                    "greaterthanequals" => (Relation::GreaterOrEqual, false),
                    _ => return None,
                };
                (kind(relation), negated)
            }
        };
        Some(Self { quantifier, test, negated, if_exists })
    }
}

impl Test {
    /// Whether values are compared as text, so that they may hold policy variables.
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Self::Equals | Self::EqualsIgnoreCase | Self::Like | Self::Arn)
    }

    /// Whether `*` and `?` in values are wildcards.
    pub(crate) fn is_pattern(self) -> bool {
        matches!(self, Self::Like | Self::Arn)
    }
}

impl Relation {
    pub(crate) fn admits(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_taken_apart_and_others_are_none() {
        let read = |name| Operator::parse(name).map(|o| (o.quantifier, o.test, o.negated, o.if_exists));
        assert_eq!(read("StringNotLike"), Some((Quantifier::Single, Test::Like, true, false)));
        assert_eq!(read("forallvalues:ArnLikeIfExists"), Some((Quantifier::All, Test::Arn, false, true)));
        let greater = Test::Date(Relation::GreaterOrEqual);
        assert_eq!(read("DateGreaterThanEquals"), Some((Quantifier::Single, greater, false, false)));
        for none in ["", "Null ", "NullIfExists", "BinaryNotEquals", "BoolNot", "ForSome:StringLike", "NumericLike"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
