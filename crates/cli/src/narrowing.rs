//! From the policies of today and what was used to narrowed policies, with their proofs.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use rayon::prelude::*;
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, PolicyDocument, Principal, PrincipalKind};
use tighten_mapping::Mapper;
use tighten_report::{Holdout, ProofOf, Replayed};
use tighten_synthesis::narrow::{CurrentPolicy, Holder, NarrowInput, NarrowOptions, Narrowed, narrow};
use tighten_synthesis::replay::{Judge, Names, Tally};
use tighten_synthesis::{EntityPaths, Observation, Selectors, Subject};
use tighten_trail::{Listing, NameIndex, Window};
use tighten_usage::{FoldOptions, Progress, Usage, fold};

use crate::authorization::{Authorization, current};
use crate::commands::analyze::choose;
use crate::commands::replay::{only_one, prefer_exact};
use crate::config::InputConfig;
use crate::error::Explained;
use crate::policy_files;
use crate::replaying::{Court, Courts, Records, mostly_refused};
use crate::settings::NarrowSettings;
use crate::terminal::Terminal;

/// The policies of today, as far as they are known before the records are read.
pub(crate) enum Current {
    /// Files; whoever is chosen holds them.
    Files(Vec<CurrentPolicy>),
    /// Those of whole accounts.
    Accounts(Authorization),
}

/// Policies that are narrowed together, because somebody holds both, and those who hold them.
pub(crate) struct Set {
    policies: Vec<CurrentPolicy>,
    holders: Vec<Held>,
}

struct Held {
    subject: Subject,
    policies: Vec<usize>,
    created: Option<Timestamp>,
    boundary: Option<(String, PolicyDocument)>,
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

/// Reads the policies of today.
pub(crate) fn read(settings: &NarrowSettings, terminal: Terminal) -> Result<Option<Current>> {
    if let Some(file) = &settings.account_authorization_details {
        let accounts = Authorization::read(file)?;
        for note in &accounts.notes {
            terminal.note(&format!("note: {note}"));
        }
        return Ok(Some(Current::Accounts(accounts)));
    }
    let files = settings.current.as_slice();
    if files.is_empty() {
        return Ok(None);
    }
    let policies = current::read(files)?;
    for policy in &policies {
        for note in policy_files::matches_nothing(policy.source.document(), &format!("`{}`", policy.name)) {
            terminal.note(&note);
        }
    }
    Ok(Some(Current::Files(policies)))
}

/// Reads what the trails record.
pub(crate) fn selectors(settings: &NarrowSettings) -> Result<Option<Selectors>> {
    let mut all: Option<Selectors> = None;
    for file in &settings.event_selectors {
        let name = file.display().to_string();
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read the event selectors `{name}`"))?;
        let own = Selectors::parse(&text).map_err(|error| {
            let tip = "`--event-selectors` takes what `aws cloudtrail get-event-selectors --trail-name NAME` prints";
            Explained::new(format!("`{name}` holds no event selectors: {error}"), tip)
        })?;
        all = Some(match all {
            Some(all) => all.merge(own),
            None => own,
        });
    }
    Ok(all)
}

/// What a principal did itself, which may be nothing.
pub(crate) fn subject(usage: &Usage, principal: &Principal, services: &[String]) -> Subject {
    let mut subject = Subject {
        principal: principal.clone(),
        name_only: false,
        needs: Vec::new(),
        wants: Vec::new(),
        unmapped: Vec::new(),
        mostly_refused: None,
    };
    // Names are unique in an account whatever their paths, which records need not tell, and which change.
    for (other, used) in usage.principals.iter().filter(|(other, _)| is_same(other, principal)) {
        let own = Subject::of(other, used);
        subject.needs.extend(own.needs);
        subject.wants.extend(own.wants);
        subject.unmapped.extend(own.unmapped);
        subject.mostly_refused = subject.mostly_refused.or(own.mostly_refused);
    }
    // That is for roles of these services.
    for service in services {
        subject.split_service(service);
    }
    subject
}

/// Whether both are the same role or user, be it at another path.
pub(crate) fn is_same(one: &Principal, other: &Principal) -> bool {
    one.account() == other.account() && one.kind() == other.kind() && one.name() == other.name()
}

/// Whether policies can be attached to the principal.
pub(crate) fn has_policies(principal: &Principal) -> bool {
    matches!(principal.kind(), PrincipalKind::Role | PrincipalKind::User) && !principal.is_service_linked_role()
}

impl Current {
    /// The policies and their holders, in sets that have nothing to do with each other: those of the chosen principals,
    /// with everybody else who holds one of their policies.
    fn sets(&self, usage: &Usage, chosen: &BTreeSet<Principal>, services: &[String]) -> Vec<Set> {
        match self {
            Self::Files(files) => {
                let held = |principal: &Principal| Held {
                    subject: subject(usage, principal, services),
                    policies: (0..files.len()).collect(),
                    created: None,
                    boundary: None,
                };
                let set = |principal| Set { policies: files.clone(), holders: vec![held(principal)] };
                chosen.iter().map(set).collect()
            }
            Self::Accounts(accounts) => sets_of(accounts, usage, chosen, services),
        }
    }

    /// Whether some statement names the action in full.
    pub(crate) fn names(&self, action: &ActionName) -> bool {
        let policies = match self {
            Self::Files(files) => files,
            Self::Accounts(accounts) => &accounts.policies,
        };
        let mut statements = policies.iter().flat_map(|policy| &policy.source.document().statements);
        statements.any(|statement| statement.action.patterns().iter().any(|one| one.to_name().as_ref() == Some(action)))
    }

    /// The principals whose policies are narrowed. Files say nothing of whom they are attached to, so there they have to
    /// be one, unless all are wanted; `usage` keeps those alone.
    pub(crate) fn choose(
        &self,
        usage: &mut Usage,
        input: &InputConfig,
        all: bool,
        terminal: Terminal,
    ) -> Result<BTreeSet<Principal>> {
        match self {
            Self::Files(_) => {
                choose(usage, input)?;
                prefer_exact(usage, &input.patterns);
                only_one(usage, all, terminal)?;
                Ok(usage.principals.keys().filter(|principal| has_policies(principal)).cloned().collect())
            }
            Self::Accounts(accounts) => {
                let holders = accounts.holders.iter().filter(|(_, held)| !held.policies.is_empty());
                let chosen = holders.map(|(principal, _)| principal).filter(|one| input.principals.admits(one));
                let chosen: BTreeSet<Principal> = chosen.cloned().collect();
                if chosen.is_empty() {
                    let patterns: Vec<String> = input.patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
                    let message = match patterns.as_slice() {
                        [] => "nobody in the account authorization details holds a policy".to_owned(),
                        some => format!(
                            "nobody of {} holds a policy by the account authorization details",
                            some.join(" or ")
                        ),
                    };
                    let tip = "`aws iam get-account-authorization-details` without `--filter` tells who holds what";
                    return Err(Explained::new(message, tip).into());
                }
                Ok(chosen)
            }
        }
    }
}

fn sets_of(accounts: &Authorization, usage: &Usage, chosen: &BTreeSet<Principal>, services: &[String]) -> Vec<Set> {
    let mut holders_of: BTreeMap<usize, Vec<&Principal>> = BTreeMap::new();
    for (principal, held) in &accounts.holders {
        for policy in &held.policies {
            holders_of.entry(*policy).or_default().push(principal);
        }
    }
    let mut done: BTreeSet<&Principal> = BTreeSet::new();
    let mut sets = Vec::new();
    for (first, _) in accounts.holders.iter().filter(|(principal, _)| chosen.contains(*principal)) {
        if done.contains(first) {
            continue;
        }
        let (mut principals, mut policies) = (BTreeSet::from([first]), BTreeSet::new());
        let mut queue = vec![first];
        while let Some(principal) = queue.pop() {
            for policy in accounts.holders.get(principal).into_iter().flat_map(|held| &held.policies) {
                policies.insert(*policy);
                let others = holders_of.get(policy).into_iter().flatten().copied();
                let new: Vec<&Principal> = others.filter(|other| !principals.contains(other)).collect();
                principals.extend(&new);
                queue.extend(new);
            }
        }
        done.extend(&principals);
        let place: BTreeMap<usize, usize> = policies.iter().enumerate().map(|(to, from)| (*from, to)).collect();
        let held = |principal: &&Principal| {
            let held = accounts.holders.get(*principal)?;
            Some(Held {
                subject: subject(usage, principal, services),
                policies: held.policies.iter().filter_map(|policy| place.get(policy).copied()).collect(),
                created: held.created,
                boundary: held.boundary.clone(),
            })
        };
        sets.push(Set {
            policies: policies.iter().filter_map(|at| accounts.policies.get(*at).cloned()).collect(),
            holders: principals.iter().filter_map(held).collect(),
        });
    }
    sets.retain(|set| !set.policies.is_empty());
    sets
}

impl Narrowing<'_> {
    /// Narrows the policies of the chosen principals, and proves that they are narrower and enough.
    pub(crate) fn run(&self, current: &Current, chosen: &BTreeSet<Principal>) -> Result<Outcome> {
        let sets = current.sets(self.usage, chosen, &self.settings.service_roles);
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
        set: &Set,
        observation: &Observation<'_>,
        details: bool,
        each: impl FnOnce(&NarrowInput<'_>) -> T,
    ) -> T {
        let holders = set.holders.iter().map(|held| Holder {
            subject: &held.subject,
            policies: held.policies.clone(),
            created: held.created,
            boundary: held.boundary.as_ref().map(|(name, document)| (name.as_str(), document)),
        });
        let holders: Vec<Holder<'_>> = holders.collect();
        each(&NarrowInput {
            catalog: Catalog::embedded(),
            policies: &set.policies,
            holders: &holders,
            paths: self.paths,
            observation,
            details,
        })
    }

    fn narrow(&self, sets: &[Set], usage: &Usage, options: &NarrowOptions) -> Result<Vec<Narrowed>> {
        let observation = self.observation(usage);
        let one = |set: &Set| {
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
        for set in current.sets(self.usage, chosen, &self.settings.service_roles) {
            self.with_input(&set, &observation, true, |input| each(input, &options))?;
        }
        Ok(())
    }

    /// Narrows by the records before the last days alone.
    fn holdout(&self, current: &Current, chosen: &BTreeSet<Principal>, options: &NarrowOptions) -> Result<Trained> {
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
        let sets = current.sets(&usage, chosen, &self.settings.service_roles);
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

    fn prove(&self, sets: &[Set], narrowed: &[Narrowed], trained: &Trained) -> Result<Vec<Proven>> {
        let mut parties = Vec::new();
        for (set, narrowed) in sets.iter().zip(narrowed) {
            for held in &set.holders {
                let old = filled(
                    self.settings,
                    held.policies.iter().filter_map(|at| Some(set.policies.get(*at)?.source.document())),
                );
                let new = filled(self.settings, after(held, narrowed));
                let trained =
                    trained.documents(&held.subject.principal).map(|documents| filled(self.settings, documents));
                let names = Names::of(&held.subject.needs);
                parties.push(Party { principal: &held.subject.principal, old, new, trained, names });
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
enum Trained {
    NotPossible(&'static str),
    Narrowed { since: Timestamp, days: usize, narrowed: Vec<Narrowed>, sets: Vec<Set> },
}

impl Trained {
    fn documents(&self, principal: &Principal) -> Option<Vec<&PolicyDocument>> {
        let Self::Narrowed { narrowed, sets, .. } = self else { return None };
        sets.iter().zip(narrowed).find_map(|(set, narrowed)| {
            let held = set.holders.iter().find(|held| held.subject.principal == *principal)?;
            Some(after(held, narrowed).collect())
        })
    }
}

/// The narrowed documents that somebody holds.
fn after<'n>(held: &Held, narrowed: &'n Narrowed) -> impl Iterator<Item = &'n PolicyDocument> {
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
