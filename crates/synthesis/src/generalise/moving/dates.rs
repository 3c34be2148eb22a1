//! Dates in names, put together across separators and levels, and bound to the days on which the name was used.

use jiff::civil::{Date, ISOWeekDate, Weekday};

use super::read::Run;

/// A date in a name: which runs spell it, and which days it stands for, as days since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelled {
    /// The runs, each with what it spells.
    pub(super) runs: Vec<(usize, DatePart)>,
    /// The first day.
    pub(super) from: i32,
    /// The last day.
    pub(super) to: i32,
    /// Nothing but several values tells this from a name.
    pub(super) weak: bool,
}

/// What a run of digits or letters in a date spells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum DatePart {
    Year,
    Quarter,
    Month,
    MonthName,
    Week,
    Day,
    /// A moment in one run: `20260512`, `1778544000`.
    Compact,
}

impl DatePart {
    /// Whether one value may be longer than another.
    pub(crate) fn varies(self) -> bool {
        self == Self::MonthName
    }
}

/// The days on which a name was used.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    pub(super) first: i32,
    pub(super) last: i32,
}

/// How far from its use a whole date may lie: a year of retention.
const WHOLE: i32 = 400;
/// How far a date may lie that could well be another number.
const DOUBTFUL: i32 = 45;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Words that say what the number beside them is.
const LABELS: [&str; 22] = [
    "year", "yyyy", "yr", "y", "quarter", "q", "month", "mon", "mm", "mo", "m", "week", "wk", "kw", "w", "day", "dd",
    "d", "dt", "date", "t", "z",
];

impl Near {
    fn has(self, (from, to): (i32, i32), tolerance: i32) -> bool {
        from <= self.last.saturating_add(tolerance) && to >= self.first.saturating_sub(tolerance)
    }
}

/// The dates among the runs of a name. `taken` are runs that are something else.
pub(super) fn find(runs: &[Run<'_>], taken: &[bool], near: Near) -> Vec<Spelled> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        let free = |index: usize| taken.get(index).is_some_and(|taken| !taken);
        let spelled = free(at).then(|| at_run(runs, at, near)).flatten();
        let spelled = spelled.filter(|spelled| spelled.runs.iter().all(|(run, _)| free(*run)));
        match spelled.filter(|spelled| is_whole(runs, spelled)) {
            Some(spelled) => {
                at = spelled.runs.iter().map(|(run, _)| run + 1).max().unwrap_or(at + 1);
                found.push(spelled);
            }
            None => at += 1,
        }
    }
    found
}

/// Short parts are a date only if the whole of the word that they stand in is: what look like days are often the first
/// digits of an id.
fn is_whole(runs: &[Run<'_>], spelled: &Spelled) -> bool {
    spelled.runs.iter().all(|(index, _)| {
        let Some(own) = runs.get(*index) else { return false };
        let long = own.is_digits && own.text.len() >= 8;
        let word = runs.iter().enumerate().filter(|(_, run)| run.word == own.word);
        long || word.into_iter().all(|(other, run)| {
            spelled.runs.iter().any(|(run, _)| *run == other) || is_label(run.text) || is_time(runs, other)
        })
    })
}

fn is_label(text: &str) -> bool {
    LABELS.iter().any(|label| label.eq_ignore_ascii_case(text))
}

/// Digits behind a `T`, `h` or `hr` of the same word.
fn is_time(runs: &[Run<'_>], index: usize) -> bool {
    let before = index.checked_sub(1).and_then(|before| runs.get(before));
    let time = |label: &str| ["t", "h", "hr", "hour"].iter().any(|known| known.eq_ignore_ascii_case(label));
    match (before, runs.get(index)) {
        (Some(before), Some(own)) if own.is_digits => before.word == own.word && time(before.text),
        (_, Some(own)) => time(own.text),
        _ => false,
    }
}

fn at_run(runs: &[Run<'_>], at: usize, near: Near) -> Option<Spelled> {
    let run = runs.get(at)?;
    if run.is_digits {
        match run.text.len() {
            4 => from_year(runs, at, near),
            1 | 2 => day_first(runs, at, near),
            _ => compact(run.text, near).map(|days| one(at, days)),
        }
    } else {
        label_first(runs, at, near)
    }
}

fn one(at: usize, (from, to): (i32, i32)) -> Spelled {
    Spelled { runs: vec![(at, DatePart::Compact)], from, to, weak: false }
}

/// `2026-05-12`, `year=2026/month=05`, `2026Q1`, `2026-W07`, `2026-may`, or a year alone.
fn from_year(runs: &[Run<'_>], at: usize, near: Near) -> Option<Spelled> {
    let year = year(runs.get(at)?.text)?;
    let own = (at, DatePart::Year);
    let next = next_part(runs, at).and_then(|(next, label)| Some((next, runs.get(next)?, label)));
    if let Some((next, run, label)) = next {
        if let Some((month, part)) = month(run).filter(|_| is_of(label, &["month", "mon", "mm", "mo", "m"])) {
            let mut parts = vec![own, (next, part)];
            let after = next_part(runs, next).and_then(|(day, label)| {
                let number = small(runs.get(day)?, 31).filter(|_| is_of(label, &["day", "dd", "d"]))?;
                Some((day, whole(year, month, number)?))
            });
            parts.extend(after.map(|(day, _)| (day, DatePart::Day)));
            // A valid day belongs to the date, even if that makes it lie far away.
            let days = after.map_or_else(|| month_of(year, month), |(_, days)| Some(days))?;
            return near.has(days, WHOLE).then_some(Spelled { runs: parts, from: days.0, to: days.1, weak: false });
        }
        let unit = match label.map(str::to_ascii_lowercase).as_deref() {
            Some("q" | "quarter") => {
                small(run, 4).and_then(|quarter| quarter_of(year, quarter)).map(|days| (days, DatePart::Quarter))
            }
            Some("w" | "week" | "wk" | "kw") => {
                small(run, 53).and_then(|week| week_of(year, week)).map(|days| (days, DatePart::Week))
            }
            _ => None,
        };
        if let Some((days, part)) = unit.filter(|(days, _)| near.has(*days, WHOLE)) {
            return Some(Spelled { runs: vec![own, (next, part)], from: days.0, to: days.1, weak: false });
        }
    }
    let days = year_of(year).filter(|days| near.has(*days, DOUBTFUL))?;
    let run = runs.get(at)?;
    let mut beside = runs.iter().enumerate().filter(|(other, other_run)| *other != at && other_run.piece == run.piece);
    let labelled = at.checked_sub(1).and_then(|before| runs.get(before)).is_some_and(|before| {
        before.piece == run.piece
            && ["year", "yyyy", "yr", "y"].iter().any(|label| label.eq_ignore_ascii_case(before.text))
    });
    let alone = beside.next().is_none();
    Some(Spelled { runs: vec![own], from: days.0, to: days.1, weak: !(labelled || alone) })
}

/// `12-may-2026`, `12-05-2026`, `05-12-2026`.
fn day_first(runs: &[Run<'_>], at: usize, near: Near) -> Option<Spelled> {
    let (second, label) = next_part(runs, at)?;
    let (third, _) = next_part(runs, second)?;
    let run = runs.get(second)?;
    if label.is_some() {
        return None;
    }
    let Some(year) = year(runs.get(third)?.text) else { return short_year(runs, [at, second, third], near) };
    let first = small(runs.get(at)?, 31)?;
    if let Some((month, DatePart::MonthName)) = month(run) {
        let days = whole(year, month, first).filter(|days| near.has(*days, WHOLE))?;
        let parts = vec![(at, DatePart::Day), (second, DatePart::MonthName), (third, DatePart::Year)];
        return Some(Spelled { runs: parts, from: days.0, to: days.1, weak: false });
    }
    let other = small(run, 31)?;
    let days = [whole(year, other, first), whole(year, first, other)];
    let days = days.into_iter().flatten().find(|days| near.has(*days, DOUBTFUL))?;
    let parts = vec![(at, DatePart::Day), (second, DatePart::Day), (third, DatePart::Year)];
    Some(Spelled { runs: parts, from: days.0, to: days.1, weak: false })
}

/// `26-05-12`, `05.12.26`, `12.05.26`.
fn short_year(runs: &[Run<'_>], parts: [usize; 3], near: Near) -> Option<Spelled> {
    let two = |index: usize| {
        let run = runs.get(index).filter(|run| run.is_digits && run.text.len() == 2)?;
        run.text.parse::<i16>().ok()
    };
    let [first, second, third] = parts;
    let (a, b, c) = (two(first)?, two(second)?, two(third)?);
    let dates = [whole(2000 + a, b, c), whole(2000 + c, a, b), whole(2000 + c, b, a)];
    let days = dates.into_iter().flatten().find(|days| near.has(*days, DOUBTFUL))?;
    let runs = parts.into_iter().map(|run| (run, DatePart::Day)).collect();
    Some(Spelled { runs, from: days.0, to: days.1, weak: false })
}

/// `may-2026`, `may-12-2026`, `Q1-2026`, `W07-2026`.
fn label_first(runs: &[Run<'_>], at: usize, near: Near) -> Option<Spelled> {
    let run = runs.get(at)?;
    let (next, _) = next_part(runs, at).filter(|(_, label)| label.is_none())?;
    let following = runs.get(next)?;
    let spelled = |parts: Vec<(usize, DatePart)>, days: (i32, i32)| {
        near.has(days, WHOLE).then_some(Spelled { runs: parts, from: days.0, to: days.1, weak: false })
    };
    if let Some((month, part)) = month(run).filter(|(_, part)| *part == DatePart::MonthName) {
        if let Some(year) = year(following.text) {
            return spelled(vec![(at, part), (next, DatePart::Year)], month_of(year, month)?);
        }
        let day = small(following, 31)?;
        let (third, _) = next_part(runs, next).filter(|(_, label)| label.is_none())?;
        let year = year(runs.get(third)?.text)?;
        let parts = vec![(at, part), (next, DatePart::Day), (third, DatePart::Year)];
        return spelled(parts, whole(year, month, day)?);
    }
    let (third, _) = next_part(runs, next).filter(|(_, label)| label.is_none())?;
    let year = year(runs.get(third)?.text)?;
    let (days, part) = match run.text.to_ascii_lowercase().as_str() {
        "q" | "quarter" => (quarter_of(year, small(following, 4)?)?, DatePart::Quarter),
        "w" | "week" | "wk" | "kw" => (week_of(year, small(following, 53)?)?, DatePart::Week),
        _ => return None,
    };
    spelled(vec![(next, part), (third, DatePart::Year)], days)
}

/// The next run that could be a part of a date, with the label between, if there is one: nothing else may be between but
/// separators.
fn next_part<'a>(runs: &[Run<'a>], at: usize) -> Option<(usize, Option<&'a str>)> {
    let next = runs.get(at + 1)?;
    if !next.joins {
        return None;
    }
    if next.is_digits || month(next).is_some() {
        return Some((at + 1, None));
    }
    let after = runs.get(at + 2).filter(|after| after.joins && is_label(next.text))?;
    (after.is_digits || month(after).is_some()).then_some((at + 2, Some(next.text)))
}

/// Whether a label, if there is one, is one of these.
fn is_of(label: Option<&str>, own: &[&str]) -> bool {
    label.is_none_or(|label| own.iter().any(|own| own.eq_ignore_ascii_case(label)))
}

/// Digits that spell a whole moment.
fn compact(text: &str, near: Near) -> Option<(i32, i32)> {
    let number = |from: usize, to: usize| text.get(from..to).and_then(|digits| digits.parse::<i16>().ok());
    let date = |tolerance: i32| {
        let days = whole(year(text.get(..4)?)?, number(4, 6)?, number(6, 8)?)?;
        near.has(days, tolerance).then_some(days)
    };
    let doubtful = |days: Option<(i32, i32)>| days.filter(|days| near.has(*days, DOUBTFUL));
    let hour = || number(8, 10).is_some_and(|hour| hour < 24);
    let spelled = match text.len() {
        6 => {
            let month = year(text.get(..4)?).and_then(|year| month_of(year, number(4, 6)?));
            let short = || doubtful(whole(2000 + number(0, 2)?, number(2, 4)?, number(4, 6)?));
            doubtful(month).or_else(short)
        }
        7 => {
            let first = year(text.get(..4)?).and_then(year_of)?.0;
            let day = number(4, 7).filter(|day| (1..=366).contains(day))?;
            let own = first + i32::from(day) - 1;
            doubtful(Some((own, own)))
        }
        8 => date(WHOLE).or_else(|| {
            let end = text.get(4..).and_then(year)?;
            let (first, second) = (number(0, 2)?, number(2, 4)?);
            doubtful(whole(end, second, first)).or_else(|| doubtful(whole(end, first, second)))
        }),
        10.. if hour() => date(WHOLE),
        _ => None,
    };
    spelled.or_else(|| epoch(text).filter(|days| near.has(*days, WHOLE)))
}

/// Seconds, milliseconds, microseconds or nanoseconds since 1970, perhaps with zeros before them.
fn epoch(text: &str) -> Option<(i32, i32)> {
    let digits = text.trim_start_matches('0');
    let per_second: u64 = match digits.len() {
        10 => 1,
        13 => 1_000,
        16 => 1_000_000,
        19 => 1_000_000_000,
        _ => return None,
    };
    let day = i32::try_from(digits.parse::<u64>().ok()? / per_second / 86_400).ok()?;
    Some((day, day))
}

fn year(text: &str) -> Option<i16> {
    text.parse().ok().filter(|year| text.len() == 4 && (2000..2100).contains(year))
}

fn small(run: &Run<'_>, most: i16) -> Option<i16> {
    let value: i16 = run.text.parse().ok().filter(|_| run.is_digits && run.text.len() <= 2)?;
    (1..=most).contains(&value).then_some(value)
}

fn month(run: &Run<'_>) -> Option<(i16, DatePart)> {
    if run.is_digits {
        return small(run, 12).map(|month| (month, DatePart::Month));
    }
    let lower = run.text.to_ascii_lowercase();
    let named = |name: &str| {
        name == lower || (lower.len() == 3 && name.starts_with(&lower)) || (lower == "sept" && name.starts_with("sept"))
    };
    let at = MONTHS.iter().position(|name| named(name))?;
    Some((i16::try_from(at).ok()? + 1, DatePart::MonthName))
}

fn whole(year: i16, month: i16, day: i16) -> Option<(i32, i32)> {
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let day = number_of(date);
    Some((day, day))
}

fn month_of(year: i16, month: i16) -> Option<(i32, i32)> {
    let first = Date::new(year, i8::try_from(month).ok()?, 1).ok()?;
    Some((number_of(first), number_of(first.last_of_month())))
}

fn quarter_of(year: i16, quarter: i16) -> Option<(i32, i32)> {
    Some((month_of(year, quarter * 3 - 2)?.0, month_of(year, quarter * 3)?.1))
}

fn week_of(year: i16, week: i16) -> Option<(i32, i32)> {
    let monday = ISOWeekDate::new(year, i8::try_from(week).ok()?, Weekday::Monday).ok()?.date();
    let first = number_of(monday);
    Some((first, first + 6))
}

fn year_of(year: i16) -> Option<(i32, i32)> {
    let first = Date::new(year, 1, 1).ok()?;
    Some((number_of(first), number_of(first.last_of_year())))
}

/// As days since 1970.
fn number_of(date: Date) -> i32 {
    let epoch = Date::constant(1970, 1, 1);
    epoch.until(date).map_or(0, |span| span.get_days())
}
