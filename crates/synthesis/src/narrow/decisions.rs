//! What was decided on each action of a statement, in parts that statements share.

use std::sync::{Arc, OnceLock};

use tighten_iam::ActionName;

use super::decide::Decided;
use super::groups::GrantGroups;
use super::memo::Memo;
use super::result::{GrantGroup, RiskyGrant, ServiceRisk};
use super::risks::OfStatement;
use super::statement_actions::{Position, ServiceActions, StatementActions};
use super::verdict::{GrantVerdict, Kept};

/// The decisions on all actions of a statement, service by service as in its [`StatementActions`]. Those on statements of which nothing
/// was used are shared, with what follows from them.
#[derive(Debug)]
pub(super) struct Decisions {
    services: Vec<Arc<ServiceDecisions>>,
    /// The actions that were used, in their order.
    used: Vec<Position>,
    /// All actions stay on all resources.
    pub(super) stay_whole: bool,
    /// The groups of the grants where no other statement gives any of them anyway, without and with details.
    pub(super) groups: [OnceLock<GrantGroups>; 2],
    /// How many unused grants there are of each class and service, by the address of the risks.
    pub(super) counts: Memo<usize, Arc<[ServiceRisk]>>,
}

/// The decisions on all actions of a statement that belong to one service. Statements of which the same is known share them.
#[derive(Debug)]
pub(super) struct ServiceDecisions {
    pub(super) actions: Arc<ServiceActions>,
    decided: Box<[Arc<Decided>]>,
    /// All of them stay on all resources.
    stay_whole: bool,
    /// Some stay on some resources.
    stays: bool,
    /// The groups of its grants where no other statement gives them anyway, without and with details.
    pub(super) groups: [OnceLock<Arc<[GrantGroup]>>; 2],
    /// Each of its grants that was not used, as the results show it.
    pub(super) risky: Memo<OfStatement, Arc<[Option<Arc<RiskyGrant>>]>>,
}

impl Decisions {
    /// `used` are the positions of the actions that may have been used.
    pub(super) fn new(services: Vec<Arc<ServiceDecisions>>, used: impl IntoIterator<Item = Position>) -> Self {
        let stay_whole = services.iter().all(|service| service.stay_whole);
        let (groups, counts) = Default::default();
        let mut all = Self { services, used: Vec::new(), stay_whole, groups, counts };
        let is_used =
            |at: &Position| all.get(*at).is_some_and(|decided| matches!(decided.verdict, GrantVerdict::Used { .. }));
        let mut used: Vec<Position> = used.into_iter().filter(is_used).collect();
        used.sort_unstable();
        all.used = used;
        all
    }

    pub(super) fn services(&self) -> &[Arc<ServiceDecisions>] {
        &self.services
    }

    pub(super) fn get(&self, (service, own): Position) -> Option<&Decided> {
        self.services.get(service)?.decided.get(own).map(|decided| &**decided)
    }

    /// The actions of which something stays.
    pub(super) fn staying(&self) -> impl Iterator<Item = (&Arc<ActionName>, &Decided)> {
        let services = self.services.iter().filter(|service| service.stays);
        services.flat_map(|service| service.iter()).filter(|(_, decided)| decided.stays())
    }

    /// The actions that were used.
    pub(super) fn used<'d>(
        &'d self,
        set: &'d StatementActions,
    ) -> impl Iterator<Item = (&'d Arc<ActionName>, &'d Decided)> {
        self.used.iter().filter_map(move |at| Some((set.get(*at)?, self.get(*at)?)))
    }
}

impl ServiceDecisions {
    pub(super) fn new(actions: Arc<ServiceActions>, decided: Vec<Arc<Decided>>) -> Self {
        Self {
            actions,
            stay_whole: decided.iter().all(|one| one.kept == Kept::Whole),
            stays: decided.iter().any(|one| one.stays()),
            decided: decided.into(),
            groups: Default::default(),
            risky: Memo::default(),
        }
    }

    pub(super) fn decided(&self) -> &[Arc<Decided>] {
        &self.decided
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<ActionName>, &Decided)> {
        self.actions.actions.iter().zip(self.decided.iter().map(|decided| &**decided))
    }
}
