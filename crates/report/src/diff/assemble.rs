//! From a diff to what is shown of it.

use tighten_iam::PolicyDocument;
use tighten_synthesis::{Change, Difference, Part, PolicyDiff, Row};

use super::SCHEMA_VERSION;
use super::model::{DiffReport, DocumentName, PartReport, RowReport};
use crate::shared::level;

impl<'a> DiffReport<'a> {
    /// Lays out a diff. `old` and `new` name the documents of each side, in their order; with `details` every action is
    /// named.
    pub fn new(diff: &'a PolicyDiff<'a>, old: &[String], new: &[String], details: bool) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            verdict: diff.verdict,
            new_access: &diff.gained,
            lost_access: &diff.lost,
            old: documents(diff.old, old),
            new: documents(diff.new, new),
            actions: Change::ALL.into_iter().map(|change| (change.as_str(), diff.count(change))).collect(),
            rows: diff.rows.iter().map(|of| row(of, details)).collect(),
            conditions: &diff.conditions,
            denials: &diff.denials,
        }
    }
}

fn documents(documents: &[PolicyDocument], names: &[String]) -> Vec<DocumentName> {
    let pairs = documents.iter().zip(names);
    pairs.map(|(document, name)| DocumentName { name: name.clone(), statements: document.statements.len() }).collect()
}

fn row<'a>(row: &'a Row<'a>, details: bool) -> RowReport<'a> {
    let parts = if details || row.change != Change::Kept { row.parts.as_slice() } else { &[] };
    RowReport {
        change: row.change,
        service: &row.service,
        access_level: row.access_level.map(level),
        actions: row.count(),
        known: row.known,
        parts: parts.iter().map(|of| part(of, details)).collect(),
    }
}

fn part<'a>(part: &'a Part<'a>, details: bool) -> PartReport<'a> {
    fn some<'a>(difference: &'a Difference<'a>) -> Option<&'a Difference<'a>> {
        (*difference != Difference::No).then_some(difference)
    }
    PartReport {
        actions: part.actions.len(),
        names: details.then_some(part.actions.as_slice()),
        gained: some(&part.gained),
        lost: some(&part.lost),
    }
}
