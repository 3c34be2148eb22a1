//! How a document is laid out, for the parts of it that are new.

use std::borrow::Cow;

use serde_json::Value;

use super::frame::{Frame, most_common};
use super::scan::{Kind, Node};

/// The columns beyond which an array on one line gets a line for each element.
const COLUMNS: usize = 120;

/// The habits of a document.
pub(super) struct Style<'a> {
    newline: &'static str,
    /// One level of indentation.
    unit: &'a str,
    /// From the end of a key to the value.
    pub(super) colon: &'a str,
    /// White space after a comma within a line.
    pub(super) comma: &'a str,
    array_padding: &'a str,
    object_padding: &'a str,
    /// Whether all stands on one line.
    pub(super) flat: bool,
    flat_arrays: bool,
    flat_objects: bool,
}

/// Where a new value is written.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    /// The indentation of the line.
    pub(super) indent: &'a str,
    /// The characters that stand before the value on its line.
    pub(super) column: usize,
    /// Whether what is around it stands on one line.
    pub(super) flat: bool,
}

#[derive(Default)]
struct Seen<'a> {
    units: Vec<&'a str>,
    colons: Vec<&'a str>,
    commas: Vec<&'a str>,
    array_paddings: Vec<&'a str>,
    object_paddings: Vec<&'a str>,
    /// Whether an array of several strings is on one line.
    lists: Vec<bool>,
    /// Whether an array of one string is on one line.
    single_lists: Vec<bool>,
    /// Whether an object inside a statement is on one line.
    objects: Vec<bool>,
}

impl<'a> Style<'a> {
    pub(super) fn of(text: &'a str, root: &Node) -> Self {
        let mut seen = Seen::default();
        seen.look_at(text, root, 0);
        let flat = !text.get(root.span.clone()).unwrap_or_default().contains('\n');
        let newline = match text.find('\n').and_then(|at| text.get(..at)) {
            Some(line) if line.ends_with('\r') => "\r\n",
            _ => "\n",
        };
        let colon = most_common(seen.colons.into_iter()).unwrap_or(": ");
        let tight = !colon.ends_with(char::is_whitespace);
        let lists = if seen.lists.is_empty() { &seen.single_lists } else { &seen.lists };
        Self {
            newline,
            unit: most_common(seen.units.into_iter()).unwrap_or("    "),
            colon,
            comma: most_common(seen.commas.into_iter()).unwrap_or(if tight { "" } else { " " }),
            array_padding: most_common(seen.array_paddings.into_iter()).unwrap_or_default(),
            object_padding: most_common(seen.object_paddings.into_iter()).unwrap_or_default(),
            flat,
            flat_arrays: mostly(lists).unwrap_or(flat),
            flat_objects: mostly(&seen.objects).unwrap_or(flat),
        }
    }

    /// A value in the document's layout.
    pub(super) fn value(&self, value: &Value, place: Place<'_>) -> String {
        let inner = format!("{}{}", place.indent, self.unit);
        let inside = Place { indent: &inner, column: width(&inner), flat: place.flat };
        match value {
            Value::Array(items) => {
                let bodies: Vec<_> = items.iter().map(|item| Cow::Owned(self.value(item, inside))).collect();
                self.array(&bodies, place)
            }
            Value::Object(map) => {
                let members = |place: Place<'_>| {
                    let member = |(key, value): (&String, &Value)| {
                        let key = format!("{}{}", string(key), self.colon);
                        let column = place.column + width(&key);
                        Cow::Owned(key + &self.value(value, Place { column, ..place }))
                    };
                    map.iter().map(member).collect::<Vec<Cow<'_, str>>>()
                };
                if place.flat || self.flat_objects {
                    let line = self.line(('{', '}'), &members(Place { flat: true, ..inside }), self.object_padding);
                    if place.flat || fits(place.column, &line) {
                        return line;
                    }
                }
                self.lines(('{', '}'), &members(inside), place.indent)
            }
            scalar => scalar.to_string(),
        }
    }

    /// An array of texts.
    pub(super) fn array(&self, items: &[Cow<'_, str>], place: Place<'_>) -> String {
        if place.flat || self.flat_arrays {
            let line = self.line(('[', ']'), items, self.array_padding);
            if place.flat || fits(place.column, &line) {
                return line;
            }
        }
        self.lines(('[', ']'), items, place.indent)
    }

    /// Items, each on a line of its own.
    pub(super) fn lines(&self, brackets: (char, char), items: &[Cow<'_, str>], indent: &str) -> String {
        let mut text = String::from(brackets.0);
        for (at, item) in items.iter().enumerate() {
            text.extend([if at > 0 { "," } else { "" }, self.newline, indent, self.unit, item]);
        }
        if !items.is_empty() {
            text.extend([self.newline, indent]);
        }
        text.push(brackets.1);
        text
    }

    /// A text that moves one level deeper.
    pub(super) fn deeper(&self, text: &str) -> String {
        let mut lines = text.split_inclusive('\n');
        let mut moved = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            moved.extend([if line.trim().is_empty() { "" } else { self.unit }, line]);
        }
        moved
    }

    fn line(&self, brackets: (char, char), items: &[Cow<'_, str>], padding: &str) -> String {
        let padding = if items.is_empty() { "" } else { padding };
        let items = items.join(&format!(",{}", self.comma));
        format!("{}{padding}{items}{padding}{}", brackets.0, brackets.1)
    }
}

impl<'a> Seen<'a> {
    /// Collects the habits of a value; `depth` objects are around it.
    fn look_at(&mut self, text: &'a str, node: &Node, depth: usize) {
        if let Some(frame) = Frame::of(text, node) {
            let lead = frame.first_lead();
            if lead.contains('\n') {
                let unit = last_line(lead).strip_prefix(indentation(text, node.span.start));
                self.units.extend(unit.filter(|unit| !unit.is_empty()));
            } else {
                let is_array = matches!(node.kind, Kind::Array(_));
                let paddings = if is_array { &mut self.array_paddings } else { &mut self.object_paddings };
                paddings.push(lead);
            }
            self.commas.extend(frame.commas());
            match &node.kind {
                Kind::Array(items) if items.iter().all(|item| matches!(item.kind, Kind::Scalar)) => {
                    let lists = if items.len() > 1 { &mut self.lists } else { &mut self.single_lists };
                    lists.push(frame.is_flat());
                }
                Kind::Object(_) if depth > 1 => self.objects.push(frame.is_flat()),
                _ => {}
            }
        }
        match &node.kind {
            Kind::Scalar => {}
            Kind::Array(items) => items.iter().for_each(|item| self.look_at(text, item, depth)),
            Kind::Object(members) => {
                for member in members {
                    self.colons.extend(text.get(member.key.end..member.value.span.start));
                    self.look_at(text, &member.value, depth + 1);
                }
            }
        }
    }
}

/// A JSON string.
pub(super) fn string(text: &str) -> String {
    Value::from(text).to_string()
}

/// The white space at the start of the line of this offset.
pub(super) fn indentation(text: &str, at: usize) -> &str {
    let line = last_line(text.get(..at).unwrap_or_default());
    let end = line.find(|c| !matches!(c, ' ' | '\t')).unwrap_or(line.len());
    line.get(..end).unwrap_or_default()
}

/// What follows the last line end.
pub(super) fn last_line(text: &str) -> &str {
    text.rsplit('\n').next().unwrap_or_default()
}

/// Whether the first line of a text that begins at this column stays within the columns, with a comma.
pub(super) fn fits(column: usize, text: &str) -> bool {
    column + width(text.split('\n').next().unwrap_or_default()) < COLUMNS
}

/// How many columns a text takes.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// Whether more than half are so; nothing if there are none.
fn mostly(seen: &[bool]) -> Option<bool> {
    (!seen.is_empty()).then(|| seen.iter().filter(|flat| **flat).count() * 2 > seen.len())
}
