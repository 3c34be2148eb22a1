//! One file per command: its arguments, and one function that runs it.

pub(crate) mod analyze;
pub(crate) mod catalog;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod init;
pub(crate) mod needs;
pub(crate) mod replay;
