//! Calls without known needs.

use super::ROWS;
use crate::analysis::Report;
use crate::page::{Block, Cell, Heading, Page, Table, Width};
use crate::words::counted;

pub(super) fn unmapped(report: &Report, page: &mut Page) {
    if report.unmapped.is_empty() {
        return;
    }
    let heading = Heading::new("Not mapped to a permission").size(counted(report.totals.unmapped, "call"));
    page.push(heading.about("no policy covers what these may have needed"));
    let mut table = Table::new(&[("count", Width::Number), ("call", Width::Long), ("reason", Width::Short)]);
    for call in report.unmapped.iter().take(ROWS) {
        let name = format!("{} {}", call.event_source, call.event_name);
        table.row([Cell::number(call.count), Cell::data(name), Cell::words(call.reason)]);
    }
    page.push(table);
    page.extend(Block::rest_in_json(report.unmapped.len(), ROWS));
}
