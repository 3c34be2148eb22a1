//! What stands between an action and its record, and what would mend it.

use std::collections::BTreeSet;

use tighten_trail::selectors::Level;
use tighten_usage::Access;

/// Whether the use of an action would have been in the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Observability {
    /// Every use would have been: that none is there means that there was none.
    Full,
    /// Some uses would have been: on some resources, in some regions, by some sessions, through some calls.
    Partly(Vec<Gap>),
    /// No use would have been: that none is there means nothing.
    Not(Vec<Gap>),
}

impl Observability {
    pub(super) fn not(what: GapKind, inferred: bool) -> Self {
        Self::Not(vec![Gap { what, inferred }])
    }

    /// Of ways to use an action: full if every way is seen, not at all if none is.
    pub(super) fn of_ways(levels: &BTreeSet<Level>, gaps: BTreeSet<Gap>) -> Self {
        let gaps = gaps.into_iter().collect();
        match (levels.first(), levels.last()) {
            (Some(Level::Full), _) => Self::Full,
            (_, Some(Level::Some | Level::Full)) => Self::Partly(gaps),
            _ => Self::Not(gaps),
        }
    }

    /// Whether every use would have been in the input.
    pub fn is_full(&self) -> bool {
        matches!(self, Self::Full)
    }

    /// What is missing, sorted; nothing where every use would have been in the input.
    pub fn gaps(&self) -> &[Gap] {
        match self {
            Self::Full => &[],
            Self::Partly(gaps) | Self::Not(gaps) => gaps,
        }
    }

    /// The stable spelling: `full`, `partly` or `not`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Partly(_) => "partly",
            Self::Not(_) => "not",
        }
    }
}

/// One reason why a use may not have been in the input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// What is missing.
    pub what: GapKind,
    /// Concluded from the records, for want of the trail's selectors.
    pub inferred: bool,
}

/// What is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum GapKind {
    /// `CloudTrail` never records it.
    NeverRecorded {
        /// The reason.
        why: String,
    },
    /// It is known to be used, and nobody says what would record it.
    UnknownRecording,
    /// It has no API operation, and no call is known during which it is checked.
    NoKnownCall,
    /// A call was made during which it may have been checked.
    ParentCall {
        /// `s3.amazonaws.com/CreateAccessPoint`.
        call: String,
    },
    /// Roles may have been passed that no record names.
    UnnamedRoles {
        /// The actions of the calls that may have passed them, sorted.
        actions: Vec<String>,
    },
    /// Calls may have been checked on resources of these types, and their records do not tell.
    UnsettledTypes {
        /// The types.
        types: Vec<String>,
    },
    /// There are records that may have shown its use, and they do not tell.
    Unclear {
        /// Which.
        why: &'static str,
    },
    /// Data events of this kind are not recorded.
    DataEvents(Wanted),
    /// Data events of this kind are recorded for some resources, or it is not known for which.
    DataEventsPartly(Wanted),
    /// Management events that read are not recorded.
    ReadEvents,
    /// Management events that write are not recorded.
    WriteEvents,
    /// Management events of these event sources are left out.
    ExcludedSource {
        /// The event sources: `kms.amazonaws.com`.
        sources: Vec<String>,
        /// The events that are missing.
        wanted: Wanted,
    },
    /// Nothing was recorded in this region.
    Region {
        /// The region.
        region: String,
    },
    /// Only some regions were looked at.
    RegionFilter {
        /// The regions that were.
        regions: Vec<String>,
    },
    /// Nothing was recorded in the principal's account.
    Account {
        /// The account.
        account: String,
    },
    /// The selectors record some callers only.
    IdentityFilter(Wanted),
    /// The selectors record events with certain properties only.
    EventFilter {
        /// The field that they look at: `eventName`.
        field: &'static str,
        /// The events that are missing.
        wanted: Wanted,
    },
}

/// Events that should be recorded, as selectors name them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// The resource type of data events, `AWS::S3::Object`; management events have none.
    pub resource_type: Option<String>,
    /// The kind of access; unstated: both.
    pub access: Access,
    /// How the ARNs of the resources begin, where that is known.
    pub arn_prefix: Option<String>,
}

/// Says of what lacks reads and writes alike that it lacks both.
pub(super) fn join_accesses(mut gaps: BTreeSet<Gap>) -> BTreeSet<Gap> {
    let with = |gap: &Gap, access: Access| {
        let mut gap = gap.clone();
        gap.what.wanted_mut()?.access = access;
        Some(gap)
    };
    let reads: Vec<Gap> = gaps.iter().filter_map(|gap| with(gap, Access::Read)).collect();
    for read in reads {
        let Some(write) = with(&read, Access::Write) else { continue };
        if gaps.contains(&read) && gaps.contains(&write) {
            gaps.extend(with(&read, Access::Unstated));
            gaps.remove(&read);
            gaps.remove(&write);
        }
    }
    gaps
}

impl GapKind {
    fn wanted_mut(&mut self) -> Option<&mut Wanted> {
        match self {
            Self::DataEvents(wanted)
            | Self::DataEventsPartly(wanted)
            | Self::IdentityFilter(wanted)
            | Self::ExcludedSource { wanted, .. }
            | Self::EventFilter { wanted, .. } => Some(wanted),
            _ => None,
        }
    }

    /// The stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NeverRecorded { .. } => "never-recorded",
            Self::ParentCall { .. } => "parent-call",
            Self::UnnamedRoles { .. } => "unnamed-roles",
            Self::UnsettledTypes { .. } => "unsettled-types",
            Self::Unclear { .. } => "unclear",
            Self::UnknownRecording => "unknown-recording",
            Self::NoKnownCall => "no-known-call",
            Self::DataEvents(_) => "data-events",
            Self::DataEventsPartly(_) => "data-events-partly",
            Self::ReadEvents => "read-events",
            Self::WriteEvents => "write-events",
            Self::ExcludedSource { .. } => "excluded-source",
            Self::Region { .. } => "region",
            Self::RegionFilter { .. } => "region-filter",
            Self::Account { .. } => "account",
            Self::IdentityFilter(_) => "identity-filter",
            Self::EventFilter { .. } => "event-filter",
        }
    }
}
