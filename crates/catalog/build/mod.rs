//! Facts and rules from text to bytes. Used by the build script, and by tests that try good and bad rules.

pub mod calls;
pub mod check;
pub mod facts;
pub mod handlers;
pub mod pack;
pub mod paths;
pub mod resources;
pub mod risk;
pub mod rows;
pub mod rules;
pub mod visibility;

#[path = "../src/packed.rs"]
pub mod packed;

use std::fs;
use std::path::{Path, PathBuf};

use facts::Facts;

/// One problem per element, each naming its file and line.
pub type Problems = Vec<String>;

/// Reads `facts` and `rules` of the crate, checks them, and writes the packed sections.
pub fn run(root: &Path, out: &Path) -> Result<(), Problems> {
    let facts = Facts::read(&texts(&root.join("facts"))?)?;
    let handlers = handlers::read(&facts, &text(&root.join("handlers.tsv"))?)?;
    let sections = check::rules(&facts, handlers, &texts(&root.join("rules"))?)?;
    let write = |name: &str, bytes: &[u8]| {
        let path = out.join(name);
        fs::write(&path, bytes).map_err(|error| vec![format!("{}: {error}", path.display())])
    };
    write("facts.bin", &pack::facts(&facts)?)?;
    write("sources.bin", &pack::section(&sections.sources)?)?;
    write("calls.bin", &pack::section(&sections.calls)?)?;
    write("extras.bin", &pack::section(&sections.extras)?)?;
    write("resources.bin", &pack::section(&sections.resources)?)?;
    write("visibilities.bin", &pack::section(&sections.visibilities)?)?;
    write("risks.bin", &pack::section(&sections.risks)?)?;
    write("handlers.bin", &pack::section(&sections.handlers)?)
}

fn text(path: &Path) -> Result<String, Problems> {
    fs::read_to_string(path).map_err(|error| vec![format!("{}: {error}", path.display())])
}

/// Name below `folder` and content of every file, sorted. A missing folder has none.
pub fn texts(folder: &Path) -> Result<Vec<(String, String)>, Problems> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        let problem = |error: std::io::Error| vec![format!("{}: {error}", folder.join(&below).display())];
        if !folder.join(&below).is_dir() {
            continue;
        }
        for entry in fs::read_dir(folder.join(&below)).map_err(problem)? {
            let entry = entry.map_err(problem)?;
            let name = below.join(entry.file_name());
            if entry.path().is_dir() {
                folders.push(name);
            } else if is_ours(&name) {
                let text = fs::read_to_string(entry.path()).map_err(problem)?;
                found.push((name.to_string_lossy().replace('\\', "/"), text));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Editors leave other files behind.
fn is_ours(name: &Path) -> bool {
    name == Path::new("SOURCES")
        || name.extension().is_some_and(|extension| extension == "facts" || extension == "toml")
}
