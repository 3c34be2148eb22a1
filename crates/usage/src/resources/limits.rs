//! How much of the names is kept apart.

use serde::{Deserialize, Serialize};

/// How many values a [`ResourceSet`](super::ResourceSet) keeps apart below each level of a name.
///
/// A level that saw more values below it than its limit becomes `*`. Levels near the beginning of a name have the
/// larger limits, because people choose those parts (bucket, function, role) and programs the later ones (object
/// keys, log streams, job ids).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResourceLimits {
    /// Below the whole, a partition, a service and a region.
    pub head: u32,
    /// Below an account, then below each level of the resource's own name; the last holds for all deeper ones.
    pub names: [u32; 5],
    /// How much one child counts at most towards its parent's limit. It keeps one crowded bucket from hiding the
    /// names of all the others.
    pub share: u32,
    /// Levels of the resource's own name that are told apart; what follows is one last level.
    pub levels: u8,
    /// Longest value in bytes; the rest of a longer one becomes `*`. An ARN has at most 2,048.
    pub length: u16,
}

impl Default for ResourceLimits {
    fn default() -> Self {
        Self { head: 16_384, names: [4_096, 512, 256, 64, 32], share: 32, levels: 12, length: 2_048 }
    }
}

impl ResourceLimits {
    /// The same limit on every level.
    pub fn uniform(limit: u32) -> Self {
        Self { head: limit, names: [limit; 5], share: 1, ..Self::default() }
    }

    /// The limit below a node that is `depth` segments from the root.
    pub(super) fn below(&self, depth: usize) -> u32 {
        let [.., deepest] = self.names;
        match depth.checked_sub(super::split::HEAD) {
            None => self.head,
            Some(level) => self.names.get(level).copied().unwrap_or(deepest),
        }
    }

    /// The most that a child at `depth` counts towards its parent's limit. Never more than the number of values that
    /// surely stand behind a collapsed child, so that a limit passed is a true statement about the values.
    pub(super) fn share_at(&self, depth: usize) -> u32 {
        self.share.min(self.below(depth).saturating_add(1)).max(1)
    }
}
