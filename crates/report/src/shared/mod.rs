//! What several documents show.

mod codes;
mod evidence;
mod gap;
mod input;
mod tool;

pub(crate) use codes::{level, reason, risk_source};
pub(crate) use evidence::event_ids;
pub use evidence::{DeniedReport, Evidence, UnmappedReport, Wildcard};
pub use gap::GapReport;
pub(crate) use gap::gaps;
pub(crate) use input::input;
pub use input::{Input, Pruned, SkipExample, SkipReport};
pub use tool::{CatalogSource, Span, Tool};
