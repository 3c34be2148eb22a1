//! Tables of plain text that fit the terminal.

use std::collections::BTreeMap;
use std::io::{self, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::words::wrap;
use crate::style::{Ink, Style};

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Align {
    /// For text.
    Left,
    /// For numbers.
    Right,
    /// For text that may be cut where the terminal is too narrow. At least one column of a wide table should be this.
    Flexible,
}

/// Rows of cells under a heading. Cells are safe text already.
#[derive(Debug)]
pub(super) struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<String>>,
    /// Text below a row, by the row's index.
    notes: BTreeMap<usize, String>,
}

const INDENT: usize = 2;
const GAP: usize = 2;
/// How far notes are indented.
const NOTE: usize = 6;
/// A flexible column is not cut below this.
const LEAST: usize = 16;

impl Table {
    pub(super) fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new(), notes: BTreeMap::new() }
    }

    pub(super) fn row<I: IntoIterator<Item = String>>(&mut self, cells: I) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Text in a line of its own below the last row, which may be broken.
    pub(super) fn note(&mut self, text: String) {
        if let Some(last) = self.rows.len().checked_sub(1).filter(|_| !text.is_empty()) {
            self.notes.insert(last, text);
        }
    }

    pub(super) fn write(&self, out: &mut dyn Write, style: Style) -> io::Result<()> {
        let widths = self.widths(style.width);
        let heading: Vec<String> = self.columns.iter().map(|(name, _)| (*name).to_owned()).collect();
        if heading.iter().any(|name| !name.is_empty()) {
            writeln!(out, "{}", style.paint(Ink::Faint, self.line(&heading, &widths)))?;
        }
        let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(NOTE).max(40));
        for (at, row) in self.rows.iter().enumerate() {
            writeln!(out, "{}", self.line(row, &widths))?;
            for line in self.notes.get(&at).into_iter().flat_map(|note| wrap(note, width)) {
                writeln!(out, "{}{}", " ".repeat(NOTE), style.paint(Ink::Faint, line))?;
            }
        }
        Ok(())
    }

    fn widths(&self, available: Option<usize>) -> Vec<usize> {
        let mut widths: Vec<usize> = self.columns.iter().map(|(name, _)| name.width()).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let Some(available) = available else { return widths };
        // The widest flexible column gives way first, so that short cells beside it stay whole.
        loop {
            let total = INDENT + widths.iter().sum::<usize>() + GAP * widths.len().saturating_sub(1);
            let flexible = widths
                .iter_mut()
                .zip(&self.columns)
                .filter(|(width, (_, align))| *align == Align::Flexible && **width > LEAST);
            match flexible.map(|(width, _)| width).max() {
                Some(width) if total > available => *width -= 1,
                _ => return widths,
            }
        }
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = " ".repeat(INDENT);
        for (at, ((cell, &width), (_, align))) in cells.iter().zip(widths).zip(&self.columns).enumerate() {
            if at > 0 {
                line.push_str(&" ".repeat(GAP));
            }
            let cell = cut(cell, width);
            let padding = " ".repeat(width.saturating_sub(cell.width()));
            if *align == Align::Right {
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
}

/// `text`, cut to `width` columns with a mark that something is missing. The middle goes: both ends of an ARN tell more.
pub(super) fn cut(text: &str, width: usize) -> String {
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
        let mut table = Table::new(&[("CALLS", Align::Right), ("NAME", Align::Flexible), ("KIND", Align::Left)]);
        table.row(["1,200", "deploy-something-very-long-in-eu-west-1", "role"].map(str::to_owned));
        table.row(["3", "日本", "user"].map(str::to_owned));
        table
    }

    fn written(width: Option<usize>) -> String {
        let mut out = Vec::new();
        table().write(&mut out, Style { colour: false, width }).unwrap();
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
        let mut table = Table::new(&[("NAME", Align::Flexible)]);
        table.note("before any row".to_owned());
        for name in ["one", "two", "three"] {
            table.row([name.to_owned()]);
            table.note(if name == "two" {
                "a note that takes more than a single line here".to_owned()
            } else {
                String::new()
            });
        }
        let mut out = Vec::new();
        table.write(&mut out, Style { colour: false, width: Some(20) }).unwrap();
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
