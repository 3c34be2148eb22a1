//! IAM's own records beside the trail.

use super::*;

/// A service, when it was last used, and its actions that are recorded one by one.
type Service<'a> = (&'a str, &'a str, &'a [(&'a str, Option<&'a str>)]);

fn records(number: usize, services: &[Service<'_>]) -> (Principal, LastAccessed) {
    let of = |(prefix, on, actions): &(&str, &str, &[(&str, Option<&str>)])| {
        let action = |(name, on): &(&str, Option<&str>)| (name.parse().unwrap(), on.map(|on| on.parse().unwrap()));
        let access = ServiceAccess { on: on.parse().unwrap(), actions: actions.iter().map(action).collect() };
        ((*prefix).to_owned(), access)
    };
    (subject(&format!("worker-{number}"), Vec::new()).principal, LastAccessed::new(services.iter().map(of)))
}

/// The verdict on an action of a policy that two workers hold, the first of whom used a queue.
fn verdict(options: &NarrowOptions, action: &str) -> (&'static str, bool) {
    let statements = json!([{ "Effect": "Allow", "Action": ["sqs:*", "sns:*"], "Resource": "*" }]);
    let queue = used("sqs:CreateQueue", "arn:aws:sqs:us-east-1:111122223333:jobs");
    let workers = [subject("worker-0", vec![queue]), subject("worker-1", Vec::new())];
    let left = narrowed(&[(policy("p", &statements), &[0, 1])], &workers, options);
    let action: ActionName = action.parse().unwrap();
    let mut groups = left.policies[0].statements.iter().flat_map(|statement| &statement.groups);
    let group = groups.find(|group| group.actions.contains(&action)).unwrap();
    (group.verdict.code(), group.kept)
}

#[test]
fn what_any_holder_used_by_iams_records_stays_for_all_and_never_more() {
    let (seen, unseen) = (records(0, &[("sqs", "2026-05-20", &[])]), records(1, &[("sns", "2026-05-03", &[])]));
    let options = NarrowOptions { last_accessed: [seen, unseen].into(), ..drop_unobservable() };
    assert_eq!(verdict(&options, "sns:CreateTopic"), ("last-accessed", true));
    // The first worker's use of the service is in the trail; what it used is narrowed as ever.
    assert_eq!(verdict(&options, "sqs:DeleteQueue"), ("unused", false));
    assert_eq!(verdict(&options, "sqs:CreateQueue"), ("used", true));
    let other =
        records(1, &[("sqs", "2026-05-20", &[("sqs:PurgeQueue", Some("2026-05-01")), ("sqs:DeleteQueue", None)])]);
    let options = NarrowOptions { last_accessed: [other].into(), ..drop_unobservable() };
    assert_eq!(verdict(&options, "sqs:DeleteQueue"), ("unused", false), "IAM would have seen it");
    assert_eq!(verdict(&options, "sqs:PurgeQueue"), ("last-accessed", true));
    assert_eq!(verdict(&options, "sqs:TagQueue"), ("last-accessed", true), "this worker's use is not in the trail");
    assert_eq!(verdict(&options, "sns:CreateTopic"), ("unused", false));
}

#[test]
fn a_rule_that_forbids_weighs_more_than_records() {
    let never = NeverGrant { action: "sns:*".parse().unwrap(), principals: PrincipalFilter::default(), reason: None };
    let last_accessed = [records(1, &[("sns", "2026-05-03", &[])])].into();
    let options = NarrowOptions { last_accessed, never_grant: vec![never], ..NarrowOptions::default() };
    assert_eq!(verdict(&options, "sns:CreateTopic"), ("never-granted", false));
}
