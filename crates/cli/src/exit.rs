//! What the program tells its caller by its exit code.

use std::process::ExitCode;

/// The job is done.
pub const DONE: u8 = 0;
/// The job is done and there are findings: of severity `warning` or above with `--exit-code`; without it, a document that
/// IAM would refuse is among those that were written.
pub const FINDINGS: u8 = 1;
/// The job could not be done: wrong arguments, missing input, an error on the way, or the one document that was asked for
/// cannot be used.
pub const FAILED: u8 = 2;
/// The job is done, but some input could not be read, so that permissions may be missing. `--allow-partial` makes
/// it [`DONE`].
pub const PARTIAL: u8 = 3;

/// How a command that did not fail ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Findings,
    /// The document that was asked for is printed, and cannot be used as it is.
    Unusable,
    Partial,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => DONE,
            Exit::Findings => FINDINGS,
            Exit::Unusable => FAILED,
            Exit::Partial => PARTIAL,
        })
    }
}
