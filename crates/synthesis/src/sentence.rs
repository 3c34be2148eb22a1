//! A finding as an English sentence.

use serde_json::Value;

use crate::finding::{Finding, FindingCode};

/// The finding in one sentence, lower-case and without a final stop.
pub(crate) fn of(finding: &Finding) -> String {
    let fact = |name: &str, otherwise: &str| finding.facts.get(name).map_or_else(|| otherwise.to_owned(), text);
    let action = || quoted(&fact("action", "an action"));
    let resources = |otherwise: &str| match (finding.facts.get("resources"), finding.facts.get("resource_count")) {
        (Some(Value::Array(items)), Some(count)) => named(items, count.as_u64()),
        (Some(value), _) => text(value),
        (None, _) => otherwise.to_owned(),
    };
    match finding.code {
        FindingCode::AwsManagedSsoRole => {
            format!("this is the role of the permission set {}: change it there, not in IAM", quoted(&fact("permission_set", "that it is named after")))
        }
        FindingCode::CoverageHole => {
            format!("nothing was recorded in account {} from {} to {}", fact("account", "of the trail"), fact("from", "its beginning"), fact("to", "its end"))
        }
        FindingCode::DeniedCall => {
            format!("{} was refused {} ({}) and is not granted", action(), times(finding), fact("error_code", "denied"))
        }
        FindingCode::DuplicateEvents => {
            format!("{} copies of events that were delivered before are not counted", fact("count", "some"))
        }
        FindingCode::FederatedUser => {
            "a federated user has what both its session policy and the user who made the session allow: the policy is for the former".to_owned()
        }
        FindingCode::NoDataEvents => {
            "the input holds no data events: what was done with the content of resources is not seen".to_owned()
        }
        FindingCode::NoPermissionsUsed => "none of its calls needed a permission that is known".to_owned(),
        FindingCode::PassRoleProfileUnknown => {
            format!("iam:PassRole is granted on a guess, {}: no record tells the role in the instance profile, and it is taken to bear the profile's name; `aws iam get-instance-profile` tells", fact("roles", "the role named like the profile"))
        }
        FindingCode::PassRoleSuspected => {
            format!("{} may pass {} to a service: iam:PassRole is not granted for it", quoted(&fact("rule", "a parameter")), fact("roles", "a role"))
        }
        FindingCode::PathUnknown => {
            format!("{} is known by name alone, so it is granted with and without a path", resources("an IAM entity"))
        }
        FindingCode::PolicySplit => {
            format!("the permissions do not fit into one document of {} characters: they are in {}", fact("limit", "the size allowed"), fact("documents", "several"))
        }
        FindingCode::PrincipalNameOnly => "no record names the principal in full: the path in its ARN is a guess".to_owned(),
        FindingCode::QuotaExceeded => {
            format!("{} of {} do not fit: {} is the limit", fact("have", "the documents"), fact("what", "what is needed"), fact("limit", "what can be attached"))
        }
        FindingCode::ResourceByType => {
            format!("{} is granted on {}: the records of {} tell the type of the resource and not its name", action(), resources("a whole type"), fact("calls", "its calls"))
        }
        FindingCode::ResourceWidened if fact("reason", "") == "crowded" => {
            format!("{} takes the place of {} names, more than are listed, for {}", resources("a wildcard"), fact("count", "many"), fact("actions", "some actions"))
        }
        FindingCode::ResourceWidened => {
            let why = match fact("reason", "").as_str() {
                "illegal-characters" => "its name has characters that no policy may hold",
                "too-many" => "more names were seen than are kept apart",
                _ => "its names could not be written down",
            };
            format!("{} is granted on {}: {why}", action(), resources("a wildcard"))
        }
        FindingCode::RootUser => "the root user acted: no policy restricts it, so its calls should be made by a role".to_owned(),
        FindingCode::ServiceLinkedRole => "the role belongs to a service, and AWS keeps its policy".to_owned(),
        FindingCode::SkippedInput => {
            format!("{} could not be read: {}", fact("count", "some input"), fact("reason", "see the list of what was skipped"))
        }
        FindingCode::UnmappedCall => {
            format!("{} was called {}, and it is not known which permission it needs ({})", quoted(&fact("call", "an operation")), times(finding), fact("reason", "unknown-call"))
        }
        FindingCode::UnresolvedResource => {
            format!("{} is granted on all resources: the records of {} do not name them", action(), fact("calls", "its calls"))
        }
        FindingCode::ViaService => {
            format!("{} called with its permissions: {}", fact("service", "a service"), fact("actions", "see the evidence"))
        }
    }
}

fn quoted(text: &str) -> String {
    if text.contains(' ') { text.to_owned() } else { format!("`{text}`") }
}

fn times(finding: &Finding) -> String {
    match finding.facts.get("count").and_then(Value::as_u64) {
        None => "at least once".to_owned(),
        Some(1) => "once".to_owned(),
        Some(count) => format!("{count} times"),
    }
}

/// How many members of a list a sentence names.
const NAMED: usize = 3;

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => named(items, None),
        other => other.to_string(),
    }
}

/// The first items of a list, and how many more there are; of `count`, where the list itself is cut.
fn named(items: &[Value], count: Option<u64>) -> String {
    let named: Vec<String> = items.iter().take(NAMED).map(text).collect();
    let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(items.len());
    let more = count.saturating_sub(named.len());
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{rest}", named.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut_short() {
        let finding = Finding::new(FindingCode::ViaService)
            .with("service", "athena.amazonaws.com")
            .with_list("actions", ["a:B", "a:C", "a:D", "a:E", "a:F"]);
        assert_eq!(finding.summary(), "athena.amazonaws.com called with its permissions: a:B, a:C, a:D and 2 more");
    }

    #[test]
    fn counts_read_as_words() {
        let denied =
            Finding::new(FindingCode::DeniedCall).with("action", "s3:GetObject").with("error_code", "AccessDenied");
        assert_eq!(
            denied.clone().with("count", 1).summary(),
            "`s3:GetObject` was refused once (AccessDenied) and is not granted"
        );
        assert_eq!(
            denied.with("count", 7).summary(),
            "`s3:GetObject` was refused 7 times (AccessDenied) and is not granted"
        );
    }
}
