//! The fold over CloudTrail records: who did what, which permissions that needed, and what the input could have shown.
//!
//! [`fold`] reads the files of a listing with all threads and gives one [`Ledger`], which adds up with others and knows on
//! which days everything was. A [`Usage`] is a ledger's window, joined: what all else works on. Memory grows with
//! principals, permissions and days, not with the log: resources are kept in a [`ResourceSet`], examples in a [`Smallest`].
//! Nothing in a ledger depends on the order in which records were read or sums were added up, nor on the number of
//! threads.
//!
//! [`judge`], [`for_each_record`] and [`for_each_event`] are the same judgement for one record at a time.

mod arrivals;
mod budget;
mod by_day;
mod calendar;
mod call;
mod coverage;
mod dated;
mod days;
mod deliveries;
mod events;
mod evidence;
mod filter;
mod fold;
mod judge;
mod ledger;
mod principal;
mod profiles;
mod progress;
mod recorded;
mod records;
mod resources;
mod seen;
mod smallest;
mod stored;
mod totals;
mod usage;

pub use budget::LEAST_MEMORY;
pub use calendar::Calendar;
pub use call::ApiCall;
pub use coverage::{Access, Category, Coverage, EventKind, Place};
pub use dated::Dated;
pub use days::{DayWindow, Days, Hole};
pub use events::for_each_event;
pub use evidence::{EventRef, Evidence};
pub use filter::{FoldOptions, PrincipalFilter};
pub use fold::{Fold, Worker, fold, fold_arriving};
pub use judge::{Judged, judge};
pub use ledger::{Ledger, LedgerHeader, LedgerMismatch};
pub use principal::{CallUsage, NeedKey, NeedUsage, Outcomes, PrincipalUsage, WantKey, WantOrigin, WantUsage};
pub use progress::{Progress, ProgressSnapshot};
pub use records::{RecordNeeds, RecordsReport, for_each_record};
pub use resources::{Behind, Crowd, Entry, ResourceLimits, ResourceSet, Samples};
pub use smallest::Smallest;
pub use stored::StoredLedgerError;
pub use usage::{Counts, Usage};
