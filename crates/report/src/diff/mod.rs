//! The diff of two policies, laid out.
//!
//! [`DiffReport`] is what is shown, in the order in which it is shown; [`json`](crate::json),
//! [`text::diff`](crate::text::diff) and [`markdown`] only lay it out.

mod build;
mod counts;
pub mod markdown;
mod model;
mod phrase;

pub(crate) use counts::LEVELS;
pub use model::{DiffReport, DocumentName, PartReport, RowReport};
pub(crate) use phrase::{Phrases, Side};

/// The version of the JSON form.
pub const SCHEMA_VERSION: u32 = 1;
