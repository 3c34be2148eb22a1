//! A statement's grants, brought together where the same is known of them.

use std::collections::BTreeMap;
use std::slice;
use std::sync::Arc;

use tighten_catalog::{AccessLevel, Catalog};

use super::Step;
use super::allow::Allow;
use super::decisions::ServiceDecisions;
use super::effect::{Giver, Givers};
use super::facts::level_of;
use super::result::GrantGroup;
use super::verdict::GrantVerdict;

/// The groups of a statement's grants, by service and within a service by access level and what is known.
///
/// Most services of a wide statement are used by nobody, and what is known of their grants is the same for many principals. What
/// [`Narrower`](super::Narrower) makes shares the groups of such services: the same `Arc` stands in the statements of all of
/// them, so that a reader can show it once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GrantGroups {
    services: Arc<[Arc<[GrantGroup]>]>,
}

impl GrantGroups {
    /// The groups of each service, by the name of the service.
    pub fn services(&self) -> &[Arc<[GrantGroup]>] {
        &self.services
    }

    /// All groups.
    pub fn iter(&self) -> Iter<'_> {
        self.services.iter().flat_map(groups_of)
    }

    /// Those of a statement. `givers` are the narrowed policies of all who hold it.
    pub(super) fn of(catalog: &'static Catalog, step: &Step<'_>, givers: &Givers, details: bool) -> Self {
        let make = || Self::new(step.decided.services().iter().map(|one| shared(catalog, one, step, givers, details)));
        let [without, with] = &step.decided.groups;
        if givers.give_of_any(&step.allow.actions) {
            return make();
        }
        let known = if details { with } else { without };
        known.get_or_init(make).clone()
    }

    fn new(services: impl Iterator<Item = Arc<[GrantGroup]>>) -> Self {
        let mut services: Vec<Arc<[GrantGroup]>> = services.collect();
        services.sort_by(|one, other| service_of(one).cmp(service_of(other)));
        Self { services: services.into() }
    }
}

/// The groups of a service's grants.
fn shared(
    catalog: &'static Catalog,
    service: &ServiceDecisions,
    step: &Step<'_>,
    givers: &Givers,
    details: bool,
) -> Arc<[GrantGroup]> {
    let make = |givers| of_service(catalog, service, &step.allow, givers, details).into();
    let [without, with] = &service.groups;
    if givers.give_of(&service.actions.prefix) {
        return make(Some(givers));
    }
    let known = if details { with } else { without };
    Arc::clone(known.get_or_init(|| make(None)))
}

type Iter<'g> = std::iter::FlatMap<
    slice::Iter<'g, Arc<[GrantGroup]>>,
    slice::Iter<'g, GrantGroup>,
    fn(&'g Arc<[GrantGroup]>) -> slice::Iter<'g, GrantGroup>,
>;

fn groups_of(service: &Arc<[GrantGroup]>) -> slice::Iter<'_, GrantGroup> {
    service.iter()
}

fn service_of(groups: &[GrantGroup]) -> &str {
    groups.first().map_or("", |group| &group.service)
}

impl<'g> IntoIterator for &'g GrantGroups {
    type Item = &'g GrantGroup;
    type IntoIter = Iter<'g>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl FromIterator<GrantGroup> for GrantGroups {
    fn from_iter<I: IntoIterator<Item = GrantGroup>>(groups: I) -> Self {
        let mut services: Vec<Vec<GrantGroup>> = Vec::new();
        for group in groups {
            match services.last_mut() {
                Some(own) if own.first().is_some_and(|first| first.service == group.service) => own.push(group),
                _ => services.push(vec![group]),
            }
        }
        Self { services: services.into_iter().map(Arc::from).collect() }
    }
}

/// What keeps groups apart.
type GroupKey<'k> = (Option<AccessLevel>, Known<'k>, bool, bool, Option<Giver>);

/// A verdict, or as much of it as keeps groups of grants that go apart.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Known<'k> {
    Verdict(&'k GrantVerdict),
    Codes(&'static str, Vec<&'static str>),
}

impl<'k> Known<'k> {
    fn of(verdict: &'k GrantVerdict) -> Self {
        match verdict {
            GrantVerdict::NotObservable { gaps } => {
                let mut codes: Vec<&str> = gaps.iter().map(|gap| gap.what.code()).collect();
                codes.sort_unstable();
                codes.dedup();
                Self::Codes(verdict.code(), codes)
            }
            other => Self::Verdict(other),
        }
    }
}

/// How many actions of a group are named where details are not asked for.
const NAMED: usize = 12;

fn of_service(
    catalog: &'static Catalog,
    service: &ServiceDecisions,
    allow: &Allow<'_>,
    givers: Option<&Givers>,
    details: bool,
) -> Vec<GrantGroup> {
    let mut groups: BTreeMap<GroupKey<'_>, GrantGroup> = BTreeMap::new();
    for (action, decided) in service.iter() {
        let kept = decided.stays();
        let told = kept || details;
        let no_effect = givers.filter(|_| !kept).and_then(|givers| givers.gives(allow, action));
        let level = told.then(|| level_of(catalog, action));
        let known = if told { Known::Verdict(&decided.verdict) } else { Known::of(&decided.verdict) };
        let key = (level, known, kept, decided.with_service, no_effect);
        let group = groups.entry(key).or_insert_with(|| GrantGroup {
            service: action.service().to_owned(),
            level,
            verdict: decided.verdict.clone(),
            kept,
            with_service: decided.with_service,
            no_effect,
            count: 0,
            actions: Vec::new(),
        });
        group.count += 1;
        if details || (kept && group.actions.len() < NAMED) {
            group.actions.push(action.as_ref().clone());
        }
    }
    groups.into_values().collect()
}
