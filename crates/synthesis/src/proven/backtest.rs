//! What narrowing would have made of the policies at earlier dates, held against the calls after them.

use std::borrow::Cow;

use tighten_iam::{PolicyDocument, Principal};
use tighten_inventory::{PolicySet, SetHolder};
use tighten_usage::{PrincipalUsage, Usage};

use super::{Period, ProvenNarrowing};
use crate::backtest::{Backtester, CutPoint, PrincipalBacktest};
use crate::generate::is_service;
use crate::narrow::{NarrowError, NarrowOptions, Narrowed};
use crate::subject::usages_of;

/// What was used before a midnight.
#[derive(Debug, Clone, Copy)]
pub struct CutUsage<'a> {
    /// The midnight.
    pub cut: CutPoint,
    /// What was used before.
    pub before: &'a Usage,
}

/// What narrowing is made from at one midnight.
#[derive(Debug)]
pub(super) struct CutPeriod<'a> {
    cut: CutPoint,
    before: Period<'a>,
}

impl<'a> ProvenNarrowing<'a> {
    /// The same with a backtest by what was used before these midnights, the earliest first.
    #[must_use]
    pub fn with_backtest(self, cuts: &[CutUsage<'a>]) -> Self {
        let period = |cut: &CutUsage<'a>| {
            // What goes with creating things is inferred from these days alone.
            let own = NarrowOptions { as_of: self.whole.options.as_of, ..self.context.options.clone() };
            let options = self.context.with_siblings(own.before(cut.cut.start()), cut.before);
            CutPeriod { cut: cut.cut, before: Period::new(self.context, cut.before, options) }
        };
        let backtest = cuts.iter().map(period).collect();
        Self { backtest, ..self }
    }

    /// What would have become of the calls of each holder after each of the midnights.
    pub(super) fn backtest(
        &self,
        set: &PolicySet<'_>,
        narrowed: &Narrowed,
    ) -> Result<Vec<Option<PrincipalBacktest>>, NarrowError> {
        let cuts: Vec<CutPoint> = self.backtest.iter().map(|period| period.cut).collect();
        let tester = Backtester { catalog: self.context.catalog, cuts: &cuts, paths: self.context.paths };
        let used: Vec<Option<Cow<'_, PrincipalUsage>>> =
            set.holders.iter().map(|holder| self.used(holder.principal)).collect();
        let mut trained: Vec<(CutPoint, Narrowed)> = Vec::new();
        for period in &self.backtest {
            if used.iter().flatten().any(|used| Backtester::is_anything_new(used, period.cut)) {
                let holders = period.before.holders(self.context, set);
                trained.push((period.cut, period.before.narrow(self.context, set, &holders, false)?));
            }
        }
        let of_holder = |(holder, used): (&SetHolder<'_>, &Option<Cow<'_, PrincipalUsage>>)| {
            let used = used.as_deref()?;
            let of_narrowed =
                |narrowed: &Narrowed| self.documents(holder, &narrowed.policies, |policy| policy.document.as_ref());
            let current = self.documents(holder, &set.policies, |policy| Some(policy.source.document()));
            let trained: Vec<(CutPoint, Vec<PolicyDocument>)> =
                trained.iter().map(|(cut, narrowed)| (*cut, of_narrowed(narrowed))).collect();
            Some(tester.narrowed((holder.principal, used), (&current, &of_narrowed(narrowed)), &trained))
        };
        Ok(set.holders.iter().zip(&used).map(of_holder).collect())
    }

    /// What the holder did itself, if it did anything.
    fn used(&self, principal: &Principal) -> Option<Cow<'a, PrincipalUsage>> {
        let mut all = usages_of(self.whole.usage, principal).map(|(_, used)| used);
        let mut used = Cow::Borrowed(all.next()?);
        for other in all {
            *used.to_mut() += other.clone();
        }
        let services = self.context.service_roles;
        let is_theirs = |via: &str| services.iter().any(|service| is_service(via, service));
        if used.needs.keys().filter_map(|need| need.via.as_ref()).any(|via| is_theirs(via.as_str())) {
            used.to_mut().needs.retain(|need, _| !need.via.as_ref().is_some_and(|via| is_theirs(via.as_str())));
        }
        Some(used)
    }
}
