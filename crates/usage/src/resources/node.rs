//! The trie behind a resource set.

use serde::{Deserialize, Serialize};

use super::limits::ResourceLimits;
use super::split::{below, segments};
use super::{Behind, Samples};

/// What is known below a prefix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Node {
    /// A value ends here.
    Leaf,
    /// The values that continue.
    Inner(Box<Inner>),
    /// Too many values continue.
    Collapsed(Box<Samples>),
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
            Self::Leaf => 1,
            Self::Inner(inner) => inner.weight.min(limits.share_at(depth)),
            Self::Collapsed(_) => limits.share_at(depth),
        }
    }

    /// Adds the value `full`, of which `rest` is what follows this node.
    pub(super) fn insert(&mut self, full: &str, rest: &[&str], depth: usize, limits: &ResourceLimits) {
        match self {
            Self::Leaf => {}
            Self::Collapsed(samples) => {
                if samples.wants(full) {
                    samples.insert(full.into());
                }
            }
            Self::Inner(inner) => {
                inner.insert(full, rest, depth, limits);
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
            (Self::Collapsed(samples), other) => other.sample(prefix, samples),
            (Self::Inner(inner), Self::Inner(other)) => {
                inner.merge(*other, prefix, depth, limits);
                if inner.weight > limits.below(depth) {
                    self.collapse(prefix);
                }
            }
            (own, Self::Collapsed(mut samples)) => {
                own.sample(prefix, &mut samples);
                *self = Self::Collapsed(samples);
            }
            (_, Self::Leaf) => {}
            (own, other @ Self::Inner(_)) => *own = other,
        }
    }

    /// The patterns below, in order.
    pub(super) fn walk<'a>(
        &'a self,
        prefix: &mut String,
        depth: usize,
        limits: &ResourceLimits,
        visit: &mut impl FnMut(&str, Behind<'a>),
    ) {
        match self {
            Self::Leaf => visit(prefix, Behind::Exact),
            Self::Inner(inner) => {
                for (segment, child) in &inner.children {
                    prefix.push_str(segment);
                    child.walk(prefix, depth + 1, limits, visit);
                    prefix.truncate(prefix.len() - segment.len());
                }
            }
            Self::Collapsed(samples) => {
                let behind = Behind::Collapsed { samples, more_than: limits.below(depth) };
                match below(depth) {
                    Some(wildcards) => {
                        prefix.push_str(wildcards);
                        visit(prefix, behind);
                        prefix.truncate(prefix.len() - wildcards.len());
                    }
                    None => visit("*", behind),
                }
            }
        }
    }

    fn collapse(&mut self, prefix: &mut String) {
        let mut samples = Samples::default();
        self.sample(prefix, &mut samples);
        *self = Self::Collapsed(Box::new(samples));
    }

    /// Adds the first values below to `samples`.
    fn sample(&self, prefix: &mut String, samples: &mut Samples) {
        match self {
            Self::Leaf => {
                if samples.wants(prefix.as_str()) {
                    samples.insert(prefix.as_str().into());
                }
            }
            Self::Inner(inner) => {
                for (segment, child) in &inner.children {
                    prefix.push_str(segment);
                    child.sample(prefix, samples);
                    prefix.truncate(prefix.len() - segment.len());
                }
            }
            Self::Collapsed(own) => samples.merge((**own).clone()),
        }
    }
}

impl Inner {
    fn insert(&mut self, full: &str, rest: &[&str], depth: usize, limits: &ResourceLimits) {
        let Some((segment, rest)) = rest.split_first() else { return };
        let place = self.children.binary_search_by(|(own, _)| (**own).cmp(segment));
        let at = place.unwrap_or_else(|at| {
            let node = if rest.is_empty() { Node::Leaf } else { Node::Inner(Box::default()) };
            self.children.reserve(usize::from(self.children.is_empty()));
            self.children.insert(at, ((*segment).into(), node));
            at
        });
        let Some((_, child)) = self.children.get_mut(at) else { return };
        let before = if place.is_ok() { child.share(depth + 1, limits) } else { 0 };
        child.insert(full, rest, depth + 1, limits);
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
pub(super) fn insert(root: &mut Node, text: &str, limits: &ResourceLimits) {
    root.insert(text, &segments(text, limits), 0, limits);
}
