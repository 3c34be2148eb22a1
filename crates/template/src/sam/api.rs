//! APIs of SAM.

use super::renamed;
use crate::node::Node;
use crate::template::Resource;

/// A REST API with its deployment and stage.
pub(super) fn rest(resource: &Resource, written: &mut Vec<Resource>) {
    let id = &resource.logical_id;
    written.push(renamed(resource, "AWS::ApiGateway::RestApi", &[]));
    let of_api = || Node::of_map([("RestApiId", Node::reference(id))]);
    written.push(resource.made(format!("{id}Deployment"), "AWS::ApiGateway::Deployment", of_api()));
    written.push(resource.made(format!("{id}Stage"), "AWS::ApiGateway::Stage", of_api()));
    if resource.property("Auth.UsagePlan").is_some() {
        written.push(resource.made(format!("{id}UsagePlan"), "AWS::ApiGateway::UsagePlan", Node::default()));
        written.push(resource.made(format!("{id}UsagePlanKey"), "AWS::ApiGateway::UsagePlanKey", Node::default()));
        written.push(resource.made(format!("{id}ApiKey"), "AWS::ApiGateway::ApiKey", Node::default()));
    }
    domain(resource, "AWS::ApiGateway::DomainName", "AWS::ApiGateway::BasePathMapping", written);
}

/// An HTTP API with its stage.
pub(super) fn http(resource: &Resource, written: &mut Vec<Resource>) {
    let id = &resource.logical_id;
    written.push(renamed(resource, "AWS::ApiGatewayV2::Api", &[]));
    let of_api = Node::of_map([("ApiId", Node::reference(id))]);
    written.push(resource.made(format!("{id}Stage"), "AWS::ApiGatewayV2::Stage", of_api));
    domain(resource, "AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping", written);
}

/// A domain of its own, with its mapping and record.
fn domain(resource: &Resource, domain: &str, mapping: &str, written: &mut Vec<Resource>) {
    let Some(name) = resource.property("Domain.DomainName").cloned() else { return };
    let id = &resource.logical_id;
    let named = || Node::of_map([("DomainName", name.clone())]);
    written.push(resource.made(format!("{id}DomainName"), domain, named()));
    written.push(resource.made(format!("{id}Mapping"), mapping, named()));
    if let Some(route53) = resource.property("Domain.Route53").cloned() {
        written.push(resource.made(format!("{id}RecordSet"), "AWS::Route53::RecordSetGroup", route53));
    }
}
