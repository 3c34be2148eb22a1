//! Why a principal has an action, as a value that every format shows.
//!
//! The JSON form is described field by field in `docs/explain.md`.

mod assemble;
mod model;
mod page;
mod sentence;

pub use assemble::{Explained, explain};
pub use model::{
    AnswerReport, BoundaryReport, DenialReport, ExplainReport, GrantedReport, OnResourceReport, PlaceReport,
    RiskOfAction, StatementOf, StatementUseReport, TodayReport, UseReport, UsedResourceReport, VerdictReport,
    VisibilityReport,
};

/// The version of the JSON form. It grows when a field is removed or changes its meaning; new fields do not count.
pub const SCHEMA_VERSION: u32 = 1;
