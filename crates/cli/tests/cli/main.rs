//! The programs as their users see them: arguments in, exit code and two streams out.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail like tests")]

mod analyze;
mod arguments;
mod catalog;
mod diff;
mod documentation;
mod explain;
mod files;
mod hostile;
mod init;
mod json;
mod known_answers;
mod markdown;
#[cfg(target_os = "linux")]
mod memory;
mod narrow;
mod needs;
mod odd_input;
#[cfg(unix)]
mod once;
mod permission_set;
mod replay;
mod settings;
mod siblings;
mod support;
mod template;
mod text;
mod unsettled;
mod wrappers;
