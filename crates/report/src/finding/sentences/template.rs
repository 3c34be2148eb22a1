//! About what a deployment takes.

use super::facts::Facts;
use crate::page::Prose;
use crate::prose;

pub(super) fn stack_name_assumed(facts: Facts<'_>) -> Prose {
    prose!["the stack is taken to be named ", facts.quote("name", "like its template"), ", as its template is"]
}

pub(super) fn action_left_out(facts: Facts<'_>) -> Prose {
    let actions = facts.say("actions", "some actions");
    prose![actions, " may be called for ", kind(facts), ", and the template names nothing to call them on: left out"]
}

pub(super) fn artifacts(facts: Facts<'_>) -> Prose {
    let objects = facts.list_of("resources", "resource_count", "a bucket that is chosen when it is uploaded");
    prose!["code is fetched from ", objects, ": whoever uploads it needs s3:PutObject there, which is not granted"]
}

pub(super) fn by_type(facts: Facts<'_>) -> Prose {
    let actions = facts.say("actions", "what changes it");
    let named = prose![logical_ids(facts), " (", kind(facts), ") is named by an id alone"];
    prose![named, ", so the whole type is granted for ", actions]
}

pub(super) fn default_assumed(facts: Facts<'_>) -> Prose {
    prose!["names are those of the defaults ", facts.say("parameters", "of some parameters")]
}

pub(super) fn names_open(facts: Facts<'_>) -> Prose {
    prose!["nothing is known of the name of ", logical_ids(facts), " (", kind(facts), "): the whole type is granted"]
}

pub(super) fn nested_unread(facts: Facts<'_>) -> Prose {
    let id = facts.quote("logical_id", "a nested stack");
    prose!["the template of ", id, " was not read: ", facts.say("why", "it is not a file beside the template")]
}

pub(super) fn parameter_open(facts: Facts<'_>) -> Prose {
    prose![
        "nothing is known of the parameters ",
        facts.say("parameters", "of the template"),
        ", so what they name is open"
    ]
}

pub(super) fn passed_to_unknown(facts: Facts<'_>) -> Prose {
    let roles = facts.say("roles", "a role");
    prose![kind(facts), " passes ", roles, ", and the template does not tell to which service"]
}

pub(super) fn type_unknown(facts: Facts<'_>) -> Prose {
    prose!["nothing is known of what ", kind(facts), " takes (", logical_ids(facts), "): the policy has nothing for it"]
}

fn kind(facts: Facts<'_>) -> Prose {
    facts.say("resource_type", "a type of resource")
}

fn logical_ids(facts: Facts<'_>) -> Prose {
    facts.list_of("logical_ids", "logical_id_count", "a resource")
}
