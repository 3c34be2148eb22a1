use super::*;
use crate::options::Limits;

fn options(resources: ResourceMode) -> Options {
    Options { resources, ..Options::default() }
}

fn all_granted(action: &str, observed: &[Observed], options: &Options) -> Vec<Granted> {
    let observed = Observed::united(observed);
    generalise(Catalog::embedded(), &action.parse().unwrap(), &observed, &Others::default(), options)
}

fn patterns(action: &str, resources: &[&str], options: &Options) -> Vec<String> {
    let observed: Vec<Observed> = resources.iter().map(|text| Observed::one(text.parse().unwrap())).collect();
    let granted = all_granted(action, &observed, options);
    for one in &observed {
        assert!(granted.iter().any(|granted| granted.pattern.contains(&one.pattern)), "{one:?} is not in {granted:?}");
    }
    granted.into_iter().map(|granted| granted.pattern.to_string()).collect()
}

fn auto(action: &str, resources: &[&str]) -> Vec<String> {
    patterns(action, resources, &options(ResourceMode::Auto))
}

fn auto_many(action: &str, count: u32, of: impl Fn(u32) -> String) -> Vec<String> {
    let arns: Vec<String> = (0..count).map(of).collect();
    auto(action, &arns.iter().map(String::as_str).collect::<Vec<_>>())
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
    let rule = ["arn:aws:events:us-east-1:1:rule/3e3e2d11-fd8b-4333-8b03-2c5aEXAMPLE1"];
    assert_eq!(auto("events:PutRule", &rule), rule);
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
        (
            "apigateway:PATCH",
            "arn:aws:apigateway:us-east-1::/restapis/a1b2c3d4e5/resources/x7y8z9",
            "arn:aws:apigateway:us-east-1::/restapis/a1b2c3d4e5/resources/*",
        ),
        (
            "appsync:UpdateFunction",
            "arn:aws:appsync:us-east-1:1:apis/abcdefghijklmnopqrstuvwxyz/functions/q2w3e4r5t6y7u8i9o0p1a2s3d4",
            "arn:aws:appsync:us-east-1:1:apis/abcdefghijklmnopqrstuvwxyz/functions/*",
        ),
        ("route53:GetChange", "arn:aws:route53:::change/C2682N5HXP0BZ4", "arn:aws:route53:::change/*"),
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

    assert_eq!(auto_many("sns:Publish", 20, |n| format!("arn:aws:sns:us-east-1:1:t{n}")).len(), 20);
    assert_eq!(
        auto_many("sns:Publish", 21, |n| format!("arn:aws:sns:us-east-1:1:t{n}")),
        ["arn:aws:sns:us-east-1:1:*"]
    );
    let aliases = auto_many("lambda:InvokeFunction", 21, |n| format!("arn:aws:lambda:us-east-1:1:function:f{n}:live"));
    assert_eq!(aliases, ["arn:aws:lambda:us-east-1:1:function:*:*"]);

    let indexes: Vec<String> = (0..21).map(|n| format!("arn:aws:dynamodb:us-east-1:1:table/t/index/i{n}")).collect();
    let indexes: Vec<&str> = indexes.iter().map(String::as_str).collect();
    assert_eq!(auto("dynamodb:Query", &indexes), ["arn:aws:dynamodb:us-east-1:1:table/t/index/*"]);
}

#[test]
fn what_guards_something_is_never_opened_by_number() {
    for (action, of) in [
        ("iam:PassRole", (|n| format!("arn:aws:iam::1:role/r{n}")) as fn(u32) -> String),
        ("sts:AssumeRole", |n| format!("arn:aws:iam::1:role/r{n}")),
        ("s3:ListBucket", |n| format!("arn:aws:s3:::app-b{n}")),
        ("s3:PutObject", |n| format!("arn:aws:s3:::app-b{n}/k")),
        ("s3:PutBucketPolicy", |n| format!("arn:aws:s3:::b{n}")),
        ("kms:Decrypt", |n| format!("arn:aws:kms:us-east-1:1:key/550e8400-e29b-41d4-a716-4466554400{n:02}")),
        ("kms:CreateAlias", |n| format!("arn:aws:kms:us-east-1:1:alias/app/a{n}")),
        ("acm:DescribeCertificate", |n| {
            format!("arn:aws:acm:us-east-1:1:certificate/550e8400-e29b-41d4-a716-4466554400{n:02}")
        }),
        ("secretsmanager:GetSecretValue", |n| format!("arn:aws:secretsmanager:us-east-1:1:secret:app-s{n}-Ab1Cd2")),
        ("secretsmanager:GetSecretValue", |n| format!("arn:aws:secretsmanager:us-east-1:1:secret:app/s{n}-Ab1Cd2")),
        ("ssm:GetParameter", |n| format!("arn:aws:ssm:us-east-1:1:parameter/app-p{n}")),
    ] {
        assert_eq!(auto_many(action, 60, of).len(), 60, "{action}");
    }
    let crowd = auto_many("s3:PutObject", 90, |n| format!("arn:aws:s3:::b{}/in/{n}", n % 30));
    assert_eq!(crowd.len(), 90);
    let crowd = auto_many("s3:PutObject", 300, |n| format!("arn:aws:s3:::b{}/in/{n}", n % 30));
    assert_eq!((crowd.len(), &*crowd[0]), (30, "arn:aws:s3:::b0/in/*"));
    let parameters = auto_many("ssm:GetParameter", 60, |n| format!("arn:aws:ssm:us-east-1:1:parameter/app/p{n}"));
    assert_eq!(parameters, ["arn:aws:ssm:us-east-1:1:parameter/app/*"]);
}

#[test]
fn what_changes_permissions_is_never_opened_by_number() {
    let topics = |n| format!("arn:aws:sns:us-east-1:1:app-t{n}");
    assert_eq!(auto_many("sns:Publish", 60, topics), ["arn:aws:sns:us-east-1:1:app-*"]);
    assert_eq!(auto_many("sns:AddPermission", 60, topics).len(), 60);
    assert_eq!(auto_many("sns:AddPermission", 12, |n| format!("arn:aws:sns:r{n}:1:alarms")).len(), 12);
    // What is made up anew each time is opened all the same.
    let minted = "arn:aws:lambda:us-east-1:1:function:app-Fn-1ABCDEFGHIJKL";
    assert_eq!(auto("lambda:AddPermission", &[minted]), ["arn:aws:lambda:us-east-1:1:function:app-Fn-*"]);
}

#[test]
fn a_crowd_keeps_the_words_that_it_shares() {
    let function = |name: &str| format!("arn:aws:lambda:us-east-1:1:function:{name}");
    let shared = auto_many("lambda:InvokeFunction", 40, |n| function(&format!("my-app-dev-{}", n + 100)));
    assert_eq!(shared, [function("my-app-dev-*")]);
    let shared = auto_many("lambda:InvokeFunction", 40, |n| function(&format!("my-app-{n}:live")));
    assert_eq!(shared, [function("my-app-*:*")]);
    let none = auto_many("lambda:InvokeFunction", 40, |n| function(&format!("f{n}-my-app")));
    assert_eq!(none, [function("*")]);
    let below =
        auto_many("logs:CreateLogGroup", 9, |n| format!("arn:aws:logs:us-east-1:1:log-group:/aws/lambda/a-{n}"));
    assert_eq!(below, ["arn:aws:logs:us-east-1:1:log-group:/aws/lambda/a-*"]);
}

#[test]
fn only_wildcards_for_chosen_names_say_so() {
    let open = |action: &str, count: u32, of: fn(u32) -> String| {
        let observed: Vec<Observed> = (0..count).map(|n| Observed::one(of(n).parse().unwrap())).collect();
        let granted = all_granted(action, &observed, &options(ResourceMode::Auto));
        let [only] = granted.as_slice() else { panic!("{granted:?}") };
        (only.open_names, only.how)
    };
    assert_eq!(open("sns:Publish", 21, |n| format!("arn:aws:sns:us-east-1:1:t{n}")), (true, How::Crowded));
    let in_regions = |n| format!("arn:aws:sns:r{}:1:t{n}", n % 9);
    assert_eq!(open("sns:Publish", 200, in_regions), (true, How::Regions));
    assert_eq!(open("s3:GetObject", 21, |n| format!("arn:aws:s3:::b/k{n}")), (false, How::Crowded));
    assert_eq!(
        open("dynamodb:Query", 21, |n| format!("arn:aws:dynamodb:us-east-1:1:table/t/index/i{n}")),
        (false, How::Crowded)
    );
}

#[test]
fn ec2_ids_that_last_stay() {
    for (action, arn) in [
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1::image/ami-0123456789abcdef0"),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1:1:subnet/subnet-0a1b2c3d"),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1:1:security-group/sg-20231231235959123"),
        ("ec2:RunInstances", "arn:aws:ec2:us-east-1:1:launch-template/lt-0123456789abcdef0"),
        ("ec2:CreateRoute", "arn:aws:ec2:us-east-1:1:route-table/rtb-0123456789abcdef0"),
        (
            "ec2:DeleteTransitGatewayRoute",
            "arn:aws:ec2:us-east-1:1:transit-gateway-route-table/tgw-rtb-0123456789abcdef0",
        ),
        ("elasticloadbalancing:SetSubnets", "arn:aws:ec2:us-east-1:1:subnet/subnet-0a1b2c3d"),
    ] {
        assert_eq!(auto(action, &[arn]), [arn]);
    }
    let key = "arn:aws:ec2:us-east-1:1:key-pair/packer_550e8400-e29b-41d4-a716-446655440000";
    assert_eq!(auto("ec2:DeleteKeyPair", &[key]), ["arn:aws:ec2:us-east-1:1:key-pair/packer_*"]);
    for (action, kind, id) in
        [("ec2:DeleteVolume", "volume", "vol"), ("ec2:DeleteNetworkInterface", "network-interface", "eni")]
    {
        let arn = format!("arn:aws:ec2:us-east-1:1:{kind}/{id}-0123456789abcdef0");
        assert_eq!(auto(action, &[&arn]), [format!("arn:aws:ec2:us-east-1:1:{kind}/*")]);
    }
    let subnets = |n| format!("arn:aws:ec2:us-east-1:1:subnet/subnet-{n:07x}1");
    assert_eq!(auto_many("ec2:RunInstances", 20, subnets).len(), 20);
    assert_eq!(auto_many("ec2:RunInstances", 21, subnets), ["arn:aws:ec2:us-east-1:1:subnet/*"]);
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
    let mut observed: Vec<Observed> =
        ["a", "b", "c"].iter().map(|key| Observed::one(format!("arn:aws:s3:::b/in/{key}").parse().unwrap())).collect();
    let behind = Behind { samples: vec!["arn:aws:s3:::b/in/z/1".into()], count: 32, more: true };
    let collapsed = Observed::one("arn:aws:s3:::b/in/z/*".parse().unwrap());
    observed.push(Observed { behind: Some(behind), ..collapsed });
    let granted = all_granted("s3:GetObject", &observed, &options);
    let [only] = granted.as_slice() else { panic!("{granted:?}") };
    assert_eq!((only.pattern.as_str(), only.how), ("arn:aws:s3:::b/in/*", How::Crowded));
    assert_eq!((only.behind.count, only.behind.more), (35, true));
    assert_eq!(only.behind.samples.last().map(String::as_str), Some("arn:aws:s3:::b/in/z/1"));
}

#[test]
fn names_that_cannot_be_written_are_respelled() {
    let observed = [Observed::one("arn:aws:s3:::b/日誌.txt".parse().unwrap())];
    let granted = all_granted("s3:GetObject", &observed, &Options::default());
    assert_eq!(granted[0].pattern.as_str(), "arn:aws:s3:::b/??.txt");
    assert!(granted[0].respelled);
}

#[test]
fn objects_whose_acl_is_set_are_opened_below_their_bucket() {
    let keys = auto_many("s3:PutObjectAcl", 60, |n| format!("arn:aws:s3:::uploads/in/{n}.jpg"));
    assert_eq!(keys, ["arn:aws:s3:::uploads/in/*"]);
    assert_eq!(auto_many("s3:PutObjectAcl", 60, |n| format!("arn:aws:s3:::b{n}/k")).len(), 60);
}
