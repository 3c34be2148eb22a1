//! Looking at many bytes at once, with what the processor has.

use wide::{i8x16, u8x16};

/// How many bytes are compared at once.
pub(crate) const PART: usize = 32;
/// How many bytes of text are looked at at once.
pub(crate) const STEP: usize = 64;

/// A way of looking at many bytes.
pub(crate) trait Lanes: Copy {
    /// Which of the bytes are no plain part of a text: quotes, backslashes, control characters and all that is not
    /// ASCII.
    fn odd(self, step: &[u8; STEP]) -> u64;

    /// Which of the bytes are not the same.
    fn different(self, one: &[u8; PART], other: &[u8; PART]) -> u32;
}

/// What every processor can do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Any;

impl Lanes for Any {
    #[inline(always)]
    fn odd(self, step: &[u8; STEP]) -> u64 {
        let (parts, _) = step.as_chunks::<16>();
        (0..).step_by(16).zip(parts).fold(0, |all, (shift, part)| {
            // As signed numbers, control characters and all that is not ASCII are below the space.
            let part = i8x16::new(part.map(u8::cast_signed));
            let quote = part.simd_eq(i8x16::splat(b'"'.cast_signed()));
            let escape = part.simd_eq(i8x16::splat(b'\\'.cast_signed()));
            let odd = quote | escape | part.simd_lt(i8x16::splat(b' '.cast_signed()));
            all | u64::from(odd.to_bitmask()) << shift
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

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    #[inline(always)]
    fn odd_in_part(self, part: &[u8; PART]) -> u32 {
        let avx2 = self.0.avx2;
        let part = pulp::cast(*part);
        let quote = avx2._mm256_cmpeq_epi8(part, pulp::cast([b'"'; PART]));
        let escape = avx2._mm256_cmpeq_epi8(part, pulp::cast([b'\\'; PART]));
        // As signed numbers, control characters and all that is not ASCII are below the space.
        let low = avx2._mm256_cmpgt_epi8(pulp::cast([b' '; PART]), part);
        let odd = avx2._mm256_or_si256(avx2._mm256_or_si256(quote, escape), low);
        avx2._mm256_movemask_epi8(odd).cast_unsigned()
    }
}

#[cfg(target_arch = "x86_64")]
impl Lanes for Avx2 {
    // Iterators would not become part of what is compiled for the processor.
    #[inline(always)]
    fn odd(self, step: &[u8; STEP]) -> u64 {
        match step.as_chunks::<PART>() {
            ([first, second], _) => u64::from(self.odd_in_part(first)) | u64::from(self.odd_in_part(second)) << PART,
            _ => u64::MAX,
        }
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

    fn check(lanes: impl Lanes, step: &[u8; STEP], other: &[u8; PART]) {
        let bits =
            |length: usize, is: &dyn Fn(usize) -> bool| (0..length).map(|at| u64::from(is(at)) << at).sum::<u64>();
        let odd = bits(STEP, &|at| !(b' '..0x80).contains(&step[at]) || b"\"\\".contains(&step[at]));
        assert_eq!(lanes.odd(step), odd);
        let part = step.first_chunk().unwrap();
        assert_eq!(u64::from(lanes.different(part, other)), bits(PART, &|at| part[at] != other[at]));
    }

    proptest! {
        #[test]
        fn every_way_of_looking_sees_the_same(
            bytes in prop_oneof![prop::collection::vec(any::<u8>(), STEP), prop::collection::vec(b' '..0x80, STEP)],
            same in any::<u32>(),
        ) {
            let step: &[u8; STEP] = bytes.first_chunk().unwrap();
            let mut other: [u8; PART] = *step.first_chunk().unwrap();
            for (at, byte) in other.iter_mut().enumerate() {
                *byte ^= u8::from(same >> at & 1 == 0);
            }
            check(Any, step, &other);
            #[cfg(target_arch = "x86_64")]
            if let Some(v3) = pulp::x86::V3::try_new() {
                check(Avx2(v3), step, &other);
            }
        }
    }
}
