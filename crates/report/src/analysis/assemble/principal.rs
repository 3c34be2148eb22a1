//! One principal.

use tighten_iam::{PolicyDocument, quota};
use tighten_synthesis::{Evidence as Explained, Finding, How, Inferred, Proposal};
use tighten_usage::PrincipalUsage;

use super::ServiceRole;
use super::unmapped::unmapped;
use crate::analysis::model::{DocumentReport, InferredReport, NeedReport, PrincipalReport};
use crate::finding::FindingReport;
use crate::page::Prose;
use crate::paths::Paths;
use crate::prose;
use crate::shared::{DeniedReport, Evidence, Wildcard};

/// What was generated, and what narrowing found.
pub(super) struct Source<'a> {
    pub(super) proposal: &'a Proposal,
    pub(super) used: &'a PrincipalUsage,
    pub(super) findings: Vec<&'a Finding>,
    /// What services did on the principal's behalf, by service.
    pub(super) service_roles: Vec<&'a ServiceRole>,
}

impl<'a> Source<'a> {
    /// The documents, and the service whose role they are for.
    fn documents(&self) -> impl Iterator<Item = (&'a [PolicyDocument], Option<&'a String>)> {
        let own = (self.proposal.documents.as_slice(), None);
        let roles = self.service_roles.iter();
        let of_roles = roles.map(|role| (role.proposal.documents.as_slice(), Some(&role.service)));
        std::iter::once(own).chain(of_roles)
    }

    /// Takes paths for them.
    pub(super) fn take_paths(&self, paths: &mut Paths) -> Vec<String> {
        let principal = &self.proposal.principal;
        let of = |(all, service): (&[_], Option<&String>)| paths.of(principal, service.map(String::as_str), all.len());
        self.documents().flat_map(of).collect()
    }
}

/// The report on a principal, whose documents have these paths.
pub(super) fn report(source: &Source<'_>, paths: Vec<String>) -> PrincipalReport {
    let Source { proposal, used, findings, .. } = source;
    let principal = &proposal.principal;
    let all = source.documents().flat_map(|(all, service)| all.iter().map(move |document| (document, service)));
    let documents = all.zip(paths).map(|((document, service), path)| DocumentReport {
        path,
        service: service.cloned(),
        size: quota::size(document),
        document: document.to_value(),
    });
    let documents = documents.collect();
    let mut denied: Vec<DeniedReport> = proposal.wants.iter().map(DeniedReport::from).collect();
    // Both lists come in order from the proposal, and the sorts are stable.
    denied.sort_by_key(|denied| std::cmp::Reverse(denied.evidence.count));
    let outcomes = used.outcomes();
    PrincipalReport {
        principal: principal.to_string(),
        kind: principal.kind().as_str(),
        account: principal.account().to_owned(),
        name: principal.name().to_owned(),
        permission_set: principal.permission_set().map(str::to_owned),
        calls: outcomes.total(),
        denied_calls: outcomes.denied,
        first_seen: used.seen.first,
        last_seen: used.seen.last,
        documents,
        needs: proposal.evidence.iter().filter(|explained| !is_suspicion(proposal, explained)).map(need).collect(),
        inferred: proposal.inferred.iter().map(inferred).collect(),
        denied,
        unmapped: unmapped(&used.unmapped),
        findings: together(&proposal.findings, findings),
    }
}

/// Whether the need is only suspected: a policy was made, and nothing of it is there for this need. A finding tells it.
fn is_suspicion(proposal: &Proposal, explained: &Explained) -> bool {
    proposal.has_policies && explained.granted.is_empty()
}

fn inferred(one: &Inferred) -> InferredReport {
    InferredReport {
        action: one.action.to_string(),
        granted: one.granted.iter().map(|granted| granted.pattern.to_string()).collect(),
        from: one.from.iter().map(ToString::to_string).collect(),
        resource_types: one.resource_types.clone(),
    }
}

fn need(explained: &Explained) -> NeedReport {
    let granted = explained.granted.iter();
    NeedReport {
        action: explained.action.to_string(),
        resources: explained.observed.iter().map(|observed| observed.pattern.to_string()).collect(),
        granted: granted.clone().map(|granted| granted.pattern.to_string()).collect(),
        context: explained.context.clone(),
        certainty: explained.certainty.as_str(),
        unsettled: explained.unsettled.clone(),
        rule: explained.rule.clone(),
        via: explained.via.clone(),
        evidence: Evidence::from(&explained.seen),
        wildcards: granted
            .filter(|granted| granted.how != How::Exact || granted.respelled)
            .map(Wildcard::from)
            .collect(),
    }
}

/// What was found about a principal in two ways.
fn together(own: &[Finding], others: &[&Finding]) -> Vec<FindingReport> {
    sorted(own, others).iter().map(FindingReport::from).collect()
}

/// What concerns the input as a whole, and principals that have no place of their own since they made no calls.
pub(super) fn general(own: &[Finding], others: &[&Finding]) -> Vec<FindingReport> {
    let named = |found: &Finding| {
        let mut report = FindingReport::from(found);
        if let Some(principal) = &found.principal {
            report.message = prose![Prose::quoted(principal.as_str()), ": ", report.message];
            report.facts.insert("principal".to_owned(), principal.as_str().into());
        }
        report
    };
    sorted(own, others).iter().map(named).collect()
}

/// In the order in which they are shown.
fn sorted(own: &[Finding], others: &[&Finding]) -> Vec<Finding> {
    let mut all: Vec<Finding> = own.iter().chain(others.iter().copied()).cloned().collect();
    if !others.is_empty() {
        Finding::sort(&mut all);
    }
    all
}
