//! Those who hold a policy, and what their calls leave open.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, Effect, PolicyDocument, Principal};
use tighten_mapping::NoNeed;

use super::accessed::Accessed;
use super::current::Holder;
use super::options::{Keep, NarrowOptions, NeverGrant};
use super::verdict::Young;
use super::{NarrowInput, day, parents, pass_role};
use crate::generate::Subject;
use crate::observe::CallerClass;
use crate::others::Others;
use crate::unsettled;
use crate::used::Used;

/// Those who hold a policy.
#[derive(Clone, Default)]
pub(super) struct Holders<'a> {
    pub(super) principals: Vec<&'a Principal>,
    /// One of them for each class whose calls are recorded alike.
    pub(super) callers: BTreeMap<CallerClass, &'a Principal>,
    /// The rules in force that keep something for some of them, with their places among the options.
    pub(super) keep: Vec<(usize, &'a Keep)>,
    /// The rules that forbid something to all of them, likewise. What several hold goes for all of them or for none.
    pub(super) never_grant: Vec<(usize, &'a NeverGrant)>,
    /// The services that they used.
    pub(super) services: BTreeSet<&'a str>,
    /// The actions of calls of theirs that may pass roles which the records do not name.
    pub(super) passes_unnamed: BTreeSet<&'a ActionName>,
    /// Calls of theirs of which it is not known what they needed, and which may have passed a role.
    pub(super) unknown_writes: BTreeSet<&'a str>,
    /// The calls that they made.
    pub(super) calls: parents::Calls,
    /// The actions that may have been checked during these calls.
    pub(super) may_be_checked: BTreeSet<&'static ActionName>,
    /// What IAM's own records say of them.
    pub(super) accessed: Accessed,
    /// Why it is too early to take anything away.
    pub(super) young: Option<Young>,
    /// The resource types that calls left open, by action.
    pub(super) unsettled: BTreeMap<&'a ActionName, BTreeSet<&'a str>>,
    /// The services of which it is not known what some calls needed.
    pub(super) unmapped: BTreeSet<&'a str>,
    /// The actions that some calls may have needed, which nothing shows.
    pub(super) untraced: BTreeSet<&'static ActionName>,
    /// The boundaries of all of them, each once; none where somebody has none.
    pub(super) boundaries: Vec<(&'a str, &'a PolicyDocument)>,
    /// What only others used.
    pub(super) others: Others<'a>,
}

impl<'a> Holders<'a> {
    /// Those who hold a policy. `today` is the day that rules expire against.
    pub(super) fn of(input: &NarrowInput<'a>, policy: usize, options: &'a NarrowOptions, today: Option<Date>) -> Self {
        let own: Vec<&Holder<'a>> = input.holders.iter().filter(|holder| holder.policies.contains(&policy)).collect();
        let subjects = || own.iter().map(|holder| holder.subject);
        let needs = || subjects().flat_map(|subject| &subject.needs);
        let principals: Vec<&Principal> = subjects().map(|subject| &subject.principal).collect();
        let changed = input.policies.get(policy).and_then(|policy| policy.changed);
        let bounds = input.policies.get(policy).is_some_and(|policy| policy.bounds);
        let young = own.iter().find_map(|holder| young(input, holder, options, today));
        let grace = options.grace;
        let fresh = changed.map(day).filter(|changed| is_within(*changed, today, grace));
        let in_force = |rule: &Keep| !today.is_some_and(|today| rule.is_expired(today));
        let keeps = |rule: &Keep| in_force(rule) && principals.iter().any(|who| rule.principals.admits(who));
        let forbids = |rule: &NeverGrant| principals.iter().all(|who| rule.principals.admits(who));
        let calls = parents::Calls::of(input.catalog, needs());
        let others = input.paths.others.beside(principals.iter().copied());
        Self {
            callers: principals.iter().rev().map(|who| (input.observation.class_of(who), *who)).collect(),
            keep: options.keep.iter().enumerate().filter(|(_, rule)| keeps(rule)).collect(),
            never_grant: options.never_grant.iter().enumerate().filter(|(_, rule)| forbids(rule)).collect(),
            principals,
            services: needs().map(|need| need.action.service()).collect(),
            may_be_checked: calls.may_have_checked_any(input.catalog),
            calls,
            passes_unnamed: needs()
                .filter(|need| pass_role::may_pass_unnamed(input.catalog, need))
                .map(|need| &need.action)
                .collect(),
            young: bounds
                .then_some(Young::Boundary)
                .or(young)
                .or(fresh.map(|changed| Young::Policy { changed, grace })),
            accessed: accessed(input.catalog, &own, options),
            unsettled: unsettled::by_action(needs()),
            unknown_writes: unmapped_calls(subjects()).filter(|call| pass_role::may_write(call)).collect(),
            unmapped: unmapped_services(input.catalog, subjects()),
            untraced: untraced_actions(input.catalog, needs()),
            boundaries: boundaries(&own),
            others,
        }
    }

    /// The same holders as if they had called, of all services, this one at most, and none of its calls had left anything open but
    /// `unmapped` ones.
    pub(super) fn without_calls<'b>(&self, service: &'b str, called: bool, unmapped: bool) -> Holders<'b>
    where
        'a: 'b,
    {
        let only = |is: bool| is.then_some(service).into_iter().collect();
        Holders {
            callers: self.callers.clone(),
            keep: self.keep.clone(),
            never_grant: self.never_grant.clone(),
            accessed: self.accessed.clone(),
            young: self.young,
            boundaries: self.boundaries.clone(),
            services: only(called),
            unmapped: only(unmapped),
            ..Holders::default()
        }
    }

    /// The boundary that does not allow the action on anything, where that is so for everybody.
    pub(super) fn outside_boundary(&self, action: &ActionName) -> Option<&'a str> {
        let allows = |boundary: &PolicyDocument| {
            let mut allowing = boundary.statements.iter().filter(|statement| statement.effect == Effect::Allow);
            allowing.any(|statement| statement.action.matches(action))
        };
        let outside = self.boundaries.iter().all(|(_, boundary)| !allows(boundary));
        self.boundaries.first().filter(|_| outside).map(|(name, _)| *name)
    }
}

/// What IAM's own records say of the holders, each by what the trail shows of it.
fn accessed(catalog: &'static Catalog, holders: &[&Holder<'_>], options: &NarrowOptions) -> Accessed {
    let mut accessed = Accessed::default();
    for holder in holders {
        let subject = holder.subject;
        let Some(own) = options.last_accessed.get(&subject.principal) else { continue };
        let mut seen: BTreeSet<&str> = subject.needs.iter().map(|need| need.action.service()).collect();
        seen.extend(unmapped_services(catalog, [subject].into_iter()));
        accessed.add(own, &seen);
    }
    accessed
}

fn boundaries<'a>(holders: &[&Holder<'a>]) -> Vec<(&'a str, &'a PolicyDocument)> {
    let mut all: Vec<(&str, &PolicyDocument)> = Vec::new();
    for holder in holders {
        let Some((name, document)) = holder.boundary else { return Vec::new() };
        if !all.iter().any(|(other, text)| *other == name && *text == document) {
            all.push((name, document));
        }
    }
    all
}

/// The actions that calls may have needed beside what they are known to have needed: the tags of what was copied.
fn untraced_actions<'a>(
    catalog: &'static Catalog,
    needs: impl Iterator<Item = &'a Used>,
) -> BTreeSet<&'static ActionName> {
    let calls: BTreeSet<&str> = needs.flat_map(|need| &need.seen.calls).map(String::as_str).collect();
    let calls = calls.into_iter().filter_map(|call| call.split_once('/'));
    calls.flat_map(|(source, name)| catalog.rules().untraced_actions(source, name)).collect()
}

/// The services of calls that were let through without its being known what they needed.
fn unmapped_services<'a>(
    catalog: &'static Catalog,
    subjects: impl Iterator<Item = &'a Subject>,
) -> BTreeSet<&'static str> {
    let sources = unmapped_calls(subjects).filter_map(|call| call.split_once('/'));
    sources.filter_map(|(source, _)| catalog.rules().prefix(source)).collect()
}

/// The calls that were let through without its being known what they needed, as `eventSource/eventName`.
fn unmapped_calls<'a>(subjects: impl Iterator<Item = &'a Subject>) -> impl Iterator<Item = &'a str> {
    let unmapped = subjects.flat_map(|subject| &subject.unmapped);
    unmapped.filter(|one| one.reason != NoNeed::NoPermission).map(|one| one.call.as_str())
}

fn young(input: &NarrowInput<'_>, holder: &Holder<'_>, options: &NarrowOptions, today: Option<Date>) -> Option<Young> {
    let account: &Principal = &holder.subject.principal;
    let days = input.observation.days(account.account()).days;
    // Where there are no records at all, nothing was looked at.
    let needed = options.min_window.max(1);
    if days < needed {
        return Some(Young::Window { days, needed });
    }
    let created = holder.created.map(day).filter(|created| is_within(*created, today, options.grace))?;
    Some(Young::Principal { created, grace: options.grace })
}

fn is_within(date: Date, today: Option<Date>, days: usize) -> bool {
    let Some(today) = today else { return false };
    let days = i64::try_from(days).unwrap_or(i64::MAX);
    date.until(today).is_ok_and(|span| i64::from(span.get_days()) < days)
}
