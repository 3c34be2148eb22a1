//! What counts as a difference and what does not.

use serde_json::json;
use tighten_iam::PolicyDocument;

use super::{Change, Difference, Verdict, allow, checked, deny, on_condition, policy, rows};

fn verdict(old: &[PolicyDocument], new: &[PolicyDocument]) -> Verdict {
    checked(old, new).verdict
}

#[test]
fn order_layout_case_and_spelling_are_no_differences() {
    let old = policy(&json!([
        { "Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": ["arn:aws:s3:::a/*"] },
        { "Sid": "B", "Effect": "Allow", "Action": "sqs:*", "Resource": "*",
          "Condition": { "StringEquals": { "aws:SourceVpc": ["vpc-1", "vpc-2"] } } },
        deny("sqs:DeleteQueue", "*"),
    ]));
    let new = policy(&json!([
        deny(["SQS:deletequeue"], ["*"]),
        { "Effect": "Allow", "Resource": "*", "Action": ["sqs:*", "sqs:Send*"],
          "Condition": { "stringequals": { "AWS:sourcevpc": ["vpc-2", "vpc-1"] } } },
        allow("s3:putobject", "arn:aws:s3:::a/*"),
        allow("s3:GetObject", ["arn:aws:s3:::a/**", "arn:aws:s3:::a/b"]),
    ]));
    let found = checked(&old, &new);
    assert_eq!(found, checked(&old, &new), "the same from run to run");
    assert_eq!(found.verdict, Verdict::Equal);
    assert!(found.rows.iter().all(|row| row.change == Change::Kept), "{:?}", rows(&found));
    assert!(found.conditions.is_empty() && found.denials.is_empty());
}

#[test]
fn one_statement_or_several_documents_are_no_difference() {
    let old = policy(&json!([allow(["s3:GetObject", "sqs:SendMessage"], "*")]));
    let mut new = policy(&allow("s3:GetObject", "*"));
    new.extend(policy(&allow("sqs:SendMessage", "*")));
    assert_eq!(verdict(&old, &new), Verdict::Equal);
    assert_eq!(verdict(&new, &old), Verdict::Equal);
    assert_eq!(verdict(&[], &[]), Verdict::Equal);
    assert_eq!(verdict(&old, &[]), Verdict::Narrower);
}

#[test]
fn actions_come_and_go() {
    let old = policy(&json!([allow(["s3:GetObject", "s3:PutObject"], "*")]));
    let new = policy(&json!([allow(["s3:GetObject", "s3:DeleteObject"], "*")]));
    let found = checked(&old, &new);
    assert_eq!(found.verdict, Verdict::Mixed);
    assert_eq!(rows(&found), ["added s3 Write 1", "removed s3 Write 1", "kept s3 Read 1"]);
    let witness = found.gained.witness().unwrap();
    assert_eq!(witness.action.as_str(), "s3:DeleteObject");
    assert_eq!(witness.resource.to_string(), "arn:aws:s3:::example/example");
    assert_eq!((witness.statement.document, witness.statement.statement, witness.granted_on), (0, 0, Some("*")));
}

#[test]
fn resources_grow_shrink_and_move() {
    let on = |resource: &str| {
        policy(&json!([{ "Sid": "R", "Effect": "Allow", "Action": "s3:GetObject", "Resource": resource }]))
    };
    let (wide, narrow, other) = (on("arn:aws:s3:::a/*"), on("arn:aws:s3:::a/b/*"), on("arn:aws:s3:::c/*"));
    let wider = checked(&narrow, &wide);
    assert_eq!((wider.verdict, rows(&wider)), (Verdict::Wider, vec!["widened s3 Read 1".to_owned()]));
    assert_eq!(wider.gained.witness().unwrap().granted_on, Some("arn:aws:s3:::a/*"));
    assert_eq!(wider.gained.witness().unwrap().statement.sid, Some("R"));
    let narrower = checked(&wide, &narrow);
    assert_eq!((narrower.verdict, rows(&narrower)), (Verdict::Narrower, vec!["narrowed s3 Read 1".to_owned()]));
    assert!(narrower.is_no_wider() && !wider.is_no_wider());
    assert_eq!(rows(&checked(&wide, &other)), ["mixed s3 Read 1"]);
}

#[test]
fn actions_that_the_statements_merge_are_not_merged_in_the_diff() {
    let old = policy(&json!([allow("s3:GetObject", "arn:aws:s3:::a/*"), allow("s3:DeleteObject", "arn:aws:s3:::b/*")]));
    let new = policy(&json!([allow(["s3:GetObject", "s3:DeleteObject"], ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"])]));
    assert_eq!(rows(&checked(&old, &new)), ["widened s3 Read 1", "widened s3 Write 1"]);
}

#[test]
fn a_wildcard_is_as_much_as_the_actions_it_matches_today_and_one_day() {
    let old = policy(&json!([allow("sqs:*", "*")]));
    let names: Vec<String> = tighten_catalog::Catalog::embedded()
        .service("sqs")
        .unwrap()
        .actions
        .iter()
        .map(|action| format!("sqs:{}", action.name))
        .collect();
    let new = policy(&json!([allow(names, "*")]));
    let found = checked(&old, &new);
    assert_eq!(found.verdict, Verdict::Narrower);
    let gone: Vec<_> = found.rows.iter().filter(|row| row.change != Change::Kept).collect();
    assert_eq!(gone.len(), 1);
    assert_eq!((gone[0].change, gone[0].access_level, gone[0].count()), (Change::Removed, None, 1));
}

#[test]
fn patterns_of_unknown_services_have_a_row() {
    let old = policy(&json!([allow("sqs:SendMessage", "*")]));
    let new = policy(&json!([allow(["sqs:SendMessage", "newthing:*", "newthing:Go", "s3:NoSuch*"], "*")]));
    let found = checked(&old, &new);
    assert_eq!(rows(&found), ["added newthing unknown 2", "added s3 unknown 1", "kept sqs Write 1"]);
    assert_eq!(found.rows[0].parts[0].actions, ["newthing:Go", "newthing:*"]);
    assert_eq!(found.rows[0].known, 0);
}

#[test]
fn not_action_and_not_resource_are_expanded() {
    let old = policy(&json!([allow("*", "*")]));
    let new = policy(&json!([{ "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" }]));
    let found = checked(&old, &new);
    assert_eq!(found.verdict, Verdict::Narrower);
    assert!(found.rows.iter().all(|row| (row.change == Change::Removed) == (row.service == "iam")));
    let new = policy(&json!([{ "Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::secret/*" }]));
    let old = policy(&json!([allow("s3:GetObject", "*")]));
    let found = checked(&old, &new);
    assert_eq!((found.verdict, rows(&found)), (Verdict::Narrower, vec!["narrowed s3 Read 1".to_owned()]));
}

#[test]
fn denials_take_away_and_say_which_statement_does() {
    let old = policy(&json!([allow("s3:*", "*")]));
    let new = policy(&json!([
        allow("s3:*", "*"),
        { "Sid": "Safe", "Effect": "Deny", "Action": "s3:DeleteBucket", "Resource": "*" },
    ]));
    let found = checked(&old, &new);
    assert_eq!(found.verdict, Verdict::Narrower);
    assert_eq!(found.count(Change::Removed), 1);
    let witness = found.lost.witness().unwrap();
    assert_eq!(witness.denied_by.unwrap().sid, Some("Safe"));
    assert_eq!(found.denials.len(), 1);
    assert!(found.denials[0].added && found.denials[0].statement.sid == Some("Safe"));
    let back = checked(&new, &old);
    assert_eq!(back.verdict, Verdict::Wider);
    assert!(!back.denials[0].added);
}

#[test]
fn denials_of_what_nobody_allows_change_nothing_but_are_told() {
    let old = policy(&json!([allow("sqs:SendMessage", "*")]));
    let new = policy(&json!([allow("sqs:SendMessage", "*"), deny("s3:*", "*")]));
    let found = checked(&old, &new);
    assert_eq!((found.verdict, rows(&found)), (Verdict::Equal, vec!["kept sqs Write 1".to_owned()]));
    assert_eq!(found.denials.len(), 1);
}

#[test]
fn a_denial_in_two_statements_is_the_same_denial() {
    let old = policy(&json!([allow("s3:*", "*"), deny(["s3:DeleteBucket", "s3:PutBucketPolicy"], "*")]));
    let new = policy(&json!([deny("s3:PutBucketPolicy", "*"), allow("s3:*", "*"), deny("s3:DeleteBucket", "*")]));
    let found = checked(&old, &new);
    assert!(found.is_unchanged() && found.denials.is_empty());
}

#[test]
fn conditions_come_go_and_change() {
    let plain = policy(&json!([allow("sqs:SendMessage", "*")]));
    let from = |vpc: &str| {
        let condition = json!({ "StringEquals": { "aws:SourceVpc": vpc } });
        policy(&json!([on_condition(allow("sqs:SendMessage", "*"), condition)]))
    };
    let (one, two) = (from("vpc-1"), from("vpc-2"));
    let added = checked(&plain, &one);
    assert_eq!((added.verdict, rows(&added)), (Verdict::Narrower, vec!["narrowed sqs Write 1".to_owned()]));
    assert_eq!((&added.conditions[0].old, &added.conditions[0].new), (&None, &Some(vec!["vpc-1".to_owned()])));
    let removed = checked(&one, &plain);
    assert_eq!(removed.verdict, Verdict::Wider);
    assert_eq!((&removed.conditions[0].old, &removed.conditions[0].new), (&Some(vec!["vpc-1".to_owned()]), &None));
    let changed = checked(&one, &two);
    assert_eq!(changed.verdict, Verdict::Mixed);
    assert_eq!(changed.conditions.len(), 1);
    assert!(changed.conditions[0].old.is_some() && changed.conditions[0].new.is_some());
    assert_eq!(changed.gained.witness().unwrap().assumed["aws:sourcevpc"], ["vpc-2"]);
}

#[test]
fn conditions_that_make_no_difference_are_not_told() {
    let condition = json!({ "StringEquals": { "aws:SourceVpc": "vpc-1" } });
    let old = policy(&json!([allow("sqs:SendMessage", "*"), on_condition(allow("sqs:*Message", "*"), condition)]));
    let new = policy(&json!([allow("sqs:SendMessage", "*")]));
    let found = checked(&old, &new);
    let told: Vec<_> = found.conditions.iter().map(|change| change.actions).collect();
    // All that the pattern matches but the one that is allowed without the condition, too; that one is kept.
    assert_eq!(found.count(Change::Kept), 1);
    assert_eq!(told, [found.count(Change::Removed)]);
}

#[test]
fn what_hinges_on_what_is_not_known_is_undecided_with_its_reason() {
    let on = |resource: &str| policy(&json!([allow("s3:GetObject", resource)]));
    let found = checked(&on("${BUCKET_ARN}/*"), &on("${OTHER_ARN}/*")).verdict;
    assert_eq!(found, Verdict::Undecided);
    let (old, new) = (on("${BUCKET_ARN}/*"), on("${OTHER_ARN}/*"));
    let found = checked(&old, &new);
    assert_eq!(rows(&found), ["undecided s3 Read 1"]);
    let Difference::Undecided { why, statement, .. } = &found.gained else { panic!("{:?}", found.gained) };
    assert!(why.contains("${OTHER_ARN}/*"), "{why}");
    assert_eq!(statement.unwrap().statement, 0);
    let same = on("${BUCKET_ARN}/*");
    assert_eq!(verdict(&old, &same), Verdict::Equal);
    assert_eq!(verdict(&old, &policy(&json!([allow("s3:GetObject", "*")]))), Verdict::Undecided);
}

#[test]
fn the_widest_policy_against_the_smallest_is_no_matter_of_size() {
    let old = policy(&json!([allow("*", "*")]));
    let new = policy(&json!([allow("s3:GetObject", "arn:aws:s3:::a/*")]));
    let found = checked(&old, &new);
    assert_eq!(found.verdict, Verdict::Narrower);
    assert_eq!((found.count(Change::Narrowed), found.count(Change::Added)), (1, 0));
    assert!(found.count(Change::Removed) > 15_000);
    let of_ec2 = found.rows.iter().find(|row| row.service == "ec2" && row.parts[0].lost.witness().is_some()).unwrap();
    assert!(of_ec2.parts[0].lost.witness().unwrap().action.service() == "ec2");
}
