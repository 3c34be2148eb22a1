//! Events of SAM's functions and state machines.

use super::{PERMISSION, Shared, role};
use crate::node::Node;
use crate::template::Resource;

/// What the events of a function or state machine make.
pub(super) fn of(resource: &Resource, is_function: bool, shared: &mut Shared, written: &mut Vec<Resource>) {
    for event in resource.property("Events").map_or(&[][..], Node::entries) {
        let id = format!("{}{}", resource.logical_id, event.key);
        let properties = event.value.get("Properties").cloned().unwrap_or_default();
        let kind = event.value.get("Type").and_then(Node::text).unwrap_or_default();
        one(&Event { resource, is_function, id, kind, properties }, shared, written);
    }
}

struct Event<'r> {
    resource: &'r Resource,
    is_function: bool,
    id: String,
    kind: &'r str,
    properties: Node,
}

fn one(event: &Event<'_>, shared: &mut Shared, written: &mut Vec<Resource>) {
    let Event { resource, id, properties, .. } = event;
    let property = |key: &str| properties.get(key).cloned();
    match event.kind {
        "Api" if property("RestApiId").is_none() => {
            shared.rest_api = Some(resource.at);
            event.called_by(written);
        }
        "HttpApi" if property("ApiId").is_none() => {
            shared.http_api = Some(resource.at);
            event.called_by(written);
        }
        "Api" | "HttpApi" | "AlexaSkill" | "Cognito" | "S3" => event.called_by(written),
        "Schedule" | "EventBridgeRule" | "CloudWatchEvent" => {
            let mut rule = resource.made(&**id, "AWS::Events::Rule", properties.clone());
            rule.properties.set_default("Targets", Node::default());
            if let Some(name) = property("RuleName") {
                rule.properties.set_default("Name", name);
            }
            event.called_or_started(rule, "RoleArn", "events.amazonaws.com", written);
        }
        "ScheduleV2" => {
            let schedule = resource.made(&**id, "AWS::Scheduler::Schedule", properties.clone());
            event.started(schedule, "RoleArn", "scheduler.amazonaws.com", written);
        }
        "SNS" => {
            let topic = Node::of_map([("TopicArn", property("Topic").unwrap_or_default())]);
            written.push(resource.made(&**id, "AWS::SNS::Subscription", topic));
            event.called_by(written);
        }
        "IoTRule" => {
            written.push(resource.made(&**id, "AWS::IoT::TopicRule", properties.clone()));
            event.called_by(written);
        }
        "CloudWatchLogs" => {
            written.push(resource.made(&**id, "AWS::Logs::SubscriptionFilter", properties.clone()));
            event.called_by(written);
        }
        "SQS" | "Kinesis" | "DynamoDB" | "MSK" | "MQ" | "SelfManagedKafka" | "DocumentDB" => {
            let mut mapping = resource.made(&**id, "AWS::Lambda::EventSourceMapping", properties.clone());
            mapping.properties.set_default("FunctionName", Node::reference(&resource.logical_id));
            written.push(mapping);
        }
        _ => {}
    }
}

impl Event<'_> {
    /// A service calls the function, which has to allow that.
    fn called_by(&self, written: &mut Vec<Resource>) {
        if self.is_function {
            let of_function = Node::of_map([("FunctionName", Node::reference(&self.resource.logical_id))]);
            written.push(self.resource.made(format!("{}Permission", self.id), PERMISSION, of_function));
        }
    }

    /// A function is called; a state machine is started with a role that is made for it.
    fn called_or_started(&self, made: Resource, key: &str, service: &str, written: &mut Vec<Resource>) {
        if self.is_function {
            written.push(made);
            self.called_by(written);
        } else {
            self.started(made, key, service, written);
        }
    }

    /// The target is started with a role that is made for it, unless one is given.
    fn started(&self, mut made: Resource, key: &str, service: &str, written: &mut Vec<Resource>) {
        if made.properties.get(key).is_none() {
            let like_role = Resource { logical_id: self.id.clone(), at: self.resource.at, ..Resource::default() };
            let role = role(&like_role, service);
            made.properties.set_default(key, Node::arn_of(&role.logical_id));
            written.push(role);
        }
        written.push(made);
    }
}
