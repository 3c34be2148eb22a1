//! Verdicts over documents of every kind against what IAM says to each kind alone.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tighten_iam::{Arn, Context, Decision, PolicyDocument, Principal, Request, RequestResource, evaluate};
use tighten_mapping::Certainty;

use super::*;
use crate::{ConditionKeys, EntityPaths};

const EVERYTHING: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
const STATEMENTS: [&str; 8] = [
    EVERYTHING,
    r#"{"Effect": "Allow", "Action": ["s3:GetObject", "sqs:*"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "NotAction": "s3:Put*", "NotResource": "arn:aws:s3:::b/*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {"aws:x": "1"}}}"#,
    r#"{"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::a/*"}"#,
    r#"{"Effect": "Deny", "NotAction": "s3:*", "Resource": "*"}"#,
    r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:y": "true"}}}"#,
    r#"{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/worker"}}}"#,
];
const ACTIONS: [&str; 4] = ["s3:GetObject", "s3:PutObject", "sqs:SendMessage", "ec2:StopInstances"];
const ARNS: [&str; 5] = [
    "arn:aws:s3:::a/k",
    "arn:aws:s3:::b/k",
    "arn:aws:sqs:r:111122223333:q",
    "arn:aws:sqs:r:444455556666:q",
    "arn:aws:ec2:r:111122223333:instance/i",
];
const PATTERNS: [&str; 4] = ["*", "arn:aws:s3:::*/k", "arn:aws:s3:::a/*", "arn:aws:sqs:r:111122223333:*"];

/// One document of each kind, or none of it.
#[derive(Debug, Clone)]
struct Tried {
    identity: Option<PolicyDocument>,
    boundary: Option<PolicyDocument>,
    levels: Vec<PolicyDocument>,
    resource_control: Option<PolicyDocument>,
}

fn parse(statements: &[&str]) -> PolicyDocument {
    let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
    PolicyDocument::parse(&text).unwrap()
}

fn document() -> impl Strategy<Value = PolicyDocument> {
    subsequence(STATEMENTS.to_vec(), 1..=4).prop_shuffle().prop_map(|statements| parse(&statements))
}

fn tried() -> impl Strategy<Value = Tried> {
    let one = || prop::option::of(document());
    (one(), one(), prop::collection::vec(document(), 0..3), one()).prop_map(
        |(identity, boundary, levels, resource_control)| Tried { identity, boundary, levels, resource_control },
    )
}

/// The same document as a resource control policy: for everyone.
fn for_everyone(document: &PolicyDocument) -> PolicyDocument {
    let mut document = document.clone();
    for statement in &mut document.statements {
        statement.principal = Some(serde_json::json!("*"));
    }
    document
}

impl Tried {
    fn candidates(&self) -> Candidates {
        let mut all = Candidates::new(self.identity.iter().cloned().collect());
        for level in &self.levels {
            all = all.with_service_control(vec![level.clone()]);
        }
        if let Some(document) = &self.boundary {
            all = all.with_boundary(document.clone());
        }
        if let Some(document) = &self.resource_control {
            all = all.with_resource_control(vec![for_everyone(document)]);
        }
        all
    }

    /// What each kind says alone, put together by hand; nothing where something else than these documents may decide.
    fn by_hand(&self, action: &str, arn: &Arn) -> Option<Outcome> {
        let everything = parse(&[EVERYTHING]);
        let mut said: Vec<Decision> = Vec::new();
        said.extend(self.identity.iter().map(|one| decided(std::slice::from_ref(one), action, arn)));
        let boundary = self.boundary.as_ref().map(|one| decided(std::slice::from_ref(one), action, arn));
        for level in &self.levels {
            let denies_only = level.statements.iter().all(|one| one.effect == tighten_iam::Effect::Deny);
            let beside = denies_only.then(|| everything.clone());
            said.push(decided(&[Some(level.clone()), beside].into_iter().flatten().collect::<Vec<_>>(), action, arn));
        }
        if let Some(document) = self.resource_control.as_ref().filter(|_| !action.starts_with("ec2:")) {
            if arn.account() == "444455556666" {
                return None;
            }
            said.push(decided(&[document.clone(), everything], action, arn));
        }
        let denied = |one: &Decision| matches!(one, Decision::ExplicitDeny { .. } | Decision::ImplicitDeny);
        if boundary == Some(Decision::ImplicitDeny) && arn.account() != "444455556666" && !action.starts_with("ec2:") {
            return said.iter().any(denied).then_some(Outcome::Denied);
        }
        said.extend(boundary);
        Some(if said.iter().any(denied) {
            Outcome::Denied
        } else if said.iter().any(|one| matches!(one, Decision::Depends { .. })) {
            Outcome::Depends
        } else {
            Outcome::Allowed
        })
    }
}

fn decided(documents: &[PolicyDocument], action: &str, arn: &Arn) -> Decision {
    let context = Context::open().with("aws:ViaAWSService", ["false"]);
    let (action, resource, role) = (action.parse().unwrap(), RequestResource::Arn(arn), role());
    evaluate(documents, &Request { principal: Some(&role), action: &action, resource, context: &context })
}

fn role() -> Principal {
    "arn:aws:iam::111122223333:role/worker".parse().unwrap()
}

fn judged(candidates: &Candidates, action: &str, resource: &str) -> Verdict {
    let (role, paths) = (role(), EntityPaths::default());
    let asked = Asked {
        action: action.parse().unwrap(),
        resource: resource.parse().unwrap(),
        certainty: Certainty::ByType,
        path_unknown: false,
        context: ConditionKeys::new(),
        called_by: CalledBy::Principal,
    };
    Judge::of(candidates, (&role, true), &paths).judge(&asked)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_kind_must_let_a_call_through(tried in tried(), action in select(&ACTIONS[..]), arn in select(&ARNS[..])) {
        let verdict = judged(&tried.candidates(), action, arn).outcome();
        if let Some(expected) = tried.by_hand(action, &arn.parse().unwrap()) {
            prop_assert_eq!(verdict, expected);
        }
    }

    #[test]
    fn a_level_that_allows_everything_changes_nothing(
        tried in tried(), action in select(&ACTIONS[..]), resource in select([&ARNS[..], &PATTERNS[..]].concat()),
    ) {
        let with = tried.candidates().with_service_control(vec![parse(&[EVERYTHING])]);
        let (with, without) = (judged(&with, action, resource), judged(&tried.candidates(), action, resource));
        prop_assert_eq!(with.outcome(), without.outcome());
        // The level's document shifts the numbers of those after it.
        prop_assert_eq!(with.code(), without.code());
    }

    #[test]
    fn a_denial_more_lets_no_more_through(
        tried in tried(), deny in select(&STATEMENTS[4..]), of in 0..4_usize,
        action in select(&ACTIONS[..]), resource in select([&ARNS[..], &PATTERNS[..]].concat()),
    ) {
        let before = judged(&tried.candidates(), action, resource);
        let mut more = tried.clone();
        let deny = parse(&[deny]);
        let add = |to: &mut PolicyDocument| to.statements.extend(deny.statements.clone());
        match of {
            0 => more.identity.iter_mut().for_each(add),
            1 => more.boundary.iter_mut().for_each(add),
            2 => more.levels.push(deny.clone()),
            _ => more.resource_control = Some(tried.resource_control.clone().map_or(deny.clone(), |mut one| {
                add(&mut one);
                one
            })),
        }
        let after = judged(&more.candidates(), action, resource);
        prop_assert!(before.is_allowed() || !after.is_allowed(), "{:?} {:?}", before, after);
        if before.outcome() == Outcome::Denied {
            prop_assert_eq!(after.outcome(), Outcome::Denied);
        }
    }

    #[test]
    fn what_is_said_of_a_pattern_holds_for_each_of_its_resources(
        tried in tried(), action in select(&ACTIONS[..]), pattern in select(&PATTERNS[..]),
    ) {
        let candidates = tried.candidates();
        let said = judged(&candidates, action, pattern).outcome();
        let pattern: tighten_iam::ResourcePattern = pattern.parse().unwrap();
        for arn in ARNS.iter().filter(|arn| pattern.matches(&arn.parse().unwrap())) {
            let one = judged(&candidates, action, arn).outcome();
            match said {
                Outcome::Allowed => prop_assert_ne!(one, Outcome::Denied, "{}", arn),
                // A boundary's limits may not hold for one of them.
                Outcome::Denied => prop_assert!(one == Outcome::Denied || one == Outcome::Partly, "{} {:?}", arn, one),
                Outcome::Depends | Outcome::Partly => {}
            }
        }
    }
}

#[test]
fn the_documents_are_numbered_by_kind_whatever_the_order_in_which_they_are_added() {
    let [a, b, c, d] = [0, 1, 2, 3].map(|at| parse(&[STATEMENTS[at]]));
    let candidates = Candidates::new(vec![a.clone()])
        .with_resource_control(vec![d.clone()])
        .with_service_control(vec![c.clone()])
        .with_boundary(b.clone());
    assert_eq!(candidates.documents(), [a, b, c, d]);
    assert_eq!(candidates.kinds().len(), 4);
}

#[test]
fn a_list_of_what_is_allowed_is_in_the_place_of_everything_and_a_denial_is_beside_it() {
    let only = |statements: &[&str]| Candidates::new(Vec::new()).with_service_control(vec![parse(statements)]);
    let (list, deny) = (only(&[STATEMENTS[1]]), only(&[STATEMENTS[4]]));
    let by = tighten_iam::PolicyKind::ServiceControl { level: 0 };
    assert_eq!(judged(&list, "s3:PutObject", ARNS[0]), Verdict::Withheld { by });
    assert_eq!(
        judged(&list, "s3:GetObject", ARNS[0]),
        Verdict::Allowed { by: StatementAt { document: 0, statement: 0 } }
    );
    assert_eq!(
        judged(&deny, "s3:GetObject", ARNS[0]),
        Verdict::ExplicitDeny { by: StatementAt { document: 0, statement: 0 } }
    );
    assert!(judged(&deny, "s3:PutObject", ARNS[0]).is_allowed());
    // Of one level, one list is enough; each level must allow.
    let other = parse(&[r#"{"Effect": "Allow", "Action": "s3:Put*", "Resource": "*"}"#]);
    let joined = Candidates::new(Vec::new()).with_service_control(vec![parse(&[STATEMENTS[1]]), other.clone()]);
    assert!(judged(&joined, "s3:PutObject", ARNS[0]).is_allowed());
    assert_eq!(judged(&list.with_service_control(vec![other]), "s3:PutObject", ARNS[0]), Verdict::Withheld { by });
}

#[test]
fn control_policies_leave_out_whom_and_what_they_do_not_bind() {
    let deny = parse(&[r#"{"Effect": "Deny", "Action": "*", "Resource": "*"}"#]);
    let scp = Candidates::new(Vec::new()).with_service_control(vec![deny.clone()]);
    let rcp = Candidates::new(Vec::new()).with_resource_control(vec![for_everyone(&deny)]);
    let paths = EntityPaths::default();
    let judged = |candidates: &Candidates, who: &str, action: &str, resource: &str| {
        let (who, asked) = (
            who.parse().unwrap(),
            Asked {
                action: action.parse().unwrap(),
                resource: resource.parse().unwrap(),
                certainty: Certainty::Exact,
                path_unknown: false,
                context: ConditionKeys::new(),
                called_by: CalledBy::Principal,
            },
        );
        Judge::of(candidates, (&who, true), &paths).judge(&asked).outcome()
    };
    assert_eq!(judged(&rcp, "arn:aws:iam::111122223333:role/worker", "sqs:ListQueues", "*"), Outcome::Denied);
    let (role, root) = ("arn:aws:iam::111122223333:role/worker", "arn:aws:iam::111122223333:root");
    let linked = "arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS";
    assert_eq!(judged(&scp, role, "s3:GetObject", ARNS[0]), Outcome::Denied);
    assert_eq!(judged(&scp, root, "s3:GetObject", ARNS[0]), Outcome::Denied);
    assert_eq!(judged(&scp, linked, "s3:GetObject", ARNS[0]), Outcome::Allowed);
    assert_eq!(judged(&rcp, linked, "s3:GetObject", ARNS[0]), Outcome::Allowed);
    assert_eq!(judged(&rcp, role, "s3:GetObject", ARNS[0]), Outcome::Denied);
    assert_eq!(judged(&rcp, role, "s3:GetObject", "arn:aws:s3:::*/k"), Outcome::Denied);
    assert_eq!(judged(&rcp, role, "ec2:StopInstances", ARNS[4]), Outcome::Allowed);
    assert_eq!(judged(&rcp, role, "sqs:SendMessage", ARNS[3]), Outcome::Depends);
    let managed = |one: Candidates| one.with_management_account(Some("111122223333".to_owned()));
    assert_eq!(judged(&managed(scp), role, "s3:GetObject", ARNS[0]), Outcome::Allowed);
    let rcp = managed(rcp);
    assert_eq!(judged(&rcp, role, "s3:GetObject", ARNS[0]), Outcome::Allowed);
}

#[test]
fn of_a_role_whose_path_is_not_known_no_arn_is_held_against_it() {
    let exempt = r#"{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/aws-reserved/*/AWSReservedSSO_Admin_*"}}}"#;
    let candidates = Candidates::new(Vec::new()).with_service_control(vec![parse(&[exempt])]);
    let (role, paths) = (
        "arn:aws:iam::111122223333:role/AWSReservedSSO_Admin_0123456789abcdef".parse().unwrap(),
        EntityPaths::default(),
    );
    let asked = Asked {
        action: "s3:GetObject".parse().unwrap(),
        resource: ARNS[0].parse().unwrap(),
        certainty: Certainty::Exact,
        path_unknown: false,
        context: ConditionKeys::new(),
        called_by: CalledBy::Principal,
    };
    let of = |path_known| Judge::of(&candidates, (&role, path_known), &paths).judge(&asked);
    assert_eq!(of(true).outcome(), Outcome::Denied);
    assert_eq!(of(false), Verdict::Depends { keys: ["aws:principalarn".to_owned()].into() });
}

#[test]
fn what_a_boundary_lacks_a_policy_of_the_resource_may_give() {
    let lambda = parse(&[r#"{"Effect": "Allow", "Action": "lambda:*", "Resource": "*"}"#]);
    let bounded = |identity: Vec<PolicyDocument>| Candidates::new(identity).with_boundary(lambda.clone());
    let doubt = Verdict::Partly { why: Doubt::ResourcePolicy };
    assert_eq!(judged(&bounded(Vec::new()), "sqs:SendMessage", ARNS[2]), doubt);
    assert_eq!(judged(&bounded(Vec::new()), "s3:GetObject", "arn:aws:s3:::a/*"), doubt);
    let by = tighten_iam::PolicyKind::Boundary;
    // Another account's policy is not enough, and instances have none.
    assert_eq!(judged(&bounded(Vec::new()), "sqs:SendMessage", ARNS[3]), Verdict::Withheld { by });
    assert_eq!(judged(&bounded(Vec::new()), "ec2:StopInstances", ARNS[4]), Verdict::Withheld { by });
    assert_eq!(judged(&bounded(vec![lambda.clone()]), "sqs:SendMessage", ARNS[2]), Verdict::ImplicitDeny);
}

#[test]
fn a_level_of_an_organisation_binds_its_own_accounts_and_documents_keep_their_numbers() {
    let (everything, deny) = (parse(&[EVERYTHING]), parse(&[STATEMENTS[4]]));
    let level = |accounts: &[&str], documents: &[&PolicyDocument]| BindingLevel {
        accounts: accounts.iter().map(|&account| account.to_owned()).collect(),
        service_control: documents.iter().map(|&document| document.clone()).collect(),
        resource_control: Vec::new(),
    };
    let own = "111122223333";
    let of = |levels: Vec<BindingLevel>| Candidates::new(Vec::new()).with_organization(levels);
    let there = of(vec![level(&[own, "444455556666"], &[&everything]), level(&[own], &[&everything, &deny])]);
    let by = StatementAt { document: 2, statement: 0 };
    assert_eq!(judged(&there, "s3:GetObject", ARNS[0]), Verdict::ExplicitDeny { by });
    // What binds others says nothing, and is not named for what is allowed.
    let elsewhere = of(vec![level(&["444455556666"], &[&deny]), level(&[own], &[&everything])]);
    let by = StatementAt { document: 1, statement: 0 };
    assert_eq!(judged(&elsewhere, "s3:GetObject", ARNS[0]), Verdict::Allowed { by });
    let nowhere = of(vec![level(&["444455556666"], &[&deny])]);
    assert!(judged(&nowhere, "s3:GetObject", ARNS[0]).is_allowed());
    // Nothing is attached beside what is given: such a level denies all.
    let by = tighten_iam::PolicyKind::ServiceControl { level: 0 };
    assert_eq!(judged(&of(vec![level(&[own], &[&deny])]), "s3:PutObject", ARNS[0]), Verdict::Withheld { by });
    // What is tried out besides binds everyone, whichever is added first.
    let tried = nowhere.with_service_control(vec![deny.clone()]);
    assert!(!judged(&tried, "s3:GetObject", ARNS[0]).is_allowed());
}
