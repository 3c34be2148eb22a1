//! The summary that people read.
//!
//! It shows the first few of each list; the JSON form has them all.

mod denied;
pub mod diff;
pub mod explain;
mod findings;
mod head;
mod names;
pub mod narrowing;
mod principals;
pub mod replay;
mod table;
mod unmapped;
pub(crate) mod words;

use std::io::{self, Write};

use crate::model::Report;
use crate::style::{Ink, Style};
use names::Names;

pub use words::wrap;

/// How many rows a list has.
const ROWS: usize = 25;

/// Writes the summary.
pub fn write(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let names = Names::of(report);
    head::write(report, style, out)?;
    if let Some(all) = &report.narrowing {
        narrowing::write(all, style, out)?;
    }
    principals::write(report, style, out)?;
    principals::write_sets(report, style, out)?;
    denied::write(report, &names, style, out)?;
    unmapped::write(report, style, out)?;
    findings::write(report, &names, style, out)?;
    head::write_next(report, &names, style, out)
}

/// A heading with an empty line before it.
fn heading(text: &str, about: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    write!(out, "{}", style.paint(Ink::Heading, text))?;
    if about.is_empty() { writeln!(out) } else { writeln!(out, "  {}", style.paint(Ink::Faint, about)) }
}

/// Says how many rows a list does not show.
fn more(all: usize, style: Style, out: &mut dyn Write) -> io::Result<()> {
    if all <= ROWS {
        return Ok(());
    }
    let text = format!("  … and {} more; `--format json` lists them", words::count((all - ROWS) as u64));
    writeln!(out, "{}", style.paint(Ink::Faint, text))
}
