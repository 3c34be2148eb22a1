//! Patterns compiled to tokens that say which characters they read.

use crate::wildcard::{Token, Tokens};

/// One element of a compiled pattern.
///
/// The wildcards of an ARN's first segments do not read the colon that ends their segment. Thereby an ARN pattern is one
/// flat list of tokens, and matching it from left to right is matching it segment by segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tok {
    /// This character.
    Char(char),
    /// This character, given in lower case, in either case.
    Fold(char),
    /// One character.
    One { colon: bool },
    /// Any number of characters.
    Many { colon: bool },
}

impl Tok {
    pub(super) fn reads(self, c: char) -> bool {
        match self {
            Self::Char(own) => own == c,
            Self::Fold(own) => own == c || c.to_lowercase().eq([own]),
            Self::One { colon } | Self::Many { colon } => colon || c != ':',
        }
    }

    pub(super) fn is_many(self) -> bool {
        matches!(self, Self::Many { .. })
    }
}

/// Appends the tokens of one segment, or of a whole pattern that has no segments. A variable reads anything.
///
/// A run of wildcards becomes its `?`s followed by at most one `*`, which the automata rely on.
pub(super) fn push_segment(toks: &mut Vec<Tok>, segment: impl Iterator<Item = SegmentToken>, colon: bool) {
    let mut many = false;
    for token in segment {
        match token {
            SegmentToken::Many => many = true,
            SegmentToken::One => toks.push(Tok::One { colon }),
            SegmentToken::Char(c) => {
                if std::mem::take(&mut many) {
                    toks.push(Tok::Many { colon });
                }
                toks.push(Tok::Char(c));
            }
        }
    }
    if many {
        toks.push(Tok::Many { colon });
    }
}

/// A token whose variables have been dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SegmentToken {
    Char(char),
    One,
    Many,
}

/// The tokens of pattern text, a variable being anything.
pub(super) fn loose(text: &str) -> impl Iterator<Item = SegmentToken> {
    Tokens::new(text).map(|token| match token {
        Token::Char(c) => SegmentToken::Char(c),
        Token::One => SegmentToken::One,
        Token::Many | Token::Variable(_) => SegmentToken::Many,
    })
}

/// The tokens of a pattern without segments.
pub(super) fn flat(text: &str) -> Vec<Tok> {
    let mut toks = Vec::new();
    push_segment(&mut toks, loose(text), true);
    toks
}

/// The five segments of an ARN after `arn:`, as a cover and, where some ARN can match, as a generator.
///
/// A cover is only held against ARNs that exist. A generator makes them, so it has to know that partition, service and
/// resource are never empty.
pub(super) fn arn(segments: [Vec<SegmentToken>; 5]) -> (Vec<Tok>, Option<Vec<Tok>>) {
    let (mut cover, mut generator, mut possible) = (Vec::new(), Vec::new(), true);
    for (at, segment) in segments.into_iter().enumerate() {
        let last = at == 4;
        let may_be_empty = segment.iter().all(|token| *token == SegmentToken::Many);
        push_segment(&mut cover, segment.iter().copied(), last);
        if may_be_empty && matches!(at, 0 | 1 | 4) {
            possible &= !segment.is_empty();
            generator.extend([Tok::One { colon: last }, Tok::Many { colon: last }]);
        } else {
            push_segment(&mut generator, segment.into_iter(), last);
        }
        if !last {
            cover.push(Tok::Char(':'));
            generator.push(Tok::Char(':'));
        }
    }
    (cover, possible.then_some(generator))
}

/// The characters that every match of the pattern starts with.
pub(super) fn prefix(toks: &[Tok]) -> impl Iterator<Item = char> {
    toks.iter().map_while(|tok| match tok {
        Tok::Char(c) => Some(*c),
        Tok::Fold(_) | Tok::One { .. } | Tok::Many { .. } => None,
    })
}

/// Whether the fixed beginnings of two patterns leave room for a text that both match.
pub(super) fn prefixes_agree(left: &[Tok], right: &[Tok]) -> bool {
    prefix(left).zip(prefix(right)).all(|(left, right)| left == right)
}
