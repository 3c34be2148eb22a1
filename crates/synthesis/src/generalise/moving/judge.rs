//! Whether the values at one place of a name will be others next month, judged by the days on which each was used.

use std::collections::BTreeSet;

/// A value at one place, with the days on which it was used, sorted.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub(super) days: Vec<i32>,
    /// What numbers are compared by; nothing for words.
    pub(super) order: u64,
}

impl Value {
    fn first(&self) -> i32 {
        self.days.first().copied().unwrap_or_default()
    }

    fn last(&self) -> i32 {
        self.days.last().copied().unwrap_or_default()
    }

    fn once(&self) -> bool {
        self.days.len() <= 1
    }
}

/// How unlikely it must be that values which only look new are taken for new ones.
const SIGNIFICANCE: f64 = 0.05;

/// Whether ids are made anew. Looks do not suffice: the id of a subnet stays for years.
pub(super) fn ids_turn(values: &[Value], sure: bool) -> bool {
    let once = values.iter().filter(|value| value.once()).count();
    let enough = if sure { 2 } else { 4 };
    (values.len() >= enough && once * 2 >= values.len() && spread(values)) || replaced(values, 3)
}

/// Whether each value gives way to the next one: of at least so many, no two were used at the same time for more than a day, and they
/// were used for longer than that.
pub(super) fn replaced(values: &[Value], least: usize) -> bool {
    let uses: usize = values.iter().map(|value| value.days.len()).sum();
    let mut spans: Vec<(i32, i32)> = values.iter().map(|value| (value.first(), value.last())).collect();
    spans.sort_unstable();
    let apart = spans.iter().zip(spans.iter().skip(1)).all(|((_, last), (first, _))| last <= first);
    let days: BTreeSet<i32> = spans.iter().map(|(first, _)| *first).collect();
    values.len() >= least && days.len() >= least && apart && uses >= 2 * values.len()
}

/// Whether names that guard something keep being replaced: each gave way to the next one, or most of at least six were used on one
/// day only.
pub(super) fn guards_turn(values: &[Value]) -> bool {
    let once = values.iter().filter(|value| value.once()).count();
    replaced(values, 3) || (values.len() >= 6 && once * 3 >= values.len() * 2 && spread(values))
}

/// Whether the values were used on several days, and not all in one go.
fn spread(values: &[Value]) -> bool {
    let firsts: BTreeSet<i32> = values.iter().map(Value::first).collect();
    firsts.len() >= 2
}

/// How many dates are more than a few editions of something.
const PARTITIONS: usize = 8;

/// Whether dates move with the days of use: `offsets` are the days between use and date of each value, the least and the most.
pub(super) fn dates_move(values: &[(Value, i32, i32)], width: i32) -> bool {
    match values {
        [] => false,
        // One date that was used for days is a name.
        [(value, least, most)] => value.once() || most - least <= width.min(2),
        _ => {
            // So many dates are partitions, whenever each of them was used.
            if values.len() >= PARTITIONS {
                return true;
            }
            let whole: Vec<Value> = values.iter().map(|(value, _, _)| value.clone()).collect();
            let brief = values.iter().filter(|(value, least, most)| value.once() || most - least <= 1).count();
            brief * 2 >= values.len() || rises(&whole, 3) || replaced(&whole, 2)
        }
    }
}

/// Whether numbers count something: they rise and pass, or the last to come are the greatest, or most were used on one day.
pub(super) fn numbers_count(values: &[Value], risk: f64) -> bool {
    if values.len() < 3 {
        return false;
    }
    if rises(values, 4) || replaced(values, 4) {
        return true;
    }
    let once = values.iter().filter(|value| value.once()).count();
    let many = values.len() >= 6 && once * 3 >= values.len() * 2 && spread(values);
    (many || greatest_came_last(values)) && new_lately(values) > risk
}

/// Whether later values are greater, and earlier ones no longer used.
fn rises(values: &[Value], least: usize) -> bool {
    if values.len() < least {
        return false;
    }
    let mut sorted: Vec<&Value> = values.iter().collect();
    sorted.sort_by_key(|value| value.order);
    let (mut with, mut against, mut passing, mut staying) = (0_u32, 0_u32, 0_u32, 0_u32);
    // Of many values, each is held against its neighbours.
    for (at, own) in sorted.iter().enumerate() {
        for later in sorted.iter().skip(at + 1).take(64) {
            with += u32::from(later.first() > own.first());
            against += u32::from(later.first() < own.first());
            passing += u32::from(later.last() > own.last());
            staying += u32::from(later.last() < own.last());
        }
    }
    // Values used in turn rise as well, but the first is still used when the last has come.
    let passed = sorted.first().zip(sorted.last()).is_some_and(|(first, last)| first.last() < last.first());
    passed && with >= against * 19 && passing >= staying * 9 && with > 0 && passing > 0
}

/// Whether the values that came last are the greatest, which for values in no order is unlikely.
fn greatest_came_last(values: &[Value]) -> bool {
    let mut sorted: Vec<&Value> = values.iter().collect();
    sorted.sort_by_key(|value| value.order);
    let count = sorted.len();
    // The latest first use of all values up to each.
    let latest: Vec<i32> = sorted
        .iter()
        .scan(i32::MIN, |latest, value| {
            *latest = value.first().max(*latest);
            Some(*latest)
        })
        .collect();
    let (mut chance, mut earliest) = (1.0, i32::MAX);
    // So many of the greatest came after all others: one in `count` choose `many` if the order says nothing.
    for many in 1..=count / 2 {
        chance *= as_float(many) / as_float(count + 1 - many);
        earliest = sorted.get(count - many).map_or(earliest, |value| value.first().min(earliest));
        let before = latest.get(count - many - 1).copied().unwrap_or(i32::MAX);
        if earliest > before && chance < SIGNIFICANCE / 4.0 {
            return true;
        }
    }
    false
}

/// Whether names keep coming: some arrived in the course of the time, or most of at least five were used on one day only.
pub(super) fn words_turn(values: &[Value], risk: f64) -> bool {
    let once = values.iter().filter(|value| value.once()).count();
    let many = values.len() >= 5 && once * 2 > values.len() && spread(values);
    if values.len() < 2 || new_lately(values) <= risk {
        return false;
    }
    let mut uses: Vec<i32> = values.iter().flat_map(|value| value.days.iter().copied()).collect();
    uses.sort_unstable();
    many || values.iter().any(|value| arrived(value, &uses, values.len()))
}

/// Whether a value is new: it was absent for so long that for one used as often as it is this would be unlikely, and longer than
/// between its uses. Without the latter everything would be new that is done at the end of a week or a month. `uses` are the days of
/// all `count` values, sorted.
fn arrived(value: &Value, uses: &[i32], count: usize) -> bool {
    let (Some(begin), true) = (uses.first(), value.days.len() >= 2) else { return false };
    let gap = value.days.iter().zip(value.days.iter().skip(1)).map(|(day, next)| next - day).max().unwrap_or(i32::MAX);
    let since = uses.len() - uses.partition_point(|day| *day < value.first());
    let share = as_float(since) / as_float(uses.len());
    let own = i32::try_from(value.days.len()).unwrap_or(i32::MAX);
    let is_unlikely = share.powi(own) < SIGNIFICANCE / as_float(count);
    is_unlikely && f64::from(value.first() - begin) >= 1.5 * f64::from(gap)
}

/// Whether numbers grow, with old ones still in use or not.
pub(super) fn grows(values: &[Value]) -> bool {
    rises(values, 4) || greatest_came_last(values)
}

/// The share of the uses that were the first of their value, after a quarter of the time: an estimate of the share of the uses
/// to come that will be of a value not yet seen.
fn new_lately(values: &[Value]) -> f64 {
    let first = values.iter().map(Value::first).min().unwrap_or_default();
    let last = values.iter().map(Value::last).max().unwrap_or_default();
    let settled = first + (last - first + 1) / 4;
    let new = values.iter().filter(|value| value.first() >= settled).count();
    let uses = values.iter().flat_map(|value| &value.days).filter(|day| **day >= settled).count();
    as_float(new) / as_float(uses.max(1))
}

#[expect(clippy::cast_precision_loss, reason = "counts of names and days")]
fn as_float(count: usize) -> f64 {
    count as f64
}
