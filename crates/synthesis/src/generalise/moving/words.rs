//! Words that keep coming, with what they have in common.

use std::collections::BTreeSet;

use super::{Guarded, How, Walk, ids, judge};

/// So many letters and digits of a name stay, so that a pattern says what it is about.
const LITERAL: usize = 3;

impl Walk<'_> {
    /// Opens the words at `depth` if they turn over. Returns the names in which something was opened.
    pub(super) fn words(&mut self, names: &[usize], depth: usize, above: &str) -> BTreeSet<usize> {
        let pieces = || names.iter().filter_map(|index| self.names.get(*index)?.path.pieces.get(depth));
        if pieces().any(|piece| piece.listed) && judge::guards_turn(&self.all_values(names, depth)) {
            self.guard(names, Guarded::Listed);
            return BTreeSet::new();
        }
        let stays = pieces()
            .any(|piece| piece.listed || piece.text == "*" || piece.text.contains('$') || ids::is_ec2_id(&piece.text));
        if stays || !self.place.names || !judge::words_turn(&self.all_values(names, depth), self.place.risk) {
            return BTreeSet::new();
        }
        let texts: BTreeSet<&str> = pieces().map(|piece| piece.text.as_str()).collect();
        let (begin, end) = common(&texts.into_iter().collect::<Vec<_>>());
        let kept = begin.chars().chain(end.chars()).filter(char::is_ascii_alphanumeric).count();
        let text = format!("{begin}*{end}");
        // Below the names that go on anything may follow.
        let patterns: BTreeSet<String> = names
            .iter()
            .filter_map(|index| self.names.get(*index))
            .map(|name| {
                let last = name.path.pieces.len() == depth + 1;
                format!("{above}{text}{}", if last { &name.path.tail } else { "*" })
            })
            .collect();
        let is_short = pieces().any(|piece| piece.chosen) && kept < LITERAL;
        if is_short || patterns.iter().any(|pattern| self.is_others(pattern, 0)) {
            return BTreeSet::new();
        }
        for index in names {
            let Some(name) = self.names.get_mut(*index) else { continue };
            let Some(piece) = name.path.pieces.get_mut(depth) else { continue };
            piece.text.clone_from(&text);
            name.path.how = name.path.how.max(How::Turning);
        }
        if self.place.changes_code {
            self.guard(names, Guarded::Opened);
        }
        names.iter().copied().collect()
    }
}

/// What all begin and end with, cut where words are.
pub(super) fn common(texts: &[&str]) -> (String, String) {
    let Some(first) = texts.first() else { return Default::default() };
    let chars: Vec<char> = first.chars().collect();
    let shortest = texts.iter().map(|text| text.chars().count()).min().unwrap_or_default();
    let same = |at: &usize, from_end: bool| {
        let of = |text: &str| if from_end { text.chars().rev().nth(*at) } else { text.chars().nth(*at) };
        texts.iter().all(|text| of(text) == of(first))
    };
    let is_border = |c: char| matches!(c, '-' | '_' | '.' | '=');
    let begin = (0..shortest).take_while(|at| same(at, false)).count();
    let begin: String = chars.iter().take(begin).collect();
    let begin = begin.rfind(is_border).and_then(|at| begin.get(..=at)).unwrap_or_default().to_owned();
    let end = (0..shortest).take_while(|at| same(at, true)).count().min(shortest - begin.chars().count());
    let end: String = chars.iter().skip(chars.len() - end).collect();
    let end = end.find(is_border).and_then(|at| end.get(at..)).unwrap_or_default().to_owned();
    (begin, end)
}
