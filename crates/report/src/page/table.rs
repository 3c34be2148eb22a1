//! Rows of cells.

use super::Prose;
use crate::words::count;

/// Rows of cells under the names of their columns.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name, in lower case.
    pub name: &'static str,
    /// What it holds.
    pub width: Width,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    /// Text that is short.
    Short,
    /// Numbers.
    Number,
    /// Text of any length, which may be cut where there is no room. At least one column of a wide table should be this.
    Long,
}

/// Some cells, and what there is to say about them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// One of each column.
    pub cells: Vec<Cell>,
    /// A remark on all of them.
    pub note: Prose,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing is there.
    Nothing,
    /// Text.
    Text(Prose),
}

impl Table {
    pub(crate) fn new(columns: &[(&'static str, Width)]) -> Self {
        let columns = columns.iter().map(|&(name, width)| Column { name, width }).collect();
        Self { columns, rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(Row { cells: cells.into_iter().collect(), note: Prose::default() });
    }

    pub(crate) fn noted(&mut self, cells: impl IntoIterator<Item = Cell>, note: Prose) {
        self.rows.push(Row { cells: cells.into_iter().collect(), note });
    }
}

impl Cell {
    /// A number.
    pub(crate) fn number(number: impl TryInto<u64>) -> Self {
        Self::Text(count(number).into())
    }

    /// A number, of which nothing is to be seen where it is 0.
    pub(crate) fn number_if_any(number: impl TryInto<u64>) -> Self {
        match number.try_into().unwrap_or(u64::MAX) {
            0 => Self::Nothing,
            number => Self::number(number),
        }
    }

    /// The report's own words.
    pub(crate) fn words(text: impl Into<Prose>) -> Self {
        Self::Text(text.into())
    }

    /// Text from a log or a policy.
    pub(crate) fn data(text: impl Into<String>) -> Self {
        Self::Text(Prose::data(text))
    }
}
