//! One CloudTrail record, borrowed from the buffer that holds it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::value::RawValue;

use crate::record::json::{Json, NotJson};

/// One CloudTrail record.
///
/// Text is borrowed where the JSON needs no unescaping. A field whose JSON type is not the documented one is
/// `None`, never an error: only `eventName` and `eventSource` are needed for a record to count.
#[derive(Debug, Clone, Default)]
pub struct Event<'a> {
    /// `eventVersion`.
    pub event_version: Option<Cow<'a, str>>,
    /// `eventTime`; `None` when it is missing or is not RFC 3339.
    pub event_time: Option<Timestamp>,
    /// `eventSource`, for example `s3.amazonaws.com`.
    pub event_source: Cow<'a, str>,
    /// `eventName`, for example `ListObjects`.
    pub event_name: Cow<'a, str>,
    /// `awsRegion`; empty when missing.
    pub aws_region: Cow<'a, str>,
    /// `userIdentity`; all fields are empty when it is missing or is not an object.
    pub user_identity: UserIdentity<'a>,
    /// `errorCode`.
    pub error_code: Option<Cow<'a, str>>,
    /// `errorMessage`.
    pub error_message: Option<Cow<'a, str>>,
    /// `requestParameters` as JSON text, of whatever type it is; `None` for missing and `null`.
    pub request_parameters: Option<Json<'a>>,
    /// `responseElements` as JSON text; `None` for missing and `null`.
    pub response_elements: Option<Json<'a>>,
    /// `additionalEventData` as JSON text; `None` for missing and `null`.
    pub additional_event_data: Option<Json<'a>>,
    /// `resources` as JSON text; `None` for missing and `null`.
    pub resources: Option<Json<'a>>,
    /// `eventID`.
    pub event_id: Option<Cow<'a, str>>,
    /// `eventType`, for example `AwsApiCall`.
    pub event_type: Option<Cow<'a, str>>,
    /// `eventCategory`: `Management`, `Data`, `NetworkActivity`.
    pub event_category: Option<Cow<'a, str>>,
    /// `managementEvent`.
    pub management_event: Option<bool>,
    /// `readOnly`.
    pub read_only: Option<bool>,
    /// `recipientAccountId`: the account that this copy was delivered to.
    pub recipient_account_id: Option<Cow<'a, str>>,
    /// `sharedEventID`: the same for the copies of one call in different accounts.
    pub shared_event_id: Option<Cow<'a, str>>,
    /// `sourceIPAddress`; a service's name when a service called.
    pub source_ip_address: Option<Cow<'a, str>>,
    /// `vpcEndpointId`.
    pub vpc_endpoint_id: Option<Cow<'a, str>>,
}

/// The record's `userIdentity`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserIdentity<'a> {
    /// `type`, for example `AssumedRole`.
    pub kind: Option<Cow<'a, str>>,
    /// `principalId`: `AIDA…`, or `AROA…:session` for a role session.
    pub principal_id: Option<Cow<'a, str>>,
    /// `arn`; for a role session that of the session, which has lost the role's path.
    pub arn: Option<Cow<'a, str>>,
    /// `accountId`: the caller's account.
    pub account_id: Option<Cow<'a, str>>,
    /// `userName`.
    pub user_name: Option<Cow<'a, str>>,
    /// `accessKeyId`.
    pub access_key_id: Option<Cow<'a, str>>,
    /// `invokedBy`: the service that made the call for the caller.
    pub invoked_by: Option<Cow<'a, str>>,
    /// `sessionContext.sourceIdentity`.
    pub source_identity: Option<Cow<'a, str>>,
    /// `sessionContext.sessionIssuer`.
    pub session_issuer: Option<SessionIssuer<'a>>,
}

/// The record's `userIdentity.sessionContext.sessionIssuer`: who the session's credentials were issued from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionIssuer<'a> {
    /// `type`: `Role`, `IAMUser`, `Root`.
    pub kind: Option<Cow<'a, str>>,
    /// `principalId`: the role's `AROA…` id.
    pub principal_id: Option<Cow<'a, str>>,
    /// `arn`: with the role's path.
    pub arn: Option<Cow<'a, str>>,
    /// `accountId`.
    pub account_id: Option<Cow<'a, str>>,
    /// `userName`: the role's name.
    pub user_name: Option<Cow<'a, str>>,
}

/// What decides the needs of a call and is kept as text.
#[derive(Debug, Clone, Copy, Default)]
pub struct DecisiveParts<'a> {
    /// `requestParameters`.
    pub parameters: Option<&'a RawValue>,
    /// `resources`.
    pub resources: Option<&'a RawValue>,
}

impl<'a> Event<'a> {
    /// Whether the record shows an error, be it by its message alone.
    pub fn failed(&self) -> bool {
        let some = |text: &Option<Cow<'_, str>>| text.as_deref().is_some_and(|text| !text.is_empty());
        some(&self.error_code) || some(&self.error_message)
    }

    /// What decides the needs of its call, if all of it is JSON.
    pub fn check(&self) -> Result<DecisiveParts<'a>, NotJson> {
        let value = |json: Option<Json<'a>>| json.map(|json| json.value().ok_or(NotJson)).transpose();
        Ok(DecisiveParts { parameters: value(self.request_parameters)?, resources: value(self.resources)? })
    }

    /// What decides the needs of its call, without what is not JSON.
    pub fn parts(&self) -> DecisiveParts<'a> {
        let value = |json: Option<Json<'a>>| json.and_then(Json::value);
        DecisiveParts { parameters: value(self.request_parameters), resources: value(self.resources) }
    }
}

impl UserIdentity<'_> {
    /// The unique id (`AROA…`) of the role whose session this is.
    pub fn role_id(&self) -> Option<&str> {
        let issued = self.session_issuer.as_ref().and_then(|issuer| issuer.principal_id.as_deref());
        [issued, self.principal_id.as_deref()]
            .into_iter()
            .flatten()
            .map(|id| id.split_once(':').map_or(id, |(id, _session)| id))
            .find(|id| id.starts_with("AROA"))
    }
}
