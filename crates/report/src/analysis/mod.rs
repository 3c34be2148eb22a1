//! What was found in the logs: the policies of all principals, and what stands behind them.
//!
//! The JSON form is described field by field in `docs/report.md`.

mod assemble;
mod model;
mod page;

pub use assemble::{Analysis, ServiceRole, report};
pub use model::{
    AccountCoverage, Coverage, DocumentReport, EventCount, FileText, HoleReport, InferredReport, NeedReport,
    PermissionSet, PrincipalReport, Report, SCHEMA_VERSION, SetPolicy, Totals,
};
