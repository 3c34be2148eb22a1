//! Calls that were let through, judged by documents that may not have been in force then.
//!
//! A [`Judge`] holds the documents of one principal, as if all of them were attached to it. It judges one permission
//! after the other. A [`NeedReplay`] is about what usage knows, before and after a change, and takes no record; a
//! [`CallReplay`] judges every single record of several principals, which is how calls are counted. What the records do
//! not show stays open: nothing is taken to be allowed that is not surely so.

mod by_needs;
mod caller;
mod calls;
#[cfg(test)]
mod candidate_laws;
mod candidates;
mod control;
mod judge;
#[cfg(test)]
mod laws;
mod layers;
mod names;
mod needs;
mod notes;
mod pattern;
mod shown;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;

pub use by_needs::{CallCounts, LostNeed, NeedCounts, NeedReplay};
pub use caller::CalledBy;
pub(crate) use caller::called_via;
pub use calls::{CallReplay, CallReplayer, names_in_full};
pub use candidates::{BindingLevel, Candidates};
pub(crate) use judge::contexts;
pub use judge::{Asked, Judge};
pub use names::Names;
pub use needs::{JudgedNeed, NowAllowed};
pub use notes::{PolicyNote, PolicyNoteCode, policy_notes};
pub use tally::{Calls, Group, GroupKey, Replayer, Tally};
pub use verdict::{Doubt, Outcome, StatementAt, Verdict};
