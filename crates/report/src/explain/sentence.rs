//! The short answer in one sentence.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tighten_synthesis::Gap;
use tighten_synthesis::Seen;
use tighten_synthesis::explain::{AnswerCode, Explanation, Reason};
use tighten_synthesis::narrow::Young;
use tighten_synthesis::replay::Verdict;

use crate::page::Prose;
use crate::prose;
use crate::shared::GapReport;
use crate::words::{counted, times};

/// The answer in one sentence, without a final stop. `place` names a statement by the index of its policy and its own.
pub(super) fn answer(explanation: &Explanation, place: &dyn Fn(usize, usize) -> Prose) -> Prose {
    let (code, reason) = (explanation.answer.code, &explanation.answer.reason);
    let on = match &explanation.resource {
        None => Prose::default(),
        Some(on) => prose![" on ", Prose::data(on.asked.to_string())],
    };
    match code {
        AnswerCode::Kept => prose![kept(explanation, reason, on), bounded(explanation)],
        AnswerCode::Narrowed => prose![narrowed(reason, on), bounded(explanation)],
        AnswerCode::Removed => prose![removed(reason, on), refused(explanation)],
        AnswerCode::Granted => match reason {
            Reason::Used { seen, among } => prose!["granted", on, ": ", used(seen, *among)],
            Reason::UsedElsewhere { seen } => {
                prose!["granted", on, ": a granted pattern covers it; elsewhere it was ", used(seen, false)]
            }
            _ => prose!["granted", on],
        },
        AnswerCode::NotGranted => not_granted(explanation, reason, on),
        AnswerCode::Denied => match reason {
            Reason::DeniedBy(by) => {
                prose!["denied", on, ": ", place(by.document, by.statement), " denies it, whatever else allows it"]
            }
            _ => prose!["denied", on],
        },
        AnswerCode::Open => match reason {
            Reason::Conditions { keys } => {
                let keys = Prose::list(keys.iter().map(|key| Prose::data(key.as_str())));
                prose!["open", on, ": ", keys, " decide, which are not known here"]
            }
            _ => prose!["open", on, ": it is allowed on some of what that stands for"],
        },
    }
}

fn kept(explanation: &Explanation, reason: &Reason, on: Prose) -> Prose {
    match reason {
        Reason::Used { seen, among } => prose!["kept", on, ": ", used(seen, *among)],
        Reason::UsedByOthers { principals } => prose!["kept", on, ": ", others(principals)],
        Reason::UsedElsewhere { seen } if explanation.resource.is_some() => {
            prose!["kept", on, ": a pattern that stays covers it; elsewhere it was ", used(seen, false)]
        }
        other => prose!["kept", on, " ", though(other)],
    }
}

fn narrowed(reason: &Reason, on: Prose) -> Prose {
    let less = prose!["kept", on, ", on less than today"];
    match reason {
        Reason::Used { seen, among } => prose![less, ": ", used(seen, *among)],
        Reason::UsedByOthers { principals } => prose![less, ": ", others(principals)],
        Reason::UsedElsewhere { seen } => prose![less, ": elsewhere it was ", used(seen, false)],
        other => prose![less, ", ", though(other)],
    }
}

/// Why something stays that was not seen in use.
fn though(reason: &Reason) -> Prose {
    match reason {
        Reason::NotObservable { gaps } => prose!["although not seen: ", gap(gaps)],
        Reason::TooYoung(young) => prose!["although not seen: ", self::young(*young)],
        Reason::LastAccessed { on } => format!("although not seen: last accessed {on} by IAM's records").into(),
        Reason::KeptByRule { reason } => prose!["by a rule: ", Prose::data(reason.as_str())],
        Reason::WithService => {
            let service = Prose::quoted("service");
            prose!["although not used: other actions of its service are, and the granularity is ", service]
        }
        Reason::NotInCatalog => "although not seen: the catalog does not know the action".into(),
        Reason::UsedElsewhere { seen } => {
            prose!["although the statements answer for none of its uses: ", used(seen, false)]
        }
        _ => "although not used".into(),
    }
}

/// That a boundary stands in the way of what the policies keep.
fn bounded(explanation: &Explanation) -> Prose {
    match &explanation.boundary {
        Some((name, Verdict::ExplicitDeny { .. } | Verdict::ImplicitDeny)) => {
            prose!["; the boundary ", Prose::data(name.as_str()), " does not allow it, so that it has no effect"]
        }
        _ => Prose::default(),
    }
}

/// How often something was refused that goes all the same.
fn refused(explanation: &Explanation) -> Prose {
    match explanation.refused.iter().map(|want| want.seen.count).sum() {
        0 => Prose::default(),
        count => prose!["; it was refused ", times(count)],
    }
}

fn removed(reason: &Reason, on: Prose) -> Prose {
    let is_whole = on.is_empty();
    let removed = prose!["removed", on];
    match reason {
        Reason::Unused { days } => {
            prose![removed, format!(": not used in {}, and its use would have been recorded", counted(*days, "day"))]
        }
        Reason::UsedElsewhere { seen } if is_whole => {
            prose![removed, ": ", used(seen, false), ", but by none of the statements that allow it today"]
        }
        Reason::UsedElsewhere { seen } => prose![removed, ": ", used(seen, false), ", but not there"],
        Reason::NotObservable { gaps } => {
            prose![removed, " although its use could have gone unrecorded: ", gap(gaps)]
        }
        Reason::NeverGranted { reason, used } => {
            let why = reason.as_ref().map(|reason| prose![" (", Prose::data(reason.as_str()), ")"]);
            let though = if *used == 0 { String::new() } else { format!(", although it was used {}", times(*used)) };
            prose![removed, ": a rule forbids it", why.unwrap_or_default(), though]
        }
        Reason::OutsideBoundary { boundary } => {
            prose![removed, ": the boundary ", Prose::data(boundary.as_str()), " does not allow it"]
        }
        Reason::Used { seen, among } => prose![removed, ", although it was ", used(seen, *among)],
        Reason::NotInCatalog => {
            prose![removed, ": the catalog does not know the action, and nothing of it was seen"]
        }
        _ => removed,
    }
}

fn not_granted(explanation: &Explanation, reason: &Reason, on: Prose) -> Prose {
    let no_policy = if explanation.is_current { "no policy of today allows it" } else { "it was never let through" };
    let not = prose!["not granted", on, ": "];
    match reason {
        Reason::NoPolicies => prose![not, "no attached policy binds this principal"],
        Reason::UsedNotAllowed { seen } => {
            let since = "; another policy did, or they have changed since";
            prose![not, no_policy, ", but it was ", used(seen, false), since]
        }
        Reason::Refused { seen } => {
            let last = last(seen).map(|day| format!(", last on {day}")).unwrap_or_default();
            prose![not, no_policy, format!(", and it was refused {}{last}", times(seen.count))]
        }
        Reason::Suspected { seen } => {
            prose![not, counted(seen.count, "call"), " may have needed it, and that is only suspected"]
        }
        Reason::UsedElsewhere { seen } => prose![not, used(seen, false), ", but not there"],
        Reason::Unused { days } => {
            prose![not, format!("not used in {}, and its use would have been recorded", counted(*days, "day"))]
        }
        Reason::NotObservable { gaps } => {
            prose![not, "not seen, but its use could have gone unrecorded: ", gap(gaps)]
        }
        _ => prose![not, no_policy],
    }
}

/// `used 12 times, last on 2026-05-11`.
fn used(seen: &Seen, among: bool) -> String {
    let among = if among { " on this or other resources" } else { "" };
    let last = last(seen).map(|day| format!(", last on {day}")).unwrap_or_default();
    format!("used {}{among}{last}", times(seen.count))
}

fn others(principals: &[tighten_iam::Principal]) -> Prose {
    let hold = if principals.len() == 1 { ", which holds the policy too" } else { ", which hold the policy too" };
    prose!["used by ", Prose::some(principals.iter().map(tighten_iam::Principal::name), 3), hold]
}

fn last(seen: &Seen) -> Option<String> {
    seen.last.map(day)
}

fn day(moment: Timestamp) -> String {
    moment.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d").to_string()
}

/// The first gap, and how many more there are.
fn gap(gaps: &[Gap]) -> Prose {
    let Some(first) = gaps.first() else { return "nobody knows what would record it".into() };
    let report = GapReport::from(first);
    let inferred = if report.inferred { " (inferred)" } else { "" };
    let more = match gaps.len() {
        0 | 1 => String::new(),
        several => format!(", and {} more", counted(several - 1, "gap")),
    };
    prose![report.message, inferred, more]
}

pub(super) fn young(young: Young) -> String {
    match young {
        Young::Window { days, needed } => {
            format!("there are records of {}, and it takes {needed}", counted(days, "day"))
        }
        Young::Principal { created, grace } => {
            format!("the principal was made on {created}, and is left alone for {}", counted(grace, "day"))
        }
        Young::Boundary => "the policy is the permissions boundary of others, too".to_owned(),
        Young::Policy { changed, grace } => {
            format!("the policy was changed on {changed}, and is left alone for {}", counted(grace, "day"))
        }
    }
}
