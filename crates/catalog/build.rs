//! Checks the facts and the rules against each other and packs both for embedding.

#[expect(dead_code, unreachable_pub, reason = "some of what is shared with the library only reads what this writes")]
#[path = "build/mod.rs"]
mod build;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    for input in [
        "build",
        "facts",
        "handlers.tsv",
        "rules",
        "src/packed.rs",
        "src/rules/handlers.rs",
        "src/rules/packed.rs",
        "src/rules/risk.rs",
        "src/rules/types.rs",
    ] {
        println!("cargo::rerun-if-changed={input}");
    }
    let Some(out) = std::env::var_os("OUT_DIR") else {
        println!("cargo::error=OUT_DIR is not set");
        return ExitCode::FAILURE;
    };
    match build::run(Path::new("."), Path::new(&out)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problems) => {
            for line in problems.iter().flat_map(|problem| problem.lines()) {
                println!("cargo::error={line}");
            }
            ExitCode::FAILURE
        }
    }
}
