//! Permissions that a call needs beside its own action: passing roles and tagging what it creates.

use std::collections::BTreeMap;

use tighten_catalog::{Confidence, PassKind, PassRole, TagOnCreate};
use tighten_iam::{ActionName, Arn, ResourcePattern, escape_literal};

use crate::action::{Mapper, applies, need};
use crate::facts::{Facts, speaks_of};
use crate::need::{Certainty, Need};
use crate::parameters::normalise;
use crate::resolve::{Resolved, Resolver};
use crate::types::Type;
use crate::values::{is_hidden, percent_decode};

/// `iam:PassRole` for every role that the call hands to a service.
pub(crate) fn pass_role(mapper: &Mapper, prefix: &str, facts: &Facts<'_>) -> Vec<Need> {
    let rules = mapper.catalog().rules().pass_roles(prefix, facts.operation);
    let mut needs = Vec::new();
    for rule in rules.iter().filter(|rule| applies(&rule.when, &rule.unless, &facts.parameters)) {
        for param in &rule.params {
            for text in facts.parameters.at(&param.path).iter().filter(|text| !is_hidden(text)) {
                needs.extend(passed(rule, &param.path, text, facts));
            }
        }
    }
    needs
}

fn passed(rule: &PassRole, path: &str, text: &str, facts: &Facts<'_>) -> Option<Need> {
    let place = facts.place();
    let text = percent_decode(text);
    let arn = text.parse::<Arn>().ok();
    let name = match &arn {
        Some(arn) if arn.service() != "iam" => return None,
        Some(arn) => arn.resource().rsplit('/').next().unwrap_or_default().to_owned(),
        None if text.contains(':') => return None,
        None => text.rsplit('/').next().unwrap_or_default().to_owned(),
    };
    let account = arn.as_ref().map_or(place.account, |arn| arn.account());
    let by_name = format!("arn:{}:iam::{account}:role/{}", place.partition, escape_literal(&name));
    let (pattern, certainty, word, path_unknown) = match (rule.kind, arn) {
        (PassKind::Role, Some(arn)) if arn.resource().starts_with("role/") => {
            (escape_literal(arn.as_str()).into_owned(), Certainty::Exact, "pass-role", false)
        }
        (PassKind::Role, Some(_)) => return None,
        (PassKind::Role, None) => (by_name, Certainty::Exact, "pass-role", true),
        // The role inside a profile usually bears the profile's name; who knows better joins on the profile.
        (PassKind::InstanceProfile, _) => (by_name, Certainty::ByType, "pass-role:instance-profile", true),
    };
    let passed_to: Vec<String> = match rule.passed_to_by.as_ref().map(|path| facts.parameters.at(path)) {
        Some(said) if !said.is_empty() => said,
        _ => rule.passed_to.clone(),
    };
    let told = (!passed_to.is_empty()).then(|| ("iam:PassedToService".to_owned(), passed_to.into_iter().collect()));
    let context: BTreeMap<_, _> = told.into_iter().collect();
    Some(Need {
        action: ActionName::new("iam", "PassRole").ok()?,
        resources: vec![pattern.parse::<ResourcePattern>().ok()?],
        context,
        certainty,
        rule: format!("{word}{}:{path}", if rule.confidence == Confidence::Low { "-suspected" } else { "" }),
        path_unknown,
        unsettled: Vec::new(),
        suspected: rule.confidence == Confidence::Low,
    })
}

/// The tagging action for calls that tag what they create.
pub(crate) fn tag_on_create(mapper: &Mapper, prefix: &str, facts: &Facts<'_>, needs: &[Need]) -> Vec<Need> {
    let rules = mapper.catalog().rules().tag_on_create(prefix, facts.operation);
    let applying = rules.iter().filter(|rule| rule.params.iter().any(|path| facts.parameters.has(path)));
    applying.filter_map(|rule| tagged(mapper, rule, facts, needs)).collect()
}

fn tagged(mapper: &Mapper, rule: &TagOnCreate, facts: &Facts<'_>, needs: &[Need]) -> Option<Need> {
    let service = mapper.catalog().service(rule.action.service())?;
    let action = service.action(rule.action.name())?;
    let key = rule.context_key.iter();
    let context = key.map(|key| (key.clone(), vec![facts.operation.to_owned()])).collect();
    let types = mapper.types(service);
    let told = rule.type_from.iter().map(|path| facts.parameters.at(path)).find(|kinds| !kinds.is_empty());
    let told = told.unwrap_or_default();
    if !told.is_empty() {
        let search = Resolver { prefix: service.prefix, rules: mapper.catalog().rules(), types: &types };
        let mut patterns: Vec<String> = Vec::new();
        for kind in &told {
            patterns.extend(search.any_of_type(facts, kind));
        }
        patterns.dedup();
        if !patterns.is_empty() {
            let resolved = Resolved::exact(patterns, "tag-on-create");
            return need(service, action, resolved, context);
        }
    }
    if !rule.types.is_empty() {
        let only: Vec<&str> = rule.types.iter().map(String::as_str).collect();
        let found = mapper.resolved(facts, service, action, &only, context)?;
        // The caller could not have chosen an id that AWS gives.
        let has_id = |kind: &&str| types.get(kind).is_some_and(Type::has_assigned_id);
        let is_minted = |kind: &&str| has_id(kind) || mapper.catalog().rules().minted(service.prefix, kind);
        let minted = found.rule == "type" && only.iter().all(is_minted);
        let (word, certainty) = if minted { ("created", Certainty::Exact) } else { (&*found.rule, found.certainty) };
        return Some(Need { rule: format!("tag-on-create:{word}"), certainty, ..found });
    }
    // Where a rule says what the call makes, that is what it tags.
    let ruled = needs.iter().find(|need| need.rule == "template" && need.action.name() == facts.operation);
    let made = ruled.iter().flat_map(|need| &need.resources).filter(|pattern| {
        let fits = |kind: &Type| facts.may_create(kind.name) && action.resource(kind.name).is_some();
        let Ok(arn) = pattern.as_str().parse::<Arn>() else { return false };
        types.recognise(&arn).iter().any(|(kind, _)| fits(kind))
    });
    let made: Vec<String> = made.map(ToString::to_string).collect();
    if !made.is_empty() {
        return need(service, action, Resolved::exact(made, "tag-on-create:template"), context);
    }
    // What is tagged is what the call's own action is about; of several types, the longest that the operation names.
    let own = service.action(facts.operation);
    let is_own = |kind: &str| own.is_none_or(|own| own.resources.iter().any(|resource| resource.resource_type == kind));
    let shared: Vec<&str> =
        action.resources.iter().map(|resource| resource.resource_type).filter(|kind| is_own(kind)).collect();
    // Where the call's own action is about something else, such as a parent, what is tagged does not exist yet.
    let kinds = action.resources.iter().map(|resource| resource.resource_type);
    let made: Vec<&str> = kinds.filter(|kind| facts.may_create(kind)).collect();
    if own.is_some() && !made.is_empty() && made.iter().all(|kind| !shared.contains(kind)) {
        let found = mapper.resolved(facts, service, action, &made, context.clone())?;
        if found.certainty != Certainty::Unresolved {
            return Some(Need { rule: format!("tag-on-create:{}", found.rule), ..found });
        }
        let search = Resolver { prefix: service.prefix, rules: mapper.catalog().rules(), types: &types };
        let patterns = made.iter().flat_map(|kind| search.any_of_type(facts, kind)).collect();
        let resolved = Resolved { certainty: Certainty::ByType, ..Resolved::exact(patterns, "tag-on-create:created") };
        return need(service, action, resolved, context);
    }
    let named = shared.iter().filter(|kind| speaks_of(facts.operation, &normalise(kind))).max_by_key(|kind| kind.len());
    let only = named.map_or(shared.clone(), |kind| vec![*kind]);
    let found = mapper.resolved(facts, service, action, &only, context.clone())?;
    // That the call's own action is about the one type of these does not tell that it makes one.
    let optional = |kind: &&str| action.resource(kind).is_none_or(|resource| !resource.required);
    let guessed = !only.is_empty() && only.iter().all(|kind| optional(kind) && !facts.may_create(kind));
    if named.is_none() && guessed && found.rule == "type" {
        let unknown = Resolved { rule: "tag-on-create:unresolved".to_owned(), ..Resolved::unresolved() };
        return need(service, action, unknown, context);
    }
    Some(Need { rule: format!("tag-on-create:{}", found.rule), ..found })
}
