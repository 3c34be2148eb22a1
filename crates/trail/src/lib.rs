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

mod ahead;
mod clock;
mod decode;
mod denial;
mod envelope;
mod event;
mod found;
mod identity;
mod index;
mod inflate;
mod json;
mod lanes;
#[cfg(test)]
mod law_tests;
mod names;
mod native;
mod object;
mod outcome;
mod outline;
mod plain;
mod reader;
mod records;
mod repair;
mod scan;
#[cfg(test)]
mod shape_laws;
mod shape_tree;
mod shapes;
mod skim;
mod skimmed;
mod skipped;
mod slots;
mod source;
mod walk;
mod window;

pub use denial::{Denial, DenialReason, DeniedResource, PolicyType, denial};
pub use event::{DecisiveParts, Event, SessionIssuer, UserIdentity};
pub use identity::{Identity, NoPrincipal, Via, identify};
pub use json::{Json, NotJson};
pub use names::NameIndex;
pub use object::{LogObject, ObjectName, Open};
pub use outcome::{OUTCOME_RULES, Outcome, OutcomeRule, outcome, outcome_rule};
pub use outline::{Again, Likeness, Outline, Record, Visit};
pub use reader::{FileReport, Limits, Reader};
pub use skipped::{SkipGroup, SkipReason, Skipped, Skips, Weight};
pub use walk::{Listing, TrailError, list};
pub use window::{Window, WindowError};
