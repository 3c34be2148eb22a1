//! The backtest: proposals made at earlier dates, held against the calls after them.
//!
//! At a few midnights the same proposal is made from the days before, and judged by what was needed from then on. It costs no
//! second reading: usage knows on which days everything was. Only what came after a midnight for the first time is judged,
//! because a proposal allows everything that it is made from; and where nothing did, no proposal is made.
//!
//! From what the proposals of earlier dates met follows an [estimate](DeniedShare) of what the one that is written is going
//! to deny.

mod cuts;
mod estimate;
mod listed;
mod policy;
#[cfg(test)]
mod tests;
mod uses;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, PolicyDocument, Principal, ResourcePattern};
use tighten_usage::PrincipalUsage;

pub use cuts::{CutPoint, NoBacktest};
pub use estimate::DeniedShare;

use crate::grant::is_plain;
use crate::options::Options;
use crate::paths::EntityPaths;
use crate::replay::Judge;
use estimate::Outlook;
use listed::{judged_calls, outlook};
use policy::{EarlierPolicy, GeneratedPolicy, NarrowedPolicy, patterns};
use uses::{DeniedName, denied_names, earlier_names, later_needs};

/// Proposals of earlier dates, held against the calls after them.
#[derive(Debug, Clone, PartialEq)]
pub struct Backtest {
    /// All principals together, by the midnights, the earliest first.
    pub cuts: Vec<CutResult>,
    /// Each principal of which enough was known at one of them, in the order in which they were given.
    pub principals: Vec<PrincipalBacktest>,
    /// The others.
    pub too_few_days: Vec<Principal>,
    /// What the proposals made from all days are going to deny, by all that was met.
    pub estimate: Option<DeniedShare>,
}

/// How the proposals of earlier dates for one principal fared.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalBacktest {
    /// Who.
    pub principal: Principal,
    /// By the midnights at which enough was known of it, the earliest first.
    pub cuts: Vec<CutResult>,
    /// What the proposal made from all days is going to deny.
    pub estimate: Option<DeniedShare>,
    /// The same in calls a day.
    outlook: Outlook,
}

/// How proposals made at one midnight fared after it.
#[derive(Debug, Clone, PartialEq)]
pub struct CutResult {
    /// The midnight.
    pub cut: CutPoint,
    /// How many of the calls made from then on are judged: those that were let through and of which it is known what they
    /// needed.
    pub calls: u64,
    /// Of these, denied since the resource had another name than those before.
    pub new_names: u64,
    /// Of these, denied since the action had not been used before.
    pub new_actions: u64,
    /// The worst of what would have been denied, most calls first.
    pub worst: Vec<DeniedUse>,
}

/// A permission that a proposal of an earlier date would have denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeniedUse {
    /// The action.
    pub action: ActionName,
    /// The resource.
    pub resource: ResourcePattern,
    /// The action had not been used before.
    pub is_new_action: bool,
    /// How many calls.
    pub calls: u64,
    /// The day of the first.
    pub first: Option<Date>,
    /// The proposal made from all days allows more of the kind: by a pattern that stands for earlier names, too.
    pub is_learnt: bool,
}

/// How many of what would have been denied are kept of each principal and midnight.
const WORST: usize = 5;
/// How many names of one principal are too many for more than one midnight.
const MANY_NAMES: usize = 500;

/// Makes and judges the proposals of earlier dates.
#[derive(Debug, Clone, Copy)]
pub struct Backtester<'a> {
    /// What AWS defines.
    pub catalog: &'static Catalog,
    /// The midnights, the earliest first.
    pub cuts: &'a [CutPoint],
    /// The IAM entities that are named in full somewhere.
    pub paths: &'a EntityPaths,
}

impl Backtester<'_> {
    /// Generates policies for the principal at each midnight. `documents` are those that are generated from all days, those for
    /// roles of the `services` included.
    pub fn generated(
        &self,
        (principal, used): (&Principal, &PrincipalUsage),
        documents: &[PolicyDocument],
        (options, services): (&Options, &[String]),
    ) -> PrincipalBacktest {
        // Of so many names, making patterns of all of them takes as long as reading; then the first midnight has to do.
        let names: usize = used.needs.values().map(|need| need.resources.len()).sum();
        let cuts = if names > MANY_NAMES { self.cuts.get(..1).unwrap_or_default() } else { self.cuts };
        Self { cuts, ..*self }.each_cut((principal, used), documents, |cut| {
            let before = used.within(&cut.before()).unwrap_or_default();
            let policy = GeneratedPolicy::new(self.catalog, (principal, &before), self.paths, (options, services));
            Some(Box::new(policy))
        })
    }

    /// Holds what narrowing would have left of the policies at each midnight against the calls after it. `trained` are the
    /// documents as they would have been; where nothing was new, none are needed. `current` and `narrowed` are those of today
    /// and what is made of them by all days.
    pub(crate) fn narrowed(
        &self,
        (principal, used): (&Principal, &PrincipalUsage),
        (current, narrowed): (&[PolicyDocument], &[PolicyDocument]),
        trained: &[(CutPoint, Vec<PolicyDocument>)],
    ) -> PrincipalBacktest {
        self.each_cut((principal, used), narrowed, |cut| {
            let (_, trained) = trained.iter().find(|(own, _)| *own == cut)?;
            let judge = |documents| Judge::new(documents, principal, self.paths);
            Some(Box::new(NarrowedPolicy { current: judge(current), narrowed: judge(trained) }))
        })
    }

    /// Whether somebody of whom enough was known at the midnight used something from then on that it had not used before.
    pub(crate) fn is_anything_new(used: &PrincipalUsage, cut: CutPoint) -> bool {
        is_known(used, cut) && later_needs(used, cut.midnight).iter().any(|need| need.is_after(cut))
    }

    fn each_cut<'p>(
        &self,
        (principal, used): (&Principal, &PrincipalUsage),
        documents: &[PolicyDocument],
        policy_at: impl Fn(CutPoint) -> Option<Box<dyn EarlierPolicy + 'p>>,
    ) -> PrincipalBacktest {
        let cuts = || self.cuts.iter().copied().filter(|cut| is_known(used, *cut));
        let needs = cuts().next().map(|earliest| later_needs(used, earliest.midnight)).unwrap_or_default();
        let mut found = PrincipalBacktest {
            principal: principal.clone(),
            cuts: Vec::new(),
            estimate: None,
            outlook: Outlook::default(),
        };
        for cut in cuts() {
            let is_anything_new = needs.iter().any(|need| need.is_after(cut));
            let policy = if is_anything_new { policy_at(cut) } else { None };
            let denied =
                policy.map(|policy| denied_names(self.catalog, &needs, cut, policy.as_ref())).unwrap_or_default();
            let mut kinds = Kinds { used, documents, cut, known: BTreeMap::new() };
            let denied: Vec<(DeniedName<'_>, bool)> = denied
                .into_iter()
                .map(|name| {
                    let learnt = kinds.is_learnt(&name);
                    (name, learnt)
                })
                .collect();
            let calls = judged_calls(used, cut);
            found.cuts.push(result(cut, calls, &denied));
        }
        let first = self.cuts.first().filter(|_| !found.cuts.is_empty());
        if let Some((cut, from)) = first.and_then(|cut| Some((*cut, cut.a_week_after(start(used)?)?))) {
            found.outlook = outlook(self.catalog, used, documents, (from, cut));
            found.estimate = DeniedShare::of(&[found.outlook]);
        }
        found
    }
}

/// Whether enough was known of somebody at the midnight.
fn is_known(used: &PrincipalUsage, cut: CutPoint) -> bool {
    start(used).zip(cut.latest_start()).is_some_and(|(start, latest)| start <= latest)
}

/// The day of somebody's first record.
fn start(used: &PrincipalUsage) -> Option<Date> {
    used.seen.first.map(|first| first.to_zoned(TimeZone::UTC).date())
}

/// The kinds of names that the proposal made from all days leaves open.
struct Kinds<'a> {
    used: &'a PrincipalUsage,
    documents: &'a [PolicyDocument],
    cut: CutPoint,
    known: BTreeMap<ActionName, Vec<ResourcePattern>>,
}

impl Kinds<'_> {
    /// Whether a pattern allows the name that stands for names from before the midnight, too. Then more of the kind are allowed,
    /// too, while a name that is listed, or a pattern for later names alone, says nothing of the next.
    fn is_learnt(&mut self, denied: &DeniedName<'_>) -> bool {
        if denied.is_new_action {
            return false;
        }
        let (need, cut) = (denied.need.key, self.cut);
        let own = patterns(self.documents, need).filter(|pattern| !is_plain(pattern) && pattern.contains(&denied.name));
        let own: Vec<&ResourcePattern> = own.collect();
        if own.is_empty() {
            return false;
        }
        let earlier = self.known.entry(need.action.clone());
        let earlier = earlier.or_insert_with(|| earlier_names(self.used, &need.action, cut));
        own.iter().any(|pattern| earlier.iter().any(|name| pattern.contains(name)))
    }
}

fn result(cut: CutPoint, calls: u64, denied: &[(DeniedName<'_>, bool)]) -> CutResult {
    let sum = |is_new_action: bool| {
        let of_kind = denied.iter().filter(|(name, _)| name.is_new_action == is_new_action);
        whole(of_kind.map(|(name, _)| name.calls).sum())
    };
    // Several needs may be of the same action on the same resource.
    let mut uses: BTreeMap<(&ActionName, &ResourcePattern), (f64, DeniedUse)> = BTreeMap::new();
    for (name, is_learnt) in denied {
        let (action, resource) = (&name.need.key.action, &name.name);
        let (calls, own) = uses.entry((action, resource)).or_insert_with(|| {
            let (action, resource) = (action.clone(), resource.clone());
            let (is_new_action, first) = (name.is_new_action, name.days.first());
            (0.0, DeniedUse { action, resource, is_new_action, calls: 0, first, is_learnt: *is_learnt })
        });
        *calls += name.calls;
        own.first = [own.first, name.days.first()].into_iter().flatten().min();
    }
    let mut worst: Vec<(f64, DeniedUse)> = uses.into_values().collect();
    worst.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let worst = worst.into_iter().take(WORST).map(|(calls, denied)| DeniedUse { calls: whole(calls).max(1), ..denied });
    CutResult { cut, calls, new_names: sum(false), new_actions: sum(true), worst: worst.collect() }
}

/// Calls, spread over names, as a whole number of them.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "numbers of calls, and none is negative")]
fn whole(calls: f64) -> u64 {
    calls.round().max(0.0) as u64
}

impl CutResult {
    /// How many calls would have been denied.
    pub fn denied(&self) -> u64 {
        self.new_names + self.new_actions
    }
}

impl Backtest {
    /// All principals together. Those of which too little was known at every midnight stand apart.
    pub fn of(cuts: &[CutPoint], principals: Vec<PrincipalBacktest>) -> Self {
        let (principals, others): (Vec<_>, Vec<_>) = principals.into_iter().partition(|one| !one.cuts.is_empty());
        let sum = |cut: &CutPoint| {
            let mut sum = CutResult { cut: *cut, calls: 0, new_names: 0, new_actions: 0, worst: Vec::new() };
            for own in principals.iter().flat_map(|one| &one.cuts).filter(|own| own.cut == *cut) {
                sum.calls += own.calls;
                sum.new_names += own.new_names;
                sum.new_actions += own.new_actions;
                sum.worst.extend(own.worst.iter().cloned());
            }
            sum.worst.sort_by_key(|denied| std::cmp::Reverse(denied.calls));
            sum.worst.truncate(WORST);
            sum
        };
        let sums: Vec<CutResult> = cuts.iter().map(sum).filter(|sum| sum.calls > 0).collect();
        let outlooks: Vec<Outlook> = principals.iter().map(|one| one.outlook).collect();
        let estimate = DeniedShare::of(&outlooks);
        Self { cuts: sums, too_few_days: others.into_iter().map(|one| one.principal).collect(), principals, estimate }
    }
}
