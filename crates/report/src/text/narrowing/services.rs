//! What became of the grants of each service.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{self, Write};

use crate::escape::terminal;
use crate::model::{GrantReport, NarrowingReport};
use crate::style::{Ink, Style};
use crate::text::table::{Align, Table};
use crate::text::words::{count, counted, wrap};
use crate::text::{ROWS, heading, more};

/// What became of a grant: a column, and what it means.
const COLUMNS: [(&str, &str); 10] = [
    ("USED", ""),
    ("REMOVED", ""),
    ("STILL GIVEN", "removed here, and another statement gives the same"),
    ("DROPPED", "removed, though uses may have gone unrecorded"),
    ("FORBIDDEN", "removed by a rule, used or not"),
    ("NOT VISIBLE", "kept, since uses may have gone unrecorded"),
    ("TOO YOUNG", "kept, since it is too early to tell"),
    ("BY RULE", "kept by a rule"),
    ("WITH OTHERS", "kept, unused, for the sake of what stays beside them"),
    ("OUT OF BOUNDS", "removed: the permissions boundary does not allow them, so they have no effect"),
];

type Row<'a> = [Cell<'a>; COLUMNS.len()];

#[derive(Default)]
struct Cell<'a> {
    count: usize,
    actions: Vec<&'a str>,
}

/// The index of the column of a grant.
fn column(grant: &GrantReport) -> usize {
    match (grant.verdict, grant.kept) {
        ("used", _) => 0,
        ("never-granted", _) => 4,
        ("outside-boundary", _) => 9,
        (_, false) if grant.no_effect.is_some() => 2,
        ("not-observable", false) => 3,
        (_, false) => 1,
        ("not-observable", true) => 5,
        ("too-young", true) => 6,
        ("kept-by-rule", true) => 7,
        (_, true) => 8,
    }
}

pub(super) fn write(report: &NarrowingReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut services: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    let statements = report.policies.iter().flat_map(|policy| &policy.statements);
    for grant in statements.flat_map(|statement| &statement.grants) {
        if let Some(cell) = services.entry(&grant.service).or_default().get_mut(column(grant)) {
            cell.count += grant.count;
            cell.actions.extend(grant.actions.iter().map(String::as_str));
        }
    }
    if services.is_empty() {
        return Ok(());
    }
    let number = services.len();
    let number = counted(number as u64, "service");
    let about = format!("{number}; an action counts once for each statement that allows it");
    heading("Grants by service", &about, style, out)?;
    let is_there = |at: usize| services.values().any(|row| row.get(at).is_some_and(|cell| cell.count > 0));
    let columns: Vec<(usize, &str, &str)> = COLUMNS
        .iter()
        .enumerate()
        .map(|(at, (name, about))| (at, *name, *about))
        .filter(|(at, ..)| is_there(*at))
        .collect();
    let mut headings = vec![("SERVICE", Align::Left)];
    headings
        .extend(COLUMNS.iter().enumerate().filter(|(at, _)| is_there(*at)).map(|(_, (name, _))| (*name, Align::Right)));
    let mut rows: Vec<(&str, Row<'_>)> = services.into_iter().collect();
    // The map was in the order of names, and the sort is stable.
    rows.sort_by_key(|(_, row)| {
        let of = |at: usize| row.get(at).map_or(0, |cell| cell.count);
        (Reverse(of(0)), Reverse(row.iter().map(|cell| cell.count).sum::<usize>()))
    });
    let mut table = Table::new(&headings);
    for (service, row) in rows.iter().take(ROWS) {
        let cells = columns.iter().filter_map(|(at, ..)| row.get(*at)).map(|cell| match cell.count {
            0 => "-".to_owned(),
            number => count(number as u64),
        });
        table.row(std::iter::once(terminal(service).into_owned()).chain(cells));
    }
    if rows.len() > 1 {
        let sum = |at: usize| rows.iter().filter_map(|(_, row)| row.get(at)).map(|cell| cell.count).sum::<usize>();
        table.row(std::iter::once("all".to_owned()).chain(columns.iter().map(|(at, ..)| count(sum(*at) as u64))));
    }
    table.write(out, style)?;
    more(rows.len(), style, out)?;
    for (_, name, about) in columns.iter().filter(|(_, _, about)| !about.is_empty()) {
        writeln!(out, "{}", style.paint(Ink::Faint, format!("  {name}: {about}")))?;
    }
    if report.details { details(&rows, style, out) } else { Ok(()) }
}

/// Every action by name.
fn details(rows: &[(&str, Row<'_>)], style: Style, out: &mut dyn Write) -> io::Result<()> {
    heading("Actions", "every one, by service", style, out)?;
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(4).max(40));
    for (service, row) in rows {
        writeln!(out, "  {}", style.paint(Ink::Heading, terminal(service)))?;
        for ((name, _), cell) in COLUMNS.iter().zip(row).filter(|(_, cell)| cell.count > 0) {
            let mut actions: Vec<&str> =
                cell.actions.iter().map(|action| action.split_once(':').map_or(*action, |(_, name)| name)).collect();
            actions.sort_unstable();
            actions.dedup();
            let text = format!("{}: {}", name.to_lowercase(), actions.join(", "));
            for line in wrap(&terminal(&text), width) {
                writeln!(out, "    {line}")?;
            }
        }
    }
    Ok(())
}
