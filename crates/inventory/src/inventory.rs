//! The policies of accounts, and who holds them.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use tighten_iam::{PolicyDocument, PolicyError, Principal};

use crate::details;
use crate::error::InventoryError;
use crate::maker::Maker;
use crate::note::Note;
use crate::policy::CurrentPolicy;

/// The policies of one or several accounts, and who holds them.
#[derive(Debug, Default)]
pub struct Inventory {
    /// The policies that somebody holds, each as often as it can be changed on its own: a managed policy of the account
    /// and what is inside of a group once for all who hold it, a managed policy of AWS once for each principal and group
    /// that it is attached to, because each of them gets a replacement of its own.
    pub policies: Vec<CurrentPolicy>,
    /// The groups that AWS managed policies are attached to: index of the policy to the group's ARN. The replacement
    /// belongs there. (For other policies of groups, their home tells.)
    pub groups: BTreeMap<usize, String>,
    /// All users and roles, those without policies too, but no service-linked roles: these cannot be changed.
    pub holders: BTreeMap<Principal, PolicyHolder>,
    /// Who made users and roles, where it is somebody who may make them again as they were.
    pub makers: BTreeMap<Principal, Maker>,
    /// Documents of attached policies and of boundaries that could not be read, each once. They stay as they are, and what
    /// they allow or deny is not known.
    pub unreadable: Vec<UnreadablePolicy>,
    /// What else a reader should know.
    pub notes: Vec<Note>,
}

/// What a principal holds.
#[derive(Debug, Clone)]
pub struct PolicyHolder {
    /// The indices of its policies, in order and each once.
    pub policies: Vec<usize>,
    /// When the principal was made, if that is known.
    pub created: Option<Timestamp>,
    /// The permissions boundary; also absent where its document is not known.
    pub boundary: Option<Boundary>,
}

/// A permissions boundary.
#[derive(Debug, Clone, PartialEq)]
pub struct Boundary {
    /// The ARN of the policy.
    pub arn: String,
    /// What it says.
    pub document: PolicyDocument,
}

/// A document that is no policy.
#[derive(Debug)]
pub struct UnreadablePolicy {
    /// The policy, in words: its ARN, or its name and whom it is inside of.
    pub policy: String,
    /// What is wrong with it.
    pub error: PolicyError,
}

impl Inventory {
    /// Reads the output of `aws iam get-account-authorization-details`.
    pub fn read(path: &Path) -> Result<Self, InventoryError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| InventoryError::DetailsFile { path: path.to_owned(), source })?;
        Self::parse(&text, path)
    }

    /// Reads text that comes from a file of this name.
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Self, InventoryError> {
        details::inventory(text, path.as_ref())
    }
}
