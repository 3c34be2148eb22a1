//! What an error message names: AWS's own words, which beat every other source.

use std::collections::BTreeMap;

use tighten_catalog::{Action, Decode, Service};
use tighten_iam::{ActionName, Arn, ResourcePattern, escape_literal};

use crate::action::Mapper;
use crate::call::{Call, NamedResource};
use crate::facts::Facts;
use crate::need::{Certainty, Need};
use crate::parameters::normalise;
use crate::resolve::{Resolved, Resolver};
use crate::types::{Candidate, Types};
use crate::values::{Lookup, is_assigned, secret};

/// What decided the resources of such a need.
const MESSAGE: &str = "message";

/// What a refused call wanted: the action that the message names, and nothing else. Of what the call needs beside it
/// nobody knows whether it would have been allowed.
pub(crate) fn wanted(mapper: &Mapper, call: &Call<'_>, action: &ActionName) -> Vec<Need> {
    let named = call.named.and_then(|named| named.resource);
    if named.is_none() {
        let own = mapper.own_needs(call).into_needs().into_iter().filter(|need| need.action == *action);
        let own: Vec<Need> = own.map(|need| Need { suspected: false, ..need }).collect();
        if !own.is_empty() {
            return own;
        }
    }
    let service = mapper.catalog().service(action.service());
    let known = service.and_then(|service| Some((service, service.action(action.name())?)));
    let resolved = match known {
        Some((service, known)) => NamedAction { mapper, call, service, action: known }.resolve(named),
        // Newer than the catalog: what AWS says is all there is.
        None => named.and_then(|resource| literal(call, resource)).unwrap_or_else(Resolved::unresolved),
    };
    let resources: Vec<ResourcePattern> = resolved.patterns.iter().filter_map(|text| text.parse().ok()).collect();
    let lost = resources.is_empty();
    let spelled = known.and_then(|(service, action)| ActionName::new(service.prefix, action.name).ok());
    vec![Need {
        action: spelled.unwrap_or_else(|| action.clone()),
        resources: if lost { vec![ResourcePattern::any()] } else { resources },
        context: BTreeMap::new(),
        certainty: if lost { Certainty::Unresolved } else { resolved.certainty },
        unsettled: Vec::new(),
        rule: resolved.rule,
        path_unknown: resolved.path_unknown,
        suspected: false,
    }]
}

/// A resource that needs no catalog to be understood.
fn literal(call: &Call<'_>, resource: NamedResource<'_>) -> Option<Resolved> {
    match resource {
        NamedResource::Any => Some(Resolved::exact(vec!["*".to_owned()], MESSAGE)),
        // A message may itself speak of `instance/*`; its wildcard is one.
        NamedResource::Arn(text) if text.contains('*') => {
            text.parse::<ResourcePattern>().ok().map(|_| Resolved::exact(vec![text.to_owned()], MESSAGE))
        }
        NamedResource::Arn(text) => {
            text.parse::<Arn>().ok().map(|_| Resolved::exact(vec![escape_literal(text).into_owned()], MESSAGE))
        }
        // The caller's account is the one that IAM means.
        NamedResource::Entity { kind, name } => {
            let arn = format!("arn:{}:iam::{}:{kind}/{}", call.partition(), call.account, escape_literal(name));
            Some(Resolved { path_unknown: !name.contains('/'), ..Resolved::exact(vec![arn], MESSAGE) })
        }
        NamedResource::Name(_) => None,
    }
}

/// An action that a message names and the catalog knows.
#[derive(Clone, Copy)]
struct NamedAction<'a> {
    mapper: &'a Mapper,
    call: &'a Call<'a>,
    service: &'static Service,
    action: &'static Action,
}

impl NamedAction<'_> {
    fn resolve(&self, named: Option<NamedResource<'_>>) -> Resolved {
        let types = self.mapper.types(self.service);
        let rules = self.mapper.catalog().rules();
        let search = Resolver { prefix: self.service.prefix, rules, types: &types };
        let facts = self.mapper.facts(self.call);
        let said = match named {
            Some(NamedResource::Name(name)) => self.bare_name(&search, &facts, name),
            // There are no ARNs of access keys and the like.
            Some(NamedResource::Entity { kind, .. }) if types.get(kind).is_none() => None,
            Some(NamedResource::Arn(text)) if is_secret(&search, &facts, &types, text) => {
                Some(Resolved::exact(vec![secret(text)], MESSAGE))
            }
            Some(resource) => literal(self.call, resource),
            // Parameters of a call to another service name what that service calls so.
            None if rules.prefix(self.call.event_source) == Some(self.service.prefix) => {
                return search.resolve(&facts, self.action, &[]);
            }
            None => None,
        };
        said.unwrap_or_else(|| search.resolve(&facts.without_request(), self.action, &[]))
    }

    /// A name without its type is of the type that the action speaks of, or of the only one that it takes.
    fn bare_name(&self, search: &Resolver<'_>, facts: &Facts<'_>, name: &str) -> Option<Resolved> {
        let candidates = search.types.candidates(self.action, &[], self.action.name);
        // The last part of an ARN, `table/orders`, tells the type by itself.
        let place = facts.place();
        for (region, account) in [(place.region, place.account), ("", place.account), ("", "")] {
            let whole = format!("arn:{}:{}:{region}:{account}:{name}", place.partition, self.service.prefix);
            let Ok(arn) = whole.parse::<Arn>() else { continue };
            let fits = search.types.recognise(&arn);
            if fits.iter().any(|(kind, _)| candidates.iter().any(|one| one.kind.name == kind.name)) {
                return Some(Resolved::exact(vec![escape_literal(&whole).into_owned()], MESSAGE));
            }
        }
        let kind = the_noun(&candidates)?.kind;
        let format = kind.formats.iter().find(|format| format.has_fixed_service())?;
        let own = format.variables().last()?;
        let is_id = search.id_type(name).is_some_and(|rule| rule.resource_type == kind.name) || is_uuid(name);
        // Secrets are identified by their name and what AWS appends to it.
        let by_name = Lookup::new(search, facts, kind).decodes(own) == Some(Decode::Secret);
        if is_assigned(&normalise(own)) && !is_id && !by_name {
            return None;
        }
        let named = search.named_in(facts, name, Decode::Text, Some(kind));
        let path_unknown = named.iter().any(|(_, unknown)| *unknown);
        let patterns: Vec<String> = named.into_iter().map(|(pattern, _)| pattern).collect();
        let open = patterns.iter().any(|pattern| pattern.replace("${*}", "").contains('*'));
        let certainty = if open { Certainty::ByType } else { Certainty::Exact };
        (!patterns.is_empty()).then(|| Resolved { certainty, path_unknown, ..Resolved::exact(patterns, MESSAGE) })
    }
}

/// The one type that the action's name speaks of; else the only one, or the only one that it must have.
fn the_noun<'c, 't>(candidates: &'c [Candidate<'t>]) -> Option<&'c Candidate<'t>> {
    let only = |fits: fn(&Candidate<'_>) -> bool| {
        let mut fitting = candidates.iter().filter(|one| fits(one));
        fitting.next().filter(|_| fitting.next().is_none())
    };
    only(|one| one.named).or_else(|| only(|_| true)).or_else(|| only(|one| one.required))
}

/// Whether the text is the ARN of a secret, behind whose name policies have to write six characters more.
fn is_secret(search: &Resolver<'_>, facts: &Facts<'_>, types: &Types, text: &str) -> bool {
    let Ok(arn) = text.parse::<Arn>() else { return false };
    !text.contains('*')
        && types.recognise(&arn).iter().any(|(kind, fit)| {
            let own = fit.variables.last().map_or("", |(name, _)| *name);
            Lookup::new(search, facts, kind).decodes(own) == Some(Decode::Secret)
        })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
