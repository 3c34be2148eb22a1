use std::fs;
use std::path::Path;

use tighten_iam::{Context, Request, RequestResource, evaluate, quota};

use super::role::JobRole;
use super::*;

fn scope() -> Scope {
    Scope {
        buckets: vec!["logs".to_owned()],
        prefixes: vec!["team/".to_owned()],
        keys: vec!["arn:aws:kms:eu-west-1:111122223333:key/1".parse().unwrap()],
        accounts: vec!["111122223333".to_owned()],
        trails: Vec::new(),
        regions: vec!["eu-west-1".to_owned()],
    }
}

fn allows(presets: &[Preset], scope: &Scope, action: &str, resource: &str, context: &Context) -> bool {
    let documents = [document(&granted(presets, scope).unwrap())];
    let (action, arn) = (action.parse().unwrap(), resource.parse().ok());
    let resource = arn.as_ref().map_or(RequestResource::Any, RequestResource::Arn);
    evaluate(&documents, &Request { principal: None, action: &action, resource, context }).is_allowed()
}

#[test]
fn a_scope_lets_through_what_is_in_it_alone() {
    let s3 = |action, resource, key: &str, value: &str| {
        allows(&[Preset::S3], &scope(), action, resource, &Context::closed().with(key, [value]))
    };
    assert!(s3("s3:ListBucket", "arn:aws:s3:::logs", "s3:prefix", "team/AWSLogs/"));
    assert!(!s3("s3:ListBucket", "arn:aws:s3:::logs", "s3:prefix", ""));
    assert!(!s3("s3:ListBucket", "arn:aws:s3:::other", "s3:prefix", "team/"));
    assert!(s3("s3:GetObject", "arn:aws:s3:::logs/team/AWSLogs/a.json.gz", "x:y", ""));
    assert!(!s3("s3:GetObject", "arn:aws:s3:::logs/other/a.json.gz", "x:y", ""));
    let key = "arn:aws:kms:eu-west-1:111122223333:key/1";
    assert!(s3("kms:Decrypt", key, "kms:ViaService", "s3.eu-west-1.amazonaws.com"));
    assert!(!s3("kms:Decrypt", key, "kms:ViaService", "ec2.eu-west-1.amazonaws.com"));
    let history = |region: &str| {
        let context = Context::closed().with("aws:RequestedRegion", [region]);
        allows(&[Preset::EventHistory], &scope(), "cloudtrail:LookupEvents", "*", &context)
    };
    assert!(history("eu-west-1") && !history("us-east-1"));
}

#[test]
fn a_trail_leads_to_its_bucket_and_files_take_nothing() {
    let actions = |preset| {
        let granted = granted(&[preset], &Scope::default()).unwrap();
        granted.iter().map(|one| one.call.action).collect::<Vec<_>>()
    };
    assert!(actions(Preset::Trail).contains(&"s3:GetObject"));
    assert!(!actions(Preset::S3).contains(&"cloudtrail:DescribeTrails"));
    assert!(actions(Preset::Local).is_empty() && actions(Preset::PullRequest).is_empty());
    assert!(!actions(Preset::Full).contains(&"kms:Decrypt"), "without a key there is nothing to decrypt with");
    let full = granted(&[Preset::Full], &scope()).unwrap();
    assert_eq!(full.len(), TABLE.len(), "`full` is everything");
}

#[test]
fn a_prefix_is_text_and_not_a_pattern() {
    let scope = Scope { prefixes: vec!["a*".to_owned()], ..scope() };
    let list = |prefix: &str| {
        let context = Context::closed().with("s3:prefix", [prefix]);
        allows(&[Preset::S3], &scope, "s3:ListBucket", "arn:aws:s3:::logs", &context)
    };
    assert!(list("a*b") && !list("ab"));
}

/// Sids have to be different, or IAM refuses the document.
#[test]
fn every_statement_has_a_name_of_its_own() {
    let document = document(&granted(&[Preset::Full], &scope()).unwrap());
    let mut sids: Vec<_> = document.statements.iter().map(|statement| statement.sid.clone().unwrap()).collect();
    sids.sort();
    sids.dedup();
    assert_eq!(sids.len(), document.statements.len());
    assert!(quota::size(&document) < quota::limit(quota::PolicyKind::Managed));
}

/// Errors name the permission and the preset by the `AwsCall`: none may have been made up beside the table.
#[test]
fn every_call_of_this_crate_is_in_the_table() {
    let mut known: Vec<(String, String)> = Vec::new();
    for permission in TABLE {
        let AwsCall { operation, action, .. } = permission.call;
        known.push((operation.to_owned(), action.to_owned()));
    }
    let mut seen = 0;
    for text in sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        // `AwsCall { operation: "…", action: "…", … }`, on one line or several.
        for literal in text.split("operation: \"").skip(1) {
            let (operation, rest) = literal.split_once('"').unwrap();
            let Some((_, rest)) = rest.split_once("action: \"") else { continue };
            let (action, _) = rest.split_once('"').unwrap();
            seen += 1;
            let pair = (operation.to_owned(), action.to_owned());
            assert!(known.contains(&pair), "{pair:?} is not in permissions/table.rs");
        }
    }
    assert!(seen <= known.len());
}

fn sources(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(sources(&path));
        } else if path.file_name().is_some_and(|name| name != "tests.rs") {
            texts.push(fs::read_to_string(path).unwrap());
        }
    }
    texts
}

#[test]
fn the_role_of_a_job_trusts_one_branch() {
    let policy = document(&granted(&[Preset::S3], &scope()).unwrap());
    let role = JobRole::new("acme/infra", "release/2026", policy.clone()).unwrap();
    assert_eq!(role.subject(), "repo:acme/infra:ref:refs/heads/release/2026");
    let trust = role.trust("arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com").to_value();
    assert_eq!(
        trust["Statement"][0]["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"],
        role.subject().as_str()
    );
    for (repository, branch) in [("acme", "main"), ("acme/*", "main"), ("acme/a:b", "main"), ("acme/infra", "*")] {
        assert_eq!(JobRole::new(repository, branch, policy.clone()), None, "{repository} {branch}");
    }
}
