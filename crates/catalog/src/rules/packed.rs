//! How the rules lie in the binary: one section per kind, each unpacked on first use. Shared with the build script.

use serde::{Deserialize, Serialize};

use super::types::{
    Alias, CallRule, DataEvent, DefaultValue, Ending, IdPrefix, NotPassed, Owner, PassRole, PathName, SelfCall,
    SettledRule, TagOnCreate, Visibility,
};
use super::{Map, Set};

/// Lower-case prefix, then lower-case name of an operation or resource type.
pub(crate) type ByPrefix<T> = Map<Map<T>>;

/// Everything that an event source says about its events.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sources {
    /// By lower-case event source.
    pub(crate) sources: Map<Source>,
    /// Suffixes of dated event names, longest first, by lower-case event source or `*`.
    pub(crate) dated: Map<Vec<String>>,
}

/// An event source that breaks the default rule.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Source {
    pub(crate) prefix: Option<String>,
    pub(crate) also: Vec<String>,
    pub(crate) none: Option<String>,
}

/// By lower-case event source, then lower-case event name.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Calls {
    pub(crate) calls: Map<Map<CallRule>>,
}

/// What a call needs beyond its own action.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Extras {
    pub(crate) pass_roles: ByPrefix<Vec<PassRole>>,
    /// By prefix, `*` for all.
    pub(crate) not_passed: Map<Vec<NotPassed>>,
    pub(crate) tag_on_create: ByPrefix<Vec<TagOnCreate>>,
}

/// How resources are found in calls.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Resources {
    /// By lower-case prefix, the most particular rows first.
    pub(crate) aliases: Map<Vec<Alias>>,
    pub(crate) defaults: Map<Vec<DefaultValue>>,
    pub(crate) minted: Map<Set>,
    pub(crate) unnamed: Map<Set>,
    pub(crate) self_calls: ByPrefix<SelfCall>,
    /// Longest first.
    pub(crate) id_prefixes: Vec<IdPrefix>,
    pub(crate) picks: ByPrefix<Vec<String>>,
    pub(crate) path_names: Map<Vec<PathName>>,
    pub(crate) endings: Map<Vec<Ending>>,
    pub(crate) owners: Map<Vec<Owner>>,
    /// By lower-case prefix, in the order in which they are asked.
    pub(crate) settled: Map<Vec<SettledRule>>,
    /// By event source, `*` for all.
    pub(crate) opaque: Map<Set>,
}

/// What CloudTrail can record.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Visibilities {
    pub(crate) data_events: Vec<DataEvent>,
    /// By lower-case action, where it is not a management event.
    pub(crate) actions: Map<Visibility>,
    /// By lower-case action: all calls during which it is checked, as `event source/name`.
    pub(crate) checked_by: Map<Vec<String>>,
}
