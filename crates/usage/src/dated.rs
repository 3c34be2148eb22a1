//! The first few of many values, with the days on which each was seen.

use std::borrow::Borrow;
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::days::{DayWindow, Days};

/// The `N` smallest of all distinct values ever inserted, each with its days, and whether there were more.
///
/// What is kept is a function of the set of values and days alone, so insertion order, repeats and merging do not show: a
/// value that is among the smallest of the whole is among those of each part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated<T, const N: usize> {
    values: Vec<(T, Days)>,
    more: bool,
}

impl<T, const N: usize> Default for Dated<T, N> {
    fn default() -> Self {
        Self { values: Vec::new(), more: false }
    }
}

impl<T: Ord, const N: usize> Dated<T, N> {
    /// Takes a value into account that was seen on these days. It is made, if it is kept, of what it is known by.
    pub(crate) fn see<Q>(&mut self, value: &Q, days: &Days, own: impl FnOnce() -> T)
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.see_by(|kept| kept.borrow().cmp(value), days, own);
    }

    /// The same for a value that is known by how the kept ones compare to it.
    #[inline]
    pub(crate) fn see_by(&mut self, compare: impl Fn(&T) -> Ordering, days: &Days, own: impl FnOnce() -> T) {
        // Where there were many values, most are behind all that are kept.
        if self.more && self.values.last().is_some_and(|(last, _)| compare(last) == Ordering::Less) {
            return;
        }
        match self.values.binary_search_by(|(kept, _)| compare(kept)) {
            Ok(at) => {
                if let Some((_, known)) = self.values.get_mut(at) {
                    known.merge(days);
                }
            }
            Err(at) if at < N => {
                self.values.insert(at, (own(), days.clone()));
                self.more |= self.values.len() > N;
                self.values.truncate(N);
            }
            Err(_) => self.more = true,
        }
    }

    /// Takes everything that `other` has seen into account.
    pub fn merge(&mut self, other: Self) {
        self.more |= other.more;
        for (value, days) in other.values {
            match self.values.binary_search_by(|(kept, _)| kept.cmp(&value)) {
                Ok(at) => {
                    if let Some((_, known)) = self.values.get_mut(at) {
                        known.merge(&days);
                    }
                }
                Err(at) => {
                    self.values.insert(at, (value, days));
                    self.more |= self.values.len() > N;
                    self.values.truncate(N);
                }
            }
        }
    }

    /// The kept values, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &T> {
        self.values.iter().map(|(value, _)| value)
    }

    /// The kept values with the days on which each was seen, in order.
    pub fn dated(&self) -> impl ExactSizeIterator<Item = (&T, &Days)> {
        self.values.iter().map(|(value, days)| (value, days))
    }

    /// How many values are kept: all there were, unless there were [more](Self::more).
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether no value was ever inserted.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Whether there were more distinct values than are kept.
    pub fn more(&self) -> bool {
        self.more
    }
}

impl<T: Ord + Clone, const N: usize> Dated<T, N> {
    /// What was seen on the days of a window. Where more values were seen than are kept, some of the window may be
    /// missing, and [`more`](Self::more) says so.
    pub(crate) fn within(&self, window: &DayWindow) -> Self {
        if window.is_all() {
            return self.clone();
        }
        let inside = self.values.iter().map(|(value, days)| (value.clone(), days.within(window)));
        Self { values: inside.filter(|(_, days)| !days.is_empty()).collect(), more: self.more }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn of(seen: &[(u8, i32)]) -> Dated<u8, 3> {
        let mut dated = Dated::default();
        for (value, day) in seen {
            let mut days = Days::default();
            days.insert_day(*day);
            dated.see(value, &days, || *value);
        }
        dated
    }

    proptest! {
        #[test]
        fn is_a_function_of_the_set_under_any_split(
            seen in prop::collection::vec((0u8..12, 0i32..100), 0..40),
            cut in 0usize..40,
        ) {
            let (left, right) = seen.split_at(cut.min(seen.len()));
            let mut merged = of(right);
            merged.merge(of(left));
            prop_assert_eq!(&merged, &of(&seen));
            let mut naive: BTreeMap<u8, Days> = BTreeMap::new();
            for (value, day) in &seen {
                naive.entry(*value).or_default().insert_day(*day);
            }
            prop_assert_eq!(merged.more(), naive.len() > 3);
            let first: Vec<_> = naive.into_iter().take(3).collect();
            prop_assert_eq!(merged.values, first);
        }

        #[test]
        fn a_window_of_few_values_is_what_was_seen_in_it(seen in prop::collection::vec((0u8..3, 0i32..100), 0..40)) {
            let window = DayWindow { since: Some("1970-01-11".parse().unwrap()), until: Some("1970-03-02".parse().unwrap()) };
            let inside: Vec<_> = seen.iter().filter(|(_, day)| (10..60).contains(day)).copied().collect();
            prop_assert_eq!(of(&seen).within(&window), of(&inside));
        }
    }
}
