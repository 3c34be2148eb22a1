//! Names taken apart: text that stays, and parts that may be others tomorrow.

use tighten_usage::Days;

use super::dates::{self, DatePart, Near};

/// A part of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) kind: TokenKind,
}

/// What a part of a name looks like. That it looks so does not say that it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TokenKind {
    /// Words and what is between.
    Literal,
    /// Spells a date near the days of use: days since 1970, the first and the last one that it stands for.
    Date {
        part: DatePart,
        from: i32,
        to: i32,
        /// Nothing but several values tells this from a name.
        weak: bool,
    },
    /// A run of letters and digits that nobody types.
    Minted {
        /// It is long enough that there is no doubt.
        sure: bool,
    },
    /// A number.
    Number,
}

/// A run of digits, or of letters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Run<'a> {
    pub(super) text: &'a str,
    /// Where in the name it starts.
    start: usize,
    pub(super) is_digits: bool,
    /// Which run of letters and digits it is part of.
    pub(super) word: usize,
    /// Which piece of the name it is part of.
    pub(super) piece: usize,
    /// Nothing but separators is between the one before and this one.
    pub(super) joins: bool,
}

/// Takes the pieces of a name apart that was used on these days. Each piece comes with what is between it and the one before.
pub(crate) fn read(pieces: &[(&str, &str)], days: &Days) -> Vec<Vec<Token>> {
    let runs = runs(pieces);
    let near = match (days.numbers().next(), days.numbers().last()) {
        (Some(first), Some(last)) => Some(Near { first, last }),
        _ => None,
    };
    let mut kinds: Vec<TokenKind> = minted_words(&runs, near);
    let taken: Vec<bool> = kinds.iter().map(|kind| *kind != TokenKind::Literal).collect();
    if let Some(near) = near {
        for spelled in dates::find(&runs, &taken, near) {
            for (run, part) in spelled.runs {
                if let Some(kind) = kinds.get_mut(run) {
                    *kind = TokenKind::Date { part, from: spelled.from, to: spelled.to, weak: spelled.weak };
                }
            }
        }
    }
    let dated: Vec<usize> =
        runs.iter().zip(&kinds).filter(|(_, kind)| **kind != TokenKind::Literal).map(|(run, _)| run.word).collect();
    for (run, kind) in runs.iter().zip(&mut kinds) {
        if *kind == TokenKind::Literal && !dated.contains(&run.word) && is_mixed(&runs, run.word) {
            *kind = TokenKind::Minted { sure: false };
        } else if *kind == TokenKind::Literal && run.is_digits {
            *kind = if run.text.len() > 18 { TokenKind::Minted { sure: true } } else { TokenKind::Number };
        }
    }
    pieces.iter().enumerate().map(|(piece, (_, text))| tokens(piece, text, &runs, &kinds)).collect()
}

/// Most runs of a name that are looked at. Names of AWS's services have a few dozen.
const RUNS: usize = 96;

/// The runs of the pieces, leaving out pieces that hold wildcards or escapes.
fn runs<'a>(pieces: &[(&'a str, &'a str)]) -> Vec<Run<'a>> {
    let mut runs: Vec<Run<'a>> = Vec::new();
    let mut word = 0;
    // Whether only separators were passed since the last run.
    let mut joins = false;
    for (piece, (between, text)) in pieces.iter().enumerate() {
        word += 1;
        joins &= between.bytes().all(|b| matches!(b, b'/' | b':'));
        if text.contains(['*', '?', '$']) {
            joins = false;
            continue;
        }
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(first) = rest.chars().next() else { break };
            if !first.is_ascii_alphanumeric() {
                word += 1;
                joins &= matches!(first, '-' | '_' | '.' | '=' | ' ' | '/' | ':' | ',');
                at += first.len_utf8();
                continue;
            }
            if runs.len() == RUNS {
                return runs;
            }
            let is_digits = first.is_ascii_digit();
            let own = |c: char| c.is_ascii_alphanumeric() && c.is_ascii_digit() == is_digits;
            let end = rest.find(|c| !own(c)).unwrap_or(rest.len());
            let text = rest.get(..end).unwrap_or_default();
            runs.push(Run { text, start: at, is_digits, word, piece, joins });
            joins = true;
            at += end;
        }
    }
    runs
}

/// The runs of each word that is surely made by a machine: UUIDs, long hexadecimal, identifiers that begin with a time.
fn minted_words(runs: &[Run<'_>], near: Option<Near>) -> Vec<TokenKind> {
    let mut kinds = vec![TokenKind::Literal; runs.len()];
    let words: Vec<(usize, usize, String, usize)> = words(runs);
    let mut at = 0;
    while let Some((first, last, text, piece)) = words.get(at) {
        let uuid = words.get(at..at + 5).is_some_and(|five| {
            five.iter().zip([8, 4, 4, 4, 12]).all(|((_, _, text, own), length)| {
                own == piece && text.len() == length && text.bytes().all(|b| b.is_ascii_hexdigit())
            })
        });
        let (until, minted) = if uuid {
            (words.get(at + 4).map_or(*last, |(_, last, _, _)| *last), true)
        } else {
            let hex = text.len() >= 16
                && text.bytes().all(|b| b.is_ascii_hexdigit())
                && !text.bytes().all(|b| b.is_ascii_digit());
            let letters = text.bytes().any(|b| b.is_ascii_alphabetic());
            (*last, (hex && letters) || is_timed(text, near))
        };
        if minted {
            kinds.iter_mut().take(until + 1).skip(*first).for_each(|kind| *kind = TokenKind::Minted { sure: true });
        }
        at += if uuid { 5 } else { 1 };
    }
    kinds
}

/// The words: first and last run, text, piece.
fn words(runs: &[Run<'_>]) -> Vec<(usize, usize, String, usize)> {
    let mut words: Vec<(usize, usize, String, usize)> = Vec::new();
    let mut last = None;
    for (index, run) in runs.iter().enumerate() {
        match words.last_mut() {
            Some((_, end, text, _)) if last == Some(run.word) => {
                *end = index;
                text.push_str(run.text);
            }
            _ => words.push((index, index, run.text.to_owned(), run.piece)),
        }
        last = Some(run.word);
    }
    words
}

/// Whether a word is a ULID or a KSUID of about the days of use.
fn is_timed(text: &str, near: Option<Near>) -> bool {
    let Some(near) = near else { return false };
    let day = match text.len() {
        // 48 bits of milliseconds are the first ten of 26 characters.
        26 => text
            .get(..10)
            .and_then(|time| high_and_low(&time.to_ascii_uppercase(), CROCKFORD))
            .map(|(_, ms)| ms / 86_400_000),
        // 32 bits of seconds since May 2014 are the highest of 160.
        27 => high_and_low(text, BASE62).map(|(high, _)| ((high >> 64) + 1_400_000_000) / 86_400),
        _ => None,
    };
    let day = day.and_then(|day| i32::try_from(day).ok());
    day.is_some_and(|day| (near.first - 400..=near.last + 2).contains(&day))
}

const CROCKFORD: &[u8] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The number that the characters spell, above its lowest 64 bits and these.
fn high_and_low(text: &str, digits: &[u8]) -> Option<(u128, u128)> {
    let low_bits = u128::from(u64::MAX);
    let base = digits.len() as u128;
    text.bytes().try_fold((0, 0), |(high, low): (u128, u128), byte| {
        let digit = digits.iter().position(|own| *own == byte)? as u128;
        let low = low * base + digit;
        Some((high.checked_mul(base)? + (low >> 64), low & low_bits))
    })
}

/// Whether a word mixes letters and digits as nobody does.
fn is_mixed(runs: &[Run<'_>], word: usize) -> bool {
    let own: Vec<&Run<'_>> = runs.iter().filter(|run| run.word == word).collect();
    let length: usize = own.iter().map(|run| run.text.len()).sum();
    let hex = own.iter().all(|run| run.text.bytes().all(|b| b.is_ascii_hexdigit()));
    own.len() >= 3 && (length >= 8 || (hex && length >= 7))
}

/// A piece's tokens. Parts of one kind that follow each other without anything between are one.
fn tokens(piece: usize, text: &str, runs: &[Run<'_>], kinds: &[TokenKind]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut push = |text: &str, kind: TokenKind| {
        if text.is_empty() {
            return;
        }
        let joined = matches!(kind, TokenKind::Literal | TokenKind::Minted { .. });
        match tokens.last_mut() {
            Some(last) if last.kind == kind && joined => last.text.push_str(text),
            _ => tokens.push(Token { text: text.to_owned(), kind }),
        }
    };
    let mut at = 0;
    let own: Vec<(&Run<'_>, TokenKind)> =
        runs.iter().zip(kinds).filter(|(run, _)| run.piece == piece).map(|(run, kind)| (run, *kind)).collect();
    for (index, (run, kind)) in own.iter().enumerate() {
        let before = text.get(at..run.start).unwrap_or_default();
        // The hyphens of a UUID are part of it.
        let inside = before == "-"
            && matches!(kind, TokenKind::Minted { sure: true })
            && index > 0
            && own.get(index - 1).is_some_and(|(_, last)| last == kind);
        push(before, if inside { *kind } else { TokenKind::Literal });
        push(run.text, *kind);
        at = run.start + run.text.len();
    }
    push(text.get(at..).unwrap_or_default(), TokenKind::Literal);
    tokens
}
