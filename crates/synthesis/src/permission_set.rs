//! One policy for all roles that IAM Identity Center keeps for a permission set.

use tighten_catalog::Catalog;
use tighten_iam::quota::PolicyKind;
use tighten_iam::{PolicyDocument, Principal};

use crate::finding::Finding;
use crate::generate::{Subject, completed, generalised, over_quota, prove_generated, written};
use crate::notes;
use crate::options::Options;
use crate::paths::EntityPaths;
use crate::proposal::Proposal;
use crate::prove::NotProven;
use crate::used::Used;

/// The policy proposed for a permission set.
#[derive(Debug, Clone, PartialEq)]
pub struct SetProposal {
    /// The set's name.
    pub name: String,
    /// Its roles that called, one of each account at most, by ARN.
    pub roles: Vec<Principal>,
    /// The inline policy; none where nothing was needed.
    pub document: Option<PolicyDocument>,
    /// What a reader should know of the policy. What concerns a role is with its own proposal.
    pub findings: Vec<Finding>,
}

/// Proposes one policy that allows what all roles of the set used, and proves it for each of them.
///
/// Resources are listed as they were used, each with its account: nothing is taken to be the same in another account, and
/// nothing is generalised that would not be for one role. So the policy also gives the role of one account what the
/// role of another needs there, which reaches nothing as long as that account does not let it in.
///
/// # Errors
///
/// If something that a role needed is not allowed, which is a defect.
pub fn generate_for_set(
    catalog: &'static Catalog,
    name: &str,
    subjects: &[Subject],
    paths: &EntityPaths,
    options: &Options,
) -> Result<SetProposal, NotProven> {
    let options = Options { kind: PolicyKind::PermissionSet, ..options.clone() };
    let needs: Vec<(&Principal, Vec<Used>)> =
        subjects.iter().map(|subject| (&subject.principal, completed(&subject.needs, paths))).collect();
    let all: Vec<(&Principal, &[Used])> =
        needs.iter().map(|(principal, needs)| (*principal, needs.as_slice())).collect();
    let granted = generalised(catalog, &all, paths, &options);
    // A set has one inline policy, so nothing is split.
    let documents = written(catalog, &granted, &options);
    let mut findings = Vec::new();
    if let Some(first) = subjects.first() {
        findings.extend(notes::of_granted(&first.principal, &granted));
        findings.extend(over_quota(&first.principal, &documents, &options));
    }
    for finding in &mut findings {
        finding.principal = None;
    }
    Finding::sort(&mut findings);
    for subject in subjects {
        let proposal = Proposal {
            principal: subject.principal.clone(),
            documents: documents.clone(),
            evidence: Vec::new(),
            inferred: Vec::new(),
            wants: Vec::new(),
            findings: Vec::new(),
            has_policies: true,
        };
        prove_generated(&proposal, &subject.needs, paths)?;
    }
    let mut roles: Vec<Principal> = subjects.iter().map(|subject| subject.principal.clone()).collect();
    roles.sort();
    Ok(SetProposal { name: name.to_owned(), roles, document: documents.into_iter().next(), findings })
}
