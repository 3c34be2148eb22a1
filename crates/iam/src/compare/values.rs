//! Values that stand for all values of a condition key, as far as the conditions on it can tell them apart.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::budget::{Exhausted, Meter};
use super::classes::classes;
use super::lines::{ConditionLine, has_variables};
use super::tokens::{self, SegmentToken, Tok};
use crate::arn::Arn;
use crate::operator::{Operator, Test};
use crate::resource::ResourcePattern;
use crate::value::{self, Decimal, SECOND};
use crate::wildcard::{Token, Tokens};

/// Single values of a key, and which of its conditions they do not stand for.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) values: Vec<String>,
    /// Whether the values cover all that the condition at the same index can tell apart.
    pub(super) modelled: Vec<bool>,
}

/// Finds values for the conditions on one key.
///
/// Variables whose values are not known are anything: what a value matches only if they fit is told apart from what it
/// matches anyway.
pub(super) fn representatives(lines: &[&ConditionLine], meter: &mut Meter) -> Result<Values, Exhausted> {
    let operators: Vec<Option<Operator>> = lines
        .iter()
        .map(|line| Operator::parse(&line.operator).filter(|operator| is_modelled(line, *operator)))
        .collect();
    let kind_of = |line: &ConditionLine, operator: Operator| Kind::of(operator.test, &line.key);
    let kinds = lines.iter().zip(&operators).filter_map(|(line, operator)| kind_of(line, (*operator)?));
    let kind = kinds.max();
    let of_kind: Vec<(usize, &ConditionLine, Operator)> = (0..)
        .zip(lines)
        .zip(&operators)
        .filter_map(|((at, line), operator)| Some((at, *line, (*operator)?)))
        .filter(|(_, line, operator)| kind.is_some() && kind_of(line, *operator) == kind)
        .collect();
    let found = match kind {
        Some(Kind::Text) => Some(texts(&of_kind, meter)?),
        Some(Kind::Number) => numbers(&of_kind),
        Some(Kind::Date) => dates(&of_kind),
        Some(Kind::Ip) => Some(addresses(&of_kind)),
        Some(Kind::Binary) => Some(binaries(&of_kind)),
        None => None,
    };
    let mut modelled: Vec<bool> =
        operators.iter().map(|operator| operator.is_some_and(|operator| operator.test == Test::Null)).collect();
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
    let folds = operator.test != Test::EqualsIgnoreCase || line.values.iter().all(|value| value.is_ascii());
    // A key whose value is held against itself is no class of values.
    folds && !line.variables().any(|name| name == line.key)
}

/// Values that can be told apart together. Where a key has conditions of several kinds, the greatest is modelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Binary,
    Ip,
    Date,
    Number,
    Text,
}

impl Kind {
    /// Nothing for an operator that asks no value.
    fn of(test: Test, key: &str) -> Option<Self> {
        match test {
            // The one key that is documented for both.
            Test::Number(_) if key == EPOCH => Some(Self::Date),
            Test::Number(_) => Some(Self::Number),
            Test::Date(_) => Some(Self::Date),
            Test::Ip => Some(Self::Ip),
            Test::Binary => Some(Self::Binary),
            Test::Null => None,
            Test::Equals | Test::EqualsIgnoreCase | Test::Like | Test::Arn | Test::Bool => Some(Self::Text),
        }
    }
}

/// Whose values are seconds since 1970.
const EPOCH: &str = "aws:epochtime";

type Line<'a> = (usize, &'a ConditionLine, Operator);

fn texts(lines: &[Line<'_>], meter: &mut Meter) -> Result<Vec<String>, Exhausted> {
    let only = |test| lines.iter().all(|(_, _, operator)| operator.test == test);
    // A key that is asked for truth alone has no other values.
    if only(Test::Bool) {
        return Ok(vec!["true".to_owned(), "false".to_owned()]);
    }
    let mut owners: Vec<Vec<Vec<Tok>>> = Vec::new();
    for (_, line, operator) in lines {
        // What matches whatever the variables are, and what may match, are two things.
        let (open, plain): (Vec<String>, Vec<String>) = line.current_values().partition(|value| has_variables(value));
        let tokens = |values: Vec<String>| -> Vec<Vec<Tok>> {
            values.iter().filter_map(|value| text_tokens(value, operator.test)).collect()
        };
        owners.push(tokens(plain));
        if !open.is_empty() {
            owners.push(tokens(open));
        }
    }
    if lines.iter().any(|(_, _, operator)| operator.test == Test::Arn) {
        // Whether it is an ARN at all is told apart as well.
        owners.push(text_tokens("arn:*", Test::Arn).into_iter().collect());
    }
    // `ForAllValues` takes an empty value for none, so it stands for no other.
    owners.push(vec![tokens::flat("?*")]);
    let mut values = classes(&owners, meter)?;
    if only(Test::Arn) {
        values.retain(|value| value.is_empty() || value.parse::<Arn>().is_ok());
    }
    Ok(values)
}

fn text_tokens(value: &str, test: Test) -> Option<Vec<Tok>> {
    match test {
        Test::Like => Some(tokens::flat(value)),
        Test::Arn => {
            let pattern: ResourcePattern = value.parse().ok()?;
            let [_, segments @ ..] = pattern.segments().unwrap_or(["*"; 6]);
            let (_, generator) = tokens::arn(segments.map(|segment| tokens::loose(segment).collect()));
            let mut toks: Vec<Tok> = "arn:".chars().map(Tok::Char).collect();
            toks.extend(generator?);
            Some(toks)
        }
        _ => {
            let spelled = Tokens::new(value).map(|token| match token {
                Token::Char(c) => SegmentToken::Char(c),
                Token::One => SegmentToken::Char('?'),
                Token::Many => SegmentToken::Char('*'),
                Token::Variable(_) => SegmentToken::Many,
            });
            let mut toks = Vec::new();
            tokens::push_segment(&mut toks, spelled, true);
            for tok in toks.iter_mut().filter(|_| test != Test::Equals) {
                if let Tok::Char(c) = tok
                    && c.is_ascii_alphabetic()
                {
                    *tok = Tok::Fold(c.to_ascii_lowercase());
                }
            }
            Some(toks)
        }
    }
}

/// Each number, and one beside it on either side. What is no number is never compared.
fn numbers(lines: &[Line<'_>]) -> Option<Vec<String>> {
    let all = || lines.iter().flat_map(|(_, line, _)| &line.values).filter_map(|value| Decimal::parse(value));
    // One digit more than any of them has, so that there is room between two.
    let scale = all().map(Decimal::scale).max().unwrap_or(0) + 1;
    let points = all().map(|number| number.scaled(scale).filter(|scaled| scaled.unsigned_abs() < 1 << 100));
    let points: BTreeSet<i128> = points.collect::<Option<_>>()?;
    Some(beside(&points, 10).into_iter().map(|point| Decimal::text(point, scale)).collect())
}

/// Each point in time, and one beside it on either side. What is no date is never compared.
fn dates(lines: &[Line<'_>]) -> Option<Vec<String>> {
    let mut points = BTreeSet::new();
    let mut epoch = false;
    for (_, line, operator) in lines {
        epoch = line.key == EPOCH;
        for value in &line.values {
            let point = match operator.test {
                // Below a nanosecond nothing is told apart.
                Test::Number(_) => Decimal::parse(value).map(|seconds| seconds.scaled(9)),
                _ => value::nanoseconds(value).map(Some),
            };
            points.extend(point.map(|point| point.filter(|point| point.unsigned_abs() < 1 << 100).ok_or(())));
        }
    }
    let points: BTreeSet<i128> = points.into_iter().collect::<Result<_, ()>>().ok()?;
    let text = |point: i128| if epoch { Some(Decimal::text(point, 9)) } else { value::date_text(point) };
    beside(&points, SECOND).into_iter().map(text).collect()
}

/// The points and one between each two, and one before and after all, `step` away where there is room.
fn beside(points: &BTreeSet<i128>, step: i128) -> Vec<i128> {
    let mut all: Vec<i128> = points.first().map(|first| first - step).into_iter().collect();
    let following = points.iter().skip(1).map(Some).chain([None]);
    for (point, next) in points.iter().zip(following) {
        all.push(*point);
        match next {
            Some(next) if next - point > step => all.push(point + step),
            Some(next) if next - point > 1 => all.push(point + (next - point) / 2),
            Some(_) => {}
            None => all.push(point + step),
        }
    }
    all
}

/// Each value, one that is none of them, and no bytes at all. What is not base64 is never compared.
fn binaries(lines: &[Line<'_>]) -> Vec<String> {
    let named = || lines.iter().flat_map(|(_, line, _)| &line.values);
    let known: BTreeSet<Vec<u8>> = named().filter_map(|value| value::bytes(value)).collect();
    let mut values: Vec<String> = named().filter(|value| value::bytes(value).is_some()).cloned().collect();
    // As many groups as there are values and one more.
    let other = (0..=known.len()).map(|more| "AAAA".repeat(more + 1));
    values.extend(other.into_iter().find(|text| value::bytes(text).is_some_and(|bytes| !known.contains(&bytes))));
    values.push(String::new());
    values.dedup();
    values
}

/// The first address of each range and the first one after it: between two of these no condition changes its answer.
/// What is no range is never compared.
fn addresses(lines: &[Line<'_>]) -> Vec<String> {
    let mut four = BTreeSet::from([0_u32]);
    let mut six = BTreeSet::from([0_u128]);
    for value in lines.iter().flat_map(|(_, line, _)| &line.values) {
        match value::range(value) {
            Some((IpAddr::V4(base), host)) => {
                let mask = u32::MAX.checked_shl(host).unwrap_or(0);
                four.insert(u32::from(base) & mask);
                four.extend((u32::from(base) | !mask).checked_add(1));
            }
            Some((IpAddr::V6(base), host)) => {
                let mask = u128::MAX.checked_shl(host).unwrap_or(0);
                six.insert(u128::from(base) & mask);
                six.extend((u128::from(base) | !mask).checked_add(1));
            }
            None => {}
        }
    }
    let four = four.into_iter().rev().map(|bits| Ipv4Addr::from(bits).to_string());
    let six = six.into_iter().rev().map(|bits| Ipv6Addr::from(bits).to_string());
    four.chain(six).collect()
}
