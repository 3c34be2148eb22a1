//! One CloudTrail record.

use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use crate::{Caller, Rng};

/// The event version that CloudTrail writes today.
const VERSION: &str = "1.11";

/// Builds one CloudTrail record. What is not said takes a plausible value; ids come from the seed.
#[derive(Debug, Clone)]
pub struct EventBuilder {
    source: String,
    name: String,
    caller: Caller,
    region: String,
    time: String,
    recipient: Option<String>,
    source_ip: Option<String>,
    agent: String,
    error: Option<(String, Option<String>)>,
    parameters: Value,
    response: Value,
    resources: Vec<Value>,
    additional: Option<Value>,
    event_type: String,
    category: String,
    read_only: Option<bool>,
    via: Option<String>,
    shared_id: Option<String>,
    event_id: Option<String>,
    request_id: Option<String>,
    access_key: Option<String>,
    extra: Map<String, Value>,
    seed: u64,
}

impl EventBuilder {
    /// A management event of this source and name, by a role of the account 111122223333 in `us-east-1`.
    pub fn new(source: &str, name: &str) -> Self {
        Self {
            source: source.to_owned(),
            name: name.to_owned(),
            caller: Caller::role("arn:aws:iam::111122223333:role/example"),
            region: "us-east-1".to_owned(),
            time: "2026-05-01T00:00:00Z".to_owned(),
            recipient: None,
            source_ip: None,
            agent: "aws-sdk-rust/1.3.9 os/linux lang/rust/1.91.0".to_owned(),
            error: None,
            parameters: Value::Null,
            response: Value::Null,
            resources: Vec::new(),
            additional: None,
            event_type: "AwsApiCall".to_owned(),
            category: "Management".to_owned(),
            read_only: None,
            via: None,
            shared_id: None,
            event_id: None,
            request_id: None,
            access_key: None,
            extra: Map::new(),
            seed: 0,
        }
    }

    /// Who called.
    #[must_use]
    pub fn principal(mut self, caller: &Caller) -> Self {
        self.caller = caller.clone();
        self
    }

    /// The region that recorded the call.
    #[must_use]
    pub fn region(mut self, region: &str) -> Self {
        region.clone_into(&mut self.region);
        self
    }

    /// When the call was made, as RFC 3339 text in UTC.
    #[must_use]
    pub fn time(mut self, time: &str) -> Self {
        time.clone_into(&mut self.time);
        self
    }

    /// `requestParameters`.
    #[must_use]
    pub fn parameters(mut self, parameters: Value) -> Self {
        self.parameters = parameters;
        self
    }

    /// `responseElements`.
    #[must_use]
    pub fn response(mut self, response: Value) -> Self {
        self.response = response;
        self
    }

    /// One more row of `resources`; an empty type is left out, as several services leave it.
    #[must_use]
    pub fn resource(mut self, arn: &str, resource_type: &str) -> Self {
        let account = match arn.split(':').nth(4) {
            Some(account) if !account.is_empty() => account,
            _ => self.caller.account(),
        };
        let row = match resource_type {
            "" => json!({ "accountId": account, "ARN": arn }),
            // An object has no account of its own in S3's records.
            "AWS::S3::Object" => json!({ "type": resource_type, "ARN": arn }),
            _ => json!({ "accountId": account, "type": resource_type, "ARN": arn }),
        };
        self.resources.push(row);
        self
    }

    /// The rows of `resources` as given.
    #[must_use]
    pub fn resources(mut self, rows: Vec<Value>) -> Self {
        self.resources = rows;
        self
    }

    /// The call failed. `requestParameters` stay; a failed call has no response.
    #[must_use]
    pub fn error(mut self, code: &str, message: &str) -> Self {
        self.error = Some((code.to_owned(), Some(message.to_owned())));
        self
    }

    /// The call failed without a message.
    #[must_use]
    pub fn error_code(mut self, code: &str) -> Self {
        self.error = Some((code.to_owned(), None));
        self
    }

    /// A service made the call on the caller's behalf.
    #[must_use]
    pub fn via(mut self, service: &str) -> Self {
        self.via = Some(service.to_owned());
        self
    }

    /// A data event.
    #[must_use]
    pub fn data(mut self) -> Self {
        "Data".clone_into(&mut self.category);
        self
    }

    /// `eventCategory`, such as `Insight` or `NetworkActivity`.
    #[must_use]
    pub fn category(mut self, category: &str) -> Self {
        category.clone_into(&mut self.category);
        self
    }

    /// `eventType`, such as `AwsServiceEvent`.
    #[must_use]
    pub fn event_type(mut self, event_type: &str) -> Self {
        event_type.clone_into(&mut self.event_type);
        self
    }

    /// `readOnly`; else told from the name.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = Some(read_only);
        self
    }

    /// `recipientAccountId`; else the caller's account.
    #[must_use]
    pub fn recipient(mut self, account: &str) -> Self {
        self.recipient = Some(account.to_owned());
        self
    }

    /// `sharedEventID`, which copies of one call in several accounts have in common.
    #[must_use]
    pub fn shared_id(mut self, id: &str) -> Self {
        self.shared_id = Some(id.to_owned());
        self
    }

    /// `eventID`.
    #[must_use]
    pub fn id(mut self, id: &str) -> Self {
        self.event_id = Some(id.to_owned());
        self
    }

    /// `requestID`.
    #[must_use]
    pub fn request_id(mut self, id: &str) -> Self {
        self.request_id = Some(id.to_owned());
        self
    }

    /// The access key's id without its four letters of kind.
    #[must_use]
    pub fn access_key(mut self, key: &str) -> Self {
        self.access_key = Some(key.to_owned());
        self
    }

    /// `sourceIPAddress`.
    #[must_use]
    pub fn source_ip(mut self, address: &str) -> Self {
        self.source_ip = Some(address.to_owned());
        self
    }

    /// `userAgent`.
    #[must_use]
    pub fn agent(mut self, agent: &str) -> Self {
        agent.clone_into(&mut self.agent);
        self
    }

    /// `additionalEventData`.
    #[must_use]
    pub fn additional(mut self, data: Value) -> Self {
        self.additional = Some(data);
        self
    }

    /// Any other top-level member; one that exists is replaced.
    #[must_use]
    pub fn field(mut self, key: &str, value: Value) -> Self {
        self.extra.insert(key.to_owned(), value);
        self
    }

    /// The seed of the ids.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The event's source, such as `s3.amazonaws.com`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The event's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether this is an API call, not a sign-in, a console action or a service's event.
    pub fn is_api_call(&self) -> bool {
        self.event_type == "AwsApiCall"
    }

    /// Who called.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The service that called on the caller's behalf.
    pub fn invoked_by(&self) -> Option<&str> {
        self.via.as_deref()
    }

    /// The account whose trail records this copy.
    pub fn recorded_in(&self) -> &str {
        self.recipient.as_deref().unwrap_or_else(|| self.caller.account())
    }

    /// The region that recorded the call.
    pub fn recorded_at(&self) -> &str {
        &self.region
    }

    /// The record.
    pub fn build(&self) -> Value {
        let mut rng = Rng::labelled(self.seed, &self.name);
        let key = self.access_key.clone().unwrap_or_else(|| format!("{}EXA", rng.base32(13)));
        let event_id = self.event_id.clone().unwrap_or_else(|| rng.uuid());
        let request_id = self.request_id.clone().unwrap_or_else(|| rng.uuid());
        let service = self.via.as_deref().or_else(|| self.caller.as_service());
        let origin = service.or(self.source_ip.as_deref()).unwrap_or("198.51.100.17");

        let mut record = Map::new();
        let mut put = |key: &str, value: Value| {
            record.insert(key.to_owned(), value);
        };
        put("eventVersion", json!(VERSION));
        put("userIdentity", self.caller.to_json(&self.session_start(), &key, self.via.as_deref()));
        put("eventTime", json!(self.time));
        put("eventSource", json!(self.source));
        put("eventName", json!(self.name));
        put("awsRegion", json!(self.region));
        put("sourceIPAddress", json!(origin));
        put("userAgent", json!(service.unwrap_or(&self.agent)));
        if let Some((code, message)) = &self.error {
            put("errorCode", json!(code));
            if let Some(message) = message {
                put("errorMessage", json!(message));
            }
        }
        put("requestParameters", self.parameters.clone());
        put("responseElements", if self.error.is_some() { Value::Null } else { self.response.clone() });
        if let Some(data) = &self.additional {
            put("additionalEventData", data.clone());
        }
        put("requestID", json!(request_id));
        put("eventID", json!(event_id));
        put("readOnly", json!(self.read_only.unwrap_or_else(|| reads(&self.name))));
        if !self.resources.is_empty() {
            put("resources", Value::Array(self.resources.clone()));
        }
        put("eventType", json!(self.event_type));
        put("managementEvent", json!(self.category == "Management"));
        put("recipientAccountId", json!(self.recorded_in()));
        if let Some(id) = &self.shared_id {
            put("sharedEventID", json!(id));
        }
        put("eventCategory", json!(self.category));
        if service.is_none() && self.event_type == "AwsApiCall" {
            let host = self.source.replacen('.', &format!(".{}.", self.region), 1);
            put(
                "tlsDetails",
                json!({ "tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256", "clientProvidedHostHeader": host }),
            );
        }
        for (key, value) in &self.extra {
            put(key, value.clone());
        }
        Value::Object(record)
    }

    /// A session starts on the full hour before the call, so that one session holds many calls.
    fn session_start(&self) -> String {
        match self.time.parse::<Timestamp>() {
            Ok(time) => {
                let hour = Timestamp::from_second(time.as_second().div_euclid(3600) * 3600).unwrap_or(time);
                let start = if hour == time { hour.checked_sub(1.hour()).unwrap_or(hour) } else { hour };
                start.to_string()
            }
            Err(_) => self.time.clone(),
        }
    }
}

fn reads(name: &str) -> bool {
    ["Get", "List", "Describe", "Head", "Query", "Scan", "BatchGet", "Decrypt", "Receive", "Lookup", "Check", "Search"]
        .iter()
        .any(|verb| name.starts_with(verb))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_the_members_of_a_real_one_in_their_order() {
        let record = EventBuilder::new("s3.amazonaws.com", "GetObject")
            .parameters(json!({ "bucketName": "b", "key": "k" }))
            .resource("arn:aws:s3:::b/k", "AWS::S3::Object")
            .resource("arn:aws:s3:::b", "AWS::S3::Bucket")
            .data()
            .build();
        let keys: Vec<&str> = record.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            keys,
            [
                "eventVersion",
                "userIdentity",
                "eventTime",
                "eventSource",
                "eventName",
                "awsRegion",
                "sourceIPAddress",
                "userAgent",
                "requestParameters",
                "responseElements",
                "requestID",
                "eventID",
                "readOnly",
                "resources",
                "eventType",
                "managementEvent",
                "recipientAccountId",
                "eventCategory",
                "tlsDetails"
            ]
        );
        assert_eq!(record["managementEvent"], false);
        assert_eq!(record["readOnly"], true);
        assert_eq!(record["resources"][1]["accountId"], "111122223333");
        assert_eq!(record["resources"][0].get("accountId"), None);
    }

    #[test]
    fn ids_follow_the_seed() {
        let event = EventBuilder::new("sts.amazonaws.com", "GetCallerIdentity");
        assert_eq!(event.clone().seed(3).build(), event.clone().seed(3).build());
        assert_ne!(event.clone().seed(3).build()["eventID"], event.seed(4).build()["eventID"]);
    }

    #[test]
    fn a_forward_access_session_names_the_service_three_times() {
        let record = EventBuilder::new("kms.amazonaws.com", "Decrypt").via("secretsmanager.amazonaws.com").build();
        for value in [&record["userIdentity"]["invokedBy"], &record["sourceIPAddress"], &record["userAgent"]] {
            assert_eq!(value, "secretsmanager.amazonaws.com");
        }
        assert_eq!(record["userIdentity"]["type"], "AssumedRole");
    }

    #[test]
    fn a_failed_call_has_no_response() {
        let record = EventBuilder::new("iam.amazonaws.com", "GetRole")
            .response(json!({ "role": {} }))
            .error("AccessDenied", "no")
            .build();
        assert_eq!(record["responseElements"], Value::Null);
        assert_eq!(record["errorCode"], "AccessDenied");
    }
}
