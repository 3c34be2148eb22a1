//! Recognises records by their shape.
//!
//! Most records are like an earlier one but for their ids, times and some values. The *shape* of a record is its text
//! with its [slots](crate::shape::slots) left open. The shapes of the records that were read in full make up a tree; a record
//! that leads to one of its ends is JSON as the earlier one was, with each field in the same place, and neither it nor
//! its fields need be looked for.

use std::hash::{BuildHasher, Hasher};
use std::ops::Range;

use foldhash::fast::RandomState;
#[cfg(target_arch = "x86_64")]
use pulp::NullaryFnOnce;

use crate::record::outline::Likeness;
use crate::record::skimmed::Skimmed;

pub(crate) mod lanes;
#[cfg(test)]
mod laws;
pub(crate) mod plain;
mod slots;
mod tree;

use lanes::Any;
#[cfg(target_arch = "x86_64")]
use lanes::Avx2;
use slots::{Says, Slot, slots};
use tree::{ShapeTree, Way, short};

/// The shapes that a reader has seen.
#[derive(Debug, Default)]
pub(crate) struct Shapes {
    tree: ShapeTree,
    known: Vec<Shape>,
    /// From which slot to which everything decides, with what is between them. Those of a shape stand in a row.
    decisive: Vec<(u8, u8)>,
    /// The number that the first of the shapes has, so that a number is never given twice.
    first: u64,
    /// How many records had a known shape since the tree was begun.
    hits: u64,
    /// How many records were taken in, or would have been.
    learned: u64,
    /// Where the slots of the last record are.
    way: Way,
    state: RandomState,
}

/// A record of a known shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shaped<'a> {
    /// How long it is.
    pub(crate) len: usize,
    pub(crate) likeness: Likeness,
    /// Whether records that are alike may be of different sessions of a role.
    pub(crate) is_session: bool,
    pub(crate) time: Option<&'a [u8]>,
    pub(crate) id: Option<&'a [u8]>,
}

/// What the slots of a shape say. It is small, like all that is looked at for every record.
#[derive(Debug)]
struct Shape {
    time: Option<u8>,
    id: Option<u8>,
    is_session: bool,
    /// Where what decides stands.
    decisive: Range<u32>,
}

impl Shapes {
    /// How long a record may be to be learned from.
    const LONGEST: usize = 16 << 10;
    /// How many records are taken in before it has to pay.
    const FREE: u64 = 4_096;
    /// How many records one that is taken in has to be worth.
    const WORTH: u64 = 16;

    /// The record that begins at a place, if its shape is known and it ends in the data.
    pub(crate) fn find<'a>(&mut self, data: &'a [u8], at: usize) -> Option<Shaped<'a>> {
        let record = data.get(at..)?;
        let Self { tree, known, decisive, way, .. } = self;
        let shape = follow(tree, record, way)?;
        let (number, shape) = (self.first + shape as u64, known.get(shape)?);
        let mut hasher = self.state.build_hasher();
        hasher.write_u64(number);
        for (first, last) in decisive.get(shape.decisive.start as usize..shape.decisive.end as usize)? {
            let decisive = record.get(way.slot(*first)?.start..way.slot(*last)?.end)?;
            hasher.write_usize(decisive.len());
            hasher.write(decisive);
        }
        let text = |slot: Option<u8>| record.get(way.slot(slot?)?);
        let (time, id) = (text(shape.time), text(shape.id));
        if way.has_escapes && [time, id].into_iter().flatten().any(|text| text.contains(&b'\\')) {
            return None;
        }
        self.hits += 1;
        let (likeness, is_session) = (Likeness::new(hasher.finish()), shape.is_session);
        Some(Shaped { len: way.end, likeness, is_session, time, id })
    }

    /// Takes in the shape of a record that was not found. If that is no use, it stays as it is.
    pub(crate) fn learn(&mut self, record: &Skimmed<'_>, is_opaque: &dyn Fn(&str, &str) -> bool) {
        // Where few records are like others, looking for their shapes is in vain.
        if self.learned > Self::FREE + self.hits / Self::WORTH || record.len() > Self::LONGEST {
            return;
        }
        self.learned += 1;
        let Some(slots) = slots(record, is_opaque).filter(|slots| slots.len() <= Way::SLOTS) else { return };
        if self.tree.is_full(self.beside()) {
            self.first += self.known.len() as u64;
            self.tree = ShapeTree::default();
            self.known.clear();
            self.decisive.clear();
            (self.hits, self.learned) = (0, 0);
        }
        if self.tree.insert(record.text, &slots, self.known.len()) {
            self.known.push(Shape::new(&slots, &mut self.decisive));
        }
    }

    /// How many bytes are kept beside the tree.
    fn beside(&self) -> usize {
        size_of_val(&*self.known) + size_of_val(&*self.decisive)
    }
}

const _: () = assert!(Way::SLOTS <= u8::MAX as usize, "the number of a slot fits in a byte");

impl Shape {
    /// The shape of slots, of which there are few enough. What decides is added to that of other shapes.
    fn new(slots: &[Slot], decisive: &mut Vec<(u8, u8)>) -> Self {
        let first =
            |says: Says| (0..).zip(slots).find_map(|(number, slot): (u8, _)| (slot.says == says).then_some(number));
        let start = decisive.len();
        let mut goes_on = false;
        for (number, slot) in (0..).zip(slots) {
            let decides = slot.says == Says::What;
            match decisive.last_mut() {
                Some((_, last)) if decides && goes_on => *last = number,
                _ if decides => decisive.push((number, number)),
                _ => {}
            }
            goes_on = decides;
        }
        Self {
            time: first(Says::When),
            id: first(Says::Id),
            is_session: slots.iter().any(|slot| slot.says == Says::Session),
            decisive: short(start)..short(decisive.len()),
        }
    }
}

/// Follows the tree with the best that the processor can do.
#[inline]
fn follow(tree: &mut ShapeTree, record: &[u8], way: &mut Way) -> Option<usize> {
    #[cfg(target_arch = "x86_64")]
    if let Some(v3) = pulp::x86::V3::try_new() {
        return v3.vectorize(Follow { tree, lanes: Avx2(v3), record, way });
    }
    tree.follow(Any, record, way)
}

/// A search, which is compiled for a processor as a whole.
#[cfg(target_arch = "x86_64")]
struct Follow<'s, 'a> {
    tree: &'s mut ShapeTree,
    lanes: Avx2,
    record: &'a [u8],
    way: &'s mut Way,
}

#[cfg(target_arch = "x86_64")]
impl NullaryFnOnce for Follow<'_, '_> {
    type Output = Option<usize>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        self.tree.follow(self.lanes, self.record, self.way)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::skim::Skimmer;

    /// A record with as many members of its own as the number says, and room behind it.
    fn record(number: usize, user: &str) -> String {
        let own: Vec<String> = (0..number % 40).map(|at| format!(r#""k{number}x{at}":"v","#)).collect();
        let own = own.concat();
        format!(
            r#"{{"eventVersion":"1.09","userIdentity":{{"type":"IAMUser","userName":"{user}"}},"eventTime":"2026-05-01T00:00:00Z",{own}"eventSource":"s3.amazonaws.com","eventName":"N{number}","eventID":"e"}}{}"#,
            " ".repeat(100)
        )
    }

    fn learn(shapes: &mut Shapes, record: &str) {
        let mut skimmer = Skimmer::default();
        skimmer.begin(0);
        shapes.learn(&skimmer.record(record.as_bytes(), 0).unwrap(), &|_, _| false);
    }

    #[test]
    fn many_shapes_are_known_and_never_more_than_there_is_room_for() {
        let mut shapes = Shapes::default();
        let (mut begun, mut most) = (0, 0);
        for number in 0..600 {
            let record = record(number, "ada");
            learn(&mut shapes, &record);
            let known = shapes.known.len();
            begun += u32::from(known == 1);
            most = most.max(known);
            // One record adds less than this.
            assert!(shapes.tree.size() + shapes.beside() < ShapeTree::LARGEST + 16 * record.len(), "{number}");
            assert_eq!(shapes.known.last().map(|shape| shape.decisive.end as usize), Some(shapes.decisive.len()));
            assert_eq!(shapes.find(record.as_bytes(), 0).unwrap().len, record.trim_end().len());
            assert_eq!(shapes.first + known as u64, number as u64 + 1, "a number is given twice");
        }
        assert!(begun > 2, "the tree was never begun again");
        assert!(most > 20, "{most}");
        assert!(shapes.decisive.len() <= 4 * shapes.known.len(), "{}", shapes.decisive.len());
    }

    #[test]
    fn what_is_no_json_is_not_learned() {
        // Quotes behind backslashes outside of texts, in parts that are stepped over.
        for broken in [
            r#"{"a":\"x\"}"#,
            r#"[\"x\",{"b":"y"}]"#,
            r#"{"a":\"x\",\"b"#,
            r#"{"a":\"x\"},"zzz":"1""#,
            r#"{"a":\"x\"},"eventID":"e""#,
        ] {
            let mut shapes = Shapes::default();
            for name in ["N", "M", "Other"] {
                let record = format!(
                    r#"{{"eventVersion":"1.09","eventSource":"s","eventName":"{name}","awsRegion":"r","responseElements":{broken}}}"#
                );
                let mut skimmer = Skimmer::default();
                skimmer.begin(0);
                if let Some(skimmed) = skimmer.record(record.as_bytes(), 0) {
                    shapes.learn(&skimmed, &|_, _| false);
                }
            }
            assert!(shapes.known.is_empty(), "{broken}");
        }
    }

    #[test]
    fn a_text_that_is_not_as_long_as_it_was_ends_at_its_quote() {
        let mut shapes = Shapes::default();
        learn(&mut shapes, &record(0, "CORP"));
        for (user, is_known) in [
            ("ABCD", true),
            (r"CORP\\x", true),
            ("CORP/x", true),
            ("", true),
            (r"CORP\", false),
            (r"CORP\u00e9", false),
            ("CORPé", false),
            ("CORP\u{1}", false),
            ("ABCD", true),
        ] {
            let mut fresh = Shapes::default();
            learn(&mut fresh, &record(0, "CORP"));
            for shapes in [&mut shapes, &mut fresh] {
                let record = record(0, user);
                let found = shapes.find(record.as_bytes(), 0).map(|found| found.len);
                assert_eq!(found, is_known.then_some(record.trim_end().len()), "{user}");
            }
        }
    }
}
