//! SAM's own types, written out as the resources that they make.

mod api;
mod events;
mod function;

use crate::node::{Mark, Node, Value};
use crate::template::Resource;

/// The resources, with those of SAM replaced by what the transform makes of them.
pub(crate) fn written_out(resources: Vec<Resource>, globals: &Node) -> Vec<Resource> {
    let mut written = Vec::with_capacity(resources.len());
    let mut shared = Shared::default();
    for resource in resources {
        let Some(kind) = resource.resource_type.strip_prefix("AWS::Serverless::").map(str::to_owned) else {
            written.push(resource);
            continue;
        };
        let mut resource = resource;
        for entry in globals.get(&kind).map_or(&[][..], Node::entries) {
            resource.properties.set_default(&entry.key, entry.value.clone());
        }
        match kind.as_str() {
            "Function" => function::written_out(&resource, &mut shared, &mut written),
            "StateMachine" => state_machine(&resource, &mut shared, &mut written),
            "Api" => api::rest(&resource, &mut written),
            "HttpApi" => api::http(&resource, &mut written),
            "SimpleTable" => written.push(renamed(&resource, "AWS::DynamoDB::Table", &[])),
            "LayerVersion" => layer(&resource, &mut written),
            "Application" => written.push(application(&resource)),
            "Connector" => {
                let policy = resource.made(format!("{}Policy", resource.logical_id), POLICY, Node::default());
                written.push(policy);
            }
            // Newer than this table: what it makes is not known, and said so.
            _ => written.push(resource),
        }
    }
    shared.written_out(&mut written);
    written
}

pub(crate) const FUNCTION: &str = "AWS::Lambda::Function";
pub(crate) const PERMISSION: &str = "AWS::Lambda::Permission";
pub(crate) const ROLE: &str = "AWS::IAM::Role";
const POLICY: &str = "AWS::IAM::ManagedPolicy";

/// What events make once for all functions.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) rest_api: Option<Mark>,
    pub(crate) http_api: Option<Mark>,
}

impl Shared {
    fn written_out(&self, written: &mut Vec<Resource>) {
        if let Some(at) = self.rest_api {
            let api = Resource { logical_id: "ServerlessRestApi".to_owned(), at, ..Resource::default() };
            api::rest(&api, written);
        }
        if let Some(at) = self.http_api {
            let api = Resource { logical_id: "ServerlessHttpApi".to_owned(), at, ..Resource::default() };
            api::http(&api, written);
        }
    }
}

/// The same resource as one of another type, with some properties under other names.
pub(crate) fn renamed(resource: &Resource, resource_type: &str, names: &[(&str, &str)]) -> Resource {
    let mut made = resource.made(&*resource.logical_id, resource_type, resource.properties.clone());
    made.metadata = resource.metadata.clone();
    for (old, new) in names {
        if let Some(value) = resource.property(old).cloned() {
            made.properties.set_default(new, value);
        }
    }
    made
}

/// The role that SAM makes for a function or state machine that is given none.
pub(crate) fn role(resource: &Resource, service: &str) -> Resource {
    let principal = Node::of_map([("Service", Node::of_text(service))]);
    let statement = Node::of_map([("Principal", principal)]);
    let mut properties =
        Node::of_map([("AssumeRolePolicyDocument", Node::of_map([("Statement", list(vec![statement]))]))]);
    if let Some(path) = resource.property("RolePath").cloned() {
        properties.set_default("Path", path);
    }
    resource.made(format!("{}Role", resource.logical_id), ROLE, properties)
}

/// Gives the resource the role, and makes it, unless it has one.
pub(crate) fn with_role(
    made: &mut Resource,
    key: &str,
    resource: &Resource,
    service: &str,
    written: &mut Vec<Resource>,
) {
    if resource.property("Role").is_none() {
        let role = role(resource, service);
        made.properties.set_default(key, Node::arn_of(&role.logical_id));
        written.push(role);
    }
}

pub(crate) fn list(items: Vec<Node>) -> Node {
    Node { value: Value::List(items), at: Mark::default() }
}

fn state_machine(resource: &Resource, shared: &mut Shared, written: &mut Vec<Resource>) {
    let mut made =
        renamed(resource, "AWS::StepFunctions::StateMachine", &[("Name", "StateMachineName"), ("Role", "RoleArn")]);
    with_role(&mut made, "RoleArn", resource, "states.amazonaws.com", written);
    written.push(made);
    events::of(resource, false, shared, written);
}

/// Layers are named by their logical ids, which SAM makes longer in the template and not in the name.
fn layer(resource: &Resource, written: &mut Vec<Resource>) {
    let mut made = renamed(resource, "AWS::Lambda::LayerVersion", &[]);
    made.properties.set_default("LayerName", Node::of_text(&*resource.logical_id));
    made.properties.set_default("Content", function::place(resource.property("ContentUri")));
    written.push(made);
}

fn application(resource: &Resource) -> Resource {
    let mut made = renamed(resource, "AWS::CloudFormation::Stack", &[]);
    if let Some(location) = resource.property("Location").filter(|location| location.text().is_some()) {
        made.properties.set_default("TemplateURL", location.clone());
    }
    made
}
