//! Who did what.

use super::ROWS;
use crate::analysis::{PrincipalReport, Report};
use crate::finding::FindingReport;
use crate::page::{Block, Cell, Heading, Item, Page, Prose, Table, Width};
use crate::words::counted;

pub(super) fn principals(report: &Report, page: &mut Page) {
    let totals = &report.totals;
    let size = format!(
        "{}, {}, {} in use",
        counted(totals.principals, "principal"),
        counted(totals.calls, "call"),
        counted(totals.actions, "action")
    );
    page.push(Heading::new("Principals by calls").size(size));
    if report.principals.is_empty() {
        page.push(Block::List(vec![Item::new("none: no record names a caller that has policies")]));
        return;
    }
    let mut table = Table::new(&[
        ("calls", Width::Number),
        ("denied", Width::Number),
        ("actions", Width::Number),
        ("exact", Width::Number),
        ("warn", Width::Number),
        ("account", Width::Short),
        ("kind", Width::Short),
        ("name", Width::Long),
    ]);
    for principal in report.principals.iter().take(ROWS) {
        table.row(row(principal));
    }
    page.push(table);
    page.extend(Block::rest_in_json(report.principals.len(), ROWS));
    let all = totals.needs.max(1);
    let percent = |part: usize| format!("{}.{} %", part * 100 / all, part * 1000 / all % 10);
    page.push(Block::note(format!(
        "EXACT: how surely resources are known, not how narrow they are. All {}: {} exact, {} by type, {} not",
        counted(totals.needs, "need"),
        percent(totals.exact),
        percent(totals.by_type),
        percent(totals.unresolved),
    )));
}

fn row(principal: &PrincipalReport) -> [Cell; 8] {
    let exact = (principal.needs_known("exact") * 100).checked_div(principal.needs.len());
    [
        Cell::number(principal.calls),
        Cell::number_if_any(principal.denied_calls),
        Cell::number(principal.actions().len()),
        exact.map_or(Cell::Nothing, |share| Cell::words(format!("{share} %"))),
        Cell::number_if_any(principal.findings.iter().filter(|finding| FindingReport::is_warning(finding)).count()),
        Cell::data(principal.account.as_str()),
        Cell::words(principal.kind),
        Cell::data(principal.name.as_str()),
    ]
}

pub(super) fn permission_sets(report: &Report, page: &mut Page) {
    if report.permission_sets.is_empty() {
        return;
    }
    page.push(Heading::new("Permission sets").about("roles AWSReservedSSO_*, over all accounts"));
    let mut table = Table::new(&[
        ("calls", Width::Number),
        ("denied", Width::Number),
        ("actions", Width::Number),
        ("set", Width::Short),
        ("accounts", Width::Long),
    ]);
    for set in report.permission_sets.iter().take(ROWS) {
        table.row([
            Cell::number(set.calls),
            Cell::number_if_any(set.denied_calls),
            Cell::number(set.actions.len()),
            Cell::data(set.name.as_str()),
            Cell::words(Prose::some(&set.accounts, 4)),
        ]);
    }
    page.push(table);
    page.extend(Block::rest_in_json(report.permission_sets.len(), ROWS));
}
