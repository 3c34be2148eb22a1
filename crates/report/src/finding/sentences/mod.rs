//! A finding as an English sentence, one function for each code.

mod account;
mod caller;
mod facts;
mod generated;
mod input;
mod narrowed;
mod template;

use tighten_synthesis::{Finding, FindingCode as Code};

use crate::page::Prose;
use facts::Facts;

/// The finding in one sentence, lower-case and without a final stop.
pub(super) fn sentence(finding: &Finding) -> Prose {
    let tell = match finding.code {
        Code::ArchivedLogs => input::archived_logs,
        Code::AwsManagedPolicy => narrowed::aws_managed_policy,
        Code::AwsManagedSsoRole => caller::aws_managed_sso_role,
        Code::CarriedOver => narrowed::carried_over,
        Code::CoverageHole => input::coverage_hole,
        Code::DeniedCall => caller::denied_call,
        Code::DuplicateEvents => input::duplicate_events,
        Code::EventHistory => account::event_history,
        Code::FederatedUser => caller::federated_user,
        Code::KeepExpired => narrowed::keep_expired,
        Code::KeptAsWritten => narrowed::kept_as_written,
        Code::MadeElsewhere => caller::made_elsewhere,
        Code::MostlyRefused => caller::mostly_refused,
        Code::NeverGrantShared => narrowed::never_grant_shared,
        Code::NeverGrantedUsed => narrowed::never_granted_used,
        Code::NoDataEvents => input::no_data_events,
        Code::NoPermissionsUsed => caller::no_permissions_used,
        Code::NotObservable => narrowed::not_observable,
        Code::NotObservableDropped => narrowed::not_observable_dropped,
        Code::ObjectNames => input::object_names,
        Code::OtherTrails => account::other_trails,
        Code::PartialInput => input::partial_input,
        Code::PassRoleProfileUnknown => generated::pass_role_profile_unknown,
        Code::PassRoleSuspected => generated::pass_role_suspected,
        Code::PathUnknown => generated::path_unknown,
        Code::PolicySplit => generated::policy_split,
        Code::PrincipalNameOnly => caller::principal_name_only,
        Code::QuotaExceeded => generated::quota_exceeded,
        Code::ResourceByType => generated::resource_by_type,
        Code::ResourceWidened => generated::resource_widened,
        Code::GuardedNamesListed => generated::guarded_names_listed,
        Code::GuardedNamesOpened => generated::guarded_names_opened,
        Code::RootUser => caller::root_user,
        Code::SearchResults => input::search_results,
        Code::SecondOpinionDiffers => narrowed::second_opinion_differs,
        Code::SelectorsInferred => input::selectors_inferred,
        Code::ServiceLinkedRole => caller::service_linked_role,
        Code::ServiceRole => caller::service_role,
        Code::SharedPolicy => narrowed::shared_policy,
        Code::ShortWindow => input::short_window,
        Code::SiblingRemoved => narrowed::sibling_removed,
        Code::SiblingsAdded => generated::siblings_added,
        Code::SimulationDiffers => narrowed::simulation_differs,
        Code::SingleRegion => input::single_region,
        Code::SkippedInput => input::skipped_input,
        Code::StackNameAssumed => template::stack_name_assumed,
        Code::TemplateActionLeftOut => template::action_left_out,
        Code::TemplateArtifacts => template::artifacts,
        Code::TemplateByType => template::by_type,
        Code::TemplateDefaultAssumed => template::default_assumed,
        Code::TemplateNamesOpen => template::names_open,
        Code::TemplateNestedUnread => template::nested_unread,
        Code::TemplateParameterOpen => template::parameter_open,
        Code::TemplatePassedToUnknown => template::passed_to_unknown,
        Code::TemplateTypeUnknown => template::type_unknown,
        Code::TooYoung => narrowed::too_young,
        Code::TrailDeliveryError => account::trail_delivery_error,
        Code::TrailNotRecursive => account::trail_not_recursive,
        Code::TrailStartedLate => account::trail_started_late,
        Code::TrailStopped => account::trail_stopped,
        Code::UnboundPlaceholder => narrowed::unbound_placeholder,
        Code::UnmappedCall => caller::unmapped_call,
        Code::UnreadablePolicy => input::unreadable_policy,
        Code::UnresolvedResource => generated::unresolved_resource,
        Code::UnsettledType => generated::unsettled_type,
        Code::UnusedPolicy => narrowed::unused_policy,
        Code::UsedNotGranted => narrowed::used_not_granted,
        Code::ViaService => caller::via_service,
    };
    tell(Facts::of(finding))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn long_lists_are_cut_short() {
        let finding = Finding::new(Code::ViaService)
            .with("service", "athena.amazonaws.com")
            .with_list("actions", ["a:B", "a:C", "a:D", "a:E", "a:F"]);
        let told = sentence(&finding).to_string();
        assert_eq!(told, "athena.amazonaws.com called with its permissions: a:B, a:C, a:D and 2 more");
    }

    #[test]
    fn counts_read_as_words() {
        let denied = Finding::new(Code::DeniedCall).with("action", "s3:GetObject").with("error_code", "AccessDenied");
        let told = |count: u64| sentence(&denied.clone().with("count", count)).to_string();
        assert_eq!(told(1), "`s3:GetObject` was refused once (AccessDenied) and is not granted");
        assert_eq!(told(7), "`s3:GetObject` was refused 7 times (AccessDenied) and is not granted");
    }

    #[test]
    fn sentences_tell_what_is_granted_and_what_stays() {
        let told = |code, facts: Value| {
            let Value::Object(facts) = facts else { unreachable!("facts have names") };
            let mut finding = Finding::new(code);
            for (name, value) in facts {
                finding.facts.insert(name.leak(), value);
            }
            sentence(&finding).to_string()
        };
        let crowd = json!({ "reason": "crowded", "count": 40, "actions": ["lambda:GetFunction", "lambda:Invoke"],
            "resources": ["arn:aws:lambda:eu-west-1:111122223333:function:app-*"] });
        assert_eq!(
            told(Code::ResourceWidened, crowd),
            "arn:aws:lambda:eu-west-1:111122223333:function:app-* takes the place of 40 names, more than are listed, for \
             lambda:GetFunction, lambda:Invoke"
        );
        assert_eq!(
            told(Code::PathUnknown, json!({ "resources": ["a", "b", "c", "d"], "resource_count": 100 })),
            "a, b, c and 97 more is known by name alone, so it is granted with and without a path"
        );
        let open = json!({ "action": "ec2:RunInstances", "types": ["key-pair"], "granted_types": ["image", "subnet"] });
        assert_eq!(
            told(Code::UnsettledType, open),
            "`ec2:RunInstances` may need key-pair besides, and the records do not tell; all of image, subnet is granted, \
             which AWS requires"
        );
        let stays = json!({ "action": "ec2:RunInstances", "types": ["launch-template"], "policy": "p" });
        assert_eq!(
            told(Code::UnsettledType, stays),
            "`ec2:RunInstances` stays on launch-template: its calls may have been checked on that, and their records do \
             not tell"
        );
        assert_eq!(
            told(Code::MostlyRefused, json!({ "refused": 95, "calls": 100, "actions": ["iam:GetRole"] })),
            "95 of 100 calls were refused, so only those that succeeded count as use: failed calls alone would show \
             iam:GetRole"
        );
        assert_eq!(
            told(Code::DuplicateEvents, json!({ "count": 3, "late": 5 })),
            "3 copies of events that were delivered before are not counted; of 5 events that were delivered days late, \
             some may be counted twice"
        );
        let dropped = json!({ "policy": "p", "gap": "no-known-call", "count": 900, "service_count": 300,
            "services": ["a2c", "a4b", "account", "acm"] });
        assert_eq!(
            told(Code::NotObservableDropped, dropped),
            "900 actions of `p` (a2c, a4b, account and 297 more) go though the records could not have shown their use \
             (no-known-call): `--without-known-call keep` keeps them"
        );
    }

    #[test]
    fn one_of_something_is_no_plural() {
        let told = |code, facts: &[(&'static str, u64)]| {
            let finding = facts.iter().fold(Finding::new(code), |finding, (name, value)| finding.with(name, *value));
            sentence(&finding).to_string()
        };
        let partial =
            [("files", 1), ("files_percent", 2), ("bytes_percent", 3), ("records", 1), ("records_percent", 4)];
        assert_eq!(
            told(Code::PartialInput, &partial),
            "1 file (2 % of the files, 3 % of the bytes) was not read to its end, and 1 record (4 %) could not be read"
        );
        assert_eq!(
            told(Code::DuplicateEvents, &[("count", 1)]),
            "1 copy of an event that was delivered before is not counted"
        );
        assert_eq!(
            told(Code::DuplicateEvents, &[("count", 1_000), ("late", 1)]),
            "1,000 copies of events that were delivered before are not counted; 1 event that was delivered days late may \
             be counted twice"
        );
        assert_eq!(
            told(Code::SearchResults, &[("count", 1)]),
            "the records of 1 file are results of a search: what it left out is not known"
        );
        assert_eq!(told(Code::ObjectNames, &[("count", 1)]), "notifications name 1 log object, which was not read");
        assert_eq!(
            told(Code::ShortWindow, &[("days", 1)]),
            "only 1 day of account of the trail has records: what happens once a month was not seen"
        );
        assert!(told(Code::KeptAsWritten, &[("count", 1)]).starts_with("1 action of the policy keeps"));
        assert!(told(Code::NotObservable, &[("count", 1)]).starts_with("1 action of the policy (some services) stays"));
    }

    #[test]
    fn every_code_has_a_sentence_without_facts_too() {
        for code in Code::ALL {
            let told = sentence(&Finding::new(*code)).to_string();
            assert!(told.len() > 20 && !told.ends_with('.'), "{code}: {told}");
        }
    }

    #[test]
    fn what_logs_say_is_never_among_the_words() {
        for code in Code::ALL {
            let mut finding = Finding::new(*code);
            for name in
                ["action", "policy", "service", "account", "region", "rule", "error_code", "call", "name", "gap"]
            {
                finding = finding.with(name, "hostile");
            }
            for name in
                ["resources", "actions", "roles", "services", "types", "granted_types", "principals", "patterns"]
            {
                finding = finding.with_list(name, ["hostile"]);
            }
            let told = sentence(&finding);
            let words = |span: &&crate::page::Span| span.voice == crate::page::Voice::Words;
            assert!(told.spans().iter().filter(words).all(|span| !span.text.contains("hostile")), "{code}: {told}");
        }
    }
}
