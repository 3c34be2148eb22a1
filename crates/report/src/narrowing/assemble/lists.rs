//! What many policies have in common, each once.

use std::collections::BTreeMap;

use tighten_synthesis::Gap;
use tighten_synthesis::narrow::{GrantGroup, GrantVerdict};

use crate::narrowing::model::{GrantReport, RiskyReport};
use crate::shared::GapReport;

/// The lists that the policies of a report refer to.
#[derive(Debug, Default)]
pub(super) struct Lists<'n> {
    pub(super) grants: List<GrantReport>,
    pub(super) risky: List<RiskyReport>,
    pub(super) gaps: Gaps<'n>,
    /// The places of grants, by where their groups are in memory, for as long as these are borrowed.
    pub(super) services: BTreeMap<*const GrantGroup, Vec<usize>>,
}

/// Values, each once, in the order in which they were first met.
#[derive(Debug)]
pub(super) struct List<T> {
    places: BTreeMap<T, usize>,
    pub(super) all: Vec<T>,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { places: BTreeMap::new(), all: Vec::new() }
    }
}

impl<T: Ord + Clone> List<T> {
    /// Where the value stands.
    pub(super) fn place(&mut self, value: T) -> usize {
        if let Some(place) = self.places.get(&value) {
            return *place;
        }
        let place = self.all.len();
        self.all.push(value.clone());
        self.places.insert(value, place);
        place
    }
}

/// Gaps, each once; with what would close it, and without.
#[derive(Debug, Default)]
pub(super) struct Gaps<'n> {
    places: BTreeMap<(&'n Gap, bool), usize>,
    pub(super) all: Vec<GapReport>,
}

impl<'n> Gaps<'n> {
    /// Where the gaps of a verdict stand.
    pub(super) fn of(&mut self, verdict: &'n GrantVerdict) -> Vec<usize> {
        verdict.gaps().iter().map(|gap| self.place(gap, true)).collect()
    }

    /// Likewise, where the grants go and details are not asked for: each reason once, and no remedies.
    pub(super) fn codes(&mut self, verdict: &'n GrantVerdict) -> Vec<usize> {
        let mut gaps: Vec<&Gap> = verdict.gaps().iter().collect();
        gaps.dedup_by_key(|gap| gap.what.code());
        gaps.into_iter().map(|gap| self.place(gap, false)).collect()
    }

    fn place(&mut self, gap: &'n Gap, with_remedy: bool) -> usize {
        let all = &mut self.all;
        *self.places.entry((gap, with_remedy)).or_insert_with(|| {
            let report = GapReport::from(gap);
            all.push(if with_remedy { report } else { GapReport { remedy: None, ..report } });
            all.len() - 1
        })
    }
}
