//! How the facts lie in the binary. Shared with the build script, which writes what this reads.
//!
//! An index, then one deflated block per service. Within a block things stand in columns, and condition keys in
//! numbered sets, because that deflates best.

use std::io::Read;

use serde::{Deserialize, Serialize};

/// Where the blocks of the services are.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PackedIndex<'a> {
    /// Name, version and contribution of each package that the facts come from.
    #[serde(borrow)]
    pub(crate) sources: Vec<(&'a str, &'a str, &'a str)>,
    pub(crate) actions: u32,
    pub(crate) resource_types: u32,
    pub(crate) operations: u32,
    /// Prefix and block length, sorted by prefix; the blocks follow the index in this order.
    #[serde(borrow)]
    pub(crate) services: Vec<(&'a str, u32)>,
}

/// One service. Numbers are places in the lists of the same struct.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PackedService<'a> {
    #[serde(borrow)]
    pub(crate) value_types: Vec<&'a str>,
    /// Name and value type.
    #[serde(borrow)]
    pub(crate) keys: Vec<(&'a str, u8)>,
    pub(crate) key_sets: Vec<Vec<u16>>,

    #[serde(borrow)]
    pub(crate) type_names: Vec<&'a str>,
    #[serde(borrow)]
    pub(crate) type_formats: Vec<Vec<&'a str>>,
    pub(crate) type_key_sets: Vec<u16>,

    #[serde(borrow)]
    pub(crate) action_names: Vec<&'a str>,
    /// Bits 0 to 4: access levels; then [`PERMISSION_ONLY`], [`WITHDRAWN`] and [`NEEDS_INPUT`].
    pub(crate) action_flags: Vec<u8>,
    pub(crate) action_key_sets: Vec<u16>,
    /// Twice the resource type, plus one if it is required.
    pub(crate) action_resources: Vec<Vec<u16>>,
    /// Key sets of all the `action_resources`, in their order.
    pub(crate) resource_key_sets: Vec<u16>,
    /// Members of requests that have room for resources: their names, or with the name around them.
    #[serde(borrow)]
    pub(crate) members: Vec<&'a str>,
    /// Which of them have room for each of the `action_resources` of actions that take several, in their order.
    pub(crate) resource_members: Vec<Vec<u16>>,
    /// Action and what it depends on.
    #[serde(borrow)]
    pub(crate) dependents: Vec<(u16, Vec<&'a str>)>,

    #[serde(borrow)]
    pub(crate) sdk_services: Vec<&'a str>,
    /// For each action one more than the SDK service that has a plain operation of exactly that name, or 0.
    pub(crate) action_operations: Vec<u8>,
    /// The other operations.
    #[serde(borrow)]
    pub(crate) operations: Vec<PackedOperation<'a>>,
}

/// An operation that is no action, or has more to say than its name.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PackedOperation<'a> {
    pub(crate) name: &'a str,
    pub(crate) sdk_service: u8,
    pub(crate) unsigned: bool,
    pub(crate) needs_input: bool,
    #[serde(borrow)]
    pub(crate) http: Option<(&'a str, &'a str)>,
}

/// See [`PackedService::action_flags`].
pub(crate) const PERMISSION_ONLY: u8 = 1 << 5;
/// See [`PackedService::action_flags`].
pub(crate) const WITHDRAWN: u8 = 1 << 6;
/// The plain operation of the action's name needs input. See [`PackedService::action_flags`].
pub(crate) const NEEDS_INPUT: u8 = 1 << 7;

/// Undoes raw deflate. `None`: the bytes are not whole.
pub(crate) fn inflate(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut unpacked = Vec::with_capacity(bytes.len() * 6);
    flate2::read::DeflateDecoder::new(bytes).read_to_end(&mut unpacked).ok()?;
    Some(unpacked)
}
