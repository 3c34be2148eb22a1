//! What replaying calls against policies came to, as a value that every format shows.
//!
//! The JSON form is described field by field in `docs/replay.md`.

mod assemble;
mod model;
mod page;
mod what_if;

pub use assemble::{ReplayOf, Replays, replay};
pub use model::{
    JudgedCalls, NowAllowedReport, PolicyNoteReport, PolicyReport, ReplayReport, ReplayedNeed, ReplayedPrincipal,
    StatementReport, WithheldBy,
};

/// The version of the JSON form. It grows when a field is removed or changes its meaning; new fields do not count.
pub const SCHEMA_VERSION: u32 = 1;
