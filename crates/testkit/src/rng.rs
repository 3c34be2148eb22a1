//! A small deterministic generator (`SplitMix64`), so that fixtures do not change with a dependency.

/// Pseudo-random numbers from a seed; the same seed gives the same numbers everywhere.
#[derive(Debug, Clone)]
pub struct Rng {
    state: u64,
}

impl Rng {
    /// A generator for this seed.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// A generator whose numbers depend on the seed and a label, so that two uses of one seed do not share a stream.
    pub fn labelled(seed: u64, label: &str) -> Self {
        // FNV-1a: the standard library's hasher promises nothing across releases.
        let hash = label
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self::new(seed ^ hash)
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        // Multiply-shift: the bias is far below anything that a fixture could show.
        u64::try_from((u128::from(self.next_u64()) * u128::from(bound)) >> 64).unwrap_or_default()
    }

    /// True in `percent` of 100 calls.
    pub fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of the items; `None` where there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = self.below(u64::try_from(items.len()).unwrap_or(u64::MAX));
        items.get(usize::try_from(index).unwrap_or_default())
    }

    /// One of the words; empty where there are none.
    pub fn word<'a>(&mut self, words: &[&'a str]) -> &'a str {
        self.pick(words).copied().unwrap_or_default()
    }

    /// Lower-case hexadecimal digits, at most 16.
    pub fn hex(&mut self, digits: usize) -> String {
        let text = format!("{:016x}", self.next_u64());
        text.get(..digits.min(16)).unwrap_or(&text).to_owned()
    }

    /// A version-4-like UUID.
    pub fn uuid(&mut self) -> String {
        let (a, b) = (self.next_u64(), self.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            0x8000 | ((b >> 48) & 0x3fff),
            b & 0xffff_ffff_ffff
        )
    }

    /// An identifier of upper-case letters and digits in AWS's alphabet (base 32), at most 13 characters.
    pub fn base32(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let mut bits = self.next_u64();
        (0..length.min(13))
            .map(|_| {
                let symbol = ALPHABET.get(usize::try_from(bits & 31).unwrap_or_default()).copied().unwrap_or(b'A');
                bits >>= 5;
                char::from(symbol)
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_splitmix64() {
        // The published first outputs for seed 0.
        let mut rng = Rng::new(0);
        assert_eq!(rng.next_u64(), 0xe220_a839_7b1d_cdaf);
        assert_eq!(rng.next_u64(), 0x6e78_9e6a_a1b9_65f4);
    }

    #[test]
    fn labels_separate_streams() {
        assert_ne!(Rng::labelled(1, "a").next_u64(), Rng::labelled(1, "b").next_u64());
        assert_eq!(Rng::labelled(1, "a").next_u64(), Rng::labelled(1, "a").next_u64());
    }

    #[test]
    fn bounds_hold() {
        let mut rng = Rng::new(7);
        assert!((0..1000).all(|_| rng.below(10) < 10));
        assert_eq!(rng.below(0), 0);
        assert_eq!(rng.pick::<u8>(&[]), None);
        assert_eq!(rng.uuid().len(), 36);
        assert_eq!(rng.hex(6).len(), 6);
        assert_eq!(rng.base32(13).len(), 13);
    }
}
