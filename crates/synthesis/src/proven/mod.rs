//! The policies of today, narrowed, with their proofs: nothing that was used is lost, nothing new is allowed, and what
//! policies that were made earlier would have done since.
//!
//! All of it comes from [`Usage`]s of one reading of the records: of the whole, of the days before a midnight, and of the
//! days from then on.

mod backtest;
mod holdout;

use std::collections::BTreeSet;

use tighten_catalog::Catalog;
use tighten_iam::{PolicyDocument, Principal};
use tighten_inventory::{CurrentPolicy, PolicySet, SetHolder};
use tighten_trail::selectors::Selectors;
use tighten_usage::Usage;

pub use backtest::CutUsage;
pub use holdout::{HoldoutDays, HoldoutUsage, NoHoldout};

use crate::backtest::PrincipalBacktest;
use crate::generate::Subject;
use crate::narrow::{Holder, NarrowError, NarrowInput, NarrowOptions, Narrowed, Shared, narrowed};
use crate::observe::Observation;
use crate::paths::EntityPaths;
use crate::replay::{CallCounts, Judge, NeedReplay};
use crate::siblings;

/// What narrowing takes beside policies and usage.
#[derive(Debug, Clone, Copy)]
pub struct NarrowContext<'a> {
    /// What AWS defines.
    pub catalog: &'static Catalog,
    /// The IAM entities that are named in full somewhere.
    pub paths: &'a EntityPaths,
    /// What the trails record, if that is known.
    pub selectors: Option<&'a Selectors>,
    /// The regions that were asked for; all when empty.
    pub regions: &'a BTreeSet<String>,
    /// Prefixes of services. What they did on a principal's behalf is for roles of theirs.
    pub service_roles: &'a [String],
    /// The guard rails. Where they name no moment, they are counted to the last record.
    pub options: &'a NarrowOptions,
    /// Whether every action is named in the result.
    pub details: bool,
}

/// Narrows policies and proves it.
#[derive(Debug)]
pub struct ProvenNarrowing<'a> {
    context: NarrowContext<'a>,
    whole: Period<'a>,
    holdout: Result<Heldout<'a>, NoHoldout>,
    backtest: Vec<backtest::CutPeriod<'a>>,
}

/// The records of some days, and what is made of them.
#[derive(Debug)]
struct Period<'a> {
    usage: &'a Usage,
    observation: Observation<'a>,
    options: NarrowOptions,
    /// What is worked out once for all sets.
    shared: Shared,
}

#[derive(Debug)]
struct Heldout<'a> {
    days: HoldoutDays,
    before: Period<'a>,
    after: &'a Usage,
}

/// Narrowed policies that belong together, with what they were held against.
#[derive(Debug, Clone, PartialEq)]
pub struct Proven {
    /// The policies.
    pub narrowed: Narrowed,
    /// Their holders, in the order of the set.
    pub principals: Vec<PrincipalProof>,
}

/// What the narrowed policies of one principal were held against.
#[derive(Debug, Clone, PartialEq)]
pub struct PrincipalProof {
    /// Who.
    pub principal: Principal,
    /// All that it needed, by the policies of today and by the narrowed ones.
    pub replay: NeedReplay,
    /// What it needed in the last days, by the policies of today and by what narrowing makes of them without these days.
    pub holdout: Result<HoldoutReplay, NoHoldout>,
    /// How what narrowing makes of its policies at earlier dates fares; none where it has no records, or that was not asked for.
    pub backtest: Option<PrincipalBacktest>,
}

/// What would have become of the last days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldoutReplay {
    /// The days.
    pub days: HoldoutDays,
    /// What was needed in them.
    pub replay: NeedReplay,
}

impl NarrowContext<'_> {
    /// The guard rails with rules that keep what goes with creating things, where that is wanted.
    fn with_siblings(&self, mut options: NarrowOptions, usage: &Usage) -> NarrowOptions {
        if options.siblings {
            let keeps = siblings::keeps(self.catalog, usage, self.paths, (&options.generate, self.service_roles));
            options.keep.extend(keeps);
        }
        options
    }
}

impl<'a> ProvenNarrowing<'a> {
    /// Narrows by this usage, without a proof out of sample.
    pub fn new(context: NarrowContext<'a>, usage: &'a Usage) -> Self {
        let options = context.options.clone();
        let options = NarrowOptions { as_of: options.as_of.or_else(|| holdout::last(usage)), ..options };
        let options = context.with_siblings(options, usage);
        Self {
            context,
            whole: Period::new(context, usage, options),
            holdout: Err(NoHoldout::NotAsked),
            backtest: Vec::new(),
        }
    }

    /// The same with a proof out of sample by this usage, or with why there is none.
    #[must_use]
    pub fn with_holdout(self, holdout: Result<HoldoutUsage<'a>, NoHoldout>) -> Self {
        let holdout = holdout.and_then(|held| {
            if held.before.counts.events == 0 {
                return Err(NoHoldout::NothingBefore);
            }
            // What goes with creating things is inferred from these days alone.
            let own = NarrowOptions { as_of: self.whole.options.as_of, ..self.context.options.clone() };
            let options = self.context.with_siblings(held.options(&own), held.before);
            let before = Period::new(self.context, held.before, options);
            Ok(Heldout { days: held.days, before, after: held.after })
        });
        Self { holdout, ..self }
    }

    /// Narrows policies that belong together, and holds the result against all that their holders did. An error is a defect
    /// of this program.
    pub fn prove(&self, set: &PolicySet<'_>) -> Result<Proven, NarrowError> {
        let holders = self.whole.holders(self.context, set);
        let narrowed = self.whole.narrow(self.context, set, &holders, self.context.details)?;
        // Only its documents are looked at.
        let trained = match &self.holdout {
            Ok(held) => {
                let holders = held.before.holders(self.context, set);
                Some(held.before.narrow(self.context, set, &holders, false)?)
            }
            Err(_) => None,
        };
        let backtest = self.backtest(set, &narrowed)?;
        let proof = |((holder, subject), backtest): ((&SetHolder<'_>, &Subject), _)| {
            let policies = Policies {
                old: self.documents(holder, &set.policies, |policy| Some(policy.source.document())),
                new: self.documents(holder, &narrowed.policies, |policy| policy.document.as_ref()),
                trained: trained
                    .as_ref()
                    .map(|trained| self.documents(holder, &trained.policies, |policy| policy.document.as_ref())),
            };
            let proof = self.principal(subject, &policies, &narrowed)?;
            Ok(PrincipalProof { backtest, ..proof })
        };
        let principals = set.holders.iter().zip(&holders).zip(backtest).map(proof).collect::<Result<_, _>>()?;
        Ok(Proven { narrowed, principals })
    }

    /// Hands over what narrowing the set takes, with details wanted.
    pub fn with_input<T>(&self, set: &PolicySet<'_>, each: impl FnOnce(&NarrowInput<'_>, &NarrowOptions) -> T) -> T {
        let subjects = self.whole.holders(self.context, set);
        self.whole.with_input(self.context, set, &subjects, true, |input| each(input, &self.whole.options))
    }

    fn principal(
        &self,
        subject: &Subject,
        policies: &Policies,
        narrowed: &Narrowed,
    ) -> Result<PrincipalProof, NarrowError> {
        let principal = &subject.principal;
        let judge = |documents| Judge::new(documents, principal, self.context.paths);
        let (old, new) = (judge(&policies.old), judge(&policies.new));
        let replay = NeedReplay::of(subject, self.calls(self.whole.usage, principal), &old, &new);
        let is_forbidden = || {
            let mut holders = narrowed.holders.iter().filter(|holder| holder.principal == *principal);
            holders.any(|holder| !holder.forbidden.is_empty())
        };
        if let Some(lost) = replay.lost.first().filter(|_| !is_forbidden()) {
            return Err(NarrowError::Lost {
                principal: principal.to_string(),
                action: lost.action.to_string(),
                resource: lost.resource.to_string(),
            });
        }
        let holdout = self.holdout.as_ref().map_err(|why| *why).map(|held| {
            let subject = Subject::of_entity(held.after, principal, self.context.service_roles);
            let trained = policies.trained.as_deref().map_or_else(|| judge(&policies.new), judge);
            let calls = self.calls(held.after, principal);
            HoldoutReplay { days: held.days, replay: NeedReplay::of(&subject, calls, &old, &trained) }
        });
        Ok(PrincipalProof { principal: principal.clone(), replay, holdout, backtest: None })
    }

    fn calls(&self, usage: &Usage, principal: &Principal) -> CallCounts {
        CallCounts::of_entity(usage, principal, self.context.service_roles)
    }

    /// What a holder's policies say, with the values of placeholders, as they would be in force.
    fn documents<'p, P>(
        &self,
        holder: &SetHolder<'_>,
        policies: &'p [P],
        document: impl Fn(&'p P) -> Option<&'p PolicyDocument>,
    ) -> Vec<PolicyDocument> {
        let own = holder.policies.iter().filter_map(|at| document(policies.get(*at)?));
        own.map(|document| self.context.options.fill(document)).collect()
    }
}

/// What the policies of one holder say.
struct Policies {
    old: Vec<PolicyDocument>,
    new: Vec<PolicyDocument>,
    /// Narrowed by the days before the last ones.
    trained: Option<Vec<PolicyDocument>>,
}

impl<'a> Period<'a> {
    fn new(context: NarrowContext<'a>, usage: &'a Usage, options: NarrowOptions) -> Self {
        let observation = Observation::new(context.catalog, &usage.coverage, context.selectors, context.regions);
        Self { usage, observation, options, shared: Shared::default() }
    }

    /// What the holders of the set did.
    fn holders(&self, context: NarrowContext<'_>, set: &PolicySet<'_>) -> Vec<Subject> {
        let subject = |holder: &SetHolder<'_>| Subject::of_entity(self.usage, holder.principal, context.service_roles);
        set.holders.iter().map(subject).collect()
    }

    fn narrow(
        &self,
        context: NarrowContext<'_>,
        set: &PolicySet<'_>,
        subjects: &[Subject],
        details: bool,
    ) -> Result<Narrowed, NarrowError> {
        self.with_input(context, set, subjects, details, |input| narrowed(input, &self.options, &self.shared))
    }

    fn with_input<T>(
        &self,
        context: NarrowContext<'_>,
        set: &PolicySet<'_>,
        subjects: &[Subject],
        details: bool,
        each: impl FnOnce(&NarrowInput<'_>) -> T,
    ) -> T {
        let holders = set.holders.iter().zip(subjects).map(|(held, subject)| Holder {
            subject,
            policies: held.policies.clone(),
            created: held.created,
            boundary: held.boundary.map(|boundary| (boundary.arn.as_str(), &boundary.document)),
        });
        let holders: Vec<Holder<'_>> = holders.collect();
        let policies: &[CurrentPolicy] = &set.policies;
        each(&NarrowInput {
            catalog: context.catalog,
            policies,
            holders: &holders,
            paths: context.paths,
            observation: &self.observation,
            details,
        })
    }
}
