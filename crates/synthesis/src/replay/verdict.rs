//! What documents say to a permission, and to a call that needs several.

use std::collections::BTreeSet;

use tighten_iam::{Decision, PolicyKind};

/// A statement, by the index of its document and its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatementAt {
    /// The index of the document.
    pub document: usize,
    /// The index of the statement in it.
    pub statement: usize,
}

impl StatementAt {
    /// A statement of a document that nobody gave and that stands for what is taken to be there.
    pub(super) const NOT_GIVEN: Self = Self { document: usize::MAX, statement: 0 };
}

/// What the documents say to one permission. Ordered from the worst.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// A statement denies it.
    ExplicitDeny {
        /// The first that does.
        by: StatementAt,
    },
    /// No statement allows it.
    ImplicitDeny,
    /// Policies of the principal may allow it, but nothing in documents of another kind does that must.
    Withheld {
        /// The first such kind.
        by: PolicyKind,
    },
    /// It is decided by condition keys that the records do not show, or by what is not modelled.
    Depends {
        /// The keys, in lower case; what is not modelled is named as it stands in the policy.
        keys: BTreeSet<String>,
    },
    /// It is decided by which resource was used, and the records do not tell.
    Partly {
        /// What is in doubt.
        why: Doubt,
    },
    /// A statement allows it, and none denies it.
    Allowed {
        /// The first that does.
        by: StatementAt,
    },
}

/// Why it matters which resource was used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Some of the resources that may be meant are denied.
    SomeDenied {
        /// The first statement that denies some.
        by: StatementAt,
    },
    /// Only some of the resources that may be meant are allowed.
    SomeAllowed {
        /// The first statement that allows some.
        by: StatementAt,
    },
    /// An IAM entity is known by its name alone, or by an instance profile, and the documents treat those that may be
    /// meant differently.
    Entity,
    /// The permissions boundary does not allow it, and does not limit what the resource's own policy may have granted.
    ResourcePolicy,
}

/// What becomes of a call, which needs all of its permissions. Ordered from the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It would have been denied.
    Denied,
    /// Condition keys that the records do not show decide.
    Depends,
    /// Which resource was used decides, and the records do not tell.
    Partly,
    /// It would have been let through.
    Allowed,
}

impl Verdict {
    /// The stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::ExplicitDeny { .. } => "explicit-deny",
            Self::ImplicitDeny | Self::Withheld { .. } => "implicit-deny",
            Self::Depends { .. } => "depends",
            Self::Partly { .. } => "partly",
            Self::Allowed { .. } => "allowed",
        }
    }

    /// Whether the permission is surely given.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }

    /// What a call comes to that needs this and nothing else.
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::ExplicitDeny { .. } | Self::ImplicitDeny | Self::Withheld { .. } => Outcome::Denied,
            Self::Depends { .. } => Outcome::Depends,
            Self::Partly { .. } => Outcome::Partly,
            Self::Allowed { .. } => Outcome::Allowed,
        }
    }

    /// The statement that decided, or that puts it in doubt.
    pub fn by(&self) -> Option<StatementAt> {
        match self {
            Self::ExplicitDeny { by }
            | Self::Allowed { by }
            | Self::Partly { why: Doubt::SomeDenied { by } | Doubt::SomeAllowed { by } } => Some(*by),
            Self::ImplicitDeny
            | Self::Withheld { .. }
            | Self::Depends { .. }
            | Self::Partly { why: Doubt::Entity | Doubt::ResourcePolicy } => None,
        }
    }

    /// The verdict on a request that was one of several, where it is not known which. Where they differ, `decider`
    /// decides.
    pub(super) fn one_of(verdicts: Vec<Self>, decider: impl FnOnce(BTreeSet<String>) -> Self) -> Option<Self> {
        let first = verdicts.first()?;
        if verdicts.iter().all(|verdict| verdict.outcome() == first.outcome())
            && matches!(first.outcome(), Outcome::Allowed | Outcome::Denied)
        {
            return verdicts.into_iter().next();
        }
        if let Some(doubt) = verdicts.iter().find(|verdict| matches!(verdict, Self::Partly { .. })) {
            return Some(doubt.clone());
        }
        let keys = verdicts.iter().flat_map(Self::keys).cloned().collect();
        let same = verdicts.iter().all(|verdict| verdict.outcome() == first.outcome());
        Some(if same { Self::Depends { keys } } else { decider(keys) })
    }

    /// The verdict on an IAM entity that is one of several.
    pub(super) fn one_entity_of(verdicts: Vec<Self>) -> Self {
        let in_doubt = Self::Partly { why: Doubt::Entity };
        Self::one_of(verdicts, |_| in_doubt.clone()).unwrap_or(in_doubt.clone())
    }

    /// The verdict on what documents of several kinds must all allow. A denial is one whatever else is in doubt.
    pub(super) fn all_of(verdicts: &[Self]) -> Self {
        let of = |wanted: fn(&Self) -> bool| verdicts.iter().find(|verdict| wanted(verdict)).cloned();
        let denied = of(|verdict| matches!(verdict, Self::ExplicitDeny { .. }))
            .or(of(|verdict| *verdict == Self::ImplicitDeny))
            .or(of(|verdict| matches!(verdict, Self::Withheld { .. })));
        if let Some(denied) = denied {
            return denied;
        }
        if verdicts.iter().any(|verdict| matches!(verdict, Self::Depends { .. })) {
            return Self::Depends { keys: verdicts.iter().flat_map(Self::keys).cloned().collect() };
        }
        let given = |verdict: &&Self| verdict.by() != Some(StatementAt::NOT_GIVEN);
        let doubt = of(|verdict| matches!(verdict, Self::Partly { .. }));
        let allowed = || verdicts.iter().find(given).or(verdicts.first()).cloned();
        doubt.or_else(allowed).unwrap_or(Self::Allowed { by: StatementAt::NOT_GIVEN })
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &String> {
        if let Self::Depends { keys } = self { Some(keys) } else { None }.into_iter().flatten()
    }
}

impl Doubt {
    /// The stable kebab-case code.
    pub fn code(self) -> &'static str {
        match self {
            Self::SomeDenied { .. } => "some-denied",
            Self::SomeAllowed { .. } => "some-allowed",
            Self::Entity => "entity-unknown",
            Self::ResourcePolicy => "resource-policy",
        }
    }
}

impl From<Decision> for Verdict {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Allowed { document, statement } => Self::Allowed { by: StatementAt { document, statement } },
            Decision::ExplicitDeny { document, statement } => {
                Self::ExplicitDeny { by: StatementAt { document, statement } }
            }
            Decision::ImplicitDeny => Self::ImplicitDeny,
            Decision::Depends { missing } => Self::Depends { keys: missing },
        }
    }
}
