//! Values that stand for all values of a condition key, as far as the conditions on it can tell them apart.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::budget::{Exhausted, Meter};
use super::classes::classes;
use super::lines::ConditionLine;
use super::operator::{Family, Operator};
use super::tokens::{self, Tok};
use crate::arn::Arn;
use crate::resource::ResourcePattern;
use crate::wildcard::{Token, Tokens};

/// Single values of a key, and which of its conditions they do not stand for.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) values: Vec<String>,
    /// Whether the values cover all that the condition at the same index can tell apart.
    pub(super) modelled: Vec<bool>,
}

/// Finds values for the conditions on one key. Conditions with variables are left out.
pub(super) fn representatives(lines: &[&ConditionLine], meter: &mut Meter) -> Result<Values, Exhausted> {
    let operators: Vec<Option<Operator>> = lines
        .iter()
        .map(|line| Operator::parse(&line.operator).filter(|operator| is_modelled(line, *operator)))
        .collect();
    let families = || operators.iter().flatten().map(|operator| operator.family);
    let kind = families().filter(|family| *family != Family::Null).map(kind_of).max();
    let of_kind: Vec<(usize, &ConditionLine, Operator)> = (0..)
        .zip(lines)
        .zip(&operators)
        .filter_map(|((at, line), operator)| Some((at, *line, (*operator)?)))
        .filter(|(_, _, operator)| Some(kind_of(operator.family)) == kind)
        .collect();
    let found = match kind {
        Some(Kind::Text) => Some(texts(&of_kind, meter)?),
        Some(Kind::Number) => numbers(&of_kind),
        Some(Kind::Date) => dates(&of_kind),
        Some(Kind::Ip) => addresses(&of_kind),
        Some(Kind::Binary) | None => None,
    };
    let mut modelled: Vec<bool> =
        operators.iter().map(|operator| operator.is_some_and(|operator| operator.family == Family::Null)).collect();
    if found.is_some() {
        for (at, ..) in of_kind {
            if let Some(modelled) = modelled.get_mut(at) {
                *modelled = true;
            }
        }
    }
    let mut values = found.unwrap_or_default();
    if values.is_empty() {
        values.push("x".to_owned());
    }
    Ok(Values { values, modelled })
}

fn is_modelled(line: &ConditionLine, operator: Operator) -> bool {
    // Beyond ASCII, letters of other case may be more than one character.
    let folds = operator.family != Family::EqualsIgnoreCase || line.values.iter().all(|value| value.is_ascii());
    folds && !line.has_variables()
}

/// Families whose values can be told apart together. Where a key has conditions of several kinds, the greatest is
/// modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Binary,
    Ip,
    Date,
    Number,
    Text,
}

fn kind_of(family: Family) -> Kind {
    match family {
        Family::Number(_) => Kind::Number,
        Family::Date(_) => Kind::Date,
        Family::Ip => Kind::Ip,
        Family::Binary | Family::Null => Kind::Binary,
        Family::Equals | Family::EqualsIgnoreCase | Family::Like | Family::Arn | Family::Bool => Kind::Text,
    }
}

fn texts(lines: &[(usize, &ConditionLine, Operator)], meter: &mut Meter) -> Result<Vec<String>, Exhausted> {
    let only = |family| lines.iter().all(|(_, _, operator)| operator.family == family);
    // A key that is asked for truth alone has no other values.
    if only(Family::Bool) {
        return Ok(vec!["true".to_owned(), "false".to_owned()]);
    }
    let mut owners: Vec<Vec<Vec<Tok>>> = lines
        .iter()
        .map(|(_, line, operator)| {
            let values = line.current_values().filter_map(|value| text_tokens(&value, operator.family));
            values.collect()
        })
        .collect();
    if lines.iter().any(|(_, _, operator)| operator.family == Family::Arn) {
        // Whether it is an ARN at all is told apart as well.
        owners.push(text_tokens("arn:*", Family::Arn).into_iter().collect());
    }
    // `ForAllValues` takes an empty value for none, so it stands for no other.
    owners.push(vec![tokens::flat("?*")]);
    let mut values = classes(&owners, meter)?;
    if only(Family::Arn) {
        values.retain(|value| value.is_empty() || value.parse::<Arn>().is_ok());
    }
    Ok(values)
}

fn text_tokens(value: &str, family: Family) -> Option<Vec<Tok>> {
    match family {
        Family::Like => Some(tokens::flat(value)),
        Family::Arn => {
            let pattern: ResourcePattern = value.parse().ok()?;
            let [_, segments @ ..] = pattern.segments().unwrap_or(["*"; 6]);
            let (_, generator) = tokens::arn(segments.map(|segment| tokens::loose(segment).collect()));
            let mut toks: Vec<Tok> = "arn:".chars().map(Tok::Char).collect();
            toks.extend(generator?);
            Some(toks)
        }
        _ => {
            let fold = family != Family::Equals;
            let chars = Tokens::new(value).map(|token| match token {
                Token::Char(c) => c,
                Token::One => '?',
                Token::Many | Token::Variable(_) => '*',
            });
            let tok = |c: char| {
                if fold && c.is_ascii_alphabetic() { Tok::Fold(c.to_ascii_lowercase()) } else { Tok::Char(c) }
            };
            Some(chars.map(tok).collect())
        }
    }
}

/// Each number, and one beside it on either side.
fn numbers(lines: &[(usize, &ConditionLine, Operator)]) -> Option<Vec<String>> {
    let mut points = BTreeSet::new();
    for (_, line, _) in lines {
        for value in &line.values {
            // Within this range a half is exact, and so is the comparison.
            points.insert(value.parse::<i64>().ok().filter(|value| value.unsigned_abs() < 1 << 50)?);
        }
    }
    let mut values = Vec::new();
    for point in points {
        values.extend([point.to_string(), half_below(point), half_below(point + 1)]);
    }
    values.dedup();
    Some(values)
}

/// `point - 0.5`
fn half_below(point: i64) -> String {
    if point <= 0 { format!("-{}.5", point.unsigned_abs()) } else { format!("{}.5", point - 1) }
}

/// Each point in time, and one beside it on either side.
fn dates(lines: &[(usize, &ConditionLine, Operator)]) -> Option<Vec<String>> {
    let mut points = BTreeSet::new();
    for (_, line, _) in lines {
        for value in &line.values {
            points.insert(whole_second(value)?);
        }
    }
    let mut values: Vec<String> =
        points.iter().flat_map(|point| [format!("{point}Z"), format!("{point}.5Z")]).collect();
    values.push("1970-01-01T00:00:00Z".to_owned());
    Some(values)
}

/// `YYYY-MM-DDThh:mm:ss` after 1970, in which order of text is order of time. Other notations are not modelled.
fn whole_second(text: &str) -> Option<String> {
    let shape = |text: &str, shape: &str| {
        text.len() == shape.len()
            && text.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'0' { b.is_ascii_digit() } else { b == s })
    };
    let text = if shape(text, "0000-00-00") { format!("{text}T00:00:00Z") } else { text.to_owned() };
    let plain = text.strip_suffix('Z')?;
    (shape(plain, "0000-00-00T00:00:00") && plain > "1970-01-01T00:00:00").then(|| plain.to_owned())
}

/// The first address of each range and the first one after it: between two of these no condition changes its answer.
fn addresses(lines: &[(usize, &ConditionLine, Operator)]) -> Option<Vec<String>> {
    let mut four = BTreeSet::from([0_u32]);
    let mut six = BTreeSet::from([0_u128]);
    for (_, line, _) in lines {
        for value in &line.values {
            let (base, length) = match value.split_once('/') {
                Some((base, length)) => (base.parse::<IpAddr>().ok()?, Some(length.parse::<u32>().ok()?)),
                None => (value.parse::<IpAddr>().ok()?, None),
            };
            match base {
                IpAddr::V4(base) => {
                    let host = 32_u32.checked_sub(length.unwrap_or(32))?;
                    let mask = u32::MAX.checked_shl(host).unwrap_or(0);
                    four.insert(u32::from(base) & mask);
                    four.extend((u32::from(base) | !mask).checked_add(1));
                }
                IpAddr::V6(base) => {
                    let host = 128_u32.checked_sub(length.unwrap_or(128))?;
                    let mask = u128::MAX.checked_shl(host).unwrap_or(0);
                    six.insert(u128::from(base) & mask);
                    six.extend((u128::from(base) | !mask).checked_add(1));
                }
            }
        }
    }
    let four = four.into_iter().rev().map(|bits| Ipv4Addr::from(bits).to_string());
    let six = six.into_iter().rev().map(|bits| Ipv6Addr::from(bits).to_string());
    Some(four.chain(six).collect())
}
