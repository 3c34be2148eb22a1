//! What AWS itself can be asked about narrowed policies, and how far it agrees.
//!
//! The questions are made here, and the answers are compared with our own verdicts; who asks is none of this crate's business.

use std::collections::BTreeMap;

use tighten_iam::{ActionName, Principal};
use tighten_mapping::Certainty;

use crate::finding::{Finding, FindingCode};
use crate::replay::{Judge, JudgedNeed, Outcome};
use crate::used::Used;

/// A request to be simulated, with our own verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SimulatedRequest {
    /// The action.
    pub action: ActionName,
    /// The ARN of the resource, or `*` where the action takes none.
    pub resource: String,
    /// The condition keys that are known.
    pub context: BTreeMap<String, String>,
    /// Whether the policies allow it, as we read them.
    pub allowed: bool,
}

/// What a simulator can be asked of a principal's needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simulation {
    /// The requests.
    pub requests: Vec<SimulatedRequest>,
    /// How many needs are no single request: their resource is a pattern, or it is not known which values their keys had or through
    /// which service they came.
    pub left_out: usize,
}

/// What the simulator said of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Simulated {
    /// It is allowed.
    Allowed,
    /// It is denied.
    Denied,
    /// It did not say, or wanted to know a condition key that no record tells.
    Unanswered,
}

/// How far AWS agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Agreement {
    /// How many requests it answered.
    pub answered: usize,
    /// Of these, how many as we do.
    pub agreed: usize,
    /// How many it did not answer.
    pub unanswered: usize,
    /// How many needs it was not asked about.
    pub left_out: usize,
    /// How many principals it could not be asked about, because the call failed.
    pub failed: usize,
}

/// What Access Analyzer said of narrowed documents beside the present ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AccessCheck {
    /// How many it compared.
    pub checked: usize,
    /// Of these, how many allow nothing new, as we say of all of them.
    pub passed: usize,
    /// How many it found errors in.
    pub invalid: usize,
    /// How many it could not be asked about, because the call failed.
    pub failed: usize,
}

/// AWS's own view of a proposal, as far as it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SecondOpinion {
    /// Of IAM's policy simulator.
    pub simulation: Option<Agreement>,
    /// Of Access Analyzer.
    pub access: Option<AccessCheck>,
}

impl Simulation {
    /// The requests behind these needs, as the documents decide them.
    pub fn of(judge: &Judge<'_>, needs: &[Used]) -> Self {
        let mut simulation = Self::default();
        for judged in judge.needs(needs) {
            match request(&judged) {
                Some(request) => simulation.requests.push(request),
                None => simulation.left_out += 1,
            }
        }
        simulation.requests.sort();
        simulation.requests.dedup();
        simulation
    }
}

/// The one request that the need stands for, if it does for one and the documents decide it.
fn request(judged: &JudgedNeed<'_>) -> Option<SimulatedRequest> {
    let JudgedNeed { need, resource, verdict } = judged;
    let allowed = match verdict.outcome() {
        Outcome::Allowed => true,
        Outcome::Denied => false,
        Outcome::Depends | Outcome::Partly => return None,
    };
    if need.via.is_some() || need.path_unknown {
        return None;
    }
    let resource = match resource.to_arn() {
        Some(arn) => arn.to_string(),
        None => (resource.is_any() && need.certainty == Certainty::Exact).then(|| "*".to_owned())?,
    };
    let value = |(key, values): (&String, &std::collections::BTreeSet<String>)| {
        let mut values = values.iter();
        let value = values.next()?.clone();
        values.next().is_none().then(|| (key.clone(), value))
    };
    let context = need.context.iter().map(value).collect::<Option<_>>()?;
    Some(SimulatedRequest { action: need.action.clone(), resource, context, allowed })
}

impl Agreement {
    /// Adds the answers on a principal's requests, which are in the order of the requests, and returns what to say of those
    /// that are not ours.
    pub fn add(&mut self, principal: &Principal, simulation: &Simulation, answers: &[Simulated]) -> Vec<Finding> {
        let mut differing: BTreeMap<(&ActionName, bool), Vec<&str>> = BTreeMap::new();
        self.left_out += simulation.left_out;
        for (at, request) in simulation.requests.iter().enumerate() {
            let allowed = match answers.get(at) {
                Some(Simulated::Allowed) => true,
                Some(Simulated::Denied) => false,
                Some(Simulated::Unanswered) | None => {
                    self.unanswered += 1;
                    continue;
                }
            };
            self.answered += 1;
            if allowed == request.allowed {
                self.agreed += 1;
            } else {
                differing.entry((&request.action, allowed)).or_default().push(&request.resource);
            }
        }
        let finding = |((action, allowed), resources): ((&ActionName, bool), Vec<&str>)| {
            let finding = Finding::new(FindingCode::SimulationDiffers).about(principal);
            let finding = finding.with("action", action.to_string()).with("simulator_allows", allowed);
            finding.with_resources(resources)
        };
        differing.into_iter().map(finding).collect()
    }
}
