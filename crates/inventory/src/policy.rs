//! A policy of today.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;
use tighten_iam::PolicySource;

/// A policy that is attached to somebody today.
#[derive(Debug, Clone)]
pub struct CurrentPolicy {
    /// What it is called: a file, a policy's ARN, the name of an inline policy.
    pub name: String,
    /// Where it lives.
    pub home: Home,
    /// What it says.
    pub source: PolicySource,
    /// Where its text was read, if that was a file.
    pub origin: Option<Origin>,
    /// When it was last changed, if that is known.
    pub changed: Option<Timestamp>,
    /// It bounds principals, too: what it does not allow, they may not do whatever their policies say. So it stays.
    pub bounds: bool,
}

/// Where a policy lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Home {
    /// In a file; to whom it is attached, the file does not say.
    File,
    /// Inside of a principal.
    Inline,
    /// Inside of a group, for all its members.
    Group {
        /// The group's ARN.
        arn: String,
    },
    /// A managed policy of the account.
    Managed {
        /// Its ARN.
        arn: String,
    },
    /// A managed policy of AWS. It cannot be changed, so what is proposed has to take its place.
    AwsManaged {
        /// Its ARN.
        arn: String,
    },
}

/// The place of a document in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Origin {
    /// The file.
    pub path: PathBuf,
    /// The JSON pointer to the document, such as `/PolicyVersion/Document`; empty where the file is nothing but the
    /// document. A file of another language has pointers of its own.
    pub pointer: String,
}

impl CurrentPolicy {
    /// A policy of which nothing more is known.
    pub fn new(name: impl Into<String>, home: Home, source: PolicySource) -> Self {
        Self { name: name.into(), home, source, origin: None, changed: None, bounds: false }
    }
}

impl Home {
    /// The stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Inline => "inline",
            Self::Group { .. } => "group",
            Self::Managed { .. } => "managed",
            Self::AwsManaged { .. } => "aws-managed",
        }
    }
}
