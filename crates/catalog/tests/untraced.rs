//! Permissions that calls may need without a trace, and those that an error shows.

use tighten_catalog::Catalog;

fn untraced(source: &str, name: &str) -> Vec<String> {
    Catalog::embedded().rules().untraced_actions(source, name).map(ToString::to_string).collect()
}

#[test]
fn calls_that_may_need_more_say_so() {
    assert_eq!(untraced("s3.amazonaws.com", "CopyObject"), ["s3:GetObjectTagging", "s3:PutObjectTagging"]);
    assert_eq!(untraced("wafv2.amazonaws.com", "GetWebACLForResource"), ["wafv2:GetWebACL"]);
    assert!(untraced("s3.amazonaws.com", "GetObject").is_empty());
    // A dated name is the same call.
    assert_eq!(
        untraced("lambda.amazonaws.com", "InvokeAsync20141113"),
        untraced("lambda.amazonaws.com", "InvokeAsync")
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
