//! What is known of an action before it is asked for a principal and resources.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::{Action, Catalog, RecordedCall, Service, Visibility};
use tighten_iam::{ActionName, ResourcePattern};
use tighten_trail::selectors::{Level, Selector, SelectorKind, Selectors};
use tighten_usage::Access;

use super::access::{Recorded, recorded};
use super::inferred::Inferred;
use super::region::is_global;

/// What shows the use of an action.
#[derive(Debug)]
pub(super) enum Sight {
    Never(String),
    Unknown,
    NoKnownCall,
    /// No call asks for it, so that there are no uses that could have been missed.
    NotChecked,
    Calls(Calls),
}

/// The calls that show the use of an action, grouped by what records them.
#[derive(Debug)]
pub(super) struct Calls {
    pub(super) groups: Vec<Group>,
    /// Whether all of them are recorded in the one region of global services.
    pub(super) global: bool,
    /// The ARNs of the resources that the action can name.
    pub(super) forms: Vec<ResourcePattern>,
}

/// Calls that the same selectors record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) kind: Kind,
    pub(super) access: Access,
    /// Selectors by place, with how many of the events they record as far as neither caller nor resource matters.
    pub(super) hits: Vec<(usize, Level)>,
    /// Without selectors: how many of the events the records tell to be recorded.
    pub(super) inferred: Option<Level>,
    /// What keeps the best selector from recording all.
    pub(super) miss: Miss,
    /// Where that is the event source: which.
    pub(super) sources: BTreeSet<String>,
}

/// The kind of events that calls leave.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Management,
    Data {
        resource_type: String,
        /// Further types that record such events if they came by a certain way.
        also: Vec<String>,
        /// The ARNs of such resources, where several types matter.
        arn: Option<ResourcePattern>,
        /// The call concerns a whole bucket, whose ARN is compared with a slash at its end.
        of_bucket: bool,
    },
}

/// What of a selector does not fit. Ordered by how far it fits otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Miss {
    Kind,
    Access,
    Source,
    Event(&'static str),
    Region,
    Identity,
    Resource,
    Nothing,
}

/// One service of the catalog with the sights of its actions, in their order.
pub(super) fn of_service(
    catalog: &'static Catalog,
    service: &'static Service,
    selectors: Option<&Selectors>,
    inferred: &Inferred<'_>,
) -> Box<[Sight]> {
    let sight = |action: &Action| {
        ActionName::new(service.prefix, action.name)
            .map_or(Sight::Unknown, |name| of_action(catalog, service, action, &name, selectors, inferred))
    };
    service.actions.iter().map(sight).collect()
}

fn of_action(
    catalog: &'static Catalog,
    service: &Service,
    action: &Action,
    name: &ActionName,
    selectors: Option<&Selectors>,
    inferred: &Inferred<'_>,
) -> Sight {
    let (management, types, never) = match catalog.rules().visibility(name) {
        Visibility::Unknown => return Sight::Unknown,
        Visibility::NoKnownCall => return Sight::NoKnownCall,
        Visibility::NotChecked { .. } => return Sight::NotChecked,
        Visibility::Never { why, inferred_from: None } => return Sight::Never(why),
        // As visible as the calls that it is inferred from.
        Visibility::Never { why, inferred_from: Some(_) } => (true, Vec::new(), Some(why)),
        Visibility::Management => (true, Vec::new(), None),
        Visibility::Data { resource_types } => (false, resource_types, None),
        Visibility::Either { resource_types } => (true, resource_types, None),
    };
    let mut calls = catalog.calls_showing(name);
    if calls.is_empty() {
        calls = types.iter().flat_map(|kind| unnamed(catalog, kind, action)).collect();
    }
    if calls.is_empty() {
        return never.map_or(Sight::Unknown, Sight::Never);
    }
    let forms = forms(service, action);
    let kinds = kinds(catalog, management, &types, &forms);
    let mut groups: BTreeMap<Group, BTreeSet<String>> = BTreeMap::new();
    for call in &calls {
        let of_call = catalog
            .rules()
            .prefix(&call.event_source)
            .and_then(|prefix| catalog.service(prefix)?.action(&call.event_name))
            .unwrap_or(action);
        let accesses = match recorded(&call.event_source, &call.event_name, of_call) {
            Recorded::Read => &[Access::Read][..],
            Recorded::Write => &[Access::Write],
            Recorded::Either => &[Access::Read, Access::Write],
        };
        for kind in &kinds {
            for access in accesses {
                let group = group(catalog, kind.clone(), *access, call, selectors, inferred);
                groups.entry(group).or_default().insert(call.event_source.clone());
            }
        }
    }
    let global = calls.iter().all(|call| catalog.rules().prefix(&call.event_source).is_some_and(is_global));
    let groups = groups.into_iter().map(|(group, sources)| Group { sources, ..group }).collect();
    Sight::Calls(Calls { groups, global, forms })
}

/// Data events of a type that no operation is named like.
fn unnamed(catalog: &Catalog, resource_type: &str, action: &Action) -> Vec<RecordedCall> {
    let Some(event) = catalog.rules().data_event(resource_type) else { return Vec::new() };
    let call = |source: &String| RecordedCall { event_source: source.clone(), event_name: action.name.to_owned() };
    event.event_sources.iter().map(call).collect()
}

fn forms(service: &Service, action: &Action) -> Vec<ResourcePattern> {
    let types = action.resources.iter().filter_map(|resource| service.resource_type(resource.resource_type));
    types.flat_map(|kind| &kind.formats).filter_map(|format| starred(format).parse().ok()).collect()
}

/// An ARN format with a `*` for each variable.
fn starred(format: &str) -> String {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        text.push_str(before);
        text.push('*');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    text + rest
}

fn kinds(catalog: &Catalog, management: bool, types: &[String], forms: &[ResourcePattern]) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = management.then_some(Kind::Management).into_iter().collect();
    let event = |kind: &String| catalog.rules().data_event(kind);
    let main_of = |kind: &String| event(kind)?.through.clone().filter(|main| types.contains(main));
    // Objects lie below buckets; access points have regions and accounts in their ARNs.
    let is_object = |form: &ResourcePattern| {
        form.segments().is_some_and(|[_, _, _, region, _, resource]| region.is_empty() && resource.contains('/'))
    };
    for kind in types.iter().filter(|kind| main_of(kind).is_none()) {
        let also = types.iter().filter(|other| main_of(other).as_ref() == Some(kind)).cloned().collect();
        let of_bucket = kind == "AWS::S3::Object" && !forms.is_empty() && !forms.iter().any(is_object);
        let arn = event(kind).and_then(|event| event.arn.as_deref()?.parse().ok()).filter(|_| types.len() > 1);
        kinds.push(Kind::Data { resource_type: kind.clone(), also, arn, of_bucket });
    }
    kinds
}

fn group(
    catalog: &Catalog,
    kind: Kind,
    access: Access,
    call: &RecordedCall,
    selectors: Option<&Selectors>,
    inferred: &Inferred<'_>,
) -> Group {
    let Some(selectors) = selectors else {
        let (level, miss) = inferred.level(&kind, access, &call.event_source);
        return Group { kind, access, hits: Vec::new(), inferred: Some(level), miss, sources: BTreeSet::new() };
    };
    let mut miss = Miss::Kind;
    let mut hits = Vec::new();
    for (at, selector) in selectors.rows().iter().enumerate() {
        let (level, missed) = fits(catalog, selector, &kind, access, call);
        miss = miss.max(missed);
        if level > Level::None {
            hits.push((at, level));
        }
    }
    Group { kind, access, hits, inferred: None, miss, sources: BTreeSet::new() }
}

/// How many events of the call a selector records, as far as neither caller nor resource matters.
fn fits(catalog: &Catalog, selector: &Selector, kind: &Kind, access: Access, call: &RecordedCall) -> (Level, Miss) {
    let (of_kind, also) = match (&selector.kind, kind) {
        (SelectorKind::Management, Kind::Management) => (true, false),
        (SelectorKind::Data(selected), Kind::Data { resource_type, also, .. }) => {
            let main = selected.contains(resource_type);
            (main, !main && also.iter().any(|kind| selected.contains(kind)))
        }
        _ => (false, false),
    };
    if !of_kind && !also {
        return (Level::None, Miss::Kind);
    }
    if !(if access == Access::Read { selector.reads } else { selector.writes }) {
        return (Level::None, Miss::Access);
    }
    if !selector.sources.iter().all(|source| source.pass(&call.event_source)) {
        return (Level::None, Miss::Source);
    }
    let name = call.event_name.as_str();
    if !selector.names.iter().all(|names| names.pass(name)) {
        return (Level::None, Miss::Event("eventName"));
    }
    let mut level = if also { Level::Some } else { Level::Full };
    let mut miss = if also { Miss::Resource } else { Miss::Nothing };
    let dated = |name: &str| format!("{name}20150331");
    let is_dated = call.event_source.starts_with("lambda.") || call.event_source.starts_with("cloudfront.");
    let undated = is_dated && catalog.rules().call(&call.event_source, &dated(name)).is_none();
    if undated && !selector.names.iter().all(|names| names.pass(&dated(name))) {
        (level, miss) = (level.min(Level::Some), miss.min(Miss::Event("eventName")));
    }
    if let Some(field) = selector.some_only {
        (level, miss) = (level.min(Level::Some), miss.min(Miss::Event(field)));
    }
    (level, miss)
}
