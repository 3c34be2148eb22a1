//! About what a policy grants and on what.

use serde_json::Value;

use super::facts::Facts;
use crate::page::Prose;
use crate::prose;

pub(super) fn pass_role_profile_unknown(facts: Facts<'_>) -> Prose {
    prose![
        "iam:PassRole is granted on a guess, ",
        facts.say("roles", "the role named like the profile"),
        ": no record tells the role in the instance profile, and it is taken to bear the profile's name; ",
        Prose::quoted("aws iam get-instance-profile"),
        " tells",
    ]
}

pub(super) fn pass_role_suspected(facts: Facts<'_>) -> Prose {
    let (rule, roles) = (facts.quote("rule", "a parameter"), facts.say("roles", "a role"));
    prose![rule, " may pass ", roles, " to a service: iam:PassRole is not granted for it"]
}

pub(super) fn path_unknown(facts: Facts<'_>) -> Prose {
    let entity = facts.resources("an IAM entity");
    prose![entity, " is known by name alone, so it is granted with and without a path"]
}

pub(super) fn policy_split(facts: Facts<'_>) -> Prose {
    prose![
        "the permissions do not fit into one document of ",
        facts.counted("limit", "character", "the size allowed"),
        ": they are in ",
        facts.say("documents", "several"),
    ]
}

pub(super) fn quota_exceeded(facts: Facts<'_>) -> Prose {
    let limit = facts.say("limit", "less");
    if facts.has("policy") {
        let characters = facts.counted("have", "character", "more characters");
        return prose![
            "the narrowed ",
            facts.quote("policy", "policy"),
            " has ",
            characters,
            ", and ",
            limit,
            " is the limit"
        ];
    }
    let (have, what) = (facts.say("have", "the documents"), facts.say("what", "what is needed"));
    prose![have, " of ", what, " do not fit: ", facts.say("limit", "what can be attached"), " is the limit"]
}

pub(super) fn resource_by_type(facts: Facts<'_>) -> Prose {
    prose![
        facts.action(),
        " is granted on ",
        facts.resources("a whole type"),
        ": the records of ",
        facts.say("calls", "its calls"),
        " tell the type of the resource and not its name",
    ]
}

pub(super) fn resource_widened(facts: Facts<'_>) -> Prose {
    let pattern = facts.resources("a wildcard");
    if facts.is("reason", "crowded") {
        let names = facts.counted("count", "name", "many names");
        let actions = facts.say("actions", "some actions");
        return prose![pattern, " takes the place of ", names, ", more than are listed, for ", actions];
    }
    let why = match facts.get("reason").and_then(Value::as_str) {
        Some("illegal-characters") => "its name has characters that no policy may hold",
        Some("too-many") => "more names were seen than are kept apart",
        _ => "its names could not be written down",
    };
    prose![facts.action(), " is granted on ", pattern, ": ", why]
}

pub(super) fn guarded_names_listed(facts: Facts<'_>) -> Prose {
    prose![
        facts.action(),
        " is granted on ",
        facts.resources("the names that were seen"),
        " alone: others keep taking their place, and the next one will be refused"
    ]
}

pub(super) fn guarded_names_opened(facts: Facts<'_>) -> Prose {
    prose![
        facts.action(),
        " is granted on ",
        facts.resources("a pattern"),
        ", because others keep taking the place of those seen: what bears such a name decides what runs"
    ]
}

pub(super) fn unresolved_resource(facts: Facts<'_>) -> Prose {
    let calls = facts.say("calls", "its calls");
    prose![facts.action(), " is granted on all resources: the records of ", calls, " do not name them"]
}

/// About types that calls left open.
pub(super) fn unsettled_type(facts: Facts<'_>) -> Prose {
    let action = facts.action();
    if facts.has("policy") {
        let types = facts.say("types", "some types");
        return prose![
            action,
            " stays on ",
            types,
            ": its calls may have been checked on that, and their records do not tell"
        ];
    }
    let granted = facts.say("granted_types", "a type");
    let has_others = facts.get("types").and_then(Value::as_array).is_none_or(|types| !types.is_empty());
    if facts.has("granted_types") && !has_others {
        return prose![action, " is granted on all of ", granted, ", which AWS requires and the records do not tell"];
    }
    let besides = if facts.has("granted_types") {
        prose!["; all of ", granted, " is granted, which AWS requires"]
    } else {
        Prose::default()
    };
    let types = facts.say("types", "further types");
    prose![action, " may need ", types, " besides, and the records do not tell", besides]
}

pub(super) fn siblings_added(facts: Facts<'_>) -> Prose {
    let actions = facts.counted("count", "action", "some actions");
    prose![
        actions,
        " that go with creating ",
        facts.say("resource_types", "what was created"),
        " are granted on the same resources though they were not used: ",
        facts.say("actions", "to read, change, tag and delete it"),
    ]
}
