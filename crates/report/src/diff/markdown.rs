//! The diff as Markdown, for a comment on a change.
//!
//! Text from policies stands in code spans, in which nothing is a link, a mention or HTML, and never in a table, where `|`
//! would have to be escaped as well.

use std::io::{self, Write};

use tighten_synthesis::Change;

use super::counts::LEVELS;
use super::model::DiffReport;
use super::phrase::{Phrases, Side};
use crate::escape::terminal;
use crate::text::words::count;

/// How many services and examples of a change are shown, unless details are wanted.
const ROWS: usize = 25;
const ROWS_KEPT: usize = 10;
const EXAMPLES: usize = 10;

/// Writes the diff.
pub fn write(report: &DiffReport<'_>, out: &mut dyn Write) -> io::Result<()> {
    let say = Phrases { report, quote: code };
    writeln!(out, "### Policy diff: {}", report.verdict.as_str())?;
    writeln!(out, "\n{}.\n", capital(say.verdict()))?;
    writeln!(out, "- **Old:** {}", say.documents(&report.old))?;
    writeln!(out, "- **New:** {}", say.documents(&report.new))?;
    writeln!(out, "- **New access:** {}", say.answer(report.new_access, Side::New))?;
    writeln!(out, "- **Lost access:** {}", say.answer(report.lost_access, Side::Old))?;
    let details = report.has_details();
    for (change, rows) in say.changes() {
        writeln!(out, "\n#### {}: {}\n", capital(change.as_str()), report.size(change))?;
        writeln!(out, "{}.", capital(Phrases::change(change)))?;
        let most = if change == Change::Kept { ROWS_KEPT } else { ROWS };
        table(&say, change, if details { usize::MAX } else { most }, out)?;
        let examples: Vec<String> =
            rows.iter().flat_map(|row| &row.parts).flat_map(|part| say.examples(part)).collect();
        list(&examples, if details { usize::MAX } else { EXAMPLES }, out)?;
        if details {
            let names = rows.iter().map(|row| say.named(row));
            writeln!(out, "\n<details><summary>Actions</summary>")?;
            list(&names.collect::<Vec<_>>(), usize::MAX, out)?;
            writeln!(out, "\n</details>")?;
        }
    }
    let conditions: Vec<String> = report.conditions.iter().map(|condition| say.condition(condition)).collect();
    section("Conditions", &conditions, out)?;
    let denials: Vec<String> = report.denials.iter().map(|denial| say.denial(denial)).collect();
    section("Denials", &denials, out)
}

fn section(heading: &str, lines: &[String], out: &mut dyn Write) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n#### {heading}")?;
    list(lines, usize::MAX, out)
}

fn table(say: &Phrases<'_>, change: Change, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let counts = say.report.counts(change);
    writeln!(out, "\n| service | {} |", LEVELS.join(" | "))?;
    writeln!(out, "|---|{}", "--:|".repeat(LEVELS.len()))?;
    for of in counts.iter().take(most) {
        let levels = of.levels.map(|number| if number == 0 { String::new() } else { count(number as u64) });
        // Of letters, digits and dashes alone.
        writeln!(out, "| {} | {} |", of.service, levels.join(" | "))?;
    }
    if let Some(rest @ 1..) = counts.len().checked_sub(most) {
        writeln!(out, "\n… and {} more services", count(rest as u64))?;
    }
    Ok(())
}

fn list(lines: &[String], most: usize, out: &mut dyn Write) -> io::Result<()> {
    if !lines.is_empty() {
        writeln!(out)?;
    }
    for line in lines.iter().take(most) {
        writeln!(out, "- {line}")?;
    }
    match lines.len().checked_sub(most) {
        Some(rest @ 1..) => writeln!(out, "- … and {} more", count(rest as u64)),
        _ => Ok(()),
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(chars).collect()
}

/// The text as a code span, whatever it holds.
fn code(text: &str) -> String {
    let text = terminal(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A space on either side is taken off again, and keeps what is inside apart from the fence.
    let pad = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{pad}{text}{pad}{fence}")
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn code_spans_end_where_they_should() {
        assert_eq!(code("s3:GetObject"), "`s3:GetObject`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`"), "`` ` ``");
        assert_eq!(code("a\n# <b>"), r"`a\n# <b>`");
        assert_eq!(code(""), "`  `");
    }
}
