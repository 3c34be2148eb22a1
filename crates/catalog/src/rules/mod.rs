//! Looking rules up.

mod handlers;
pub(crate) mod packed;
mod place;
mod risk;
mod types;

use std::borrow::Cow;
use std::sync::OnceLock;

use foldhash::fast::RandomState;
use indexmap::{IndexMap, IndexSet};
use serde::Deserialize;
use tighten_iam::ActionName;

use handlers::PackedHandlers;
pub use handlers::{HandlerScope, HandlerVerb, HandlerVerbs, Handlers, PhysicalResource};
use packed::{ByPrefix, Calls, Extras, Resources, Source, Sources, Visibilities};
pub use place::leads_to;
use risk::Risks;
pub use risk::{Escalation, ListedRisk, RiskClass};
pub use types::{
    Alias, CallRule, Confidence, DataEvent, Decode, DefaultValue, Ending, IdPrefix, InferredFrom, NeedRule, NotPassed,
    On, Owner, Param, PassKind, PassRole, PathName, Predicate, SelfCall, SettledAs, SettledRule, TagOnCreate,
    Visibility,
};

use crate::intact;
use crate::packed::inflate;

/// By name, in the order in which the build script packs them. They are looked up for every new call.
type Map<T> = IndexMap<String, T, RandomState>;
type Set = IndexSet<String, RandomState>;

/// Endings of event sources; the first one is the usual one.
const SOURCE_ENDINGS: [&str; 3] = [".amazonaws.com", ".amazonaws.com.cn", ".aws.internal"];

/// The hand-kept rules: which permissions an API call needs, and where it names its resources.
///
/// Event sources, prefixes and names are looked up ignoring ASCII case.
#[derive(Debug)]
pub struct Rules {
    /// Service prefixes, sorted.
    prefixes: Vec<&'static str>,
    sources: Section<Sources>,
    calls: Section<Calls>,
    extras: Section<Extras>,
    resources: Section<Resources>,
    visibilities: Section<Visibilities>,
    risks: Section<Risks>,
    handlers: Section<PackedHandlers>,
}

impl Rules {
    pub(crate) fn new(prefixes: Vec<&'static str>) -> Self {
        Self {
            prefixes,
            sources: Section::new(include_bytes!(concat!(env!("OUT_DIR"), "/sources.bin"))),
            calls: Section::new(include_bytes!(concat!(env!("OUT_DIR"), "/calls.bin"))),
            extras: Section::new(include_bytes!(concat!(env!("OUT_DIR"), "/extras.bin"))),
            resources: Section::new(include_bytes!(concat!(env!("OUT_DIR"), "/resources.bin"))),
            visibilities: Section::new(include_bytes!(concat!(env!("OUT_DIR"), "/visibilities.bin"))),
            risks: Section::new(include_bytes!(concat!(env!("OUT_DIR"), "/risks.bin"))),
            handlers: Section::new(include_bytes!(concat!(env!("OUT_DIR"), "/handlers.bin"))),
        }
    }

    /// The service prefix of an event source; `None` for one that is unknown or has no permissions at all.
    pub fn prefix(&self, event_source: &str) -> Option<&str> {
        let event_source = canonical(event_source);
        if let Some(source) = self.sources.get().sources.get(&*event_source) {
            return source.prefix.as_deref();
        }
        let label = event_source.strip_suffix(SOURCE_ENDINGS[0])?.split('.').next()?;
        let at = self.prefixes.binary_search(&label).ok()?;
        self.prefixes.get(at).copied()
    }

    /// Further prefixes of an event source, to be tried after [`Rules::prefix`].
    pub fn also(&self, event_source: &str) -> &[String] {
        self.sources.get().sources.get(&*canonical(event_source)).map_or(&[], |source| &source.also)
    }

    /// Why no event of this source stands for a permission: a kebab-case word such as `sign-in`.
    pub fn source_without_permissions(&self, event_source: &str) -> Option<&str> {
        self.sources.get().sources.get(&*canonical(event_source))?.none.as_deref()
    }

    /// What a call needs, if there is a rule for it.
    pub fn call(&self, event_source: &str, event_name: &str) -> Option<&CallRule> {
        self.calls.get().calls.get(&*canonical(event_source))?.get(&*lower(event_name))
    }

    /// The actions that a call may have needed, which neither its record nor its outcome shows.
    pub fn untraced_actions(&self, event_source: &str, event_name: &str) -> impl Iterator<Item = &ActionName> {
        let rule = self.call(event_source, event_name).or_else(|| {
            let name = self.undated(event_source, event_name)?;
            self.call(event_source, name)
        });
        let needs = rule.map_or(&[][..], |rule| rule.needs.as_slice());
        needs.iter().filter(|need| need.untraced).map(|need| &need.action)
    }

    /// All rules for calls, by event source and name.
    pub fn calls(&self) -> impl Iterator<Item = &CallRule> {
        self.calls.get().calls.values().flat_map(Map::values)
    }

    /// The event name without its date (`ListFunctions20150331`), if it has one that this source is known to append.
    pub fn undated<'a>(&self, event_source: &str, event_name: &'a str) -> Option<&'a str> {
        let dated = &self.sources.get().dated;
        let suffixes = [dated.get(&*canonical(event_source)), dated.get("*")];
        suffixes.into_iter().flatten().flatten().find_map(|suffix| strip_dated(event_name, suffix))
    }

    /// The parameters of an operation that pass roles.
    pub fn pass_roles(&self, prefix: &str, operation: &str) -> &[PassRole] {
        by_prefix(&self.extras.get().pass_roles, prefix, operation).map_or(&[], Vec::as_slice)
    }

    /// The row that says why a role at a place of a request is not handed to a service.
    pub fn not_passed(&self, prefix: &str, operation: &str, place: &str) -> Option<&NotPassed> {
        let rows = &self.extras.get().not_passed;
        let all = [rows.get(&*lower(prefix)), rows.get("*")].into_iter().flatten().flatten();
        all.into_iter().find(|row| row.concerns(operation, place))
    }

    /// The parameters of an operation that tag what it creates.
    pub fn tag_on_create(&self, prefix: &str, operation: &str) -> &[TagOnCreate] {
        by_prefix(&self.extras.get().tag_on_create, prefix, operation).map_or(&[], Vec::as_slice)
    }

    /// The event sources under which calls of a service are recorded, sorted.
    pub fn event_sources(&self, prefix: &str) -> Vec<String> {
        let sources = &self.sources.get().sources;
        let of_prefix = |source: &Source| {
            let mut prefixes = source.prefix.iter().chain(&source.also);
            prefixes.any(|name| name.eq_ignore_ascii_case(prefix))
        };
        let ruled = sources.iter().filter(|(_, source)| of_prefix(source)).map(|(name, _)| name.clone());
        let mut found: Vec<String> = ruled.collect();
        let usual = format!("{}{}", prefix.to_ascii_lowercase(), SOURCE_ENDINGS[0]);
        if !sources.contains_key(&usual) && self.prefix(&usual).is_some() {
            found.push(usual);
        }
        found.sort();
        found.dedup();
        found
    }

    /// All calls during which an action is checked that has none of its own, as `event source/name`; none where they are
    /// not known to be all. That one of them was made does not tell whether the action was needed.
    pub fn checked_by(&self, action: &ActionName) -> &[String] {
        let key = action.to_string().to_ascii_lowercase();
        self.visibilities.get().checked_by.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The actions that are checked during calls of other names, in lower case.
    pub fn checked_actions(&self) -> impl Iterator<Item = &str> {
        self.visibilities.get().checked_by.keys().map(|action| &**action)
    }

    /// Service prefix and lower-case operation of every rule for passed roles.
    pub(crate) fn all_pass_roles(&self) -> impl Iterator<Item = (&str, &str, &[PassRole])> {
        all_by_prefix(&self.extras.get().pass_roles)
    }

    /// Service prefix and lower-case operation of every rule for tags on creation.
    pub(crate) fn all_tag_on_create(&self) -> impl Iterator<Item = (&str, &str, &[TagOnCreate])> {
        all_by_prefix(&self.extras.get().tag_on_create)
    }

    /// The parameters that fill a variable of a resource type's ARN format, the most particular rules first.
    pub fn aliases<'a>(
        &'a self,
        prefix: &str,
        operation: &'a str,
        resource_type: &'a str,
        variable: &'a str,
    ) -> impl Iterator<Item = &'a Alias> {
        let rows = self.resources.get().aliases.get(&*lower(prefix)).map_or(&[][..], Vec::as_slice);
        rows.iter().filter(move |row| {
            row.variable == variable
                && (row.types.is_empty() || row.types.iter().any(|name| name == resource_type))
                && names(&row.operations, operation)
        })
    }

    /// The value of a variable that no parameter fills.
    pub fn default_value(&self, prefix: &str, operation: &str, variable: &str) -> Option<&DefaultValue> {
        let rows = self.resources.get().defaults.get(&*lower(prefix))?;
        rows.iter().find(|row| row.variable == variable && names(&row.operations, operation))
    }

    /// Whether AWS chooses the names of new resources of this type.
    pub fn minted(&self, prefix: &str, resource_type: &str) -> bool {
        let types = self.resources.get().minted.get(&*lower(prefix));
        types.is_some_and(|types| types.contains(resource_type))
    }

    /// Whether no request names resources of this type but by their ARNs.
    pub fn unnamed(&self, prefix: &str, resource_type: &str) -> bool {
        let types = self.resources.get().unnamed.get(&*lower(prefix));
        types.is_some_and(|types| types.contains(resource_type))
    }

    /// How the ids of resource types begin, longest beginnings first.
    pub fn id_prefixes(&self) -> &[IdPrefix] {
        &self.resources.get().id_prefixes
    }

    /// The operation's rule for calls about the caller itself.
    pub fn self_call(&self, prefix: &str, operation: &str) -> Option<&SelfCall> {
        by_prefix(&self.resources.get().self_calls, prefix, operation)
    }

    /// The only resource types that the needs of this operation may name, if there is such a rule.
    pub fn pick(&self, prefix: &str, operation: &str) -> Option<&[String]> {
        by_prefix(&self.resources.get().picks, prefix, operation).map(Vec::as_slice)
    }

    /// How resources of a type are named whose ARN holds a path that calls do not name.
    pub fn path_name(&self, prefix: &str, resource_type: &str) -> Option<&PathName> {
        let rows = self.resources.get().path_names.get(&*lower(prefix))?;
        rows.iter().find(|row| row.types.iter().any(|name| name == resource_type))
    }

    /// What a policy has to write behind the name of a resource of this type, where IAM sees more than the name.
    pub fn ending(&self, prefix: &str, operation: &str, resource_type: &str) -> Option<&str> {
        let rows = self.resources.get().endings.get(&*lower(prefix))?;
        let row = rows.iter().find(|row| row.types.iter().any(|name| name == resource_type))?;
        let bare = row.except.iter().any(|name| name.eq_ignore_ascii_case(operation));
        (!bare).then_some(row.text.as_str())
    }

    /// The rules for whose resources of this type a call names, in the order in which to ask them.
    pub fn owners<'a>(&'a self, prefix: &str, resource_type: Option<&'a str>) -> impl Iterator<Item = &'a Owner> {
        let rows = self.resources.get().owners.get(&*lower(prefix)).map_or(&[][..], Vec::as_slice);
        let of_type = move |row: &&Owner| {
            row.types.is_empty() || resource_type.is_some_and(|kind| row.types.iter().any(|name| name == kind))
        };
        rows.iter().filter(of_type)
    }

    /// What is known of resource types of an action that a call names no resource of; the first row that says something of
    /// a type counts.
    pub fn settled<'a>(&'a self, prefix: &str, action: &'a str) -> impl Iterator<Item = &'a SettledRule> {
        let rows = self.resources.get().settled.get(&*lower(prefix)).map_or(&[][..], Vec::as_slice);
        rows.iter().filter(move |row| names(&row.actions, action))
    }

    /// Whether the values of a request parameter, of whatever is in it, tell no resource.
    pub fn is_opaque(&self, event_source: &str, parameter: &str) -> bool {
        self.opaque(event_source)(parameter)
    }

    /// Which request parameters of calls to a source [are opaque](Self::is_opaque).
    pub fn opaque<'a>(&'a self, event_source: &str) -> impl Fn(&str) -> bool + use<'a> {
        let opaque = &self.resources.get().opaque;
        let of_source = [opaque.get("*"), opaque.get(&*canonical(event_source))];
        move |parameter| {
            let name = lower(parameter);
            of_source.iter().flatten().any(|names| names.contains(&*name))
        }
    }

    /// Whether CloudTrail can record the use of an action of the catalog.
    pub fn visibility(&self, action: &ActionName) -> Visibility {
        let key = action.to_string().to_ascii_lowercase();
        self.visibilities.get().actions.get(&key).cloned().unwrap_or(Visibility::Management)
    }

    /// The data events of a resource type.
    pub fn data_event(&self, resource_type: &str) -> Option<&DataEvent> {
        self.data_events().iter().find(|event| event.resource_type == resource_type)
    }

    /// The resource types of data events.
    pub fn data_events(&self) -> &[DataEvent] {
        &self.visibilities.get().data_events
    }

    /// The ways of abusing permissions in which the action takes part, worst first. What they need `with` it is left out.
    pub fn escalations_of(&self, action: &ActionName) -> impl Iterator<Item = &Escalation> {
        let risks = self.risks.get();
        let places = risks.by_action.get(&action.to_string().to_ascii_lowercase());
        places.into_iter().flatten().filter_map(|&at| risks.escalations.get(at))
    }

    /// All known ways of abusing permissions, worst first.
    pub fn escalations(&self) -> &[Escalation] {
        &self.risks.get().escalations
    }

    /// The class of an action, if it is listed because its access level does not tell.
    pub fn listed_risk(&self, action: &ActionName) -> Option<&ListedRisk> {
        let risks = self.risks.get();
        risks.rows.get(*risks.listed.get(&action.to_string().to_ascii_lowercase())?)
    }
}

/// CloudFormation's handlers. Nothing of them is unpacked before one of these is called.
impl Rules {
    /// The handlers of a resource type such as `AWS::S3::Bucket`.
    pub fn handlers(&self, resource_type: &str) -> Option<Handlers<'_>> {
        Handlers::of(self.handlers.get(), resource_type)
    }

    /// The handlers of all resource types, sorted by type.
    pub fn all_handlers(&self) -> impl Iterator<Item = Handlers<'_>> {
        Handlers::each(self.handlers.get())
    }

    /// What handlers of a resource type call only with certain properties, or on something that these name.
    pub fn handler_scopes(&self, resource_type: &str) -> &[HandlerScope] {
        self.handlers.get().scopes.get(resource_type).map_or(&[], Vec::as_slice)
    }

    /// How IAM sees resources of a type, where its names do not tell.
    pub fn physical_resource(&self, resource_type: &str) -> Option<&PhysicalResource> {
        self.handlers.get().physical.get(resource_type)
    }
}

/// A section of the packed rules.
#[derive(Debug)]
struct Section<T> {
    bytes: &'static [u8],
    value: OnceLock<T>,
}

impl<T: for<'de> Deserialize<'de>> Section<T> {
    fn new(bytes: &'static [u8]) -> Self {
        Self { bytes, value: OnceLock::new() }
    }

    fn get(&self) -> &T {
        self.value.get_or_init(|| {
            let unpacked = inflate(self.bytes).and_then(|bytes| postcard::from_bytes(&bytes).ok());
            intact(unpacked)
        })
    }
}

/// Lower case, as names are looked up in it. Most have it already.
pub(crate) fn lower(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { name.to_ascii_lowercase().into() } else { name.into() }
}

/// Lower case, with the endings of other partitions replaced by the usual one.
fn canonical(event_source: &str) -> Cow<'_, str> {
    let lower = lower(event_source);
    if lower.ends_with(SOURCE_ENDINGS[0]) {
        return lower;
    }
    match SOURCE_ENDINGS.iter().find_map(|ending| lower.strip_suffix(ending)) {
        Some(name) => format!("{name}{}", SOURCE_ENDINGS[0]).into(),
        None => lower,
    }
}

fn by_prefix<'a, T>(rows: &'a ByPrefix<T>, prefix: &str, name: &str) -> Option<&'a T> {
    rows.get(&*lower(prefix))?.get(&*lower(name))
}

fn all_by_prefix<T>(rows: &ByPrefix<Vec<T>>) -> impl Iterator<Item = (&str, &str, &[T])> {
    rows.iter().flat_map(|(prefix, rows)| {
        rows.iter().map(move |(name, rules)| (prefix.as_str(), name.as_str(), rules.as_slice()))
    })
}

/// Whether the list is empty, which stands for all, or holds the name.
fn names(list: &[String], name: &str) -> bool {
    list.is_empty() || list.iter().any(|listed| listed.eq_ignore_ascii_case(name))
}

/// The name before a suffix in which `D` stands for a digit and everything else for itself.
fn strip_dated<'a>(name: &'a str, suffix: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(suffix.len())?;
    let (head, tail) = name.split_at_checked(at)?;
    let matches = tail.bytes().zip(suffix.bytes()).all(|(byte, pattern)| match pattern {
        b'D' => byte.is_ascii_digit(),
        _ => byte == pattern,
    });
    (matches && !head.is_empty()).then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_small_and_unpack() {
        let rules = Rules::new(Vec::new());
        let sections = [
            ("sources", rules.sources.bytes.len()),
            ("calls", rules.calls.bytes.len()),
            ("extras", rules.extras.bytes.len()),
            ("resources", rules.resources.bytes.len()),
            ("visibilities", rules.visibilities.bytes.len()),
            ("risks", rules.risks.bytes.len()),
        ];
        assert!(rules.handlers.bytes.len() < 120 * 1024, "{}", rules.handlers.bytes.len());
        println!("handlers: {} bytes", rules.handlers.bytes.len());
        println!("{sections:?}");
        assert!(sections.iter().map(|(_, length)| length).sum::<usize>() < 300 * 1024, "{sections:?}");
        rules.sources.get();
        rules.calls.get();
        rules.extras.get();
        rules.resources.get();
        rules.visibilities.get();
        rules.risks.get();
        rules.handlers.get();
    }

    #[test]
    fn event_sources_of_all_partitions_are_one() {
        for source in ["s3.amazonaws.com", "S3.AmazonAWS.com", "s3.amazonaws.com.cn", "s3.aws.internal"] {
            assert_eq!(canonical(source), "s3.amazonaws.com");
        }
        assert_eq!(canonical("elsewhere.example"), "elsewhere.example");
    }

    #[test]
    fn dates_are_stripped_only_in_the_known_form() {
        assert_eq!(strip_dated("ListFunctions20150331", "20DDDDDD"), Some("ListFunctions"));
        assert_eq!(strip_dated("AddPermission20150331v2", "20DDDDDDvD"), Some("AddPermission"));
        assert_eq!(strip_dated("CreateEnvironmentEC2", "20DDDDDD"), None);
        assert_eq!(strip_dated("ListFunctions19990331", "20DDDDDD"), None);
        assert_eq!(strip_dated("20150331", "20DDDDDD"), None);
        assert_eq!(strip_dated("é0150331", "20DDDDDD"), None);
    }
}
