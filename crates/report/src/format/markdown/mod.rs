//! Markdown as GitHub reads it, for a comment on a change.
//!
//! What is quoted from logs and policies stands in code spans, in which nothing is a link, a mention, an image or HTML, and
//! everything else is escaped.

mod escape;

use std::io::{self, Write};

use crate::page::{Block, Cell, Details, Field, Heading, Item, Page, Prose, Row, Table, Title, Voice, Width};
use crate::words::capital;
use escape::{cell_code, code, fenced, words};

/// Writes a page.
pub fn write(page: &Page, out: &mut dyn Write) -> io::Result<()> {
    let mut writer = Writer { name: page.name, text: String::new() };
    writer.blocks(&page.blocks);
    out.write_all(writer.text.as_bytes())
}

struct Writer {
    name: &'static str,
    text: String,
}

impl Writer {
    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match block {
                Block::Title(title) => self.title(title),
                Block::Heading(heading) => self.heading(heading),
                Block::Table(table) => self.table(table),
                Block::Note(text) => self.paragraph(&prose(text)),
                Block::Code(text) => self.paragraph(&fenced(text)),
                Block::Details(details) => self.details(details),
                Block::Fields(_) | Block::List(_) => {
                    self.gap();
                    self.list(block, 0);
                    // A table cannot stand inside of a list.
                    self.tables_of(block);
                }
            }
        }
    }

    /// An empty line, unless nothing stands before it.
    fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn paragraph(&mut self, text: &str) {
        self.gap();
        self.line(text);
    }

    fn title(&mut self, title: &Title) {
        let lead = if title.lead.is_empty() { String::new() } else { format!(": {}", prose(&title.lead)) };
        self.line(&format!("### {}{lead}", self.name));
        self.about(&title.about);
    }

    fn heading(&mut self, heading: &Heading) {
        self.paragraph(&format!("{} {}", if heading.is_inner { "#####" } else { "####" }, headline(heading)));
        self.about(&heading.about);
    }

    /// A remark as a sentence of its own.
    fn about(&mut self, about: &Prose) {
        if !about.is_empty() {
            self.paragraph(&format!("{}.", capital(&prose(about))));
        }
    }

    fn details(&mut self, details: &Details) {
        self.paragraph(&format!("<details><summary>{}</summary>", headline(&details.heading)));
        self.about(&details.heading.about);
        self.blocks(&details.blocks);
        self.paragraph("</details>");
    }

    fn list(&mut self, block: &Block, depth: usize) {
        match block {
            Block::List(items) => items.iter().for_each(|item| self.item(item, depth)),
            Block::Fields(fields) => fields.rows.iter().for_each(|field| self.field(field, depth)),
            Block::Note(text) => self.entry(&prose(text), depth),
            Block::Code(text) => self.entry(&code(text), depth),
            Block::Table(_) | Block::Title(_) | Block::Heading(_) | Block::Details(_) => {}
        }
    }

    fn item(&mut self, item: &Item, depth: usize) {
        self.entry(&prose(&item.text), depth);
        item.inner.iter().for_each(|inner| self.list(inner, depth + 1));
    }

    fn field(&mut self, field: &Field, depth: usize) {
        self.entry(&format!("**{}:** {}", words(&capital(field.label)), prose(&field.text)), depth);
        field.asides.iter().for_each(|aside| self.entry(&prose(aside), depth + 1));
        field.inner.iter().for_each(|inner| self.list(inner, depth + 1));
    }

    fn entry(&mut self, text: &str, depth: usize) {
        self.line(&format!("{}- {text}", "  ".repeat(depth)));
    }

    fn tables_of(&mut self, block: &Block) {
        let inner: Vec<&Block> = match block {
            Block::List(items) => items.iter().flat_map(|item| &item.inner).collect(),
            Block::Fields(fields) => fields.rows.iter().flat_map(|field| &field.inner).collect(),
            _ => return,
        };
        for block in inner {
            match block {
                Block::Table(table) => self.table(table),
                other => self.tables_of(other),
            }
        }
    }

    fn table(&mut self, table: &Table) {
        let names: Vec<String> = table.columns.iter().map(|column| words(column.name)).collect();
        self.paragraph(&format!("| {} |", names.join(" | ")));
        let rules = table.columns.iter().map(|column| if column.width == Width::Number { "--:" } else { "---" });
        self.line(&format!("|{}|", rules.collect::<Vec<_>>().join("|")));
        table.rows.iter().for_each(|row| self.row(row));
    }

    fn row(&mut self, row: &Row) {
        let mut cells: Vec<String> = row.cells.iter().map(cell).collect();
        if let Some(last) = cells.last_mut().filter(|_| !row.note.is_empty()) {
            let note = spans(&row.note, cell_code);
            *last = if last.is_empty() { note } else { format!("{last}<br>{note}") };
        }
        self.line(&format!("| {} |", cells.join(" | ")));
    }
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Nothing => String::new(),
        Cell::Text(text) => spans(text, cell_code),
    }
}

/// A heading with how much there is.
fn headline(heading: &Heading) -> String {
    let size = if heading.size.is_empty() { String::new() } else { format!(": {}", words(&heading.size)) };
    format!("{}{size}", prose(&heading.text))
}

fn prose(text: &Prose) -> String {
    spans(text, code)
}

fn spans(text: &Prose, code: fn(&str) -> String) -> String {
    let each = text.spans().iter().map(|span| match span.voice {
        Voice::Words => words(&span.text),
        Voice::Quoted | Voice::Data => code(&span.text),
    });
    each.collect()
}
