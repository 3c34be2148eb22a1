//! What one policy allows and another does not.
//!
//! The order of statements, actions and resources, the layout, the case of actions and different spellings of the same
//! pattern make no difference: policies are compared by the requests that they allow.

mod conditions;
mod denials;
mod inclusion;
mod likely;
mod model;
mod rows;
mod scope;
#[cfg(test)]
mod tests;

use tighten_catalog::Catalog;
use tighten_iam::{Budget, PolicyDocument};

use conditions::Conditions;
use inclusion::Excerpt;
use rows::Rows;
use scope::{Matching, Unit, classes};

pub use model::{
    Change, ConditionChange, DenyChange, Difference, Part, PolicyDiff, Row, StatementRef, Verdict, Witness,
};

/// Compares two policies, each of one or several documents.
///
/// ```
/// use tighten_catalog::Catalog;
/// use tighten_iam::PolicyDocument;
/// use tighten_synthesis::{Change, Verdict, diff};
///
/// let policy = |actions: &str| {
///     PolicyDocument::parse(&format!(
///         r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": {actions}, "Resource": "*"}}}}"#
///     ))
/// };
/// let old = [policy(r#"["sqs:SendMessage", "sqs:GetQueueUrl"]"#)?];
/// let same = [policy(r#"["SQS:getqueueurl", "sqs:SendMessage", "sqs:sendmessage"]"#)?];
/// let less = [policy(r#""sqs:SendMessage""#)?];
///
/// assert!(diff(Catalog::embedded(), &old, &same).is_unchanged());
/// let diff = diff(Catalog::embedded(), &old, &less);
/// assert_eq!(diff.verdict, Verdict::Narrower);
/// assert_eq!((diff.count(Change::Removed), diff.count(Change::Kept)), (1, 1));
/// # Ok::<(), tighten_iam::PolicyError>(())
/// ```
pub fn diff<'a>(catalog: &Catalog, old: &'a [PolicyDocument], new: &'a [PolicyDocument]) -> PolicyDiff<'a> {
    let whole = (Excerpt::whole(old), Excerpt::whole(new));
    let mut gained = whole.1.beyond(&whole.0, Budget::default());
    let mut lost = whole.0.beyond(&whole.1, Budget::default());
    let seen = [&gained, &lost].into_iter().filter_map(Difference::witness).map(|witness| &witness.action);
    let classes = classes(catalog, old, new, seen);
    let judge = Judge {
        old,
        new,
        may_gain: gained != Difference::No,
        may_lose: lost != Difference::No,
        budget: share(classes.len()),
    };
    let (mut rows, mut conditions) = (Rows::new(catalog, old, new), Conditions::default());
    for (matching, units) in &classes {
        let Some(judged) = judge.judge(matching, units) else { continue };
        rows.add(judged.change, units, &judged.gained, &judged.lost);
        if judged.change != Change::Kept {
            conditions.add(old, new, matching, units);
        }
    }
    let rows = rows.finish();
    sharpen(&mut gained, &rows, |part| &part.gained);
    sharpen(&mut lost, &rows, |part| &part.lost);
    PolicyDiff {
        old,
        new,
        verdict: Verdict::of(&gained, &lost),
        gained,
        lost,
        rows,
        conditions: conditions.finish(),
        denials: denials::changes(old, new, Budget::default()),
    }
}

/// What is spent on the classes together, in steps of a comparison. Some seconds at worst.
const STEPS: u64 = 100_000_000;

/// The budget of one comparison of one class.
fn share(classes: usize) -> Budget {
    let classes = u64::try_from(classes).unwrap_or(u64::MAX).max(1);
    Budget::steps((STEPS / classes).clamp(STEPS / 1000, Budget::default().get()))
}

/// Decides what became of classes of actions.
struct Judge<'a> {
    old: &'a [PolicyDocument],
    new: &'a [PolicyDocument],
    /// Whether anything can be gained or lost at all.
    may_gain: bool,
    may_lose: bool,
    budget: Budget,
}

struct Judged<'a> {
    change: Change,
    gained: Difference<'a>,
    lost: Difference<'a>,
}

impl<'a> Judge<'a> {
    /// What became of the actions; nothing if neither policy allows them.
    fn judge(&self, matching: &Matching, units: &[Unit]) -> Option<Judged<'a>> {
        let action = &units.first()?.action;
        let old = Excerpt::about(self.old, &matching.old, action);
        let new = Excerpt::about(self.new, &matching.new, action);
        let beyond = |may: bool, these: &Excerpt<'a>, those: &Excerpt<'a>| {
            if may { these.beyond(those, self.budget) } else { Difference::No }
        };
        let (gained, lost) = (beyond(self.may_gain, &new, &old), beyond(self.may_lose, &old, &new));
        let change = match (&gained, &lost) {
            (Difference::No, Difference::No) if old.is_nothing(self.budget) => return None,
            (Difference::No, Difference::No) => Change::Kept,
            (Difference::Yes(_), Difference::No) if old.is_nothing(self.budget) => Change::Added,
            (Difference::Yes(_), Difference::No) => Change::Widened,
            (Difference::No, Difference::Yes(_)) if new.is_nothing(self.budget) => Change::Removed,
            (Difference::No, Difference::Yes(_)) => Change::Narrowed,
            (Difference::Yes(_), Difference::Yes(_)) => Change::Mixed,
            (Difference::Undecided { .. }, _) | (_, Difference::Undecided { .. }) => Change::Undecided,
        };
        Some(Judged { change, gained, lost })
    }
}

/// Replaces a witness by one whose action exists, and an open question by an answer that one of the actions gives.
fn sharpen<'a>(
    whole: &mut Difference<'a>,
    rows: &[Row<'a>],
    side: impl for<'p> Fn(&'p Part<'a>) -> &'p Difference<'a>,
) {
    let of_row = |row: &Row<'a>| row.parts.iter().find_map(|part| side(part).witness().cloned());
    let mut known = rows.iter().filter(|row| row.access_level.is_some());
    let found = known.find_map(of_row).or_else(|| rows.iter().find_map(of_row));
    if let Some(witness) = found {
        *whole = Difference::Yes(witness);
    }
}
