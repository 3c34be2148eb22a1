//! Calls, counted by what would have become of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::AddAssign;

use tighten_iam::{ActionName, ResourcePattern};
use tighten_mapping::{Certainty, Mapped, Need, NoNeed};
use tighten_trail::{self as trail, Event};
use tighten_usage::{ApiCall, Evidence, Judged, Smallest};

use super::caller::CalledBy;
use super::judge::{Asked, Judge};
use super::names::Names;
use super::shown::shown;
use super::verdict::{Outcome, Verdict};
use crate::used::ConditionKeys;

/// Judges the calls of one principal, record by record. Each thread has its own; their tallies add up in any order.
#[derive(Debug)]
pub struct Replayer<'a> {
    judge: &'a Judge<'a>,
    names: &'a Names,
    tally: Tally,
    known: HashMap<Asked, Verdict>,
}

/// What the calls of one principal came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many calls.
    pub calls: Calls,
    /// The permissions that they needed.
    pub groups: BTreeMap<GroupKey, Group>,
    /// Calls of which it is not known what they needed, with the reason's code.
    pub unmapped: BTreeMap<(ApiCall, &'static str), Evidence>,
}

/// How many calls were let through, by what would have become of them. Each is counted once, by the worst verdict on
/// what it needed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// All permissions that they needed are allowed.
    pub allowed: u64,
    /// Some permission is denied.
    pub denied: u64,
    /// Condition keys decide that the records do not show.
    pub depends: u64,
    /// It matters which resource was used, and the records do not tell.
    pub partly: u64,
    /// They are known to need no permission.
    pub no_permission: u64,
    /// It is not known what they needed.
    pub unmapped: u64,
}

/// What keeps one permission apart from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupKey {
    /// What the documents say to it.
    pub verdict: Verdict,
    /// The action.
    pub action: ActionName,
    /// The resource, or the wildcard that usage put in the place of many.
    pub resource: ResourcePattern,
    /// How surely the resource is known.
    pub certainty: Certainty,
    /// Condition keys that a policy may ask for.
    pub context: ConditionKeys,
    /// The service that called for the principal.
    pub via: Option<String>,
}

/// The calls behind a permission.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// How often, when and where.
    pub evidence: Evidence,
    /// The API calls; the first few by name.
    pub calls: Smallest<ApiCall, 16>,
}

/// Verdicts that are kept; when there are more, they are found out again.
const MEMO: usize = 1 << 14;

impl<'a> Replayer<'a> {
    /// A replayer that has seen nothing.
    pub fn new(judge: &'a Judge<'a>, names: &'a Names) -> Self {
        Self { judge, names, tally: Tally::default(), known: HashMap::new() }
    }

    /// Takes one record of the principal into account, which must not be a further copy of an event.
    pub fn see(&mut self, event: &Event<'_>, judged: &Judged) {
        if judged.outcome != trail::Outcome::Authorised {
            return;
        }
        let needs: Vec<&Need> = judged.needs().iter().filter(|need| !need.suspected).collect();
        let reason = match &judged.mapped {
            Some(Mapped::Needs(all)) if all.is_empty() => Some(NoNeed::NoPermission.code()),
            Some(Mapped::Needs(_)) => needs.is_empty().then_some("suspected"),
            _ => judged.none(),
        };
        match reason {
            Some(code) if code == NoNeed::NoPermission.code() => self.tally.calls.no_permission += 1,
            Some(code) => {
                self.tally.calls.unmapped += 1;
                see(self.tally.unmapped.entry((call_of(event), code)).or_default(), event);
            }
            None => self.see_needs(event, judged, &needs),
        }
    }

    /// What was seen.
    pub fn finish(self) -> Tally {
        self.tally
    }

    fn see_needs(&mut self, event: &Event<'_>, judged: &Judged, needs: &[&Need]) {
        let via = judged.via().map(ToString::to_string);
        let called_by = CalledBy::of(via.as_deref(), self.judge.principal());
        let shown = shown(event, &called_by, &self.judge.shown);
        // A call may need the same for several reasons; it still is one call.
        let mut keys = BTreeSet::new();
        for need in needs {
            let mut verdicts: Vec<_> =
                need.resources.iter().map(|resource| self.verdict(need, resource, &shown, &called_by)).collect();
            if need.is_either() {
                either(&mut verdicts);
            }
            for (verdict, resource) in verdicts {
                keys.insert(GroupKey {
                    verdict,
                    resource: self.names.label(&need.action, &need.context, &resource),
                    action: need.action.clone(),
                    certainty: need.certainty,
                    context: need.context.clone(),
                    via: via.clone(),
                });
            }
        }
        match keys.iter().map(|key| key.verdict.outcome()).min() {
            Some(Outcome::Denied) => self.tally.calls.denied += 1,
            Some(Outcome::Depends) => self.tally.calls.depends += 1,
            Some(Outcome::Partly) => self.tally.calls.partly += 1,
            Some(Outcome::Allowed) | None => self.tally.calls.allowed += 1,
        }
        for key in keys {
            let group = self.tally.groups.entry(key).or_default();
            see(&mut group.evidence, event);
            group.calls.insert(call_of(event));
        }
    }

    fn verdict(
        &mut self,
        need: &Need,
        resource: &ResourcePattern,
        shown: &ConditionKeys,
        called_by: &CalledBy,
    ) -> (Verdict, ResourcePattern) {
        let asked = |resource: &ResourcePattern, path_unknown| Asked {
            action: need.action.clone(),
            resource: resource.clone(),
            certainty: need.certainty,
            path_unknown,
            context: shown.iter().chain(&need.context).map(|(key, values)| (key.clone(), values.clone())).collect(),
            called_by: called_by.clone(),
        };
        let Some(roles) = self.names.roles(need) else {
            return (self.remembered(asked(resource, need.path_unknown)), resource.clone());
        };
        let verdicts = roles.iter().map(|(role, path_unknown)| self.remembered(asked(role, *path_unknown))).collect();
        let name = match roles.first() {
            Some((role, _)) if roles.len() == 1 => role,
            _ => resource,
        };
        (Verdict::one_entity_of(verdicts), name.clone())
    }

    fn remembered(&mut self, asked: Asked) -> Verdict {
        if let Some(verdict) = self.known.get(&asked) {
            return verdict.clone();
        }
        if self.known.len() >= MEMO {
            self.known.clear();
        }
        let verdict = self.judge.judge(&asked);
        self.known.insert(asked, verdict.clone());
        verdict
    }
}

impl Calls {
    /// All that were let through.
    pub fn total(self) -> u64 {
        self.known() + self.unmapped
    }

    /// Those of which it is known what they needed.
    pub fn known(self) -> u64 {
        self.let_through() + self.denied + self.depends + self.partly
    }

    /// Those that would surely have been let through.
    pub fn let_through(self) -> u64 {
        self.allowed + self.no_permission
    }
}

impl AddAssign for Calls {
    fn add_assign(&mut self, other: Self) {
        let Self { allowed, denied, depends, partly, no_permission, unmapped } = other;
        self.allowed += allowed;
        self.denied += denied;
        self.depends += depends;
        self.partly += partly;
        self.no_permission += no_permission;
        self.unmapped += unmapped;
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.calls += other.calls;
        for (key, group) in other.groups {
            let own = self.groups.entry(key).or_default();
            own.evidence.merge(group.evidence);
            own.calls.merge(group.calls);
        }
        for (key, evidence) in other.unmapped {
            self.unmapped.entry(key).or_default().merge(evidence);
        }
    }
}

/// Of resources of which one is checked, nobody says which: what allows one of them and denies none is taken to mean the one
/// that is checked.
fn either(verdicts: &mut Vec<(Verdict, ResourcePattern)>) {
    let refuses = |verdict: &Verdict| matches!(verdict, Verdict::ExplicitDeny { .. } | Verdict::Partly { .. });
    let any_denied = verdicts.iter().any(|(verdict, _)| refuses(verdict));
    if !any_denied && verdicts.iter().any(|(verdict, _)| verdict.is_allowed()) {
        verdicts.retain(|(verdict, _)| verdict.is_allowed());
    }
}

fn call_of(event: &Event<'_>) -> ApiCall {
    ApiCall::new(&event.event_source, &event.event_name)
}

fn see(evidence: &mut Evidence, event: &Event<'_>) {
    evidence.see(event.event_time, event.event_id.as_deref(), true);
    evidence.see_region(&event.aws_region);
}
