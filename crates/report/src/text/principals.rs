//! Who did what.

use std::io::{self, Write};

use super::table::{Align, Table};
use super::words::{count, counted, some};
use super::{ROWS, heading, more};
use crate::escape::terminal;
use crate::model::Report;
use crate::style::{Ink, Style};

pub(super) fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let totals = &report.totals;
    let about = format!(
        "{}, {}, {} in use",
        counted(totals.principals as u64, "principal"),
        counted(totals.calls, "call"),
        counted(totals.actions as u64, "action")
    );
    heading("Principals by calls", &about, style, out)?;
    if report.principals.is_empty() {
        return writeln!(out, "  none: no record names a caller that has policies");
    }
    let mut table = Table::new(&[
        ("CALLS", Align::Right),
        ("DENIED", Align::Right),
        ("ACTIONS", Align::Right),
        ("EXACT", Align::Right),
        ("WARN", Align::Right),
        ("ACCOUNT", Align::Left),
        ("KIND", Align::Left),
        ("NAME", Align::Flexible),
    ]);
    for principal in report.principals.iter().take(ROWS) {
        let needs = principal.needs.len();
        let warnings = principal.findings.iter().filter(|finding| finding.severity != "info").count();
        table.row([
            count(principal.calls),
            or_dash(principal.denied_calls),
            count(principal.actions().len() as u64),
            (principal.needs_known("exact") * 100)
                .checked_div(needs)
                .map_or("-".to_owned(), |share| format!("{share} %")),
            or_dash(warnings as u64),
            terminal(&principal.account).into_owned(),
            principal.kind.to_owned(),
            terminal(&principal.name).into_owned(),
        ]);
    }
    table.write(out, style)?;
    more(report.principals.len(), style, out)?;
    let all = totals.needs.max(1);
    let percent = |part: usize| format!("{}.{} %", part * 100 / all, part * 1000 / all % 10);
    let known = format!(
        "  EXACT: how surely resources are known, not how narrow they are. All {}: {} exact, {} by type, {} not",
        counted(totals.needs as u64, "need"),
        percent(totals.exact),
        percent(totals.by_type),
        percent(totals.unresolved),
    );
    writeln!(out, "{}", style.paint(Ink::Faint, known))
}

fn or_dash(number: u64) -> String {
    if number == 0 { "-".to_owned() } else { count(number) }
}

pub(super) fn write_sets(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if report.permission_sets.is_empty() {
        return Ok(());
    }
    heading("Permission sets", "roles AWSReservedSSO_*, over all accounts", style, out)?;
    let mut table = Table::new(&[
        ("CALLS", Align::Right),
        ("DENIED", Align::Right),
        ("ACTIONS", Align::Right),
        ("SET", Align::Left),
        ("ACCOUNTS", Align::Flexible),
    ]);
    for set in report.permission_sets.iter().take(ROWS) {
        let accounts: Vec<_> = set.accounts.iter().map(|account| terminal(account)).collect();
        table.row([
            count(set.calls),
            or_dash(set.denied_calls),
            count(set.actions.len() as u64),
            terminal(&set.name).into_owned(),
            some(&accounts, 4),
        ]);
    }
    table.write(out, style)?;
    more(report.permission_sets.len(), style, out)
}
