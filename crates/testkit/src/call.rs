//! A record together with what it tells: the permissions that the call needed, stated by hand.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Caller, EventBuilder, Place};

/// One permission that a call needed, with its resources as policy patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The IAM action.
    pub action: String,
    /// The resources that IAM evaluates, as policy patterns.
    pub resources: Vec<String>,
    /// Condition keys of the request.
    pub context: BTreeMap<String, Vec<String>>,
    /// `exact`, `by-type` or `unresolved`.
    pub certainty: &'static str,
}

/// What a record is evidence of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The caller held the needed permissions.
    Authorised,
    /// The caller wanted the permissions and was refused.
    Denied,
    /// The record tells nothing about permissions, for this reason: a throttled or unsigned call, a sign-in, an event of
    /// a service, a call that no catalog knows.
    Nothing(&'static str),
}

/// A call: its record, its needs, its verdict.
#[derive(Debug, Clone)]
pub struct Call {
    /// The record to be.
    pub event: EventBuilder,
    /// The permissions that it needed, or wanted.
    pub needs: Vec<Need>,
    /// What it is evidence of.
    pub verdict: Verdict,
}

impl Call {
    /// A call of `SERVICE.amazonaws.com`.
    pub fn new(service: &str, name: &str) -> Self {
        Self {
            event: EventBuilder::new(&format!("{service}.amazonaws.com"), name),
            needs: Vec::new(),
            verdict: Verdict::Authorised,
        }
    }

    /// Who called, and where.
    #[must_use]
    pub fn by(self, caller: &Caller, place: &Place) -> Self {
        self.event(|event| event.principal(caller).region(&place.region))
    }

    /// Changes the record.
    #[must_use]
    pub fn event(mut self, change: impl FnOnce(EventBuilder) -> EventBuilder) -> Self {
        self.event = change(self.event);
        self
    }

    /// `requestParameters`.
    #[must_use]
    pub fn parameters(self, parameters: Value) -> Self {
        self.event(|event| event.parameters(parameters))
    }

    /// `responseElements`.
    #[must_use]
    pub fn response(self, response: Value) -> Self {
        self.event(|event| event.response(response))
    }

    /// One more row of `resources`.
    #[must_use]
    pub fn resource(self, arn: &str, resource_type: &str) -> Self {
        self.event(|event| event.resource(arn, resource_type))
    }

    /// A data event.
    #[must_use]
    pub fn data(self) -> Self {
        self.event(EventBuilder::data)
    }

    /// A service made the call on the caller's behalf.
    #[must_use]
    pub fn via(self, service: &str) -> Self {
        self.event(|event| event.via(service))
    }

    /// The call needed this action on this resource.
    #[must_use]
    pub fn need(self, action: &str, resource: &str) -> Self {
        self.need_each(action, &[resource])
    }

    /// The call needed this action on each of these resources.
    #[must_use]
    pub fn need_each(mut self, action: &str, resources: &[&str]) -> Self {
        self.needs.push(Need {
            action: action.to_owned(),
            resources: resources.iter().map(|&resource| resource.to_owned()).collect(),
            context: BTreeMap::new(),
            certainty: "exact",
        });
        self
    }

    /// A condition key of the need that was stated last.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        if let Some(need) = self.needs.last_mut() {
            need.context.entry(key.to_owned()).or_default().push(value.to_owned());
        }
        self
    }

    /// The role is handed to a service, which needs `iam:PassRole`.
    #[must_use]
    pub fn pass_role(self, role: &str, service: &str) -> Self {
        self.need("iam:PassRole", role).with("iam:PassedToService", service)
    }

    /// The name of the resource of the last need is not in the record.
    #[must_use]
    pub fn by_type(mut self) -> Self {
        if let Some(need) = self.needs.last_mut() {
            need.certainty = "by-type";
        }
        self
    }

    /// The call was refused; its needs are what it wanted.
    #[must_use]
    pub fn denied(mut self, code: &str, message: &str) -> Self {
        self.verdict = Verdict::Denied;
        self.event(|event| event.error(code, message))
    }

    /// The call was refused with the usual message, which names the first need's action and resource.
    #[must_use]
    pub fn denied_as_usual(self, code: &str) -> Self {
        let (action, resource) = self
            .needs
            .first()
            .map_or(("", "*"), |need| (need.action.as_str(), need.resources.first().map_or("*", String::as_str)));
        let message = format!(
            "User: {} is not authorized to perform: {action} on resource: {resource} because no identity-based policy allows the {action} action",
            self.event.caller().session_arn()
        );
        self.denied(code, &message)
    }

    /// The call was authorised and failed all the same.
    #[must_use]
    pub fn failed(self, code: &str, message: &str) -> Self {
        self.event(|event| event.error(code, message))
    }

    /// The call was throttled before anybody asked IAM.
    #[must_use]
    pub fn throttled(mut self, code: &str) -> Self {
        self.verdict = Verdict::Nothing("no-evidence");
        self.event(|event| event.error(code, "Rate exceeded"))
    }

    /// The record tells nothing about permissions, for this reason.
    #[must_use]
    pub fn nothing(mut self, why: &'static str) -> Self {
        self.verdict = Verdict::Nothing(why);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_message_names_action_and_resource() {
        let call = Call::new("sqs", "DeleteQueue")
            .by(&Caller::user("arn:aws:iam::111122223333:user/ines"), &Place::new("111122223333", "eu-west-1"))
            .need("sqs:DeleteQueue", "arn:aws:sqs:eu-west-1:111122223333:orders")
            .denied_as_usual("AccessDenied");
        assert_eq!(call.verdict, Verdict::Denied);
        assert_eq!(
            call.event.build()["errorMessage"],
            "User: arn:aws:iam::111122223333:user/ines is not authorized to perform: sqs:DeleteQueue on resource: \
             arn:aws:sqs:eu-west-1:111122223333:orders because no identity-based policy allows the sqs:DeleteQueue action"
        );
    }
}
