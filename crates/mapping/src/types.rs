//! The resource types of a service with their ARN formats taken apart, and which of them an ARN or a call names.

use tighten_catalog::{Action, Service};
use tighten_iam::Arn;

use crate::format::{Format, Recognised};
use crate::parameters::normalise;

/// A service's resource types, ready for recognising and filling.
#[derive(Debug)]
pub(crate) struct Types {
    types: Vec<Type>,
}

/// One resource type.
#[derive(Debug)]
pub(crate) struct Type {
    pub(crate) name: &'static str,
    /// The name as [`normalise`] writes it.
    pub(crate) normal: String,
    pub(crate) formats: Vec<Format>,
}

/// A type that an action takes, as far as one call is concerned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'t> {
    pub(crate) kind: &'t Type,
    pub(crate) required: bool,
    /// The event's name holds the type's name.
    pub(crate) named: bool,
}

impl Type {
    /// Whether an account has one resource of the type, in a region at most: Glue's catalog.
    pub(crate) fn is_only_one(&self) -> bool {
        self.formats.iter().all(|format| format.is_constant() && format.has_fixed_service())
    }
}

impl Types {
    pub(crate) fn of(service: &Service) -> Self {
        let types = service.resource_types.iter().map(|kind| Type {
            name: kind.name,
            normal: normalise(kind.name),
            formats: kind.formats.iter().filter_map(|text| Format::parse(text)).collect(),
        });
        Self { types: types.collect() }
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Type> {
        self.types.iter().find(|kind| kind.name == name)
    }

    /// The types whose format fits `arn` with the most literal text: `table/T/index/I` is an index, not a table.
    pub(crate) fn recognise<'t>(&'t self, arn: &'t Arn) -> Vec<(&'t Type, Recognised<'t>)> {
        let mut found: Vec<(&Type, Recognised<'t>)> = Vec::new();
        for kind in &self.types {
            let best = kind.formats.iter().filter_map(|format| format.recognise(arn)).max_by_key(|fit| fit.literal);
            found.extend(best.map(|fit| (kind, fit)));
        }
        let most = found.iter().map(|(_, fit)| fit.literal).max();
        found.retain(|(_, fit)| Some(fit.literal) == most);
        found
    }

    /// The types that `action` takes, or those in `only` if it is not empty.
    pub(crate) fn candidates<'t>(&'t self, action: &Action, only: &[&str], event: &str) -> Vec<Candidate<'t>> {
        let wanted = |name: &str| only.is_empty() || only.contains(&name);
        let mut found: Vec<Candidate<'t>> = action
            .resources
            .iter()
            .filter(|resource| wanted(resource.resource_type))
            .filter_map(|resource| {
                let kind = self.get(resource.resource_type)?;
                Some(Candidate { kind, required: resource.required, named: false })
            })
            .collect();
        if found.is_empty() {
            let kinds = only.iter().filter_map(|name| self.get(name));
            found.extend(kinds.map(|kind| Candidate { kind, required: true, named: false }));
        }
        let longest =
            found.iter().filter(|one| event.contains(&one.kind.normal)).map(|one| one.kind.normal.len()).max();
        for one in &mut found {
            one.named = event.contains(&one.kind.normal) && Some(one.kind.normal.len()) == longest;
        }
        found
    }
}
