//! A page of headings and labelled lines.

use std::io::{self, Write};

use tighten_report::{Ink, Style, escape, wrap};

/// What is to be printed.
#[derive(Debug)]
pub(super) struct Sheet {
    style: Style,
    lines: Vec<Line>,
}

#[derive(Debug)]
enum Line {
    Heading(String, String),
    Field(&'static str, String),
}

/// Lines are wrapped at this width where the terminal does not tell another.
const WIDTH: usize = 100;

impl Sheet {
    pub(super) fn new(style: Style) -> Self {
        Self { style, lines: Vec::new() }
    }

    /// A name, and what is to be said about it in a few words.
    pub(super) fn heading(&mut self, name: &str, about: &str) {
        self.lines.push(Line::Heading(escape::terminal(name).into_owned(), escape::terminal(about).into_owned()));
    }

    /// A label and its text. The same label as before is not repeated.
    pub(super) fn field(&mut self, label: &'static str, text: impl AsRef<str>) {
        self.lines.push(Line::Field(label, escape::terminal(text.as_ref()).into_owned()));
    }

    /// A label and names, separated by commas; nothing if there are none.
    pub(super) fn names<T: AsRef<str>>(&mut self, label: &'static str, names: impl IntoIterator<Item = T>) {
        let names: Vec<String> = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
        if !names.is_empty() {
            self.field(label, names.join(", "));
        }
    }

    /// How many lines there are.
    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let labels = self.lines.iter().map(|line| if let Line::Field(label, _) = line { label.len() } else { 0 });
        let indent = labels.max().unwrap_or_default() + 4;
        let width = self.style.width.unwrap_or(WIDTH).saturating_sub(indent).max(30);
        let mut last = "";
        for (at, line) in self.lines.iter().enumerate() {
            match line {
                Line::Heading(name, about) => {
                    if at > 0 {
                        writeln!(out)?;
                    }
                    let name = self.style.paint(Ink::Heading, name);
                    let gap = if about.is_empty() { "" } else { "  " };
                    writeln!(out, "{name}{gap}{about}")?;
                    last = "";
                }
                Line::Field(label, text) => {
                    let mut shown = if *label == last { "" } else { *label };
                    last = label;
                    for part in wrap(text, width) {
                        let label = format!("  {shown:<rest$}", rest = indent - 2);
                        writeln!(out, "{}{part}", self.style.paint(Ink::Faint, label))?;
                        shown = "";
                    }
                }
            }
        }
        Ok(())
    }
}
