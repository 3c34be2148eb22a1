//! A record of which only the places of its fields are known.

use std::borrow::Cow;
use std::ops::Range;

use crate::record::decode::moment;
use crate::record::event::{Event, SessionIssuer, UserIdentity};
use crate::record::json::{Json, NotJson};
use crate::record::outline::Outline;

/// A value that was stepped over: its kind, and where it begins and ends. In one word, because each is moved around
/// at once after it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Value(u64);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Missing,
    /// Without its quotes.
    Text,
    /// With its brackets.
    Nested,
    True,
    False,
    Null,
}

impl Value {
    pub(crate) const MISSING: Self = Self(0);
    pub(crate) const TRUE: Self = Self(3);
    pub(crate) const FALSE: Self = Self(4);
    pub(crate) const NULL: Self = Self(5);
    /// How many bits each place has.
    const PLACE: u32 = 30;
    pub(crate) const LAST: usize = (1 << Self::PLACE) - 1;

    #[inline]
    pub(crate) fn text(from: usize, to: usize) -> Self {
        Self::at(1, from, to)
    }

    #[inline]
    pub(crate) fn nested(from: usize, to: usize) -> Self {
        Self::at(2, from, to)
    }

    #[inline]
    fn at(kind: u64, from: usize, to: usize) -> Self {
        Self(kind | (from as u64) << 4 | (to as u64) << (4 + Self::PLACE))
    }

    #[inline]
    pub(crate) fn kind(self) -> Kind {
        match self.0 & 15 {
            1 => Kind::Text,
            2 => Kind::Nested,
            3 => Kind::True,
            4 => Kind::False,
            5 => Kind::Null,
            _ => Kind::Missing,
        }
    }

    #[inline]
    pub(crate) fn range(self) -> Range<usize> {
        let place = |shift: u32| usize::try_from(self.0 >> shift).unwrap_or_default() & Self::LAST;
        place(4)..place(4 + Self::PLACE)
    }
}

pub(crate) mod top {
    pub(crate) const KEYS: [&str; 24] = [
        "eventVersion",
        "userIdentity",
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "errorCode",
        "errorMessage",
        "requestParameters",
        "responseElements",
        "additionalEventData",
        "requestID",
        "eventID",
        "readOnly",
        "resources",
        "eventType",
        "managementEvent",
        "recipientAccountId",
        "sharedEventID",
        "vpcEndpointId",
        "tlsDetails",
        "eventCategory",
    ];
    pub(crate) const VERSION: usize = 0;
    pub(crate) const USER: usize = 1;
    pub(crate) const TIME: usize = 2;
    pub(crate) const SOURCE: usize = 3;
    pub(crate) const NAME: usize = 4;
    pub(crate) const REGION: usize = 5;
    pub(crate) const ADDRESS: usize = 6;
    pub(crate) const ERROR: usize = 8;
    pub(crate) const MESSAGE: usize = 9;
    pub(crate) const PARAMETERS: usize = 10;
    pub(crate) const RESPONSE: usize = 11;
    pub(crate) const ADDITIONAL: usize = 12;
    pub(crate) const ID: usize = 14;
    pub(crate) const READ_ONLY: usize = 15;
    pub(crate) const RESOURCES: usize = 16;
    pub(crate) const TYPE: usize = 17;
    pub(crate) const MANAGEMENT: usize = 18;
    pub(crate) const RECIPIENT: usize = 19;
    pub(crate) const SHARED: usize = 20;
    pub(crate) const ENDPOINT: usize = 21;
    pub(crate) const CATEGORY: usize = 23;
}

pub(crate) mod user {
    pub(crate) const KEYS: [&str; 10] = [
        "type",
        "principalId",
        "arn",
        "accountId",
        "accessKeyId",
        "userName",
        "sessionContext",
        "invokedBy",
        "identityProvider",
        "inScopeOf",
    ];
    pub(crate) const TYPE: usize = 0;
    pub(crate) const ID: usize = 1;
    pub(crate) const ARN: usize = 2;
    pub(crate) const ACCOUNT: usize = 3;
    pub(crate) const KEY: usize = 4;
    pub(crate) const NAME: usize = 5;
    pub(crate) const CONTEXT: usize = 6;
    pub(crate) const INVOKED_BY: usize = 7;
}

pub(crate) mod context {
    pub(crate) const KEYS: [&str; 4] = ["sessionIssuer", "webIdFederationData", "attributes", "sourceIdentity"];
    pub(crate) const ISSUER: usize = 0;
    pub(crate) const SOURCE: usize = 3;
}

pub(crate) mod issuer {
    pub(crate) const KEYS: [&str; 5] = ["type", "principalId", "arn", "accountId", "userName"];
    pub(crate) const TYPE: usize = 0;
    pub(crate) const ID: usize = 1;
    pub(crate) const ARN: usize = 2;
    pub(crate) const ACCOUNT: usize = 3;
    pub(crate) const NAME: usize = 4;
}

/// A record that was stepped over.
#[derive(Debug)]
pub(crate) struct Skimmed<'a> {
    pub(crate) text: &'a str,
    pub(crate) may_escape: bool,
    pub(crate) fields: [Value; 24],
    pub(crate) who: [Value; 10],
    pub(crate) session: [Value; 4],
    pub(crate) issued: [Value; 5],
}

impl<'a> Skimmed<'a> {
    /// How long it is.
    pub(crate) fn len(&self) -> usize {
        self.text.len()
    }

    /// What decides, if none of it has escapes.
    #[inline]
    pub(crate) fn outline(&self) -> Result<Outline<'a>, NotJson> {
        let Self { fields, who, issued, .. } = self;
        Ok(Outline {
            event_time: self.plain(fields[top::TIME])?.and_then(moment),
            event_source: self.plain(fields[top::SOURCE])?.ok_or(NotJson)?,
            event_name: self.plain(fields[top::NAME])?.ok_or(NotJson)?,
            aws_region: self.plain(fields[top::REGION])?.unwrap_or_default(),
            error_code: self.plain(fields[top::ERROR])?,
            error_message: self.plain(fields[top::MESSAGE])?,
            request_parameters: self.json(fields[top::PARAMETERS]),
            resources: self.json(fields[top::RESOURCES]),
            event_id: self.plain(fields[top::ID])?,
            event_type: self.plain(fields[top::TYPE])?,
            event_category: self.plain(fields[top::CATEGORY])?,
            management_event: flag(fields[top::MANAGEMENT]),
            read_only: flag(fields[top::READ_ONLY]),
            recipient_account_id: self.plain(fields[top::RECIPIENT])?,
            user_type: self.plain(who[user::TYPE])?,
            principal_id: self.plain(who[user::ID])?,
            user_arn: self.plain(who[user::ARN])?,
            account_id: self.plain(who[user::ACCOUNT])?,
            user_name: self.plain(who[user::NAME])?,
            invoked_by: self.plain(who[user::INVOKED_BY])?,
            issuer_principal_id: self.plain(issued[issuer::ID])?,
            issuer_arn: self.plain(issued[issuer::ARN])?,
            issuer_account_id: self.plain(issued[issuer::ACCOUNT])?,
            issuer_user_name: self.plain(issued[issuer::NAME])?,
        })
    }

    /// The event, unless something in it is for others to read.
    pub(crate) fn event(&self) -> Result<Event<'a>, NotJson> {
        let Self { fields, who, session, issued, .. } = self;
        let session_issuer = SessionIssuer {
            kind: self.aside(issued[issuer::TYPE]),
            principal_id: self.text(issued[issuer::ID])?,
            arn: self.text(issued[issuer::ARN])?,
            account_id: self.text(issued[issuer::ACCOUNT])?,
            user_name: self.text(issued[issuer::NAME])?,
        };
        let user_identity = UserIdentity {
            kind: self.text(who[user::TYPE])?,
            principal_id: self.text(who[user::ID])?,
            arn: self.text(who[user::ARN])?,
            account_id: self.text(who[user::ACCOUNT])?,
            user_name: self.text(who[user::NAME])?,
            access_key_id: self.aside(who[user::KEY]),
            invoked_by: self.text(who[user::INVOKED_BY])?,
            source_identity: self.aside(session[context::SOURCE]),
            session_issuer: Some(session_issuer).filter(|issuer| *issuer != SessionIssuer::default()),
        };
        Ok(Event {
            event_version: self.aside(fields[top::VERSION]),
            event_time: self.text(fields[top::TIME])?.and_then(|time| moment(&time)),
            // Without these, it is for others to say what it is.
            event_source: self.text(fields[top::SOURCE])?.ok_or(NotJson)?,
            event_name: self.text(fields[top::NAME])?.ok_or(NotJson)?,
            aws_region: self.text(fields[top::REGION])?.unwrap_or_default(),
            user_identity,
            error_code: self.text(fields[top::ERROR])?,
            error_message: self.text(fields[top::MESSAGE])?,
            request_parameters: self.json(fields[top::PARAMETERS]),
            response_elements: self.json(fields[top::RESPONSE]),
            additional_event_data: self.json(fields[top::ADDITIONAL]),
            resources: self.json(fields[top::RESOURCES]),
            event_id: self.text(fields[top::ID])?,
            event_type: self.text(fields[top::TYPE])?,
            event_category: self.text(fields[top::CATEGORY])?,
            management_event: flag(fields[top::MANAGEMENT]),
            read_only: flag(fields[top::READ_ONLY]),
            recipient_account_id: self.text(fields[top::RECIPIENT])?,
            shared_event_id: self.aside(fields[top::SHARED]),
            source_ip_address: self.aside(fields[top::ADDRESS]),
            vpc_endpoint_id: self.aside(fields[top::ENDPOINT]),
        })
    }

    /// The text of a field that is not part of the outline, which nothing hangs on.
    fn aside(&self, value: Value) -> Option<Cow<'a, str>> {
        self.text(value).unwrap_or_default()
    }

    /// The text of a field, unless it has escapes.
    #[inline]
    fn plain(&self, value: Value) -> Result<Option<&'a str>, NotJson> {
        if value.kind() != Kind::Text {
            return Ok(None);
        }
        let text = self.text.get(value.range()).ok_or(NotJson)?;
        if self.may_escape && memchr::memchr(b'\\', text.as_bytes()).is_some() {
            return Err(NotJson);
        }
        Ok(Some(text))
    }

    /// The text of a field, unless its escapes are wrong.
    fn text(&self, value: Value) -> Result<Option<Cow<'a, str>>, NotJson> {
        if let Ok(plain) = self.plain(value) {
            return Ok(plain.map(Cow::Borrowed));
        }
        serde_json::from_str(self.quoted(value).ok_or(NotJson)?)
            .map(|text: String| Some(Cow::Owned(text)))
            .or(Err(NotJson))
    }

    fn quoted(&self, value: Value) -> Option<&'a str> {
        let Range { start, end } = value.range();
        self.text.get(start.checked_sub(1)?..end + 1)
    }

    /// The text of a field that stays JSON.
    #[inline]
    fn json(&self, value: Value) -> Option<Json<'a>> {
        let text = match value.kind() {
            Kind::Missing | Kind::Null => return None,
            Kind::Text => self.quoted(value)?,
            Kind::Nested => self.text.get(value.range())?,
            Kind::True => "true",
            Kind::False => "false",
        };
        Some(Json::new(text))
    }
}

fn flag(value: Value) -> Option<bool> {
    match value.kind() {
        Kind::True => Some(true),
        Kind::False => Some(false),
        _ => None,
    }
}
