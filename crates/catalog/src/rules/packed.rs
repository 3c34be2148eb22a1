//! How the rules lie in the binary: one section per kind, each unpacked on first use. Shared with the build script.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::types::{
    Alias, CallRule, DataEvent, DefaultValue, Ending, IdPrefix, Owner, PassRole, PathName, SelfCall, TagOnCreate,
    Visibility,
};

/// Lower-case prefix, then lower-case name of an operation or resource type.
pub(crate) type ByPrefix<T> = BTreeMap<String, BTreeMap<String, T>>;

/// Everything that an event source says about its events.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Sources {
    /// By lower-case event source.
    pub(crate) sources: BTreeMap<String, Source>,
    /// Suffixes of dated event names, longest first, by lower-case event source or `*`.
    pub(crate) dated: BTreeMap<String, Vec<String>>,
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
    pub(crate) calls: BTreeMap<String, BTreeMap<String, CallRule>>,
}

/// What a call needs beyond its own action.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Extras {
    pub(crate) pass_roles: ByPrefix<Vec<PassRole>>,
    pub(crate) tag_on_create: ByPrefix<Vec<TagOnCreate>>,
}

/// How resources are found in calls.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Resources {
    /// By lower-case prefix, the most particular rows first.
    pub(crate) aliases: BTreeMap<String, Vec<Alias>>,
    pub(crate) defaults: BTreeMap<String, Vec<DefaultValue>>,
    pub(crate) minted: BTreeMap<String, BTreeSet<String>>,
    pub(crate) self_calls: ByPrefix<SelfCall>,
    /// Longest first.
    pub(crate) id_prefixes: Vec<IdPrefix>,
    pub(crate) picks: ByPrefix<Vec<String>>,
    pub(crate) path_names: BTreeMap<String, Vec<PathName>>,
    pub(crate) endings: BTreeMap<String, Vec<Ending>>,
    pub(crate) owners: BTreeMap<String, Vec<Owner>>,
    /// By event source, `*` for all.
    pub(crate) opaque: BTreeMap<String, BTreeSet<String>>,
}

/// What CloudTrail can record.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Visibilities {
    pub(crate) data_events: Vec<DataEvent>,
    /// By lower-case action, where it is not a management event.
    pub(crate) actions: BTreeMap<String, Visibility>,
}
