//! The laws that hold for all inputs, against references that are too simple to be wrong.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, Arn, Context, PolicyDocument, Request, RequestResource, evaluate, quota};
use tighten_mapping::Certainty;

use crate::block::{Density, compact};
use crate::documents::pack;
use crate::generalise::generalise;
use crate::others::Others;
use crate::sid::sids;
use crate::{
    ConditionKeys, EntityPaths, Grant, Limits, Observed, Options, Proposal, ResourceMode, Seen, Subject, Used,
    generate, prove_generated,
};

const ACTIONS: [&str; 9] = [
    "s3:GetObject",
    "s3:DeleteObject",
    "s3:GetObjectVersion",
    "s3:PutObjectAcl",
    "s3:ListBucket",
    "sqs:SendMessage",
    "sqs:ReceiveMessage",
    "iam:PassRole",
    "ec2:CreateTags",
];

const PATTERNS: [&str; 14] = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::a/k",
    "arn:aws:s3:::a/k?",
    "arn:aws:s3:::a/${*}",
    "arn:aws:s3:::b*",
    "arn:aws:s3:::b/k",
    "arn:aws:sqs:*:1:q*",
    "arn:aws:sqs:r:1:q",
    "arn:aws:sqs:r:1:q?",
    "arn:aws:iam::1:role/*",
    "arn:aws:iam::1:role/r",
];

const ARNS: [&str; 13] = [
    "arn:aws:s3:::a",
    "arn:aws:s3:::a/k",
    "arn:aws:s3:::a/kk",
    "arn:aws:s3:::a/*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::b/k",
    "arn:aws:s3:::c/k",
    "arn:aws:sqs:r:1:q",
    "arn:aws:sqs:r:1:qq",
    "arn:aws:sqs:s:1:q",
    "arn:aws:sqs:r:2:q",
    "arn:aws:iam::1:role/r",
    "arn:aws:iam::1:role/path/r",
];

const SERVICES: [&str; 3] = ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "ec2.amazonaws.com"];

fn condition() -> impl Strategy<Value = ConditionKeys> {
    let passed = subsequence(SERVICES.to_vec(), 1..=2).prop_map(|values| ("iam:PassedToService", values));
    let created = Just(("ec2:CreateAction", vec!["RunInstances"]));
    let one = prop_oneof![passed, created]
        .prop_map(|(key, values)| BTreeMap::from([(key.to_owned(), values.into_iter().map(str::to_owned).collect())]));
    prop_oneof![3 => Just(BTreeMap::new()), 1 => one]
}

fn grants() -> impl Strategy<Value = Vec<Grant>> {
    let grant = (select(&ACTIONS[..]), select(&PATTERNS[..]), condition()).prop_map(|(action, resource, condition)| {
        Grant { action: action.parse().unwrap(), resource: resource.parse().unwrap(), condition }
    });
    prop::collection::vec(grant, 0..24)
}

/// Every request that the few actions, resources and condition keys allow for.
fn all_requests(mut ask: impl FnMut(&ActionName, RequestResource<'_>, &[(&str, &str)])) {
    let contexts: [&[(&str, &str)]; 6] = [
        &[],
        &[("iam:PassedToService", "lambda.amazonaws.com")],
        &[("iam:PassedToService", "ec2.amazonaws.com")],
        &[("iam:PassedToService", "other.amazonaws.com")],
        &[("ec2:CreateAction", "RunInstances")],
        &[("ec2:CreateAction", "RunInstances"), ("iam:PassedToService", "ecs-tasks.amazonaws.com")],
    ];
    let arns: Vec<Arn> = ARNS.iter().map(|arn| arn.parse().unwrap()).collect();
    for action in ACTIONS.map(|action| action.parse::<ActionName>().unwrap()) {
        for context in contexts {
            for resource in arns.iter().map(RequestResource::Arn).chain([RequestResource::Any]) {
                ask(&action, resource, context);
            }
        }
    }
}

/// Whether one of the grants gives it, by the plainest reading.
fn given(grants: &[Grant], action: &ActionName, resource: RequestResource<'_>, context: &[(&str, &str)]) -> bool {
    grants.iter().any(|grant| {
        let on = match resource {
            RequestResource::Arn(arn) => grant.resource.matches(arn),
            RequestResource::Any => grant.resource.is_any(),
        };
        let holds = grant
            .condition
            .iter()
            .all(|(key, values)| context.iter().any(|(own, value)| own == key && values.contains(*value)));
        grant.action == *action && on && holds
    })
}

fn allowed(
    documents: &[PolicyDocument],
    action: &ActionName,
    resource: RequestResource<'_>,
    context: &[(&str, &str)],
) -> bool {
    let mut keys = Context::closed();
    for (key, value) in context {
        keys.insert(key, [*value]);
    }
    evaluate(documents, &Request { principal: None, action, resource, context: &keys }).is_allowed()
}

fn documents(grants: &[Grant], density: Density, limit: usize) -> Vec<PolicyDocument> {
    let catalog = Catalog::embedded();
    let blocks = compact(catalog, grants.iter().cloned(), density);
    let names = sids(catalog, &blocks);
    let statements =
        blocks.iter().zip(names).map(|(block, sid)| (block.service.clone(), block.statement().with_sid(sid)));
    pack(statements.collect(), limit)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn compacting_and_splitting_give_exactly_what_was_given(
        grants in grants(),
        density in select(&Density::ALL[..]),
        limit in select(vec![350_usize, 500, 6_144]),
    ) {
        let documents = documents(&grants, density, limit);
        all_requests(|action, resource, context| {
            let (before, after) = (given(&grants, action, resource, context), allowed(&documents, action, resource, context));
            assert_eq!(before, after, "{action} on {resource:?} with {context:?}: {documents:?}");
        });
    }

    #[test]
    fn documents_keep_to_their_limit_and_sids_to_theirs(grants in grants(), density in select(&Density::ALL[..])) {
        let documents = documents(&grants, density, 400);
        for document in &documents {
            prop_assert!(quota::size(document) <= 400);
            let sids: Vec<&str> = document.statements.iter().filter_map(|statement| statement.sid.as_deref()).collect();
            prop_assert_eq!(sids.len(), document.statements.len());
            prop_assert_eq!(sids.iter().collect::<BTreeSet<_>>().len(), sids.len());
            prop_assert!(sids.iter().all(|sid| !sid.is_empty() && sid.bytes().all(|b| b.is_ascii_alphanumeric())));
        }
    }

    #[test]
    fn compacting_is_the_same_in_any_order(grants in grants().prop_shuffle(), density in select(&Density::ALL[..])) {
        let mut sorted = grants.clone();
        sorted.sort();
        let texts = |grants: &[Grant]| documents(grants, density, 500).iter().map(PolicyDocument::to_string_pretty).collect::<Vec<_>>();
        prop_assert_eq!(texts(&grants), texts(&sorted));
    }
}

/// An action with a resource as logs show them, minted and odd ones among them.
fn used_on() -> impl Strategy<Value = (&'static str, String)> {
    let word = || {
        prop_oneof![
            select(vec![
                "a",
                "b",
                "my-app",
                "my-app-dev",
                "my-application",
                "app-Fn-1ABCDEFGHIJKL",
                "x${*}y",
                "日誌",
                "é",
                "2024",
                "*",
                "q?"
            ])
            .prop_map(str::to_owned),
            Just("550e8400-e29b-41d4-a716-446655440000".to_owned()),
            (0..40_u8).prop_map(|n| format!("n{n}")),
            (0..40_u8).prop_map(|n| format!("my-app-{n}${{*}}")),
        ]
    };
    let path = || prop::collection::vec(word(), 1..4).prop_map(|words| words.join("/"));
    let region = || select(vec!["us-east-1", "eu-west-1", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8"]);
    prop_oneof![
        (word(), path()).prop_map(|(bucket, key)| ("s3:GetObject", format!("arn:aws:s3:::{bucket}/{key}"))),
        word().prop_map(|bucket| ("s3:ListBucket", format!("arn:aws:s3:::{bucket}"))),
        (region(), word(), word()).prop_map(|(region, name, alias)| (
            "lambda:InvokeFunction",
            format!("arn:aws:lambda:{region}:1:function:{name}:{alias}")
        )),
        (region(), word())
            .prop_map(|(region, name)| ("lambda:InvokeFunction", format!("arn:aws:lambda:{region}:1:function:{name}"))),
        (region(), path(), word()).prop_map(|(region, group, stream)| (
            "logs:PutLogEvents",
            format!("arn:aws:logs:{region}:1:log-group:/{group}:log-stream:{stream}")
        )),
        (region(), path()).prop_map(|(region, group)| (
            "logs:CreateLogGroup",
            format!("arn:aws:logs:{region}:1:log-group:/{group}:*")
        )),
        (region(), any::<u32>())
            .prop_map(|(region, id)| ("ec2:StopInstances", format!("arn:aws:ec2:{region}:1:instance/i-{id:08x}"))),
        (word(), path()).prop_map(|(name, id)| ("nosuch:Thing", format!("arn:aws:nosuch:::{name}/{id}"))),
        path().prop_map(|path| ("iam:GetRole", format!("arn:aws:iam::1:role/{path}"))),
        (region(), word()).prop_map(|(region, name)| (
            "secretsmanager:GetSecretValue",
            format!("arn:aws:secretsmanager:{region}:1:secret:{name}-Ab1Cd2")
        )),
        (region(), any::<u32>())
            .prop_map(|(region, id)| ("ec2:RunInstances", format!("arn:aws:ec2:{region}:1:subnet/subnet-{id:08x}"))),
        (region(), word()).prop_map(|(region, name)| ("sns:AddPermission", format!("arn:aws:sns:{region}:1:{name}"))),
        (region(), path())
            .prop_map(|(region, name)| ("ssm:GetParameter", format!("arn:aws:ssm:{region}:1:parameter/{name}"))),
        select(vec![
            "*",
            "arn:aws:s3",
            "arn:aws:s3:::b/${aws:username}/x",
            "arn:aws:s3:::",
            "arn:aws:s3:::/",
            "arn:aws:s3:::b//k/"
        ])
        .prop_map(|odd| ("s3:GetObject", odd.to_owned())),
    ]
}

fn options() -> impl Strategy<Value = Options> {
    let prefixes = subsequence(
        vec!["my-app".to_owned(), "my-app-".to_owned(), "n1".to_owned(), String::new(), "x*".to_owned()],
        0..3,
    );
    let limits =
        (1..10_usize, 1..6_usize, 1..6_usize).prop_map(|(names, below, regions)| Limits { names, below, regions });
    (select(&ResourceMode::ALL[..]), limits, prefixes).prop_map(|(resources, limits, name_prefixes)| Options {
        resources,
        limits,
        name_prefixes,
        ..Options::default()
    })
}

fn used(
    action: &str,
    resources: &BTreeSet<String>,
    context: ConditionKeys,
    path_unknown: bool,
    suspected: bool,
) -> Used {
    Used {
        action: action.parse().unwrap(),
        resources: resources.iter().map(|text| Observed::one(text.parse().unwrap())).collect(),
        context,
        certainty: Certainty::Exact,
        rule: "resources".to_owned(),
        via: None,
        path_unknown,
        unsettled: Vec::new(),
        suspected,
        seen: Seen { count: 1, event_ids: vec!["e".to_owned()], ..Seen::default() },
    }
}

fn needs() -> impl Strategy<Value = Vec<Used>> {
    let need = (
        prop::collection::vec(used_on(), 1..30),
        condition(),
        any::<bool>(),
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(used_on, context, path_unknown, suspected, open)| {
            let action = used_on[0].0;
            let resources = used_on.into_iter().map(|(_, resource)| resource).collect();
            let mut used = used(action, &resources, context, path_unknown, suspected);
            if open {
                let taken = Catalog::embedded().action(&used.action).into_iter().flat_map(|action| &action.resources);
                used.unsettled = taken.map(|taken| taken.resource_type.to_owned()).collect();
                used.certainty = Certainty::ByType;
            }
            used
        });
    prop::collection::vec(need, 0..6)
}

fn proposal(needs: &[Used], options: &Options) -> Proposal {
    let subject = Subject {
        principal: "arn:aws:iam::111122223333:role/app".parse().unwrap(),
        name_only: false,
        needs: needs.to_vec(),
        wants: Vec::new(),
        unmapped: Vec::new(),
        mostly_refused: None,
    };
    generate(Catalog::embedded(), &subject, &EntityPaths::default(), options)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_generalised_contains_what_was_observed(
        used_on in prop::collection::vec(used_on(), 0..60),
        options in options(),
    ) {
        let action = used_on.first().map_or("s3:GetObject", |(action, _)| action).parse().unwrap();
        let observed: Vec<Observed> = used_on.iter().map(|(_, text)| Observed::one(text.parse().unwrap())).collect();
        let observed = Observed::united(&observed);
        let granted = generalise(Catalog::embedded(), &action, &observed, &Others::default(), &options);
        for one in &observed {
            let behind = granted.iter().filter(|granted| granted.pattern.contains(&one.pattern)).count();
            prop_assert!(behind > 0, "{:?} is in none of {:?}", one, granted);
        }
        let counted: u64 = granted.iter().map(|granted| granted.behind.count).sum();
        prop_assert_eq!(counted, observed.len() as u64);
        for granted in &granted {
            prop_assert_eq!(tighten_iam::illegal_character(granted.pattern.as_str()), None);
        }
    }

    #[test]
    fn every_need_is_proven_and_no_suspicion_granted(needs in needs(), options in options()) {
        let proposal = proposal(&needs, &options);
        let proof = prove_generated(&proposal, &needs, &EntityPaths::default());
        prop_assert!(proof.is_ok(), "{:?}", proof);
        let sure: BTreeSet<&ActionName> = needs.iter().filter(|need| !need.suspected).map(|need| &need.action).collect();
        for statement in proposal.documents.iter().flat_map(|document| &document.statements) {
            for action in statement.action.patterns() {
                prop_assert!(sure.contains(&action.to_name().unwrap()));
            }
        }
    }

    #[test]
    fn a_proposal_is_the_same_for_any_order_of_needs(needs in needs().prop_shuffle(), options in options()) {
        let mut sorted = needs.clone();
        sorted.sort_by_key(|need| format!("{need:?}"));
        let text = |needs: &[Used]| serde_json::to_string_pretty(&proposal(needs, &options)).unwrap();
        prop_assert_eq!(text(&needs), text(&sorted));
    }

    #[test]
    fn a_proposal_does_not_change_when_needs_are_seen_twice(needs in needs(), options in options()) {
        let twice: Vec<Used> = needs.iter().chain(&needs).cloned().collect();
        prop_assert_eq!(proposal(&needs, &options).documents, proposal(&twice, &options).documents);
    }
}
