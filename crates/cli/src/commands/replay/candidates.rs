//! The documents that are tried out.

use std::path::{Path, PathBuf};

use anyhow::Result;
use tighten_iam::PolicyDocument;
use tighten_synthesis::replay::Candidates;

use crate::current;
use crate::error::Explained;
use crate::principals::BoundPrincipals;

/// What would have been in force.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Policies")]
pub(crate) struct CandidateArgs {
    /// A policy of the principal: a document as JSON or URL-encoded, alone or as the AWS CLI prints it. Repeatable: several
    /// count together, as attached policies do.
    #[arg(long = "policy", value_name = "FILE")]
    #[cfg_attr(feature = "aws", arg(required_unless_present_any = ["scp", "rcp", "boundary", "from_iam"]))]
    #[cfg_attr(not(feature = "aws"), arg(required_unless_present_any = ["scp", "rcp", "boundary"]))]
    policies: Vec<PathBuf>,
    /// A service control policy. Repeatable: each is a level of its own, and every level must allow a call. Several of one
    /// level, of which one is enough, are joined: `a.json,b.json`.
    ///
    /// A level of documents that only deny keeps `FullAWSAccess` beside them, as AWS attaches it; documents that allow
    /// something are in its place. Without `--policy` and `--boundary`, all principals are judged.
    #[arg(long, value_name = "FILE[,FILE…]")]
    scp: Vec<String>,
    /// A resource control policy. Repeatable: only what they deny counts, and only on services that they bind.
    #[arg(long, value_name = "FILE")]
    rcp: Vec<PathBuf>,
    /// The permissions boundary of the principal, which has one at most.
    #[arg(long, value_name = "FILE")]
    boundary: Option<PathBuf>,
    /// The organisation's SCPs and RCPs as they are today, read from AWS Organizations: those that bind the accounts of the principals
    /// that are judged. What else is given counts beside them.
    ///
    /// It takes the credentials of the management account or of a delegated administrator, and the permissions of
    /// `tighten permissions --preset organization`.
    #[cfg(feature = "aws")]
    #[arg(long)]
    pub(super) from_iam: bool,
    /// The organisation's management account, whose principals and resources neither `--scp` nor `--rcp` bind.
    #[arg(long, value_name = "ID")]
    management_account: Option<String>,
    /// Replay every principal, each against the same policies. Without it `--policy` and `--boundary` need exactly one.
    #[arg(long)]
    all: bool,
}

/// The documents, and whom they bind.
pub(super) struct Tried {
    pub(super) candidates: Candidates,
    /// The file of each document.
    pub(super) files: Vec<String>,
    pub(super) principals: BoundPrincipals,
}

impl CandidateArgs {
    /// Reads the documents.
    pub(super) fn read(&self) -> Result<Tried> {
        if let Some(account) = &self.management_account
            && !(account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()))
        {
            let message = format!("`--management-account {account}` is not the id of an account");
            return Err(Explained::new(message, "ids of accounts have 12 digits").into());
        }
        let levels: Vec<Vec<PathBuf>> = self.scp.iter().map(|level| files_of(level)).collect();
        let mut candidates = Candidates::new(documents(&self.policies)?);
        for boundary in documents(&self.boundary)? {
            candidates = candidates.with_boundary(boundary);
        }
        for level in &levels {
            candidates = candidates.with_service_control(documents(level)?);
        }
        if !self.rcp.is_empty() {
            candidates = candidates.with_resource_control(documents(&self.rcp)?);
        }
        let files = self.policies.iter().chain(&self.boundary).chain(levels.iter().flatten()).chain(&self.rcp);
        Ok(Tried {
            files: files.map(|file| file.display().to_string()).collect(),
            candidates: candidates.with_management_account(self.management_account.clone()),
            principals: self.bound(),
        })
    }

    fn bound(&self) -> BoundPrincipals {
        let attached = !self.policies.is_empty() || self.boundary.is_some();
        let controlled = !self.scp.is_empty() || !self.rcp.is_empty();
        #[cfg(feature = "aws")]
        let controlled = controlled || self.from_iam;
        BoundPrincipals { several: self.all || !attached, root: controlled }
    }
}

fn documents<'p>(files: impl IntoIterator<Item = &'p PathBuf>) -> Result<Vec<PolicyDocument>> {
    current::documents(files.into_iter().map(PathBuf::as_path))
}

/// The files of a level. A comma may also be part of a name.
fn files_of(level: &str) -> Vec<PathBuf> {
    if Path::new(level).exists() {
        return vec![level.into()];
    }
    level.split(',').map(|file| file.trim().into()).collect()
}
