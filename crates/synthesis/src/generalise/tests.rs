use super::*;
use crate::options::Limits;

fn options(resources: ResourceMode) -> Options {
    Options { resources, ..Options::default() }
}

fn patterns(action: &str, resources: &[&str], options: &Options) -> Vec<String> {
    let observed = resources.iter().map(|text| Observed::one(text.parse().unwrap())).collect();
    let granted = generalise(Catalog::embedded(), &action.parse().unwrap(), &observed, options);
    for one in &observed {
        assert!(granted.iter().any(|granted| granted.pattern.contains(&one.pattern)), "{one:?} is not in {granted:?}");
    }
    granted.into_iter().map(|granted| granted.pattern.to_string()).collect()
}

fn auto(action: &str, resources: &[&str]) -> Vec<String> {
    patterns(action, resources, &options(ResourceMode::Auto))
}

#[test]
fn chosen_names_stay() {
    let arns = [
        "arn:aws:lambda:eu-west-1:111122223333:function:resize",
        "arn:aws:lambda:eu-west-1:111122223333:function:thumbnails:live",
    ];
    assert_eq!(auto("lambda:InvokeFunction", &arns), arns);
    let key = ["arn:aws:kms:eu-west-1:111122223333:key/550e8400-e29b-41d4-a716-446655440000"];
    assert_eq!(auto("kms:Decrypt", &key), key);
    let certificate = ["arn:aws:acm:eu-west-1:111122223333:certificate/550e8400-e29b-41d4-a716-446655440000"];
    assert_eq!(auto("acm:DescribeCertificate", &certificate), certificate);
    let zone = ["arn:aws:route53:::hostedzone/Z0123456789ABCDEFGHIJ"];
    assert_eq!(auto("route53:ChangeResourceRecordSets", &zone), zone);
    assert_eq!(auto("s3:ListAllMyBuckets", &["*"]), ["*"]);
}

#[test]
fn minted_ids_become_wildcards() {
    for (action, observed, expected) in [
        (
            "ec2:StopInstances",
            "arn:aws:ec2:us-east-1:1:instance/i-0123456789abcdef0",
            "arn:aws:ec2:us-east-1:1:instance/*",
        ),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1:1:key-pair/ops", "arn:aws:ec2:us-east-1:1:key-pair/ops"),
        (
            "logs:PutLogEvents",
            "arn:aws:logs:us-east-1:1:log-group:/aws/lambda/f:log-stream:2024/01/02/[${$}LATEST]0a1b",
            "arn:aws:logs:us-east-1:1:log-group:/aws/lambda/f:log-stream:*",
        ),
        (
            "cloudformation:UpdateStack",
            "arn:aws:cloudformation:us-east-1:1:stack/app/550e8400-e29b-41d4-a716-446655440000",
            "arn:aws:cloudformation:us-east-1:1:stack/app/*",
        ),
        (
            "secretsmanager:GetSecretValue",
            "arn:aws:secretsmanager:us-east-1:1:secret:db/prod-Ab1Cd2",
            "arn:aws:secretsmanager:us-east-1:1:secret:db/prod-??????",
        ),
        (
            "ecs:RunTask",
            "arn:aws:ecs:us-east-1:1:task-definition/app:37",
            "arn:aws:ecs:us-east-1:1:task-definition/app:*",
        ),
        (
            "ecs:StopTask",
            "arn:aws:ecs:us-east-1:1:task/main/9e107d9d372bb6826bd81d3542a419d6",
            "arn:aws:ecs:us-east-1:1:task/main/*",
        ),
        (
            "states:DescribeExecution",
            "arn:aws:states:us-east-1:1:execution:flow:run-7",
            "arn:aws:states:us-east-1:1:execution:flow:*",
        ),
        ("iam:PassRole", "arn:aws:iam::1:role/app-FnRole-1ABCDEFGHIJKL", "arn:aws:iam::1:role/app-FnRole-*"),
        ("s3:PutObject", "arn:aws:s3:::up/550e8400-e29b-41d4-a716-446655440000/x.bin", "arn:aws:s3:::up/*/x.bin"),
        ("s3:ListBucket", "arn:aws:s3:::app-bucket-1abcdefghijkl", "arn:aws:s3:::app-bucket-1abcdefghijkl"),
    ] {
        assert_eq!(auto(action, &[observed]), [expected]);
    }
}

#[test]
fn crowds_become_wildcards_level_by_level() {
    let keys: Vec<String> = (0..9)
        .map(|n| format!("arn:aws:s3:::app/in/{n}/x"))
        .chain(["arn:aws:s3:::app/conf".into(), "arn:aws:s3:::other/k".into()])
        .collect();
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    assert_eq!(auto("s3:GetObject", &keys), ["arn:aws:s3:::app/conf", "arn:aws:s3:::app/in/*", "arn:aws:s3:::other/k"]);
    assert_eq!(auto("s3:GetObject", &keys[..8]).len(), 8);

    let buckets: Vec<String> = (0..21).map(|n| format!("arn:aws:s3:::b{n}/k")).collect();
    let buckets: Vec<&str> = buckets.iter().map(String::as_str).collect();
    assert_eq!(auto("s3:GetObject", &buckets), ["arn:aws:s3:::*/*"]);

    let indexes: Vec<String> = (0..21).map(|n| format!("arn:aws:dynamodb:us-east-1:1:table/t/index/i{n}")).collect();
    let indexes: Vec<&str> = indexes.iter().map(String::as_str).collect();
    assert_eq!(auto("dynamodb:Query", &indexes), ["arn:aws:dynamodb:us-east-1:1:table/t/index/*"]);
}

#[test]
fn roles_are_never_opened_by_number() {
    let roles: Vec<String> = (0..60).map(|n| format!("arn:aws:iam::1:role/r{n}")).collect();
    let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
    assert_eq!(auto("iam:PassRole", &roles).len(), 60);
}

#[test]
fn a_name_in_many_regions_is_a_name_in_all() {
    let topics: Vec<String> = (0..9).map(|n| format!("arn:aws:sns:r{n}:1:alarms")).collect();
    let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
    assert_eq!(auto("sns:Publish", &topics), ["arn:aws:sns:*:1:alarms"]);
    assert_eq!(auto("sns:Publish", &topics[..8]).len(), 8);
}

#[test]
fn prefixes_open_names_everywhere() {
    let own = Options { name_prefixes: vec!["my-cool-prefix".into()], ..options(ResourceMode::Auto) };
    for (action, observed, expected) in [
        (
            "lambda:GetFunction",
            "arn:aws:lambda:us-east-1:1:function:my-cool-prefix-dev-x",
            "arn:aws:lambda:*:*:function:my-cool-prefix-*",
        ),
        (
            "lambda:GetFunction",
            "arn:aws:lambda:us-east-1:1:function:dev-my-cool-prefix-x",
            "arn:aws:lambda:us-east-1:1:function:dev-my-cool-prefix-x",
        ),
        (
            "lambda:GetFunction",
            "arn:aws:lambda:us-east-1:1:function:my-cool-prefixes",
            "arn:aws:lambda:*:*:function:my-cool-prefix*",
        ),
        ("s3:GetObject", "arn:aws:s3:::my-cool-prefix-assets/a/b.js", "arn:aws:s3:::my-cool-prefix-*/*"),
        ("s3:ListBucket", "arn:aws:s3:::my-cool-prefix", "arn:aws:s3:::my-cool-prefix"),
        ("iam:GetRole", "arn:aws:iam::1:role/ci/my-cool-prefix-role", "arn:aws:iam::*:role/ci/my-cool-prefix-*"),
        (
            "cloudformation:DescribeStackEvents",
            "arn:aws:cloudformation:us-east-1:1:stack/my-cool-prefix-dev/550e8400-e29b-41d4-a716-446655440000",
            "arn:aws:cloudformation:*:*:stack/my-cool-prefix-*/*",
        ),
        (
            "logs:DeleteLogGroup",
            "arn:aws:logs:us-east-1:1:log-group:/aws/lambda/my-cool-prefix-dev-x:*",
            "arn:aws:logs:*:*:log-group:/aws/lambda/my-cool-prefix-*",
        ),
        (
            "ecr:PutImage",
            "arn:aws:ecr:us-east-1:1:repository/my-cool-prefix/web/app",
            "arn:aws:ecr:*:*:repository/my-cool-prefix/*",
        ),
    ] {
        assert_eq!(patterns(action, &[observed], &own), [expected]);
    }
    let exact = Options { resources: ResourceMode::Exact, ..own };
    assert_eq!(
        patterns("events:PutRule", &["arn:aws:events:us-east-1:1:rule/my-cool-prefix-tick"], &exact),
        ["arn:aws:events:*:*:rule/my-cool-prefix-*"]
    );
}

#[test]
fn whole_types_follow_the_catalog() {
    let types = options(ResourceMode::Type);
    for (action, observed, expected) in [
        ("s3:GetObject", "arn:aws:s3:::b/k/l", "arn:aws:s3:::*/*"),
        ("s3:ListBucket", "arn:aws:s3:::b", "arn:aws:s3:::*"),
        ("sqs:SendMessage", "arn:aws:sqs:us-east-1:1:q", "arn:aws:sqs:us-east-1:1:*"),
        ("logs:CreateLogGroup", "arn:aws:logs:us-east-1:1:log-group:/aws/x", "arn:aws:logs:us-east-1:1:log-group:*"),
        (
            "dynamodb:Query",
            "arn:aws:dynamodb:us-east-1:1:table/t/index/i",
            "arn:aws:dynamodb:us-east-1:1:table/*/index/*",
        ),
    ] {
        assert_eq!(patterns(action, &[observed], &types), [expected]);
    }
    assert_eq!(patterns("s3:GetObject", &["arn:aws:s3:::b/k", "arn:aws:s3:::c/k"], &options(ResourceMode::Any)), ["*"]);
}

#[test]
fn evidence_says_what_stands_behind_a_wildcard() {
    let limits = Limits { below: 2, ..Limits::default() };
    let options = Options { limits, ..Options::default() };
    let mut observed: BTreeSet<Observed> =
        ["a", "b", "c"].iter().map(|key| Observed::one(format!("arn:aws:s3:::b/in/{key}").parse().unwrap())).collect();
    let behind = Behind { samples: vec!["arn:aws:s3:::b/in/z/1".into()], count: 32, more: true };
    observed.insert(Observed { pattern: "arn:aws:s3:::b/in/z/*".parse().unwrap(), behind: Some(behind) });
    let granted = generalise(Catalog::embedded(), &"s3:GetObject".parse().unwrap(), &observed, &options);
    let [only] = granted.as_slice() else { panic!("{granted:?}") };
    assert_eq!((only.pattern.as_str(), only.how), ("arn:aws:s3:::b/in/*", How::Crowded));
    assert_eq!((only.behind.count, only.behind.more), (35, true));
    assert_eq!(only.behind.samples.last().map(String::as_str), Some("arn:aws:s3:::b/in/z/1"));
}

#[test]
fn names_that_cannot_be_written_are_respelled() {
    let observed = BTreeSet::from([Observed::one("arn:aws:s3:::b/日誌.txt".parse().unwrap())]);
    let granted = generalise(Catalog::embedded(), &"s3:GetObject".parse().unwrap(), &observed, &Options::default());
    assert_eq!(granted[0].pattern.as_str(), "arn:aws:s3:::b/??.txt");
    assert!(granted[0].respelled);
}
