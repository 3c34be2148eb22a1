//! The diff of two policies, to read.

use std::io::{self, Write};

use tighten_synthesis::{Change, Verdict};

use super::table::{Align, Table};
use super::words::{count, wrap};
use super::{ROWS, heading};
use crate::diff::{DiffReport, LEVELS, Phrases, Side};
use crate::escape::terminal;
use crate::style::{Ink, Style};

/// How many services are shown whose actions are kept, unless details are wanted.
const ROWS_KEPT: usize = 10;
/// How many examples of a change are shown, unless details are wanted.
const EXAMPLES: usize = 10;

/// Writes the diff.
pub fn write(report: &DiffReport<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let say = Phrases { report, quote: |text| terminal(text).into_owned() };
    let ink = match report.verdict {
        Verdict::Equal | Verdict::Narrower => Ink::Good,
        Verdict::Wider | Verdict::Mixed | Verdict::Undecided => Ink::Warning,
    };
    writeln!(out, "{}  {}\n", style.paint(ink, report.verdict.as_str()), say.verdict())?;
    for (label, text) in [
        ("Old", say.documents(&report.old)),
        ("New", say.documents(&report.new)),
        ("New access", say.answer(report.new_access, Side::New)),
        ("Lost access", say.answer(report.lost_access, Side::Old)),
    ] {
        field(label, &text, style, out)?;
    }
    let details = report.has_details();
    for (change, rows) in say.changes() {
        let about = format!("{}: {}", report.size(change), Phrases::change(change));
        heading(title(change), &about, style, out)?;
        table(&say, change, if details { usize::MAX } else { shown(change) }, style, out)?;
        let examples: Vec<String> =
            rows.iter().flat_map(|row| &row.parts).flat_map(|part| say.examples(part)).collect();
        list(&examples, if details { usize::MAX } else { EXAMPLES }, style, out)?;
        for row in rows.iter().filter(|_| details) {
            item(&say.named(row), style, out)?;
        }
    }
    let conditions: Vec<String> = report.conditions.iter().map(|condition| say.condition(condition)).collect();
    section("Conditions", &conditions, style, out)?;
    let denials: Vec<String> = report.denials.iter().map(|denial| say.denial(denial)).collect();
    section("Denials", &denials, style, out)
}

fn title(change: Change) -> &'static str {
    match change {
        Change::Added => "Added",
        Change::Widened => "Widened",
        Change::Mixed => "Mixed",
        Change::Undecided => "Undecided",
        Change::Removed => "Removed",
        Change::Narrowed => "Narrowed",
        Change::Kept => "Kept",
    }
}

fn section(title: &str, lines: &[String], style: Style, out: &mut dyn Write) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    heading(title, "", style, out)?;
    list(lines, usize::MAX, style, out)
}

/// How many services of a change are shown.
fn shown(change: Change) -> usize {
    if change == Change::Kept { ROWS_KEPT } else { ROWS }
}

fn table(say: &Phrases<'_>, change: Change, most: usize, style: Style, out: &mut dyn Write) -> io::Result<()> {
    const TITLES: [&str; LEVELS.len()] = ["LIST", "READ", "WRITE", "TAGGING", "PERMISSIONS", "UNKNOWN"];
    let counts = say.report.counts(change);
    let mut columns = vec![("SERVICE", Align::Flexible)];
    columns.extend(TITLES.map(|title| (title, Align::Right)));
    let mut table = Table::new(&columns);
    for of in counts.iter().take(most) {
        let levels = of.levels.map(|number| if number == 0 { "-".to_owned() } else { count(number as u64) });
        table.row(std::iter::once(of.service.to_owned()).chain(levels));
    }
    table.write(out, style)?;
    more(counts.len(), most, "`--format json` counts them", style, out)
}

fn list(lines: &[String], most: usize, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for line in lines.iter().take(most) {
        item(line, style, out)?;
    }
    more(lines.len(), most, "`--details` lists them", style, out)
}

fn more(all: usize, most: usize, how: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let Some(rest @ 1..) = all.checked_sub(most) else { return Ok(()) };
    let text = format!("  … and {} more; {how}", count(rest as u64));
    writeln!(out, "{}", style.paint(Ink::Faint, text))
}

fn field(label: &str, text: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut label = format!("  {label:<11}  ");
    for line in wrap(text, width(style, label.len())) {
        writeln!(out, "{}{line}", style.paint(Ink::Faint, &label))?;
        label = " ".repeat(label.len());
    }
    Ok(())
}

fn item(text: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
    for (at, line) in wrap(text, width(style, 4)).iter().enumerate() {
        writeln!(out, "{}{line}", if at == 0 { "  " } else { "    " })?;
    }
    Ok(())
}

fn width(style: Style, indent: usize) -> usize {
    style.width.map_or(usize::MAX, |width| width.saturating_sub(indent).max(40))
}
