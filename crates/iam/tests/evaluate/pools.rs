//! What random cases are made of: small sets, so that patterns, keys and values meet often.

pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";

/// Actions with resources that they take.
pub(crate) const REQUESTS: [(&str, &[&str]); 10] = [
    ("s3:GetObject", OBJECTS),
    ("s3:PutObject", OBJECTS),
    ("s3:DeleteObject", OBJECTS),
    ("s3:ListBucket", &["arn:aws:s3:::logs", "arn:aws:s3:::home"]),
    ("s3:ListAllMyBuckets", &["*"]),
    ("sqs:SendMessage", &["arn:aws:sqs:eu-west-1:111122223333:jobs", "arn:aws:sqs:eu-west-1:444455556666:jobs"]),
    ("iam:PassRole", &["arn:aws:iam::111122223333:role/ci/deploy", "arn:aws:iam::111122223333:role/app"]),
    ("lambda:InvokeFunction", &["arn:aws:lambda:eu-west-1:111122223333:function:resize"]),
    ("kms:Decrypt", &["arn:aws:kms:eu-west-1:111122223333:key/11", "arn:aws:kms:eu-west-1:444455556666:key/22"]),
    ("sts:AssumeRole", &["arn:aws:iam::111122223333:role/app", "arn:aws:iam::444455556666:role/app"]),
];
pub(crate) const OBJECTS: &[&str] = &[
    "arn:aws:s3:::logs/a",
    "arn:aws:s3:::logs/a/b:c",
    "arn:aws:s3:::home/alice/x",
    "arn:aws:s3:::home/bob/x",
    "arn:aws:s3:::home/none/x",
    "arn:aws:s3:::HOME/alice/x",
    "arn:aws:s3:::home//x",
];
pub(crate) const ACTIONS: &[&str] = &[
    "*",
    "s3:*",
    "s3:Get*",
    "S3:getobject",
    "s3:*Object",
    "s3:?utObject",
    "s3:List*",
    "s3:PutObject",
    "sqs:SendMessage",
    "iam:PassRole",
    "lambda:*",
    "kms:De*",
    "sts:Assume*",
];
pub(crate) const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::logs",
    "arn:aws:s3:::logs/*",
    "arn:aws:s3:::logs*",
    "arn:aws:s3:::*/a",
    "arn:aws:s3:::home/${aws:username}/*",
    "arn:aws:s3:::home/${aws:PrincipalTag/who, 'none'}/*",
    "arn:aws:s3:::home/${aws:PrincipalTag/who}/x",
    "arn:aws:s3:::home/${*}/x",
    "arn:aws:s3:::home/??b/*",
    "arn:aws:s3:::home/alice?x",
    "arn:*:sqs:*:*:*",
    "arn:aws:sqs:eu-*:111122223333:jobs",
    "arn:aws:sqs:*:*:j?bs",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::111122223333:role/ci/deploy",
    "arn:aws:iam::111122223333:r*/app",
    "arn:aws:lambda:*:*:function:re*",
    "arn:aws:lambda:eu-west-1:111122223333:*",
    "arn:aws:kms:*:*:key/*",
    "arn:aws:S3:::logs/*",
    "arn:aws:sqs:*:${aws:PrincipalAccount}:*",
    "arn:aws:iam::${aws:PrincipalAccount}:role/app",
];
pub(crate) const SHORT: &[&str] =
    &["arn:aws:s3", "arn:aws:s3:*", "arn:aws:sqs:eu-west-1", "arn:aws:sqs:eu-west-1:111122223333"];
pub(crate) const ROLE: &str = "arn:aws:iam::111122223333:role/ci/deploy";
pub(crate) const USER: &str = "arn:aws:iam::111122223333:user/alice";
pub(crate) const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/run";

/// Keys with what a request may have. Lists are keys that IAM documents as having several values.
pub(crate) const CONTEXT: [(&str, &[&str]); 13] = [
    ("aws:PrincipalTag/who", &["alice", "none", "Bob", "a*", ""]),
    ("aws:SourceIp", &["203.0.113.7", "10.0.0.1", "2001:db8::7", "::1"]),
    ("aws:CurrentTime", &["2026-01-02T03:04:05Z", "2025-06-01T00:00:00Z", "2026-01-01T02:00:00+02:00"]),
    ("aws:EpochTime", &["1767323045", "1748736000"]),
    ("aws:MultiFactorAuthAge", &["100", "3600", "99.5", "-1", "9007199254740993"]),
    ("aws:SecureTransport", &["true", "false"]),
    ("aws:ViaAWSService", &["true", "false"]),
    (
        "aws:SourceArn",
        &["arn:aws:sns:eu-west-1:111122223333:topic", "arn:aws:s3:::logs", "arn:aws:sns:eu-west-1:111122223333:t:x"],
    ),
    ("aws:UserAgent", &["cli/1", "console", "Cli/1", "", "QmluYXJ5"]),
    ("aws:Referer", &["cli/1", "a.b", "axb"]),
    ("aws:CalledVia", &["a", "b", "A", "c"]),
    ("aws:TagKeys", &["a", "b", "cc", ""]),
    ("s3:prefix", &["alice/", "x", ""]),
];
pub(crate) const MANY: [&str; 2] = ["aws:CalledVia", "aws:TagKeys"];

/// What a policy asks of the keys: the operators and the values.
pub(crate) const CONDITIONS: [(&str, &str, &[&str]); 16] = [
    (
        "aws:PrincipalTag/who",
        TEXT,
        &[
            "alice",
            "al*",
            "NONE",
            "${aws:username}",
            "a${*}",
            "${aws:username, 'none'}",
            "a*",
            "b?b",
            "${aws:username, ''}",
        ],
    ),
    (
        "aws:SourceIp",
        IP,
        &["203.0.113.0/24", "10.0.0.1", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "0:0:0:0:0:0:0:1", "::/0"],
    ),
    ("aws:CurrentTime", DATE, &["2026-01-01T00:00:00Z", "2026-01-02T03:04:05Z", "2025-06-01", "1767323045"]),
    ("aws:EpochTime", DATE, &["2026-01-02T03:04:05Z", "1748736000", "1767323046"]),
    ("aws:EpochTime", NUMBER, &["1748736000", "1767323046"]),
    ("aws:MultiFactorAuthAge", NUMBER, &["100", "3600", "1000", "99.50", "0", "9007199254740992"]),
    ("aws:SecureTransport", "Bool", &["true", "false", "True"]),
    ("aws:ViaAWSService", "Bool", &["true", "FALSE"]),
    (
        "aws:SourceArn",
        ARN,
        &[
            "arn:aws:sns:*:111122223333:topic",
            "arn:aws:s3:::logs",
            "arn:aws:sns:*:*:*",
            "arn:aws:s3:::*",
            "arn:*:*:*:*:*",
            "arn:aws:s3:::${aws:PrincipalTag/who, 'logs'}",
            "arn:aws:sns:*:*:t${aws:username}",
        ],
    ),
    ("aws:SourceArn", TEXT, &["arn:aws:s*:*", "arn:aws:s3:::logs", "*:t?x"]),
    ("aws:UserAgent", TEXT, &["cli/*", "console", "CLI/1", "*", ""]),
    ("aws:UserAgent", "BinaryEquals", &["QmluYXJ5", "qMLUyxj5"]),
    ("aws:Referer", TEXT, &["a.b", "A.B", "?li/?", "${aws:UserAgent}", "${aws:PrincipalTag/who}b"]),
    ("aws:username", TEXT, &["alice", "a*", "BOB"]),
    (
        "aws:PrincipalArn",
        ARN,
        &["arn:aws:iam::*:role/*", "arn:aws:iam::111122223333:user/${aws:username}", "arn:*:iam::111122223333:*"],
    ),
    ("s3:prefix", TEXT, &["${aws:username}/*", "${aws:username}/", "", "x"]),
];
pub(crate) const SETS: [(&str, &[&str]); 2] =
    [("aws:CalledVia", &["a", "b", "A", "?"]), ("aws:TagKeys", &["a", "c*", "${aws:PrincipalTag/who}b", "b", ""])];
pub(crate) const TEXT: &str =
    "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike";
pub(crate) const IP: &str = "IpAddress NotIpAddress";
pub(crate) const DATE: &str =
    "DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals";
pub(crate) const NUMBER: &str =
    "NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals";
pub(crate) const ARN: &str = "ArnEquals ArnLike ArnNotEquals ArnNotLike";
