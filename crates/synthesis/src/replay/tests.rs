use std::collections::BTreeSet;

use tighten_catalog::Catalog;
use tighten_iam::{PolicyDocument, Principal, ResourcePattern};
use tighten_mapping::{Certainty, Mapped, Need, NoNeed};
use tighten_trail::{Event, Identity, Outcome as Let, Via};
use tighten_usage::Judged;

use super::*;
use crate::{ConditionKeys, EntityPaths, Observed, Seen, Used, Want};

fn documents(statements: &[&str]) -> Vec<PolicyDocument> {
    let parse = |statements: &&str| {
        PolicyDocument::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap()
    };
    statements.iter().map(parse).collect()
}

fn role() -> Principal {
    "arn:aws:iam::111122223333:role/worker".parse().unwrap()
}

fn pattern(text: &str) -> ResourcePattern {
    text.parse().unwrap()
}

fn keys(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

fn at(document: usize, statement: usize) -> StatementAt {
    StatementAt { document, statement }
}

fn asked(action: &str, resource: &str, certainty: Certainty) -> Asked {
    Asked {
        action: action.parse().unwrap(),
        resource: pattern(resource),
        certainty,
        path_unknown: false,
        context: ConditionKeys::new(),
        called_by: CalledBy::Principal,
    }
}

fn passing(services: &[&str], resource: &str) -> Asked {
    let context = ConditionKeys::from([("iam:PassedToService".to_owned(), keys(services))]);
    Asked { context, ..asked("iam:PassRole", resource, Certainty::Exact) }
}

fn judge(documents: &[PolicyDocument], paths: &EntityPaths, asked: &Asked) -> Verdict {
    Judge::new(documents, &role(), paths).judge(asked)
}

fn verdict(statements: &str, asked: &Asked) -> Verdict {
    judge(&documents(&[statements]), &EntityPaths::default(), asked)
}

#[test]
fn the_deciding_statement_is_named_whichever_document_it_is_in() {
    let both = documents(&[
        r#"{"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}"#,
        r#"{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a/*"},
           {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::a/secret"}"#,
    ]);
    let on = |resource: &str| judge(&both, &EntityPaths::default(), &asked("s3:GetObject", resource, Certainty::Exact));
    assert_eq!(on("arn:aws:s3:::a/k"), Verdict::Allowed { by: at(1, 0) });
    assert_eq!(on("arn:aws:s3:::a/secret"), Verdict::ExplicitDeny { by: at(1, 1) });
    assert_eq!(on("arn:aws:s3:::b/k"), Verdict::ImplicitDeny);
}

#[test]
fn keys_that_no_record_shows_leave_it_open() {
    let tagged = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*",
                     "Condition": {"StringEquals": {"ec2:ResourceTag/Team": "data"}}}"#;
    let stop = asked("ec2:StopInstances", "arn:aws:ec2:r:111122223333:instance/i-1", Certainty::Exact);
    assert_eq!(verdict(tagged, &stop), Verdict::Depends { keys: keys(&["ec2:resourcetag/team"]) });
    // Whatever the tags, what is not allowed at all is denied.
    let other = asked("s3:GetObject", "arn:aws:s3:::a/k", Certainty::Exact);
    assert_eq!(verdict(tagged, &other), Verdict::ImplicitDeny);
}

#[test]
fn whether_a_service_called_is_known() {
    let services = r#"{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
                       "Condition": {"Bool": {"aws:ViaAWSService": "true"}}}"#;
    let direct = asked("kms:Decrypt", "arn:aws:kms:r:111122223333:key/k", Certainty::Exact);
    assert_eq!(verdict(services, &direct), Verdict::ImplicitDeny);
    let through = Asked { called_by: CalledBy::Service("s3.amazonaws.com".to_owned()), ..direct.clone() };
    assert!(verdict(services, &through).is_allowed());
    let unknown = Asked { called_by: CalledBy::Unknown, ..direct };
    assert_eq!(verdict(services, &unknown), Verdict::Depends { keys: keys(&["aws:viaawsservice"]) });
}

#[test]
fn the_service_that_called_kms_is_known_by_the_record_and_the_keys_region() {
    let only = |services: &str| {
        format!(
            r#"{{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*",
                "Condition": {{"StringEquals": {{"kms:ViaService": [{services}]}}}}}}"#
        )
    };
    let through = |service: &str, region: &str| Asked {
        called_by: CalledBy::of(Some(service), &role()),
        ..asked("kms:Decrypt", &format!("arn:aws:kms:{region}:111122223333:key/k"), Certainty::Exact)
    };
    let sqs = only(r#""s3.eu-west-1.amazonaws.com", "sqs.eu-west-1.amazonaws.com""#);
    assert!(verdict(&sqs, &through("sqs.amazonaws.com", "eu-west-1")).is_allowed());
    assert_eq!(verdict(&sqs, &through("sqs.amazonaws.com", "eu-west-2")), Verdict::ImplicitDeny);
    assert_eq!(verdict(&sqs, &through("rds.amazonaws.com", "eu-west-1")), Verdict::ImplicitDeny);
    let open = Verdict::Depends { keys: keys(&["kms:viaservice"]) };
    for (service, region) in [
        ("AWS Internal", "eu-west-1"),
        ("cloudformation.amazonaws.com", "eu-west-1"),
        ("sqs.amazonaws.com", "*"),
        ("sqs.amazonaws.com", "cn-north-1"),
    ] {
        assert_eq!(verdict(&sqs, &through(service, region)), open, "{service} {region}");
    }
    let denied = r#"{"Effect": "Allow", "Action": "kms:*", "Resource": "*"},
                    {"Effect": "Deny", "Action": "kms:*", "Resource": "*",
                     "Condition": {"StringNotLike": {"kms:ViaService": "sqs.*.amazonaws.com"}}}"#;
    assert!(verdict(denied, &through("sqs.amazonaws.com", "eu-west-1")).is_allowed());
    assert_eq!(verdict(denied, &through("s3.amazonaws.com", "eu-west-1")), Verdict::ExplicitDeny { by: at(0, 1) });
}

#[test]
fn the_last_service_of_a_chain_is_known_and_those_before_it_are_not() {
    let asking =
        |condition: &str| format!(r#"{{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}"#);
    let ask = |condition: &str, service: &str| {
        let called_by = CalledBy::Service(service.to_owned());
        let asked = asked("dynamodb:GetItem", "arn:aws:dynamodb:r:111122223333:table/t", Certainty::Exact);
        verdict(&asking(condition), &Asked { called_by, ..asked })
    };
    let (stacks, athena) = ("cloudformation.amazonaws.com", "athena.amazonaws.com");
    let any = |service: &str| format!(r#"{{"ForAnyValue:StringEquals": {{"aws:CalledVia": "{service}"}}}}"#);
    assert!(ask(&any(stacks), stacks).is_allowed());
    assert!(matches!(ask(&any(stacks), athena), Verdict::Depends { .. }));
    assert!(ask(r#"{"ForAnyValue:StringLike": {"aws:CalledVia": "cloudform*"}}"#, stacks).is_allowed());
    let all = |service: &str| format!(r#"{{"ForAllValues:StringEquals": {{"aws:CalledVia": "{service}"}}}}"#);
    assert!(matches!(ask(&all(stacks), stacks), Verdict::Depends { .. }));
    assert_eq!(ask(&all(stacks), athena), Verdict::ImplicitDeny);
    let one = |key: &str, service: &str| format!(r#"{{"StringEquals": {{"aws:{key}": "{service}"}}}}"#);
    assert!(ask(&one("CalledViaLast", stacks), stacks).is_allowed());
    assert_eq!(ask(&one("CalledViaLast", stacks), athena), Verdict::ImplicitDeny);
    assert!(matches!(ask(&one("CalledViaFirst", stacks), stacks), Verdict::Depends { .. }));
    assert!(ask(r#"{"Null": {"aws:CalledVia": "false"}}"#, stacks).is_allowed());
    // A service that is not documented to fill the key may leave it out.
    assert!(matches!(ask(&any("s3.amazonaws.com"), "s3.amazonaws.com"), Verdict::Depends { .. }));
    // Two services that are asked for together may both have been there.
    let both = r#"{"ForAnyValue:StringEquals": {"aws:CalledVia": "a.amazonaws.com"},
                   "ForAnyValue:StringLike": {"aws:CalledVia": "b.*"}}"#;
    assert!(matches!(ask(both, stacks), Verdict::Depends { .. }));
}

#[test]
fn of_several_values_the_request_carried_one() {
    let lambda = r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
                     "Condition": {"StringEquals": {"iam:PassedToService": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}}}"#;
    let to = |services: &[&str]| verdict(lambda, &passing(services, "arn:aws:iam::111122223333:role/r"));
    assert!(to(&["lambda.amazonaws.com"]).is_allowed());
    assert!(to(&["lambda.amazonaws.com", "ec2.amazonaws.com"]).is_allowed());
    assert_eq!(to(&["ecs.amazonaws.com", "x.amazonaws.com"]), Verdict::ImplicitDeny);
    let open = Verdict::Depends { keys: keys(&["iam:passedtoservice"]) };
    assert_eq!(to(&["lambda.amazonaws.com", "ecs.amazonaws.com"]), open);
}

#[test]
fn a_type_is_allowed_only_where_all_of_it_is() {
    let on = |statements: &str| {
        verdict(statements, &asked("ec2:StopInstances", "arn:aws:ec2:r:111122223333:instance/*", Certainty::ByType))
    };
    let allow = |resource: &str| format!(r#"{{"Effect": "Allow", "Action": "ec2:*", "Resource": "{resource}"}}"#);
    let deny = |resource: &str| format!(r#"{{"Effect": "Deny", "Action": "ec2:*", "Resource": "{resource}"}}"#);
    assert_eq!(on(&allow("arn:aws:ec2:*:*:instance/*")), Verdict::Allowed { by: at(0, 0) });
    assert_eq!(
        on(&allow("arn:aws:ec2:r:111122223333:instance/i-1")),
        Verdict::Partly { why: Doubt::SomeAllowed { by: at(0, 0) } }
    );
    assert_eq!(on(&allow("arn:aws:ec2:*:*:volume/*")), Verdict::ImplicitDeny);
    let but = |resource: &str| on(&[allow("*"), deny(resource)].join(","));
    assert_eq!(
        but("arn:aws:ec2:r:111122223333:instance/i-1"),
        Verdict::Partly { why: Doubt::SomeDenied { by: at(0, 1) } }
    );
    assert_eq!(but("arn:aws:ec2:*:*:instance/*"), Verdict::ExplicitDeny { by: at(0, 1) });
    assert_eq!(but("arn:aws:ec2:*:*:volume/*"), Verdict::Allowed { by: at(0, 0) });
    // A denial where nothing is allowed changes nothing.
    assert_eq!(on(&deny("arn:aws:ec2:r:111122223333:instance/i-1")), Verdict::ImplicitDeny);
}

#[test]
fn not_resource_turns_the_extent_around() {
    let on = |not: &str| {
        let statement = format!(r#"{{"Effect": "Allow", "NotAction": "iam:*", "NotResource": "{not}"}}"#);
        verdict(&statement, &asked("s3:GetObject", "arn:aws:s3:::a/*", Certainty::ByType))
    };
    assert!(on("arn:aws:s3:::b/*").is_allowed());
    assert_eq!(on("arn:aws:s3:::a/k"), Verdict::Partly { why: Doubt::SomeAllowed { by: at(0, 0) } });
    assert_eq!(on("arn:aws:s3:::*"), Verdict::ImplicitDeny);
}

#[test]
fn conditions_and_placeholders_count_for_patterns_too() {
    let on = |statements: &str| verdict(statements, &asked("s3:GetObject", "arn:aws:s3:::a/*", Certainty::ByType));
    let conditional = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                          "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}}"#;
    assert_eq!(on(conditional), Verdict::Depends { keys: keys(&["aws:sourceip"]) });
    let denied = format!(
        r#"{{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}, {}"#,
        conditional.replace("Allow", "Deny")
    );
    assert_eq!(on(&denied), Verdict::Depends { keys: keys(&["aws:sourceip"]) });
    let placeholder = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "${BUCKET_ARN}/*"}"#;
    assert_eq!(on(placeholder), Verdict::Depends { keys: keys(&["${BUCKET_ARN}/*"]) });
    let never = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                    "Condition": {"Bool": {"aws:ViaAWSService": "true"}}}"#;
    assert_eq!(on(never), Verdict::ImplicitDeny);
}

#[test]
fn an_unresolved_resource_is_not_the_star_that_some_actions_ask_for() {
    let one = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "arn:aws:ec2:*:*:instance/*"}"#;
    let with = |certainty| verdict(one, &asked("ec2:DescribeInstances", "*", certainty));
    assert_eq!(with(Certainty::Exact), Verdict::ImplicitDeny);
    assert_eq!(with(Certainty::Unresolved), Verdict::Partly { why: Doubt::SomeAllowed { by: at(0, 0) } });
    let all = r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}"#;
    assert!(verdict(all, &asked("ec2:DescribeInstances", "*", Certainty::Unresolved)).is_allowed());
}

#[test]
fn a_name_without_its_path_is_met_with_or_without_one() {
    let named = Asked { path_unknown: true, ..passing(&["ec2.amazonaws.com"], "arn:aws:iam::111122223333:role/r") };
    let with = |resource: &str, more: &str, paths: &EntityPaths| {
        let allow = format!(r#"{{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "{resource}"}}{more}"#);
        judge(&documents(&[&allow]), paths, &named)
    };
    let none = EntityPaths::default();
    assert!(with("arn:aws:iam::111122223333:role/r", "", &none).is_allowed());
    assert!(with("arn:aws:iam::111122223333:role/*/r", "", &none).is_allowed());
    assert_eq!(with("arn:aws:iam::111122223333:role/app/r", "", &none), Verdict::Partly { why: Doubt::Entity });
    assert_eq!(with("arn:aws:iam::111122223333:role/other", "", &none), Verdict::ImplicitDeny);
    let deny = r#", {"Effect": "Deny", "Action": "iam:*", "Resource": "arn:aws:iam::111122223333:role/app/*"}"#;
    assert_eq!(
        with("arn:aws:iam::111122223333:role/*/r", deny, &none),
        Verdict::Partly { why: Doubt::SomeDenied { by: at(0, 1) } }
    );
    let mut known = EntityPaths::default();
    known.learn(&pattern("arn:aws:iam::111122223333:role/app/r"));
    assert!(with("arn:aws:iam::111122223333:role/app/r", "", &known).is_allowed());
    assert_eq!(with("arn:aws:iam::111122223333:role/r", "", &known), Verdict::ImplicitDeny);
}

fn need(action: &str, resources: &[&str]) -> Need {
    Need {
        action: action.parse().unwrap(),
        resources: resources.iter().map(|resource| pattern(resource)).collect(),
        context: ConditionKeys::new(),
        certainty: Certainty::Exact,
        rule: "resources".to_owned(),
        path_unknown: false,
        unsettled: Vec::new(),
        suspected: false,
    }
}

fn used(need: &Need) -> Used {
    let Need { action, resources, context, certainty, rule, path_unknown, unsettled, suspected } = need.clone();
    let resources = resources.into_iter().map(Observed::one).collect();
    Used {
        action,
        resources,
        context,
        certainty,
        rule,
        via: None,
        path_unknown,
        unsettled,
        suspected,
        seen: Seen::default(),
    }
}

fn judged(outcome: Let, via: Option<Via>, mapped: Mapped) -> Judged {
    let identity = Identity::Principal { principal: role(), via, certain: true };
    Judged { identity, outcome, denial: None, origin: None, mapped: Some(mapped) }
}

fn event(id: &'static str, name: &'static str) -> Event<'static> {
    Event {
        event_id: Some(id.into()),
        event_name: name.into(),
        event_source: "s3.amazonaws.com".into(),
        aws_region: "eu-west-1".into(),
        ..Event::default()
    }
}

#[test]
fn what_allows_one_of_two_resources_of_which_one_is_checked_denies_no_call() {
    let (bare, live) =
        ("arn:aws:lambda:r:111122223333:function:thumbs", "arn:aws:lambda:r:111122223333:function:thumbs:live");
    let either = Need { rule: "either:a+either:b".to_owned(), ..need("lambda:GetFunction", &[bare, live]) };
    let calls = |statements: &str, need: &Need| {
        let (documents, role, paths) = (documents(&[statements]), role(), EntityPaths::default());
        let (judge, names) = (Judge::new(&documents, &role, &paths), Names::default());
        let mut replayer = Replayer::new(&judge, &names);
        replayer.see(&event("1", "Some"), &judged(Let::Authorised, None, Mapped::Needs(vec![need.clone()])));
        replayer.finish().calls
    };
    let allow = |resource: &str| format!(r#"{{"Effect": "Allow", "Action": "lambda:*", "Resource": "{resource}"}}"#);
    let deny = |resource: &str| format!(r#"{{"Effect": "Deny", "Action": "lambda:*", "Resource": "{resource}"}}"#);
    let (allowed, denied) = (Calls { allowed: 1, ..Calls::default() }, Calls { denied: 1, ..Calls::default() });
    for resource in [bare, live, "arn:aws:lambda:*:*:function:thumbs:*"] {
        assert_eq!(calls(&allow(resource), &either), allowed, "{resource}");
    }
    assert_eq!(calls(&allow("arn:aws:lambda:r:111122223333:function:other"), &either), denied);
    assert_eq!(calls(&[allow("*"), deny(live)].join(","), &either), denied);
    // Of resources that are all checked, none may be missing.
    let both = Need { rule: "either:a+resources".to_owned(), ..either };
    assert_eq!(calls(&allow(bare), &both), denied);
}

#[test]
fn a_call_is_counted_once_by_the_worst_that_it_needed() {
    let documents = documents(&[r#"{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a/*"},
           {"Effect": "Allow", "Action": "s3:Put*", "Resource": "*", "Condition": {"Bool": {"aws:x": "true"}}}"#]);
    let (role, paths) = (role(), EntityPaths::default());
    let (judge, names) = (Judge::new(&documents, &role, &paths), Names::default());
    let mut replayer = Replayer::new(&judge, &names);
    let (get, put) = (need("s3:GetObject", &["arn:aws:s3:::a/k"]), need("s3:PutObject", &["arn:aws:s3:::a/k"]));
    let elsewhere = need("s3:GetObject", &["arn:aws:s3:::b/k", "arn:aws:s3:::b/l"]);
    let mut see = |id, outcome, mapped| replayer.see(&event(id, "Some"), &judged(outcome, None, mapped));
    see("1", Let::Authorised, Mapped::Needs(vec![get.clone()]));
    see("2", Let::Authorised, Mapped::Needs(vec![get.clone(), put.clone()]));
    see("3", Let::Authorised, Mapped::Needs(vec![put, elsewhere.clone(), get.clone()]));
    see("4", Let::Authorised, Mapped::None(NoNeed::NoPermission));
    see("5", Let::Authorised, Mapped::None(NoNeed::UnknownCall));
    see("6", Let::Authorised, Mapped::Needs(vec![Need { suspected: true, ..elsewhere.clone() }]));
    see("7", Let::Denied, Mapped::Needs(vec![elsewhere]));
    let tally = replayer.finish();
    let expected = Calls { allowed: 1, denied: 1, depends: 1, partly: 0, no_permission: 1, unmapped: 2 };
    assert_eq!(tally.calls, expected);
    assert_eq!((tally.calls.total(), tally.calls.known(), tally.calls.let_through()), (6, 4, 2));
    let groups: Vec<(&str, &str, u64, Vec<&str>)> = tally
        .groups
        .iter()
        .map(|(key, group)| {
            let ids = group.evidence.events.iter().map(|event| &*event.id).collect();
            (key.verdict.code(), key.resource.as_str(), group.evidence.count, ids)
        })
        .collect();
    assert_eq!(
        groups,
        [
            ("implicit-deny", "arn:aws:s3:::b/k", 1, vec!["3"]),
            ("implicit-deny", "arn:aws:s3:::b/l", 1, vec!["3"]),
            ("depends", "arn:aws:s3:::a/k", 2, vec!["2", "3"]),
            ("allowed", "arn:aws:s3:::a/k", 3, vec!["1", "2", "3"]),
        ]
    );
    let reasons: Vec<&str> = tally.unmapped.keys().map(|(_, reason)| *reason).collect();
    assert_eq!(reasons, ["suspected", "unknown-call"]);
}

#[test]
fn each_call_is_judged_by_its_own_resource_and_listed_by_that_of_usage() {
    let documents = documents(&[r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a/x*"}"#]);
    let (role, paths) = (role(), EntityPaths::default());
    let judge = Judge::new(&documents, &role, &paths);
    let names = Names::of(&[used(&need("s3:GetObject", &["arn:aws:s3:::a/*"]))]);
    let mut replayer = Replayer::new(&judge, &names);
    for resource in ["arn:aws:s3:::a/x1", "arn:aws:s3:::a/x2", "arn:aws:s3:::a/y"] {
        let mapped = Mapped::Needs(vec![need("s3:GetObject", &[resource])]);
        replayer.see(&event("", "GetObject"), &judged(Let::Authorised, None, mapped));
    }
    let tally = replayer.finish();
    let groups: Vec<(&str, &str, u64)> = tally
        .groups
        .iter()
        .map(|(key, group)| (key.verdict.code(), key.resource.as_str(), group.evidence.count))
        .collect();
    assert_eq!(groups, [("implicit-deny", "arn:aws:s3:::a/*", 1), ("allowed", "arn:aws:s3:::a/*", 2)]);
}

#[test]
fn the_role_inside_a_profile_is_judged_where_records_told_it() {
    let documents = documents(&[
        r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::111122223333:role/real"}"#,
    ]);
    let (role, paths) = (role(), EntityPaths::default());
    let judge = Judge::new(&documents, &role, &paths);
    let guess = |resource: &str| Need {
        rule: "pass-role:instance-profile:iamInstanceProfile".to_owned(),
        ..need("iam:PassRole", &[resource])
    };
    let told = Need {
        rule: "pass-role:role-of-instance-profile".to_owned(),
        ..need("iam:PassRole", &["arn:aws:iam::111122223333:role/real"])
    };
    let names = Names::of(&[used(&told), used(&guess("arn:aws:iam::111122223333:role/other"))]);
    let mut replayer = Replayer::new(&judge, &names);
    for resource in ["arn:aws:iam::111122223333:role/profile", "arn:aws:iam::111122223333:role/other"] {
        let mapped = Mapped::Needs(vec![guess(resource)]);
        replayer.see(&event("", "RunInstances"), &judged(Let::Authorised, None, mapped));
    }
    let calls = replayer.finish().calls;
    assert_eq!((calls.allowed, calls.denied), (1, 1));
}

#[test]
fn a_record_shows_its_region() {
    let documents = documents(&[r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}}"#]);
    let (role, paths) = (role(), EntityPaths::default());
    let (judge, names) = (Judge::new(&documents, &role, &paths), Names::default());
    let mut replayer = Replayer::new(&judge, &names);
    let judged = judged(Let::Authorised, None, Mapped::Needs(vec![need("s3:GetObject", &["arn:aws:s3:::a/k"])]));
    replayer.see(&event("1", "GetObject"), &judged);
    replayer.see(&Event { aws_region: "us-east-1".into(), ..event("2", "GetObject") }, &judged);
    let calls = replayer.finish().calls;
    assert_eq!((calls.allowed, calls.denied, calls.depends), (1, 1, 0));
}

#[test]
fn refusals_that_would_not_be_repeated_are_found() {
    let documents = documents(&[r#"{"Effect": "Allow", "Action": "s3:Delete*", "Resource": "arn:aws:s3:::a/*"},
           {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
            "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}}"#]);
    let want = |action: &str, origin, resources: &[&str]| Want {
        action: action.to_owned(),
        origin,
        error_code: "AccessDenied".to_owned(),
        reason: None,
        via: None,
        resources: resources.iter().map(|resource| pattern(resource)).collect(),
        named: Vec::new(),
        seen: Seen::default(),
    };
    let wants = [
        want("s3:DeleteObject", "both", &["arn:aws:s3:::a/k", "arn:aws:s3:::b/k"]),
        want("s3:DeleteObject", "message", &[]),
        want("s3:DeleteBucket", "both", &["*"]),
        want("iam:PassRole", "both", &["arn:aws:iam::111122223333:role/r"]),
        want("no action", "message", &["arn:aws:s3:::a/k"]),
    ];
    let (role, paths) = (role(), EntityPaths::default());
    let found = Judge::new(&documents, &role, &paths).now_allowed(&wants);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].resources, BTreeSet::from([&pattern("arn:aws:s3:::a/k")]));
}

#[test]
fn odd_policies_are_told() {
    let first = r#"{"Effect": "Allow", "Action": ["s3:GetObjct", "s3:Get*", "nosuch:*", "*"],
        "Resource": ["${BUCKET}/*", "arn:aws:s3:::${PREFIX}-*", "arn:aws:s3:::home/${aws:username}/*"], "Comment": "x"}"#;
    let second = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#;
    let mut documents = documents(&[first, second]);
    documents.push(
        PolicyDocument::parse(
            r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::${aws:username}"}, "Odd": 1}"#,
        )
        .unwrap(),
    );
    let notes = policy_notes(Catalog::embedded(), &documents);
    let shown: Vec<(usize, &str, &str)> =
        notes.iter().map(|note| (note.document, note.code.as_str(), note.text.as_str())).collect();
    assert_eq!(
        shown,
        [
            (0, "placeholder", "${BUCKET}/*"),
            (0, "placeholder", "arn:aws:s3:::${PREFIX}-*"),
            (0, "unknown-element", "Comment"),
            (0, "no-such-action", "nosuch:*"),
            (0, "no-such-action", "s3:GetObjct"),
            (1, "principal-element", "Principal"),
            (2, "unknown-element", "Odd"),
            (2, "no-variables", "arn:aws:s3:::${aws:username}"),
        ]
    );
}
