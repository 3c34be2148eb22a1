//! Values by day.

use std::collections::BTreeMap;

use smallvec::SmallVec;

/// How many days are kept in a list: those of some ten years.
const LIST: usize = 4_096;

/// Values by day, as days since 1970, in order.
///
/// Days come nearly in order, and there are few: one alone takes no memory of its own. Beyond some years of days, which only a
/// log that was made to cost something has, they are kept in a tree, so that days in any order cost no more than others.
#[derive(Debug, Clone)]
pub(crate) enum ByDay<T> {
    List(SmallVec<[(i32, T); 1]>),
    Tree(BTreeMap<i32, T>),
}

impl<T> Default for ByDay<T> {
    fn default() -> Self {
        Self::List(SmallVec::new())
    }
}

impl<T: PartialEq> PartialEq for ByDay<T> {
    /// How many days there were is no part of it.
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<T: Eq> Eq for ByDay<T> {}

impl<T> ByDay<T> {
    /// Adds the value to that of the day.
    #[inline]
    pub(crate) fn add(&mut self, day: i32, value: T, add: impl FnOnce(&mut T, T)) {
        match self {
            Self::List(list) => match list.last_mut() {
                Some((latest, own)) if *latest == day => add(own, value),
                _ => self.add_elsewhere(day, value, add),
            },
            Self::Tree(_) => self.add_elsewhere(day, value, add),
        }
    }

    #[inline(never)]
    fn add_elsewhere(&mut self, day: i32, value: T, add: impl FnOnce(&mut T, T)) {
        use std::collections::btree_map::Entry;
        if let Self::List(list) = self
            && list.len() >= LIST
        {
            *self = Self::Tree(std::mem::take(list).into_iter().collect());
        }
        match self {
            Self::List(list) => match list.binary_search_by_key(&day, |(own, _)| *own) {
                Ok(at) => {
                    if let Some((_, own)) = list.get_mut(at) {
                        add(own, value);
                    }
                }
                Err(at) => list.insert(at, (day, value)),
            },
            Self::Tree(tree) => match tree.entry(day) {
                Entry::Occupied(mut own) => add(own.get_mut(), value),
                Entry::Vacant(place) => {
                    place.insert(value);
                }
            },
        }
    }

    pub(crate) fn get_mut(&mut self, day: i32) -> Option<&mut T> {
        match self {
            Self::List(list) => {
                let at = list.binary_search_by_key(&day, |(own, _)| *own).ok()?;
                list.get_mut(at).map(|(_, value)| value)
            }
            Self::Tree(tree) => tree.get_mut(&day),
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (i32, &T)> {
        let (list, tree) = match self {
            Self::List(list) => (Some(list), None),
            Self::Tree(tree) => (None, Some(tree)),
        };
        let list = list.into_iter().flatten().map(|(day, value)| (*day, value));
        list.chain(tree.into_iter().flatten().map(|(day, value)| (*day, value)))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }
}

impl<T> FromIterator<(i32, T)> for ByDay<T> {
    /// Of a day that comes twice, the last value counts.
    fn from_iter<I: IntoIterator<Item = (i32, T)>>(values: I) -> Self {
        let mut all = Self::default();
        for (day, value) in values {
            all.add(day, value, |own, value| *own = value);
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn equals_a_map(days in prop::collection::vec(-20i32..20, 0..60)) {
            let mut list = ByDay::default();
            let mut tree = ByDay::Tree(BTreeMap::new());
            let mut naive: BTreeMap<i32, usize> = BTreeMap::new();
            for (number, day) in days.iter().enumerate() {
                list.add(*day, number, |own, new| *own += new);
                tree.add(*day, number, |own, new| *own += new);
                *naive.entry(*day).or_default() += number;
            }
            prop_assert!(list == tree);
            prop_assert!(list.iter().map(|(day, value)| (day, *value)).eq(naive.clone()));
            prop_assert!(tree.iter().rev().map(|(day, value)| (day, *value)).eq(naive.clone().into_iter().rev()));
            for day in -20..20 {
                prop_assert_eq!(list.get_mut(day).copied(), naive.get(&day).copied());
                prop_assert_eq!(tree.get_mut(day).copied(), naive.get(&day).copied());
            }
        }
    }

    #[test]
    fn days_in_any_order_are_soon_in_a_tree() {
        let mut all = ByDay::default();
        for day in (0..300_000).rev() {
            all.add(day, 1, |own, new| *own += new);
        }
        assert!(matches!(all, ByDay::Tree(_)));
        assert_eq!((all.iter().count(), all.iter().next()), (300_000, Some((0, &1))));
    }
}
