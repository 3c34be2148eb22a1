//! Trails by name and the event history.

mod by_name;
mod history;
pub(crate) mod support;
