//! Looking at many bytes at once, with what the processor has.

use wide::{i8x16, u8x16};

/// How many bytes are compared in one step.
pub(crate) const PART: usize = 32;

/// A way of looking at many bytes.
pub(crate) trait Lanes: Copy {
    /// Which of the bytes are no plain part of a text: quotes, backslashes, control characters and all that is not
    /// ASCII.
    fn odd(self, part: &[u8; PART]) -> u32;

    /// Which of the bytes are not the same.
    fn different(self, one: &[u8; PART], other: &[u8; PART]) -> u32;
}

/// What every processor can do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Any;

impl Lanes for Any {
    #[inline(always)]
    fn odd(self, part: &[u8; PART]) -> u32 {
        let (parts, _) = part.as_chunks::<16>();
        (0..).step_by(16).zip(parts).fold(0, |all, (shift, part)| {
            // As signed numbers, control characters and all that is not ASCII are below the space.
            let part = i8x16::new(part.map(u8::cast_signed));
            let quote = part.simd_eq(i8x16::splat(b'"'.cast_signed()));
            let escape = part.simd_eq(i8x16::splat(b'\\'.cast_signed()));
            let odd = quote | escape | part.simd_lt(i8x16::splat(b' '.cast_signed()));
            all | odd.to_bitmask() << shift
        })
    }

    #[inline(always)]
    fn different(self, one: &[u8; PART], other: &[u8; PART]) -> u32 {
        let (ones, others) = (one.as_chunks::<16>().0, other.as_chunks::<16>().0);
        (0..).step_by(16).zip(ones.iter().zip(others)).fold(0, |all, (shift, (one, other))| {
            let same = u8x16::new(*one).simd_eq(u8x16::new(*other)).to_bitmask();
            all | (!same & 0xffff) << shift
        })
    }
}

/// What most x86 processors since 2013 can do. It is fast only within [`vectorize`](pulp::x86::V3::vectorize).
#[cfg(target_arch = "x86_64")]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Avx2(pub(crate) pulp::x86::V3);

/// The quote and the backslash, each in the place that its lower four bits name, for each half of a register. In the other
/// places is what no ASCII byte equals.
#[cfg(target_arch = "x86_64")]
const MARKS: [[u8; 16]; 2] = {
    const NONE: u8 = u8::MAX;
    [[NONE, NONE, b'"', NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, NONE, b'\\', NONE, NONE, NONE]; 2]
};

#[cfg(target_arch = "x86_64")]
impl Lanes for Avx2 {
    #[inline(always)]
    fn odd(self, part: &[u8; PART]) -> u32 {
        let avx2 = self.0.avx2;
        let part = pulp::cast(*part);
        // Of each byte, what is in the place that its lower bits name.
        let mark = avx2._mm256_cmpeq_epi8(part, avx2._mm256_shuffle_epi8(pulp::cast(MARKS), part));
        // As signed numbers, control characters and all that is not ASCII are below the space.
        let low = avx2._mm256_cmpgt_epi8(pulp::cast([b' '; PART]), part);
        avx2._mm256_movemask_epi8(avx2._mm256_or_si256(mark, low)).cast_unsigned()
    }

    #[inline(always)]
    fn different(self, one: &[u8; PART], other: &[u8; PART]) -> u32 {
        let avx2 = self.0.avx2;
        let same = avx2._mm256_cmpeq_epi8(pulp::cast(*one), pulp::cast(*other));
        !avx2._mm256_movemask_epi8(same).cast_unsigned()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(lanes: impl Lanes, part: &[u8; PART], other: &[u8; PART]) {
        let bits = |is: &dyn Fn(usize) -> bool| (0..PART).map(|at| u32::from(is(at)) << at).sum::<u32>();
        let odd = bits(&|at| !(b' '..0x80).contains(&part[at]) || b"\"\\".contains(&part[at]));
        assert_eq!(lanes.odd(part), odd);
        assert_eq!(lanes.different(part, other), bits(&|at| part[at] != other[at]));
    }

    fn check_all(part: &[u8; PART], other: &[u8; PART]) {
        check(Any, part, other);
        #[cfg(target_arch = "x86_64")]
        if let Some(v3) = pulp::x86::V3::try_new() {
            check(Avx2(v3), part, other);
        }
    }

    #[test]
    fn every_byte_is_looked_at_as_it_is_in_every_place() {
        for byte in 0..=u8::MAX {
            for at in 0..PART {
                let mut part = [b'a'; PART];
                part[at] = byte;
                check_all(&part, &[byte; PART]);
            }
        }
    }

    proptest! {
        #[test]
        fn every_way_of_looking_sees_the_same(
            bytes in prop_oneof![prop::collection::vec(any::<u8>(), PART), prop::collection::vec(b' '..0x80, PART)],
            same in any::<u32>(),
        ) {
            let part: &[u8; PART] = bytes.first_chunk().unwrap();
            let mut other = *part;
            for (at, byte) in other.iter_mut().enumerate() {
                *byte ^= u8::from(same >> at & 1 == 0);
            }
            check_all(part, &other);
        }
    }
}
