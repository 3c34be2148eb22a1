//! What the decisions on grants depend on that nobody used.
//!
//! Whoever holds `*` holds 22,000 actions and uses some dozens of them. What is decided on the others depends on the
//! statement, the guard rails, what the trail records of the holders' calls, and which services the holders call, and on nothing else that they
//! did. So it is decided once for all who are in the same situation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;
use tighten_iam::Actions;

use super::accessed::Accessed;
use super::allow::Allow;
use super::assign::Uses;
use super::decide::{Decided, Deciding};
use super::decisions::{Decisions, ServiceDecisions};
use super::holders::Holders;
use super::memo::Memo;
use super::options::Granularity;
use super::pass_role;
use super::placeholders::Bound;
use super::statement_actions::{Position, ServiceActions};
use super::verdict::{GrantVerdict, Kept, Young};
use crate::observe::CallerClass;

/// The patterns of a statement's actions as text, and whether they are a `NotAction`.
pub(super) type ActionsKey = (bool, Vec<Box<str>>);

pub(super) fn actions_key(actions: &Actions) -> ActionsKey {
    (actions.is_negated(), actions.patterns().iter().map(|pattern| pattern.as_str().into()).collect())
}

/// Statements and holders of one situation share what is decided on unused grants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Situation {
    actions: ActionsKey,
    /// What the resources stand for, and whether they are a `NotResource`.
    resources: (bool, Vec<Option<Box<str>>>),
    holders: Arc<HoldersSituation>,
}

/// The part of it that is the holders' own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HoldersSituation {
    callers: Vec<CallerClass>,
    /// The rules that concern the holders, by their places among the options.
    keep: Vec<usize>,
    never_grant: Vec<usize>,
    accessed: Accessed,
    young: Option<Young>,
    /// Names and texts.
    boundaries: Vec<(String, String)>,
    today: Option<Date>,
}

/// The decisions on a statement's unused grants, filled when somebody is the first to need them.
#[derive(Debug)]
pub(super) struct Unused {
    services: Vec<ByCalls>,
    /// Those of statements of which nothing was used, by the services that were called nevertheless.
    together: Memo<BTreeMap<usize, Called>, Arc<Decisions>>,
}

/// Whether a service was called, and whether it is known of all its calls what they needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Called {
    known: bool,
    unmapped: bool,
}

/// The decisions on one service, for those who call it and those who do not.
#[derive(Debug, Default)]
struct ByCalls {
    not_called: OnceLock<UnusedService>,
    called: OnceLock<UnusedService>,
    /// It is not known what some of the calls needed.
    unmapped: OnceLock<UnusedService>,
    /// Likewise, and others of the service were called of which it is known.
    both: OnceLock<UnusedService>,
}

#[derive(Debug)]
struct UnusedService {
    /// Each action by itself.
    single: Arc<ServiceDecisions>,
    /// As the granularity asks for.
    coarse: Arc<ServiceDecisions>,
}

impl HoldersSituation {
    pub(super) fn of(holders: &Holders<'_>, today: Option<Date>) -> Self {
        let boundaries = holders.boundaries.iter();
        Self {
            callers: holders.callers.keys().cloned().collect(),
            keep: holders.keep.iter().map(|(at, _)| *at).collect(),
            never_grant: holders.never_grant.iter().map(|(at, _)| *at).collect(),
            accessed: holders.accessed.clone(),
            young: holders.young,
            boundaries: boundaries.map(|(name, text)| ((*name).to_owned(), text.to_value().to_string())).collect(),
            today,
        }
    }
}

impl Situation {
    pub(super) fn of(allow: &Allow<'_>, holders: &Arc<HoldersSituation>) -> Self {
        let pattern = |entry: &Bound| entry.pattern.as_ref().map(|pattern| pattern.as_str().into());
        Self {
            actions: actions_key(&allow.statement.action),
            resources: (allow.is_complement(), allow.entries.iter().map(pattern).collect()),
            holders: Arc::clone(holders),
        }
    }
}

impl ByCalls {
    fn of(&self, called: Called) -> &OnceLock<UnusedService> {
        match (called.known, called.unmapped) {
            (false, false) => &self.not_called,
            (true, false) => &self.called,
            (false, true) => &self.unmapped,
            (true, true) => &self.both,
        }
    }
}

impl Unused {
    pub(super) fn new(allow: &Allow<'_>) -> Self {
        let services = allow.actions.services().iter().map(|_| ByCalls::default()).collect();
        Self { services, together: Memo::default() }
    }
}

impl Deciding<'_> {
    /// Decides on every action of a statement: from scratch on those that the holders' calls have to do with; on all others as for anybody in
    /// the same situation.
    pub(super) fn decide(&self, allow: &Allow<'_>, uses: &Uses, unused: &Unused) -> Arc<Decisions> {
        let called = self.called(allow);
        let exceptions = self.exceptions(allow, uses);
        if exceptions.is_empty() {
            return unused.together.get(called.clone(), || Arc::new(self.unused(allow, unused, &called)));
        }
        let mut by_service: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (service, own) in &exceptions {
            by_service.entry(*service).or_default().insert(*own);
        }
        let nobody = BTreeMap::new();
        let idle = unused.together.get(BTreeMap::new(), || Arc::new(self.unused(allow, unused, &nobody)));
        let mut services = idle.services().to_vec();
        for at in called.keys().chain(by_service.keys()) {
            let (Some(service), Some(shared)) =
                (services.get_mut(*at), self.unused_service(allow, unused, *at, &called))
            else {
                continue;
            };
            *service = match by_service.get(at) {
                None => Arc::clone(&shared.coarse),
                Some(own) => self.with_exceptions(allow, uses, &shared.single, own),
            };
        }
        Arc::new(Decisions::new(services, exceptions))
    }

    /// The same without sharing anything: what tests hold the decisions against.
    #[cfg(test)]
    pub(super) fn each(&self, allow: &Allow<'_>, uses: &Uses) -> Vec<Arc<Decided>> {
        let of_service = |service: &Arc<ServiceActions>| {
            let decided = service.actions.iter().map(|action| Arc::new(self.action(allow, action, uses))).collect();
            self.of_service(service, decided).coarse.decided().to_vec()
        };
        allow.actions.services().iter().flat_map(of_service).collect()
    }

    /// The statement's services that the holders called, by place.
    fn called(&self, allow: &Allow<'_>) -> BTreeMap<usize, Called> {
        let mut all: BTreeMap<usize, Called> = BTreeMap::new();
        for at in self.holders.services.iter().filter_map(|service| allow.actions.place(service)) {
            all.entry(at).or_default().known = true;
        }
        for at in self.holders.unmapped.iter().filter_map(|service| allow.actions.place(service)) {
            all.entry(at).or_default().unmapped = true;
        }
        all
    }

    /// The decisions on a statement of which nothing was used.
    fn unused(&self, allow: &Allow<'_>, unused: &Unused, called: &BTreeMap<usize, Called>) -> Decisions {
        let services =
            (0..allow.actions.services().len()).filter_map(|at| self.unused_service(allow, unused, at, called));
        Decisions::new(services.map(|service| Arc::clone(&service.coarse)).collect(), [])
    }

    /// The actions of the statement that the holders' calls have to do with, as far as it matters to what is decided.
    fn exceptions(&self, allow: &Allow<'_>, uses: &Uses) -> BTreeSet<Position> {
        let holders = self.holders;
        let needed = uses.by_action.keys().chain(&uses.elsewhere);
        let concerned = holders.untraced.iter().chain(holders.unsettled.keys()).copied();
        let checked = holders.may_be_checked.iter().copied();
        let passes = !(holders.passes_unnamed.is_empty() && holders.unknown_writes.is_empty());
        let pass_role = passes.then(pass_role::action).flatten();
        let all = needed.chain(concerned).chain(checked).chain(&pass_role);
        all.filter_map(|action| allow.actions.position(action)).collect()
    }

    /// The decisions on the actions of a service with which none of the calls have to do.
    fn unused_service<'u>(
        &self,
        allow: &Allow<'_>,
        unused: &'u Unused,
        at: usize,
        called: &BTreeMap<usize, Called>,
    ) -> Option<&'u UnusedService> {
        let called = called.get(&at).copied().unwrap_or_default();
        let service = allow.actions.services().get(at)?;
        let cell = unused.services.get(at)?.of(called);
        Some(cell.get_or_init(|| {
            let holders = self.holders.without_calls(&service.prefix, called.known, called.unmapped);
            let deciding = Deciding { holders: &holders, ..*self };
            let (none, mut alike) = (Uses::default(), Alike::default());
            let decided = service.actions.iter().map(|action| alike.shared(deciding.action(allow, action, &none)));
            self.of_service(service, decided.collect())
        }))
    }

    fn of_service(&self, service: &Arc<ServiceActions>, decided: Vec<Arc<Decided>>) -> UnusedService {
        let coarse = self.coarse(&decided).map(|decided| Arc::new(ServiceDecisions::new(Arc::clone(service), decided)));
        let single = Arc::new(ServiceDecisions::new(Arc::clone(service), decided));
        UnusedService { coarse: coarse.unwrap_or_else(|| Arc::clone(&single)), single }
    }

    fn with_exceptions(
        &self,
        allow: &Allow<'_>,
        uses: &Uses,
        shared: &ServiceDecisions,
        exceptions: &BTreeSet<usize>,
    ) -> Arc<ServiceDecisions> {
        let mut decided = shared.decided().to_vec();
        for at in exceptions {
            if let (Some(one), Some(action)) = (decided.get_mut(*at), shared.actions.actions.get(*at)) {
                *one = Arc::new(self.action(allow, action, uses));
            }
        }
        self.of_service(&shared.actions, decided).coarse
    }

    /// Where services go as a whole or not at all, what becomes of one; nothing where that is the same.
    fn coarse(&self, decided: &[Arc<Decided>]) -> Option<Vec<Arc<Decided>>> {
        if self.options.granularity != Granularity::Service || !decided.iter().any(|one| one.stays()) {
            return None;
        }
        let mut alike = Alike::default();
        let whole = |one: &Arc<Decided>| match one.verdict {
            GrantVerdict::NeverGranted { .. } => Arc::clone(one),
            _ => alike.shared(Decided {
                with_service: !one.stays(),
                kept: Kept::Whole,
                narrowed: Vec::new(),
                ..Decided::clone(one)
            }),
        };
        Some(decided.iter().map(whole).collect())
    }
}

/// Equal decisions, which are kept once.
#[derive(Default)]
struct Alike(Vec<Arc<Decided>>);

impl Alike {
    /// How many are looked through.
    const LATEST: usize = 8;

    fn shared(&mut self, decided: Decided) -> Arc<Decided> {
        if let Some(known) = self.0.iter().rev().take(Self::LATEST).find(|known| ***known == decided) {
            return Arc::clone(known);
        }
        let new = Arc::new(decided);
        self.0.push(Arc::clone(&new));
        new
    }
}
