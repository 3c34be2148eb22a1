//! What was wanted and denied.

use std::io::{self, Write};

use super::names::Names;
use super::table::{Align, Table};
use super::words::count;
use super::{ROWS, heading, more};
use crate::escape::terminal;
use crate::model::Report;
use crate::style::Style;

pub(super) fn write(report: &Report, names: &Names, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut denied: Vec<_> = report
        .principals
        .iter()
        .flat_map(|principal| principal.denied.iter().map(move |denied| (principal, denied)))
        .collect();
    if denied.is_empty() {
        return Ok(());
    }
    // Stable, so that equals stay in the order of their principals.
    denied.sort_by_key(|(_, denied)| std::cmp::Reverse(denied.evidence.count));
    heading("Denied", "wanted, refused, and not granted", style, out)?;
    let mut table = Table::new(&[
        ("COUNT", Align::Right),
        ("ACTION", Align::Flexible),
        ("RESOURCE", Align::Flexible),
        ("PRINCIPAL", Align::Flexible),
    ]);
    for (principal, denied) in denied.iter().take(ROWS) {
        let resources = if denied.named.is_empty() { &denied.resources } else { &denied.named };
        let first = resources.first().map(|resource| terminal(resource)).unwrap_or_default();
        let rest = resources.len().saturating_sub(1);
        table.row([
            count(denied.evidence.count),
            terminal(&denied.action).into_owned(),
            if rest == 0 { first.into_owned() } else { format!("{first} (+{rest})") },
            names.label(principal),
        ]);
    }
    table.write(out, style)?;
    more(denied.len(), style, out)
}
