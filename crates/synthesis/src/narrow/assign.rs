//! Which statement each need is answered by.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{ActionName, Decision, Principal, Request, RequestResource, evaluate};
use tighten_mapping::Certainty;

use super::allow::{Allow, Extent};
use crate::replay::{Asked, CalledBy, called_via, contexts};
use crate::used::{ConditionKeys, Observed, Used};

/// One observed resource of a need that an entry of a statement answers.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) observed: Observed,
    pub(super) certainty: Certainty,
    pub(super) context: ConditionKeys,
    /// The entry allows all that the resource may be.
    pub(super) whole: bool,
    /// It is only suspected.
    pub(super) suspected: bool,
}

/// The uses of one statement.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// By action, then by entry.
    pub(super) by_action: BTreeMap<ActionName, BTreeMap<usize, Vec<Use>>>,
    /// The actions that were used on something that no statement allows: what is believed of the resource or of the
    /// conditions may be wrong, so their grants are no unused ones.
    pub(super) elsewhere: BTreeSet<ActionName>,
}

/// Whether a statement's conditions hold for a need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Yes,
    No,
    Unknown,
}

/// A statement that may answer a need.
struct Candidate {
    statement: usize,
    /// The narrowest entry that allows all of it; else all entries that allow some.
    whole: Option<usize>,
    some: Vec<usize>,
    precision: (usize, usize),
    hold: Hold,
}

/// Gives every resource of every need to the narrowest statement that surely allows it; where there is none, to all that
/// may.
pub(super) fn assign(
    statements: &[Allow<'_>],
    own: &[usize],
    principal: &Principal,
    needs: &[Used],
    uses: &mut [Uses],
) {
    for need in needs {
        let about: Vec<usize> = own
            .iter()
            .copied()
            .filter(|at| statements.get(*at).is_some_and(|statement| statement.statement.action.matches(&need.action)))
            .collect();
        let holds: Vec<Hold> = about
            .iter()
            .map(|at| statements.get(*at).map_or(Hold::No, |statement| hold(statement, principal, need)))
            .collect();
        for observed in &need.resources {
            let candidates = about.iter().zip(&holds).filter(|(_, hold)| **hold != Hold::No);
            let candidates: Vec<Candidate> = candidates
                .filter_map(|(at, hold)| candidate((*at, statements.get(*at)?), *hold, need, observed))
                .collect();
            // What is only suspected is no reason to doubt what the records say.
            if candidates.is_empty() && !need.suspected {
                for at in &about {
                    if let Some(uses) = uses.get_mut(*at) {
                        uses.elsewhere.insert(need.action.clone());
                    }
                }
            }
            let mut give = |candidate: &Candidate, entry: usize, whole: bool| {
                let Some(uses) = uses.get_mut(candidate.statement) else { return };
                uses.by_action.entry(need.action.clone()).or_default().entry(entry).or_default().push(Use {
                    observed: observed.clone(),
                    certainty: need.certainty,
                    context: need.context.clone(),
                    whole,
                    suspected: need.suspected,
                });
            };
            let sure = candidates.iter().filter(|candidate| candidate.hold == Hold::Yes && candidate.whole.is_some());
            // Of equals, the first.
            let narrowest = sure.rev().max_by_key(|candidate| candidate.precision);
            if let Some((candidate, entry)) = narrowest.and_then(|candidate| Some((candidate, candidate.whole?))) {
                give(candidate, entry, true);
                continue;
            }
            for candidate in &candidates {
                match candidate.whole {
                    Some(entry) => give(candidate, entry, true),
                    None => candidate.some.iter().for_each(|entry| give(candidate, *entry, false)),
                }
            }
        }
    }
}

fn candidate((at, statement): (usize, &Allow<'_>), hold: Hold, need: &Used, observed: &Observed) -> Option<Candidate> {
    let extents = statement.extents(&observed.pattern, need.certainty);
    let all = extents.iter().filter(|(_, extent)| *extent == Extent::All).map(|(entry, _)| *entry);
    let whole = all.rev().max_by_key(|entry| statement.precision(*entry, &need.action));
    let some: Vec<usize> =
        extents.iter().filter(|(_, extent)| *extent == Extent::Some).map(|(entry, _)| *entry).collect();
    let precision = whole.map_or((0, 0), |entry| statement.precision(entry, &need.action));
    (whole.is_some() || !some.is_empty()).then_some(Candidate { statement: at, whole, some, precision, hold })
}

fn hold(statement: &Allow<'_>, principal: &Principal, need: &Used) -> Hold {
    if statement.statement.conditions.is_empty() {
        return Hold::Yes;
    }
    let mut asked = Asked {
        action: need.action.clone(),
        resource: tighten_iam::ResourcePattern::any(),
        certainty: need.certainty,
        path_unknown: false,
        // Which service a role is passed to is a guess where that it is passed is one.
        context: if need.suspected { ConditionKeys::new() } else { need.context.clone() },
        called_by: CalledBy::of(need.via.as_deref(), principal),
    };
    // The conditions have no say on resources, but a key's region is part of one.
    let mut regions: Vec<&str> =
        need.resources.iter().filter_map(|one| one.pattern.segments()).map(|[_, _, _, region, ..]| region).collect();
    regions.dedup();
    if let ("kms", [region]) = (need.action.service(), regions.as_slice())
        && let Some(value) = asked.called_by.via_kms(region)
    {
        asked.context.insert("kms:ViaService".to_owned(), BTreeSet::from([value]));
    }
    let named = called_via(std::slice::from_ref(&statement.conditions));
    let Some(contexts) = contexts(&asked, &named) else { return Hold::Unknown };
    let holds = contexts.iter().map(|context| {
        let request =
            Request { principal: Some(principal), action: &need.action, resource: RequestResource::Any, context };
        match evaluate(std::slice::from_ref(&statement.conditions), &request) {
            Decision::Allowed { .. } => Hold::Yes,
            Decision::Depends { .. } => Hold::Unknown,
            Decision::ExplicitDeny { .. } | Decision::ImplicitDeny => Hold::No,
        }
    });
    let holds: Vec<Hold> = holds.collect();
    match holds.first() {
        Some(first) if holds.iter().all(|hold| hold == first) => *first,
        _ => Hold::Unknown,
    }
}
