//! Where the quotes and brackets of JSON text are, 64 bytes at a time.

use wide::u8x16;

/// The places of the quotes that begin and end texts, and of the brackets outside of texts: the marks, in order.
///
/// It begins where a value begins, and grows as far as it is asked. What it is made of is the same bytes at each
/// call until it is begun anew.
#[derive(Debug, Default)]
pub(crate) struct Index {
    /// Where it begins; the marks are counted from there.
    base: usize,
    marks: Vec<u32>,
    /// How many marks there are. The list may be longer.
    count: usize,
    /// How much was looked at.
    scanned: usize,
    /// All bits set when the last block ends within a text.
    in_text: u64,
    /// Whether the last block ends with an unfinished escape.
    escaping: bool,
    /// Behind the last block that has an escape, and the last that has a bare control character in a text.
    escapes_end: usize,
    controls_end: usize,
}

const BLOCK: usize = 64;
/// How many blocks are looked at in one go.
const STEP: usize = 16;
/// How many marks most blocks have at most.
const USUAL: usize = 12;

impl Index {
    /// Begins anew at a place outside of texts.
    pub(crate) fn begin(&mut self, base: usize) {
        self.base = base;
        (self.count, self.scanned) = (0, 0);
        (self.in_text, self.escaping) = (0, false);
        (self.escapes_end, self.controls_end) = (0, 0);
    }

    /// Whether so much lies behind a place that it is better to begin anew there.
    pub(crate) fn is_long(&self, at: usize) -> bool {
        at - self.base > 64 << 10
    }

    /// The mark of a number.
    #[inline]
    pub(crate) fn mark(&mut self, data: &[u8], number: usize) -> Option<usize> {
        while number >= self.count {
            if !self.extend(data) {
                return None;
            }
        }
        self.marks.get(number).map(|mark| self.base + *mark as usize)
    }

    /// Whether there may be an escape at or after a place, as far as the index reaches.
    #[inline]
    pub(crate) fn may_escape(&self, at: usize) -> bool {
        at < self.escapes_end
    }

    /// Whether there may be a bare control character in a text at or after a place, as far as the index reaches.
    #[inline]
    pub(crate) fn may_control(&self, at: usize) -> bool {
        at < self.controls_end
    }

    /// Up to where bytes have been looked at.
    pub(crate) fn looked_to(&self) -> usize {
        self.base + self.scanned
    }

    /// Whether all bytes have been looked at.
    pub(crate) fn is_at_end(&self, data: &[u8]) -> bool {
        self.looked_to() >= data.len()
    }

    /// Looks at the next blocks. `false` at the end of the data.
    #[inline(never)]
    fn extend(&mut self, data: &[u8]) -> bool {
        let Some(rest) = data.get(self.base + self.scanned..).filter(|rest| !rest.is_empty()) else { return false };
        let most = self.count + STEP * BLOCK;
        if self.marks.len() < most {
            self.marks.resize(most, 0);
        }
        let (blocks, tail) = rest.as_chunks::<BLOCK>();
        for bytes in blocks.iter().take(STEP) {
            self.push(bytes);
        }
        if blocks.is_empty() {
            let mut last = [b' '; BLOCK];
            for (own, byte) in last.iter_mut().zip(tail) {
                *own = *byte;
            }
            self.push(&last);
        }
        true
    }

    #[inline]
    fn push(&mut self, bytes: &[u8; BLOCK]) {
        let start = self.scanned;
        self.scanned += BLOCK;
        let end = self.base + self.scanned;
        let (parts, _) = bytes.as_chunks::<16>();
        let mut quotes = 0;
        let mut brackets = 0;
        let mut escapes = u8x16::splat(0);
        let mut least = u8x16::splat(u8::MAX);
        for (number, part) in parts.iter().enumerate() {
            let part = u8x16::new(*part);
            let shift = number * 16;
            quotes |= u64::from(part.simd_eq(u8x16::splat(b'"')).to_bitmask()) << shift;
            escapes |= part.simd_eq(u8x16::splat(b'\\'));
            // `[` and `]` are one bit away from `{` and `}`.
            let folded = part | u8x16::splat(0x20);
            let pair = folded.simd_eq(u8x16::splat(b'{')) | folded.simd_eq(u8x16::splat(b'}'));
            brackets |= u64::from(pair.to_bitmask()) << shift;
            least = least.min(part);
        }
        if self.escaping || escapes.to_bitmask() != 0 {
            quotes &= !self.escaped(bytes);
            self.escapes_end = end;
        }
        // From each opening quote, inclusive, to the closing one, exclusive.
        let inside = prefix_xor(quotes) ^ self.in_text;
        let controls = least.min(u8x16::splat(0x1f)).simd_eq(least);
        if controls.to_bitmask() != 0 && has_control(bytes, inside) {
            self.controls_end = end;
        }
        self.in_text = 0u64.wrapping_sub(inside >> 63);
        self.note(start, quotes | brackets & !inside);
    }

    /// Adds the marks that are set bits.
    #[inline]
    fn note(&mut self, start: usize, mut bits: u64) {
        let marks = self.marks.get_mut(self.count..).and_then(<[u32]>::first_chunk_mut::<BLOCK>);
        let Some(marks) = marks else { return };
        // An index begins anew long before this cannot be told.
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let found = bits.count_ones() as usize;
        let mut add = |marks: &mut [u32]| {
            for mark in marks {
                *mark = start + bits.trailing_zeros();
                bits &= bits.wrapping_sub(1);
            }
        };
        // Without asking how many there are, which nobody could foresee.
        let (usual, more) = marks.split_at_mut(USUAL);
        add(usual);
        if found > USUAL {
            add(more);
        }
        self.count += found;
    }

    /// The bytes that a backslash stands before, unless that is escaped itself.
    fn escaped(&mut self, bytes: &[u8; BLOCK]) -> u64 {
        let mut escaped = 0;
        for (at, byte) in bytes.iter().enumerate() {
            let is_escaped = std::mem::take(&mut self.escaping);
            escaped |= u64::from(is_escaped) << at;
            self.escaping = !is_escaped && *byte == b'\\';
        }
        escaped
    }
}

fn has_control(bytes: &[u8; BLOCK], inside: u64) -> bool {
    bytes.iter().enumerate().any(|(at, byte)| *byte < b' ' && inside & (1 << at) != 0)
}

/// Each bit is whether the number of set bits up to it, itself included, is odd.
#[inline]
fn prefix_xor(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The marks by the definition, and whether a text has a control character.
    fn naive(data: &[u8]) -> (Vec<usize>, bool) {
        let (mut marks, mut control) = (Vec::new(), false);
        let (mut in_text, mut escaped) = (false, false);
        for (at, byte) in data.iter().enumerate() {
            let is_escaped = std::mem::take(&mut escaped);
            escaped = *byte == b'\\' && !is_escaped;
            control |= in_text && *byte < b' ';
            if *byte == b'"' && !is_escaped {
                in_text = !in_text;
                marks.push(at);
            } else if !in_text && b"{}[]".contains(byte) {
                marks.push(at);
            }
        }
        (marks, control)
    }

    proptest! {
        #[test]
        fn equals_the_definition(data in prop::collection::vec(prop::sample::select(b"\"\\{}[] ax\n\x01;:".to_vec()), 0..2500), skipped in 0usize..70) {
            let base = skipped.min(data.len());
            let (marks, control) = naive(&data[base..]);
            let mut index = Index::default();
            index.begin(base);
            let found: Vec<usize> = (0..).map_while(|number| index.mark(&data, number)).collect();
            prop_assert_eq!(found, marks.into_iter().map(|at| at + base).collect::<Vec<_>>());
            prop_assert_eq!(index.may_control(base), control);
            prop_assert_eq!(index.may_escape(base), data[base..].contains(&b'\\'));
            prop_assert!(index.is_at_end(&data));
        }
    }
}
