//! Which elements of a list stay, and where new ones go.

use std::collections::{BTreeMap, BTreeSet};

/// An element of the list to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// The element of this index in the list that was.
    Keep(usize),
    /// The element of this index in the list to be.
    Insert(usize),
}

/// The table of a longest common subsequence is not made larger than this.
const CELLS: usize = 1 << 20;

/// For lists in which order and repetition say nothing: what stays keeps its order and repetition, unless `once`.
pub(super) fn of_set(old: &[String], new: &[String], once: bool) -> Vec<Step> {
    let wanted: BTreeSet<&String> = new.iter().collect();
    let mut places: BTreeMap<&String, Vec<usize>> = BTreeMap::new();
    for (at, text) in old.iter().enumerate().filter(|(_, text)| wanted.contains(text)) {
        let places = places.entry(text).or_default();
        if places.is_empty() || !once {
            places.push(at);
        }
    }
    let mut steps = Steps::default();
    let mut added = BTreeSet::new();
    for (at, text) in new.iter().enumerate() {
        if let Some(places) = places.get(text) {
            let next = places.iter().find(|place| **place >= steps.after).or(places.first());
            steps.after = next.map_or(steps.after, |place| place + 1);
        } else if added.insert(text) {
            steps.insert(at);
        }
    }
    let mut kept: Vec<usize> = places.into_values().flatten().collect();
    kept.sort_unstable();
    steps.with(&kept)
}

/// For lists in which order and repetition count: the longest common subsequence stays.
pub(super) fn of_sequence(old: &[String], new: &[String]) -> Vec<Step> {
    let same = |(old, new): &(&String, &String)| old == new;
    let head = old.iter().zip(new).take_while(same).count();
    let (old_middle, new_middle) = (old.get(head..).unwrap_or_default(), new.get(head..).unwrap_or_default());
    let tail = old_middle.iter().rev().zip(new_middle.iter().rev()).take_while(same).count();
    let (old_end, new_end) = (old.len() - tail, new.len() - tail);
    let old_middle = old.get(head..old_end).unwrap_or_default();
    let new_middle = new.get(head..new_end).unwrap_or_default();
    let mut kept: Vec<(usize, usize)> = (0..head).map(|at| (at, at)).collect();
    kept.extend(longest_common(old_middle, new_middle).into_iter().map(|(old, new)| (head + old, head + new)));
    kept.extend((0..tail).map(|at| (old_end + at, new_end + at)));
    let mut steps = Steps::default();
    let mut pairs = kept.iter().peekable();
    for at in 0..new.len() {
        match pairs.next_if(|(_, new)| *new == at) {
            Some((old, _)) => steps.after = old + 1,
            None => steps.insert(at),
        }
    }
    steps.with(&kept.iter().map(|(old, _)| *old).collect::<Vec<_>>())
}

#[derive(Default)]
struct Steps {
    /// What is inserted before the old element of this index.
    inserted: BTreeMap<usize, Vec<usize>>,
    /// Behind how many old elements the next insertion goes.
    after: usize,
}

impl Steps {
    fn insert(&mut self, at: usize) {
        self.inserted.entry(self.after).or_default().push(at);
    }

    fn with(mut self, kept: &[usize]) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for &at in kept {
            let later = self.inserted.split_off(&(at + 1));
            steps.extend(self.inserted.into_values().flatten().map(Step::Insert));
            steps.push(Step::Keep(at));
            self.inserted = later;
        }
        steps.extend(self.inserted.into_values().flatten().map(Step::Insert));
        steps
    }
}

/// The index pairs of a longest common subsequence; none where finding it would take too long.
fn longest_common(old: &[String], new: &[String]) -> Vec<(usize, usize)> {
    if old.len().saturating_mul(new.len()) > CELLS {
        return Vec::new();
    }
    // For each suffix of `old`, the length of the longest with each suffix of `new`.
    let mut table = vec![vec![0_usize; new.len() + 1]];
    for left in old.iter().rev() {
        let mut row = vec![0; new.len() + 1];
        let below = table.last().map_or(&[][..], Vec::as_slice);
        let mut right_of = 0;
        for (at, right) in new.iter().enumerate().rev() {
            let cell = |at: usize| below.get(at).copied().unwrap_or(0);
            right_of = if left == right { cell(at + 1) + 1 } else { cell(at).max(right_of) };
            row.get_mut(at).into_iter().for_each(|value| *value = right_of);
        }
        table.push(row);
    }
    table.reverse();
    let cell = |i: usize, j: usize| table.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0);
    let (mut i, mut j, mut pairs) = (0, 0, Vec::new());
    while let (Some(left), Some(right)) = (old.get(i), new.get(j)) {
        if left == right {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if cell(i + 1, j) >= cell(i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}
