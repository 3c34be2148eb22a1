//! From the policies of today and what was used to narrowed policies, with their proofs.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;
use tighten_catalog::Catalog;
use tighten_iam::{PolicyDocument, Principal};
use tighten_inventory::{PolicySet, SetHolder};
use tighten_mapping::Mapper;
use tighten_report::{Holdout, ProofOf, Replayed};
use tighten_synthesis::narrow::{Holder, NarrowInput, NarrowOptions, Narrowed, narrow};
use tighten_synthesis::replay::{Judge, Names, Tally};
use tighten_synthesis::{EntityPaths, Observation, Subject};
use tighten_trail::selectors::Selectors;
use tighten_trail::{Listing, NameIndex, Window};
use tighten_usage::{FoldOptions, Progress, Usage, fold};

use crate::config::InputConfig;
use crate::current::Current;
use crate::error::Explained;
use crate::replaying::{Court, Courts, Records, mostly_refused};
use crate::settings::NarrowSettings;

/// Policies that are narrowed together, and what their holders did.
struct Set<'a> {
    policies: PolicySet<'a>,
    /// In the order of the holders.
    subjects: Vec<Subject>,
}

impl<'a> Set<'a> {
    fn all(current: &'a Current, usage: &Usage, chosen: &'a BTreeSet<Principal>, services: &[String]) -> Vec<Self> {
        let of = |policies: PolicySet<'a>| {
            let subject = |holder: &SetHolder<'_>| Subject::of_entity(usage, holder.principal, services);
            Set { subjects: policies.holders.iter().map(subject).collect(), policies }
        };
        current.sets(chosen).into_iter().map(of).collect()
    }

    fn holders(&self) -> impl Iterator<Item = (&SetHolder<'a>, &Subject)> {
        self.policies.holders.iter().zip(&self.subjects)
    }
}

/// What narrowing came to.
pub(crate) struct Outcome {
    pub(crate) narrowed: Vec<Narrowed>,
    /// Those whose policies were asked for.
    pub(crate) chosen: BTreeSet<Principal>,
    proofs: Vec<Proven>,
}

struct Proven {
    principal: Principal,
    replay: Replayed,
    holdout: Holdout,
}

/// What narrowing takes beside the policies.
pub(crate) struct Narrowing<'a> {
    pub(crate) input: &'a InputConfig,
    pub(crate) settings: &'a NarrowSettings,
    pub(crate) listing: &'a Listing,
    pub(crate) mapper: &'a Mapper,
    pub(crate) usage: &'a Usage,
    pub(crate) paths: &'a EntityPaths,
    pub(crate) roles: &'a NameIndex,
    pub(crate) selectors: Option<&'a Selectors>,
}

impl Narrowing<'_> {
    /// Narrows the policies of the chosen principals, and proves that they are narrower and enough.
    pub(crate) fn run(&self, current: &Current, chosen: &BTreeSet<Principal>) -> Result<Outcome> {
        let sets = Set::all(current, self.usage, chosen, &self.settings.service_roles);
        let options = self.options();
        let narrowed = self.narrow(&sets, self.usage, &options)?;
        let trained = self.holdout(current, chosen, &options)?;
        let proofs = self.prove(&sets, &narrowed, &trained)?;
        Ok(Outcome { narrowed, chosen: chosen.clone(), proofs })
    }

    /// The guard rails, counted to the last record.
    fn options(&self) -> NarrowOptions {
        let options = self.settings.options.clone();
        NarrowOptions { as_of: options.as_of.or_else(|| last(self.usage)), ..options }
    }

    fn observation<'u>(&'u self, usage: &'u Usage) -> Observation<'u> {
        Observation::new(Catalog::embedded(), &usage.coverage, self.selectors, &self.input.fold.regions)
    }

    /// Hands over what narrowing takes.
    fn with_input<T>(
        &self,
        set: &Set<'_>,
        observation: &Observation<'_>,
        details: bool,
        each: impl FnOnce(&NarrowInput<'_>) -> T,
    ) -> T {
        let holders = set.holders().map(|(held, subject)| Holder {
            subject,
            policies: held.policies.clone(),
            created: held.created,
            boundary: held.boundary.map(|boundary| (boundary.arn.as_str(), &boundary.document)),
        });
        let holders: Vec<Holder<'_>> = holders.collect();
        each(&NarrowInput {
            catalog: Catalog::embedded(),
            policies: &set.policies.policies,
            holders: &holders,
            paths: self.paths,
            observation,
            details,
        })
    }

    fn narrow(&self, sets: &[Set<'_>], usage: &Usage, options: &NarrowOptions) -> Result<Vec<Narrowed>> {
        let observation = self.observation(usage);
        let one = |set: &Set<'_>| {
            let narrowed = self.with_input(set, &observation, self.settings.details, |input| narrow(input, options));
            narrowed.map_err(|error| Explained::defect(error.to_string()).into())
        };
        let threads = self.input.fold.threads.map_or(0, usize::from);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
        pool.install(|| sets.par_iter().map(one).collect())
    }

    /// Hands over what narrowing takes, with details wanted, once for all policies that belong together: those of a chosen
    /// principal, and of everybody else who holds one of them.
    pub(crate) fn for_each_input(
        &self,
        current: &Current,
        chosen: &BTreeSet<Principal>,
        mut each: impl FnMut(&NarrowInput<'_>, &NarrowOptions) -> Result<()>,
    ) -> Result<()> {
        let (options, observation) = (self.options(), self.observation(self.usage));
        for set in Set::all(current, self.usage, chosen, &self.settings.service_roles) {
            self.with_input(&set, &observation, true, |input| each(input, &options))?;
        }
        Ok(())
    }

    /// Narrows by the records before the last days alone.
    fn holdout<'c>(
        &self,
        current: &'c Current,
        chosen: &'c BTreeSet<Principal>,
        options: &NarrowOptions,
    ) -> Result<Trained<'c>> {
        let Some((since, days)) = self.holdout_start() else {
            let why = "the records span too few days: `--holdout 1d` needs records of an earlier day";
            return Ok(Trained::NotPossible(why));
        };
        let window = Window { until: Some(since), ..self.input.fold.window };
        // The records before are fewer: what they are too few for would stay, and the proof would prove nothing.
        let options = NarrowOptions { as_of: Some(since), min_window: 0, ..options.clone() };
        let fold_options = FoldOptions { window, ..self.input.fold.clone() };
        let usage = fold(self.listing, fold_options, self.mapper, &Progress::default()).into_usage();
        if usage.counts.events == 0 {
            return Ok(Trained::NotPossible("there are no records before the last days"));
        }
        let sets = Set::all(current, &usage, chosen, &self.settings.service_roles);
        let narrowed = self.narrow(&sets, &usage, &options)?;
        Ok(Trained::Narrowed { since, days, narrowed, sets })
    }

    /// Where the days begin that are replayed and not learnt from: a fortnight where there are six weeks, else a fifth.
    fn holdout_start(&self) -> Option<(Timestamp, usize)> {
        let places = || self.usage.coverage.accounts.values().flat_map(BTreeMap::values);
        let first = places().filter_map(|place| place.first).min()?;
        let last = places().filter_map(|place| place.last).max()?;
        let span = last.duration_since(first).as_hours() / 24;
        let span = usize::try_from(span).ok()?;
        let days = self.settings.holdout.unwrap_or(if span >= 42 { 14 } else { (span / 5).max(1) });
        let since = last.checked_sub(SignedDuration::from_hours(24 * i64::try_from(days).ok()?)).ok()?;
        (since > first).then_some((since, days))
    }

    fn prove(&self, sets: &[Set<'_>], narrowed: &[Narrowed], trained: &Trained<'_>) -> Result<Vec<Proven>> {
        let mut parties = Vec::new();
        for (set, narrowed) in sets.iter().zip(narrowed) {
            for (held, subject) in set.holders() {
                let policies = &set.policies.policies;
                let old = filled(
                    self.settings,
                    held.policies.iter().filter_map(|at| Some(policies.get(*at)?.source.document())),
                );
                let new = filled(self.settings, after(held, narrowed));
                let trained = trained.documents(held.principal).map(|documents| filled(self.settings, documents));
                let names = Names::of(&subject.needs);
                parties.push(Party { principal: held.principal, old, new, trained, names });
            }
        }
        let since = match trained {
            Trained::Narrowed { since, .. } => Some(*since),
            Trained::NotPossible(_) => None,
        };
        let courts: Courts<'_> =
            parties.iter().map(|party| (party.principal, party.courts(self.paths, since))).collect();
        let mostly_refused = mostly_refused(self.usage);
        let records = Records {
            mostly_refused: &mostly_refused,
            listing: self.listing,
            fold: &self.input.fold,
            mapper: self.mapper,
            roles: self.roles,
            without: &self.settings.service_roles,
        };
        let mut tallies = records.replay(&courts)?;
        let mut proofs = Vec::new();
        for party in &parties {
            let mut tallies = tallies.remove(party.principal).unwrap_or_default().into_iter();
            let mut next = || -> Tally { tallies.next().unwrap_or_default() };
            let replay = Replayed { before: next(), after: next() };
            let forbidden = narrowed
                .iter()
                .flat_map(|narrowed| &narrowed.holders)
                .any(|holder| holder.principal == *party.principal && !holder.forbidden.is_empty());
            if replay.after.calls.let_through() < replay.before.calls.let_through() && !forbidden {
                let lost = replay.before.calls.let_through() - replay.after.calls.let_through();
                let message = format!(
                    "the narrowed policies would deny {lost} calls of `{}` that are allowed today",
                    party.principal
                );
                return Err(Explained::defect(message).into());
            }
            let holdout = match trained {
                Trained::NotPossible(why) => Holdout::NotPossible { why },
                Trained::Narrowed { since, days, .. } => {
                    let replayed = Replayed { before: next(), after: next() };
                    Holdout::Replayed { since: *since, days: *days, replayed }
                }
            };
            proofs.push(Proven { principal: party.principal.clone(), replay, holdout });
        }
        Ok(proofs)
    }
}

/// One principal and the policies that its calls are judged by.
struct Party<'a> {
    principal: &'a Principal,
    old: Vec<PolicyDocument>,
    new: Vec<PolicyDocument>,
    trained: Option<Vec<PolicyDocument>>,
    names: Names,
}

impl Party<'_> {
    fn courts<'a>(&'a self, paths: &'a EntityPaths, since: Option<Timestamp>) -> Vec<Court<'a>> {
        let court = |documents: &'a [PolicyDocument], since| Court {
            judge: Judge::new(documents, self.principal, paths),
            names: &self.names,
            since,
        };
        let mut courts = vec![court(&self.old, None), court(&self.new, None)];
        if since.is_some() {
            courts.push(court(&self.old, since));
            courts.push(court(self.trained.as_deref().unwrap_or(&self.new), since));
        }
        courts
    }
}

/// What was learnt from the records before the last days.
enum Trained<'a> {
    NotPossible(&'static str),
    Narrowed { since: Timestamp, days: usize, narrowed: Vec<Narrowed>, sets: Vec<Set<'a>> },
}

impl Trained<'_> {
    fn documents(&self, principal: &Principal) -> Option<Vec<&PolicyDocument>> {
        let Self::Narrowed { narrowed, sets, .. } = self else { return None };
        sets.iter().zip(narrowed).find_map(|(set, narrowed)| {
            let held = set.policies.holders.iter().find(|held| held.principal == principal)?;
            Some(after(held, narrowed).collect())
        })
    }
}

/// The narrowed documents that somebody holds.
fn after<'n>(held: &SetHolder<'_>, narrowed: &'n Narrowed) -> impl Iterator<Item = &'n PolicyDocument> {
    let documents =
        held.policies.iter().map(|at| narrowed.policies.get(*at).and_then(|policy| policy.document.as_ref()));
    documents.flatten().collect::<Vec<_>>().into_iter()
}

/// The documents with the values of placeholders, as they would be in force.
fn filled<'d>(
    settings: &NarrowSettings,
    documents: impl IntoIterator<Item = &'d PolicyDocument>,
) -> Vec<PolicyDocument> {
    documents.into_iter().map(|document| settings.options.fill(document)).collect()
}

/// The last moment that has a record.
fn last(usage: &Usage) -> Option<Timestamp> {
    usage.coverage.accounts.values().flat_map(BTreeMap::values).filter_map(|place| place.last).max()
}

impl Outcome {
    /// The proofs, as the report takes them.
    pub(crate) fn proofs(&self) -> Vec<ProofOf<'_>> {
        let proofs = self.proofs.iter().map(|proven| {
            let Proven { principal, replay, holdout } = proven;
            ProofOf { principal, replay: replay.clone(), holdout: holdout.clone() }
        });
        proofs.collect()
    }
}
