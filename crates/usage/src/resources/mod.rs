//! Bounded, order-independent sets of resources.

use serde::{Deserialize, Serialize};
use tighten_iam::ResourcePattern;

mod crowd;
mod limits;
mod node;
mod split;

pub use crowd::Crowd;
pub use limits::ResourceLimits;

use crate::dated::Dated;
use crate::days::{DayWindow, Days};
use node::{Inner, Node};

/// The first few of the values that stand behind a wildcard, by text.
pub type Samples = Dated<Box<str>, 5>;

/// The resources that one permission was used on.
///
/// A trie over the segments of the resources' names. A level below which more values were seen than
/// [`ResourceLimits`] allows collapses to `*` and frees what was below. Whether it collapses depends on the set of
/// values alone: the same values give an equal set in any order, split or merge. Memory is bounded by the limits.
///
/// This bound is for memory; making a readable policy of what is left is another stage's work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceSet {
    limits: ResourceLimits,
    root: Node,
}

/// What stands behind one pattern of a [`ResourceSet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind<'a> {
    /// The value itself was inserted; it may hold wildcards that were in the value.
    Exact,
    /// More values than are kept apart.
    Collapsed {
        /// The first of them, by text.
        samples: &'a Samples,
        /// There were more distinct values than this.
        more_than: u32,
        /// What else is known of them.
        crowd: &'a Crowd,
    },
}

/// One pattern's values: what stands behind it, and when any of them was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What stands behind the pattern.
    pub behind: Behind<'a>,
    /// The days on which it was used. Uses without a time have none.
    pub days: &'a Days,
}

impl ResourceSet {
    /// An empty set.
    pub fn new(limits: ResourceLimits) -> Self {
        Self { limits, root: Node::Inner(Box::<Inner>::default()) }
    }

    /// How much the set keeps apart.
    pub(crate) fn limits(&self) -> ResourceLimits {
        self.limits
    }

    /// Adds a resource that was used on these days.
    pub fn insert(&mut self, resource: &ResourcePattern, days: &Days) {
        self.insert_text(resource.as_str(), days);
    }

    /// Adds a resource by the text of its pattern.
    pub(crate) fn insert_text(&mut self, text: &str, days: &Days) {
        node::insert(&mut self.root, &split::shorten(text, &self.limits), days, &self.limits);
    }

    /// Adds all resources of `other`, which must have the same limits; a [`Ledger`](crate::Ledger) sees to that.
    pub fn merge(&mut self, other: Self) {
        debug_assert_eq!(self.limits, other.limits);
        self.root.merge(other.root, &mut String::new(), 0, &self.limits);
    }

    /// What was used on the days of a window. A pattern that stands for too many values to be kept apart stays one, even if
    /// there were few on these days: a collapse in a part implies one in every whole that contains it, not the reverse.
    #[must_use]
    pub fn within(&self, window: &DayWindow) -> Self {
        if window.is_all() {
            return self.clone();
        }
        let root = self.root.within(window, 0, &self.limits);
        Self { limits: self.limits, root: root.unwrap_or_else(|| Node::Inner(Box::default())) }
    }

    /// The patterns, in a fixed order, with what stands behind each.
    pub fn iter(&self) -> impl Iterator<Item = (ResourcePattern, Behind<'_>)> {
        self.entries().map(|(pattern, entry)| (pattern, entry.behind))
    }

    /// The patterns, in a fixed order, with what stands behind each and when it was used.
    pub fn entries(&self) -> impl Iterator<Item = (ResourcePattern, Entry<'_>)> {
        // A level was cut where a pattern may end, so each text is a pattern again; `*` covers it in any case.
        self.texts().into_iter().map(|(text, entry)| (text.parse().unwrap_or_else(|_| ResourcePattern::any()), entry))
    }

    /// How many patterns there are.
    pub fn len(&self) -> usize {
        let mut len = 0;
        self.root.walk(&mut String::new(), 0, &self.limits, &mut |_, _| len += 1);
        len
    }

    /// Whether nothing was ever inserted.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether some pattern stands for more values than could be kept apart.
    pub fn is_collapsed(&self) -> bool {
        self.texts().iter().any(|(_, entry)| entry.behind != Behind::Exact)
    }

    fn texts(&self) -> Vec<(String, Entry<'_>)> {
        let mut texts = Vec::new();
        self.root.walk(&mut String::new(), 0, &self.limits, &mut |text, entry| texts.push((text.to_owned(), entry)));
        texts
    }
}

#[cfg(test)]
mod tests;
