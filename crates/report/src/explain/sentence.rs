//! The short answer in one sentence.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tighten_synthesis::Gap;
use tighten_synthesis::Seen;
use tighten_synthesis::explain::{AnswerCode, Explanation, Reason};
use tighten_synthesis::narrow::Young;
use tighten_synthesis::replay::Verdict;

use crate::model::GapReport;
use crate::text::words::counted;

/// The answer in one sentence, without a final stop. `place` names a statement by the index of its policy and its own.
pub(super) fn answer(explanation: &Explanation, place: &dyn Fn(usize, usize) -> String) -> String {
    let (code, reason) = (explanation.answer.code, &explanation.answer.reason);
    let on = match &explanation.resource {
        None => String::new(),
        Some(on) => format!(" on {}", on.asked),
    };
    match code {
        AnswerCode::Kept => format!("{}{}", kept(explanation, reason, &on), bounded(explanation)),
        AnswerCode::Narrowed => format!("{}{}", narrowed(reason, &on), bounded(explanation)),
        AnswerCode::Removed => format!("{}{}", removed(reason, &on), refused(explanation)),
        AnswerCode::Granted => match reason {
            Reason::Used { seen, among } => format!("granted{on}: {}", used(seen, *among)),
            Reason::UsedElsewhere { seen } => {
                format!("granted{on}: a granted pattern covers it; elsewhere it was {}", used(seen, false))
            }
            _ => format!("granted{on}"),
        },
        AnswerCode::NotGranted => not_granted(explanation, reason, &on),
        AnswerCode::Denied => match reason {
            Reason::DeniedBy(by) => {
                format!("denied{on}: {} denies it, whatever else allows it", place(by.document, by.statement))
            }
            _ => format!("denied{on}"),
        },
        AnswerCode::Open => match reason {
            Reason::Conditions { keys } => format!("open{on}: {} decide, which are not known here", keys.join(", ")),
            _ => format!("open{on}: it is allowed on some of what that stands for"),
        },
    }
}

fn kept(explanation: &Explanation, reason: &Reason, on: &str) -> String {
    match reason {
        Reason::Used { seen, among } => format!("kept{on}: {}", used(seen, *among)),
        Reason::UsedByOthers { principals } => format!("kept{on}: {}", others(principals)),
        Reason::UsedElsewhere { seen } if explanation.resource.is_some() => {
            format!("kept{on}: a pattern that stays covers it; elsewhere it was {}", used(seen, false))
        }
        other => format!("kept{on} {}", though(other)),
    }
}

fn narrowed(reason: &Reason, on: &str) -> String {
    match reason {
        Reason::Used { seen, among } => format!("kept{on}, on less than today: {}", used(seen, *among)),
        Reason::UsedByOthers { principals } => format!("kept{on}, on less than today: {}", others(principals)),
        Reason::UsedElsewhere { seen } => {
            format!("kept{on}, on less than today: elsewhere it was {}", used(seen, false))
        }
        other => format!("kept{on}, on less than today, {}", though(other)),
    }
}

/// Why something stays that was not seen in use.
fn though(reason: &Reason) -> String {
    match reason {
        Reason::NotObservable { gaps } => format!("although not seen: {}", gap(gaps)),
        Reason::TooYoung(young) => format!("although not seen: {}", self::young(*young)),
        Reason::KeptByRule { reason } => format!("by a rule: {reason}"),
        Reason::WithService => {
            "although not used: other actions of its service are, and the granularity is `service`".to_owned()
        }
        Reason::NotInCatalog => "although not seen: the catalog does not know the action".to_owned(),
        Reason::UsedElsewhere { seen } => {
            format!("although the statements answer for none of its uses: {}", used(seen, false))
        }
        _ => "although not used".to_owned(),
    }
}

/// That a boundary stands in the way of what the policies keep.
fn bounded(explanation: &Explanation) -> String {
    match &explanation.boundary {
        Some((name, Verdict::ExplicitDeny { .. } | Verdict::ImplicitDeny)) => {
            format!("; the boundary {name} does not allow it, so that it has no effect")
        }
        _ => String::new(),
    }
}

/// How often something was refused that goes all the same.
fn refused(explanation: &Explanation) -> String {
    match explanation.refused.iter().map(|want| want.seen.count).sum() {
        0 => String::new(),
        count => format!("; it was refused {}", times(count)),
    }
}

fn removed(reason: &Reason, on: &str) -> String {
    match reason {
        Reason::Unused { days } => {
            format!("removed{on}: not used in {}, and its use would have been recorded", counted(*days as u64, "day"))
        }
        Reason::UsedElsewhere { seen } if on.is_empty() => {
            format!("removed: {}, but by none of the statements that allow it today", used(seen, false))
        }
        Reason::UsedElsewhere { seen } => format!("removed{on}: {}, but not there", used(seen, false)),
        Reason::NotObservable { gaps } => {
            format!("removed{on} although its use could have gone unrecorded: {}", gap(gaps))
        }
        Reason::NeverGranted { reason, used } => {
            let why = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            let though = if *used == 0 { String::new() } else { format!(", although it was used {}", times(*used)) };
            format!("removed{on}: a rule forbids it{why}{though}")
        }
        Reason::OutsideBoundary { boundary } => format!("removed{on}: the boundary {boundary} does not allow it"),
        Reason::Used { seen, among } => format!("removed{on}, although it was {}", used(seen, *among)),
        Reason::NotInCatalog => {
            format!("removed{on}: the catalog does not know the action, and nothing of it was seen")
        }
        _ => format!("removed{on}"),
    }
}

fn not_granted(explanation: &Explanation, reason: &Reason, on: &str) -> String {
    let no_policy = if explanation.is_current { "no policy of today allows it" } else { "it was never let through" };
    match reason {
        Reason::NoPolicies => format!("not granted{on}: no attached policy binds this principal"),
        Reason::UsedNotAllowed { seen } => format!(
            "not granted{on}: {no_policy}, but it was {}; another policy did, or they have changed since",
            used(seen, false)
        ),
        Reason::Refused { seen } => format!(
            "not granted{on}: {no_policy}, and it was refused {}{}",
            times(seen.count),
            last(seen).map(|day| format!(", last on {day}")).unwrap_or_default()
        ),
        Reason::Suspected { seen } => {
            format!("not granted{on}: {} may have needed it, and that is only suspected", counted(seen.count, "call"))
        }
        Reason::UsedElsewhere { seen } => format!("not granted{on}: {}, but not there", used(seen, false)),
        Reason::Unused { days } => format!(
            "not granted{on}: not used in {}, and its use would have been recorded",
            counted(*days as u64, "day")
        ),
        Reason::NotObservable { gaps } => {
            format!("not granted{on}: not seen, but its use could have gone unrecorded: {}", gap(gaps))
        }
        _ => format!("not granted{on}: {no_policy}"),
    }
}

/// `used 12 times, last on 2026-05-11`.
fn used(seen: &Seen, among: bool) -> String {
    let among = if among { " on this or other resources" } else { "" };
    let last = last(seen).map(|day| format!(", last on {day}")).unwrap_or_default();
    format!("used {}{among}{last}", times(seen.count))
}

fn others(principals: &[tighten_iam::Principal]) -> String {
    let names: Vec<&str> = principals.iter().map(tighten_iam::Principal::name).collect();
    let hold = if names.len() == 1 { "which holds the policy too" } else { "which hold the policy too" };
    format!("used by {}, {hold}", crate::text::words::some(&names, 3))
}

pub(crate) fn times(count: u64) -> String {
    if count == 1 { "once".to_owned() } else { counted(count, "time") }
}

fn last(seen: &Seen) -> Option<String> {
    seen.last.map(day)
}

fn day(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string()
}

/// The first gap, and how many more there are.
fn gap(gaps: &[Gap]) -> String {
    let Some(first) = gaps.first() else { return "nobody knows what would record it".to_owned() };
    let report = GapReport::from(first);
    let inferred = if report.inferred { " (inferred)" } else { "" };
    let more =
        if gaps.len() > 1 { format!(", and {} more", counted(gaps.len() as u64 - 1, "gap")) } else { String::new() };
    format!("{}{inferred}{more}", report.message)
}

pub(crate) fn young(young: Young) -> String {
    match young {
        Young::Window { days, needed } => {
            format!("there are records of {}, and it takes {needed}", counted(days as u64, "day"))
        }
        Young::Principal { created, grace } => {
            format!("the principal was made on {created}, and is left alone for {}", counted(grace as u64, "day"))
        }
        Young::Boundary => "the policy is the permissions boundary of others, too".to_owned(),
        Young::Policy { changed, grace } => {
            format!("the policy was changed on {changed}, and is left alone for {}", counted(grace as u64, "day"))
        }
    }
}
