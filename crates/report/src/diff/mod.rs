//! The diff of two policies, laid out.
//!
//! [`DiffReport`] is what is shown, in the order in which it is shown.

mod assemble;
mod counts;
mod model;
mod page;
mod phrase;

pub use model::{DiffReport, DocumentName, PartReport, RowReport};

/// The version of the JSON form.
pub const SCHEMA_VERSION: u32 = 1;
