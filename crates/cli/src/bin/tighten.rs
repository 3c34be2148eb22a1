//! The `tighten` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    tighten_cli::tighten(std::env::args_os())
}
