//! About a principal and its calls.

use super::facts::Facts;
use crate::page::Prose;
use crate::prose;

pub(super) fn aws_managed_sso_role(facts: Facts<'_>) -> Prose {
    let set = facts.quote("permission_set", "that it is named after");
    prose!["this is the role of the permission set ", set, ": change it there, not in IAM"]
}

pub(super) fn denied_call(facts: Facts<'_>) -> Prose {
    let error = facts.say("error_code", "denied");
    prose![facts.action(), " was refused ", facts.times(), " (", error, ") and is not granted"]
}

pub(super) fn federated_user(_: Facts<'_>) -> Prose {
    "a federated user has what both its session policy and the user who made the session allow: the policy is for the former"
        .into()
}

pub(super) fn made_elsewhere(facts: Facts<'_>) -> Prose {
    let name = |otherwise| facts.quote("name", otherwise);
    match facts.get("by").and_then(serde_json::Value::as_str) {
        Some("stack") => {
            prose![
                "the stack ",
                name("of its tags"),
                " made it: change its policies in the template, or the next deployment undoes it"
            ]
        }
        _ => "the console of a service made it for that service, which may write its policies again".into(),
    }
}

pub(super) fn mostly_refused(facts: Facts<'_>) -> Prose {
    let has_some = facts.get("actions").and_then(serde_json::Value::as_array).is_some_and(|some| !some.is_empty());
    let without = if has_some {
        prose![": failed calls alone would show ", facts.say("actions", "some")]
    } else {
        Prose::default()
    };
    let calls = facts.counted("calls", "call", "all calls");
    let refused = facts.say("refused", "nearly all");
    prose![refused, " of ", calls, " were refused, so only those that succeeded count as use", without]
}

pub(super) fn no_permissions_used(_: Facts<'_>) -> Prose {
    "none of its calls needed a permission that is known".into()
}

pub(super) fn principal_name_only(_: Facts<'_>) -> Prose {
    "no record names the principal in full: the path in its ARN is a guess".into()
}

pub(super) fn root_user(_: Facts<'_>) -> Prose {
    "the root user acted: no policy restricts it, so its calls should be made by a role".into()
}

pub(super) fn service_linked_role(_: Facts<'_>) -> Prose {
    "the role belongs to a service, and AWS keeps its policy".into()
}

pub(super) fn service_role(facts: Facts<'_>) -> Prose {
    prose![
        "what ",
        facts.say("service", "a service"),
        " did with its permissions (",
        facts.counted("count", "action", "some actions"),
        ") is in a policy of its own: give it to a role of that service, which the principal has to be allowed to pass \
         (iam:PassRole)",
    ]
}

pub(super) fn unmapped_call(facts: Facts<'_>) -> Prose {
    let call = facts.quote("call", "an operation");
    let reason = facts.say("reason", "unknown-call");
    prose![call, " was called ", facts.times(), ", and it is not known which permission it needs (", reason, ")"]
}

pub(super) fn via_service(facts: Facts<'_>) -> Prose {
    let actions = facts.say("actions", "see the evidence");
    prose![facts.say("service", "a service"), " called with its permissions: ", actions]
}
