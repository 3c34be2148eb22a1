//! What narrowing came to, as a value.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::Serialize;
use tighten_catalog::{AccessLevel, RiskClass};
use tighten_iam::{ActionName, Effect, PolicyDocument, Principal, StatementEdit, quota};
use tighten_inventory::Home;

use super::decide::Decided;
use super::effect::{Giver, Givers};
use super::groups::GrantGroups;
use super::holders::Holders;
use super::narrower::Shared;
use super::options::NarrowOptions;
use super::placeholders::Placeholders;
use super::proof::{HolderProof, Inclusion};
use super::risks;
use super::verdict::{GrantVerdict, NarrowedTo, Young};
use super::{NarrowInput, Step, Written};
use crate::finding::Finding;
use crate::risk::Risk;

/// Narrowed policies, and the proof that they are.
#[derive(Debug, Clone, PartialEq)]
pub struct Narrowed {
    /// Each policy, in the order of the input.
    pub policies: Vec<NarrowedPolicy>,
    /// Each holder, in the order of the input.
    pub holders: Vec<HolderProof>,
    /// What a reader should know.
    pub findings: Vec<Finding>,
}

/// One policy.
#[derive(Debug, Clone, PartialEq)]
pub struct NarrowedPolicy {
    /// What it is called.
    pub name: String,
    /// Where it lives.
    pub home: Home,
    /// Those to whom it is attached.
    pub holders: Vec<Principal>,
    /// What became of it.
    pub outcome: PolicyOutcome,
    /// Its text; nothing where nothing is left of it.
    pub text: Option<String>,
    /// Its document; likewise.
    pub document: Option<PolicyDocument>,
    /// Its size in characters as IAM counts them, before and after.
    pub size: (usize, usize),
    /// Its statements, one by one.
    pub statements: Vec<StatementReport>,
    /// How it is known that nothing new is allowed.
    pub inclusion: Inclusion,
    /// Why nothing was taken away, if it is too early for that.
    pub young: Option<Young>,
    /// What was taken away or stays unused, the most dangerous first.
    pub risky: Vec<Arc<RiskyGrant>>,
    /// How many grants were taken away or stay unused, by what they would give an attacker.
    pub risks: BTreeMap<RiskClass, RiskCount>,
    /// Likewise, by class and service.
    pub service_risks: Arc<[ServiceRisk]>,
}

/// How many unused grants of a service there are of a class of risk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceRisk {
    /// The class.
    pub class: RiskClass,
    /// The service prefix.
    pub service: Arc<str>,
    /// How many.
    pub count: RiskCount,
}

/// How many actions of a class of risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct RiskCount {
    /// Taken away.
    pub removed: usize,
    /// Not seen in use and still allowed.
    pub left: usize,
}

/// What became of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyOutcome {
    /// It stays as it is, byte for byte.
    Unchanged,
    /// Some of what it allows was taken away.
    Narrowed,
    /// Nothing of what it allows was used. A document without statements is none, so there is nothing to write: it can
    /// be detached or deleted.
    Unused,
}

/// What became of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StatementChange {
    /// It stays as it is.
    Same,
    /// Others, or another, took its place.
    Narrowed,
    /// It is gone.
    Removed,
    /// It denies, and stays as it is.
    Denies,
    /// It is no statement of an identity policy, and stays as it is.
    CarriedOver,
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub struct StatementReport {
    /// Its index in the current document.
    pub index: usize,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// What became of it.
    pub change: StatementChange,
    /// How many statements took its place.
    pub into: usize,
    /// What was used of it.
    pub used: Vec<UsedGrant>,
    /// All that it allows, by service, access level and what is known of it.
    pub groups: GrantGroups,
    /// Patterns of actions that the catalog does not know.
    pub unknown: Vec<String>,
}

/// An action that was used, and what it stays allowed on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedGrant {
    /// The action.
    pub action: ActionName,
    /// What took the place of wider patterns; nothing where the statement's own patterns stay.
    pub narrowed: Vec<NarrowedTo>,
    /// The statement's own patterns stay although less was used: their author scoped them.
    pub as_written: bool,
    /// What may have been used besides without a record.
    pub verdict: GrantVerdict,
}

/// Actions of a statement of which the same is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantGroup {
    /// The service prefix.
    pub service: String,
    /// The access level; none where they go, unless details are asked for.
    pub level: Option<AccessLevel>,
    /// What is known. Where they go, what is missing is told for the first of them, unless details are asked for.
    pub verdict: GrantVerdict,
    /// Whether they stay.
    pub kept: bool,
    /// They stay for the sake of others of their service: the granularity is `service`.
    pub with_service: bool,
    /// Another statement of the narrowed policies that allows the same: taking them away had no effect.
    pub no_effect: Option<Giver>,
    /// How many.
    pub count: usize,
    /// The actions; the first few of those that stay unless details are asked for.
    pub actions: Vec<ActionName>,
}

/// A grant that was not seen in use, with what it would give an attacker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiskyGrant {
    /// The action.
    pub action: ActionName,
    /// The index of its statement.
    pub statement: usize,
    /// Whether the statement allows it on all resources.
    pub on_all: bool,
    /// What it would give.
    pub risk: Risk,
    /// Whether it stays.
    pub kept: bool,
    /// What is known of its use.
    pub verdict: GrantVerdict,
}

/// What the results are made from.
pub(super) struct Results<'a> {
    pub(super) input: &'a NarrowInput<'a>,
    pub(super) options: &'a NarrowOptions,
    pub(super) steps: &'a [Step<'a>],
    pub(super) holders: &'a [Holders<'a>],
    /// The new documents, with the values of placeholders.
    pub(super) filled: &'a [Option<PolicyDocument>],
    pub(super) today: Option<Date>,
    pub(super) placeholders: &'a Placeholders,
    pub(super) shared: &'a Shared,
}

impl Results<'_> {
    pub(super) fn policy(&self, at: usize, written: Written, inclusion: Inclusion) -> NarrowedPolicy {
        let fallback = || Home::File;
        let policy = self.input.policies.get(at);
        let holders = self.holders.get(at);
        let givers = self.givers(at);
        let old = policy.map(|policy| policy.source.document());
        let outcome = match (&written.document, written.changed.is_empty()) {
            (None, _) => PolicyOutcome::Unused,
            (Some(_), true) => PolicyOutcome::Unchanged,
            (Some(_), false) => PolicyOutcome::Narrowed,
        };
        let size = (old.map_or(0, quota::size), written.document.as_ref().map_or(0, quota::size));
        let statements = old.into_iter().flat_map(|old| old.statements.iter().enumerate());
        let statements: Vec<StatementReport> = statements
            .map(|(index, statement)| {
                let step = self.steps.iter().find(|step| step.allow.policy == at && step.allow.index == index);
                let change = match (written.changed.get(&index), statement.effect) {
                    (Some(StatementEdit::Remove), _) => StatementChange::Removed,
                    (Some(StatementEdit::Replace(_)), _) => StatementChange::Narrowed,
                    (None, Effect::Deny) => StatementChange::Denies,
                    (None, Effect::Allow) if step.is_none() => StatementChange::CarriedOver,
                    (None, Effect::Allow) => StatementChange::Same,
                };
                let into = match written.changed.get(&index) {
                    Some(StatementEdit::Remove) => 0,
                    Some(StatementEdit::Replace(all)) => all.len(),
                    None => 1,
                };
                StatementReport {
                    index,
                    sid: statement.sid.clone(),
                    change,
                    into,
                    used: step.map(used).unwrap_or_default(),
                    groups: step
                        .map(|step| GrantGroups::of(self.input.catalog, step, &givers, self.input.details))
                        .unwrap_or_default(),
                    unknown: step
                        .into_iter()
                        .flat_map(|step| &step.allow.actions.unknown)
                        .map(ToString::to_string)
                        .collect(),
                }
            })
            .collect();
        let (most_dangerous, service_risks) = self.dangers(at);
        NarrowedPolicy {
            name: policy.map(|policy| policy.name.clone()).unwrap_or_default(),
            home: policy.map_or_else(fallback, |policy| policy.home.clone()),
            holders: holders.into_iter().flat_map(|holders| &holders.principals).map(|who| (*who).clone()).collect(),
            outcome,
            text: written.text,
            document: written.document,
            size,
            statements,
            inclusion,
            young: holders.and_then(|holders| holders.young),
            risky: most_dangerous,
            risks: risks::by_class(&service_risks),
            service_risks,
        }
    }

    /// What the narrowed policies give to all holders of a policy.
    fn givers(&self, at: usize) -> Givers {
        let mut holders = self.input.holders.iter().filter(|holder| holder.policies.contains(&at));
        let mut shared: Vec<usize> = holders.next().map(|holder| holder.policies.clone()).unwrap_or_default();
        for holder in holders {
            shared.retain(|policy| holder.policies.contains(policy));
        }
        let documents = shared.into_iter().filter_map(|policy| Some((policy, self.filled.get(policy)?.as_ref()?)));
        Givers::of(documents)
    }
}

fn used(step: &Step<'_>) -> Vec<UsedGrant> {
    let grant = |(action, decided): (&Arc<ActionName>, &Decided)| UsedGrant {
        action: ActionName::clone(action),
        narrowed: decided.narrowed.clone(),
        as_written: decided.as_written,
        verdict: decided.verdict.clone(),
    };
    step.decided.used(&step.allow.actions).map(grant).collect()
}
