//! Tables of plain text that fit the terminal.

use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::plain;
use crate::format::{Ink, Style};
use crate::page::{Cell, Table, Width};
use crate::words::wrap;

const INDENT: usize = 2;
const GAP: usize = 2;
/// How far notes are indented.
const NOTE: usize = 6;
/// A column of long text is not cut below this.
const LEAST: usize = 16;

/// Writes the table. Notes stand below their rows.
pub(super) fn write(table: &Table, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let heading: Vec<String> = table.columns.iter().map(|column| column.name.to_uppercase()).collect();
    let rows: Vec<Vec<String>> = table.rows.iter().map(|row| row.cells.iter().map(cell).collect()).collect();
    let widths = widths(table, &heading, &rows, style.width);
    if heading.iter().any(|name| !name.is_empty()) {
        writeln!(out, "{}", style.paint(Ink::Faint, line(table, &heading, &widths)))?;
    }
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(NOTE).max(40));
    for (row, cells) in table.rows.iter().zip(&rows) {
        writeln!(out, "{}", line(table, cells, &widths))?;
        if row.note.is_empty() {
            continue;
        }
        for text in wrap(&plain(&row.note), width) {
            writeln!(out, "{}{}", " ".repeat(NOTE), style.paint(Ink::Faint, text))?;
        }
    }
    Ok(())
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Nothing => "-".to_owned(),
        Cell::Text(text) => plain(text),
    }
}

fn widths(table: &Table, heading: &[String], rows: &[Vec<String>], available: Option<usize>) -> Vec<usize> {
    let mut widths: Vec<usize> = heading.iter().map(|name| name.width()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let Some(available) = available else { return widths };
    // The widest column of long text gives way first, so that short cells beside it stay whole.
    loop {
        let total = INDENT + widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
        let long = widths
            .iter_mut()
            .zip(&table.columns)
            .filter(|(width, column)| column.width == Width::Long && **width > LEAST);
        match long.map(|(width, _)| width).max() {
            Some(width) if total > available => *width -= 1,
            _ => return widths,
        }
    }
}

fn line(table: &Table, cells: &[String], widths: &[usize]) -> String {
    let mut line = " ".repeat(INDENT);
    for (at, ((cell, &width), column)) in cells.iter().zip(widths).zip(&table.columns).enumerate() {
        if at > 0 {
            line.push_str(&" ".repeat(GAP));
        }
        let cell = cut(cell, width);
        let padding = " ".repeat(width.saturating_sub(cell.width()));
        if column.width == Width::Number {
            line.push_str(&padding);
            line.push_str(&cell);
        } else {
            line.push_str(&cell);
            line.push_str(&padding);
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// `text`, cut to `width` columns with a mark that something is missing. The middle goes: both ends of an ARN tell more.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let tail: String = reversed(&fitting(text.chars().rev(), room / 2));
    let head: String = fitting(text.chars(), room - tail.width());
    format!("{head}…{tail}")
}

fn fitting(chars: impl Iterator<Item = char>, room: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= room
        })
        .collect()
}

fn reversed(text: &str) -> String {
    text.chars().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&[("calls", Width::Number), ("name", Width::Long), ("kind", Width::Short)]);
        table.row(["1,200", "deploy-something-very-long-in-eu-west-1", "role"].map(Cell::data));
        table.row(["3", "日本", "user"].map(Cell::data));
        table
    }

    fn written(width: Option<usize>) -> String {
        let mut out = Vec::new();
        write(&table(), Style { colour: false, width }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        insta::assert_snapshot!(written(None), @r"
          CALLS  NAME                                     KIND
          1,200  deploy-something-very-long-in-eu-west-1  role
              3  日本                                     user
        ");
    }

    #[test]
    fn flexible_columns_give_way_on_a_narrow_terminal() {
        insta::assert_snapshot!(written(Some(40)), @r"
        CALLS  NAME                       KIND
        1,200  deploy-somet…in-eu-west-1  role
            3  日本                       user
        ");
        assert!(written(Some(10)).lines().all(|line| line.width() <= 2 + 5 + 2 + LEAST + 2 + 4));
    }

    #[test]
    fn notes_stand_below_their_rows_and_are_broken() {
        let mut table = Table::new(&[("name", Width::Long)]);
        for name in ["one", "two", "three"] {
            let note = if name == "two" { "a note that takes more than a single line here" } else { "" };
            table.noted([Cell::data(name)], note.into());
        }
        let mut out = Vec::new();
        write(&table, Style { colour: false, width: Some(20) }, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
          NAME
          one
          two
              a note that takes more than a single
              line here
          three
        ");
    }

    #[test]
    fn cutting_counts_columns_not_bytes() {
        assert_eq!(cut("日本日本", 6), "日…本");
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abc", 1), "…");
        assert_eq!(cut("abc", 0), "…");
    }
}
