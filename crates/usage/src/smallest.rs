//! The first few of many values, whatever the order in which they came.

use std::borrow::Borrow;
use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

/// The `N` smallest of all distinct values ever inserted, and whether there were more.
///
/// What is kept is a function of the set of values alone, so insertion order, repeats and merging do not show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smallest<T, const N: usize> {
    values: Vec<T>,
    more: bool,
}

impl<T, const N: usize> Default for Smallest<T, N> {
    fn default() -> Self {
        Self { values: Vec::new(), more: false }
    }
}

impl<T: Ord, const N: usize> Smallest<T, N> {
    /// Whether inserting `value` would change what is kept. Cheaper to ask than to build an owned value in vain.
    pub fn wants<Q>(&self, value: &Q) -> bool
    where
        T: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.wants_by(|kept| kept.borrow().cmp(value))
    }

    /// The same for a value that is known by how the kept ones compare to it.
    #[inline]
    pub fn wants_by(&self, mut compare: impl FnMut(&T) -> Ordering) -> bool {
        // Where there were many values, most are behind all that are kept.
        if self.more && self.values.last().is_some_and(|last| compare(last) == Ordering::Less) {
            return false;
        }
        match self.values.binary_search_by(compare) {
            Ok(_) => false,
            Err(at) => at < N || !self.more,
        }
    }

    /// Takes one more value into account.
    pub fn insert(&mut self, value: T) {
        if let Err(at) = self.values.binary_search(&value) {
            if at < N {
                self.values.insert(at, value);
            }
            if self.values.len() > N || at >= N {
                self.values.truncate(N);
                self.more = true;
            }
        }
    }

    /// Takes all values that `other` has seen into account.
    pub fn merge(&mut self, other: Self) {
        self.more |= other.more;
        for value in other.values {
            self.insert(value);
        }
    }

    /// The kept values, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.values.iter()
    }

    /// The kept values, in order.
    pub fn as_slice(&self) -> &[T] {
        &self.values
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

impl<'a, T, const N: usize> IntoIterator for &'a Smallest<T, N> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.values.iter()
    }
}

impl<T: Ord, const N: usize> Extend<T> for Smallest<T, N> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, values: I) {
        for value in values {
            self.insert(value);
        }
    }
}

impl<T: Ord, const N: usize> FromIterator<T> for Smallest<T, N> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut smallest = Self::default();
        smallest.extend(values);
        smallest
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_a_function_of_the_set_under_any_split(values in prop::collection::vec(0u8..12, 0..40), cut in 0usize..40) {
            let (left, right) = values.split_at(cut.min(values.len()));
            let mut merged: Smallest<u8, 3> = right.iter().copied().collect();
            merged.merge(left.iter().copied().collect());
            let set: BTreeSet<u8> = values.iter().copied().collect();
            let first: Vec<u8> = set.iter().copied().take(3).collect();
            prop_assert_eq!(merged.as_slice(), first);
            prop_assert_eq!(merged.more(), set.len() > 3);
        }

        #[test]
        fn wants_only_what_would_change_it(values in prop::collection::vec(0u8..12, 0..20), next in 0u8..12) {
            let before: Smallest<u8, 3> = values.iter().copied().collect();
            let mut after = before.clone();
            after.insert(next);
            prop_assert_eq!(before.wants(&next), before != after);
        }
    }
}
