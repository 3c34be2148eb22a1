//! Types that calls left open: what is granted on them stays.

use proptest::prelude::*;
use tighten_iam::{Context, Decision, Request, RequestResource, evaluate};

use super::*;
use crate::observe::GapKind;

fn open(action: &str, resource: &str, types: &[&str]) -> Used {
    let unsettled = types.iter().map(|kind| (*kind).to_owned()).collect();
    Used { certainty: Certainty::ByType, unsettled, ..used(action, resource) }
}

const IMAGE: &str = "arn:aws:ec2:eu-west-1::image/*";
const TEMPLATES: &str = "arn:aws:ec2:*:*:launch-template/*";

#[test]
fn what_is_granted_on_an_open_type_stays_as_it_is_written() {
    let current = json!([
        { "Sid": "Run", "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": ["arn:aws:ec2:*::image/*", "arn:aws:ec2:*:*:key-pair/*"] },
        { "Sid": "Template", "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": TEMPLATES },
        { "Sid": "One", "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*:*:launch-template/lt-0123456789abcdef0" },
        { "Sid": "Other", "Effect": "Allow", "Action": "ec2:CreateFleet", "Resource": TEMPLATES },
    ]);
    let needs = || vec![open("ec2:RunInstances", IMAGE, &["launch-template"])];
    for options in [NarrowOptions::default(), drop_unobservable()] {
        assert_eq!(
            statements(&current, needs(), &options),
            json!([
                { "Sid": "Run", "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": [IMAGE] },
                current[1],
                current[2],
            ])
        );
    }
    let narrowed = narrowed(&[(policy("p", &current), &[0])], &[subject("worker", needs())], &drop_unobservable());
    let verdicts: Vec<&GrantVerdict> =
        narrowed.policies[0].statements.iter().flat_map(|one| &one.groups).map(|group| &group.verdict).collect();
    let told = |verdict: &GrantVerdict| {
        let types = vec!["launch-template".to_owned()];
        verdict.gaps().iter().any(|gap| gap.what == GapKind::UnsettledTypes { types: types.clone() })
    };
    assert_eq!(
        verdicts.iter().map(|verdict| verdict.code()).collect::<Vec<_>>(),
        ["used", "not-observable", "not-observable", "unused"]
    );
    assert_eq!(verdicts.iter().map(|verdict| told(verdict)).collect::<Vec<_>>(), [false, true, true, false]);
    let finding = narrowed.findings.iter().find(|finding| finding.code == FindingCode::UnsettledType).unwrap();
    assert_eq!(finding.facts["types"], json!(["launch-template"]));
    assert_eq!((&finding.facts["action"], &finding.facts["policy"]), (&json!("ec2:RunInstances"), &json!("p")));
    assert!(!codes(&narrowed).contains(&FindingCode::NotObservable));
}

#[test]
fn of_a_wider_pattern_all_of_the_open_type_stays() {
    let current = json!([{ "Effect": "Allow", "Action": ["ec2:RunInstances", "ec2:StopInstances"], "Resource": "*" }]);
    let needs = vec![open("ec2:RunInstances", IMAGE, &["launch-template"])];
    assert_eq!(
        statements(&current, needs, &drop_unobservable()),
        json!([{ "Effect": "Allow", "Action": ["ec2:RunInstances"], "Resource": [TEMPLATES, IMAGE] }])
    );
}

#[test]
fn what_cannot_be_of_the_type_goes_and_a_complement_stays() {
    let current =
        json!([{ "Effect": "Allow", "Action": "ec2:RunInstances", "NotResource": "arn:aws:ec2:*:*:subnet/*" }]);
    let needs = || vec![open("ec2:RunInstances", IMAGE, &["launch-template"])];
    assert_eq!(statements(&current, needs(), &drop_unobservable()), current);
    let current = json!([
        { "Sid": "A", "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*::image/*" },
        { "Sid": "B", "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "arn:aws:ec2:*:*:placement-group/*" },
    ]);
    assert_eq!(statements(&current, needs(), &drop_unobservable()).as_array().map(Vec::len), Some(1));
}

#[test]
fn a_suspicion_leaves_no_type_open_and_what_is_forbidden_goes() {
    let current = json!([
        { "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": [IMAGE, TEMPLATES] },
    ]);
    let suspected = Used { suspected: true, ..open("ec2:RunInstances", IMAGE, &["launch-template"]) };
    let named = json!([{ "Effect": "Allow", "Action": "ec2:RunInstances", "Resource": [IMAGE] }]);
    assert_eq!(statements(&current, vec![suspected], &drop_unobservable()), named);
    let never = NeverGrant {
        action: "ec2:RunInstances".parse().unwrap(),
        principals: PrincipalFilter::default(),
        reason: None,
    };
    let options = NarrowOptions { never_grant: vec![never], ..NarrowOptions::default() };
    let needs = vec![open("ec2:RunInstances", IMAGE, &["launch-template"])];
    assert_eq!(statements(&current, needs, &options), json!("unused"));
}

/// The resource of every type: one that an entry of the policies below names, and one that only wildcards reach.
const KINDS: [(&str, [&str; 2]); 3] = [
    ("image", ["arn:aws:ec2:eu-west-1::image/ami-0a", "arn:aws:ec2:us-east-1::image/ami-0b"]),
    (
        "launch-template",
        [
            "arn:aws:ec2:eu-west-1:111122223333:launch-template/lt-0a",
            "arn:aws:ec2:us-east-1:444455556666:launch-template/lt-0b",
        ],
    ),
    ("key-pair", ["arn:aws:ec2:eu-west-1:111122223333:key-pair/a", "arn:aws:ec2:us-east-1:444455556666:key-pair/b"]),
];

fn entry() -> impl Strategy<Value = String> {
    let arn = (0..KINDS.len(), 0..2_usize).prop_map(|(kind, which)| KINDS[kind].1[which].to_owned());
    let wide = prop::sample::select(vec![
        "*",
        "arn:aws:ec2:*:*:*",
        "arn:aws:ec2:eu-west-1:*:*",
        "arn:aws:ec2:*::image/*",
        TEMPLATES,
        "arn:*:ec2:*:111122223333:launch-template/lt-0*",
        "arn:aws:ec2:*:*:key-pair/${aws:username}",
        "arn:aws:ec2:*:*:*/*a",
    ]);
    prop_oneof![arn, wide.prop_map(str::to_owned)]
}

fn allow() -> impl Strategy<Value = Value> {
    let actions =
        prop::sample::select(vec![json!("ec2:RunInstances"), json!(["ec2:Run*", "ec2:StopInstances"]), json!("ec2:*")]);
    (actions, prop::collection::btree_set(entry(), 1..4), prop::bool::weighted(0.15)).prop_map(
        |(action, entries, not)| {
            let key = if not { "NotResource" } else { "Resource" };
            json!({ "Effect": "Allow", "Action": action, key: entries })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Narrowing never removes a grant on an unsettled type of a used action.
    #[test]
    fn nothing_is_lost_on_an_open_type(
        allows in prop::collection::vec(allow(), 1..4),
        used_on in 0..KINDS.len(),
        opened in prop::collection::btree_set(0..KINDS.len(), 1..3),
        drop in any::<bool>(),
        exact in any::<bool>(),
    ) {
        let current = policy("p", &json!(allows));
        let types: Vec<&str> = opened.iter().map(|at| KINDS[*at].0).collect();
        let subject = subject("worker", vec![open("ec2:RunInstances", KINDS[used_on].1[0], &types)]);
        let mut options = if drop { drop_unobservable() } else { NarrowOptions::default() };
        options.generate.resources = if exact { ResourceMode::Exact } else { ResourceMode::Auto };
        let old = [current.source.document().clone()];
        let narrowed = narrowed(&[(current, &[0])], std::slice::from_ref(&subject), &options);
        let new: Vec<PolicyDocument> = narrowed.policies[0].document.clone().into_iter().collect();
        let action: ActionName = "ec2:RunInstances".parse().unwrap();
        // Without the use being allowed at all, the policy did not answer for the call.
        for arn in opened.iter().flat_map(|at| KINDS[*at].1) {
            let arn = arn.parse().unwrap();
            let context = Context::open();
            let request = Request {
                principal: Some(&subject.principal),
                action: &action,
                resource: RequestResource::Arn(&arn),
                context: &context,
            };
            let allowed = |documents: &[PolicyDocument]| matches!(evaluate(documents, &request), Decision::Allowed { .. });
            prop_assert!(!allowed(&old) || allowed(&new), "{arn} is lost: {new:?}");
        }
    }
}
