//! What unused grants would give an attacker, the most dangerous first.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tighten_catalog::{Catalog, RiskClass};
use tighten_iam::ActionName;

use super::Step;
use super::allow::Allow;
use super::decide::Decided;
use super::facts::risk_of;
use super::memo::address;
use super::result::{Results, RiskCount, RiskyGrant, ServiceRisk};
use super::statement_actions::{Position, StatementActions};
use super::verdict::GrantVerdict;
use crate::risk::{Risk, RiskKey};

/// How many risky grants are kept where details are not asked for.
const RISKY: usize = 100;

/// What each action of a statement would give an attacker who may do some others.
#[derive(Debug)]
pub(super) struct Risks {
    /// By position.
    risks: Vec<Box<[Risk]>>,
    /// From the most dangerous.
    order: Vec<Position>,
}

impl Risks {
    /// `reach` are the actions of all statements that somebody holds with this one.
    pub(super) fn of(catalog: &'static Catalog, set: &StatementActions, reach: &[&Arc<StatementActions>]) -> Self {
        let allowed = |action: &ActionName| reach.iter().any(|set| set.contains(action));
        let of_service = |actions: &[Arc<ActionName>]| -> Box<[Risk]> {
            actions.iter().map(|action| risk_of(catalog, action, &allowed)).collect()
        };
        let risks: Vec<Box<[Risk]>> = set.services().iter().map(|service| of_service(&service.actions)).collect();
        // Within a class grants stand by service, and actions are sorted within theirs.
        let mut by_name: Vec<(&str, usize)> = set.services().iter().map(|one| &*one.prefix).zip(0..).collect();
        by_name.sort_unstable();
        let mut by_class: BTreeMap<RiskClass, Vec<Position>> = BTreeMap::new();
        for (_, service) in by_name {
            for (own, risk) in risks.get(service).into_iter().flatten().enumerate() {
                by_class.entry(risk.class).or_default().push((service, own));
            }
        }
        Self { order: by_class.into_values().flatten().collect(), risks }
    }

    fn get(&self, (service, own): Position) -> Option<&Risk> {
        self.risks.get(service)?.get(own)
    }
}

/// As parts of what their results are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct OfStatement {
    /// The address of the risks.
    risks: usize,
    index: usize,
    on_all: bool,
}

/// One statement with the risks of its actions.
struct Ranked<'r> {
    step: &'r Step<'r>,
    risks: Arc<Risks>,
    of: OfStatement,
}

impl<'r> Ranked<'r> {
    fn new(step: &'r Step<'r>, risks: Arc<Risks>) -> Self {
        let of = OfStatement { risks: address(&risks), index: step.allow.index, on_all: is_on_all(&step.allow) };
        Self { step, risks, of }
    }

    /// The unused grants from the most dangerous, each with what orders it.
    fn unused(&self) -> impl Iterator<Item = (RiskKey<'_>, Position)> {
        let key = |at: &Position| {
            let is_used = matches!(self.step.decided.get(*at)?.verdict, GrantVerdict::Used { .. });
            let key = self.risks.get(*at)?.key(self.step.allow.actions.get(*at)?, self.of.on_all);
            (!is_used).then_some((key, *at))
        };
        self.risks.order.iter().filter_map(key)
    }

    fn counts(&self) -> Arc<[ServiceRisk]> {
        let services = self.step.decided.services();
        let count = || {
            let mut counts = Counts::new();
            for (service, risks) in services.iter().zip(&self.risks.risks) {
                for (decided, risk) in service.decided().iter().zip(risks) {
                    if matches!(decided.verdict, GrantVerdict::Used { .. }) {
                        continue;
                    }
                    let count = counts.entry((risk.class, &service.actions.prefix)).or_default();
                    if decided.stays() {
                        count.left += 1;
                    } else {
                        count.removed += 1;
                    }
                }
            }
            listed(counts)
        };
        self.step.decided.counts.get(self.of.risks, count)
    }

    fn grant(&self, (service, own): Position) -> Option<Arc<RiskyGrant>> {
        let decisions = self.step.decided.services().get(service)?;
        let risks = self.risks.risks.get(service)?;
        let all = decisions.risky.get(self.of, || {
            let grant = |((action, decided), risk): ((&Arc<ActionName>, &Decided), &Risk)| {
                let is_used = matches!(decided.verdict, GrantVerdict::Used { .. });
                (!is_used).then(|| {
                    Arc::new(RiskyGrant {
                        action: ActionName::clone(action),
                        statement: self.of.index,
                        on_all: self.of.on_all,
                        risk: risk.clone(),
                        kept: decided.stays(),
                        verdict: decided.verdict.clone(),
                    })
                })
            };
            decisions.iter().zip(risks).map(grant).collect()
        });
        all.get(own)?.clone()
    }
}

impl Results<'_> {
    /// The unused grants of a policy, the most dangerous first, and how many there are of each class and service.
    pub(super) fn dangers(&self, at: usize) -> (Vec<Arc<RiskyGrant>>, Arc<[ServiceRisk]>) {
        let holders = self.input.holders.iter().filter(|holder| holder.policies.contains(&at));
        let held: BTreeSet<usize> = holders.flat_map(|holder| holder.policies.iter().copied()).collect();
        let steps = self.steps.iter().filter(|step| held.contains(&step.allow.policy));
        let reach: Vec<&Arc<StatementActions>> = steps.map(|step| &step.allow.actions).collect();
        let own = self.steps.iter().filter(|step| step.allow.policy == at);
        let risks = |step: &Step<'_>| self.shared.risks(self.input.catalog, &step.allow.actions, &reach);
        let statements: Vec<Ranked<'_>> = own.map(|step| Ranked::new(step, risks(step))).collect();
        let most = if self.input.details { usize::MAX } else { RISKY };
        (most_dangerous(&statements, most), sum(&statements))
    }
}

/// How many grants there are of each class and service.
type Counts<'s> = BTreeMap<(RiskClass, &'s Arc<str>), RiskCount>;

fn listed(counts: Counts<'_>) -> Arc<[ServiceRisk]> {
    let counts = counts.into_iter();
    counts.map(|((class, service), count)| ServiceRisk { class, service: Arc::clone(service), count }).collect()
}

fn sum(statements: &[Ranked<'_>]) -> Arc<[ServiceRisk]> {
    let each: Vec<Arc<[ServiceRisk]>> = statements.iter().map(Ranked::counts).collect();
    // Most policies that allow much have one statement, and its counts are shared.
    if let [only] = each.as_slice() {
        return Arc::clone(only);
    }
    let mut counts = Counts::new();
    for one in each.iter().flat_map(|counts| counts.iter()) {
        let all = counts.entry((one.class, &one.service)).or_default();
        all.removed += one.count.removed;
        all.left += one.count.left;
    }
    listed(counts)
}

/// How many there are of each class.
pub(super) fn by_class(counts: &[ServiceRisk]) -> BTreeMap<RiskClass, RiskCount> {
    let mut by_class: BTreeMap<RiskClass, RiskCount> = BTreeMap::new();
    for ServiceRisk { class, count, .. } in counts {
        let all = by_class.entry(*class).or_default();
        all.removed += count.removed;
        all.left += count.left;
    }
    by_class
}

fn most_dangerous(statements: &[Ranked<'_>], most: usize) -> Vec<Arc<RiskyGrant>> {
    let mut unused: Vec<_> = statements.iter().map(|statement| (statement, statement.unused().peekable())).collect();
    let mut grants = Vec::new();
    while grants.len() < most {
        // Of equals, those of the first statement.
        let heads = unused.iter_mut().enumerate();
        let first = heads.filter_map(|(at, (_, grants))| Some((grants.peek()?.0, at))).min();
        let Some((statement, next)) = first.and_then(|(_, at)| unused.get_mut(at)) else { break };
        grants.extend(next.next().and_then(|(_, at)| statement.grant(at)));
    }
    grants
}

fn is_on_all(allow: &Allow<'_>) -> bool {
    allow.is_complement()
        || allow.entries.iter().any(|entry| entry.pattern.as_ref().is_none_or(tighten_iam::ResourcePattern::is_any))
}
