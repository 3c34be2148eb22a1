//! The trie behind a resource set.

use serde::{Deserialize, Serialize};

use super::crowd::Crowd;
use super::limits::ResourceLimits;
use super::split::{below, segments};
use super::{Behind, Entry};
use crate::days::{DayWindow, Days};

/// What is known below a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Node {
    /// A value ends here, which was seen on these days.
    Leaf(Days),
    /// The values that continue.
    Inner(Box<Inner>),
    /// Too many values continue.
    Collapsed(Box<Crowd>),
}

/// A level that is still told apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Inner {
    /// By segment, sorted. A sorted list takes a third of a tree map's memory for the one or two children that most
    /// levels have.
    children: Vec<(Box<str>, Node)>,
    /// What the children count together. It can only grow, and depends on nothing but the values below; therefore
    /// passing the limit, too, depends on nothing but the values.
    weight: u32,
}

impl Node {
    /// What this node counts towards its parent's limit.
    fn share(&self, depth: usize, limits: &ResourceLimits) -> u32 {
        match self {
            Self::Leaf(_) => 1,
            Self::Inner(inner) => inner.weight.min(limits.share_at(depth)),
            Self::Collapsed(_) => limits.share_at(depth),
        }
    }

    /// Adds the value `full`, of which `rest` is what follows this node.
    pub(super) fn insert(&mut self, full: &str, rest: &[&str], days: &Days, depth: usize, limits: &ResourceLimits) {
        match self {
            Self::Leaf(own) => own.merge(days),
            Self::Collapsed(crowd) => crowd.see(full, days),
            Self::Inner(inner) => {
                inner.insert(full, rest, days, depth, limits);
                if inner.weight > limits.below(depth) {
                    let start = full.len() - rest.iter().map(|segment| segment.len()).sum::<usize>();
                    self.collapse(&mut full.get(..start).unwrap_or_default().to_owned());
                }
            }
        }
    }

    /// Adds everything below `other`. Both stand at `prefix`.
    pub(super) fn merge(&mut self, other: Self, prefix: &mut String, depth: usize, limits: &ResourceLimits) {
        match (&mut *self, other) {
            (Self::Collapsed(crowd), other) => other.gather(prefix, crowd),
            (Self::Inner(inner), Self::Inner(other)) => {
                inner.merge(*other, prefix, depth, limits);
                if inner.weight > limits.below(depth) {
                    self.collapse(prefix);
                }
            }
            (_, Self::Collapsed(mut crowd)) => {
                std::mem::replace(self, Self::Leaf(Days::default())).gather(prefix, &mut crowd);
                *self = Self::Collapsed(crowd);
            }
            (Self::Leaf(own), Self::Leaf(other)) => own.merge(&other),
            // Where a value ends, none continues: each level but the last ends with a separator.
            (_, Self::Leaf(_)) => {}
            (own, other @ Self::Inner(_)) => *own = other,
        }
    }

    /// What was seen on the days of a window.
    pub(super) fn within(&self, window: &DayWindow, depth: usize, limits: &ResourceLimits) -> Option<Self> {
        match self {
            Self::Leaf(days) => Some(days.within(window)).filter(|days| !days.is_empty()).map(Self::Leaf),
            Self::Collapsed(crowd) => crowd.within(window).map(|crowd| Self::Collapsed(Box::new(crowd))),
            Self::Inner(inner) => {
                let inside = inner
                    .children
                    .iter()
                    .filter_map(|(segment, child)| Some((segment.clone(), child.within(window, depth + 1, limits)?)));
                let children: Vec<_> = inside.collect();
                let weight = children.iter().map(|(_, child)| child.share(depth + 1, limits));
                let weight = weight.fold(0, u32::saturating_add);
                (!children.is_empty()).then(|| Self::Inner(Box::new(Inner { children, weight })))
            }
        }
    }

    /// The patterns below, in order.
    pub(super) fn walk<'a>(
        &'a self,
        prefix: &mut String,
        depth: usize,
        limits: &ResourceLimits,
        visit: &mut impl FnMut(&str, Entry<'a>),
    ) {
        match self {
            Self::Leaf(days) => visit(prefix, Entry { behind: Behind::Exact, days }),
            Self::Inner(inner) => {
                for (segment, child) in &inner.children {
                    prefix.push_str(segment);
                    child.walk(prefix, depth + 1, limits, visit);
                    prefix.truncate(prefix.len() - segment.len());
                }
            }
            Self::Collapsed(crowd) => {
                let behind = Behind::Collapsed { samples: &crowd.samples, more_than: limits.below(depth), crowd };
                let entry = Entry { behind, days: crowd.days() };
                match below(depth) {
                    Some(wildcards) => {
                        prefix.push_str(wildcards);
                        visit(prefix, entry);
                        prefix.truncate(prefix.len() - wildcards.len());
                    }
                    None => visit("*", entry),
                }
            }
        }
    }

    fn collapse(&mut self, prefix: &mut String) {
        let mut crowd = Box::<Crowd>::default();
        std::mem::replace(self, Self::Leaf(Days::default())).gather(prefix, &mut crowd);
        *self = Self::Collapsed(crowd);
    }

    /// Adds all values below to `crowd`.
    fn gather(self, prefix: &mut String, crowd: &mut Crowd) {
        match self {
            Self::Leaf(days) => crowd.see(prefix, &days),
            Self::Inner(inner) => {
                for (segment, child) in inner.children {
                    prefix.push_str(&segment);
                    child.gather(prefix, crowd);
                    prefix.truncate(prefix.len() - segment.len());
                }
            }
            Self::Collapsed(own) => crowd.merge(*own),
        }
    }
}

impl Inner {
    fn insert(&mut self, full: &str, rest: &[&str], days: &Days, depth: usize, limits: &ResourceLimits) {
        let Some((segment, rest)) = rest.split_first() else { return };
        let place = self.children.binary_search_by(|(own, _)| (**own).cmp(segment));
        let at = place.unwrap_or_else(|at| {
            let node = if rest.is_empty() { Node::Leaf(Days::default()) } else { Node::Inner(Box::default()) };
            self.children.reserve(usize::from(self.children.is_empty()));
            self.children.insert(at, ((*segment).into(), node));
            at
        });
        let Some((_, child)) = self.children.get_mut(at) else { return };
        let before = if place.is_ok() { child.share(depth + 1, limits) } else { 0 };
        child.insert(full, rest, days, depth + 1, limits);
        self.weight = self.weight.saturating_add(child.share(depth + 1, limits) - before);
    }

    fn merge(&mut self, other: Self, prefix: &mut String, depth: usize, limits: &ResourceLimits) {
        for (segment, node) in other.children {
            match self.children.binary_search_by(|(own, _)| own.cmp(&segment)) {
                Err(at) => {
                    self.weight = self.weight.saturating_add(node.share(depth + 1, limits));
                    self.children.insert(at, (segment, node));
                }
                Ok(at) => {
                    let Some((_, child)) = self.children.get_mut(at) else { continue };
                    let before = child.share(depth + 1, limits);
                    prefix.push_str(&segment);
                    child.merge(node, prefix, depth + 1, limits);
                    prefix.truncate(prefix.len() - segment.len());
                    self.weight = self.weight.saturating_add(child.share(depth + 1, limits) - before);
                }
            }
        }
    }
}

/// Adds a value to the trie.
pub(super) fn insert(root: &mut Node, text: &str, days: &Days, limits: &ResourceLimits) {
    root.insert(text, &segments(text, limits), days, 0, limits);
}
