//! Parts of names that will be others next month: dates, numbers that count, ids that are made anew, names that keep coming.
//!
//! Names are walked level by level, below one service, region, account and type. What is decided at one place is decided from
//! all values there and the days on which each was used, so the order in which they were seen does not show. What lies below an
//! opened part is judged together.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use tighten_usage::Days;

use super::ids;
use super::name::{Path, Piece};
use super::{Guarded, How};
use crate::others::Others;

mod dates;
mod judge;
mod read;
mod words;

use judge::Value;
use read::{Token, TokenKind};

/// A name, and which of the observed resources it stands for.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) path: Path,
    pub(super) observed: Vec<usize>,
    days: Days,
    tokens: Vec<Vec<Token>>,
    /// Another name stands for it.
    merged: bool,
}

/// Where names are opened, and how far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// What a wider name must not reach.
    pub(super) others: &'a Others<'a>,
    /// The share of later calls that may fall outside.
    pub(super) risk: f64,
    /// Numbers and words may be opened, and not only what spells a date or is surely made anew.
    pub(super) names: bool,
    /// The action makes or changes something.
    pub(super) writes: bool,
    /// The action decides what functions run.
    pub(super) changes_code: bool,
}

/// On how many days others must have used a number for it to be theirs. Counters that several draw from are fresh each time.
const THEIRS: u32 = 3;

/// Most patterns that one decision may lead to.
const CANDIDATES: usize = 64;

impl Name {
    pub(super) fn new(path: Path, observed: Vec<usize>, days: Days) -> Self {
        Self { path, observed, days, tokens: Vec::new(), merged: false }
    }
}

/// Replaces the parts that move by wildcards. All names are of one type in one region and account.
pub(super) fn open(mut names: Vec<Name>, place: &Place<'_>) -> Vec<Name> {
    // Without days nothing moves.
    if names.iter().all(|name| name.days.is_empty()) {
        return unique(names);
    }
    for name in &mut names {
        let between: Vec<String> =
            name.path.pieces.iter().map(|piece| format!("{}{}", piece.fixed, piece.separators)).collect();
        let pieces: Vec<(&str, &str)> = between
            .iter()
            .zip(&name.path.pieces)
            .map(|(between, piece)| (between.as_str(), piece.text.as_str()))
            .collect();
        name.tokens = read::read(&pieces, &name.days);
    }
    let all: Vec<usize> = (0..names.len()).collect();
    let above = names.first().map(|name| name.path.head.clone()).unwrap_or_default();
    let mut walk = Walk { names, place };
    walk.level(&all, 0, &above, false);
    walk.names.retain(|name| !name.merged);
    walk.names
}

/// Makes one of names that are the same.
fn unique(mut names: Vec<Name>) -> Vec<Name> {
    names.sort_by(|a, b| a.path.cmp(&b.path));
    let mut all: Vec<Name> = Vec::with_capacity(names.len());
    for name in names {
        match all.last_mut() {
            Some(last) if last.path == name.path => last.observed.extend(name.observed),
            _ => all.push(name),
        }
    }
    all
}

struct Walk<'a> {
    names: Vec<Name>,
    place: &'a Place<'a>,
}

impl Walk<'_> {
    /// Opens the pieces at `depth` and below of these names, which are alike `above`. `turning`: something there was opened.
    fn level(&mut self, names: &[usize], depth: usize, above: &str, turning: bool) {
        let (ended, going_on): (Vec<usize>, Vec<usize>) =
            names.iter().partition(|index| self.piece(**index, depth).is_none());
        self.merge(&ended);
        let between = |walk: &Self, index: usize| {
            walk.piece(index, depth).map(|piece| (piece.fixed.clone(), piece.separators.clone()))
        };
        for group in self.alike(going_on, |walk, a, b| {
            let of = |index| walk.piece(index, depth).map(|piece| (&piece.fixed, &piece.separators));
            of(a).cmp(&of(b))
        }) {
            let Some((fixed, separators)) = group.first().and_then(|first| between(self, *first)) else { continue };
            let above = format!("{above}{fixed}{separators}");
            let mut opened: BTreeSet<usize> = BTreeSet::new();
            let mut all = group.clone();
            for members in self.alike(group, |walk, a, b| walk.shapes(a, depth).cmp(walk.shapes(b, depth))) {
                let template: Vec<TokenShape> = members
                    .first()
                    .into_iter()
                    .flat_map(|first| self.shapes(*first, depth))
                    .map(|(shape, _)| shape)
                    .collect();
                if template.iter().any(|shape| *shape != TokenShape::Literal) {
                    let (more, changed) = self.holes(&template, &members, depth, &above, turning);
                    opened.extend(changed.iter().chain(&more));
                    all.extend(more);
                }
            }
            opened.extend(self.words(&all, depth, &above));
            let text = |walk: &Self, index: usize| walk.piece(index, depth).map(|piece| piece.text.clone());
            for below in self.alike(all, |walk, a, b| {
                let of = |index| walk.piece(index, depth).map(|piece| &piece.text);
                of(a).cmp(&of(b))
            }) {
                let Some(text) = below.first().and_then(|first| text(self, *first)) else { continue };
                let turning = turning || text == "*" || below.iter().any(|index| opened.contains(index));
                self.level(&below, depth + 1, &format!("{above}{text}"), turning);
            }
        }
    }

    fn piece(&self, index: usize, depth: usize) -> Option<&Piece> {
        self.names.get(index)?.path.pieces.get(depth)
    }

    /// The names in groups of those that compare as equal.
    fn alike(&self, mut names: Vec<usize>, compare: impl Fn(&Self, usize, usize) -> Ordering) -> Vec<Vec<usize>> {
        names.sort_by(|a, b| compare(self, *a, *b));
        names.chunk_by(|a, b| compare(self, *a, *b).is_eq()).map(<[usize]>::to_vec).collect()
    }

    /// Makes one of names that have become the same.
    fn merge(&mut self, names: &[usize]) {
        let tail = |walk: &Self, index: usize| walk.names.get(index).map(|name| name.path.tail.clone());
        for same in self.alike(names.to_vec(), |walk, a, b| tail(walk, a).cmp(&tail(walk, b))) {
            let Some((first, others)) = same.split_first() else { continue };
            for other in others {
                let Some(name) = self.names.get_mut(*other) else { continue };
                name.merged = true;
                let (observed, how, guarded) = (std::mem::take(&mut name.observed), name.path.how, name.path.guarded);
                if let Some(own) = self.names.get_mut(*first) {
                    own.observed.extend(observed);
                    own.path.how = own.path.how.max(how);
                    own.path.guarded = own.path.guarded.max(guarded);
                }
            }
        }
    }

    /// What tells the template of a piece from others.
    fn shapes(&self, index: usize, depth: usize) -> impl Iterator<Item = (TokenShape, &str)> {
        let tokens = self.names.get(index).and_then(|name| name.tokens.get(depth));
        tokens.into_iter().flatten().map(|token| match token.kind {
            TokenKind::Literal => (TokenShape::Literal, token.text.as_str()),
            TokenKind::Date { part, .. } => (TokenShape::Date(part), ""),
            TokenKind::Minted { .. } => (TokenShape::Minted, ""),
            TokenKind::Number => (TokenShape::Number, ""),
        })
    }

    /// Opens the holes of a template. Returns names that were added because numbers will be longer, and the names in which
    /// something was opened.
    fn holes(
        &mut self,
        template: &[TokenShape],
        members: &[usize],
        depth: usize,
        above: &str,
        turning: bool,
    ) -> (Vec<usize>, BTreeSet<usize>) {
        let Some(piece) = members
            .first()
            .and_then(|index| self.names.get(*index))
            .and_then(|name| name.path.pieces.get(depth))
            .cloned()
        else {
            return Default::default();
        };
        // A wildcard in the name of a bucket or a key reaches those of strangers.
        if piece.kept {
            return Default::default();
        }
        let ec2_id = ids::is_ec2_id(&piece.text);
        let image = members
            .iter()
            .filter_map(|index| self.names.get(*index))
            .all(|name| name.path.kind == Some(("ec2", "image")));
        let mut hows: Vec<Option<How>> = vec![None; template.len()];
        let mut grows = None;
        for (at, shape) in template.iter().enumerate() {
            let how = match shape {
                TokenShape::Literal => continue,
                TokenShape::Date(_) => self.date_moves(members, depth, at).then_some(How::Dated),
                // Other ids that EC2 makes stay for years: networks, groups, gateways.
                TokenShape::Minted if ec2_id => (image && self.is_replaced(members, depth, at)).then_some(How::Turning),
                TokenShape::Minted => self.id_turns(members, depth, at, turning).then_some(How::Minted),
                TokenShape::Number => {
                    let count = self.place.names && !piece.listed && self.number_counts(members, depth, at, turning);
                    count.then_some(How::Counted)
                }
            };
            let (Some(how), Some(slot)) = (how, hows.get_mut(at)) else { continue };
            *slot = Some(how);
            if how == How::Counted {
                grows = self.longer(members, depth, at).map(|width| (at, width)).or(grows);
            }
        }
        // What is not surely of one use is not opened where others have theirs.
        let holes = || hows.iter().enumerate().filter_map(|(at, how)| Some((at, (*how)?)));
        let days = holes().filter_map(|(at, how)| match how {
            How::Turning => Some(0),
            How::Counted => self.theirs(members, depth, at, turning),
            _ => None,
        });
        if let Some(days) = days.min()
            && self.is_theirs(members, depth, above, &hows, days)
        {
            if image {
                self.guard(members, Guarded::Listed);
            }
            let doubtful = |how: &&mut Option<How>| matches!(how, Some(How::Counted | How::Turning));
            hows.iter_mut().filter(doubtful).for_each(|how| *how = None);
            grows = None;
        }
        let Some(how) = hows.iter().copied().flatten().max() else { return Default::default() };
        let opened = |token: &Token, at: usize| hows.get(at).is_some_and(Option::is_some).then(|| wildcards(token));
        let more = grows.map(|(at, width)| self.grown(members, depth, above, (&hows, at, width))).unwrap_or_default();
        for index in &more {
            if let Some(name) = self.names.get_mut(*index) {
                name.path.how = name.path.how.max(how);
            }
        }
        for index in members {
            let Some(name) = self.names.get_mut(*index) else { continue };
            let (Some(piece), Some(tokens)) = (name.path.pieces.get_mut(depth), name.tokens.get(depth)) else {
                continue;
            };
            let part = |(at, token): (usize, &Token)| opened(token, at).unwrap_or_else(|| token.text.clone());
            piece.text = tokens.iter().enumerate().map(part).collect();
            name.path.how = name.path.how.max(how);
        }
        if image || (self.place.changes_code && how != How::Minted) {
            self.guard(members, Guarded::Opened);
        }
        (more, members.iter().copied().collect())
    }

    /// The names with a longer number at one place, which stand for those to come; none where others have such names.
    fn grown(
        &mut self,
        members: &[usize],
        depth: usize,
        above: &str,
        (hows, at, width): (&[Option<How>], usize, usize),
    ) -> Vec<usize> {
        // One for each is only needed for what is different below; so many different ones are no family.
        let members = members.get(..CANDIDATES).unwrap_or(members);
        let mut names = Vec::new();
        for mut name in members.iter().filter_map(|index| self.names.get(*index)).cloned() {
            let (Some(piece), Some(tokens)) = (name.path.pieces.get_mut(depth), name.tokens.get(depth)) else {
                continue;
            };
            let part = |(index, token): (usize, &Token)| {
                let is_open = hows.get(index).is_some_and(Option::is_some);
                match (index == at, is_open) {
                    (true, _) => "?".repeat(width),
                    (false, true) => wildcards(token),
                    (false, false) => token.text.clone(),
                }
            };
            piece.text = tokens.iter().enumerate().map(part).collect();
            let last = name.path.pieces.len() == depth + 1;
            let text = name.path.pieces.get(depth).map(|piece| piece.text.as_str()).unwrap_or_default();
            if self.is_others(&format!("{above}{text}{}", if last { &name.path.tail } else { "*" }), THEIRS) {
                return Vec::new();
            }
            name.observed.clear();
            names.push(name);
        }
        let first = self.names.len();
        self.names.extend(names);
        (first..self.names.len()).collect()
    }

    /// Notes what became of names that guard something.
    fn guard(&mut self, members: &[usize], guarded: Guarded) {
        for index in members {
            if let Some(name) = self.names.get_mut(*index) {
                name.path.guarded = name.path.guarded.max(Some(guarded));
            }
        }
    }

    /// The names at `depth` as a whole.
    fn all_values(&self, members: &[usize], depth: usize) -> Vec<Value> {
        let mut values: BTreeMap<&str, Days> = BTreeMap::new();
        for name in members.iter().filter_map(|index| self.names.get(*index)) {
            // What has no days says nothing about when.
            if let Some(piece) = name.path.pieces.get(depth).filter(|_| !name.days.is_empty()) {
                values.entry(&piece.text).or_default().merge(&name.days);
            }
        }
        values.values().map(|days| value_of(days, 0)).collect()
    }

    /// The values at one place of these names, by text.
    fn values(&self, members: &[usize], depth: usize, at: usize) -> BTreeMap<String, (Days, TokenKind)> {
        let mut values: BTreeMap<String, (Days, TokenKind)> = BTreeMap::new();
        for name in members.iter().filter_map(|index| self.names.get(*index)) {
            let token = name.tokens.get(depth).and_then(|tokens| tokens.get(at)).filter(|_| !name.days.is_empty());
            let Some(token) = token else { continue };
            let (days, kind) = values.entry(token.text.clone()).or_insert_with(|| (Days::default(), token.kind));
            days.merge(&name.days);
            *kind = (*kind).max(token.kind);
        }
        values
    }

    fn date_moves(&self, members: &[usize], depth: usize, at: usize) -> bool {
        let mut dates: BTreeMap<(i32, i32), Days> = BTreeMap::new();
        let mut doubtful = true;
        for name in members.iter().filter_map(|index| self.names.get(*index)) {
            let Some(token) = name.tokens.get(depth).and_then(|tokens| tokens.get(at)) else { continue };
            if let TokenKind::Date { from, to, weak, .. } = token.kind {
                dates.entry((from, to)).or_default().merge(&name.days);
                doubtful &= weak;
            }
        }
        let width = dates.keys().map(|(from, to)| to - from + 1).max().unwrap_or(1);
        let offset = |day: i32, from: i32, to: i32| if day < from { day - from } else { (day - to).max(0) };
        let value = |((from, to), days): (&(i32, i32), &Days)| {
            let offsets = || days.numbers().map(|day| offset(day, *from, *to));
            let order = u64::try_from(*from).unwrap_or_default();
            (value_of(days, order), offsets().min().unwrap_or_default(), offsets().max().unwrap_or_default())
        };
        let values: Vec<(Value, i32, i32)> = dates.iter().map(value).collect();
        !(doubtful && values.len() < 2) && judge::dates_move(&values, width)
    }

    fn id_turns(&self, members: &[usize], depth: usize, at: usize, turning: bool) -> bool {
        let values = self.values(members, depth, at);
        let sure = values.values().any(|(_, kind)| *kind == TokenKind::Minted { sure: true });
        let values: Vec<Value> = values.values().map(|(days, _)| value_of(days, 0)).collect();
        let fresh = values.len() == 1 && values.iter().all(|value| value.days.len() == 1);
        (turning && (sure || values.len() > 1))
            || (fresh && sure && self.place.writes)
            || judge::ids_turn(&values, sure)
    }

    /// Whether each value gave way to the next one.
    fn is_replaced(&self, members: &[usize], depth: usize, at: usize) -> bool {
        let values: Vec<Value> = self.values(members, depth, at).values().map(|(days, _)| value_of(days, 0)).collect();
        self.place.names && judge::replaced(&values, 3)
    }

    fn numbers(&self, members: &[usize], depth: usize, at: usize) -> Vec<Value> {
        let values = self.values(members, depth, at);
        values.iter().map(|(text, (days, _))| value_of(days, text.parse().unwrap_or(u64::MAX))).collect()
    }

    fn number_counts(&self, members: &[usize], depth: usize, at: usize, turning: bool) -> bool {
        let values = self.numbers(members, depth, at);
        (turning && values.len() > 1) || judge::numbers_count(&values, self.place.risk)
    }

    /// On how many days others must have used a number of the family for it to be theirs. Counters that several draw from are fresh
    /// each time; a range that does not grow, and could be listed, is nobody else's.
    fn theirs(&self, members: &[usize], depth: usize, at: usize, turning: bool) -> Option<u32> {
        let values = self.numbers(members, depth, at);
        if judge::grows(&values) {
            Some(THEIRS)
        } else if values.len() <= CANDIDATES {
            Some(0)
        } else {
            (!turning).then_some(THEIRS)
        }
    }

    /// The width of numbers to come, if they will be longer than those seen.
    fn longer(&self, members: &[usize], depth: usize, at: usize) -> Option<usize> {
        let values = self.values(members, depth, at);
        if values.keys().any(|text| text.len() > 1 && text.starts_with('0')) {
            return None;
        }
        if !judge::grows(&self.numbers(members, depth, at)) {
            return None;
        }
        let numbers = || values.keys().filter_map(|text| text.parse::<u64>().ok());
        let (least, most) = (numbers().min()?, numbers().max()?);
        let later = most.saturating_add((most - least).saturating_mul(2));
        let width = most.to_string().len();
        (later.to_string().len() > width).then_some(width + 1)
    }

    /// Whether the names with these holes open, below which anything may follow, reach what only others used on so many days.
    fn is_theirs(&self, members: &[usize], depth: usize, above: &str, open: &[Option<How>], days: u32) -> bool {
        let names = members.iter().filter_map(|index| self.names.get(*index));
        let one = |name: &Name| {
            let tokens = name.tokens.get(depth)?;
            let part = |(at, token): (usize, &Token)| {
                if open.get(at).is_some_and(Option::is_some) { wildcards(token) } else { token.text.clone() }
            };
            let text: String = tokens.iter().enumerate().map(part).collect();
            let last = name.path.pieces.len() == depth + 1;
            Some(format!("{above}{text}{}", if last { &name.path.tail } else { "*" }))
        };
        let patterns: BTreeSet<String> = names.filter_map(one).collect();
        // So many different ones are no family of numbers.
        patterns.len() > CANDIDATES || patterns.iter().any(|pattern| self.is_others(pattern, days))
    }

    fn is_others(&self, pattern: &str, days: u32) -> bool {
        pattern.parse().is_ok_and(|pattern| self.place.others.reached_by(&pattern, days))
    }
}

/// What tells templates apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum TokenShape {
    Literal,
    Date(dates::DatePart),
    Minted,
    Number,
}

fn value_of(days: &Days, order: u64) -> Value {
    Value { days: days.numbers().collect(), order }
}

/// What takes the place of a part: as wide as it is, or anything where it is long.
fn wildcards(token: &Token) -> String {
    let width = token.text.chars().count();
    match token.kind {
        TokenKind::Minted { .. } if width > 7 => "*".to_owned(),
        // The ninth is followed by the tenth.
        TokenKind::Date { part, .. } if part.varies() || (width == 1 && part != dates::DatePart::Quarter) => {
            "*".to_owned()
        }
        _ => "?".repeat(width),
    }
}

#[cfg(test)]
mod tests;
