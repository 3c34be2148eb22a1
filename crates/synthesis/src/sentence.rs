//! A finding as an English sentence.

use serde_json::Value;

use crate::finding::{Finding, FindingCode};

/// The finding in one sentence, lower-case and without a final stop.
pub(crate) fn of(finding: &Finding) -> String {
    let fact = |name: &str, otherwise: &str| fact(finding, name, otherwise);
    let action = || quoted(&fact("action", "an action"));
    let resources = |otherwise: &str| resources(finding, otherwise);
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
            let late = finding.facts.get("late").map(|late| {
                format!("; of {late} events that were delivered days late, some may be counted twice")
            });
            let copies = fact("count", "some");
            format!("{copies} copies of events that were delivered before are not counted{}", late.unwrap_or_default())
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
        FindingCode::MostlyRefused => mostly_refused(finding),
        FindingCode::PrincipalNameOnly => "no record names the principal in full: the path in its ARN is a guess".to_owned(),
        FindingCode::QuotaExceeded if finding.facts.contains_key("policy") => {
            format!("the narrowed {} has {} characters, and {} is the limit", quoted(&fact("policy", "policy")), fact("have", "more"), fact("limit", "less"))
        }
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
        FindingCode::ServiceRole => {
            format!("what {} did with its permissions ({} actions) is in a policy of its own: give it to a role of that service, which the principal has to be allowed to pass (iam:PassRole)", fact("service", "a service"), fact("count", "some"))
        }
        FindingCode::PartialInput => {
            format!("{} files ({} % of the files, {} % of the bytes) were not read to their end, and {} records ({} %) could not be read", fact("files", "some"), fact("files_percent", "?"), fact("bytes_percent", "?"), fact("records", "some"), fact("records_percent", "?"))
        }
        FindingCode::SkippedInput => {
            format!("{} could not be read: {}", fact("count", "some input"), fact("reason", "see the list of what was skipped"))
        }
        FindingCode::UnmappedCall => {
            format!("{} was called {}, and it is not known which permission it needs ({})", quoted(&fact("call", "an operation")), times(finding), fact("reason", "unknown-call"))
        }
        FindingCode::UnresolvedResource => {
            format!("{} is granted on all resources: the records of {} do not name them", action(), fact("calls", "its calls"))
        }
        FindingCode::UnsettledType => unsettled(finding),
        FindingCode::ViaService => {
            format!("{} called with its permissions: {}", fact("service", "a service"), fact("actions", "see the evidence"))
        }
        FindingCode::AwsManagedPolicy
        | FindingCode::CarriedOver
        | FindingCode::KeepExpired
        | FindingCode::KeptAsWritten
        | FindingCode::NeverGrantShared
        | FindingCode::NeverGrantedUsed
        | FindingCode::NotObservable
        | FindingCode::NotObservableDropped
        | FindingCode::SelectorsInferred
        | FindingCode::SharedPolicy
        | FindingCode::ShortWindow
        | FindingCode::SingleRegion
        | FindingCode::TooYoung
        | FindingCode::UnboundPlaceholder
        | FindingCode::UnusedPolicy
        | FindingCode::UsedNotGranted => of_current(finding),
    }
}

fn mostly_refused(finding: &Finding) -> String {
    let fact = |name: &str, otherwise: &str| fact(finding, name, otherwise);
    let without = match fact("actions", "").as_str() {
        "" => String::new(),
        actions => format!(": failed calls alone would show {actions}"),
    };
    let (refused, calls) = (fact("refused", "nearly all"), fact("calls", "all"));
    format!("{refused} of {calls} calls were refused, so only those that succeeded count as use{without}")
}

/// About types that calls left open.
fn unsettled(finding: &Finding) -> String {
    let action = quoted(&fact(finding, "action", "an action"));
    if finding.facts.contains_key("policy") {
        let types = fact(finding, "types", "some types");
        return format!(
            "{action} stays on {types}: its calls may have been checked on that, and their records do not tell"
        );
    }
    let granted = finding.facts.get("granted_types").map(|_| fact(finding, "granted_types", "a type"));
    let has_others = finding.facts.get("types").and_then(Value::as_array).is_none_or(|types| !types.is_empty());
    match granted {
        Some(granted) if !has_others => {
            format!("{action} is granted on all of {granted}, which AWS requires and the records do not tell")
        }
        _ => {
            let granted = granted.map(|granted| format!("; all of {granted} is granted, which AWS requires"));
            let types = fact(finding, "types", "further types");
            format!("{action} may need {types} besides, and the records do not tell{}", granted.unwrap_or_default())
        }
    }
}

/// What is said of current policies and of what became of them.
fn of_current(finding: &Finding) -> String {
    let fact = |name: &str, otherwise: &str| fact(finding, name, otherwise);
    let action = || quoted(&fact("action", "an action"));
    let policy = || quoted(&fact("policy", "the policy"));
    let resources = |otherwise: &str| resources(finding, otherwise);
    match finding.code {
        FindingCode::AwsManagedPolicy => {
            format!("{} is a policy of AWS and cannot be changed: attach the narrowed document instead of it", policy())
        }
        FindingCode::CarriedOver => {
            format!("statement {} of {} holds what is not understood ({}), which stays as it is", fact("statement", "?"), policy(), fact("patterns", "no statement of an identity policy"))
        }
        FindingCode::KeepExpired => {
            format!("the rule that keeps {} ({}) held until {}: it is ignored", action(), fact("reason", "no reason given"), fact("expires", "some day"))
        }
        FindingCode::KeptAsWritten => {
            format!("{} actions of {} keep the resource patterns that its author scoped, though less was used; `--resources exact` narrows them", fact("count", "some"), policy())
        }
        FindingCode::NeverGrantShared => {
            format!(
                "{} stays in {}, though a rule forbids it to {}: {} holds the policy, too, and would lose it",
                action(),
                policy(),
                fact("principals", "some"),
                resources("somebody else")
            )
        }
        FindingCode::NeverGrantedUsed => {
            format!("{} was used {} and a rule forbids it: these calls would be denied", action(), times(finding))
        }
        FindingCode::NotObservable => {
            format!("{} actions of {} ({}) stay, because the records could not have shown their use ({}); docs/coverage.md says what would", fact("count", "some"), policy(), fact("services", "some services"), fact("gap", "unknown"))
        }
        FindingCode::NotObservableDropped => {
            format!("{} actions of {} ({}) go though the records could not have shown their use ({}): `{} keep` keeps them", fact("count", "some"), policy(), fact("services", "some services"), fact("gap", "unknown"), if fact("gap", "") == "no-known-call" { "--without-known-call" } else { "--unobservable" })
        }
        FindingCode::SelectorsInferred => {
            "what the trail records was concluded from the records alone: `--event-selectors` with the output of `aws cloudtrail get-event-selectors` makes it certain, and lets data events count".to_owned()
        }
        FindingCode::SharedPolicy => {
            format!("{} is attached to {}: it is narrowed to what all of them used", policy(), resources("several principals"))
        }
        FindingCode::ShortWindow => {
            let days = fact("days", "a few");
            let days = if days == "1" { "only one day".to_owned() } else { format!("only {days} days") };
            format!("{days} of account {} with records: what happens once a month was not seen", fact("account", "of the trail"))
        }
        FindingCode::SingleRegion => {
            format!("all records of account {} are of {}: what was done in other regions is seen only if the trail records all regions", fact("account", "of the trail"), fact("region", "one region"))
        }
        FindingCode::TooYoung => {
            let bounds = finding.facts.contains_key("boundary");
            let why = match (finding.facts.get("days"), finding.facts.get("created")) {
                _ if bounds => "it is the permissions boundary of others".to_owned(),
                (Some(days), _) => format!("{} days have records, and {} are needed", text(days), fact("needed", "more")),
                (None, Some(created)) => format!("the principal was made on {}", text(created)),
                (None, None) => format!("it was changed on {}", fact("changed", "a recent day")),
            };
            format!("nothing is taken from {}: {why}", policy())
        }
        FindingCode::UnboundPlaceholder => {
            let name = fact("name", "a name");
            format!("{} in {} has no value, so what it stands for stays as it is: `--define {name}=VALUE`", quoted(&name), policy())
        }
        FindingCode::UnusedPolicy => {
            format!("nothing of what {} allows was used: it can be detached", policy())
        }
        FindingCode::UsedNotGranted => {
            format!("{} was used {} and no current policy allows it on {}: another policy did, or it has been changed", action(), times(finding), resources("that resource"))
        }
        _ => finding.code.to_string(),
    }
}

fn fact(finding: &Finding, name: &str, otherwise: &str) -> String {
    finding.facts.get(name).map_or_else(|| otherwise.to_owned(), text)
}

fn resources(finding: &Finding, otherwise: &str) -> String {
    match (finding.facts.get("resources"), finding.facts.get("resource_count")) {
        (Some(Value::Array(items)), Some(count)) => named(items, count.as_u64()),
        (Some(value), _) => text(value),
        (None, _) => otherwise.to_owned(),
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
