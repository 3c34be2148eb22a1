//! Requests as they are really made.
//!
//! A comparison knows patterns alone. Where any resource would do it names one that the action may have nothing to do with;
//! the catalog knows better.

use tighten_catalog::Catalog;
use tighten_iam::{ActionName, Arn, Context, Decision, PolicyDocument, Request, RequestedResource, evaluate};

use super::inclusion::{granted_on, reference};
use super::model::Witness;

/// The witness with another action of the same class, on a resource that the action can have, where there is one that
/// shows the same. `own` are the documents that allow the request.
pub(super) fn likely<'a>(
    catalog: &Catalog,
    witness: &Witness<'a>,
    action: &ActionName,
    own: &'a [PolicyDocument],
    others: &'a [PolicyDocument],
) -> Witness<'a> {
    let plain = Witness { action: action.clone(), ..witness.clone() };
    if witness.granted_on.is_some_and(|pattern| pattern != "*") {
        return plain;
    }
    let mut context = Context::closed();
    for (key, values) in &witness.assumed {
        context.insert(key, values.iter().cloned());
    }
    let confirmed = |resource: RequestedResource| {
        let request = Request { principal: None, action, resource: resource.as_request(), context: &context };
        let Decision::Allowed { document, statement } = evaluate(own, &request) else { return None };
        let denied_by = match evaluate(others, &request) {
            Decision::ImplicitDeny => None,
            Decision::ExplicitDeny { document, statement } => Some((document, statement)),
            Decision::Allowed { .. } | Decision::Depends { .. } => return None,
        };
        let statement = reference(own, (document, statement));
        Some(Witness {
            granted_on: granted_on(own, statement, &resource),
            statement,
            denied_by: denied_by.map(|place| reference(others, place)),
            resource,
            ..plain.clone()
        })
    };
    candidates(catalog, action).into_iter().find_map(confirmed).unwrap_or(plain)
}

/// Resources that an action can be asked for on.
fn candidates(catalog: &Catalog, action: &ActionName) -> Vec<RequestedResource> {
    let (Some(service), Some(known)) = (catalog.service(action.service()), catalog.action(action)) else {
        let anything = filled(&format!("arn:${{Partition}}:{}:${{Region}}:${{Account}}:${{Name}}", action.service()));
        return anything.map(RequestedResource::Arn).into_iter().chain([RequestedResource::Any]).collect();
    };
    if !known.supports_resources() {
        return vec![RequestedResource::Any];
    }
    let types = known.resources.iter().filter_map(|resource| service.resource_type(resource.resource_type));
    // The shortest format is the plain one: `bucket/key` rather than an access point's object.
    let mut formats: Vec<&str> = types.flat_map(|kind| kind.formats.iter().copied()).collect();
    formats.sort_by_key(|format| format.len());
    formats.into_iter().filter_map(filled).map(RequestedResource::Arn).collect()
}

/// An ARN of the format, with `example` for every name.
fn filled(format: &str) -> Option<Arn> {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        let (variable, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(match variable {
            "Partition" => "aws",
            "Region" => "us-east-1",
            "Account" => "111122223333",
            _ => "example",
        });
        rest = after;
    }
    text.push_str(rest);
    text.replace('*', "example").parse().ok()
}
