//! Which actions a call needed: the rule for the call, the HTTP verb, or the action of the same name.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, RwLock};

use tighten_catalog::{Action, CallRule, Catalog, NeedRule, On, Predicate, Service};
use tighten_iam::{ActionName, ResourcePattern};

use crate::call::Call;
use crate::facts::Facts;
use crate::need::{Certainty, Mapped, Need, NoNeed};
use crate::parameters::{Parameters, starts_with_ignore_case};
use crate::resolve::{Resolved, Resolver};
use crate::types::Types;
use crate::values::{copy_source, percent_decode};
use crate::{api_gateway, extra, message, settle, suspect, template};

/// Maps calls to needs. Cheap to share between threads: what it learns about a service is kept for the next call.
#[derive(Debug)]
pub struct Mapper {
    catalog: &'static Catalog,
    types: RwLock<HashMap<&'static str, Arc<Types>>>,
}

/// How the actions of a call are known.
enum Known<'c> {
    Rule(&'c CallRule),
    ApiGateway(&'static Service),
    SameName(&'static Service, &'static Action),
}

impl Mapper {
    /// A mapper over a catalog.
    pub fn new(catalog: &'static Catalog) -> Self {
        Self { catalog, types: RwLock::default() }
    }

    /// The catalog behind the answers.
    pub fn catalog(&self) -> &'static Catalog {
        self.catalog
    }

    /// Whether the values of a request parameter of calls to this source say nothing of what the calls need.
    pub fn is_opaque(&self, event_source: &str, parameter: &str) -> bool {
        self.catalog.rules().is_opaque(event_source, parameter)
    }

    /// What `call` needed. Where a message names the action that was refused, that is what the call wanted.
    pub fn needs(&self, call: &Call<'_>) -> Mapped {
        match call.named.and_then(|named| named.action) {
            Some(action) => Mapped::Needs(message::wanted(self, call, action)),
            None => self.own_needs(call),
        }
    }

    /// What `call` needed, whichever action its message names.
    pub(crate) fn own_needs(&self, call: &Call<'_>) -> Mapped {
        let rules = self.catalog.rules();
        if rules.source_without_permissions(call.event_source).is_some() {
            return Mapped::None(NoNeed::NoPermission);
        }
        let Some(prefix) = rules.prefix(call.event_source) else {
            return Mapped::None(NoNeed::UnknownSource);
        };
        let known = self.spellings(call).find_map(|name| Some((name, self.known(call, prefix, name)?)));
        let Some((operation, known)) = known else {
            return Mapped::None(NoNeed::UnknownCall);
        };
        let facts = Facts::of(call, operation, rules, self.needs_input(call));
        let mut needs = match &known {
            Known::Rule(CallRule { none: Some(_), .. }) => return Mapped::None(NoNeed::NoPermission),
            Known::Rule(rule) => {
                let needs = self.by_rule(&facts, rule);
                if needs.is_empty() { self.by_own_name(&facts, rule).into_iter().collect() } else { needs }
            }
            Known::ApiGateway(service) => api_gateway::need(service, &facts).into_iter().collect(),
            Known::SameName(service, action) => {
                self.resolved(&facts, service, action, &[], Vec::new()).into_iter().collect()
            }
        };
        if needs.is_empty() {
            return Mapped::None(NoNeed::Undecided);
        }
        if !matches!(known, Known::ApiGateway(_)) {
            self.settle(&facts, &known, &mut needs);
        }
        needs.extend(extra::pass_role(self, prefix, &facts));
        needs.extend(suspect::roles(self, prefix, &facts, &needs));
        let tags = extra::tag_on_create(self, prefix, &facts, &needs);
        needs.extend(tags);
        let mut unique: Vec<Need> = Vec::new();
        for need in needs {
            match unique.iter_mut().find(|have| have.is_joined_by(&need)) {
                Some(have) => have.join(need),
                None => unique.push(need),
            }
        }
        unique.iter_mut().for_each(Need::drop_choice_of_one);
        Mapped::Needs(unique)
    }

    /// The call taken apart, whether or not anything else is known of it.
    pub(crate) fn facts<'c>(&self, call: &'c Call<'c>) -> Facts<'c> {
        let undated = self.spellings(call).last().unwrap_or(call.event_name);
        Facts::of(call, undated, self.catalog.rules(), self.needs_input(call))
    }

    /// The event's name as logged, and without a date.
    fn spellings<'c>(&self, call: &'c Call<'c>) -> impl Iterator<Item = &'c str> {
        let logged = call.event_name.trim();
        [Some(logged), self.catalog.rules().undated(call.event_source, logged)].into_iter().flatten()
    }

    /// Whether the operation of the call has required members, where an operation of the name is known.
    fn needs_input(&self, call: &Call<'_>) -> Option<bool> {
        let rules = self.catalog.rules();
        let also = rules.also(call.event_source).iter().map(String::as_str);
        let prefixes: Vec<&str> = rules.prefix(call.event_source).into_iter().chain(also).collect();
        self.spellings(call).find_map(|name| {
            let services = prefixes.iter().filter_map(|prefix| self.catalog.service(prefix));
            // Of several operations of a name it is not known which one was called.
            services.flat_map(|service| service.operations_named(name)).map(|operation| operation.needs_input).max()
        })
    }

    fn known(&self, call: &Call<'_>, prefix: &str, name: &str) -> Option<Known<'static>> {
        let rules = self.catalog.rules();
        if let Some(rule) = rules.call(call.event_source, name) {
            return Some(Known::Rule(rule));
        }
        let also = rules.also(call.event_source).iter().map(String::as_str);
        [prefix].into_iter().chain(also).find_map(|prefix| {
            let service = self.catalog.service(prefix)?;
            if service.operations_named(name).any(|operation| operation.http.is_some()) {
                return Some(Known::ApiGateway(service));
            }
            service.action(name).map(|action| Known::SameName(service, action))
        })
    }

    fn by_rule(&self, facts: &Facts<'_>, rule: &CallRule) -> Vec<Need> {
        let code = facts.call.error_code.unwrap_or_default();
        let ended = |need: &NeedRule| {
            need.when_error.is_empty() || need.when_error.iter().any(|error| error.eq_ignore_ascii_case(code))
        };
        let applies = |need: &&NeedRule| {
            let may_show = !need.optional && !need.untraced && ended(need);
            may_show && applies(&need.when, &need.unless, &facts.parameters)
        };
        rule.needs.iter().filter(applies).filter_map(|need| self.one(facts, need)).collect()
    }

    /// Where the record lacks what would decide on which resource, an action that has the call's own name was needed all
    /// the same: on something of its types.
    fn by_own_name(&self, facts: &Facts<'_>, rule: &CallRule) -> Option<Need> {
        let named =
            |need: &&NeedRule| need.is_shown_by_call() && need.action.name().eq_ignore_ascii_case(facts.operation);
        let own = &rule.needs.iter().find(named)?.action;
        let service = self.catalog.service(own.service())?;
        let action = service.action(own.name())?;
        let types = self.types(service);
        let search = Resolver { prefix: service.prefix, rules: self.catalog.rules(), types: &types };
        let mut patterns: Vec<String> = Vec::new();
        for kind in &action.resources {
            patterns.extend(search.any_of_type(facts, kind.resource_type));
        }
        let resolved = match (action.supports_resources(), patterns.is_empty()) {
            (false, _) => Resolved::exact(vec!["*".to_owned()], "no-resource-support"),
            (true, true) => Resolved::unresolved(),
            (true, false) => Resolved { certainty: Certainty::ByType, ..Resolved::exact(patterns, "type") },
        };
        need(service, action, resolved, Vec::new())
    }

    /// Says of each need which types of its action the call leaves open.
    fn settle(&self, facts: &Facts<'_>, known: &Known<'_>, needs: &mut [Need]) {
        let actions: BTreeSet<ActionName> = needs.iter().map(|need| need.action.clone()).collect();
        for name in actions {
            let Some(service) = self.catalog.service(name.service()) else { continue };
            let Some(action) = service.action(name.name()).filter(|action| action.resources.len() > 1) else {
                continue;
            };
            let own = needs.iter().filter(|need| need.action == name);
            // AWS itself says what it checked, or nothing in the request can name any of the types.
            if own.clone().all(|need| matches!(need.rule.as_str(), "message" | "no-resource-named")) {
                continue;
            }
            let is_ruled = match known {
                Known::Rule(rule) => rule.needs.iter().filter(|rule| rule.action == name).all(|rule| rule.on.is_some()),
                Known::ApiGateway(_) => true,
                Known::SameName(..) => false,
            };
            let asked = settle::NeededAction {
                prefix: service.prefix,
                action,
                types: &self.types(service),
                rules: self.catalog.rules(),
                is_ruled,
            };
            let resources: Vec<&ResourcePattern> = own.flat_map(|need| &need.resources).collect();
            let open = settle::unsettled(facts, &asked, &resources);
            if open.is_empty() {
                continue;
            }
            for need in needs.iter_mut().filter(|need| need.action == name) {
                need.unsettled.clone_from(&open);
                need.certainty = need.certainty.max(Certainty::ByType);
            }
        }
    }

    fn one(&self, facts: &Facts<'_>, rule: &NeedRule) -> Option<Need> {
        let service = self.catalog.service(rule.action.service())?;
        let action = service.action(rule.action.name())?;
        let context = rule.context.clone();
        let types = self.types(service);
        let search = Resolver { prefix: service.prefix, rules: self.catalog.rules(), types: &types };
        let resolved = match &rule.on {
            // Whatever the call names, a statement that names a resource for such an action has no effect.
            _ if !action.supports_resources() => return self.resolved(facts, service, action, &[], context),
            None => search.resolve(facts, action, &[]),
            Some(On::Type(kinds)) => search.preferred(facts, action, kinds),
            Some(On::Param { params, resource_type, except }) => {
                let kind = resource_type.as_deref();
                let named = params.iter().find_map(|param| search.parameter(facts, param, kind));
                named.unwrap_or_else(|| {
                    let only: Vec<&str> = kind.into_iter().collect();
                    let own = except.as_ref().map(|path| facts.without(path));
                    search.resolve(own.as_ref().unwrap_or(facts), action, &only)
                })
            }
            Some(On::CopySource(path)) => source_object(facts, path),
            Some(On::Template(text)) => {
                let mut account = String::new();
                template::fill(facts, &search.place(facts, None, &mut account), text)
            }
        };
        let word = if rule.either { Need::EITHER } else { "" };
        let resolved = Resolved { rule: [word, &resolved.rule].concat(), ..resolved };
        need(service, action, resolved, context)
    }

    /// The need for `action` with the resources of the generic search, limited to the types `only`.
    pub(crate) fn resolved(
        &self,
        facts: &Facts<'_>,
        service: &'static Service,
        action: &Action,
        only: &[&str],
        context: Vec<(String, Vec<String>)>,
    ) -> Option<Need> {
        let types = self.types(service);
        let resolver = Resolver { prefix: service.prefix, rules: self.catalog.rules(), types: &types };
        need(service, action, resolver.resolve(facts, action, only), context)
    }

    pub(crate) fn types(&self, service: &'static Service) -> Arc<Types> {
        if let Ok(types) = self.types.read()
            && let Some(known) = types.get(service.prefix)
        {
            return Arc::clone(known);
        }
        let fresh = Arc::new(Types::of(service));
        if let Ok(mut types) = self.types.write() {
            types.insert(service.prefix, Arc::clone(&fresh));
        }
        fresh
    }
}

/// A need out of resolved resources; `None` only for texts that are no pattern, which the catalog does not produce.
pub(crate) fn need(
    service: &Service,
    action: &Action,
    resolved: Resolved,
    context: Vec<(String, Vec<String>)>,
) -> Option<Need> {
    let resources: Vec<ResourcePattern> = resolved.patterns.iter().filter_map(|text| text.parse().ok()).collect();
    let lost = resources.is_empty();
    Some(Need {
        action: ActionName::new(service.prefix, action.name).ok()?,
        resources: if lost { vec![ResourcePattern::any()] } else { resources },
        context: context
            .into_iter()
            .map(|(key, values)| (key, values.into_iter().collect()))
            .collect::<BTreeMap<_, _>>(),
        certainty: if lost { Certainty::Unresolved } else { resolved.certainty },
        rule: resolved.rule,
        path_unknown: resolved.path_unknown,
        unsettled: Vec::new(),
        suspected: false,
    })
}

/// Whether a rule with these conditions applies to a call with these parameters.
pub(crate) fn applies(when: &[Predicate], unless: &[Predicate], parameters: &Parameters) -> bool {
    (when.is_empty() || when.iter().any(|one| holds(one, parameters)))
        && !unless.iter().any(|one| holds(one, parameters))
}

/// Whether `predicate` is true of `parameters`.
pub(crate) fn holds(predicate: &Predicate, parameters: &Parameters) -> bool {
    match predicate {
        Predicate::Present { path } => parameters.has(path),
        Predicate::PresentPrefix { prefix } => parameters.has_prefix(prefix),
        Predicate::Equals { path, value } => parameters.at(path).iter().any(|text| text.eq_ignore_ascii_case(value)),
        Predicate::StartsWith { path, text } => parameters.at(path).iter().any(|found| match text.strip_prefix('*') {
            Some(part) => found.to_ascii_lowercase().contains(&part.to_ascii_lowercase()),
            None => starts_with_ignore_case(found.trim_start(), text),
        }),
        Predicate::Query { path, sub } => parameters.at(path).iter().any(|text| {
            let query = text.split_once('?').map_or("", |(_, query)| query);
            query.split('&').any(|pair| pair.split('=').next() == Some(sub))
        }),
    }
}

fn source_object(facts: &Facts<'_>, path: &str) -> Resolved {
    let partition = facts.place().partition;
    let patterns: Vec<String> = facts
        .parameters
        .at(path)
        .iter()
        .filter_map(|text| match copy_source(text) {
            Some((bucket, key)) => Some(format!("arn:{partition}:s3:::{bucket}/{key}")),
            // An access point's ARN is the resource itself.
            None => percent_decode(text).starts_with("arn:").then(|| percent_decode(text).into_owned()),
        })
        .collect();
    if patterns.is_empty() {
        return Resolved::unresolved();
    }
    Resolved::exact(patterns, format!("parameter:{path}"))
}
