//! What a reader should know, by severity.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use tighten_synthesis::{FindingCode, Severity};

use super::names::Names;
use crate::analysis::{PrincipalReport, Report};
use crate::finding::FindingReport;
use crate::format::Ink;
use crate::page::{Block, Heading, Item, Page, Prose};
use crate::prose;
use crate::words::counted;

/// Findings that the lists above have told already.
const LISTED: [FindingCode; 2] = [FindingCode::DeniedCall, FindingCode::UnmappedCall];
/// How many findings of one code are told in full; the rest are counted.
const TOLD: usize = 3;

type Told<'a> = (Option<&'a PrincipalReport>, &'a FindingReport);

pub(super) fn findings(report: &Report, names: &Names, page: &mut Page) {
    let mut by_code: BTreeMap<(Reverse<Severity>, FindingCode), Vec<Told<'_>>> = BTreeMap::new();
    for (principal, finding) in report.all_findings().filter(|(_, finding)| !LISTED.contains(&finding.code)) {
        by_code.entry((Reverse(finding.severity), finding.code)).or_default().push((principal, finding));
    }
    if by_code.is_empty() {
        return;
    }
    page.push(Heading::new("Findings").about("docs/findings.md explains each code"));
    let items = by_code.iter().map(|((Reverse(severity), code), findings)| {
        let severity = Prose::from(severity.as_str()).ink(ink(*severity));
        Item::with(prose![severity, " ", code.as_str()], of_code(findings, names))
    });
    page.push(Block::List(items.collect()));
}

fn ink(severity: Severity) -> Ink {
    match severity {
        Severity::Error => Ink::Error,
        Severity::Warning => Ink::Warning,
        Severity::Info => Ink::Faint,
    }
}

fn of_code(findings: &[Told<'_>], names: &Names) -> Vec<Block> {
    let told = findings.iter().take(TOLD).map(|(principal, finding)| {
        let who = principal.map(|principal| prose![names.label(principal), ": "]).unwrap_or_default();
        Item::new(prose![who, finding.message.clone()])
    });
    let mut blocks = vec![Block::List(told.collect())];
    if let Some(rest @ 1..) = findings.len().checked_sub(TOLD) {
        blocks.push(Block::note(format!("… and {}", counted(rest, "more finding"))));
    }
    blocks
}
