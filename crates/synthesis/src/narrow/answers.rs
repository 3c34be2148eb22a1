//! Which statements of today answer for the needs of one action.

use tighten_iam::{ActionName, Principal};

use super::assign::Uses;
use super::narrower::Shared;
use super::options::NarrowOptions;
use super::{NarrowInput, Today};
use crate::generate::completed;
use crate::used::{Observed, Used};

/// One resource that a holder used an action on, and the statements that answer for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// Who used it.
    pub principal: Principal,
    /// The need, on all of its resources.
    pub need: Used,
    /// The resource.
    pub observed: Observed,
    /// The narrowest statement that surely allows it, or all that may; none where the policies do not allow it.
    pub by: Vec<AnsweredBy>,
}

/// A statement that answers for a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AnsweredBy {
    /// The index of the policy.
    pub policy: usize,
    /// The index of the statement.
    pub statement: usize,
    /// It allows all that the resource may be.
    pub whole: bool,
}

/// What all holders needed of an action, with the statements of today that answer for it, as [`narrow`](super::narrow)
/// takes them to.
pub fn answered(input: &NarrowInput<'_>, options: &NarrowOptions, action: &ActionName) -> Vec<Answered> {
    let current = Today::new(input, options, &Shared::default());
    let mut answers = Vec::new();
    for holder in input.holders {
        let is_asked = |need: &&Used| need.action == *action && !need.suspected;
        let needs: Vec<Used> = holder.subject.needs.iter().filter(is_asked).cloned().collect();
        let let_through = current.let_through(holder, &needs, input.paths);
        for (need, open) in completed(&needs, input.paths).iter().zip(&let_through) {
            for observed in &need.resources {
                let mut uses: Vec<Uses> = current.allows.iter().map(|_| Uses::default()).collect();
                if open.resources.contains(observed) {
                    let one = Used { resources: vec![observed.clone()], ..need.clone() };
                    current.assign(holder, &[one], &mut uses);
                }
                let by = current.allows.iter().zip(&uses).filter_map(|(allow, uses)| {
                    let entries = uses.by_action.get(action)?;
                    let whole = entries.values().flatten().any(|one| one.whole);
                    Some(AnsweredBy { policy: allow.policy, statement: allow.index, whole })
                });
                answers.push(Answered {
                    principal: holder.subject.principal.clone(),
                    need: need.clone(),
                    observed: observed.clone(),
                    by: by.collect(),
                });
            }
        }
    }
    answers
}
