//! Functions of SAM.

use super::{FUNCTION, PERMISSION, Shared, events, renamed, with_role};
use crate::node::{Node, Value};
use crate::template::Resource;

/// A function, and what its properties make beside it.
pub(super) fn written_out(resource: &Resource, shared: &mut Shared, written: &mut Vec<Resource>) {
    let id = &resource.logical_id;
    let mut made = renamed(resource, FUNCTION, &[]);
    let is_image = resource.property("PackageType").and_then(Node::text) == Some("Image");
    if !is_image && resource.property("InlineCode").is_none() {
        made.properties.set_default("Code", place(resource.property("CodeUri")));
    }
    with_role(&mut made, "Role", resource, "lambda.amazonaws.com", written);
    written.push(made);
    let of_function = || Node::of_map([("FunctionName", Node::reference(id))]);
    if resource.property("AutoPublishAlias").is_some() {
        written.push(resource.made(format!("{id}Version"), "AWS::Lambda::Version", of_function()));
        written.push(resource.made(format!("{id}Alias"), "AWS::Lambda::Alias", of_function()));
    }
    if resource.property("FunctionUrlConfig").is_some() {
        let target = Node::of_map([("TargetFunctionArn", Node::reference(id))]);
        written.push(resource.made(format!("{id}Url"), "AWS::Lambda::Url", target));
        written.push(resource.made(format!("{id}UrlPublicPermissions"), PERMISSION, of_function()));
    }
    if resource.property("EventInvokeConfig").is_some() {
        written.push(resource.made(format!("{id}EventInvokeConfig"), "AWS::Lambda::EventInvokeConfig", of_function()));
        destinations(resource, written);
    }
    if resource.property("DeploymentPreference").is_some() {
        deployment_preference(resource, written);
    }
    events::of(resource, true, shared, written);
}

/// Where the code is: a place in S3, or a folder that is uploaded to one that nobody knows yet.
pub(super) fn place(uri: Option<&Node>) -> Node {
    let known = uri.filter(|node| matches!(node.value, Value::Map(_)) && node.function().is_none());
    if let Some(place) = known {
        let part = |key: &str| place.get(key).cloned().unwrap_or_default();
        return Node::of_map([("S3Bucket", part("Bucket")), ("S3Key", part("Key"))]);
    }
    let url =
        uri.and_then(Node::text).and_then(|text| text.strip_prefix("s3://")).and_then(|rest| rest.split_once('/'));
    match url {
        Some((bucket, key)) => Node::of_map([("S3Bucket", Node::of_text(bucket)), ("S3Key", Node::of_text(key))]),
        // A function that no resource has is anything.
        None => Node::of_map([("S3Bucket", uploaded()), ("S3Key", uploaded())]),
    }
}

/// What `sam package` will put in the place of a local path.
fn uploaded() -> Node {
    Node::of_map([("Fn::Uploaded", Node::default())])
}

/// Queues and topics that are made for the results of asynchronous calls.
fn destinations(resource: &Resource, written: &mut Vec<Resource>) {
    for (side, name) in [("OnSuccess", "SuccessQueue"), ("OnFailure", "FailureQueue")] {
        let Some(configured) = resource.property(&format!("EventInvokeConfig.DestinationConfig.{side}")) else {
            continue;
        };
        let kind = match configured.get("Type").and_then(Node::text) {
            _ if configured.get("Destination").is_some() => continue,
            Some("SQS") => "AWS::SQS::Queue",
            Some("SNS") => "AWS::SNS::Topic",
            _ => continue,
        };
        let name = if kind == "AWS::SNS::Topic" { name.replace("Queue", "Topic") } else { name.to_owned() };
        let id = format!("{}EventInvokeConfig{name}", resource.logical_id);
        written.push(resource.made(id, kind, Node::default()));
    }
}

/// Gradual deployments are made by `CodeDeploy`.
fn deployment_preference(resource: &Resource, written: &mut Vec<Resource>) {
    let application = "ServerlessDeploymentApplication";
    if written.iter().all(|known| known.logical_id != application) {
        written.push(resource.made(application, "AWS::CodeDeploy::Application", Node::default()));
        let like_role = Resource { logical_id: "CodeDeployService".to_owned(), at: resource.at, ..Resource::default() };
        written.push(super::role(&like_role, "codedeploy.amazonaws.com"));
    }
    let group = Node::of_map([
        ("ApplicationName", Node::reference(application)),
        ("ServiceRoleArn", Node::arn_of("CodeDeployServiceRole")),
    ]);
    let id = format!("{}DeploymentGroup", resource.logical_id);
    written.push(resource.made(id, "AWS::CodeDeploy::DeploymentGroup", group));
}
