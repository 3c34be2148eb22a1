//! What was wanted and refused.

use std::cmp::Reverse;

use super::ROWS;
use super::names::Names;
use crate::analysis::Report;
use crate::page::{Block, Cell, Heading, Page, Prose, Table, Width};
use crate::prose;

pub(super) fn denied(report: &Report, names: &Names, page: &mut Page) {
    let of = report.principals.iter();
    let mut all: Vec<_> =
        of.flat_map(|principal| principal.denied.iter().map(move |denied| (principal, denied))).collect();
    if all.is_empty() {
        return;
    }
    // Stable, so that equals stay in the order of their principals.
    all.sort_by_key(|(_, denied)| Reverse(denied.evidence.count));
    page.push(Heading::new("Denied").about("wanted, refused, and not granted"));
    let mut table = Table::new(&[
        ("count", Width::Number),
        ("action", Width::Long),
        ("resource", Width::Long),
        ("principal", Width::Long),
    ]);
    for (principal, denied) in all.iter().take(ROWS) {
        let resources = if denied.named.is_empty() { &denied.resources } else { &denied.named };
        let first = Prose::data(resources.first().map(String::as_str).unwrap_or_default());
        let rest = match resources.len() {
            0 | 1 => String::new(),
            several => format!(" (+{})", several - 1),
        };
        table.row([
            Cell::number(denied.evidence.count),
            Cell::data(denied.action.as_str()),
            Cell::words(prose![first, rest]),
            Cell::words(names.label(principal)),
        ]);
    }
    page.push(table);
    page.extend(Block::rest_in_json(all.len(), ROWS));
}
