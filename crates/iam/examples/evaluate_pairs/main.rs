//! Writes requests, their documents and our decisions, one JSON object a line, for an independent evaluator:
//! `evaluate_pairs table`, or `evaluate_pairs random N SEED`. See `tools/checks/evaluate.sh`.

#![expect(clippy::indexing_slicing, reason = "JSON is built by key, and the pools are never empty")]

#[path = "../../tests/evaluate/case.rs"]
mod case;
#[path = "../../tests/evaluate/pools.rs"]
mod pools;
#[path = "../../tests/evaluate/random.rs"]
mod random;
#[path = "../../tests/evaluate/table.rs"]
mod table;

use std::error::Error;
use std::io::{BufWriter, Write, stdout};

use case::Case;
use random::Random;
use serde_json::{Value, json};
use table::{Row, rows};
use tighten_iam::Ruling;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut out = BufWriter::new(stdout().lock());
    match arguments.as_slice() {
        ["table"] => {
            for row in rows()? {
                let denying = row.denying();
                for Row { case, expect, details, .. } in std::iter::once(row).chain(denying) {
                    let mut line = line(&case)?;
                    line["expect"] = json!({"decision": expect, "details": details});
                    writeln!(out, "{line}")?;
                }
            }
        }
        ["random", count, seed] => {
            let mut random = Random::new(seed.parse()?);
            for _ in 0..count.parse::<usize>()? {
                writeln!(out, "{}", line(&random.case())?)?;
            }
        }
        _ => return Err("usage: evaluate_pairs table | random N SEED".into()),
    }
    Ok(out.flush()?)
}

fn line(case: &Case) -> Result<Value, Box<dyn Error>> {
    let (decision, missing) = match case.decide()? {
        Ruling::Allowed { .. } => ("Allowed", None),
        Ruling::ExplicitDeny { .. } => ("ExplicitlyDenied", None),
        Ruling::ImplicitDeny { .. } => ("ImplicitlyDenied", None),
        Ruling::Depends { missing } => ("Depends", Some(missing)),
    };
    Ok(json!({
        "name": case.name,
        "identity": case.identity,
        "boundary": case.boundary,
        "session": case.session,
        "serviceControl": case.service_control,
        "resourceControl": case.resource_control,
        "resource": case.resource,
        "principal": case.principal,
        "action": case.action,
        "on": case.on,
        "context": case.context,
        "open": case.open,
        "ours": decision,
        "missing": missing,
    }))
}
