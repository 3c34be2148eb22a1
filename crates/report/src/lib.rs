//! What tighten shows: the report as a value, and one small file per output format.
//!
//! [`Report`] holds everything that an analysis found, in the order in which it is shown. [`text`] and [`json`] only
//! lay it out. Text from logs is hostile until it went through [`escape`]; the formats see to that.

mod build;
pub mod diff;
pub mod escape;
pub mod explain;
pub mod json;
mod model;
pub mod needs;
mod path;
pub mod replay;
mod style;
pub mod text;

pub use build::{Analysis, Holdout, Narrowing, ProofOf, Replayed, ServiceRole, report};
pub use model::*;
pub use path::component;
pub use style::{Ink, Painted, Style};
pub use text::wrap;

/// The name of the file with the whole report.
pub const REPORT_FILE: &str = "report.json";
