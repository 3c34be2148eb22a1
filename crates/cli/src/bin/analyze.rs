//! The `analyze` program: the same as `tighten analyze`.

use std::process::ExitCode;

fn main() -> ExitCode {
    tighten_cli::analyze(std::env::args_os())
}
