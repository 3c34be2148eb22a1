//! The search for a text that some patterns make and others do not match.
//!
//! A text of the search is matched by every *generator*. What is asked is which owners of the *cover* it leaves out.
//! Generators are followed one position each, the cover as the set of all its positions, so a state is a tuple of
//! positions and a set.
//!
//! Which character to try next needs no alphabet. Where a generator stands at a character, it is that one. Where all
//! stand at wildcards, it is one that no position of the cover names: such a character is read by the cover's wildcards
//! alone, and those read any other as well, so it leads to the smallest set of positions. A larger set of positions
//! matches no less, hence what the search looks for is behind the smallest, if it is anywhere. For the same reason a
//! state is passed over where one with the same generator positions and a smaller set has been seen.

use std::collections::{HashMap, VecDeque};

use super::budget::{Exhausted, Meter};
use super::cover::{Cover, Standing};
use super::tokens::Tok;

/// A pattern that makes texts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Generator<'a> {
    pub(super) toks: &'a [Tok],
    /// How the pattern spells the characters of its tokens, where that differs.
    pub(super) spelling: Option<&'a [char]>,
}

/// Which characters texts are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// Those of action names, in lower case.
    Action,
    /// All.
    Text,
}

/// What to do with what the search finds.
pub(super) trait Visitor {
    type Found;

    /// The owners match whatever follows: whether nothing beyond can be of interest.
    fn is_enough(&mut self, settled: &[u32], meter: &mut Meter) -> Result<bool, Exhausted>;

    /// The owners, and no others, match a text that all generators make.
    fn ended(
        &mut self,
        owners: &[u32],
        text: &mut dyn FnMut() -> String,
        meter: &mut Meter,
    ) -> Result<Option<Self::Found>, Exhausted>;
}

struct State {
    positions: Vec<u32>,
    standing: Standing,
    /// The index of the way that led here.
    way: usize,
}

struct Way {
    before: usize,
    read: Option<char>,
}

/// Visits the texts of the generators, the short ones first, one for each distinct set of owners that could matter.
pub(super) fn explore<V: Visitor>(
    generators: &[Generator<'_>],
    cover: &Cover,
    alphabet: Alphabet,
    visitor: &mut V,
    meter: &mut Meter,
) -> Result<Option<V::Found>, Exhausted> {
    let toks: Vec<&[Tok]> = generators.iter().map(|generator| generator.toks).collect();
    meter.spend(cover.patterns())?;
    let standing = cover.start(&toks);
    let mut ways = vec![Way { before: 0, read: None }];
    let mut open = VecDeque::from([State { positions: vec![0; generators.len()], standing, way: 0 }]);
    let mut seen: HashMap<Vec<u32>, Vec<Standing>> = HashMap::new();
    // The first text found in breadth is the shortest. Many generators have too many short beginnings in common for that.
    let in_breadth = generators.len() < 3;
    while let Some(State { positions, standing, way }) = if in_breadth { open.pop_front() } else { open.pop_back() } {
        meter.spend(standing.len() + positions.len())?;
        let known = seen.entry(positions.clone()).or_default();
        meter.spend(known.len())?;
        if known.iter().any(|known| known.is_within(&standing)) {
            continue;
        }
        known.push(standing.clone());
        if !standing.settled().is_empty() && visitor.is_enough(standing.settled(), meter)? {
            continue;
        }
        let rest = || toks.iter().zip(&positions).map(|(toks, &at)| toks.get(at as usize..).unwrap_or_default());
        // A `*` at the end may take nothing, so what stands before one may end here, and need not go past it.
        if rest().all(|rest| rest.iter().all(|tok| tok.is_many())) {
            let owners = cover.owners_at_end(&standing);
            if let Some(found) = visitor.ended(&owners, &mut || spell(&ways, way), meter)? {
                return Ok(Some(found));
            }
        }
        for (index, rest) in rest().enumerate() {
            if rest.len() > 1 && rest.first().is_some_and(|tok| tok.is_many()) {
                let mut positions = positions.clone();
                if let Some(position) = positions.get_mut(index) {
                    *position += 1;
                }
                open.push_back(State { positions, standing: standing.clone(), way });
            }
        }
        let next: Option<Vec<Tok>> = rest().map(|rest| rest.first().copied()).collect();
        let Some(tokens) = next else { continue };
        for c in candidates(&tokens, cover, &standing, alphabet) {
            let moved = tokens.iter().zip(&positions).map(|(tok, &at)| if tok.is_many() { at } else { at + 1 });
            let spelled = generators.iter().zip(&positions).find_map(|(generator, &at)| {
                let exact = matches!(generator.toks.get(at as usize), Some(Tok::Char(_)));
                if exact { generator.spelling?.get(at as usize).copied() } else { None }
            });
            ways.push(Way { before: way, read: Some(spelled.unwrap_or(c)) });
            let standing = cover.step(&standing, c);
            open.push_back(State { positions: moved.collect(), standing, way: ways.len() - 1 });
        }
    }
    Ok(None)
}

/// The characters that are worth trying where the generators stand at these tokens.
fn candidates(tokens: &[Tok], cover: &Cover, standing: &Standing, alphabet: Alphabet) -> Vec<char> {
    let fixed = tokens.iter().find_map(|tok| if let Tok::Char(c) = tok { Some(*c) } else { None });
    if let Some(c) = fixed {
        return if tokens.iter().all(|tok| tok.reads(c)) { vec![c] } else { Vec::new() };
    }
    let named: Vec<char> =
        cover.next(standing).filter_map(|tok| if let Tok::Char(c) = tok { Some(c) } else { None }).collect();
    match unnamed(&named, alphabet) {
        Some(c) => vec![c],
        None => action_characters().collect(),
    }
}

/// A character that is not among the named ones and is no colon.
pub(super) fn unnamed(named: &[char], alphabet: Alphabet) -> Option<char> {
    let free = |c: &char| !named.contains(c);
    let common = std::iter::once('x').chain(action_characters()).find(free);
    match alphabet {
        Alphabet::Action => common,
        Alphabet::Text => common.or_else(|| ('\u{c0}'..=char::MAX).find(free)),
    }
}

fn action_characters() -> impl Iterator<Item = char> {
    ('a'..='z').chain('0'..='9').chain(['-', '_', '.'])
}

fn spell(ways: &[Way], mut at: usize) -> String {
    let mut text = Vec::new();
    while let Some(way) = ways.get(at).filter(|way| way.read.is_some()) {
        text.extend(way.read);
        at = way.before;
    }
    text.iter().rev().collect()
}
