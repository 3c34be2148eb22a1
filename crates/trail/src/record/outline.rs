//! What decides where a record is counted, without the rest of it.

use jiff::Timestamp;

use crate::record::event::Event;
use crate::record::json::{Json, NotJson};
use crate::record::skimmed::Skimmed;

/// The fields of a record that decide what it says about somebody's permissions, and when and where. All of them are
/// those of the [`Event`].
///
/// An outline costs much less than an event. Whoever has seen one like it before need not look at the event.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outline<'a> {
    /// `eventTime`.
    pub event_time: Option<Timestamp>,
    /// `eventSource`.
    pub event_source: &'a str,
    /// `eventName`.
    pub event_name: &'a str,
    /// `awsRegion`; empty when missing.
    pub aws_region: &'a str,
    /// `errorCode`.
    pub error_code: Option<&'a str>,
    /// `errorMessage`.
    pub error_message: Option<&'a str>,
    /// `requestParameters`.
    pub request_parameters: Option<Json<'a>>,
    /// `resources`.
    pub resources: Option<Json<'a>>,
    /// `eventID`.
    pub event_id: Option<&'a str>,
    /// `eventType`.
    pub event_type: Option<&'a str>,
    /// `eventCategory`.
    pub event_category: Option<&'a str>,
    /// `managementEvent`.
    pub management_event: Option<bool>,
    /// `readOnly`.
    pub read_only: Option<bool>,
    /// `recipientAccountId`.
    pub recipient_account_id: Option<&'a str>,
    /// `userIdentity.type`.
    pub user_type: Option<&'a str>,
    /// `userIdentity.principalId`.
    pub principal_id: Option<&'a str>,
    /// `userIdentity.arn`.
    pub user_arn: Option<&'a str>,
    /// `userIdentity.accountId`.
    pub account_id: Option<&'a str>,
    /// `userIdentity.userName`.
    pub user_name: Option<&'a str>,
    /// `userIdentity.invokedBy`.
    pub invoked_by: Option<&'a str>,
    /// `userIdentity.sessionContext.sessionIssuer.principalId`.
    pub issuer_principal_id: Option<&'a str>,
    /// `userIdentity.sessionContext.sessionIssuer.arn`.
    pub issuer_arn: Option<&'a str>,
    /// `userIdentity.sessionContext.sessionIssuer.accountId`.
    pub issuer_account_id: Option<&'a str>,
    /// `userIdentity.sessionContext.sessionIssuer.userName`.
    pub issuer_user_name: Option<&'a str>,
}

/// A record that may not have been looked into yet.
#[derive(Debug, Clone, Copy)]
pub struct Record<'r> {
    outline: &'r Outline<'r>,
    whole: Whole<'r>,
    likeness: Option<Likeness>,
}

/// Equal for records of one reader that say the same: their outlines are equal but for the time and the id, and for
/// which session it is where they [name the role](Outline::names_role), and for what is [opaque](Visit::is_opaque).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Likeness(u64);

/// A record that is like others: only what they differ in.
#[derive(Debug, Clone, Copy)]
pub struct Again<'r> {
    /// What it is like.
    pub likeness: Likeness,
    /// Its time.
    pub time: Option<Timestamp>,
    /// Its id, which is text.
    pub id: Option<&'r [u8]>,
}

/// Takes the records of files.
pub trait Visit {
    /// Takes a record. It is refused if its parameters or resources were looked at and are no JSON; it is then read in
    /// another way, and comes again or is skipped. A record must be refused or taken whatever came before it.
    fn record(&mut self, record: Record<'_>) -> Result<(), NotJson>;

    /// Takes a record that is like one that was taken earlier. `false`: that is not known any more, and the record
    /// comes in full.
    fn again(&mut self, again: &Again<'_>) -> bool {
        let _ = again;
        false
    }

    /// Whether records that differ in the texts and numbers of this request parameter alone are alike.
    fn is_opaque(&self, event_source: &str, parameter: &str) -> bool {
        let _ = (event_source, parameter);
        false
    }

    /// Whether looking for records that are alike is worth while.
    fn remembers(&self) -> bool {
        false
    }
}

#[derive(Debug, Clone, Copy)]
enum Whole<'r> {
    Skimmed(&'r Skimmed<'r>),
    Decoded(&'r Event<'r>),
}

impl<'a> Outline<'a> {
    /// The outline of an event.
    pub fn of(event: &'a Event<'_>) -> Self {
        let user = &event.user_identity;
        let issuer = user.session_issuer.as_ref();
        Self {
            event_time: event.event_time,
            event_source: &event.event_source,
            event_name: &event.event_name,
            aws_region: &event.aws_region,
            error_code: event.error_code.as_deref(),
            error_message: event.error_message.as_deref(),
            request_parameters: event.request_parameters,
            resources: event.resources,
            event_id: event.event_id.as_deref(),
            event_type: event.event_type.as_deref(),
            event_category: event.event_category.as_deref(),
            management_event: event.management_event,
            read_only: event.read_only,
            recipient_account_id: event.recipient_account_id.as_deref(),
            user_type: user.kind.as_deref(),
            principal_id: user.principal_id.as_deref(),
            user_arn: user.arn.as_deref(),
            account_id: user.account_id.as_deref(),
            user_name: user.user_name.as_deref(),
            invoked_by: user.invoked_by.as_deref(),
            issuer_principal_id: issuer.and_then(|issuer| issuer.principal_id.as_deref()),
            issuer_arn: issuer.and_then(|issuer| issuer.arn.as_deref()),
            issuer_account_id: issuer.and_then(|issuer| issuer.account_id.as_deref()),
            issuer_user_name: issuer.and_then(|issuer| issuer.user_name.as_deref()),
        }
    }

    /// The unique id (`AROA…`) of the role whose session this is.
    pub fn role_id(&self) -> Option<&'a str> {
        [self.issuer_principal_id, self.principal_id]
            .into_iter()
            .flatten()
            .map(|id| id.split_once(':').map_or(id, |(id, _session)| id))
            .find(|id| id.starts_with("AROA"))
    }

    /// Whether it is of a role's session, and tells the role itself. Then which session it is decides nothing, unless
    /// the role that it tells turns out not to be the caller.
    pub fn names_role(&self) -> bool {
        self.user_type == Some("AssumedRole")
            && self.issuer_arn.is_some()
            && self.account_id.is_some_and(|account| !account.is_empty())
            && self.issuer_principal_id.is_some_and(|id| id.starts_with("AROA"))
    }

    /// A notification of S3, which looks like a record of a call.
    pub(crate) fn is_s3_notification(&self) -> bool {
        self.event_source == "aws:s3"
    }

    /// A summary of unusual activity, not a call.
    pub(crate) fn is_insight(&self) -> bool {
        self.event_type == Some("AwsCloudTrailInsight") || self.event_category == Some("Insight")
    }

    /// A summary of several calls.
    pub(crate) fn is_aggregated(&self) -> bool {
        self.event_type == Some("AwsAggregatedEvent") || self.event_category == Some("Aggregated")
    }
}

impl Likeness {
    pub(crate) fn new(hash: u64) -> Self {
        Self(hash)
    }

    /// A hash.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl<'r> Record<'r> {
    /// A record that is known as an event.
    pub fn decoded(outline: &'r Outline<'r>, event: &'r Event<'r>) -> Self {
        Self { outline, whole: Whole::Decoded(event), likeness: None }
    }

    pub(crate) fn skimmed(outline: &'r Outline<'r>, skimmed: &'r Skimmed<'r>, likeness: Option<Likeness>) -> Self {
        Self { outline, whole: Whole::Skimmed(skimmed), likeness }
    }

    /// By what records that say the same will be known, if there is a way to know them.
    pub fn likeness(&self) -> Option<Likeness> {
        self.likeness
    }

    /// What decides where it is counted.
    pub fn outline(&self) -> &'r Outline<'r> {
        self.outline
    }

    /// All of it. Nothing is known yet of what is kept as [`Json`]: see [`Event::check`].
    pub fn event(&self) -> Result<Event<'r>, NotJson> {
        match self.whole {
            Whole::Skimmed(skimmed) => skimmed.event(),
            Whole::Decoded(event) => Ok(event.clone()),
        }
    }
}
