//! Permissions that calls may need without a trace, and those that an error shows.

use tighten_catalog::Catalog;

fn unsettled(source: &str, name: &str) -> Vec<String> {
    Catalog::embedded().rules().unsettled_actions(source, name).map(ToString::to_string).collect()
}

#[test]
fn calls_that_may_need_more_say_so() {
    assert_eq!(unsettled("s3.amazonaws.com", "CopyObject"), ["s3:GetObjectTagging", "s3:PutObjectTagging"]);
    assert_eq!(unsettled("wafv2.amazonaws.com", "GetWebACLForResource"), ["wafv2:GetWebACL"]);
    assert_eq!(unsettled("autoscaling.amazonaws.com", "createautoscalinggroup"), ["ec2:RunInstances"]);
    assert!(unsettled("s3.amazonaws.com", "GetObject").is_empty());
    // A dated name is the same call.
    assert_eq!(
        unsettled("lambda.amazonaws.com", "InvokeAsync20141113"),
        unsettled("lambda.amazonaws.com", "InvokeAsync")
    );
}

#[test]
fn what_only_an_error_shows_is_not_shown_by_the_call() {
    let catalog = Catalog::embedded();
    let list = catalog.calls_showing(&"s3:ListBucket".parse().unwrap());
    assert!(!list.is_empty() && list.iter().all(|call| call.event_name != "GetObject"), "{list:?}");
    let tags = catalog.calls_showing(&"s3:GetObjectTagging".parse().unwrap());
    assert!(!tags.is_empty() && tags.iter().all(|call| call.event_name != "CopyObject"), "{tags:?}");
}
