//! From a gap to a request that a reader recognises and `evaluate` confirms.

use std::collections::BTreeSet;

use super::circumstances::{Given, context};
use super::lines::name_of;
use super::rules::Rules;
use super::search::Gap;
use super::verdict::{Counterexample, RequestedResource, confirm as confirmed};
use crate::action::ActionName;
use crate::arn::Arn;
use crate::policy::PolicyDocument;
use crate::resource::ResourcePattern;
use crate::statement::Statement;
use crate::wildcard::{Token, Tokens};

/// Actions to name where any would do.
const WELL_KNOWN: [(&str, &str); 10] = [
    ("s3", "GetObject"),
    ("ec2", "RunInstances"),
    ("iam", "CreateUser"),
    ("lambda", "InvokeFunction"),
    ("dynamodb", "PutItem"),
    ("sqs", "SendMessage"),
    ("sns", "Publish"),
    ("kms", "Decrypt"),
    ("logs", "PutLogEvents"),
    ("ssm", "GetParameter"),
];

/// What stands in a segment of an ARN where its pattern says nothing: partition, service, region, account, resource.
const USUAL: [&str; 5] = ["aws", "s3", "us-east-1", "111122223333", "x"];

/// The gap as a request, if `evaluate` agrees that it is one.
pub(super) fn confirm(
    inner: &[PolicyDocument],
    outer: &[PolicyDocument],
    rules: &Rules,
    gap: &Gap,
) -> Option<Counterexample> {
    let given = &gap.circumstance.given;
    let context = context(given);
    let actions = actions(rules, gap);
    for resource in resources(gap, actions.first()?.service(), given) {
        for action in &actions {
            if let Some(found) = confirmed(inner, outer, action, &resource, &context) {
                return Some(Counterexample { assumed: given.clone(), ..found });
            }
        }
    }
    None
}

/// Values for the variables of the policies: none at all, then one for each.
pub(super) fn bindings(inner: &[PolicyDocument], outer: &[PolicyDocument], gap: &Gap) -> Vec<Given> {
    let mut names = BTreeSet::new();
    for document in inner.iter().chain(outer).filter(|document| document.has_variables()) {
        for statement in &document.statements {
            names.extend(variables(statement));
        }
    }
    let mut bindings = vec![Given::new()];
    if !names.is_empty() {
        let value = |name: &String| gap.circumstance.given.get(name).cloned().unwrap_or_else(|| vec!["x".to_owned()]);
        bindings.push(names.iter().map(|name| (name.clone(), value(name))).collect());
        bindings.push(names.iter().map(|name| (name.clone(), vec![format!("the-{}", plain(name))])).collect());
    }
    bindings
}

fn variables(statement: &Statement) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut add = |text: &str| {
        for token in Tokens::new(text) {
            if let Token::Variable(name) = token {
                names.insert(name_of(name).to_ascii_lowercase());
            }
        }
    };
    statement.resource.patterns().for_each(|pattern| add(pattern.as_str()));
    statement.conditions.iter().flat_map(|condition| condition.values()).for_each(|value| add(&value));
    names
}

/// The letters and digits of a name, which stand in no pattern's way.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn actions(rules: &Rules, gap: &Gap) -> Vec<ActionName> {
    if let Some(service) = &gap.service {
        return ActionName::new(service, &gap.name).into_iter().collect();
    }
    // Only patterns that match every action match one of a service that no pattern names.
    let patterns = rules.actions.iter().flat_map(|set| &set.patterns);
    let named: BTreeSet<&str> = patterns.filter_map(|target| target.service.as_deref()).collect();
    let known = WELL_KNOWN.iter().filter(|(service, _)| !named.contains(service));
    let mut actions: Vec<ActionName> =
        known.take(1).filter_map(|(service, name)| ActionName::new(service, name).ok()).collect();
    // One more name than there are named ones, so that one is left.
    let mut fresh = (0..=named.len()).map(|n| format!("service-{n}"));
    let fresh = fresh.find(|service| !named.contains(service.as_str()));
    actions.extend(fresh.and_then(|service| ActionName::new(&service, "Action").ok()));
    actions
}

/// The resource as one would expect it, then none, then as it was found.
fn resources(gap: &Gap, service: &str, given: &Given) -> Vec<RequestedResource> {
    let mut all = Vec::new();
    if let (Some(_), Some(pattern)) = (&gap.place.arn, &gap.place.made_by) {
        all.extend(usual(pattern, service, given).map(RequestedResource::Arn));
        all.extend(pattern.is_any().then_some(RequestedResource::Any));
    }
    match &gap.place.arn {
        Some(text) => all.extend(text.parse().ok().map(RequestedResource::Arn)),
        None => all.push(RequestedResource::Any),
    }
    all
}

/// A likely resource that the pattern matches.
fn usual(pattern: &ResourcePattern, service: &str, given: &Given) -> Option<Arn> {
    let [_, segments @ ..] = pattern.segments().unwrap_or(["*"; 6]);
    let mut text = "arn".to_owned();
    for (at, (segment, usual)) in segments.into_iter().zip(USUAL).enumerate() {
        text.push(':');
        if segment == "*" {
            text.push_str(if at == 1 { service } else { usual });
            continue;
        }
        for token in Tokens::new(segment) {
            match token {
                Token::Char(c) => text.push(c),
                Token::One | Token::Many => text.push('x'),
                Token::Variable(name) => {
                    text.push_str(given.get(&name_of(name).to_ascii_lowercase())?.first()?);
                }
            }
        }
    }
    text.parse().ok()
}
