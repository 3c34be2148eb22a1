//! About the input as a whole.

use super::facts::Facts;
use crate::page::Prose;
use crate::prose;
use crate::words::{bytes, count};

pub(super) fn archived_logs(facts: Facts<'_>) -> Prose {
    let lie = if facts.is_one("count") {
        " lies in an archive and was not read"
    } else {
        " lie in an archive and were not read"
    };
    let days = facts.counted("days", "day", "an unknown number of days");
    let span = facts
        .number("days")
        .filter(|days| *days > 0)
        .map(|_| format!(", from {} to {}", facts.say("from", "the first"), facts.say("to", "the last")));
    let size = facts.number("bytes").map(|size| format!(" ({})", bytes(size))).unwrap_or_default();
    let wait = match facts.number("deep") {
        Some(1..) => "restoring them takes up to 48 hours, because some are in Deep Archive",
        _ => "restoring them takes 3 to 5 hours, or up to 12 in bulk",
    };
    prose![
        facts.counted("count", "log object", "some log objects"),
        size,
        " of ",
        days,
        span.unwrap_or_default(),
        lie,
        "; ",
        wait,
    ]
}

pub(super) fn coverage_hole(facts: Facts<'_>) -> Prose {
    let (from, to) = (facts.say("from", "its beginning"), facts.say("to", "its end"));
    prose!["nothing was recorded in account ", facts.say("account", "of the trail"), " from ", from, " to ", to]
}

pub(super) fn duplicate_events(facts: Facts<'_>) -> Prose {
    let late = facts.number("late").map(|number| match number {
        1 => "; 1 event that was delivered days late may be counted twice".to_owned(),
        several => format!("; of {} events that were delivered days late, some may be counted twice", count(several)),
    });
    let copies = facts.counted("count", "copy", "some copies");
    let what = if facts.is_one("count") {
        " of an event that was delivered before is not counted"
    } else {
        " of events that were delivered before are not counted"
    };
    prose![copies, what, late.unwrap_or_default()]
}

pub(super) fn no_data_events(_: Facts<'_>) -> Prose {
    "the input holds no data events: what was done with the content of resources is not seen".into()
}

pub(super) fn object_names(facts: Facts<'_>) -> Prose {
    let were = if facts.is_one("count") { ", which was not read" } else { ", which were not read" };
    prose!["notifications name ", facts.counted("count", "log object", "some log objects"), were]
}

pub(super) fn partial_input(facts: Facts<'_>) -> Prose {
    let were = if facts.is_one("files") { "was not read to its end" } else { "were not read to their end" };
    prose![
        facts.counted("files", "file", "some files"),
        " (",
        facts.say("files_percent", "?"),
        " % of the files, ",
        facts.say("bytes_percent", "?"),
        format!(" % of the bytes) {were}, and "),
        facts.counted("records", "record", "some records"),
        " (",
        facts.say("records_percent", "?"),
        " %) could not be read",
    ]
}

pub(super) fn search_results(facts: Facts<'_>) -> Prose {
    let files = facts.counted("count", "file", "some files");
    prose!["the records of ", files, " are results of a search: what it left out is not known"]
}

pub(super) fn selectors_inferred(_: Facts<'_>) -> Prose {
    prose![
        "what the trail records was concluded from the records alone: ",
        Prose::quoted("--event-selectors"),
        " with the output of ",
        Prose::quoted("aws cloudtrail get-event-selectors"),
        " makes it certain, and lets data events count",
    ]
}

pub(super) fn short_window(facts: Facts<'_>) -> Prose {
    let has = if facts.is_one("days") { " has" } else { " have" };
    let days = facts.counted("days", "day", "a few days");
    let account = facts.say("account", "of the trail");
    prose!["only ", days, " of account ", account, has, " records: what happens once a month was not seen"]
}

pub(super) fn single_region(facts: Facts<'_>) -> Prose {
    prose![
        "all records of account ",
        facts.say("account", "of the trail"),
        " are of ",
        facts.say("region", "one region"),
        ": what was done in other regions is seen only if the trail records all regions",
    ]
}

pub(super) fn skipped_input(facts: Facts<'_>) -> Prose {
    let reason = facts.say("reason", "see the list of what was skipped");
    prose![facts.say("count", "some input"), " could not be read: ", reason]
}

pub(super) fn unreadable_policy(facts: Facts<'_>) -> Prose {
    let (policy, problem) = (facts.say("policy", "a policy"), facts.say("problem", "it cannot be read"));
    prose![policy, " is no policy and stays as it is: ", problem]
}
