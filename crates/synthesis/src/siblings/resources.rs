//! On what an inferred action is granted: on what was created, as far as the records tell.

use std::collections::BTreeSet;

use tighten_catalog::{AccessLevel, Catalog, Handlers, Service};
use tighten_iam::{ActionName, ResourcePattern};

use crate::generate::Subject;
use crate::unsettled;
use crate::used::{Observed, Used};

/// The resources of an action that goes with a need that created something.
pub(super) fn resources(
    catalog: &'static Catalog,
    (subject, needs): (&Subject, &[&Used]),
    created: &Used,
    (handlers, action): (Handlers<'static>, &ActionName),
) -> BTreeSet<ResourcePattern> {
    let Some(service) = catalog.service(action.service()) else { return BTreeSet::new() };
    let Some(known) = service.action(action.name()) else { return BTreeSet::new() };
    if known.resources.is_empty() {
        return [ResourcePattern::any()].into();
    }
    if action.service() == "apigateway" {
        return below_apis(needs);
    }
    let types = known.resources.iter().flat_map(|one| unsettled::all_of(catalog, action, one.resource_type, "*"));
    let types: Vec<ResourcePattern> = types.collect();
    let fits = |pattern: &ResourcePattern| !pattern.is_any() && types.iter().any(|kind| kind.contains(pattern));
    let own: BTreeSet<ResourcePattern> = created.resources.iter().map(|one| one.pattern.clone()).filter(fits).collect();
    // What is created may be named by its type alone; the calls on it that follow know it better.
    let of_type: BTreeSet<&ActionName> = handlers.actions().map(|(action, _)| action).collect();
    let others =
        needs.iter().filter(|need| need.action.service() == action.service() && of_type.contains(&need.action));
    // What was in use before the first creation was not created by it.
    let since = created.resources.iter().filter_map(|one| one.days.first()).min();
    let is_later = |one: &&Observed| since.is_none_or(|since| one.days.first().is_none_or(|first| first >= since));
    let others = others.flat_map(|need| &need.resources).filter(is_later);
    let others: BTreeSet<ResourcePattern> = others.map(|one| one.pattern.clone()).filter(fits).collect();
    let plain = |patterns: &BTreeSet<ResourcePattern>| -> BTreeSet<ResourcePattern> {
        patterns.iter().filter(|pattern| !is_whole_type(pattern)).cloned().collect()
    };
    let (named, seen) = (plain(&own), plain(&others));
    if !named.is_empty() {
        return named;
    }
    if !seen.is_empty() {
        return seen;
    }
    let below = below(service, created, action);
    if !below.is_empty() {
        return below;
    }
    if !own.is_empty() {
        return own;
    }
    // What was created by its name is not what an action on another type is about.
    if created.resources.iter().any(|one| !is_whole_type(&one.pattern)) {
        return BTreeSet::new();
    }
    // Nothing tells more than the type of what was created. Every key guards something of its own.
    if action.service() == "kms" && known.access_level() >= AccessLevel::Write {
        return BTreeSet::new();
    }
    let mut required = known.resources.iter().filter(|one| one.required || known.resources.len() == 1);
    match required.next() {
        Some(kind) => whole_type(catalog, subject, created, action, kind.resource_type),
        None => BTreeSet::new(),
    }
}

/// All paths below the APIs that were called.
fn below_apis(needs: &[&Used]) -> BTreeSet<ResourcePattern> {
    let mut found = BTreeSet::new();
    for need in needs.iter().filter(|need| need.action.service() == "apigateway") {
        for one in &need.resources {
            let Some([_, partition, service, region, account, path]) = one.pattern.segments() else { continue };
            let mut parts = path.split('/').skip(1);
            let (Some(kind), Some(id)) = (parts.next(), parts.next()) else { continue };
            if kind == "tags" || id.is_empty() {
                continue;
            }
            let base = format!("/{kind}/{id}");
            for path in [base.clone(), format!("{base}/*")] {
                found.extend(ResourcePattern::new(partition, service, region, account, &path));
            }
        }
    }
    found
}

/// What is below the created resources: versions of a layer.
fn below(service: &Service, created: &Used, action: &ActionName) -> BTreeSet<ResourcePattern> {
    let formats = |of: &ActionName| {
        let taken = service.action(of.name()).map_or(&[][..], |known| &known.resources);
        let types = taken.iter().filter_map(|one| service.resource_type(one.resource_type));
        types.flat_map(|kind| kind.formats.iter().copied()).collect::<Vec<_>>()
    };
    let (above, own) = (formats(&created.action), formats(action));
    let mut found = BTreeSet::new();
    for rest in own.iter().flat_map(|own| above.iter().filter_map(|above| own.strip_prefix(above))) {
        let Some(separator) = rest.chars().next().filter(|c| [':', '/'].contains(c)) else { continue };
        for one in created.resources.iter().filter(|one| !one.pattern.is_any()) {
            found.extend(format!("{}{separator}*", one.pattern).parse::<ResourcePattern>());
        }
    }
    found
}

/// Whether nothing but the type is known.
fn is_whole_type(pattern: &ResourcePattern) -> bool {
    let name = pattern.segments().map_or("*", |[.., name]| name);
    pattern.is_any() || name.rsplit(['/', ':']).next() == Some("*")
}

fn whole_type(
    catalog: &'static Catalog,
    subject: &Subject,
    created: &Used,
    action: &ActionName,
    kind: &str,
) -> BTreeSet<ResourcePattern> {
    let need = Used { action: action.clone(), unsettled: vec![kind.to_owned()], ..created.clone() };
    let required = unsettled::required(catalog, &subject.principal, &need);
    if !required.is_empty() {
        return required.into_iter().map(|one| one.pattern).collect();
    }
    unsettled::all_of(catalog, action, kind, unsettled::partition(&subject.principal)).into_iter().collect()
}
