//! Roles that a template hands to services.

use std::collections::BTreeSet;

use tighten_catalog::{HandlerVerbs, PassKind, PassRole};
use tighten_iam::ActionName;

use crate::finding::TemplateFinding;
use crate::needs::{Collected, NeedCondition};
use crate::node::{Node, Value};
use crate::physical::{self, rules};
use crate::resolve::{Resolver, Values};
use crate::template::Resource;

const KEY: &str = "iam:PassedToService";

/// A role in a property, and the services that it is passed to.
struct Passed {
    roles: Values,
    services: BTreeSet<String>,
}

/// Adds `iam:PassRole` on the roles that a resource passes.
pub(crate) fn of_resource(
    resolver: &Resolver<'_>,
    resource: &Resource,
    verbs: HandlerVerbs,
    collected: &mut Collected,
) {
    let Ok(action) = "iam:PassRole".parse::<ActionName>() else { return };
    for passed in passed(resolver, resource) {
        if passed.services.is_empty() {
            let (resource_type, roles) = (resource.resource_type.clone(), passed.roles.clone());
            collected.findings.push(TemplateFinding::PassedToUnknown { resource_type, roles });
        }
        for role in passed.roles {
            // Of a role that nobody names, and a service that nobody knows, all would be granted.
            if passed.services.is_empty() && role.ends_with(":role/*") {
                continue;
            }
            let services = (!passed.services.is_empty()).then(|| (KEY.to_owned(), passed.services.clone()));
            let condition: NeedCondition = services.into_iter().collect();
            collected.add(&action, &role, condition, verbs, resource);
        }
    }
}

fn passed(resolver: &Resolver<'_>, resource: &Resource) -> Vec<Passed> {
    let rows: Vec<&PassRole> = rules().handlers(&resource.resource_type).map_or_else(Vec::new, |handlers| {
        let actions = handlers.actions().map(|(action, _)| action);
        actions.flat_map(|action| rules().pass_roles(action.service(), action.name())).collect()
    });
    let mut found = Vec::new();
    let mut open: Vec<(&str, &Node)> = vec![("", &resource.properties)];
    while let Some((key, node)) = open.pop() {
        let row = rows.iter().find(|row| row.params.iter().any(|param| ends_in(&param.path, key)));
        let is_profile = key.to_ascii_lowercase().contains("instanceprofile");
        let looks_like_one = key.to_ascii_lowercase().contains("role") || key == "Credentials" || is_profile;
        // Documents name roles that are trusted, not passed.
        let is_document = key.ends_with("Document") || key == "Environment" || key == "Tags" || key == "Policies";
        if !key.is_empty() && (row.is_some() || looks_like_one) && is_value(node) {
            let profile = is_profile || row.is_some_and(|row| row.kind == PassKind::InstanceProfile);
            let roles = if profile { of_profile(resolver, node) } else { roles(resolver, node) };
            let trusted = trusted(resolver, node, profile);
            let services = match row {
                Some(row) if !row.passed_to.is_empty() => row.passed_to.iter().cloned().collect(),
                _ => trusted,
            };
            if !roles.is_empty() {
                found.push(Passed { roles, services });
            }
        } else if !is_document {
            open.extend(node.items().iter().map(|item| (key, item)));
            open.extend(node.entries().iter().map(|entry| (entry.key.as_str(), &entry.value)));
        }
    }
    found
}

/// A text or a function, and nothing that has properties.
fn is_value(node: &Node) -> bool {
    (node.scalar().is_some() && !matches!(node.value, Value::Bool(_) | Value::Number(_))) || node.function().is_some()
}

/// Whether the path of a parameter ends in a member of that name, whatever its case.
fn ends_in(path: &str, key: &str) -> bool {
    let last = path.rsplit('.').next().unwrap_or(path).trim_end_matches("[]");
    !key.is_empty() && last.eq_ignore_ascii_case(key)
}

/// The roles that a value names.
fn roles(resolver: &Resolver<'_>, node: &Node) -> Values {
    let referred = resolver.references(node).into_iter().filter(|other| other.resource_type == "AWS::IAM::Role");
    let arns: Values = referred.flat_map(|role| physical::own_arns(resolver, role)).collect();
    if !arns.is_empty() {
        return arns;
    }
    let (partition, account) = (resolver.target.partition(), resolver.target.account());
    let role = |value: &String| match value.as_str() {
        text if text.starts_with("arn:") => text.contains(":role/").then(|| text.to_owned()),
        text if text.contains(':') => None,
        name => Some(format!("arn:{partition}:iam::{account}:role/{}", name.trim_start_matches('/'))),
    };
    resolver.values(node).iter().filter_map(role).collect()
}

/// The roles in the instance profiles that a value names.
fn of_profile(resolver: &Resolver<'_>, node: &Node) -> Values {
    let profiles =
        resolver.references(node).into_iter().filter(|other| other.resource_type == "AWS::IAM::InstanceProfile");
    profiles.filter_map(|profile| profile.property("Roles")).flat_map(|listed| roles(resolver, listed)).collect()
}

/// The services that the referred roles trust.
fn trusted(resolver: &Resolver<'_>, node: &Node, profile: bool) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    if profile {
        found.insert("ec2.amazonaws.com".to_owned());
    }
    for role in resolver.references(node) {
        let statements = role.property("AssumeRolePolicyDocument.Statement").map_or(&[][..], Node::one_or_many);
        let services = statements.iter().filter_map(|statement| statement.at_path("Principal.Service"));
        found.extend(services.flat_map(|node| resolver.values(node)).filter(|name| !name.contains('*')));
    }
    found
}
