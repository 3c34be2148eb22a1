//! Texts that stand for all texts, as far as some patterns can tell them apart.
//!
//! A deterministic automaton over all patterns at once, built as far as it is reached. Characters that no position names
//! are one class, hence the alphabet at each state is what is named there and one more.

use std::collections::{BTreeMap, HashSet, VecDeque};

use super::budget::{Exhausted, Meter};
use super::cover::{Cover, Standing};
use super::explore::{Alphabet, unnamed};
use super::tokens::Tok;

/// One text for every set of owners that some text has; the owner is the index of the list of patterns.
pub(super) fn classes(owners: &[Vec<Vec<Tok>>], meter: &mut Meter) -> Result<Vec<String>, Exhausted> {
    let mut cover = Cover::default();
    for (owner, patterns) in (0..).zip(owners) {
        for pattern in patterns {
            cover.add(pattern, owner);
        }
    }
    meter.spend(cover.len())?;
    let mut found: BTreeMap<Vec<u32>, String> = BTreeMap::new();
    let mut seen: HashSet<Standing> = HashSet::new();
    let mut open = VecDeque::from([(cover.start(&[]), String::new())]);
    while let Some((standing, text)) = open.pop_front() {
        meter.spend(standing.len() + text.len())?;
        if !seen.insert(standing.clone()) {
            continue;
        }
        found.entry(cover.owners_at_end(&standing)).or_insert_with(|| text.clone());
        let symbols = symbols(&cover, &standing);
        for c in symbols {
            let mut text = text.clone();
            text.push(c);
            let next = cover.step(&standing, c);
            meter.spend(next.len())?;
            open.push_back((next, text));
        }
    }
    let mut texts: Vec<String> = found.into_values().collect();
    // A text that says something comes before the empty one.
    texts.sort_by_key(|text| (text.is_empty(), text.len()));
    Ok(texts)
}

fn symbols(cover: &Cover, standing: &Standing) -> Vec<char> {
    let mut named = Vec::new();
    for tok in cover.next(standing) {
        match tok {
            Tok::Char(c) => named.push(c),
            Tok::Fold(c) => {
                named.extend([c, c.to_ascii_uppercase()]);
                // The Kelvin sign is the one character beyond ASCII whose lower case is an ASCII letter.
                named.extend((c == 'k').then_some('\u{212a}'));
            }
            Tok::One { colon: false } | Tok::Many { colon: false } => named.push(':'),
            Tok::One { colon: true } | Tok::Many { colon: true } => {}
        }
    }
    named.sort_unstable();
    named.dedup();
    named.extend(unnamed(&named, Alphabet::Text));
    named
}
