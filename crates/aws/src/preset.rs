//! The parts of what tighten does in an account, by the permissions that they take.

use std::fmt;

/// A part of what tighten does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Preset {
    /// Reading files: nothing.
    Local,
    /// Reading logs from a bucket.
    S3,
    /// Finding out what a trail records, and where.
    Trail,
    /// Reading the event history.
    EventHistory,
    /// Reading the policies of today.
    Iam,
    /// Reading the policies of the organisation.
    Organization,
    /// Asking when services were last used.
    LastAccessed,
    /// Asking AWS whether the proposals would do.
    Simulate,
    /// Opening pull requests: nothing in the account.
    PullRequest,
    /// All of it.
    Full,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Local,
        Self::S3,
        Self::Trail,
        Self::EventHistory,
        Self::Iam,
        Self::Organization,
        Self::LastAccessed,
        Self::Simulate,
        Self::PullRequest,
        Self::Full,
    ];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::S3 => "s3",
            Self::Trail => "trail",
            Self::EventHistory => "event-history",
            Self::Iam => "iam",
            Self::Organization => "organization",
            Self::LastAccessed => "last-accessed",
            Self::Simulate => "simulate",
            Self::PullRequest => "pull-request",
            Self::Full => "full",
        }
    }

    /// What it is, in a few words.
    pub fn about(self) -> &'static str {
        match self {
            Self::Local => "reading files: nothing in the account",
            Self::S3 => "reading logs from a bucket",
            Self::Trail => "finding out what a trail records and where, and reading that",
            Self::EventHistory => "reading the event history",
            Self::Iam => "reading the policies of today",
            Self::Organization => "reading the SCPs and RCPs of the organisation",
            Self::LastAccessed => "asking when services were last used",
            Self::Simulate => "asking AWS whether the proposals would do",
            Self::PullRequest => "opening pull requests: nothing in the account",
            Self::Full => "all of it",
        }
    }

    /// Whether this part takes what that one takes, too: a trail leads to its bucket.
    pub fn covers(self, other: Self) -> bool {
        self == other || self == Self::Full || (self == Self::Trail && other == Self::S3)
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
