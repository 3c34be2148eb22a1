//! The policies of today: those in files, and who holds which ones in an account.

mod assemble;
pub(crate) mod current;
mod document;
mod pages;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;
use tighten_iam::{PolicyDocument, Principal};
use tighten_synthesis::narrow::CurrentPolicy;

/// The policies of one or several accounts, and who holds them.
#[derive(Debug, Default)]
pub(crate) struct Authorization {
    /// The policies that somebody holds, each as often as it can be changed on its own: a managed policy of the account and
    /// what is inside of a group once for all who hold it, a managed policy of AWS once for each principal and group that
    /// it is attached to, because each of them gets a replacement of its own.
    pub(crate) policies: Vec<CurrentPolicy>,
    /// The groups that AWS managed policies are attached to: index of the policy to the group's ARN. The replacement
    /// belongs there. (For other policies of groups, their home tells.)
    pub(crate) groups: BTreeMap<usize, String>,
    /// All users and roles, those without policies too, but no service-linked roles: these cannot be changed.
    pub(crate) holders: BTreeMap<Principal, HolderPolicies>,
    /// What a reader should know about the file.
    pub(crate) notes: Vec<String>,
}

/// What a principal holds.
#[derive(Debug)]
pub(crate) struct HolderPolicies {
    /// The indices of its policies, in order and each once.
    pub(crate) policies: Vec<usize>,
    /// When the principal was made, if the file tells.
    pub(crate) created: Option<Timestamp>,
    /// The permissions boundary: its ARN and what it says. `None` also where the file does not hold its document.
    pub(crate) boundary: Option<(String, PolicyDocument)>,
}

impl Authorization {
    /// Reads the output of `aws iam get-account-authorization-details`.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the account authorization details `{name}`"))?;
        Self::parse(&text, &name)
    }

    /// Reads text that comes from `name`.
    pub(crate) fn parse(text: &str, name: &str) -> Result<Self> {
        assemble::assemble(pages::parse(text, name)?, name)
    }
}
