//! About policies of today, and about what becomes of them.

use super::facts::Facts;
use crate::page::Prose;
use crate::prose;

pub(super) fn aws_managed_policy(facts: Facts<'_>) -> Prose {
    prose![facts.policy(), " is a policy of AWS and cannot be changed: attach the narrowed document instead of it"]
}

pub(super) fn carried_over(facts: Facts<'_>) -> Prose {
    let patterns = facts.say("patterns", "no statement of an identity policy");
    let statement = facts.say("statement", "?");
    prose![
        "statement ",
        statement,
        " of ",
        facts.policy(),
        " holds what is not understood (",
        patterns,
        "), which stays as it is"
    ]
}

pub(super) fn keep_expired(facts: Facts<'_>) -> Prose {
    let reason = facts.say("reason", "no reason given");
    let expires = facts.say("expires", "some day");
    prose!["the rule that keeps ", facts.action(), " (", reason, ") held until ", expires, ": it is ignored"]
}

pub(super) fn kept_as_written(facts: Facts<'_>) -> Prose {
    let actions = facts.counted("count", "action", "some actions");
    let keep = if facts.is_one("count") { " keeps" } else { " keep" };
    prose![
        actions,
        " of ",
        facts.policy(),
        keep,
        " the resource patterns that the author scoped, though less was used; ",
        Prose::quoted("--resources exact"),
        " narrows them",
    ]
}

pub(super) fn never_grant_shared(facts: Facts<'_>) -> Prose {
    prose![
        facts.action(),
        " stays in ",
        facts.policy(),
        ", though a rule forbids it to ",
        facts.say("principals", "some"),
        ": ",
        facts.resources("somebody else"),
        " holds the policy, too, and would lose it",
    ]
}

pub(super) fn never_granted_used(facts: Facts<'_>) -> Prose {
    prose![facts.action(), " was used ", facts.times(), " and a rule forbids it: these calls would be denied"]
}

/// `12 actions of a policy (these services)`.
fn unseen(facts: Facts<'_>) -> Prose {
    let actions = facts.counted("count", "action", "some actions");
    prose![actions, " of ", facts.policy(), " (", services(facts), ")"]
}

/// The services, of which the list may be cut.
fn services(facts: Facts<'_>) -> Prose {
    facts.list_of("services", "service_count", "some services")
}

pub(super) fn not_observable(facts: Facts<'_>) -> Prose {
    let stay = if facts.is_one("count") { " stays" } else { " stay" };
    let gap = facts.say("gap", "unknown");
    let why = ", because the records could not have shown their use (";
    prose![unseen(facts), stay, why, gap, "); docs/coverage.md says what would"]
}

pub(super) fn not_observable_dropped(facts: Facts<'_>) -> Prose {
    let go = if facts.is_one("count") { " goes" } else { " go" };
    let option = if facts.is("gap", "no-known-call") { "--without-known-call keep" } else { "--unobservable keep" };
    prose![
        unseen(facts),
        go,
        " though the records could not have shown their use (",
        facts.say("gap", "unknown"),
        "): ",
        Prose::quoted(option),
        if facts.is_one("count") { " keeps it" } else { " keeps them" },
    ]
}

pub(super) fn shared_policy(facts: Facts<'_>) -> Prose {
    let holders = facts.resources("several principals");
    prose![facts.policy(), " is attached to ", holders, ": it is narrowed to what all of them used"]
}

pub(super) fn too_young(facts: Facts<'_>) -> Prose {
    let why = if facts.has("boundary") {
        "it is the permissions boundary of others".into()
    } else if facts.has("days") {
        let have = if facts.is_one("days") { " has" } else { " have" };
        let days = facts.counted("days", "day", "a few days");
        prose![days, have, " records, and ", facts.say("needed", "more"), " are needed"]
    } else if facts.has("created") {
        prose!["the principal was made on ", facts.say("created", "a recent day")]
    } else {
        prose!["it was changed on ", facts.say("changed", "a recent day")]
    };
    prose!["nothing is taken from ", facts.policy(), ": ", why]
}

pub(super) fn unbound_placeholder(facts: Facts<'_>) -> Prose {
    let name = facts.get("name").and_then(serde_json::Value::as_str).unwrap_or("NAME");
    prose![
        facts.quote("name", "a name"),
        " in ",
        facts.policy(),
        " has no value, so what it stands for stays as it is: ",
        Prose::quoted(format!("--define {name}=VALUE")),
    ]
}

pub(super) fn second_opinion_differs(facts: Facts<'_>) -> Prose {
    prose![
        "Access Analyzer objects to the narrowed ",
        facts.policy(),
        ": ",
        facts.say("reasons", "it allows something new")
    ]
}

pub(super) fn simulation_differs(facts: Facts<'_>) -> Prose {
    let allows = facts.get("simulator_allows").and_then(serde_json::Value::as_bool).unwrap_or_default();
    let (simulator, ours) = if allows { ("allows ", "deny it") } else { ("denies ", "allow it") };
    let on = facts.resources("its resource");
    prose!["IAM's policy simulator ", simulator, facts.action(), " on ", on, ", and the narrowed policies ", ours]
}

pub(super) fn unused_policy(facts: Facts<'_>) -> Prose {
    prose!["nothing of what ", facts.policy(), " allows was used: it can be detached"]
}

pub(super) fn used_not_granted(facts: Facts<'_>) -> Prose {
    prose![
        facts.action(),
        " was used ",
        facts.times(),
        " and no current policy allows it on ",
        facts.resources("that resource"),
        ": another policy did, or it has been changed",
    ]
}

pub(super) fn sibling_removed(facts: Facts<'_>) -> Prose {
    prose![
        "what remains of ",
        facts.policy(),
        " creates ",
        facts.say("resource_types", "things"),
        " and could no longer delete them: ",
        facts.say("actions", "what deletes them"),
        " goes",
    ]
}
