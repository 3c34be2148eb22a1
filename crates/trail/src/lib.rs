//! Reads CloudTrail logs.
//!
//! The way of a record: [`list`] finds the [`LogObject`]s under the given directories, other sources make theirs; a
//! [`Reader`] opens and inflates one, takes its envelope apart and hands out one [`Event`] per record, borrowed from its
//! buffer; [`identify`] says whose permissions the call needed and [`outcome`] what it proves. What is not read becomes a
//! counted [`Skipped`], never an error that stops the reading.
//!
//! ```
//! use tighten_trail::{Identity, Limits, Outcome, Reader, identify, outcome};
//!
//! let log = br#"{"Records": [{
//!     "eventSource": "s3.amazonaws.com", "eventName": "ListBuckets", "awsRegion": "us-east-1", "recipientAccountId": "111122223333",
//!     "userIdentity": {"type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/ops/ada", "accountId": "111122223333"}
//! }]}"#;
//! let mut seen = Vec::new();
//! let report = Reader::new().read_bytes("log.json", log, &Limits::default(), &mut |event| {
//!     if let Identity::Principal { principal, .. } = identify(&event) {
//!         seen.push((principal.arn().to_string(), event.event_name.to_string(), outcome(&event)));
//!     }
//! });
//! assert_eq!(report.records, 1);
//! assert!(report.skips.is_empty());
//! assert_eq!(seen, [("arn:aws:iam::111122223333:user/ops/ada".to_owned(), "ListBuckets".to_owned(), Outcome::Authorised)]);
//! ```

mod inflate;
#[cfg(test)]
mod laws;
mod limits;
mod list;
mod meaning;
mod reader;
mod record;
pub mod selectors;
mod shape;
mod skipped;

pub use limits::Limits;
pub use list::arriving::{Arrival, Arrived, Arriving, United};
pub use list::directories::{TrailError, list};
pub use list::native::is_log_name;
pub use list::object::{LogObject, ObjectName, Open};
pub use list::window::{Window, WindowError};
pub use list::{Archived, Listing};
pub use meaning::denial::{Denial, DenialReason, DeniedResource, PolicyType, denial};
pub use meaning::identity::{Identity, NoPrincipal, Via, identify};
pub use meaning::names::NameIndex;
pub use meaning::outcome::{OUTCOME_RULES, Outcome, OutcomeRule, outcome, outcome_rule};
pub use reader::{FileReport, Reader};
pub use record::event::{DecisiveParts, Event, SessionIssuer, UserIdentity};
pub use record::json::{Json, NotJson};
pub use record::outline::{Again, Likeness, Outline, Record, Visit};
pub use skipped::{SkipGroup, SkipReason, Skipped, Skips, Weight};
