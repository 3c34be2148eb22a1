//! Each habit of writing policies, before and after.

mod errors;
mod laws;
mod layouts;
mod minimality;

use std::collections::BTreeMap;

use super::{EditError, PolicySource, StatementEdit};
use crate::{PolicyDocument, Statement};

/// Statements by their JSON; none to take the statement out.
type Edits<'a> = &'a [(usize, &'a [&'a str])];

fn statement(json: &str) -> Statement {
    let document = PolicyDocument::parse(&format!(r#"{{"Statement": {json}}}"#)).unwrap();
    document.statements.into_iter().next().unwrap()
}

fn edits(edits: Edits<'_>) -> BTreeMap<usize, StatementEdit> {
    let edit = |by: &[&str]| match by {
        [] => StatementEdit::Remove,
        by => StatementEdit::Replace(by.iter().map(|json| statement(json)).collect()),
    };
    edits.iter().map(|(at, by)| (*at, edit(by))).collect()
}

fn edit(text: &str, by: Edits<'_>) -> Result<String, EditError> {
    PolicySource::parse(text).unwrap().edit(&edits(by))
}

#[track_caller]
fn becomes(before: &str, by: Edits<'_>, after: &str) {
    let found = edit(before, by).unwrap();
    assert!(found == after, "found:\n{found}\nexpected:\n{after}\n{found:?}");
}
