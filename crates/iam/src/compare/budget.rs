//! How much work a comparison may cost.

/// How many steps a comparison may take before it answers that it is undecided.
///
/// A step is one position of one pattern moved by one character, or work of a like size. Time and memory are both
/// bounded by it: the default is about half a second at worst. Real policies need a small part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    steps: u64,
}

impl Budget {
    /// A budget of this many steps.
    pub const fn steps(steps: u64) -> Self {
        Self { steps }
    }

    /// The number of steps.
    pub const fn get(self) -> u64 {
        self.steps
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::steps(10_000_000)
    }
}

/// What is left of a budget.
#[derive(Debug)]
pub(super) struct Meter {
    left: u64,
}

/// The budget is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Meter {
    pub(super) fn new(budget: Budget) -> Self {
        Self { left: budget.steps }
    }

    /// Takes steps from the budget.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(steps).ok_or(Exhausted)?;
        Ok(())
    }
}
