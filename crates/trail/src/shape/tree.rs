//! A tree over the texts of records, with their slots left open.

use std::ops::Range;

use crate::shape::lanes::{Lanes, PART};
use crate::shape::plain::{Text, Usual, number_length};
use crate::shape::slots::Slot;

/// Shapes by their text. Two of them are one way up to the byte in which they differ.
#[derive(Debug, Default)]
pub(crate) struct ShapeTree {
    nodes: Vec<Node>,
    branches: Vec<Branch>,
}

/// The way of a record through the tree.
#[derive(Debug)]
pub(crate) struct Way {
    slots: [(usize, usize); Self::SLOTS],
    count: usize,
    /// Where the record ends.
    pub(crate) end: usize,
    /// Whether a text in a slot has escapes.
    pub(crate) has_escapes: bool,
}

/// So much of a shape as is compared at once, and what comes then. What follows it stands behind it, so that a shape is
/// mostly read in the order of memory.
#[derive(Debug, Clone, Copy)]
struct Node {
    literal: [u8; PART],
    /// The bytes of the literal that count.
    mask: u32,
    len: u8,
    /// The text behind it.
    usual: Usual,
    next: Next,
}

/// What follows a literal.
#[derive(Debug, Clone, Copy)]
enum Next {
    /// A text, and then the next node.
    Text,
    /// The next node.
    Literal,
    /// A whole number, and then the next node.
    Number,
    /// This node.
    Jump(u32),
    /// One of several literals.
    Branch(u32),
    /// Nothing: it is a record of this shape.
    End(u32),
}

/// Nodes by the first byte of their literals, which is ASCII. It is looked up and not searched for: nobody could foresee
/// how long that would take.
#[derive(Debug)]
struct Branch {
    /// There is no node where there is [`Self::NONE`].
    nodes: [u32; 128],
}

/// What is left of a record from a place and a slot on.
#[derive(Clone, Copy)]
struct Rest<'a> {
    bytes: &'a [u8],
    slots: &'a [Slot],
    at: usize,
    slot: usize,
    shape: u32,
}

impl ShapeTree {
    /// How large it is at most, with what is kept beside it.
    pub(crate) const LARGEST: usize = if cfg!(test) { 96 << 10 } else { 12 << 20 };
    /// How many nodes there may be before none is kept in two places.
    const SMALL: usize = if cfg!(test) { 64 } else { 1 << 14 };

    /// The shape of the record that the bytes begin with.
    #[inline(always)]
    pub(crate) fn follow(&mut self, lanes: impl Lanes, record: &[u8], way: &mut Way) -> Option<usize> {
        let Self { nodes, branches } = self;
        let mut ahead = nodes.iter_mut();
        let mut slots = way.slots.iter_mut();
        let mut end = 0;
        way.has_escapes = false;
        loop {
            let node = ahead.next()?;
            if !node.begins(lanes, record.get(end..)?) {
                return None;
            }
            end += usize::from(node.len);
            let length = match node.next {
                Next::Literal => continue,
                Next::Text => {
                    let Text { length, has_escapes } = node.usual.text(lanes, record.get(end..)?)?;
                    way.has_escapes |= has_escapes;
                    length
                }
                Next::Number => number_length(record.get(end..)?)?,
                Next::Jump(next) => {
                    ahead = nodes.get_mut(next as usize..)?.iter_mut();
                    continue;
                }
                Next::Branch(branch) => {
                    let next = branches.get(branch as usize)?.find(*record.get(end)?)?;
                    ahead = nodes.get_mut(next as usize..)?.iter_mut();
                    continue;
                }
                Next::End(shape) => {
                    (way.count, way.end) = (Way::SLOTS - slots.len(), end);
                    return Some(shape as usize);
                }
            };
            let slot = (end, end + length);
            *slots.next()? = slot;
            end = slot.1;
        }
    }

    /// Whether there is no room for more. `beside` is how many bytes are kept beside it.
    pub(crate) fn is_full(&self, beside: usize) -> bool {
        self.size() + beside > Self::LARGEST
    }

    /// How large it is, in bytes.
    pub(crate) fn size(&self) -> usize {
        size_of_val(&*self.nodes) + size_of_val(&*self.branches)
    }

    /// Adds what of the record is not in the tree yet, as the way to a shape. `false`: it is not taken in, because it is
    /// known, or it has a slot where an earlier one has none with the same text in front, or the other way round.
    pub(crate) fn insert(&mut self, text: &str, slots: &[Slot], shape: usize) -> bool {
        let bytes = text.as_bytes();
        let rest = |at: usize, slot: usize| Rest { bytes, slots, at, slot, shape: short(shape) };
        let (mut at, mut slot, mut node) = (0, 0, 0);
        if self.nodes.is_empty() {
            self.add(rest(0, 0));
            return true;
        }
        while let Some(Node { literal, len, next, .. }) = self.nodes.get(node).copied() {
            let own = slots.get(slot);
            let run = bytes.get(at..own.map_or(bytes.len(), |own| own.from)).unwrap_or_default();
            let literal = literal.get(..usize::from(len)).unwrap_or_default();
            let common = literal.iter().zip(run).take_while(|(a, b)| a == b).count();
            let is_done = common == run.len();
            if common < literal.len() {
                // Branches are by ASCII.
                let differ = [literal.get(common), run.get(common)];
                if differ.into_iter().any(|byte| byte.is_none_or(|byte| !byte.is_ascii())) {
                    return false;
                }
                let branch = self.split(node, common);
                return self.grow(branch, rest(at + common, slot));
            }
            at += common;
            node = match (next, own) {
                (Next::Literal, _) => node + 1,
                (Next::Jump(next), _) => next as usize,
                (Next::Text, Some(own)) if is_done && !own.is_number => {
                    (at, slot) = (own.to, slot + 1);
                    node + 1
                }
                (Next::Number, Some(own)) if is_done && own.is_number => {
                    (at, slot) = (own.to, slot + 1);
                    node + 1
                }
                (Next::Branch(branch), _) if !is_done => {
                    let byte = run.get(common).copied().unwrap_or_default();
                    match self.branches.get(branch as usize).and_then(|branch| branch.find(byte)) {
                        Some(next) => next as usize,
                        None => return self.grow(branch, rest(at, slot)),
                    }
                }
                _ => return false,
            };
        }
        false
    }

    /// Makes two nodes of one: its literal up to a place, and the rest, which is one of several from then on.
    fn split(&mut self, number: usize, at: usize) -> u32 {
        let (lower, branch) = (short(self.nodes.len()), short(self.branches.len()));
        if let Some(node) = self.nodes.get_mut(number) {
            let literal = node.literal.get(..usize::from(node.len)).unwrap_or_default();
            let (first, second) = literal.split_at_checked(at).unwrap_or_default();
            let rest = Node { usual: node.usual, ..Node::new(second, node.next) };
            *node = Node::new(first, Next::Branch(branch));
            self.nodes.push(rest);
            if self.nodes.len() > Self::SMALL {
                if rest.goes_on() {
                    self.nodes.push(Node::new(&[], Next::Jump(short(number + 1))));
                }
            } else {
                // All that is read in a row stands in a row. What was there before is left unused.
                let mut at = number + 1;
                while self.nodes.last().is_some_and(Node::goes_on)
                    && let Some(next) = self.nodes.get(at).copied()
                {
                    self.nodes.push(next);
                    at += 1;
                }
            }
            let mut new = Branch::default();
            new.add(rest.literal[0], lower);
            self.branches.push(new);
        }
        branch
    }

    /// Adds the rest of a record as one more of several.
    fn grow(&mut self, branch: u32, rest: Rest<'_>) -> bool {
        let new = short(self.nodes.len());
        let (Some(branch), Some(byte)) = (self.branches.get_mut(branch as usize), rest.bytes.get(rest.at)) else {
            return false;
        };
        let is_new = branch.add(*byte, new);
        if is_new {
            self.add(rest);
        }
        is_new
    }

    /// Adds nodes for the rest of a record.
    fn add(&mut self, rest: Rest<'_>) {
        let Rest { bytes, slots, mut at, slot, shape } = rest;
        for own in slots.get(slot..).unwrap_or_default() {
            let next = if own.is_number { Next::Number } else { Next::Text };
            self.push(bytes.get(at..own.from).unwrap_or_default(), next, Usual::new(own.to - own.from));
            at = own.to;
        }
        self.push(bytes.get(at..).unwrap_or_default(), Next::End(shape), Usual::default());
    }

    /// Adds nodes for a literal: one at least, since what follows it must not be lost.
    fn push(&mut self, mut literal: &[u8], next: Next, usual: Usual) {
        while let Some((part, rest)) = literal.split_at_checked(PART).filter(|(_, rest)| !rest.is_empty()) {
            self.nodes.push(Node::new(part, Next::Literal));
            literal = rest;
        }
        self.nodes.push(Node { usual, ..Node::new(literal, next) });
    }
}

impl Node {
    /// Whether the next node follows.
    fn goes_on(&self) -> bool {
        matches!(self.next, Next::Literal | Next::Text | Next::Number)
    }

    fn new(literal: &[u8], next: Next) -> Self {
        let mut own = [0; PART];
        own.iter_mut().zip(literal).for_each(|(own, byte)| *own = *byte);
        let mask = !u32::MAX.checked_shl(short(literal.len())).unwrap_or_default();
        Self { literal: own, mask, len: u8::try_from(literal.len()).unwrap_or_default(), usual: Usual::default(), next }
    }

    /// Whether the bytes begin with its literal.
    #[inline(always)]
    fn begins(&self, lanes: impl Lanes, bytes: &[u8]) -> bool {
        match bytes.first_chunk() {
            Some(own) => lanes.different(own, &self.literal) & self.mask == 0,
            None => self.literal.get(..usize::from(self.len)).is_some_and(|literal| bytes.starts_with(literal)),
        }
    }
}

impl Branch {
    const NONE: u32 = u32::MAX;

    #[inline(always)]
    fn find(&self, byte: u8) -> Option<u32> {
        self.nodes.get(usize::from(byte)).copied().filter(|node| *node != Self::NONE)
    }

    /// Adds a node. `false`: its literal does not begin with ASCII.
    fn add(&mut self, byte: u8, node: u32) -> bool {
        let Some(place) = self.nodes.get_mut(usize::from(byte)) else { return false };
        *place = node;
        true
    }
}

impl Default for Branch {
    fn default() -> Self {
        Self { nodes: [Self::NONE; 128] }
    }
}

impl Way {
    /// How many slots there are at most.
    pub(crate) const SLOTS: usize = 128;

    /// Where a slot is.
    #[inline]
    pub(crate) fn slot(&self, number: u8) -> Option<Range<usize>> {
        let (from, to) = self.slots.get(..self.count)?.get(usize::from(number))?;
        Some(*from..*to)
    }
}

impl Default for Way {
    fn default() -> Self {
        Self { slots: [(0, 0); Self::SLOTS], count: 0, end: 0, has_escapes: false }
    }
}

/// A number of nodes, spans or shapes. There is never room for so many that it would not fit.
pub(crate) fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
