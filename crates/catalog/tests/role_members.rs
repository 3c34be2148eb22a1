//! Every member of a request that may hold a role is ruled: it is passed, suspected, or left out for a reason.

use std::collections::BTreeMap;

use tighten_catalog::{Catalog, Confidence, On, Rules, leads_to};

/// Written by `tools/catalog/role_members.py`: prefix, operation, path.
const MEMBERS: &str = include_str!("../role_members.tsv");

/// The services that nearly every account uses: of their roles it has to be known whether they are passed.
const MOST_USED: [&str; 30] = [
    "apigateway",
    "athena",
    "autoscaling",
    "cloudformation",
    "cloudfront",
    "cloudwatch",
    "codebuild",
    "codepipeline",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "eks",
    "elasticloadbalancing",
    "events",
    "glue",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "logs",
    "rds",
    "route53",
    "s3",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "states",
    "sts",
];

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Ruled {
    Passed,
    PassedByCall,
    Suspected,
    NotPassed,
}

fn ruled(rules: &Rules, prefix: &str, operation: &str, place: &str) -> Option<Ruled> {
    let rows = rules.pass_roles(prefix, operation).iter();
    let rows = rows.filter(|row| row.params.iter().any(|param| leads_to(&param.path, place)));
    let of_row = match rows.map(|row| row.confidence).max() {
        Some(Confidence::High) => Some(Ruled::Passed),
        Some(Confidence::Low) => Some(Ruled::Suspected),
        None => None,
    };
    let sources = rules.event_sources(prefix);
    let mut needs = sources.iter().filter_map(|source| rules.call(source, operation)).flat_map(|call| &call.needs);
    let by_call = needs.any(|need| match &need.on {
        Some(On::Param { params, .. }) => {
            need.action.name() == "PassRole" && params.iter().any(|param| leads_to(&param.path, place))
        }
        _ => false,
    });
    let not_passed = rules.not_passed(prefix, operation, place).map(|_| Ruled::NotPassed);
    of_row.or(by_call.then_some(Ruled::PassedByCall)).or(not_passed)
}

#[test]
fn every_role_like_member_is_passed_suspected_or_left_out_for_a_reason() {
    let rules = Catalog::embedded().rules();
    let mut unruled = Vec::new();
    let mut suspected = Vec::new();
    let mut counts: BTreeMap<Ruled, usize> = BTreeMap::new();
    for line in MEMBERS.lines() {
        let [prefix, operation, place] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        match ruled(rules, prefix, operation, place) {
            None => unruled.push(line),
            Some(found) => {
                if found == Ruled::Suspected {
                    suspected.push((prefix, line));
                }
                *counts.entry(found).or_default() += 1;
            }
        }
    }
    assert!(unruled.is_empty(), "no row speaks of: {unruled:#?}");
    assert!(suspected.len() <= 60, "{suspected:#?}");
    let doubtful: Vec<_> = suspected.iter().filter(|(prefix, _)| MOST_USED.contains(prefix)).collect();
    assert!(doubtful.is_empty(), "{doubtful:#?}");
    assert!(counts[&Ruled::Passed] > 1_400 && counts[&Ruled::NotPassed] > 200, "{counts:?}");
}

#[test]
fn what_is_passed_is_not_left_out_too() {
    let rules = Catalog::embedded().rules();
    for line in MEMBERS.lines() {
        let [prefix, operation, place] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let passed = rules.pass_roles(prefix, operation).iter().flat_map(|row| &row.params);
        let is_passed = passed.into_iter().any(|param| leads_to(&param.path, place));
        let left_out = rules.not_passed(prefix, operation, place);
        // Calls that read, and what only by its name is something else, are left out unless a row says otherwise.
        let by_path = left_out.is_some_and(|row| row.params.iter().any(|path| leads_to(path, place)));
        assert!(!(is_passed && by_path), "two rows: {line}");
    }
}
