//! What comparing asks of condition operators, beyond what deciding does.

use crate::operator::{Operator, Test};
use crate::wildcard::{Token, Tokens, push_literal};

/// Whether the operator with more values, or fewer where it is negated, asks for no more than `own` does.
pub(super) fn is_weakened_by(own: Operator, weaker: Operator) -> bool {
    let (pattern, literal) = if own.negated { (own, weaker) } else { (weaker, own) };
    let related = match (literal.test, pattern.test) {
        (Test::Equals, Test::Like) => true,
        (Test::Null, _) => false,
        (left, right) => left == right,
    };
    related
        && own.quantifier == weaker.quantifier
        && own.negated == weaker.negated
        && (weaker.if_exists || !own.if_exists)
}

/// The value with `*` and `?` escaped where they stand for themselves.
pub(super) fn as_pattern(operator: Operator, value: String) -> String {
    if operator.test.is_pattern() || !value.contains(['*', '?']) {
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
