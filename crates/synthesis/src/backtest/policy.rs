//! What a policy of an earlier date says to a need that came later.

use std::collections::BTreeMap;

use tighten_catalog::Catalog;
use tighten_iam::{Effect, PolicyDocument, Principal, ResourcePattern};
use tighten_trail::Via;
use tighten_usage::{NeedKey, PrincipalUsage};

use crate::generate::{Granteds, Subject, completed, generalised, is_service};
use crate::grant::implied_by;
use crate::options::Options;
use crate::paths::{Completed, EntityPaths};
use crate::replay::{Asked, CalledBy, Judge, Outcome};
use crate::used::Used;

/// A policy of an earlier date.
pub(super) trait EarlierPolicy {
    /// Whether it would have denied the need on that resource.
    fn denies(&self, need: &NeedKey, name: &ResourcePattern) -> bool;

    /// Whether it allows the need's action on anything.
    fn has_action(&self, need: &NeedKey) -> bool;
}

/// What would have been generated. The documents that are written give the same as the grants, and are left out.
pub(super) struct GeneratedPolicy<'a> {
    own: Granteds,
    /// What services did on the principal's behalf, for roles of theirs, by their prefixes.
    service_roles: BTreeMap<&'a str, Granteds>,
    paths: &'a EntityPaths,
}

impl<'a> GeneratedPolicy<'a> {
    pub(super) fn new(
        catalog: &'static Catalog,
        (principal, before): (&Principal, &PrincipalUsage),
        paths: &'a EntityPaths,
        (options, services): (&Options, &'a [String]),
    ) -> Self {
        let grants = |needs: &[Used]| {
            let needs = completed(needs, paths);
            generalised(catalog, &[(principal, needs.as_slice())], paths, options)
        };
        let mut subject = Subject::of(principal, before);
        let of_service = |service: &'a String| Some((service.as_str(), subject.split_service(service)?));
        let service_roles: BTreeMap<&str, Subject> = services.iter().filter_map(of_service).collect();
        let service_roles = service_roles.into_iter().map(|(service, its)| (service, grants(&its.needs))).collect();
        Self { own: grants(&subject.needs), service_roles, paths }
    }

    /// The grants for what was done by itself or by that service.
    fn grants(&self, need: &NeedKey) -> &Granteds {
        let its = |via: &str| self.service_roles.iter().find(|(service, _)| is_service(via, service));
        need.via.as_ref().and_then(|via| its(via.as_str())).map_or(&self.own, |(_, grants)| grants)
    }

    fn allows(&self, need: &NeedKey, name: &ResourcePattern) -> bool {
        let from = (need.action.clone(), BTreeMap::new());
        let of_action = self.grants(need).range(from..).take_while(|((action, _), _)| *action == need.action);
        let in_context = of_action.filter(|((_, condition), _)| implied_by(condition, &need.context));
        in_context.flat_map(|(_, granted)| granted).any(|granted| granted.pattern.contains(name))
    }
}

impl EarlierPolicy for GeneratedPolicy<'_> {
    fn denies(&self, need: &NeedKey, name: &ResourcePattern) -> bool {
        if !need.path_unknown {
            return !self.allows(need, name);
        }
        // One of them is the entity that is meant.
        match self.paths.complete(name) {
            Completed::Known(known) => !known.iter().any(|name| self.allows(need, name)),
            Completed::Guessed(both) => !both.iter().any(|name| self.allows(need, name)),
            Completed::Other => !self.allows(need, name),
        }
    }

    fn has_action(&self, need: &NeedKey) -> bool {
        self.grants(need).keys().any(|(action, _)| *action == need.action)
    }
}

/// What would have been left of the policies of today. What these do not allow, nothing that is made of them could.
pub(super) struct NarrowedPolicy<'a> {
    pub(super) current: Judge<'a>,
    pub(super) narrowed: Judge<'a>,
}

impl EarlierPolicy for NarrowedPolicy<'_> {
    fn denies(&self, need: &NeedKey, name: &ResourcePattern) -> bool {
        let asked = Asked {
            action: need.action.clone(),
            resource: name.clone(),
            certainty: need.certainty,
            path_unknown: need.path_unknown,
            context: need.context.clone(),
            called_by: CalledBy::of(need.via.as_ref().map(Via::as_str), self.current.principal()),
        };
        self.narrowed.judge(&asked).outcome() == Outcome::Denied && self.current.judge(&asked).is_allowed()
    }

    fn has_action(&self, need: &NeedKey) -> bool {
        patterns(self.narrowed.documents(), need).next().is_some()
    }
}

/// What the documents allow the need's action on.
pub(super) fn patterns<'d>(
    documents: &'d [PolicyDocument],
    need: &NeedKey,
) -> impl Iterator<Item = &'d ResourcePattern> {
    let statements = documents.iter().flat_map(|document| &document.statements);
    let allow =
        statements.filter(|statement| statement.effect == Effect::Allow && statement.action.matches(&need.action));
    allow.filter(|statement| !statement.resource.is_negated()).flat_map(|statement| statement.resource.patterns())
}
