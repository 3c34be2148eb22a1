//! Calls without known needs.

use std::io::{self, Write};

use super::table::{Align, Table};
use super::words::{count, counted};
use super::{heading, more};
use crate::escape::terminal;
use crate::model::Report;
use crate::style::Style;

pub(super) fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if report.unmapped.is_empty() {
        return Ok(());
    }
    let about = format!("{}: no policy covers what these may have needed", counted(report.totals.unmapped, "call"));
    heading("Not mapped to a permission", &about, style, out)?;
    let mut table = Table::new(&[("COUNT", Align::Right), ("CALL", Align::Flexible), ("REASON", Align::Left)]);
    for call in report.unmapped.iter().take(super::ROWS) {
        let name = format!("{} {}", terminal(&call.event_source), terminal(&call.event_name));
        table.row([count(call.count), name, call.reason.to_owned()]);
    }
    table.write(out, style)?;
    more(report.unmapped.len(), style, out)
}
