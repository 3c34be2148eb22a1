//! The policies of today, and who holds them.

use jiff::Timestamp;
use serde::Serialize;
use tighten_iam::{PolicyDocument, PolicySource};

use crate::generate::Subject;

/// A policy that is attached to somebody today.
#[derive(Debug, Clone)]
pub struct CurrentPolicy {
    /// What it is called: a file, a policy's ARN, the name of an inline policy.
    pub name: String,
    /// Where it lives.
    pub home: Home,
    /// What it says.
    pub source: PolicySource,
    /// When it was last changed, if that is known.
    pub changed: Option<Timestamp>,
    /// It bounds principals, too: what it does not allow, they may not do whatever their policies say. So it stays.
    pub bounds: bool,
}

/// Where a policy lives.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Home {
    /// In a file; to whom it is attached, the command line said.
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

/// Somebody to whom policies are attached.
#[derive(Debug, Clone)]
pub struct Holder<'a> {
    /// What the principal did.
    pub subject: &'a Subject,
    /// The indices of its policies.
    pub policies: Vec<usize>,
    /// When the principal was made, if that is known.
    pub created: Option<Timestamp>,
    /// The permissions boundary, by name: what it does not allow, no policy of the principal can give.
    pub boundary: Option<(&'a str, &'a PolicyDocument)>,
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
