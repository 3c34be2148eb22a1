//! Plain text, for terminals and files.

mod ink;
mod table;

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::{Ink, Style};
use crate::escape::terminal;
use crate::page::{Block, Details, Field, Fields, Heading, Item, Page, Prose, Title, Voice};
use ink::Painting;

/// Lines are not made shorter than this, however narrow the terminal is.
const LEAST: usize = 40;
/// How far what belongs to something is indented below it.
const STEP: usize = 2;

/// Writes a page.
pub fn write(page: &Page, style: Style, out: &mut dyn Write) -> io::Result<()> {
    Writer { style, out, last: Last::Nothing }.blocks(&page.blocks, 0)
}

/// A sentence as plain text that is safe to print.
pub fn plain(text: &Prose) -> String {
    let quoted = |voice: Voice, text: &str| {
        let text = terminal(text);
        if voice == Voice::Quoted { format!("`{text}`") } else { text.into_owned() }
    };
    text.spans().iter().map(|span| quoted(span.voice, &span.text)).collect()
}

/// What was written last, which decides where empty lines are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Title,
    Heading,
    Other,
}

struct Writer<'o> {
    style: Style,
    out: &'o mut dyn Write,
    last: Last,
}

impl Writer<'_> {
    fn blocks(&mut self, blocks: &[Block], depth: usize) -> io::Result<()> {
        blocks.iter().try_for_each(|block| self.block(block, depth))
    }

    fn block(&mut self, block: &Block, depth: usize) -> io::Result<()> {
        match block {
            Block::Title(title) => self.title(title),
            Block::Heading(heading) => self.heading(heading),
            Block::Fields(fields) => self.fields(fields, depth),
            Block::Table(table) => {
                if depth == 0 && self.last == Last::Other {
                    writeln!(self.out)?;
                }
                self.last = Last::Other;
                table::write(table, self.style, self.out)
            }
            Block::List(items) => items.iter().try_for_each(|item| self.item(item, depth)),
            Block::Note(text) => self.line(depth, &Painting::of(text)),
            // It is there to be copied, and broken lines are not.
            Block::Code(text) => self.line(depth, &Painting::of(&Prose::data(text.as_str()))),
            Block::Details(Details { heading, blocks }) => {
                self.heading(heading)?;
                self.blocks(blocks, depth)
            }
        }
    }

    fn title(&mut self, title: &Title) -> io::Result<()> {
        let (lead, about) = (Painting::of(&title.lead), Painting::of(&title.about));
        let between = if title.lead.is_empty() || title.about.is_empty() { "" } else { "  " };
        self.last = Last::Title;
        writeln!(self.out, "{}{between}{}", lead.whole(self.style), about.whole(self.style))
    }

    fn heading(&mut self, heading: &Heading) -> io::Result<()> {
        if self.last != Last::Nothing {
            writeln!(self.out)?;
        }
        self.last = Last::Heading;
        write!(self.out, "{}", self.style.paint(Ink::Heading, plain(&heading.text)))?;
        let parts = [heading.size.clone(), plain(&heading.about)];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        if parts.is_empty() {
            return writeln!(self.out);
        }
        writeln!(self.out, "  {}", self.style.paint(Ink::Faint, parts.join(": ")))
    }

    fn fields(&mut self, fields: &Fields, depth: usize) -> io::Result<()> {
        if self.last == Last::Title {
            writeln!(self.out)?;
        }
        self.last = Last::Other;
        let longest = fields.rows.iter().map(|field| field.label.width()).max().unwrap_or_default();
        let longest = longest.max(fields.longest);
        fields.rows.iter().try_for_each(|field| self.field(field, longest, depth))
    }

    fn field(&mut self, field: &Field, longest: usize, depth: usize) -> io::Result<()> {
        let indent = " ".repeat(STEP * (depth + 1));
        let padded = format!("{}{}", field.label, " ".repeat(longest.saturating_sub(field.label.width())));
        let margin = indent.len() + longest + 2;
        let mut label = format!("{indent}{}  ", self.style.paint(field.ink, padded));
        for line in Painting::of(&field.text).lines(self.width(margin), self.style) {
            writeln!(self.out, "{label}{line}")?;
            label = " ".repeat(margin);
        }
        for aside in &field.asides {
            let aside = aside.clone().ink(Ink::Faint);
            for line in Painting::of(&aside).lines(self.width(margin), self.style) {
                writeln!(self.out, "{}{line}", " ".repeat(margin))?;
            }
        }
        self.blocks(&field.inner, depth + 1)
    }

    fn item(&mut self, item: &Item, depth: usize) -> io::Result<()> {
        self.last = Last::Other;
        let (first, rest) = (STEP * (depth + 1), STEP * (depth + 2));
        for (at, line) in Painting::of(&item.text).lines(self.width(rest), self.style).iter().enumerate() {
            writeln!(self.out, "{}{line}", " ".repeat(if at == 0 { first } else { rest }))?;
        }
        self.blocks(&item.inner, depth + 1)
    }

    fn line(&mut self, depth: usize, text: &Painting) -> io::Result<()> {
        self.last = Last::Other;
        writeln!(self.out, "{}{}", " ".repeat(STEP * (depth + 1)), text.whole(self.style))
    }

    fn width(&self, margin: usize) -> usize {
        self.style.width.map_or(usize::MAX, |width| width.saturating_sub(margin).max(LEAST))
    }
}
