//! The embedded catalog: an index, and services that are unpacked when asked for.

use std::sync::OnceLock;

use tighten_iam::ActionName;

use crate::intact;
use crate::model::{
    AccessLevel, Action, ActionResource, ArnFormat, CatalogInfo, CatalogSource, ConditionKey, Operation, ResourceType,
    Service,
};
use crate::packed::{NEEDS_INPUT, PERMISSION_ONLY, PackedIndex, PackedService, WITHDRAWN, inflate};
use crate::rules::{Rules, lower};
use crate::showing::ShownByRule;

static FACTS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/facts.bin"));

/// What AWS defines, and the rules that connect API calls to it.
#[derive(Debug)]
pub struct Catalog {
    info: CatalogInfo,
    /// Sorted by prefix.
    services: Vec<Slot>,
    rules: Rules,
    shown_by_rule: OnceLock<ShownByRule>,
}

#[derive(Debug)]
struct Slot {
    prefix: &'static str,
    block: &'static [u8],
    service: OnceLock<Service>,
}

impl Catalog {
    /// The catalog that this program was built with. The first call reads the index only.
    pub fn embedded() -> &'static Self {
        static CATALOG: OnceLock<Catalog> = OnceLock::new();
        CATALOG.get_or_init(|| intact(Self::read(FACTS)))
    }

    /// What the catalog was made from, and how much it holds.
    pub fn info(&self) -> &CatalogInfo {
        &self.info
    }

    /// All service prefixes, sorted.
    pub fn prefixes(&self) -> impl Iterator<Item = &'static str> {
        self.services.iter().map(|slot| slot.prefix)
    }

    /// The service of that prefix, ignoring ASCII case.
    pub fn service(&self, prefix: &str) -> Option<&Service> {
        let at = self.services.binary_search_by_key(&&*lower(prefix), |slot| slot.prefix).ok()?;
        let slot = self.services.get(at)?;
        Some(slot.service.get_or_init(|| intact(unpack(slot.prefix, slot.block))))
    }

    /// All services, sorted by prefix; this unpacks them all.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().filter_map(|slot| self.service(slot.prefix))
    }

    /// What is known about an action.
    pub fn action(&self, name: &ActionName) -> Option<&Action> {
        self.service(name.service())?.action(name.name())
    }

    /// The hand-kept rules.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    pub(crate) fn shown_by_rule(&self) -> &ShownByRule {
        self.shown_by_rule.get_or_init(|| self.read_shown_by_rule())
    }

    fn read(facts: &'static [u8]) -> Option<Self> {
        let (index, mut blocks) = postcard::take_from_bytes::<PackedIndex<'static>>(facts).ok()?;
        let mut services = Vec::with_capacity(index.services.len());
        for (prefix, length) in index.services {
            let (block, rest) = blocks.split_at_checked(length as usize)?;
            services.push(Slot { prefix, block, service: OnceLock::new() });
            blocks = rest;
        }
        let source = |(name, version, what): (&str, &str, &str)| CatalogSource {
            name: name.to_owned(),
            version: version.to_owned(),
            what: what.to_owned(),
        };
        let info = CatalogInfo {
            sources: index.sources.into_iter().map(source).collect(),
            services: services.len(),
            actions: index.actions as usize,
            resource_types: index.resource_types as usize,
            operations: index.operations as usize,
        };
        let rules = Rules::new(services.iter().map(|slot| slot.prefix).collect());
        Some(Self { info, services, rules, shown_by_rule: OnceLock::new() })
    }
}

fn unpack(prefix: &'static str, block: &[u8]) -> Option<Service> {
    // Leaked on purpose: at most once per service, for the life of the program, so that names need no copies.
    let bytes: &'static [u8] = inflate(block)?.leak();
    let packed: PackedService<'static> = postcard::from_bytes(bytes).ok()?;
    let condition_keys = condition_keys(&packed)?;
    let key_sets = key_sets(&packed, &condition_keys)?;
    let resource_types = resource_types(&packed, &key_sets)?;
    let actions = actions(&packed, &key_sets)?;
    let operations = operations(&packed, &actions)?;
    let formats = resource_types.iter().flat_map(|kind| kind.formats.iter().map(|format| (kind.name, format)));
    let arn_formats = formats.filter_map(|(name, format)| ArnFormat::new(name, format)).collect();
    Some(Service { prefix, actions, resource_types, condition_keys, operations, arn_formats })
}

type KeySets = Vec<Vec<&'static str>>;

fn condition_keys(packed: &PackedService<'static>) -> Option<Vec<ConditionKey>> {
    let key = |&(name, value_type): &(&'static str, u8)| {
        Some(ConditionKey { name, value_type: packed.value_types.get(usize::from(value_type))? })
    };
    packed.keys.iter().map(key).collect()
}

fn key_sets(packed: &PackedService<'static>, keys: &[ConditionKey]) -> Option<KeySets> {
    let name = |&at: &u16| keys.get(usize::from(at)).map(|key| key.name);
    packed.key_sets.iter().map(|set| set.iter().map(name).collect()).collect()
}

fn resource_types(packed: &PackedService<'static>, key_sets: &KeySets) -> Option<Vec<ResourceType>> {
    let columns = packed.type_names.iter().zip(&packed.type_formats).zip(&packed.type_key_sets);
    columns
        .map(|((name, formats), &set)| {
            let condition_keys = key_sets.get(usize::from(set))?.clone();
            Some(ResourceType { name, formats: formats.clone(), condition_keys })
        })
        .collect()
}

fn actions(packed: &PackedService<'static>, key_sets: &KeySets) -> Option<Vec<Action>> {
    let mut resource_sets = packed.resource_key_sets.iter();
    let mut members = packed.resource_members.iter();
    let member = |at: &u16| packed.members.get(usize::from(*at)).copied();
    let columns =
        packed.action_names.iter().zip(&packed.action_flags).zip(&packed.action_key_sets).zip(&packed.action_resources);
    let mut actions = Vec::with_capacity(packed.action_names.len());
    for (((name, &flags), &set), resources) in columns {
        let mut uses = Vec::with_capacity(resources.len());
        for code in resources {
            uses.push(ActionResource {
                resource_type: packed.type_names.get(usize::from(code >> 1))?,
                required: code & 1 == 1,
                condition_keys: key_sets.get(usize::from(*resource_sets.next()?))?.clone(),
                members: match resources.len() {
                    1 => Vec::new(),
                    _ => members.next()?.iter().map(member).collect::<Option<_>>()?,
                },
            });
        }
        let levels = AccessLevel::ALL.into_iter().filter(|level| flags >> (*level as u8) & 1 == 1);
        actions.push(Action {
            name,
            access_levels: levels.collect(),
            resources: uses,
            condition_keys: key_sets.get(usize::from(set))?.clone(),
            dependents: Vec::new(),
            permission_only: flags & PERMISSION_ONLY != 0,
            withdrawn: flags & WITHDRAWN != 0,
        });
    }
    for (at, dependents) in &packed.dependents {
        let parsed = dependents.iter().map(|name| name.parse().ok()).collect::<Option<_>>();
        actions.get_mut(usize::from(*at))?.dependents = parsed?;
    }
    Some(actions)
}

fn operations(packed: &PackedService<'static>, actions: &[Action]) -> Option<Vec<Operation>> {
    let sdk = |at: u8| packed.sdk_services.get(usize::from(at)).copied();
    let mut operations = Vec::with_capacity(actions.len());
    let columns = actions.iter().zip(&packed.action_operations).zip(&packed.action_flags);
    for ((action, &code), flags) in columns {
        if let Some(at) = code.checked_sub(1) {
            let sdk_service = sdk(at)?;
            operations.push(Operation {
                name: action.name,
                sdk_service,
                http: None,
                unsigned: false,
                needs_input: flags & NEEDS_INPUT != 0,
                is_action: true,
            });
        }
    }
    for other in &packed.operations {
        let is_action = actions.binary_search_by_key(&other.name.to_ascii_lowercase(), |a| a.name.to_ascii_lowercase());
        operations.push(Operation {
            name: other.name,
            sdk_service: sdk(other.sdk_service)?,
            http: other.http,
            unsigned: other.unsigned,
            needs_input: other.needs_input,
            is_action: is_action.is_ok(),
        });
    }
    operations.sort_by_cached_key(|operation| (operation.name.to_ascii_lowercase(), operation.sdk_service));
    Some(operations)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_small() {
        println!("facts: {} bytes", FACTS.len());
        assert!(FACTS.len() < 500 * 1024);
    }

    #[test]
    fn bytes_that_are_not_whole_are_no_catalog() {
        assert!(Catalog::read(&FACTS[..FACTS.len() - 1]).is_none());
        assert!(Catalog::read(&FACTS[..100]).is_none());
        let slot = &Catalog::embedded().services[0];
        assert!(unpack(slot.prefix, &slot.block[..slot.block.len() / 2]).is_none());
    }
}
