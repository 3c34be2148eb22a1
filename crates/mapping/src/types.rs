//! The resource types of a service with their ARN formats taken apart, and which of them an ARN or a call names.

use tighten_catalog::{Action, Service};
use tighten_iam::Arn;

use crate::facts::speaks_of;
use crate::format::{Format, Recognised};
use crate::parameters::normalise;
use crate::values::{is_assigned, stem};

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

impl Type {
    /// Whether resources of the type go by an id, as told by the variable's name. `ResourceId` says too little: some
    /// formats call a name so.
    pub(crate) fn has_assigned_id(&self) -> bool {
        let own = |format: &Format| format.variables().last().map(normalise);
        self.formats.iter().filter_map(own).any(|own| own != "resourceid" && is_assigned(&own))
    }

    /// The variables that hold the resource's own name: the last one with a name in it, and the last one.
    pub(crate) fn own_names(&self) -> impl DoubleEndedIterator<Item = &str> {
        let format = self.formats.first();
        // A name of something else is that of what the resource is a part of.
        let names_it = |name: &&str| {
            let stem = stem(name);
            normalise(name).contains("name") && (self.normal.starts_with(&stem) || self.normal.ends_with(&stem))
        };
        let named = format.and_then(|format| format.variables().filter(names_it).last());
        let last = format.and_then(|format| format.variables().last());
        last.into_iter().chain(named)
    }

    /// Whether ARNs of `part` begin like those of this type: a version of a function, an alias of a state machine.
    pub(crate) fn begins(&self, part: &Self) -> bool {
        self.formats.iter().any(|own| part.formats.iter().any(|format| own.begins(format)))
    }
}

/// Whether a variable is an id by its name. Some formats call a path `ResourceId`, and a secret's id is its name.
fn is_plain_id(variable: &str) -> bool {
    let normal = normalise(variable);
    normal.ends_with("id") && !["resourceid", "secretid"].contains(&normal.as_str())
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
        // An id holds no slash: what goes on behind one is a part of the resource, of a type that the catalog does not have.
        found.retain(|(_, fit)| {
            fit.variables.last().is_none_or(|(name, value)| !value.contains('/') || !is_plain_id(name))
        });
        let most = found.iter().map(|(_, fit)| fit.literal).max();
        found.retain(|(_, fit)| Some(fit.literal) == most);
        found
    }

    /// The types that `action` takes, or those in `only` if it is not empty.
    pub(crate) fn candidates<'t>(&'t self, action: &Action, only: &[&str], operation: &str) -> Vec<Candidate<'t>> {
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
        for one in &mut found {
            one.named = speaks_of(operation, &one.kind.normal);
        }
        let longest = found.iter().filter(|one| one.named).map(|one| one.kind.normal.len()).max();
        for one in &mut found {
            one.named &= Some(one.kind.normal.len()) == longest;
        }
        found
    }
}
