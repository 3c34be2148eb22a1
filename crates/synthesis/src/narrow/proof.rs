//! The proofs: nothing that was used is lost, and nothing is allowed that was not before.

use std::collections::BTreeMap;

use serde::Serialize;
use thiserror::Error;
use tighten_iam::{
    ActionName, Budget, Comparison, Effect, PolicyDocument, Principal, ResourcePattern, Statement, StatementEdit,
    compare,
};

use super::current::Holder;
use super::options::NarrowOptions;
use super::placeholders::Placeholders;
use crate::paths::EntityPaths;
use crate::replay::{Judge, Outcome};
use crate::used::Seen;

/// What must not happen. An error of this kind is a defect of the program, and nothing may be written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NarrowError {
    /// Something that was used would no longer be allowed.
    #[error("`{principal}` used `{action}` on `{resource}`, which the narrowed policies would no longer allow")]
    Lost {
        /// Who used it.
        principal: String,
        /// What was used.
        action: String,
        /// On what.
        resource: String,
    },
    /// Something would be allowed that was not before.
    #[error("the narrowed `{policy}` would allow `{action}` on `{resource}`, which the policy does not allow today")]
    Wider {
        /// The policy.
        policy: String,
        /// What would be allowed.
        action: String,
        /// On what.
        resource: String,
    },
    /// It could not be decided whether something would be allowed that was not before.
    #[error("whether the narrowed `{policy}` allows nothing new could not be decided: {why}")]
    Undecided {
        /// The policy.
        policy: String,
        /// Why.
        why: String,
    },
    /// The text could not be written.
    #[error("the narrowed `{policy}` could not be written: {why}")]
    NotWritten {
        /// The policy.
        policy: String,
        /// Why.
        why: String,
    },
}

/// How it is known that a narrowed policy allows nothing new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Inclusion {
    /// It is the same document.
    Same,
    /// The documents were compared as a whole.
    Documents,
    /// Each statement was compared with the one that it takes the place of; the documents are too entangled to be
    /// compared as a whole.
    Statements,
}

/// What the narrowed policies of a principal were held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HolderProof {
    /// Who.
    pub principal: Principal,
    /// The indices of its policies.
    pub policies: Vec<usize>,
    /// How many permissions it was seen to need.
    pub needed: usize,
    /// Of these, allowed by the policies of today. All of them still are, save those in `forbidden`.
    pub allowed: usize,
    /// Of these, those that the records alone do not decide: conditions, or which resource was meant. They are decided
    /// as before.
    pub open: usize,
    /// What was needed and a rule forbids.
    pub forbidden: Vec<NotGranted>,
    /// What was needed and the policies of today do not allow: something else did, or they have changed.
    pub not_granted: Vec<NotGranted>,
}

/// A permission that was needed and that the policies do not give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotGranted {
    /// The action.
    pub action: ActionName,
    /// The resource.
    pub resource: ResourcePattern,
    /// How often, when and where.
    pub seen: Seen,
}

/// What is compared.
pub(super) struct Parts<'a> {
    pub(super) old: &'a PolicyDocument,
    pub(super) new: Option<&'a PolicyDocument>,
    pub(super) changed: &'a BTreeMap<usize, StatementEdit>,
    pub(super) placeholders: &'a Placeholders,
}

/// Proves that the new document allows nothing that the old one does not.
pub(super) fn included(policy: &str, parts: &Parts<'_>) -> Result<Inclusion, NarrowError> {
    if parts.changed.is_empty() {
        return Ok(Inclusion::Same);
    }
    // A document of which nothing is left allows nothing.
    let Some(new) = parts.new else { return Ok(Inclusion::Documents) };
    match compare(std::slice::from_ref(new), std::slice::from_ref(parts.old), Budget::default()) {
        Comparison::Proven => return Ok(Inclusion::Documents),
        Comparison::Counterexample(found) => {
            let (action, resource) = (found.action.to_string(), found.resource.to_string());
            return Err(NarrowError::Wider { policy: policy.to_owned(), action, resource });
        }
        Comparison::Undecided { .. } => {}
    }
    // Statements that deny are the same in both, so it is enough that no statement allows more than its original.
    for (at, edit) in parts.changed {
        let (StatementEdit::Replace(statements), Some(original)) = (edit, parts.old.statements.get(*at)) else {
            continue;
        };
        let document = |statements: &[Statement]| {
            let mut document = parts.old.clone();
            document.statements = statements.to_vec();
            parts.placeholders.fill_document(&document)
        };
        let (inner, outer) = (document(statements), document(std::slice::from_ref(original)));
        match compare(&[inner], &[outer], Budget::default()) {
            Comparison::Proven => {}
            Comparison::Counterexample(found) => {
                let (action, resource) = (found.action.to_string(), found.resource.to_string());
                return Err(NarrowError::Wider { policy: policy.to_owned(), action, resource });
            }
            Comparison::Undecided { why } => {
                return Err(NarrowError::Undecided { policy: policy.to_owned(), why: why.to_string() });
            }
        }
    }
    let denials = |document: &PolicyDocument| -> Vec<Statement> {
        document.statements.iter().filter(|statement| statement.effect == Effect::Deny).cloned().collect()
    };
    if denials(new) == denials(parts.old) {
        Ok(Inclusion::Statements)
    } else {
        let why = "the statements that deny are not the same".to_owned();
        Err(NarrowError::Undecided { policy: policy.to_owned(), why })
    }
}

/// Looks up everything that a holder needed in the documents of today and in the narrowed ones.
pub(super) fn holder(
    holder: &Holder<'_>,
    (old, new): (&[PolicyDocument], &[Option<PolicyDocument>]),
    paths: &EntityPaths,
    options: &NarrowOptions,
) -> Result<HolderProof, NarrowError> {
    let principal = &holder.subject.principal;
    // Documents are long, and who needed nothing is asked nothing.
    let judged: &[usize] = if holder.subject.needs.is_empty() { &[] } else { &holder.policies };
    let old: Vec<PolicyDocument> = judged.iter().filter_map(|at| old.get(*at)).cloned().collect();
    let new: Vec<PolicyDocument> = judged.iter().filter_map(|at| new.get(*at)?.clone()).collect();
    let (before, after) = (Judge::new(&old, principal, paths), Judge::new(&new, principal, paths));
    let (before, after) = (before.needs(&holder.subject.needs), after.needs(&holder.subject.needs));
    let mut proof = HolderProof {
        principal: principal.clone(),
        policies: holder.policies.clone(),
        needed: before.len(),
        allowed: 0,
        open: 0,
        forbidden: Vec::new(),
        not_granted: Vec::new(),
    };
    for (before, after) in before.iter().zip(&after) {
        let (was, is) = (before.verdict.outcome(), after.verdict.outcome());
        let missing = || NotGranted {
            action: before.need.action.clone(),
            resource: before.resource.clone(),
            seen: before.need.seen.clone(),
        };
        match was {
            Outcome::Allowed => proof.allowed += 1,
            Outcome::Depends | Outcome::Partly => proof.open += 1,
            Outcome::Denied => proof.not_granted.push(missing()),
        }
        if is < was {
            let never = options.never_grant.iter().any(|rule| rule.applies(principal, &before.need.action));
            if !never {
                return Err(NarrowError::Lost {
                    principal: principal.to_string(),
                    action: before.need.action.to_string(),
                    resource: before.resource.to_string(),
                });
            }
            proof.forbidden.push(missing());
        }
    }
    Ok(proof)
}
