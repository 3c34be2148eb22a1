//! A document for people, as a value: what it says and in which order, and not how that looks.
//!
//! Every document has a folder with a `page`, which makes one of these from its model; [`format`](crate::format) lays it
//! out as text or as Markdown. So no format has wording of its own, and no document knows about widths or escapes.

mod prose;
mod table;

pub use prose::{Prose, Span, Voice};
pub use table::{Cell, Column, Row, Table, Width};

use crate::format::Ink;
use crate::prose;
use crate::words::count;

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// What kind of document it is, for formats in which it stands among others: `Policy diff`.
    pub name: &'static str,
    /// What it says.
    pub blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// What it begins with.
    Title(Title),
    /// The heading of what follows.
    Heading(Heading),
    /// Facts with their names.
    Fields(Fields),
    /// Rows of cells.
    Table(Table),
    /// One thing after the other.
    List(Vec<Item>),
    /// A remark on what stands before it.
    Note(Prose),
    /// Text to be copied as it is.
    Code(String),
    /// What is there to be looked up, and folded away where the format can do that.
    Details(Details),
}

/// The first line: the answer, if the document gives one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Title {
    /// A word or two.
    pub lead: Prose,
    /// A sentence.
    pub about: Prose,
}

/// A heading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heading {
    /// It is a part of what the heading before it is about.
    pub is_inner: bool,
    /// The heading itself.
    pub text: Prose,
    /// How much there is.
    pub size: String,
    /// What that means.
    pub about: Prose,
}

/// Facts with their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields {
    /// The longest name that such facts have in this document, so that they line up with those of other lists.
    pub longest: usize,
    /// The facts.
    pub rows: Vec<Field>,
}

/// A fact with its name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// The name.
    pub label: &'static str,
    /// The ink of the name.
    pub ink: Ink,
    /// The fact.
    pub text: Prose,
    /// Remarks on it.
    pub asides: Vec<Prose>,
    /// What belongs to it.
    pub inner: Vec<Block>,
}

/// One of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// What it says.
    pub text: Prose,
    /// What belongs to it.
    pub inner: Vec<Block>,
}

/// What is there to be looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Details {
    /// What it is.
    pub heading: Heading,
    /// The rest.
    pub blocks: Vec<Block>,
}

impl Page {
    /// An empty page.
    pub fn new(name: &'static str) -> Self {
        Self { name, blocks: Vec::new() }
    }

    pub(crate) fn push(&mut self, block: impl Into<Block>) {
        self.blocks.push(block.into());
    }

    pub(crate) fn extend(&mut self, blocks: impl IntoIterator<Item = Block>) {
        self.blocks.extend(blocks);
    }
}

impl Heading {
    pub(crate) fn new(text: impl Into<Prose>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(crate) fn size(self, size: impl Into<String>) -> Self {
        Self { size: size.into(), ..self }
    }

    pub(crate) fn about(self, about: impl Into<Prose>) -> Self {
        Self { about: about.into(), ..self }
    }

    pub(crate) fn inner(self) -> Self {
        Self { is_inner: true, ..self }
    }
}

impl Fields {
    pub(crate) fn new(longest: usize) -> Self {
        Self { longest, rows: Vec::new() }
    }

    pub(crate) fn field(&mut self, label: &'static str, text: impl Into<Prose>) {
        self.rows.push(Field::new(label, text));
    }
}

impl Field {
    pub(crate) fn new(label: &'static str, text: impl Into<Prose>) -> Self {
        Self { label, ink: Ink::Faint, text: text.into(), asides: Vec::new(), inner: Vec::new() }
    }
}

impl Item {
    pub(crate) fn new(text: impl Into<Prose>) -> Self {
        Self { text: text.into(), inner: Vec::new() }
    }

    pub(crate) fn with(text: impl Into<Prose>, inner: Vec<Block>) -> Self {
        Self { text: text.into(), inner }
    }
}

impl Block {
    /// A remark of less importance than what it is about.
    pub(crate) fn note(text: impl Into<Prose>) -> Self {
        Self::Note(text.into().ink(Ink::Faint))
    }

    /// How many of a list are not shown, if some are not, and how to see them.
    pub(crate) fn rest(all: usize, shown: usize, how: impl Into<Prose>) -> Option<Self> {
        match all.checked_sub(shown) {
            None | Some(0) => None,
            Some(rest) => Some(Self::note(prose![format!("… and {} more; ", count(rest)), how])),
        }
    }

    /// Likewise, of a list that only the JSON form has in full.
    pub(crate) fn rest_in_json(all: usize, shown: usize) -> Option<Self> {
        Self::rest(all, shown, prose![Prose::quoted("--format json"), " lists them"])
    }
}

macro_rules! into_block {
    ($($kind:ident)*) => {
        $(impl From<$kind> for Block {
            fn from(block: $kind) -> Self {
                Self::$kind(block)
            }
        })*
    };
}

into_block! { Title Heading Fields Table Details }
