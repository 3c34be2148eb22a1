//! Random bytes as choices.

/// Choices drawn from a row of bytes, one after the other. Where the bytes have ended, every choice is the first.
#[derive(Debug, Clone)]
pub struct Choices<'b> {
    bytes: std::slice::Iter<'b, u8>,
}

impl<'b> Choices<'b> {
    /// The choices that these bytes stand for.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    /// Whether every further choice will be the first.
    pub fn is_spent(&self) -> bool {
        self.bytes.len() == 0
    }

    /// The bytes that are left, all of them.
    pub fn rest(&mut self) -> &'b [u8] {
        let rest = self.bytes.as_slice();
        self.bytes = [].iter();
        rest
    }

    /// A byte.
    pub fn byte(&mut self) -> u8 {
        self.bytes.next().copied().unwrap_or_default()
    }

    /// A number below `bound`; 0 for a bound of 0.
    pub fn below(&mut self, bound: usize) -> usize {
        let one = usize::from(self.byte());
        let number =
            if bound > 256 { one << 16 | usize::from(self.byte()) << 8 | usize::from(self.byte()) } else { one };
        number.checked_rem(bound).unwrap_or_default()
    }

    /// True in about `percent` of 100 cases, and never when the bytes have ended.
    pub fn chance(&mut self, percent: u8) -> bool {
        u32::from(self.byte()) * 100 > (100 - u32::from(percent.min(100))) * 255
    }

    /// One of the items; `None` where there are none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        let index = self.below(items.len());
        items.get(index)
    }

    /// One of the words; empty where there are none.
    pub fn word<'a>(&mut self, words: &[&'a str]) -> &'a str {
        self.pick(words).copied().unwrap_or_default()
    }

    /// Several of the words, some perhaps twice.
    pub fn words(&mut self, words: &[&str], least: usize, most: usize) -> Vec<String> {
        let count = least + self.below(most.saturating_sub(least) + 1);
        (0..count).map(|_| self.word(words).to_owned()).collect()
    }

    /// The words written one after the other.
    pub fn concat(&mut self, words: &[&str], least: usize, most: usize) -> String {
        self.words(words, least, most).concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_bytes_give_the_same_choices_and_none_are_first() {
        let bytes = [200, 3, 255, 9, 1, 0, 77, 4];
        let draw = |bytes: &[u8]| {
            let mut choices = Choices::new(bytes);
            (choices.below(10), choices.chance(50), choices.words(&["a", "b"], 0, 3), choices.below(100_000))
        };
        assert_eq!(draw(&bytes), draw(&bytes));
        assert_eq!(draw(&bytes).0, 0);
        assert_eq!(draw(&[]), (0, false, Vec::new(), 0));
    }

    #[test]
    fn bounds_hold() {
        for byte in 0..=255 {
            let bytes = [byte; 4];
            assert!(Choices::new(&bytes).below(7) < 7 && Choices::new(&bytes).below(300) < 300);
            assert_eq!(Choices::new(&bytes).below(0), 0);
            assert!(Choices::new(&bytes).chance(100) != (byte == 0) && !Choices::new(&bytes).chance(0));
        }
        assert_eq!(Choices::new(&[1]).pick::<u8>(&[]), None);
    }

    #[test]
    fn the_rest_is_taken_once() {
        let mut choices = Choices::new(&[1, 2, 3]);
        choices.byte();
        assert_eq!((choices.rest(), choices.is_spent(), choices.byte()), (&[2, 3][..], true, 0));
    }
}
