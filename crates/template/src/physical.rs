//! Names and ARNs of the resources that a stack will have.
//!
//! A property names a resource, or CloudFormation makes a name of stack, logical id and some characters, or the service
//! mints one.

use std::collections::BTreeSet;

use tighten_catalog::{Catalog, ResourceType, Rules};

use crate::node::Node;
use crate::resolve::{Resolver, Values, any, literal, product};
use crate::template::Resource;

/// Names with no more room than this hold the first [`SHORTEST`] characters of stack and logical id.
const NARROW: usize = 40;
const SHORTEST: usize = 5;
/// Of longer ones CloudFormation keeps at least as many.
const KEPT: usize = 24;
/// How many characters CloudFormation adds, with the hyphen before them.
const ADDED: usize = 14;
/// The longest name where nothing is known.
const USUAL: usize = 64;

/// Types whose `Ref` is an ARN.
const REFERRED_BY_ARN: [&str; 12] = [
    "AWS::ECS::Service",
    "AWS::ECS::TaskDefinition",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IAM::ManagedPolicy",
    "AWS::Lambda::LayerVersion",
    "AWS::SNS::Topic",
    "AWS::SecretsManager::Secret",
    "AWS::StepFunctions::Activity",
    "AWS::StepFunctions::StateMachine",
];

pub(crate) fn rules() -> &'static Rules {
    Catalog::embedded().rules()
}

/// What `Ref` gives.
pub(crate) fn referred(resolver: &Resolver<'_>, resource: &Resource) -> Values {
    if REFERRED_BY_ARN.contains(&resource.resource_type.as_str()) {
        let arns = own_arns(resolver, resource);
        return if arns.is_empty() { any() } else { arns };
    }
    let names = names(resolver, resource);
    if resource.resource_type == "AWS::SQS::Queue" {
        return product(&["https://*/".to_owned()].into(), &names);
    }
    names
}

/// The property that names a resource of the type.
pub(crate) fn name_property(resource: &Resource) -> Option<&'static str> {
    let kind = &resource.resource_type;
    let minted = rules().physical_resource(kind).is_some_and(|row| row.minted);
    rules().handlers(kind)?.name_property().filter(|_| !minted)
}

/// The resource's name, without path; `*` where the service mints it.
pub(crate) fn names(resolver: &Resolver<'_>, resource: &Resource) -> Values {
    let Some(property) = name_property(resource) else { return any() };
    let given = resource.property(property);
    let mut names = given.map(|node| resolver.values(node)).unwrap_or_default();
    // An empty name is none.
    names.retain(|name| !name.is_empty());
    if names.is_empty() || given.is_some_and(may_be_absent) {
        names.insert(made_up(resolver, resource));
    }
    names
}

/// Whether a condition may leave the property away.
fn may_be_absent(node: &Node) -> bool {
    match node.function() {
        Some(("Ref", name)) => name.scalar() == Some("AWS::NoValue"),
        Some(("Fn::If", branches)) => branches.items().iter().skip(1).any(may_be_absent),
        _ => false,
    }
}

/// The name that CloudFormation makes up.
fn made_up(resolver: &Resolver<'_>, resource: &Resource) -> String {
    let row = rules().physical_resource(&resource.resource_type);
    if let Some(form) = row.and_then(|row| row.made_up.as_deref()) {
        return form.replace("${LogicalId}", &literal(&resource.logical_id));
    }
    let longest = row.map_or(0, |row| usize::from(row.longest));
    let longest = if longest == 0 { USUAL } else { longest };
    let (stack, id) = (resolver.target.stack(), literal(&resource.logical_id));
    // The name of a nested stack ends in characters that nobody knows yet.
    let open = if stack.contains('*') { ADDED } else { 0 };
    let name = if longest > NARROW && stack.len() + open + 1 + id.len() + ADDED <= longest {
        format!("{stack}-{id}-*")
    } else {
        let kept = if longest <= NARROW { SHORTEST } else { KEPT };
        format!("{}-{}*", first(stack, kept), first(&id, kept).trim_end_matches('*'))
    };
    if row.is_some_and(|row| row.lower_case) { name.to_lowercase() } else { name }
}

/// The first characters, and a star if there are more.
fn first(text: &str, count: usize) -> String {
    let fixed = text.split('*').next().unwrap_or_default();
    let cut: String = fixed.chars().take(count).collect();
    if cut.len() < text.len() { format!("{cut}*") } else { cut }
}

/// Service prefix and resource types that IAM knows a resource as.
pub(crate) fn own_types(resource: &Resource) -> Vec<(&'static str, &'static ResourceType)> {
    let kind = &resource.resource_type;
    let catalog = Catalog::embedded();
    let found = |prefix: &str, name: &str| {
        let service = catalog.service(prefix)?;
        Some((service.prefix, service.resource_type(name)?))
    };
    if let Some(row) = rules().physical_resource(kind).filter(|row| !row.resources.is_empty()) {
        return row.resources.iter().filter_map(|(prefix, name)| found(prefix, name)).collect();
    }
    let Some(service) = own_prefix(kind).and_then(|prefix| catalog.service(prefix)) else { return Vec::new() };
    let thing = kind.rsplit("::").next().unwrap_or_default();
    let alike = |kind: &&ResourceType| squeezed(kind.name) == squeezed(thing);
    if let Some(one) = service.resource_types.iter().find(alike) {
        return vec![(service.prefix, one)];
    }
    // What the call that makes it is checked on.
    let making = ["Create", "Put", "Register", "Add"].iter().find_map(|verb| service.action(&format!("{verb}{thing}")));
    let Some(making) = making else { return Vec::new() };
    let required = making.resources.iter().filter(|one| one.required || making.resources.len() == 1);
    required.filter_map(|one| found(service.prefix, one.resource_type)).collect()
}

/// The service whose actions make and delete resources of the type.
pub(crate) fn own_prefix(resource_type: &str) -> Option<&'static str> {
    use tighten_catalog::HandlerVerb::{Create, Delete};
    let handlers = rules().handlers(resource_type)?;
    let mut counts: Vec<(usize, &str)> = Vec::new();
    for (action, verbs) in handlers.actions() {
        let weight = usize::from(verbs.contains(Create)) + 3 * usize::from(verbs.contains(Delete));
        match counts.iter_mut().find(|(_, prefix)| *prefix == action.service()) {
            Some((count, _)) => *count += weight,
            None => counts.push((weight, action.service())),
        }
    }
    let (_, prefix) = counts.into_iter().rev().max_by_key(|(count, _)| *count)?;
    Catalog::embedded().service(prefix).map(|service| service.prefix)
}

/// The ARNs of a resource, of every type that IAM knows it as.
pub(crate) fn own_arns(resolver: &Resolver<'_>, resource: &Resource) -> Values {
    own_types(resource).into_iter().flat_map(|(prefix, kind)| arns(resolver, resource, prefix, kind)).collect()
}

/// The ARNs of a resource as one of its own types.
pub(crate) fn arns(resolver: &Resolver<'_>, resource: &Resource, prefix: &str, kind: &ResourceType) -> Values {
    filled(resolver, kind, |variable| own_variable(resolver, resource, prefix, kind, variable))
}

/// All of a type in the stack's account and region.
pub(crate) fn all_of_type(resolver: &Resolver<'_>, kind: &ResourceType) -> Values {
    filled(resolver, kind, |_| any())
}

/// ARNs of a type, with the variables of its formats filled in.
pub(crate) fn filled(resolver: &Resolver<'_>, kind: &ResourceType, variable: impl Fn(&str) -> Values) -> Values {
    let mut found = Values::new();
    for format in &kind.formats {
        found.extend(filled_format(resolver, format, &variable));
    }
    found
}

/// Text with `${VARIABLE}` filled in; `${Partition}`, `${Region}` and `${Account}` are those of the stack.
pub(crate) fn filled_format(resolver: &Resolver<'_>, format: &str, variable: impl Fn(&str) -> Values) -> Values {
    let mut found: Values = [String::new()].into();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else { break };
        let values = match name {
            "Partition" => [resolver.target.partition().to_owned()].into(),
            "Region" => [resolver.target.region().to_owned()].into(),
            "Account" => [resolver.target.account().to_owned()].into(),
            _ => variable(name),
        };
        // Too many to keep apart leave the rest of the ARN as it is.
        let open = values.len() * found.len() > 64;
        let values = if open || values.is_empty() { any() } else { values };
        found = found.iter().flat_map(|one| values.iter().map(move |value| format!("{one}{before}{value}"))).collect();
        rest = behind;
    }
    found.into_iter().map(|one| format!("{one}{rest}")).collect()
}

pub(crate) fn own_variable(
    resolver: &Resolver<'_>,
    resource: &Resource,
    prefix: &str,
    kind: &ResourceType,
    variable: &str,
) -> Values {
    let row = rules().physical_resource(&resource.resource_type);
    let named = name_property(resource);
    let property = row.and_then(|row| row.fill.get(variable)).map(String::as_str);
    let is_name = match (named, property) {
        (None, _) => false,
        (Some(named), Some(property)) => named == property,
        (Some(named), None) => names_it(resource, named, kind, variable),
    };
    if is_name {
        return names(resolver, resource)
            .iter()
            .map(|name| spelled(resolver, resource, prefix, variable, name))
            .collect();
    }
    match property {
        Some(property) => {
            let node = resource.property(property);
            let values = node.map(|node| resolver.values(node)).unwrap_or_default();
            values.iter().map(|value| spelled(resolver, resource, prefix, variable, value)).collect()
        }
        None => of_properties(resolver, resource, prefix, variable).unwrap_or_else(any),
    }
}

/// Whether a variable of the type's ARN format is its name.
fn names_it(resource: &Resource, named: &str, kind: &ResourceType, variable: &str) -> bool {
    let thing = resource.resource_type.rsplit("::").next().unwrap_or_default();
    let own = [named.to_owned(), format!("{thing}Name"), format!("{thing}Id"), format!("{thing}Identifier")];
    let variables: BTreeSet<&str> = kind.formats.iter().flat_map(|format| variables(format)).collect();
    own.iter().any(|own| squeezed(own) == squeezed(variable)) || (variables.len() == 1 && variables.contains(variable))
}

/// The variables of a format behind region and account.
fn variables(format: &str) -> impl Iterator<Item = &str> {
    let names = format.split("${").skip(1).filter_map(|part| part.split('}').next());
    names.filter(|name| !["Partition", "Region", "Account"].contains(name))
}

/// The values of a variable that a property of about the same name holds.
pub(crate) fn of_properties(
    resolver: &Resolver<'_>,
    resource: &Resource,
    prefix: &str,
    variable: &str,
) -> Option<Values> {
    let stem =
        ["Name", "Id", "Arn", "Identifier"].iter().find_map(|end| variable.strip_suffix(end)).unwrap_or(variable);
    let usual = ["", "Name", "Id", "Arn", "Identifier", "Names", "Ids", "Arns"].map(|end| format!("{stem}{end}"));
    let properties = std::iter::once(variable.to_owned()).chain(usual);
    let node = properties.into_iter().find_map(|property| resource.property(&property))?;
    let values = resolver.values(node);
    Some(values.iter().map(|value| spelled(resolver, resource, prefix, variable, value)).collect())
}

/// A property's value as it stands in an ARN.
fn spelled(resolver: &Resolver<'_>, resource: &Resource, prefix: &str, variable: &str, value: &str) -> String {
    let value = match value.strip_prefix("arn:") {
        Some(_) => within(prefix, variable, value),
        None if value.starts_with("https:") => value.rsplit('/').next().unwrap_or(value).to_owned(),
        None => value.to_owned(),
    };
    match variable {
        "ParameterNameWithoutLeadingSlash" => value.trim_start_matches('/').to_owned(),
        // Six characters are appended to the name of a secret.
        "SecretId" if resource.resource_type == "AWS::SecretsManager::Secret" && value != "*" => {
            format!("{value}-??????")
        }
        name if name.ends_with("WithPath") && !value.contains('/') => {
            let path = resource.property("Path").filter(|_| resource.resource_type.starts_with("AWS::IAM::"));
            let paths = path.map(|node| resolver.values(node)).unwrap_or_default();
            let path = paths.first().map_or("", |path| path.trim_start_matches('/'));
            format!("{path}{value}")
        }
        _ => value,
    }
}

/// The value of a variable in an ARN of the service, as far as formats tell.
fn within(prefix: &str, variable: &str, arn: &str) -> String {
    let Some(rest) = arn.splitn(6, ':').nth(5) else { return "*".to_owned() };
    let service = Catalog::embedded().service(prefix);
    let formats = service.map_or(&[][..], |service| &service.arn_formats).iter();
    let marked = format!("${{{variable}}}");
    let mut having = formats.filter(|format| format.resource.contains(&marked)).collect::<Vec<_>>();
    // The most particular beginnings first.
    having.sort_by_key(|format| std::cmp::Reverse(format.beginning.len()));
    let found = having.into_iter().find_map(|format| taken(format.resource, rest, variable));
    found.or_else(|| rest.split_once([':', '/']).map(|(_, name)| name.to_owned())).unwrap_or_else(|| rest.to_owned())
}

/// The part of `text` that stands where the format has the variable.
fn taken(format: &str, text: &str, variable: &str) -> Option<String> {
    let (mut format, mut text) = (format, text);
    while let Some((before, after)) = format.split_once("${") {
        let (name, behind) = after.split_once('}')?;
        text = text.strip_prefix(before)?;
        let until = behind.split("${").next().unwrap_or_default();
        let end = if until.is_empty() { text.len() } else { text.find(until).unwrap_or(text.len()) };
        let (value, rest) = text.split_at_checked(end)?;
        if name == variable {
            return Some(value.to_owned());
        }
        (format, text) = (behind, rest);
    }
    None
}

/// A name without what is written in different ways.
fn squeezed(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}
