//! Replay call by call: the records of several principals, each judged by the same documents.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{PolicyDocument, Principal, PrincipalKind};
use tighten_trail::{Event, Identity, NameIndex, Outcome};
use tighten_usage::{Judged, PrincipalFilter, Usage};

use super::candidates::Candidates;
use super::judge::Judge;
use super::names::Names;
use super::tally::{Replayer, Tally};
use crate::generate::Subject;
use crate::paths::EntityPaths;

/// Whose calls are replayed, and by what. Each thread that reads records takes a [`CallReplayer`] of it.
#[derive(Debug)]
pub struct CallReplay<'a> {
    judges: BTreeMap<&'a Principal, (Judge<'a>, Names)>,
    /// Records need not tell the path of a name, and paths change.
    by_name: BTreeMap<(String, PrincipalKind, String), &'a Principal>,
    names_in_full: &'a NameIndex,
    /// The principals of whose calls only those that succeeded show anything.
    mostly_refused: BTreeSet<&'a Principal>,
}

/// What one thread replayed.
#[derive(Debug)]
pub struct CallReplayer<'r> {
    replay: &'r CallReplay<'r>,
    replayers: BTreeMap<&'r Principal, Replayer<'r>>,
}

/// The roles and users that records name in full, to complete those that are named by name alone.
pub fn names_in_full(usage: &Usage) -> NameIndex {
    let mut names = NameIndex::default();
    for (principal, used) in &usage.principals {
        if !used.name_only {
            names.learn(principal, None);
        }
    }
    names
}

impl<'a> CallReplay<'a> {
    /// Replays the calls of these subjects. `usage` holds what they did; the names are those of all, chosen or not.
    pub fn new(
        documents: &'a [PolicyDocument],
        (usage, subjects): (&'a Usage, &'a [Subject]),
        names_in_full: &'a NameIndex,
        paths: &'a EntityPaths,
    ) -> Self {
        Self::by(|subject| Judge::new(documents, &subject.principal, paths), (usage, subjects), names_in_full)
    }

    /// The same by documents of every kind.
    pub fn of(
        candidates: &'a Candidates,
        (usage, subjects): (&'a Usage, &'a [Subject]),
        names_in_full: &'a NameIndex,
        paths: &'a EntityPaths,
    ) -> Self {
        let judge = |subject: &'a Subject| Judge::of(candidates, (&subject.principal, !subject.name_only), paths);
        Self::by(judge, (usage, subjects), names_in_full)
    }

    fn by(
        judge: impl Fn(&'a Subject) -> Judge<'a>,
        (usage, subjects): (&'a Usage, &'a [Subject]),
        names_in_full: &'a NameIndex,
    ) -> Self {
        let judge = |subject: &'a Subject| (&subject.principal, (judge(subject), Names::of(&subject.needs)));
        let name = |subject: &'a Subject| (name(&subject.principal), &subject.principal);
        let refused = usage.principals.iter().filter(|(_, used)| used.is_mostly_refused());
        Self {
            judges: subjects.iter().map(judge).collect(),
            by_name: subjects.iter().map(name).collect(),
            names_in_full,
            mostly_refused: refused.map(|(principal, _)| principal).collect(),
        }
    }

    /// Whose records have to be read: by name, so that those which know no more of their role are among them.
    pub fn principals(&self) -> PrincipalFilter {
        PrincipalFilter::new(self.judges.keys().map(|principal| principal.name()))
    }

    /// A replayer for the records that one thread reads.
    pub fn replayer(&self) -> CallReplayer<'_> {
        let replayers = self.judges.iter().map(|(principal, (judge, names))| (*principal, Replayer::new(judge, names)));
        CallReplayer { replay: self, replayers: replayers.collect() }
    }

    /// The principal whose call the record is, if it is replayed.
    fn principal_of(&self, event: &Event<'_>, judged: &Judged) -> Option<&'a Principal> {
        let Identity::Principal { principal, certain, .. } = &judged.identity else { return None };
        let known = || self.names_in_full.resolve(principal, event.user_identity.role_id());
        let who = if *certain { None } else { known() }.unwrap_or(principal);
        // What they failed at is no evidence that they were let in.
        if judged.outcome == Outcome::Authorised && event.failed() && self.mostly_refused.contains(who) {
            return None;
        }
        let exact = self.judges.get_key_value(who).map(|(who, _)| *who);
        exact.or_else(|| self.by_name.get(&name(who)).copied())
    }
}

impl<'r> CallReplayer<'r> {
    /// Takes a record into account, whose ever it is, but no further copy of an event.
    pub fn see(&mut self, event: &Event<'_>, judged: &Judged) {
        if let Some(replayer) = self.replay.principal_of(event, judged).and_then(|who| self.replayers.get_mut(who)) {
            replayer.see(event, judged);
        }
    }

    /// What was seen, by principal. Tallies of several threads add up in any order.
    pub fn finish(self) -> BTreeMap<&'r Principal, Tally> {
        self.replayers.into_iter().map(|(principal, replayer)| (principal, replayer.finish())).collect()
    }
}

fn name(principal: &Principal) -> (String, PrincipalKind, String) {
    (principal.account().to_owned(), principal.kind(), principal.name().to_owned())
}
