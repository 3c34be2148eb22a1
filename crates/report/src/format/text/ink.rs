//! Sentences in colours, broken into lines.

use std::ops::Range;

use super::plain;
use crate::format::{Ink, Style};
use crate::page::Prose;
use crate::words;

/// A sentence that is safe to print, with the places at which its colour changes.
pub(super) struct Painting {
    text: String,
    inks: Vec<(Range<usize>, Ink)>,
}

impl Painting {
    pub(super) fn of(prose: &Prose) -> Self {
        let mut painting = Self { text: String::new(), inks: Vec::new() };
        for span in prose.spans() {
            let from = painting.text.len();
            painting.text.push_str(&plain(&span.clone().into()));
            painting.inks.push((from..painting.text.len(), span.ink));
        }
        painting
    }

    /// In one line.
    pub(super) fn whole(&self, style: Style) -> String {
        self.part(0..self.text.len(), style)
    }

    /// In lines of at most so many columns, broken at spaces where there are some.
    pub(super) fn lines(&self, width: usize, style: Style) -> Vec<String> {
        let mut from = 0;
        let lines = words::wrap(&self.text, width);
        lines
            .iter()
            .map(|line| {
                let part = from..from + line.len();
                // Lines are broken at one space, which neither has.
                from = part.end + 1;
                self.part(part, style)
            })
            .collect()
    }

    fn part(&self, part: Range<usize>, style: Style) -> String {
        let pieces = self.inks.iter().filter_map(|(range, ink)| {
            let range = range.start.max(part.start)..range.end.min(part.end);
            let piece = self.text.get(range).filter(|piece| !piece.is_empty())?;
            Some(style.paint(*ink, piece).to_string())
        });
        pieces.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prose;

    #[test]
    fn colours_go_on_behind_the_end_of_a_line() {
        let text = prose![Prose::from("one two").ink(Ink::Error), " three ", Prose::data("four")];
        let style = Style { colour: true, width: None };
        let lines = Painting::of(&text).lines(5, style);
        assert_eq!(lines, ["\u{1b}[31mone\u{1b}[0m", "\u{1b}[31mtwo\u{1b}[0m", "three", "four"]);
        assert_eq!(Painting::of(&text).lines(40, Style::PLAIN), ["one two three four"]);
    }
}
