//! About the trails of an account and its event history.

use super::facts::Facts;
use crate::page::Prose;
use crate::prose;

pub(super) fn event_history(facts: Facts<'_>) -> Prose {
    let user =
        if facts.has("user") { prose![" of user ", facts.say("user", "one"), " alone"] } else { Prose::default() };
    prose![
        "the event history",
        user,
        " was read from ",
        facts.say("from", "its beginning"),
        " to ",
        facts.say("to", "its end"),
        " in ",
        facts.counted("regions", "region", "some regions"),
        ": it holds management events of 90 days, and no data events",
    ]
}

pub(super) fn other_trails(facts: Facts<'_>) -> Prose {
    prose!["besides ", trail(facts), " there are further trails: ", facts.say("others", "see the account")]
}

pub(super) fn trail_delivery_error(facts: Facts<'_>) -> Prose {
    prose![trail(facts), " cannot deliver its logs: ", facts.say("error", "it does not say why")]
}

pub(super) fn trail_not_recursive(facts: Facts<'_>) -> Prose {
    prose![trail(facts), " leaves out the calls by which CloudTrail delivers its logs"]
}

pub(super) fn trail_started_late(facts: Facts<'_>) -> Prose {
    let window = prose![", and records from ", facts.say("window", "an earlier time"), " on are asked for"];
    prose![trail(facts), " was started at ", facts.say("started", "some time"), window]
}

pub(super) fn trail_stopped(facts: Facts<'_>) -> Prose {
    prose![trail(facts), " was stopped: nothing is recorded since ", facts.say("since", "then")]
}

fn trail(facts: Facts<'_>) -> Prose {
    facts.quote("trail", "the trail")
}
