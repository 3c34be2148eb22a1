//! Answers that may have to wait for what is not known.

use std::collections::BTreeSet;

/// Yes, no, or decided by the things named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Truth {
    Yes,
    No,
    Unknown(BTreeSet<String>),
}

impl Truth {
    /// Decided by one thing.
    pub(super) fn depends_on(what: impl Into<String>) -> Self {
        Self::Unknown(BTreeSet::from([what.into()]))
    }

    /// Whether all hold. One that surely does not decides, whatever is unknown of the others.
    pub(super) fn all(answers: impl IntoIterator<Item = Self>) -> Self {
        let mut missing = BTreeSet::new();
        for answer in answers {
            match answer {
                Self::Yes => {}
                Self::No => return Self::No,
                Self::Unknown(more) => missing.extend(more),
            }
        }
        if missing.is_empty() { Self::Yes } else { Self::Unknown(missing) }
    }

    /// Whether one holds.
    pub(super) fn any(answers: impl IntoIterator<Item = Self>) -> Self {
        Self::all(answers.into_iter().map(Self::negate)).negate()
    }

    pub(super) fn negate(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            unknown @ Self::Unknown(_) => unknown,
        }
    }

    pub(super) fn negate_if(self, negated: bool) -> Self {
        if negated { self.negate() } else { self }
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
