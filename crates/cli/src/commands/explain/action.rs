//! What was meant by an action.

use std::collections::BTreeSet;

use anyhow::Result;
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, ActionPattern};

use crate::error::Explained;
use crate::near::near;

/// How many names an error suggests.
const SUGGESTIONS: usize = 5;

/// The action, in the catalog's spelling. Where the catalog does not know it, with what there is to say then: a policy of
/// today may name it all the same.
pub(super) fn named(catalog: &'static Catalog, text: &str) -> Result<(ActionName, Option<anyhow::Error>)> {
    if text.contains(['*', '?']) {
        return Err(pattern(catalog, text).into());
    }
    let call = text.split_once('/').or_else(|| text.split_once(' '));
    let Some((prefix, name)) = text.split_once(':') else {
        let needed = if let Some((source, name)) = call {
            needed_by(catalog, &sources(catalog, source.trim()), name.trim())
        } else {
            let all = catalog.prefixes().flat_map(|prefix| catalog.rules().event_sources(prefix));
            needed_by(catalog, &all.collect::<Vec<String>>(), text)
        };
        return Err(no_action(catalog, text, &needed).into());
    };
    let action: ActionName = text.parse().map_err(|error| {
        Explained::new(format!("`{text}` is no action"), "an action looks like `s3:GetObject`").because(error)
    })?;
    let Some(service) = catalog.service(prefix) else {
        let found = near(prefix, catalog.prefixes(), SUGGESTIONS);
        let found: Vec<String> = found.into_iter().map(|prefix| format!("`{prefix}:{name}`")).collect();
        let error = Explained::new(format!("no service has the prefix `{prefix}`"), did_you_mean(&found));
        return Ok((action, Some(error.into())));
    };
    if let Some(found) = service.action(name) {
        return Ok((ActionName::new(service.prefix, found.name)?, None));
    }
    let needed = needed_by(catalog, &catalog.rules().event_sources(service.prefix), name);
    Ok((action, Some(no_action(catalog, text, &needed).into())))
}

/// The event sources that are meant by a source, a host name or a prefix.
fn sources(catalog: &'static Catalog, text: &str) -> Vec<String> {
    if text.contains('.') { vec![text.to_owned()] } else { catalog.rules().event_sources(text) }
}

/// The actions that a call of the name needs, with the calls.
fn needed_by(catalog: &'static Catalog, sources: &[String], name: &str) -> BTreeSet<ActionName> {
    let rules = catalog.rules();
    let mut needed = BTreeSet::new();
    for source in sources {
        let name = if rules.call(source, name).is_some() { name } else { rules.undated(source, name).unwrap_or(name) };
        if let Some(rule) = rules.call(source, name) {
            needed.extend(rule.needs.iter().filter(|need| need.is_shown_by_call()).map(|need| need.action.clone()));
            continue;
        }
        let also = rules.also(source).iter().map(String::as_str);
        for prefix in rules.prefix(source).into_iter().chain(also) {
            let Some(service) = catalog.service(prefix) else { continue };
            let verbs = service.operations_named(name).filter_map(|operation| operation.http).map(|(verb, _)| verb);
            let same = service.action(name).map(|action| action.name);
            needed.extend(verbs.chain(same).filter_map(|name| ActionName::new(service.prefix, name).ok()));
        }
    }
    needed
}

fn no_action(catalog: &'static Catalog, text: &str, needed: &BTreeSet<ActionName>) -> Explained {
    if !needed.is_empty() {
        let names: Vec<String> = needed.iter().take(SUGGESTIONS).map(|action| format!("`{action}`")).collect();
        let more = if needed.len() > SUGGESTIONS { ", …" } else { "" };
        let tip =
            format!("by its parameters and service, the call needs {}{more}: ask for one of these", names.join(", "));
        let tip = if names.len() == 1 { format!("did you mean {}? The call needs it", names.join("")) } else { tip };
        return Explained::new(format!("`{text}` is an API call, and explanations are of IAM actions"), tip);
    }
    let message = format!("there is no action `{text}`");
    let Some((service, name)) = text.split_once(':').and_then(|(prefix, name)| Some((catalog.service(prefix)?, name)))
    else {
        return Explained::new(
            message,
            "an action looks like `s3:GetObject`; `tighten catalog show SERVICE` lists them",
        );
    };
    let found = near(name, service.actions.iter().map(|action| action.name), SUGGESTIONS);
    let found: Vec<String> = found.into_iter().map(|name| format!("`{}:{name}`", service.prefix)).collect();
    Explained::new(message, did_you_mean(&found))
}

fn pattern(catalog: &'static Catalog, text: &str) -> Explained {
    let message = format!("`{text}` is a pattern, and one action is explained at a time");
    let tip = format!("`tighten catalog show '{text}'` lists the actions that it matches");
    let Ok(pattern) = text.parse::<ActionPattern>() else { return Explained::new(message, tip) };
    let service = pattern.service().and_then(|prefix| catalog.service(prefix));
    let all = service.into_iter().flat_map(|service| {
        service.actions.iter().filter_map(|action| ActionName::new(service.prefix, action.name).ok())
    });
    let some: Vec<String> =
        all.filter(|action| pattern.matches(action)).take(3).map(|action| format!("`{action}`")).collect();
    if some.is_empty() {
        Explained::new(
            message,
            "name one, such as `s3:GetObject`; `tighten catalog show SERVICE` lists what a service has",
        )
    } else {
        Explained::new(message, format!("name one, such as {}; {tip}", some.join(", ")))
    }
}

fn did_you_mean(found: &[String]) -> String {
    if found.is_empty() {
        "`tighten catalog show SERVICE` lists what a service has".to_owned()
    } else {
        format!("did you mean {}?", found.join(", "))
    }
}
