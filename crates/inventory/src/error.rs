//! Why the policies of today could not be read.

use std::io;
use std::path::PathBuf;

use serde_json::Value;
use thiserror::Error;
use tighten_iam::{PolicyError, PrincipalError};

/// Input that could not be read as a whole, or from which something is missing without which policies would be narrowed
/// too far.
#[derive(Debug, Error)]
pub enum InventoryError {
    /// A policy file could not be opened or is not text.
    #[error("cannot read the policy `{}`", path.display())]
    PolicyFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A policy file holds something else.
    #[error("`{name}` is not a policy")]
    NotAPolicy {
        /// The file, or where else the text is from.
        name: String,
        /// What is wrong, with the key from the top of the file.
        source: PolicyError,
    },
    /// The account authorization details could not be opened or are not text.
    #[error("cannot read the account authorization details `{}`", path.display())]
    DetailsFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what `aws iam get-account-authorization-details` prints.
    #[error("`{}` is not the output of `aws iam get-account-authorization-details`", path.display())]
    NotDetails {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The file, or one page of it, has none of the lists.
    #[error(
        "`{}` is not the output of `aws iam get-account-authorization-details`: there is none of `UserDetailList`, \
         `RoleDetailList`, `GroupDetailList` and `Policies`",
        path.display()
    )]
    NoLists {
        /// The file.
        path: PathBuf,
    },
    /// Pages are missing. Whoever is on them would lose what they use of the policies that are here.
    #[error(
        "`{}` is not the whole: the last page{} says that more follow",
        path.display(),
        account.as_ref().map(|account| format!(" of account {account}")).unwrap_or_default()
    )]
    PagesMissing {
        /// The file.
        path: PathBuf,
        /// Whose pages, as far as they tell.
        account: Option<String>,
    },
    /// An entity or a policy is there twice.
    #[error("`{arn}` is in `{}` twice", path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// Its ARN.
        arn: String,
    },
    /// A group that a user is in is not there.
    #[error("the group `{group}` of `{user}` is not in `{}`", path.display())]
    GroupMissing {
        /// The file.
        path: PathBuf,
        /// The group's name.
        group: String,
        /// The user's ARN.
        user: String,
    },
    /// A managed policy that is attached to an entity is not there.
    #[error("`{}` does not hold the document of `{arn}`, which is attached to `{entity}`", path.display())]
    DocumentMissing {
        /// The file.
        path: PathBuf,
        /// The policy's ARN.
        arn: String,
        /// The ARN of the user, role or group.
        entity: String,
    },
    /// A managed policy is attached to more than the file shows. They would lose what they use of it.
    #[error("`{arn}` is attached to {stated} users, roles and groups, and `{}` shows {shown}", path.display())]
    HoldersMissing {
        /// The file.
        path: PathBuf,
        /// The policy's ARN.
        arn: String,
        /// To how many it is attached, by its own word.
        stated: usize,
        /// How many of them are there.
        shown: usize,
    },
    /// The ARN of a user or role is none.
    #[error("`Arn` of a user or role")]
    NotAPrincipal(#[source] PrincipalError),
    /// A date is none.
    #[error("`{field}` of `{arn}` is not a time: {value}")]
    NotATime {
        /// The field.
        field: &'static str,
        /// Of what.
        arn: String,
        /// What is there.
        value: Value,
    },
}
