//! The policies of today, narrowed by what was read.

use std::collections::BTreeSet;

use anyhow::Result;
use rayon::prelude::*;
use tighten_catalog::Catalog;
use tighten_iam::Principal;
use tighten_inventory::PolicySet;
use tighten_synthesis::narrow::{NarrowError, NarrowInput, NarrowOptions, Narrowed};
use tighten_synthesis::{
    CutPoint, CutUsage, HoldoutDays, HoldoutUsage, NarrowContext, NoHoldout, PrincipalProof, Proven, ProvenNarrowing,
};
use tighten_trail::selectors::Selectors;
use tighten_usage::{Ledger, Usage};

use crate::current::Current;
use crate::error::Explained;
use crate::read::Read;
use crate::settings::NarrowSettings;

/// What narrowing takes beside the policies.
#[derive(Clone, Copy)]
pub(crate) struct Narrowing<'a> {
    pub(crate) read: &'a Read,
    pub(crate) settings: &'a NarrowSettings,
    pub(crate) selectors: Option<&'a Selectors>,
}

/// What was used on some days alone, for the proofs that do not learn from all of them.
pub(crate) struct NarrowingWindows {
    /// The days that are held out, and what was used before them and in them.
    held: Result<(HoldoutDays, Usage, Usage), NoHoldout>,
    /// What was used before midnights, for the backtest.
    cuts: Vec<(CutPoint, Usage)>,
}

impl NarrowingWindows {
    /// Cuts the last days off, and the input at the first of the midnights: narrowing takes its time, and the held-out days are
    /// a second midnight.
    pub(crate) fn of(ledger: &Ledger, settings: &NarrowSettings, cuts: Option<&[CutPoint]>) -> Self {
        let held = HoldoutDays::of(ledger.span(), settings.holdout);
        let held = held.map(|days| (days, ledger.usage(&days.before()), ledger.usage(&days.after())));
        let first = cuts.and_then(|cuts| cuts.first());
        Self { held, cuts: first.map(|cut| (*cut, ledger.usage(&cut.before()))).into_iter().collect() }
    }
}

impl Narrowing<'_> {
    /// Narrows the policies of the chosen principals and of everybody else who holds one of them, and proves that they are
    /// narrower and enough.
    pub(crate) fn run(
        self,
        current: &Current,
        chosen: &BTreeSet<Principal>,
        windows: &NarrowingWindows,
    ) -> Result<(Vec<Narrowed>, Vec<PrincipalProof>)> {
        let NarrowingWindows { held, cuts } = windows;
        let holdout = match held {
            Ok((days, before, after)) => Ok(HoldoutUsage { days: *days, before, after }),
            Err(why) => Err(*why),
        };
        let cuts: Vec<CutUsage<'_>> = cuts.iter().map(|(cut, before)| CutUsage { cut: *cut, before }).collect();
        let narrowing = ProvenNarrowing::new(self.context(), &self.read.usage);
        let narrowing = narrowing.with_holdout(holdout).with_backtest(&cuts);
        let one = |set: &PolicySet<'_>| narrowing.prove(set);
        let proven: Result<Vec<Proven>, NarrowError> =
            self.read.pool.install(|| current.sets(chosen).par_iter().map(one).collect());
        // What was used would be lost, or something new allowed: nothing of it may be written.
        let proven = proven.map_err(|error| Explained::defect(error.to_string()))?;
        let (narrowed, proofs): (Vec<_>, Vec<_>) = proven.into_iter().map(|one| (one.narrowed, one.principals)).unzip();
        Ok((narrowed, proofs.into_iter().flatten().collect()))
    }

    /// Hands over what narrowing the policies takes that belong to those of one principal, if it has any.
    pub(crate) fn with_input<T>(
        self,
        current: &Current,
        principal: &Principal,
        each: impl FnOnce(&NarrowInput<'_>, &NarrowOptions) -> T,
    ) -> Option<T> {
        let narrowing = ProvenNarrowing::new(self.context(), &self.read.usage);
        let chosen = BTreeSet::from([principal.clone()]);
        current.sets(&chosen).first().map(|set| narrowing.with_input(set, each))
    }

    fn context(&self) -> NarrowContext<'_> {
        NarrowContext {
            catalog: Catalog::embedded(),
            paths: &self.read.paths,
            selectors: self.selectors,
            regions: &self.read.input.fold.regions,
            service_roles: &self.settings.service_roles,
            options: &self.settings.options,
            details: self.settings.details,
        }
    }
}
