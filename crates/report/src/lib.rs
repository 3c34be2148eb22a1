//! What tighten shows: documents as values, and the formats that they are written in.
//!
//! Each document has a folder: a `model`, which is what the JSON form holds, `assemble`, which makes it from what
//! `synthesis` found, and a `page`, which says it to people. A [`page`] is a value, too; [`format`] lays it out as text or as
//! Markdown. Text from logs is hostile until it went through a format.

mod analysis;
mod backtest;
pub mod deployment;
pub mod diff;
pub mod escape;
pub mod explain;
mod finding;
pub mod format;
mod narrowing;
pub mod needs;
pub mod page;
mod path;
mod paths;
pub mod replay;
mod shared;
mod words;

pub use analysis::*;
pub use backtest::{
    BacktestReport, CutReport, DeniedShareReport, DeniedUseReport, PrincipalBacktestReport, backtest_lines,
};
pub use finding::FindingReport;
pub use format::{Ink, Painted, Style, json};
pub use narrowing::*;
pub use path::component;
pub use shared::{
    CatalogSource, DeniedReport, Evidence, GapReport, Input, Pruned, SkipExample, SkipReport, Span, Tool,
    UnmappedReport, Wildcard,
};
pub use words::wrap;

/// The name of the file with the whole report.
pub const REPORT_FILE: &str = "report.json";
