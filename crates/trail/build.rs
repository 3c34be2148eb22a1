//! Checks `rules/outcome.toml` and turns it into a table.

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde::Deserialize;

const RULES: &str = "rules/outcome.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rule: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    id: String,
    outcome: Outcome,
    codes: Vec<String>,
    #[serde(default)]
    messages: Vec<String>,
    #[serde(default)]
    calls: Vec<String>,
    evidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Outcome {
    Authorised,
    Denied,
    NoEvidence,
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={RULES}");
    println!("cargo::rerun-if-changed=build.rs");
    let file: File = toml::from_str(&fs::read_to_string(RULES)?).map_err(|error| format!("{RULES}: {error}"))?;
    let table = table(&file.rule).map_err(|error| format!("{RULES}: {error}"))?;
    let out = env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    fs::write(Path::new(&out).join("outcome_rules.rs"), table)?;
    Ok(())
}

fn table(rules: &[Rule]) -> Result<String, Box<dyn Error>> {
    let mut ids = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut table = String::from("&[\n");
    for rule in rules {
        let id = &rule.id;
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
            return Err(format!("`{id}` is not a kebab-case id").into());
        }
        if !ids.insert(id) {
            return Err(format!("`{id}` is there twice").into());
        }
        if rule.evidence.trim().is_empty() {
            return Err(format!("`{id}` has no evidence").into());
        }
        if rule.codes.is_empty() {
            return Err(format!("`{id}` has no codes").into());
        }
        let (codes, messages) = (patterns(id, &rule.codes)?, patterns(id, &rule.messages)?);
        let calls = &rule.calls;
        if let Some(odd) = calls.iter().find(|call| call.split('/').filter(|part| !part.is_empty()).count() != 2) {
            return Err(format!("`{id}`: `{odd}` is no event source, slash and event name").into());
        }
        for code in &codes {
            // A code may come again only where a message or the call tells the two apart.
            if messages.is_empty() && calls.is_empty() && !seen.insert(code.clone()) {
                return Err(format!("`{id}`: the code `{code}` is there twice").into());
            }
        }
        writeln!(
            table,
            "    OutcomeRule {{ id: {id:?}, outcome: Outcome::{:?}, codes: &{codes:?}, messages: &{messages:?}, calls: &{calls:?}, evidence: {:?} }},",
            rule.outcome,
            rule.evidence.trim(),
        )?;
    }
    table.push_str("]\n");
    Ok(table)
}

fn patterns(id: &str, patterns: &[String]) -> Result<Vec<String>, String> {
    patterns
        .iter()
        .map(|pattern| {
            if pattern.trim().is_empty() || pattern.contains("**") || pattern.contains('?') || !pattern.is_ascii() {
                return Err(format!("`{id}`: `{pattern}` is no pattern"));
            }
            Ok(pattern.to_ascii_lowercase())
        })
        .collect()
}
