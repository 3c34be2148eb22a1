//! From checked facts and rules to bytes.

use std::collections::BTreeMap;
use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

use super::Problems;
use super::facts::{FactAction, FactOperation, FactService, Facts};
use super::packed::{NEEDS_INPUT, PERMISSION_ONLY, PackedIndex, PackedOperation, PackedService, WITHDRAWN};

const LEVELS: [&str; 5] = ["List", "Read", "Write", "Tagging", "Permissions management"];

/// The index and all services.
pub fn facts(facts: &Facts) -> Result<Vec<u8>, Problems> {
    let mut blocks = Vec::new();
    let mut services = Vec::new();
    for (prefix, service) in &facts.services {
        let packed = pack(service).map_err(|problem| vec![format!("facts/{prefix}.facts: {problem}")])?;
        let block = section(&packed)?;
        let length = u32::try_from(block.len()).map_err(|error| vec![error.to_string()])?;
        services.push((prefix.as_str(), length));
        blocks.extend(block);
    }
    let count = |of: fn(&FactService) -> usize| {
        u32::try_from(facts.services.values().map(of).sum::<usize>()).map_err(|error| vec![error.to_string()])
    };
    let index = PackedIndex {
        sources: facts.sources.iter().map(|[name, version, what]| (&**name, &**version, &**what)).collect(),
        actions: count(|service| service.actions.len())?,
        resource_types: count(|service| service.types.len())?,
        operations: count(|service| service.operations.len())?,
        services,
    };
    let mut bytes = postcard::to_allocvec(&index).map_err(|error| vec![error.to_string()])?;
    bytes.extend(blocks);
    Ok(bytes)
}

/// A value, packed and deflated.
pub fn section<T: Serialize>(value: &T) -> Result<Vec<u8>, Problems> {
    let bytes = postcard::to_allocvec(value).map_err(|error| vec![error.to_string()])?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes).and_then(|()| encoder.finish()).map_err(|error| vec![error.to_string()])
}

fn pack(service: &FactService) -> Result<PackedService<'_>, String> {
    let mut packed = PackedService::default();
    for (name, value_type) in &service.keys {
        let place = place(&mut packed.value_types, value_type);
        packed.keys.push((name, small(place)?));
    }
    let mut sets = KeySets::new(service);
    for kind in &service.types {
        packed.type_names.push(&kind.name);
        packed.type_formats.push(kind.formats.iter().map(String::as_str).collect());
        packed.type_key_sets.push(sets.number(&kind.keys)?);
    }
    for action in &service.actions {
        packed.action_names.push(&action.name);
        packed.action_flags.push(flags(action)?);
        packed.action_key_sets.push(sets.number(&action.keys)?);
        let mut resources = Vec::new();
        for (name, required, keys) in &action.resources {
            let at = packed.type_names.iter().position(|kind| kind == name);
            let at = at.ok_or_else(|| format!("`{name}` is no resource type"))?;
            resources.push(number(at * 2 + usize::from(*required))?);
            packed.resource_key_sets.push(sets.number(keys)?);
        }
        packed.action_resources.push(resources);
        for members in &action.places {
            let numbers = members.iter().map(|member| number(place(&mut packed.members, member)));
            packed.resource_members.push(numbers.collect::<Result<_, _>>()?);
        }
        if !action.dependents.is_empty() {
            let dependents = action.dependents.iter().map(String::as_str).collect();
            packed.dependents.push((number(packed.action_names.len() - 1)?, dependents));
        }
    }
    packed.key_sets = sets.sets;
    pack_operations(service, &mut packed)?;
    Ok(packed)
}

/// An operation that is but an action's namesake takes one byte.
fn pack_operations<'a>(service: &'a FactService, packed: &mut PackedService<'a>) -> Result<(), String> {
    let mut plain = BTreeMap::new();
    for operation in &service.operations {
        let sdk_service = small(place(&mut packed.sdk_services, &operation.sdk_service))?;
        let FactOperation { name, unsigned, needs_input, http, .. } = operation;
        let namesake = service.action(name).is_some_and(|action| action.name == *name);
        if namesake && !unsigned && http.is_none() && !plain.contains_key(name.as_str()) {
            plain.insert(name.as_str(), (sdk_service + 1, *needs_input));
        } else {
            let http = http.as_ref().map(|(verb, path)| (verb.as_str(), path.as_str()));
            packed.operations.push(PackedOperation {
                name,
                sdk_service,
                unsigned: *unsigned,
                needs_input: *needs_input,
                http,
            });
        }
    }
    let code = |action: &FactAction| plain.get(action.name.as_str()).copied().unwrap_or((0, false));
    packed.action_operations = service.actions.iter().map(|action| code(action).0).collect();
    for (flags, action) in packed.action_flags.iter_mut().zip(&service.actions) {
        *flags |= if code(action).1 { NEEDS_INPUT } else { 0 };
    }
    Ok(())
}

fn flags(action: &FactAction) -> Result<u8, String> {
    let mut flags = 0;
    for level in &action.levels {
        let bit = LEVELS.iter().position(|known| known == level);
        flags |= 1 << bit.ok_or_else(|| format!("`{level}` is no access level"))?;
    }
    flags |= if action.permission_only { PERMISSION_ONLY } else { 0 };
    flags |= if action.withdrawn { WITHDRAWN } else { 0 };
    Ok(flags)
}

/// Numbers each distinct set of condition keys.
struct KeySets<'a> {
    keys: BTreeMap<&'a str, u16>,
    sets: Vec<Vec<u16>>,
    numbers: BTreeMap<Vec<u16>, u16>,
}

impl<'a> KeySets<'a> {
    fn new(service: &'a FactService) -> Self {
        let keys = service.keys.iter().zip(0..).map(|((name, _), at)| (name.as_str(), at)).collect();
        Self { keys, sets: Vec::new(), numbers: BTreeMap::new() }
    }

    fn number(&mut self, names: &[String]) -> Result<u16, String> {
        let place = |name: &String| {
            self.keys.get(name.as_str()).copied().ok_or_else(|| format!("`{name}` is no condition key of the service"))
        };
        let set = names.iter().map(place).collect::<Result<Vec<u16>, String>>()?;
        if let Some(known) = self.numbers.get(&set) {
            return Ok(*known);
        }
        let new = number(self.sets.len())?;
        self.sets.push(set.clone());
        self.numbers.insert(set, new);
        Ok(new)
    }
}

/// Where `name` stands in the list, at whose end it is put if it is new.
fn place<'a>(list: &mut Vec<&'a str>, name: &'a str) -> usize {
    list.iter().position(|known| *known == name).unwrap_or_else(|| {
        list.push(name);
        list.len() - 1
    })
}

fn small(number: usize) -> Result<u8, String> {
    u8::try_from(number).map_err(|error| error.to_string())
}

fn number(number: usize) -> Result<u16, String> {
    u16::try_from(number).map_err(|error| error.to_string())
}
