//! From narrowed policies to the value.

mod common;
mod decisions;
mod lists;
mod proof;
mod statements;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::RiskClass;
use tighten_iam::Principal;
use tighten_synthesis::narrow::{Home, Narrowed, NarrowedPolicy, RiskyGrant};
use tighten_synthesis::{Finding, PrincipalProof, Risk, SecondOpinion};

use super::model::{
    AccessCheckReport, NarrowedPolicyReport, NarrowingReport, RiskReport, RiskyReport, SimulationReport,
};
use crate::paths::Paths;
use crate::shared::risk_source;
use lists::Lists;

/// What narrowing came to.
#[derive(Debug, Clone, Copy)]
pub struct Narrowing<'a> {
    /// The policies of those who share some, together.
    pub narrowed: &'a [Narrowed],
    /// What they were held against, by holder.
    pub proofs: &'a [PrincipalProof],
    /// Those whose policies are shown; others were narrowed with them because they share some.
    pub chosen: Option<&'a BTreeSet<Principal>>,
    /// Whether every action is named.
    pub details: bool,
    /// What AWS said of it, if it was asked.
    pub opinion: SecondOpinion,
}

impl<'a> Narrowing<'a> {
    fn shows(&self, principal: &Principal) -> bool {
        self.chosen.is_none_or(|chosen| chosen.contains(principal))
    }

    /// The findings, by whom they concern.
    pub(crate) fn findings(&self) -> BTreeMap<Option<&'a Principal>, Vec<&'a Finding>> {
        let mut by_principal: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for finding in self.narrowed.iter().flat_map(|narrowed| &narrowed.findings) {
            if finding.principal.as_ref().is_none_or(|principal| self.shows(principal)) {
                by_principal.entry(finding.principal.as_ref()).or_default().push(finding);
            }
        }
        by_principal
    }
}

/// Makes the part of the report that shows narrowing.
pub(crate) fn narrowing(narrowing: Narrowing<'_>, paths: &mut Paths) -> NarrowingReport {
    let Narrowing { narrowed, proofs, details, opinion, .. } = narrowing;
    let mut lists = Lists::default();
    let mut policies: Vec<(NarrowedPolicyReport, &NarrowedPolicy)> = Vec::new();
    for narrowed in narrowed {
        let names: Vec<&str> = narrowed.policies.iter().map(|policy| policy.name.as_str()).collect();
        let is_shown = |policy: &&NarrowedPolicy| {
            policy.holders.is_empty() || policy.holders.iter().any(|who| narrowing.shows(who))
        };
        let shown = narrowed.policies.iter().filter(is_shown);
        policies.extend(shown.map(|one| (policy(one, &names, paths, &mut lists), one)));
    }
    // The sort is stable, so that equals stay in the order in which they were given.
    policies.sort_by_cached_key(|(policy, _)| {
        let of = |class| policy.risks.iter().find(|risk| risk.class == class);
        RiskClass::ALL.map(|class| Reverse(of(class).map_or(0, |risk| risk.removed + risk.left)))
    });
    let policies = common::together(policies);
    let decisions = decisions::decisions(&policies);
    let mut policies: Vec<NarrowedPolicyReport> = policies.into_iter().map(|(policy, _)| policy).collect();
    let common = common::common(&mut policies, &lists.grants.all);
    NarrowingReport {
        decisions,
        policies,
        principals: proof::principals(narrowed, proofs, &|who| narrowing.shows(who)),
        grants: lists.grants.all,
        common,
        risky: lists.risky.all,
        gaps: lists.gaps.all,
        simulation: opinion.simulation.map(SimulationReport::from),
        no_new_access: opinion.access.map(AccessCheckReport::from),
        details,
    }
}

fn policy<'n>(
    policy: &'n NarrowedPolicy,
    names: &[&str],
    paths: &mut Paths,
    lists: &mut Lists<'n>,
) -> NarrowedPolicyReport {
    NarrowedPolicyReport {
        name: policy.name.clone(),
        kind: policy.home.code(),
        arn: match &policy.home {
            Home::File | Home::Inline => None,
            Home::Group { arn } | Home::Managed { arn } | Home::AwsManaged { arn } => Some(arn.clone()),
        },
        holders: policy.holders.iter().map(ToString::to_string).collect(),
        risks: policy
            .risks
            .iter()
            .map(|(class, count)| RiskReport { class: *class, removed: count.removed, left: count.left })
            .collect(),
        risky: policy.risky.iter().map(|grant| lists.risky.place(risky(grant))).collect(),
        outcome: policy.outcome,
        young: policy.young,
        inclusion: policy.inclusion,
        size_before: policy.size.0,
        size_after: policy.size.1,
        path: policy.text.is_some().then(|| paths.of_policy(policy)),
        statements: policy.statements.iter().map(|one| statements::statement(one, names, lists)).collect(),
        document: policy.document.as_ref().map(tighten_iam::PolicyDocument::to_value),
        text: policy.text.clone(),
    }
}

fn risky(grant: &RiskyGrant) -> RiskyReport {
    let Risk { class, gives, with, source } = &grant.risk;
    let (source, evidence) = risk_source(*source);
    RiskyReport {
        class: *class,
        action: grant.action.to_string(),
        gives: *gives,
        with: with.iter().map(ToString::to_string).collect(),
        source,
        evidence,
        statement: grant.statement,
        on_all: grant.on_all,
        kept: grant.kept,
        verdict: grant.verdict.code(),
    }
}
