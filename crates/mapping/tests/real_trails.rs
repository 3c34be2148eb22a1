//! The mapping against real CloudTrail records, where a collection of them is at hand beside the repository.
//!
//! The bars are the project's promise about mapping; the collection is not part of the repository, so that without it
//! the tests say so and pass.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]
#![expect(clippy::print_stdout, reason = "says what is not there, and what was measured")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tighten_catalog::Catalog;
use tighten_iam::{ActionName, Arn, ResourcePattern};
use tighten_mapping::{Call, Certainty, Mapped, Mapper, Named, NamedResource, Need, NoNeed};
use tighten_trail::{
    DeniedResource, Event, Identity, Json, Limits, Outcome, Reader, Window, denial, identify, list, outcome,
};

/// One caller-made API call, mapped.
struct Mapping {
    source: String,
    name: String,
    outcome: Outcome,
    message: Option<(ActionName, Option<DeniedResource>)>,
    text: String,
    mapped: Mapped,
    /// What the mapping makes of it if it gets to see the message.
    told: Mapped,
}

/// The calls that no permission is known for, all but one of them made up by whoever wrote the records: event names under the
/// sources of other services, or that no service has. The console's own call of Identity Center was real; IAM has no action
/// for it any more.
const UNMAPPED: [(&str, &str); 17] = [
    ("cloudtrail", "DeleteRule"),
    ("cloudtrail", "DescribeTrail"),
    ("cloudtrail", "EnableRegion"),
    ("ec2", "DeleteBucketEncryption"),
    ("ec2", "DeleteBucketPublicAccessBlock"),
    ("ec2", "DeleteBucketReplication"),
    ("ec2", "PutBucketLogging"),
    ("ec2", "PutBucketVersioning"),
    ("ec2", "RegisterManagedInstance"),
    ("ec2messages", "SendHeartbeat"),
    ("iam", "DescribePolicy"),
    ("iam", "DetachUserGroup"),
    ("iam", "NotCreateUser"),
    ("iam", "PutPolicy"),
    ("s3", "CreateServiceLinkedRole"),
    ("s3", "SetQueueAttributes"),
    ("sso", "DescribePermissionsPolicies"),
];

/// Maps every caller-made call of the collection; `None` where there is no collection.
fn mappings() -> Option<Vec<Mapping>> {
    let trails = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/trails");
    if !trails.is_dir() {
        println!("skipped: no collection of real trails at {}", trails.display());
        return None;
    }
    let mapper = Mapper::new(Catalog::embedded());
    let listing = list(&[PathBuf::from(&trails)], &Window::default()).unwrap();
    let mut found = Vec::new();
    let mut reader = Reader::new();
    for file in &listing.objects {
        reader.read(file, &Limits::default(), &mut |event| found.extend(mapping(&mapper, &event)));
    }
    Some(found)
}

fn mapping(mapper: &Mapper, event: &Event<'_>) -> Option<Mapping> {
    let Identity::Principal { principal, .. } = identify(event) else { return None };
    // Whoever shared some records replaced the account in one place and not in the message; the message's caller tells.
    let told = denial(event).and_then(|denial| denial.user?.parse::<Arn>().ok());
    let account = told.as_ref().map_or(principal.account(), |user| user.account()).to_owned();
    // The message is what the prediction is judged by, so the mapping does not get to see it.
    let call = Call {
        event_source: &event.event_source,
        event_name: &event.event_name,
        region: &event.aws_region,
        account: &account,
        principal: Some(&principal),
        parameters: event.request_parameters.and_then(Json::value),
        resources: event.resources.and_then(Json::value),
        error_code: event.error_code.as_deref(),
        named: None,
    };
    let said = denial(event).and_then(|denial| Some((denial.action?.parse::<ActionName>().ok()?, denial.resource)));
    let resource = said.as_ref().and_then(|(_, resource)| resource.as_ref()).map(|resource| match resource {
        DeniedResource::Any => NamedResource::Any,
        DeniedResource::Arn(text) => NamedResource::Arn(text),
        DeniedResource::Name(name) => NamedResource::Name(name),
        DeniedResource::Iam { kind, name } => NamedResource::Entity { kind, name },
    });
    let action = said.as_ref().map(|(action, _)| action);
    let told = mapper.needs(&Call { named: Some(Named { action, resource }), ..call });
    Some(Mapping {
        told,
        source: event.event_source.clone().into_owned(),
        name: event.event_name.clone().into_owned(),
        outcome: outcome(event),
        message: said.clone(),
        text: format!(
            "{} {} {}",
            event.request_parameters.map_or("null", |json| json.get()),
            event.resources.map_or("", |json| json.get()),
            event.error_message.as_deref().unwrap_or_default()
        ),
        mapped: mapper.needs(&call),
    })
}

fn supports_resources(need: &Need) -> bool {
    Catalog::embedded().service(need.action.service()).unwrap().action(need.action.name()).unwrap().supports_resources()
}

fn share(part: usize, whole: usize) -> f64 {
    100.0 * f64::from(u32::try_from(part).unwrap()) / f64::from(u32::try_from(whole.max(1)).unwrap())
}

#[test]
fn calls_map_to_actions_that_exist() {
    let Some(mappings) = mappings() else { return };
    let mut unmapped: BTreeMap<(String, String, &str), usize> = BTreeMap::new();
    for one in &mappings {
        match &one.mapped {
            Mapped::None(NoNeed::NoPermission) => {}
            Mapped::None(reason) => {
                *unmapped.entry((one.source.clone(), one.name.clone(), reason.code())).or_default() += 1;
            }
            Mapped::Needs(needs) => {
                for need in needs {
                    let service = Catalog::embedded().service(need.action.service());
                    assert!(service.is_some_and(|s| s.action(need.action.name()).is_some()), "{}", need.action);
                }
            }
        }
    }
    let missed: usize = unmapped.values().sum();
    println!("{} caller-made calls, {missed} unmapped:", mappings.len());
    for ((source, name, reason), count) in &unmapped {
        println!("  {count} {source} {name}: {reason}");
    }
    println!("mapped: {:.2} %", share(mappings.len() - missed, mappings.len()));
    assert!(mappings.len() > 4_000, "{}", mappings.len());
    let known = UNMAPPED.map(|(source, name)| (format!("{source}.amazonaws.com"), name.to_owned()));
    let found: BTreeSet<(String, String)> = unmapped.into_keys().map(|(source, name, _)| (source, name)).collect();
    assert_eq!(found, BTreeSet::from(known));
}

#[test]
fn a_message_that_names_an_action_is_all_that_was_wanted() {
    let Some(mappings) = mappings() else { return };
    let mut named = 0;
    for one in mappings.iter().filter(|one| one.outcome == Outcome::Denied) {
        let Some((action, resource)) = &one.message else { continue };
        let needs = one.told.needs();
        assert!(!needs.is_empty() && needs.iter().all(|need| need.action == *action), "{action}: {needs:?}");
        let patterns: Vec<&str> = needs.iter().flat_map(|need| &need.resources).map(ResourcePattern::as_str).collect();
        match resource {
            Some(DeniedResource::Any) => assert_eq!(patterns, ["*"], "{action}"),
            // Policies have to write what AWS appends to the names of secrets.
            Some(DeniedResource::Arn(text)) => assert_eq!(patterns, [text.as_str()], "{action}"),
            Some(DeniedResource::Iam { kind, name }) => {
                assert!(patterns.iter().all(|pattern| pattern.ends_with(&format!(":{kind}/{name}"))), "{patterns:?}");
            }
            Some(DeniedResource::Name(name)) => {
                let kept = patterns.iter().all(|pattern| pattern.contains(name.as_str()));
                assert!(kept || needs.iter().all(|need| need.certainty == Certainty::ByType), "{name}: {patterns:?}");
            }
            None => {}
        }
        named += 1;
    }
    println!("{named} messages name the action");
    assert!(named >= 90, "{named}");
}

#[test]
fn resources_are_found() {
    let Some(mappings) = mappings() else { return };
    let mut counts: BTreeMap<Certainty, usize> = BTreeMap::new();
    let mut open: BTreeMap<(Certainty, String, String), (usize, String)> = BTreeMap::new();
    for one in &mappings {
        for need in one.mapped.needs().iter().filter(|need| !need.suspected && supports_resources(need)) {
            *counts.entry(need.certainty).or_default() += 1;
            if need.certainty != Certainty::Exact {
                let key = (need.certainty, need.action.to_string(), need.rule.clone());
                let entry = open.entry(key).or_insert_with(|| (0, one.text.clone()));
                entry.0 += 1;
            }
        }
    }
    let total: usize = counts.values().sum();
    for ((certainty, action, rule), (count, text)) in &open {
        println!("{certainty} {count} {action} [{rule}] {}", text.chars().take(200).collect::<String>());
    }
    let exact = share(counts.get(&Certainty::Exact).copied().unwrap_or_default(), total);
    let settled = exact + share(counts.get(&Certainty::ByType).copied().unwrap_or_default(), total);
    println!("{total} needs with resource-level support: {exact:.2} % exact, {settled:.2} % exact or by type");
    assert!(exact >= 93.5, "{exact}");
    assert!(settled >= 99.8, "{settled}");
}

#[test]
fn denied_calls_are_predicted_as_their_messages_say() {
    let Some(mappings) = mappings() else { return };
    let catalog = Catalog::embedded();
    let (mut actions, mut right, mut resources, mut consistent) = (0, 0, 0, 0);
    for one in mappings.iter().filter(|one| one.outcome == Outcome::Denied) {
        let Some((action, resource)) = &one.message else { continue };
        let known = catalog.service(action.service()).and_then(|service| service.action(action.name()));
        if known.is_none() {
            println!("no such action in a message: {action}");
            continue;
        }
        actions += 1;
        let predicted: Vec<&Need> = one.mapped.needs().iter().filter(|need| need.action == *action).collect();
        if predicted.is_empty() {
            println!("wrong action: {} {} -> {:?}, message says {action}", one.source, one.name, one.mapped);
            continue;
        }
        right += 1;
        let Some(resource) = resource else { continue };
        let Some(verdict) = agrees(&predicted, resource) else { continue };
        resources += 1;
        if verdict {
            consistent += 1;
        } else {
            let patterns: Vec<String> =
                predicted.iter().flat_map(|need| &need.resources).map(ToString::to_string).collect();
            println!(
                "other resource: {} {} {patterns:?}, message says {resource:?} {}",
                one.source, one.name, one.text
            );
        }
    }
    println!("actions: {right} of {actions} right; resources: {consistent} of {resources} consistent");
    assert!(actions > 80, "{actions}");
    assert_eq!(right, actions);
    assert!(share(consistent, resources) >= 98.0, "{consistent} of {resources}");
}

/// Whether one of the predicted patterns admits what the message names, or the message's wildcard admits the
/// prediction; `None` where the prediction is no more than "unknown".
fn agrees(predicted: &[&Need], said: &DeniedResource) -> Option<bool> {
    if predicted.iter().all(|need| need.certainty == Certainty::Unresolved) {
        return None;
    }
    let patterns: Vec<&ResourcePattern> = predicted.iter().flat_map(|need| &need.resources).collect();
    Some(match said {
        DeniedResource::Any => patterns.iter().any(|pattern| pattern.is_any()),
        DeniedResource::Arn(text) => {
            let said: Option<ResourcePattern> = text.parse().ok();
            let arn: Option<Arn> = text.parse().ok();
            patterns.iter().any(|pattern| {
                arn.as_ref().is_some_and(|arn| pattern.matches(arn))
                    || said.as_ref().is_some_and(|said| said.contains(pattern) || pattern.contains(said))
            })
        }
        DeniedResource::Iam { kind, name } => {
            let ending = format!(":{kind}/{name}");
            patterns.iter().any(|pattern| {
                pattern.as_str().ends_with(&ending)
                    || pattern.as_str().ends_with(&format!("/{name}"))
                    || pattern.as_str().ends_with(&format!(":{kind}/*"))
            })
        }
        DeniedResource::Name(name) => patterns.iter().any(|pattern| pattern.as_str().contains(name.as_str())),
    })
}

#[test]
fn few_needs_leave_a_type_open() {
    let Some(mappings) = mappings() else { return };
    let (mut all, mut open) = (0, 0);
    let mut by_action: BTreeMap<(String, String), (usize, String)> = BTreeMap::new();
    for one in &mappings {
        for need in one.mapped.needs().iter().filter(|need| !need.suspected) {
            all += 1;
            if need.unsettled.is_empty() {
                continue;
            }
            assert!(need.certainty != Certainty::Exact, "{need:?}");
            open += 1;
            let patterns: Vec<&str> = need.resources.iter().map(ResourcePattern::as_str).collect();
            let key = (need.action.to_string(), need.unsettled.join(", "));
            let text = || format!("{patterns:?} [{}] {}", need.rule, one.text);
            by_action.entry(key).or_insert_with(|| (0, text())).0 += 1;
        }
    }
    for ((action, types), (count, text)) in &by_action {
        println!("{count} {action}: {types} {}", text.chars().take(300).collect::<String>());
    }
    println!("{open} of {all} needs leave a type open: {:.2} %", share(open, all));
    assert!(share(open, all) <= 5.0, "{open} of {all}");
}
