//! One record's JSON into an [`Event`].
//!
//! The only place that knows how a record is decoded: it gets bytes that begin with a record and says where the
//! record ends, so that a faster decoder can take its place. It is held against a plain `serde_json::Value` decode by
//! tests.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::record::event::{Event, SessionIssuer, UserIdentity};
use crate::record::json::Json;
use crate::skipped::SkipReason;

/// Visitor methods that take values of types that are not asked for.
macro_rules! odd {
    ($odd:expr; $($kind:ident)*) => { $(odd!(@$kind $odd);)* };
    (@map $odd:expr) => {
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
            Ok($odd)
        }
    };
    (@seq $odd:expr) => {
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            while seq.next_element::<IgnoredAny>()?.is_some() {}
            Ok($odd)
        }
    };
    (@text $odd:expr) => {
        fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
            Ok($odd)
        }
    };
    (@flag $odd:expr) => {
        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok($odd)
        }
    };
    (@number $odd:expr) => {
        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok($odd)
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok($odd)
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok($odd)
        }
    };
    (@null $odd:expr) => {
        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($odd)
        }
    };
}

/// Why bytes could not be decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The bytes end within the value.
    Incomplete,
    /// They are not JSON, because of what stands at a place.
    Invalid(String, usize),
}

/// A decoded object, which need not be a record.
#[derive(Debug, Default)]
pub(crate) struct Draft<'a> {
    event: Event<'a>,
    has_source: bool,
    has_name: bool,
    is_record: bool,
}

/// Decodes the object that the bytes begin with, and says how long it is.
pub(crate) fn decode(bytes: &[u8]) -> Result<(Draft<'_>, usize), Failure> {
    let mut values = serde_json::Deserializer::from_slice(bytes).into_iter::<Object<Draft<'_>>>();
    match values.next() {
        Some(Ok(Object(draft))) => Ok((draft, values.byte_offset())),
        Some(Err(error)) if error.is_eof() => Err(Failure::Incomplete),
        Some(Err(error)) => match place(&error, bytes) {
            // Of a number that is cut off where the bytes end, `serde_json` says that it is wrong, not that it is cut off.
            place if place >= bytes.len() => Err(Failure::Incomplete),
            place => Err(Failure::Invalid(error.to_string(), place)),
        },
        None => Err(Failure::Incomplete),
    }
}

/// Where the error lies.
fn place(error: &serde_json::Error, bytes: &[u8]) -> usize {
    let line = match error.line() {
        0 | 1 => 0,
        line => memchr::memchr_iter(b'\n', bytes).nth(line - 2).map_or(0, |newline| newline + 1),
    };
    line + error.column()
}

impl<'a> Draft<'a> {
    /// The event, if there is enough for one.
    pub(crate) fn into_event(self) -> Result<Event<'a>, SkipReason> {
        match self {
            Self { is_record: false, .. } => Err(SkipReason::NotARecord),
            Self { has_name: false, .. } => Err(SkipReason::NoEventName),
            Self { has_source: false, .. } => Err(SkipReason::NoEventSource),
            Self { event, .. } => Ok(event),
        }
    }
}

/// Whether a key at the top of an object shows that the object is a record.
pub(crate) fn is_record_key(key: &str) -> bool {
    matches!(key, "eventVersion" | "userIdentity" | "eventTime" | "eventSource" | "eventName" | "eventID" | "eventType")
}

/// Reads RFC 3339, or a time without an offset, as some tools that copy records write it; CloudTrail's times are UTC.
pub(crate) fn moment(text: &str) -> Option<Timestamp> {
    let in_utc = || {
        // With a zone behind it, it is not UTC.
        if text.contains('[') {
            return None;
        }
        // A day alone is no moment.
        let time: DateTime = text.get("2026-05-01".len()..).filter(|time| !time.is_empty()).and(text.parse().ok())?;
        time.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    };
    text.parse().ok().or_else(in_utc)
}

/// A JSON object that is read field by field. A value of any other type is an object without fields. Of a key that
/// comes again, the last value counts.
struct Object<T>(T);

trait Fields<'de>: Default {
    /// Takes the value of a key. `false`: the key is not needed, and its value was not read.
    fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error>;
}

impl<'de> Fields<'de> for Draft<'de> {
    fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        self.is_record |= is_record_key(key);
        let event = &mut self.event;
        match key {
            "eventVersion" => event.event_version = text(map)?,
            "eventTime" => event.event_time = text(map)?.and_then(|time| moment(&time)),
            "eventSource" => {
                let source = text(map)?;
                self.has_source = source.is_some();
                event.event_source = source.unwrap_or_default();
            }
            "eventName" => {
                let name = text(map)?;
                self.has_name = name.is_some();
                event.event_name = name.unwrap_or_default();
            }
            "awsRegion" => event.aws_region = text(map)?.unwrap_or_default(),
            "userIdentity" => event.user_identity = map.next_value::<Object<_>>()?.0,
            "errorCode" => event.error_code = text(map)?,
            "errorMessage" => event.error_message = text(map)?,
            "requestParameters" => event.request_parameters = raw(map)?,
            "responseElements" => event.response_elements = raw(map)?,
            "additionalEventData" => event.additional_event_data = raw(map)?,
            "resources" => event.resources = raw(map)?,
            "eventID" => event.event_id = text(map)?,
            "eventType" => event.event_type = text(map)?,
            "eventCategory" => event.event_category = text(map)?,
            "managementEvent" => event.management_event = flag(map)?,
            "readOnly" => event.read_only = flag(map)?,
            "recipientAccountId" => event.recipient_account_id = text(map)?,
            "sharedEventID" => event.shared_event_id = text(map)?,
            "sourceIPAddress" => event.source_ip_address = text(map)?,
            "vpcEndpointId" => event.vpc_endpoint_id = text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'de> Fields<'de> for UserIdentity<'de> {
    fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "type" => self.kind = text(map)?,
            "principalId" => self.principal_id = text(map)?,
            "arn" => self.arn = text(map)?,
            "accountId" => self.account_id = text(map)?,
            "userName" => self.user_name = text(map)?,
            "accessKeyId" => self.access_key_id = text(map)?,
            "invokedBy" => self.invoked_by = text(map)?,
            "sessionContext" => {
                let Object(SessionContext { source_identity, issuer }) = map.next_value()?;
                self.source_identity = source_identity;
                self.session_issuer = issuer;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Default)]
struct SessionContext<'a> {
    source_identity: Option<Cow<'a, str>>,
    issuer: Option<SessionIssuer<'a>>,
}

impl<'de> Fields<'de> for SessionContext<'de> {
    fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "sourceIdentity" => self.source_identity = text(map)?,
            "sessionIssuer" => {
                let Object(issuer) = map.next_value()?;
                // An issuer of another type, or an empty one, names nobody.
                self.issuer = Some(issuer).filter(|issuer| *issuer != SessionIssuer::default());
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'de> Fields<'de> for SessionIssuer<'de> {
    fn take<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "type" => self.kind = text(map)?,
            "principalId" => self.principal_id = text(map)?,
            "arn" => self.arn = text(map)?,
            "accountId" => self.account_id = text(map)?,
            "userName" => self.user_name = text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl<'de, T: Fields<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read<T>(PhantomData<T>);

        impl<'de, T: Fields<'de>> Visitor<'de> for Read<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
                let mut fields = T::default();
                while let Some(Key(key)) = map.next_key()? {
                    if !fields.take(&key, &mut map)? {
                        map.next_value::<IgnoredAny>()?;
                    }
                }
                Ok(fields)
            }

            odd!(T::default(); seq text flag number null);
        }

        deserializer.deserialize_any(Read(PhantomData)).map(Self)
    }
}

/// The text that is the key's value; `None` for anything else.
fn text<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Cow<'de, str>>, A::Error> {
    struct Text<'a>(Option<Cow<'a, str>>);
    struct Read;

    impl<'de> Deserialize<'de> for Text<'de> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Read).map(Self)
        }
    }

    impl<'de> Visitor<'de> for Read {
        type Value = Option<Cow<'de, str>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value")
        }

        fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
            Ok(Some(Cow::Borrowed(text)))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(Cow::Owned(text.to_owned())))
        }

        odd!(None; map seq flag number null);
    }

    map.next_value::<Text<'de>>().map(|Text(text)| text)
}

/// The truth value that is the key's value; `None` for anything else.
fn flag<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<bool>, A::Error> {
    struct Flag(Option<bool>);
    struct Read;

    impl<'de> Deserialize<'de> for Flag {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            deserializer.deserialize_any(Read).map(Self)
        }
    }

    impl<'de> Visitor<'de> for Read {
        type Value = Option<bool>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a value")
        }

        fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
            Ok(Some(flag))
        }

        odd!(None; map seq text number null);
    }

    map.next_value::<Flag>().map(|Flag(flag)| flag)
}

/// The JSON text of the key's value; `None` for `null`.
fn raw<'de, A: MapAccess<'de>>(map: &mut A) -> Result<Option<Json<'de>>, A::Error> {
    Ok(map.next_value::<Option<&RawValue>>()?.map(|raw| Json::new(raw.get())))
}

/// A key, borrowed unless it holds escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;

        impl<'de> Visitor<'de> for Read {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }
        }

        deserializer.deserialize_str(Read).map(Self)
    }
}
