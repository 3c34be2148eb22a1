//! What stays of each action that a statement allows.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::Catalog;
use tighten_iam::{ActionName, ResourcePattern};
use tighten_mapping::Certainty;

use super::allow::Allow;
use super::assign::{Use, Uses};
use super::holders::Holders;
use super::options::{Granularity, Keep, NarrowOptions, Unobservable, WithoutKnownCall};
use super::pass_role;
use super::verdict::{GrantVerdict, Kept, NarrowedTo, Target};
use crate::generalise::{Granted, How, generalise, name_of};
use crate::observe::{Gap, GapKind, Observability, Observation};
use crate::options::ResourceMode;
use crate::unsettled;
use crate::used::{Behind, ConditionKeys, Observed};

/// What is known of an action that a statement allows, and what stays of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Decided {
    pub(super) verdict: GrantVerdict,
    pub(super) kept: Kept,
    /// It stays although nothing of its own keeps it: the granularity is coarser.
    pub(super) with_service: bool,
    /// The patterns that took the place of wider ones.
    pub(super) narrowed: Vec<NarrowedTo>,
    /// Patterns of the policy's author that stay as they are, though less was used.
    pub(super) as_written: bool,
}

/// What the decision on a statement takes.
#[derive(Clone, Copy)]
pub(super) struct Deciding<'a> {
    pub(super) catalog: &'static Catalog,
    pub(super) options: &'a NarrowOptions,
    pub(super) observation: &'a Observation<'a>,
    pub(super) holders: &'a Holders<'a>,
}

/// What is known of one entry for one action.
enum Cell {
    Keep,
    Drop,
    Narrow(Vec<(Target, NarrowedTo)>),
}

impl Decided {
    /// Whether anything of the action stays.
    pub(super) fn stays(&self) -> bool {
        self.kept != Kept::Nothing
    }
}

impl Deciding<'_> {
    /// Whether something that is not seen in use for this reason stays.
    pub(super) fn keeps_unobservable(&self, allow: &Allow<'_>, action: &ActionName, gaps: &[Gap]) -> bool {
        match self.options.unobservable {
            Unobservable::Keep => true,
            Unobservable::Drop => false,
            Unobservable::KeepUsedServices => {
                // What was not looked at tells nothing of which services are used, and a role that is passed without a
                // name is used by another service.
                let elsewhere = |gap: &Gap| {
                    matches!(
                        gap.what,
                        GapKind::Account { .. }
                            | GapKind::Region { .. }
                            | GapKind::RegionFilter { .. }
                            | GapKind::ParentCall { .. }
                            | GapKind::UnnamedRoles { .. }
                    )
                };
                let unwitnessed = gaps.iter().all(|gap| gap.what == GapKind::NoKnownCall)
                    && self.options.without_known_call == WithoutKnownCall::Drop;
                let service = action.service();
                let is_called = self.holders.services.contains(service) || self.holders.unmapped.contains(service);
                allow.names_service(action)
                    || (is_called && !unwitnessed)
                    || gaps.iter().any(elsewhere)
                    || self.holders.untraced.contains(action)
            }
        }
    }

    /// Decides on one action of a statement.
    pub(super) fn action(&self, allow: &Allow<'_>, action: &ActionName, uses: &Uses) -> Decided {
        let whole = |verdict| Decided {
            verdict,
            kept: Kept::Whole,
            with_service: false,
            narrowed: Vec::new(),
            as_written: false,
        };
        let nothing = |verdict| Decided { kept: Kept::Nothing, ..whole(verdict) };
        if let Some((_, rule)) = self.holders.never_grant.iter().find(|(_, rule)| rule.action.matches(action)) {
            return nothing(GrantVerdict::NeverGranted { reason: rule.reason.clone() });
        }
        let is_elsewhere = uses.elsewhere.contains(action);
        let nowhere = BTreeMap::new();
        let uses = uses.by_action.get(action).unwrap_or(&nowhere);
        let is_used = uses.values().flatten().any(|one| !one.suspected);
        let is_suspected = !is_used && !uses.is_empty();
        let kept_by = self.keeping(allow, action);
        let on_all = |rule: &&&Keep| rule.resource.is_none() || allow.is_complement();
        if let Some(rule) = kept_by.iter().find(on_all) {
            return whole(GrantVerdict::KeptByRule { reason: rule.reason.clone() });
        }
        if !is_used
            && kept_by.is_empty()
            && let Some(boundary) = self.holders.outside_boundary(action)
        {
            return nothing(GrantVerdict::OutsideBoundary { boundary: boundary.to_owned() });
        }
        if let Some(young) = self.holders.young {
            let verdict = if is_used { GrantVerdict::Used { gaps: Vec::new() } } else { GrantVerdict::TooYoung(young) };
            return whole(verdict);
        }
        let entries = if allow.is_complement() { 1 } else { allow.entries.len() };
        let mut gaps: BTreeSet<Gap> = BTreeSet::new();
        let mut cells = Vec::new();
        for entry in 0..entries {
            let seen = self.observability(allow, entry, action, is_elsewhere);
            gaps.extend(seen.gaps().iter().cloned());
            let cell = {
                let of_entry = uses.get(&entry).map_or(&[][..], Vec::as_slice);
                self.cell(allow, entry, action, of_entry, &seen, is_used || is_suspected)
            };
            let kept = kept_by.iter().filter_map(|rule| rule.resource.as_ref());
            let cell = kept.fold(cell, |cell, kept| cell.and(allow, entry, kept, How::Exact));
            let (cell, open) = self.with_unsettled(allow, entry, action, cell);
            gaps.extend(open);
            cells.push(cell);
        }
        // A second witness keeps what would go; it knows of no resources.
        if !is_used
            && !cells.iter().all(|cell| matches!(cell, Cell::Keep))
            && let Some(on) = self.holders.accessed.on(action)
        {
            return whole(GrantVerdict::LastAccessed { on });
        }
        let gaps: Vec<Gap> = gaps.into_iter().collect();
        let verdict = match kept_by.first() {
            _ if is_used => GrantVerdict::Used { gaps },
            Some(rule) => GrantVerdict::KeptByRule { reason: rule.reason.clone() },
            None if is_suspected => {
                GrantVerdict::NotObservable { gaps: gaps.into_iter().chain([pass_role::suspected()]).collect() }
            }
            None if gaps.is_empty() => GrantVerdict::Unused,
            None => GrantVerdict::NotObservable { gaps },
        };
        if (is_used || is_suspected) && self.options.granularity != Granularity::Resource {
            return whole(verdict);
        }
        let as_written = (is_used || is_suspected)
            && cells.iter().enumerate().any(|(entry, cell)| {
                matches!(cell, Cell::Keep) && uses.get(&entry).is_some_and(|uses| is_narrower(allow, entry, uses))
            });
        if cells.iter().all(|cell| matches!(cell, Cell::Keep)) {
            return Decided { as_written, ..whole(verdict) };
        }
        let mut narrowed = Vec::new();
        let mut targets = BTreeSet::new();
        for (entry, cell) in cells.into_iter().enumerate() {
            match cell {
                Cell::Drop => {}
                Cell::Keep => {
                    targets.insert(Target { entry, pattern: None, condition: ConditionKeys::new() });
                }
                Cell::Narrow(all) => {
                    for (target, to) in all {
                        targets.insert(target);
                        narrowed.push(to);
                    }
                }
            }
        }
        narrowed.sort();
        narrowed.dedup();
        let kept = if targets.is_empty() { Kept::Nothing } else { Kept::On(targets) };
        Decided { verdict, kept, with_service: false, narrowed, as_written }
    }

    /// What stays of an entry, with all of it that may be of a type which calls left open.
    fn with_unsettled(&self, allow: &Allow<'_>, entry: usize, action: &ActionName, cell: Cell) -> (Cell, Option<Gap>) {
        let Some(open) = self.holders.unsettled.get(action) else { return (cell, None) };
        let mut partitions: Vec<&str> = self.holders.principals.iter().map(|who| unsettled::partition(who)).collect();
        partitions.dedup();
        let partition = if let [one] = partitions.as_slice() { one } else { "*" };
        let own = allow.entries.get(entry).and_then(|bound| bound.pattern.as_ref()).filter(|_| !allow.is_complement());
        let mut types = Vec::new();
        let mut cell = cell;
        for kind in open {
            for all in unsettled::all_of(self.catalog, action, kind, partition) {
                if own.is_some_and(|own| !own.overlaps(&all)) {
                    continue;
                }
                types.push((*kind).to_owned());
                cell = if own.is_some() { cell.and(allow, entry, &all, How::Unsettled) } else { Cell::Keep };
            }
        }
        types.dedup();
        let gap = || Gap { what: GapKind::UnsettledTypes { types: types.clone() }, inferred: false };
        (cell, (!types.is_empty()).then(gap))
    }

    /// The rules that keep the action, on some resource of the statement at least, for some of the holders.
    fn keeping(&self, allow: &Allow<'_>, action: &ActionName) -> Vec<&Keep> {
        let somewhere = |rule: &Keep| {
            if allow.is_complement() || allow.entries.is_empty() {
                return rule.speaks_of(action, None);
            }
            allow.entries.iter().any(|entry| rule.speaks_of(action, entry.pattern.as_ref()))
        };
        self.holders.keep.iter().map(|(_, rule)| *rule).filter(|rule| somewhere(rule)).collect()
    }

    /// Whether every use by every holder would be in the records.
    fn observability(&self, allow: &Allow<'_>, entry: usize, action: &ActionName, is_elsewhere: bool) -> Observability {
        let any = ResourcePattern::any();
        let pattern = match allow.entries.get(entry) {
            Some(bound) if !allow.is_complement() => bound.pattern.as_ref().unwrap_or(&any),
            _ => &any,
        };
        let mut worst = Observability::Full;
        for principal in self.holders.callers.values() {
            let seen = self.observation.of(principal, action, pattern);
            worst = match (worst, seen) {
                (worst, Observability::Full) => worst,
                (Observability::Full, seen) => seen,
                (worst, seen) => {
                    let gaps: BTreeSet<Gap> = worst.gaps().iter().chain(seen.gaps()).cloned().collect();
                    let partly = matches!((&worst, &seen), (Observability::Partly(_), Observability::Partly(_)));
                    let gaps = gaps.into_iter().collect();
                    if partly { Observability::Partly(gaps) } else { Observability::Not(gaps) }
                }
            };
        }
        if !worst.is_full() {
            return worst;
        }
        let unclear = |why| Observability::Partly(vec![Gap { what: GapKind::Unclear { why }, inferred: false }]);
        let (unnamed, unknown) = (&self.holders.passes_unnamed, &self.holders.unknown_writes);
        if !(unnamed.is_empty() && unknown.is_empty()) && pass_role::is_pass_role(action) {
            Observability::Partly(vec![pass_role::gap(unnamed, unknown)])
        } else if let Some(gap) = self.holders.calls.may_have_checked(self.catalog, action) {
            Observability::Partly(vec![gap])
        } else if is_elsewhere {
            unclear("it was used on something that no policy of today allows: what the records say may be misread")
        } else if self.holders.untraced.contains(action) {
            unclear("calls were let through that may have needed it, which no record shows")
        } else if self.holders.unmapped.contains(action.service()) {
            unclear("calls of the service were let through of which it is not known what they needed")
        } else {
            worst
        }
    }

    fn cell(
        &self,
        allow: &Allow<'_>,
        entry: usize,
        action: &ActionName,
        uses: &[Use],
        seen: &Observability,
        is_used: bool,
    ) -> Cell {
        if !seen.is_full() && self.keeps_unobservable(allow, action, seen.gaps()) {
            return Cell::Keep;
        }
        let known = match allow.entries.get(entry) {
            Some(bound) if !allow.is_complement() => bound.pattern.as_ref(),
            _ => None,
        };
        if uses.is_empty() {
            // What an entry matches that is not understood is not known, so it goes with the action or not at all.
            let understood = allow.is_complement() || known.is_some();
            return if understood || !is_used { Cell::Drop } else { Cell::Keep };
        }
        match known {
            Some(own) if !self.stays_as_written(action, own) => self.narrowed(allow, entry, action, uses, own),
            None if allow.is_complement() => self.outside(allow, action, uses),
            _ => Cell::Keep,
        }
    }

    /// Whether the entry is one that the policy's author scoped to names of their own. Such a pattern says for what the
    /// statement is meant, also for what is made tomorrow; only the exact mode puts today's names in its place.
    fn stays_as_written(&self, action: &ActionName, own: &ResourcePattern) -> bool {
        match self.options.generate.resources {
            ResourceMode::Exact => false,
            ResourceMode::Any => true,
            ResourceMode::Auto | ResourceMode::Type => {
                let (_, name) = name_of(self.catalog, action, own);
                name.chars().any(char::is_alphanumeric)
            }
        }
    }

    fn narrowed(
        &self,
        allow: &Allow<'_>,
        entry: usize,
        action: &ActionName,
        uses: &[Use],
        own: &ResourcePattern,
    ) -> Cell {
        let conditional = allow.statement.conditions.iter().any(|condition| pass_role::is_key(condition.key));
        let mut targets = Vec::new();
        for (condition, uses) in by_condition(action, uses, conditional) {
            let unresolved = |one: &Use| !one.whole || one.certainty == Certainty::Unresolved;
            if uses.iter().any(|one| unresolved(one) && !own.contains(&one.observed.pattern)) {
                return Cell::Keep;
            }
            let observed = Observed::united(uses.iter().map(|one| &one.observed));
            for granted in generalise(self.catalog, action, &observed, &self.holders.others, &self.options.generate) {
                let members: Vec<&ResourcePattern> =
                    observed.iter().map(|one| &one.pattern).filter(|one| granted.pattern.contains(one)).collect();
                let pattern = meet(&granted.pattern, own, &members);
                if pattern == *own && condition.is_empty() {
                    return Cell::Keep;
                }
                let target = Target { entry, pattern: Some(pattern.clone()), condition: condition.clone() };
                targets.push((target, self.narrowed_to(pattern, granted)));
            }
        }
        if targets.is_empty() { Cell::Keep } else { Cell::Narrow(targets) }
    }

    /// What takes the place of an entry, which is as wide as what is granted or narrower.
    fn narrowed_to(&self, pattern: ResourcePattern, granted: Granted) -> NarrowedTo {
        let Granted { how, guarded, behind, .. } = granted;
        let others = if how == How::Exact { 0 } else { self.holders.others.count(&pattern) };
        NarrowedTo { pattern, how, guarded, others, behind }
    }

    /// What was used of all that lies outside of the entries of a `NotResource`. Where no list of patterns says it, the
    /// `NotResource` stays.
    fn outside(&self, allow: &Allow<'_>, action: &ActionName, uses: &[Use]) -> Cell {
        if uses.iter().any(|one| !one.whole) || allow.entries.iter().any(|entry| entry.pattern.is_none()) {
            return Cell::Keep;
        }
        let clear = |pattern: &ResourcePattern| {
            !allow.entries.iter().filter_map(|entry| entry.pattern.as_ref()).any(|left_out| left_out.overlaps(pattern))
        };
        let observed = Observed::united(uses.iter().map(|one| &one.observed));
        let mut targets = Vec::new();
        for granted in generalise(self.catalog, action, &observed, &self.holders.others, &self.options.generate) {
            if !clear(&granted.pattern) || granted.pattern.is_any() {
                return Cell::Keep;
            }
            let pattern = granted.pattern.clone();
            let target = Target { entry: 0, pattern: Some(pattern.clone()), condition: ConditionKeys::new() };
            targets.push((target, self.narrowed_to(pattern, granted)));
        }
        if targets.is_empty() { Cell::Keep } else { Cell::Narrow(targets) }
    }
}

/// Whether the uses of an entry that stays are less than the entry.
fn is_narrower(allow: &Allow<'_>, entry: usize, uses: &[Use]) -> bool {
    let own = allow.entries.get(entry).and_then(|bound| bound.pattern.as_ref());
    own.is_some_and(|own| !own.is_any() && uses.iter().all(|one| one.observed.pattern != *own))
}

impl Cell {
    /// What stays, with what a rule keeps of the entry.
    fn and(self, allow: &Allow<'_>, entry: usize, kept: &ResourcePattern, how: How) -> Self {
        let Some(own) = allow.entries.get(entry).and_then(|bound| bound.pattern.as_ref()) else { return Self::Keep };
        if !own.overlaps(kept) {
            return self;
        }
        if !own.contains(kept) || kept.contains(own) {
            return Self::Keep;
        }
        let target = Target { entry, pattern: Some(kept.clone()), condition: ConditionKeys::new() };
        let to = NarrowedTo { pattern: kept.clone(), how, guarded: None, others: 0, behind: Behind::default() };
        match self {
            Self::Keep => Self::Keep,
            Self::Drop => Self::Narrow(vec![(target, to)]),
            Self::Narrow(mut all) => {
                all.push((target, to));
                Self::Narrow(all)
            }
        }
    }
}

/// The uses by the conditions that can be put on them: roles are passed to services.
fn by_condition<'u>(action: &ActionName, uses: &'u [Use], has_own: bool) -> BTreeMap<ConditionKeys, Vec<&'u Use>> {
    let mut by: BTreeMap<ConditionKeys, Vec<&Use>> = BTreeMap::new();
    let put = pass_role::is_pass_role(action) && !has_own;
    for one in uses {
        let told = !one.suspected && one.context.keys().all(|key| pass_role::is_key(key));
        let condition = if put && told { one.context.clone() } else { ConditionKeys::new() };
        by.entry(condition).or_default().push(one);
    }
    by
}

/// The resources that both patterns match, or more, but nothing outside of `own`, and all of the members.
fn meet(wide: &ResourcePattern, own: &ResourcePattern, members: &[&ResourcePattern]) -> ResourcePattern {
    let holds = |pattern: &ResourcePattern| {
        own.contains(pattern) && members.iter().all(|member| pattern.contains(member) || !own.contains(member))
    };
    if own.contains(wide) {
        return wide.clone();
    }
    let narrower = |wide: [&str; 6], own: [&str; 6]| -> Option<ResourcePattern> {
        let mut segments = own;
        for (at, segment) in segments.iter_mut().enumerate() {
            let mut with = own;
            *with.get_mut(at)? = wide.get(at)?;
            let one: Option<ResourcePattern> = with.join(":").parse().ok();
            let own: ResourcePattern = own.join(":").parse().ok()?;
            if one.is_some_and(|one| own.contains(&one)) {
                *segment = wide.get(at)?;
            }
        }
        segments.join(":").parse().ok()
    };
    let both = wide.segments().zip(own.segments()).and_then(|(wide, own)| narrower(wide, own));
    both.filter(holds).unwrap_or_else(|| own.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_patterns_share_is_never_more_than_the_own_one() {
        let pattern = |text: &str| text.parse::<ResourcePattern>().unwrap();
        let met =
            |wide: &str, own: &str, member: &str| meet(&pattern(wide), &pattern(own), &[&pattern(member)]).to_string();
        let member = "arn:aws:sqs:eu-west-1:1:jobs-a";
        assert_eq!(met("arn:aws:sqs:eu-west-1:1:jobs-*", "*", member), "arn:aws:sqs:eu-west-1:1:jobs-*");
        assert_eq!(
            met("arn:aws:sqs:*:*:jobs-*", "arn:aws:sqs:eu-west-1:1:*", member),
            "arn:aws:sqs:eu-west-1:1:jobs-*"
        );
        assert_eq!(met("arn:aws:sqs:*:*:jobs-*", "arn:aws:sqs:eu-*:1:j*-a", member), "arn:aws:sqs:eu-*:1:j*-a");
        assert_eq!(met("*", "arn:aws:sqs:eu-west-1:1:*", member), "arn:aws:sqs:eu-west-1:1:*");
    }
}
