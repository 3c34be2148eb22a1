//! Many patterns run side by side over one text.

use super::tokens::Tok;

/// Patterns, each with an owner, as one nondeterministic automaton.
#[derive(Debug, Default)]
pub(super) struct Cover {
    slots: Vec<Slot>,
    /// The first slot of each pattern.
    starts: Vec<usize>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// What is read here; nothing at the end of a pattern.
    tok: Option<Tok>,
    owner: u32,
    /// The first slot of the pattern.
    start: u32,
}

/// Where the automaton stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(super) struct Standing {
    /// Slots, ascending.
    slots: Vec<u32>,
    /// The owners that match whatever follows, ascending. They have no slots.
    settled: Vec<u32>,
}

impl Cover {
    /// Adds a pattern of an owner.
    pub(super) fn add(&mut self, toks: &[Tok], owner: u32) {
        let first = self.slots.len();
        let start = u32::try_from(first).unwrap_or(u32::MAX);
        self.starts.push(first);
        self.slots.extend(toks.iter().map(|tok| Slot { tok: Some(*tok), owner, start }));
        self.slots.push(Slot { tok: None, owner, start });
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn patterns(&self) -> usize {
        self.starts.len()
    }

    /// Stands at the beginning of every pattern that can match a text that `generators` make.
    pub(super) fn start(&self, generators: &[&[Tok]]) -> Standing {
        let mut standing = Standing::default();
        for &start in &self.starts {
            let own = self.slots.get(start..).unwrap_or_default();
            let agrees = |generator: &[Tok]| {
                let own = own.iter().map_while(|slot| match slot.tok {
                    Some(Tok::Char(c)) => Some(c),
                    _ => None,
                });
                super::tokens::prefix(generator).zip(own).all(|(left, right)| left == right)
            };
            if generators.iter().all(|generator| agrees(generator)) {
                self.enter(&mut standing, start);
            }
        }
        standing.tidy(self);
        standing
    }

    /// Stands behind the character.
    pub(super) fn step(&self, from: &Standing, c: char) -> Standing {
        let mut standing = Standing { slots: Vec::with_capacity(from.slots.len()), settled: from.settled.clone() };
        for &at in &from.slots {
            let at = at as usize;
            let Some(tok) = self.slots.get(at).and_then(|slot| slot.tok) else { continue };
            if tok.reads(c) {
                self.enter(&mut standing, if tok.is_many() { at } else { at + 1 });
            }
        }
        standing.tidy(self);
        standing
    }

    /// The owners that match a text that ends here, ascending.
    pub(super) fn owners_at_end(&self, standing: &Standing) -> Vec<u32> {
        let mut owners = standing.settled.clone();
        let slots = standing.slots.iter().filter_map(|&at| self.slots.get(at as usize));
        owners.extend(slots.filter(|slot| slot.tok.is_none()).map(|slot| slot.owner));
        owners.sort_unstable();
        owners.dedup();
        owners
    }

    /// The tokens that may read the next character.
    pub(super) fn next<'a>(&'a self, standing: &'a Standing) -> impl Iterator<Item = Tok> + 'a {
        standing.slots.iter().filter_map(|&at| self.slots.get(at as usize)?.tok)
    }

    /// Adds a slot, and what a `*` that takes nothing leads to.
    fn enter(&self, standing: &mut Standing, at: usize) {
        let Some(slot) = self.slots.get(at) else { return };
        let Ok(index) = u32::try_from(at) else { return };
        let Some(Tok::Many { colon }) = slot.tok else {
            standing.slots.push(index);
            return;
        };
        if colon && self.slots.get(at + 1).is_some_and(|next| next.tok.is_none()) {
            if let Err(place) = standing.settled.binary_search(&slot.owner) {
                standing.settled.insert(place, slot.owner);
            }
            return;
        }
        // The rest of the pattern after this `*` accepts all that the slots before it do.
        while standing.slots.last().is_some_and(|&last| last >= slot.start && last < index) {
            standing.slots.pop();
        }
        standing.slots.extend([index, index + 1]);
    }
}

impl Standing {
    /// The owners that match whatever follows.
    pub(super) fn settled(&self) -> &[u32] {
        &self.settled
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len() + self.settled.len() + 1
    }

    /// Whether every text that matches from `self` on does so from `other` on, for each owner.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        // A settled owner has given up its slots, so slots of `self` may be matched by what is settled in `other`;
        // that case is not worth looking for.
        is_subset(&self.slots, &other.slots) && is_subset(&self.settled, &other.settled)
    }

    fn tidy(&mut self, cover: &Cover) {
        self.slots.sort_unstable();
        self.slots.dedup();
        if !self.settled.is_empty() {
            let settled = &self.settled;
            self.slots.retain(|&at| {
                cover.slots.get(at as usize).is_some_and(|slot| settled.binary_search(&slot.owner).is_err())
            });
        }
    }
}

/// Whether one ascending list is part of another.
pub(super) fn is_subset<T: Ord>(part: &[T], whole: &[T]) -> bool {
    let mut rest = whole.iter();
    part.len() <= whole.len() && part.iter().all(|item| rest.by_ref().any(|other| other == item))
}
