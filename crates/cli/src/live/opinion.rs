//! What AWS says of narrowed policies: IAM's policy simulator and Access Analyzer.
//!
//! Both are second opinions on what is proven already. So a call that fails is a warning, and what was read is not lost.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use tighten_aws::{
    AwsError, Connection, ReplacedPolicy, SimulationInput, SimulationRequest, check_no_new_access, simulate,
};
use tighten_iam::{PolicyDocument, Principal};
use tighten_inventory::{CurrentPolicy, Home, PolicySet, SetHolder};
use tighten_synthesis::narrow::{Narrowed, PolicyOutcome};
use tighten_synthesis::replay::Judge;
use tighten_synthesis::{
    AccessCheck, Agreement, Finding, FindingCode, SecondOpinion, Simulated, SimulatedRequest, Simulation, Subject,
};

use crate::current::Current;
use crate::narrowing::Narrowing;
use crate::terminal::Terminal;

/// How many calls that failed are told.
const TOLD: usize = 3;

/// Asks what was asked for, and adds what AWS objects to as findings.
pub(crate) fn opinion(
    narrowing: Narrowing<'_>,
    current: &Current,
    chosen: &BTreeSet<Principal>,
    narrowed: &mut [Narrowed],
    terminal: Terminal,
) -> Result<SecondOpinion> {
    let asked = narrowing.settings.asked;
    if !asked.simulate && !asked.check_no_new_access {
        return Ok(SecondOpinion::default());
    }
    let mut requests = OpinionRequests {
        narrowing,
        connection: narrowing.read.input.account.connection()?,
        // Whom a file's policies are attached to, nobody knows: there, the documents are all there is.
        is_attached: matches!(current, Current::Accounts(_)),
        failures: Vec::new(),
    };
    let (mut agreement, mut check) = (Agreement::default(), AccessCheck::default());
    for (set, one) in current.sets(chosen).iter().zip(narrowed) {
        let mut findings = Vec::new();
        if asked.simulate {
            for holder in set.holders.iter().filter(|holder| chosen.contains(holder.principal)) {
                findings.extend(requests.simulate(set, one, holder, &mut agreement));
            }
        }
        if asked.check_no_new_access {
            findings.extend(requests.check(set, one, &mut check));
        }
        one.findings.extend(findings);
        Finding::sort(&mut one.findings);
    }
    requests.warn(terminal);
    Ok(SecondOpinion {
        simulation: asked.simulate.then_some(agreement),
        access: asked.check_no_new_access.then_some(check),
    })
}

struct OpinionRequests<'a> {
    narrowing: Narrowing<'a>,
    connection: &'a Connection,
    is_attached: bool,
    failures: Vec<AwsError>,
}

impl OpinionRequests<'_> {
    /// Simulates what the holder needed, with its narrowed policies in the place of the present ones.
    fn simulate(
        &mut self,
        set: &PolicySet<'_>,
        narrowed: &Narrowed,
        holder: &SetHolder<'_>,
        agreement: &mut Agreement,
    ) -> Vec<Finding> {
        let Narrowing { read, settings, .. } = self.narrowing;
        let own = holder.policies.iter().filter_map(|at| narrowed.policies.get(*at)?.document.as_ref());
        let documents: Vec<PolicyDocument> = own.map(|document| settings.options.fill(document)).collect();
        let subject = Subject::of_entity(&read.usage, holder.principal, &settings.service_roles);
        let simulation = Simulation::of(&Judge::new(&documents, holder.principal, &read.paths), &subject.needs);
        let input = SimulationInput {
            principal: holder.principal.to_string(),
            documents: documents.iter().map(text).collect(),
            replaced: self.is_attached.then(|| replaced(set, holder)),
            requests: simulation.requests.iter().map(request).collect(),
        };
        // A custom simulation takes one document at least.
        if simulation.requests.is_empty() || (!self.is_attached && documents.is_empty()) {
            agreement.left_out += simulation.left_out + simulation.requests.len();
            return Vec::new();
        }
        match simulate(self.connection, &input) {
            Ok(answers) => {
                let answer = |answer: &Option<bool>| match answer {
                    Some(true) => Simulated::Allowed,
                    Some(false) => Simulated::Denied,
                    None => Simulated::Unanswered,
                };
                let answers: Vec<Simulated> = answers.iter().map(answer).collect();
                agreement.add(holder.principal, &simulation, &answers)
            }
            Err(error) => {
                agreement.failed += 1;
                self.failures.push(error);
                Vec::new()
            }
        }
    }

    /// Compares each document that was narrowed with the present one.
    fn check(&mut self, set: &PolicySet<'_>, narrowed: &Narrowed, check: &mut AccessCheck) -> Vec<Finding> {
        let options = &self.narrowing.settings.options;
        let mut findings = Vec::new();
        for (old, new) in set.policies.iter().zip(&narrowed.policies) {
            let Some(document) = new.document.as_ref().filter(|_| new.outcome == PolicyOutcome::Narrowed) else {
                continue;
            };
            let existing = options.fill(old.source.document());
            match check_no_new_access(self.connection, &new.name, &text(&options.fill(document)), &text(&existing)) {
                Ok(opinion) => {
                    check.checked += 1;
                    check.passed += usize::from(opinion.nothing_new);
                    check.invalid += usize::from(!opinion.errors.is_empty());
                    let reasons: Vec<String> = opinion.reasons.into_iter().chain(opinion.errors).collect();
                    if !reasons.is_empty() || !opinion.nothing_new {
                        let finding = Finding::new(FindingCode::SecondOpinionDiffers);
                        findings.push(finding.with("policy", new.name.as_str()).with_list("reasons", reasons));
                    }
                }
                Err(error) => {
                    check.failed += 1;
                    self.failures.push(error);
                }
            }
        }
        findings
    }

    fn warn(&self, terminal: Terminal) {
        let Some(first) = self.failures.first() else { return };
        terminal.note("warning: AWS could not be asked for all second opinions");
        for error in self.failures.iter().take(TOLD) {
            terminal.note(&format!("  {error}"));
        }
        for line in first.tip().lines() {
            terminal.note(&format!("  {line}"));
        }
    }
}

/// The policies whose place the narrowed ones take.
fn replaced(set: &PolicySet<'_>, holder: &SetHolder<'_>) -> Vec<ReplacedPolicy> {
    let of = |policy: &CurrentPolicy| match &policy.home {
        Home::File => None,
        Home::Inline => Some(ReplacedPolicy::Inline(policy.name.clone())),
        Home::Group { arn } => {
            let group = arn.rsplit('/').next().unwrap_or_default().to_owned();
            Some(ReplacedPolicy::OfGroup { group, name: policy.name.clone() })
        }
        Home::Managed { arn } | Home::AwsManaged { arn } => Some(ReplacedPolicy::Managed(arn.clone())),
    };
    let all: BTreeSet<_> = holder.policies.iter().filter_map(|at| of(set.policies.get(*at)?)).collect();
    all.into_iter().collect()
}

fn request(request: &SimulatedRequest) -> SimulationRequest {
    let SimulatedRequest { action, resource, context, .. } = request;
    let context: BTreeMap<String, String> = context.clone();
    SimulationRequest { action: action.to_string(), resource: resource.clone(), context }
}

fn text(document: &PolicyDocument) -> String {
    document.to_value().to_string()
}
