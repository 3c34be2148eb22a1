//! Current policies, narrowed to what was used.
//!
//! Every resource of every need goes to the narrowest statement that surely allows it, or to all that may (`assign`).
//! What an action of a statement was used on, what could have been recorded, and the guard rails decide what stays of it
//! (`decide`); the rest is written in the place of the statement (`rewrite`). Statements of which everything stays, and
//! those that deny, keep their bytes.
//!
//! The result can only shrink: every resource that is written is one of the statement's own patterns or lies within
//! one. [`narrow`] does not rely on that: it compares each new document with the old one, and looks up every need again.

mod accessed;
mod allow;
mod answers;
mod assign;
mod current;
mod decide;
mod decisions;
mod dense;
mod effect;
mod facts;
mod groups;
mod holders;
mod left_behind;
mod memo;
mod narrower;
mod notes;
mod options;
mod parents;
mod pass_role;
mod placeholders;
mod proof;
mod result;
mod rewrite;
mod risks;
mod situation;
mod statement_actions;
mod verdict;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tighten_catalog::Catalog;
use tighten_iam::{Effect, PolicyDocument, Resources, StatementEdit, quota};
pub use tighten_inventory::{CurrentPolicy, Home};

pub use accessed::{LastAccessed, ServiceAccess};
pub use answers::{Answered, AnsweredBy, answered};
pub use current::Holder;
pub use effect::Giver;
pub use groups::GrantGroups;
pub use narrower::Narrower;
pub(crate) use narrower::Shared;
pub use options::{Granularity, Keep, NarrowOptions, NeverGrant, UnknownChoice, Unobservable, WithoutKnownCall};
pub use proof::{HolderProof, Inclusion, NarrowError, NotGranted};
pub use result::{
    GrantGroup, Narrowed, NarrowedPolicy, PolicyOutcome, RiskCount, RiskyGrant, ServiceRisk, StatementChange,
    StatementReport, UsedGrant,
};
pub use verdict::{GrantVerdict, NarrowedTo, Young};

use crate::generate::completed;
use crate::observe::Observation;
use crate::paths::EntityPaths;
use crate::replay::{Asked, CalledBy, Judge, Verdict};
use crate::used::{Observed, Used};
use allow::Allow;
use assign::{Uses, assign};
use decide::Deciding;
use decisions::Decisions;
use holders::Holders;
use placeholders::{Bound, Placeholders};
use rewrite::{Rewritten, rewrite};
use situation::HoldersSituation;

/// What narrowing takes.
#[derive(Debug, Clone, Copy)]
pub struct NarrowInput<'a> {
    /// What AWS defines.
    pub catalog: &'static Catalog,
    /// The policies.
    pub policies: &'a [CurrentPolicy],
    /// Those to whom they are attached. A policy is narrowed to what all of its holders used.
    pub holders: &'a [Holder<'a>],
    /// The IAM entities that are named in full somewhere.
    pub paths: &'a EntityPaths,
    /// What the records could have shown.
    pub observation: &'a Observation<'a>,
    /// Whether every action is named in the result, and not only the first few of a group.
    pub details: bool,
}

/// What is known of a statement while it is narrowed.
struct Step<'a> {
    allow: Allow<'a>,
    decided: Arc<Decisions>,
    /// Whether patterns stay that match no known action.
    unknown: bool,
    rewritten: Rewritten,
}

/// The policies of today, ready to answer for needs.
struct Today<'a> {
    placeholders: Placeholders,
    /// The documents, with the values of placeholders.
    filled: Vec<PolicyDocument>,
    /// The statements that can be narrowed. Those that deny, and those of resource policies, are not.
    allows: Vec<Allow<'a>>,
}

/// Narrows policies to what their holders used.
///
/// The result is the same for any order of needs. An error is a defect of this program: something that was used would be
/// lost, or something would be allowed that was not before. For many sets of policies, [`Narrower`] does the same faster.
pub fn narrow(input: &NarrowInput<'_>, options: &NarrowOptions) -> Result<Narrowed, NarrowError> {
    let NarrowInput { catalog, policies, holders, paths, observation, details } = *input;
    Narrower::new(catalog, observation, paths, options).narrow(policies, holders, details)
}

pub(crate) fn narrowed<'a>(
    input: &NarrowInput<'a>,
    options: &'a NarrowOptions,
    shared: &Shared,
) -> Result<Narrowed, NarrowError> {
    let current = Today::new(input, options, shared);
    let mut uses: Vec<Uses> = current.allows.iter().map(|_| Uses::default()).collect();
    for holder in input.holders.iter().filter(|holder| !holder.subject.needs.is_empty()) {
        let needs = current.let_through(holder, &holder.subject.needs, input.paths);
        current.assign(holder, &needs, &mut uses);
    }
    let today = options.as_of.or_else(|| last(input)).map(day);
    let of_policy = |at| {
        let holders = Holders::of(input, at, options, today);
        let situation = Arc::new(HoldersSituation::of(&holders, today));
        (holders, situation)
    };
    let (holders, situations): (Vec<Holders<'a>>, Vec<_>) = (0..input.policies.len()).map(of_policy).unzip();
    let mut steps = Vec::new();
    let Today { placeholders, filled: bound, allows } = current;
    for (allow, uses) in allows.into_iter().zip(&uses) {
        let (Some(holders), Some(situation)) = (holders.get(allow.policy), situations.get(allow.policy)) else {
            continue;
        };
        let deciding = Deciding { catalog: input.catalog, options, observation: input.observation, holders };
        let decided = deciding.decide(&allow, uses, &shared.unused(&allow, situation));
        // What the catalog does not know cannot be recorded as far as it knows.
        let unknown = allow.actions.unknown.iter().any(|pattern| {
            let named = pattern.service().is_some() && options.unobservable != Unobservable::Drop;
            named || holders.young.is_some() || options.unobservable == Unobservable::Keep
        });
        steps.push(Step { allow, decided, unknown, rewritten: Rewritten::Same });
    }
    let mut policies = Vec::new();
    for (at, policy) in input.policies.iter().enumerate() {
        let limit = quota::limit(options.generate.kind);
        for dense in [false, true] {
            rewrite_policy(input.catalog, at, policy, &mut steps, (&placeholders, dense));
            let own: Vec<&Step<'_>> = steps.iter().filter(|step| step.allow.policy == at).collect();
            let written = written(policy, &own)?;
            let size = written.document.as_ref().map_or(0, quota::size);
            if dense || size <= limit || size <= quota::size(policy.source.document()) {
                policies.push(written);
                break;
            }
        }
    }
    let filled: Vec<Option<PolicyDocument>> = policies
        .iter()
        .map(|written| written.document.as_ref().map(|document| placeholders.fill_document(document)))
        .collect();
    let mut inclusions = Vec::new();
    for (at, written) in policies.iter().enumerate() {
        let (Some(old), Some(policy)) = (bound.get(at), input.policies.get(at)) else { continue };
        let new = filled.get(at).and_then(Option::as_ref);
        let parts = proof::Parts { old, new, changed: &written.changed, placeholders: &placeholders };
        inclusions.push(proof::included(&policy.name, &parts)?);
    }
    let mut proofs = Vec::new();
    for holder in input.holders {
        proofs.push(proof::holder(holder, (&bound, &filled), input.paths, options)?);
    }
    let results = result::Results {
        input,
        options,
        steps: &steps,
        holders: &holders,
        filled: &filled,
        today,
        placeholders: &placeholders,
        shared,
    };
    let policies: Vec<NarrowedPolicy> = policies
        .into_iter()
        .zip(inclusions)
        .enumerate()
        .map(|(at, (written, inclusion))| results.policy(at, written, inclusion))
        .collect();
    let mut findings = notes::findings(&results, &policies, &proofs);
    crate::finding::Finding::sort(&mut findings);
    Ok(Narrowed { policies, holders: proofs, findings })
}

/// Writes what stays of the statements of one policy.
fn rewrite_policy(
    catalog: &'static Catalog,
    at: usize,
    policy: &CurrentPolicy,
    steps: &mut [Step<'_>],
    (placeholders, dense): (&Placeholders, bool),
) {
    let document = policy.source.document();
    let mut taken: BTreeSet<String> =
        document.statements.iter().filter_map(|statement| statement.sid.clone()).collect();
    let has_placeholders = |bound: &Bound| bound.pattern.as_ref().is_some_and(|pattern| pattern.as_str() != bound.text);
    let mut others = entries_of(document, placeholders);
    others.retain(has_placeholders);
    for step in steps.iter_mut().filter(|step| step.allow.policy == at) {
        let writing = ((placeholders, others.as_slice()), dense);
        step.rewritten = rewrite(catalog, &step.allow, &step.decided, step.unknown, writing, &mut taken);
    }
}

/// The text and document that take a policy's place.
struct Written {
    text: Option<String>,
    document: Option<PolicyDocument>,
    /// The statements that changed, with what took their place.
    changed: BTreeMap<usize, StatementEdit>,
}

fn written(policy: &CurrentPolicy, steps: &[&Step<'_>]) -> Result<Written, NarrowError> {
    let mut edits: BTreeMap<usize, StatementEdit> = BTreeMap::new();
    for step in steps {
        match &step.rewritten {
            Rewritten::Same => {}
            Rewritten::Gone => drop(edits.insert(step.allow.index, StatementEdit::Remove)),
            Rewritten::Into(statements) => {
                edits.insert(step.allow.index, StatementEdit::Replace(statements.clone()));
            }
        }
    }
    let document = policy.source.document();
    let gone = |at: usize| matches!(edits.get(&at), Some(StatementEdit::Remove));
    let stays =
        |effect| document.statements.iter().enumerate().any(|(at, statement)| statement.effect == effect && !gone(at));
    let nothing_left = !edits.is_empty() && !stays(Effect::Allow) && !stays(Effect::Deny);
    if nothing_left {
        return Ok(Written { text: None, document: None, changed: edits });
    }
    let text = policy
        .source
        .edit(&edits)
        .map_err(|error| NarrowError::NotWritten { policy: policy.name.clone(), why: error.to_string() })?;
    let document = PolicyDocument::parse(&text)
        .map_err(|error| NarrowError::NotWritten { policy: policy.name.clone(), why: error.to_string() })?;
    Ok(Written { text: Some(text), document: Some(document), changed: edits })
}

impl<'a> Today<'a> {
    fn new(input: &NarrowInput<'a>, options: &NarrowOptions, shared: &Shared) -> Self {
        let placeholders = Placeholders::new(&options.defines);
        let documents = || input.policies.iter().map(|policy| policy.source.document());
        let filled = documents().map(|document| placeholders.fill_document(document)).collect();
        let mut allows = Vec::new();
        for (at, document) in documents().enumerate() {
            for (index, statement) in document.statements.iter().enumerate() {
                let of_identity = statement.principal.is_none() && statement.not_principal.is_none();
                if statement.effect == Effect::Allow && of_identity && statement.resource != Resources::Implied {
                    let actions = shared.actions(input.catalog, &statement.action);
                    allows.push(Allow::new(actions, (at, document), (index, statement), &placeholders));
                }
            }
        }
        Self { placeholders, filled, allows }
    }

    /// What the holder needed, with names completed and without what its documents surely deny.
    fn let_through(&self, holder: &Holder<'_>, needs: &[Used], paths: &EntityPaths) -> Vec<Used> {
        let documents: Vec<PolicyDocument> =
            holder.policies.iter().filter_map(|at| self.filled.get(*at)).cloned().collect();
        let judge = Judge::new(&documents, &holder.subject.principal, paths);
        let mut needs = completed(needs, paths);
        for need in &mut needs {
            let denied = |one: &Observed| {
                let asked = Asked {
                    action: need.action.clone(),
                    resource: one.pattern.clone(),
                    certainty: need.certainty,
                    path_unknown: false,
                    context: need.context.clone(),
                    called_by: CalledBy::of(need.via.as_deref(), &holder.subject.principal),
                };
                matches!(judge.judge(&asked), Verdict::ExplicitDeny { .. })
            };
            let resources = need.resources.iter().filter(|one| !denied(one)).cloned().collect();
            need.resources = resources;
        }
        needs
    }

    /// Gives the needs of a holder to the statements that answer for them.
    fn assign(&self, holder: &Holder<'_>, needs: &[Used], uses: &mut [Uses]) {
        let is_own = |(_, allow): &(usize, &Allow<'_>)| holder.policies.contains(&allow.policy);
        let own: Vec<usize> = self.allows.iter().enumerate().filter(is_own).map(|(at, _)| at).collect();
        assign(&self.allows, &own, &holder.subject.principal, needs, uses);
    }
}

/// All resources of a document, with the values of placeholders.
fn entries_of(document: &PolicyDocument, placeholders: &Placeholders) -> Vec<Bound> {
    let entries = document.statements.iter().flat_map(|statement| statement.resource.entries());
    entries.map(|entry| placeholders.bind(entry, document.has_variables())).collect()
}

fn day(moment: Timestamp) -> Date {
    moment.to_zoned(TimeZone::UTC).date()
}

/// The last moment of all holders' accounts that has a record.
fn last(input: &NarrowInput<'_>) -> Option<Timestamp> {
    let days = |holder: &Holder<'_>| input.observation.days(holder.subject.principal.account()).last;
    let last = input.holders.iter().filter_map(days).max()?;
    last.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
}
