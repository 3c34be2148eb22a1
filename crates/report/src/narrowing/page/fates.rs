//! What becomes of grants.

use crate::narrowing::model::{GrantReport, NarrowingReport};
use crate::page::Prose;
use crate::prose;
use crate::words::count;

/// What becomes of grants, and what that means.
pub(super) const FATES: [(&str, &str); 11] = [
    ("used", ""),
    ("removed", ""),
    ("still given", "removed here, and another statement gives the same"),
    ("dropped", "removed, though uses may have gone unrecorded"),
    ("forbidden", "removed by a rule, used or not"),
    ("not visible", "kept, since uses may have gone unrecorded"),
    ("too young", "kept, since it is too early to tell"),
    ("by rule", "kept by a rule"),
    ("with others", "kept, unused, for the sake of what stays beside them"),
    ("out of bounds", "removed: the permissions boundary does not allow them, so they have no effect"),
    ("last accessed", "kept, since IAM's own records show a use, or do not rule it out"),
];

/// The index of what becomes of a grant.
pub(super) fn fate(grant: &GrantReport) -> usize {
    match (grant.verdict, grant.kept) {
        ("used", _) => 0,
        ("never-granted", _) => 4,
        ("outside-boundary", _) => 9,
        (_, false) if grant.no_effect.is_some() => 2,
        ("not-observable", false) => 3,
        (_, false) => 1,
        ("not-observable", true) => 5,
        ("too-young", true) => 6,
        ("kept-by-rule", true) => 7,
        ("last-accessed", true) => 10,
        (_, true) => 8,
    }
}

/// Why grants are taken away although they may be in use, or stay although they are not: how many for each reason.
pub(super) fn reasons(report: &NarrowingReport, kept: bool) -> Vec<Prose> {
    let mut counts = [0; FATES.len()];
    for grant in report.all_grants().filter(|grant| grant.kept == kept) {
        if let Some(sum) = counts.get_mut(fate(grant)) {
            *sum += grant.count;
        }
    }
    let reasons = FATES.iter().zip(counts).filter(|((_, about), number)| !about.is_empty() && *number > 0);
    reasons.map(|((_, about), number)| prose![count(number), " ", *about]).collect()
}
