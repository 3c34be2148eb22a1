//! Documents for a comment on a change. Nothing in them is a mark, a link or a mention that a log or a policy put there.

use serde_json::json;

use crate::support::{Run, analyze, call, run, small, tighten, trail};

const POLICY: &str = r#"{"Version": "2012-10-17", "Statement":
    [{"Sid": "List", "Effect": "Allow", "Action": ["s3:ListBucket", "sqs:*"], "Resource": "*"}]}"#;

/// Runs a command on the small trail, with the policy as `policy.json`.
fn on_small(words: &[&str]) -> Run {
    let (dir, logs) = (tempfile::tempdir().unwrap(), trail(&small()));
    std::fs::write(dir.path().join("policy.json"), POLICY).unwrap();
    let mut command = tighten();
    let done =
        run(command.current_dir(dir.path()).args(words).args(["--format", "markdown", "--trail-dir"]).arg(logs.path()));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    done
}

#[test]
fn an_explanation() {
    let done = on_small(&["explain", "deploy", "s3:ListBucket", "--current", "policy.json"]);
    insta::assert_snapshot!(done.stdout, @r#"
    ### Explanation

    Kept although not seen: data events of `AWS::S3::Object` that read are recorded for some resources, or it is not known for which (inferred).

    - **Principal:** `arn:aws:iam::111122223333:role/ci/deploy`
    - **Action:** `s3:ListBucket` (list)

    #### Statements of today

    1 allows it.

    - `policy.json`, statement 0 (`List`)
      - **Allows:** `s3:ListBucket` on `*`
      - **Verdict:** not-observable
      - **Gap:** data events of `AWS::S3::Object` that read are recorded for some resources, or it is not known for which (inferred)
      - **Would help:** the event selector `{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"readOnly","Equals":["true"]}]}`
      - **Becomes:** allowed on `*`

    #### Uses

    None was seen.

    #### Visibility

    Some uses would have been recorded.

    - **Recorded:** as a data event, only by trails that select AWS::S3::Object or AWS::S3::AccessPoint or AWS::S3ObjectLambda::AccessPoint
    - **Shown by:** `s3.amazonaws.com/GetBucket`, `s3.amazonaws.com/HeadBucket`, `s3.amazonaws.com/ListObjects`, `s3.amazonaws.com/ListObjectsV2`
    - **Records of:** 2 days, 2026-05-01 to 2026-05-03
      - **Gap:** data events of `AWS::S3::Object` that read are recorded for some resources, or it is not known for which (inferred)
      - **Would help:** the event selector `{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"readOnly","Equals":["true"]}]}`

    #### Risk

    List.

    - **Known from:** access-level
    "#);
}

#[test]
fn a_replay() {
    let done = on_small(&["replay", "--policy", "policy.json"]);
    insta::assert_snapshot!(done.stdout, @"
    ### Replay: tighten 0.1.0

    1 file, 7 records, judged by 1 policy document with 1 statement.

    #### `arn:aws:iam::111122223333:role/ci/deploy`

    1 of 3 calls allowed; 2 would have been denied

    1 among the allowed: no permission is needed

    1 beside these: what was needed is not known

    ##### Denied

    What the calls needed and would not have had.

    | count | action | resource | why | first event |
    |--:|---|---|---|---|
    | 1 | `iam:PassRole` | `arn:aws:iam::111122223333:role/app/api-exec` | no statement allows it (`iam:PassedToService` `lambda.amazonaws.com`) | `02` |
    | 1 | `lambda:CreateFunction` | `arn:aws:lambda:eu-west-1:111122223333:function:api` | no statement allows it | `02` |
    | 1 | `s3:GetObject` | `arn:aws:s3:::assets/site/index.html` | no statement allows it | `01` |

    ##### Not mapped to a permission

    Neither allowed nor denied, as far as is known.

    | count | call | reason |
    |--:|---|---|
    | 1 | `quasar.amazonaws.com ListNebulae` | unknown-source |
    ");
}

#[test]
fn an_analysis_with_a_policy_of_today() {
    let done = on_small(&["analyze", "--current", "policy.json"]);
    let from = done.stdout.find("#### Policies").unwrap();
    let to = done.stdout.find("#### Principals").unwrap();
    insta::assert_snapshot!(done.stdout.get(from..to).unwrap(), @r#"
    #### Policies: 1 narrowed

    | outcome | statements | characters | worst unused | policy | held by |
    |---|---|---|---|---|---|
    | narrowed | 1 of 1 changed | 120 → 358 | 2 resource-exposure | `policy.json` | `role/deploy` |

    #### Unused, the most dangerous first: 8 decisions

    docs/risk.md explains the classes.

    | class | service | removed | kept | such as |
    |---|---|--:|--:|---|
    | resource-exposure | `sqs` | 2 |  | `AddPermission`, `SetQueueAttributes`<br>`sqs:AddPermission` opens queues or topics to other accounts or everybody |
    | permissions-management | `sqs` | 1 |  | `RemovePermission` |
    | data-read | `sqs` |  | 1 | `sqs:ReceiveMessage` |
    | destructive-write | `sqs` | 1 | 2 | `sqs:DeleteMessage`, `sqs:DeleteQueue`, `sqs:PurgeQueue` |
    | tagging | `sqs` | 2 |  | `sqs:TagQueue`, `sqs:UntagQueue` |
    | write | `sqs` | 3 | 2 | `sqs:CancelMessageMoveTask`, `sqs:ChangeMessageVisibility`, `sqs:CreateQueue`, … |
    | metadata-read | `sqs` |  | 6 | `sqs:GetQueueAttributes`, `sqs:GetQueueUrl`, `sqs:ListDeadLetterSourceQueues`, … |
    | list | `s3` |  | 1 | `s3:ListBucket` |

    - **Removed:** 9 in all: 2 resource-exposure, 1 permissions-management, 1 destructive-write, 2 tagging, 3 write
    - **Kept:** 12 in all: 1 data-read, 2 destructive-write, 2 write, 6 metadata-read, 1 list
      - 12 kept, since uses may have gone unrecorded

    #### What would make more visible

    Grants whose use may have gone unrecorded.

    - 7 grants of `sqs`:
      - `{"FieldSelectors":[{"Field":"eventCategory","Equals":["Management"]},{"Field":"readOnly","Equals":["true"]}]}`
    - 2 grants of `sqs`:
      - `{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::SQS::Queue"]},{"Field":"readOnly","Equals":["false"]}]}`
    - 2 grants of `sqs`:
      - `{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::SQS::Queue"]}]}`

    … and 1 more; `--details` lists them

    {…}: an element of AdvancedEventSelectors, to be added to those of the trail

    what the trail records was concluded from the records; `--event-selectors FILE` tells it

    #### Proof

    - **Replay:** 4 calls, 3 distinct needs: today's policies surely allow none
      - left out of this proof: 3 needs that the policies given do not allow (something else did); 1 call of which it is not known what was needed
    - **Inclusion:** nothing new is allowed: proven by comparing the documents as a whole
    - **Holdout:** no need of the last day is one that today's policies allow: nothing to judge by
      - narrowed, for this proof, by the days before 2026-05-03 00:00 UTC alone
    - **Backtest:** not possible: the records span fewer than 14 days
    "#);
}

#[test]
fn names_from_logs_stay_names() {
    let evil = "x | y ` <img src=a> [z](https://evil.example) @everyone\n# heading";
    let dir = trail(&[call(
        "01",
        "s3.amazonaws.com",
        "GetObject",
        &json!({
            "eventCategory": "Data",
            "requestParameters": { "bucketName": "b", "key": evil },
            "errorCode": "AccessDenied",
            "errorMessage": format!("User: {evil} is not authorized to perform: s3:GetObject on resource: arn:aws:s3:::b/{evil}"),
            "resources": [{ "type": evil, "ARN": format!("arn:aws:s3:::b/{evil}") }],
        }),
    )]);
    let done = run(analyze().args(["--format", "markdown", "--trail-dir"]).arg(dir.path()));
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    assert!(done.stdout.contains("evil"), "{}", done.stdout);
    // What is left of each line without its code holds nothing that the name has.
    for line in done.stdout.lines() {
        let plain = without_code(line);
        for mark in ["<img", "](", "@everyone", "evil.example"] {
            assert!(!plain.contains(mark), "{mark} in {line}");
        }
        assert!(!line.starts_with("# "), "{line}");
    }
}

/// The line without its code spans, as the rules of Markdown find them: a run of backticks opens one, and the next run of the same
/// length closes it. What stands in `<code>` here has no other tags, since it holds no angle brackets.
fn without_code(line: &str) -> String {
    let mut plain = String::new();
    let mut runs: Vec<&str> = line.split_inclusive('`').collect();
    // Pieces end with a backtick each; those that are nothing else belong to the run before.
    let mut pieces: Vec<(String, usize)> = Vec::new();
    for piece in runs.drain(..) {
        let text = piece.trim_end_matches('`');
        match pieces.last_mut().filter(|_| text.is_empty()) {
            Some((_, ticks)) => *ticks += 1,
            None => pieces.push((text.to_owned(), piece.len() - text.len())),
        }
    }
    let mut open = None;
    for (text, ticks) in pieces {
        if open.is_none() {
            plain.push_str(&text);
        }
        open = match open {
            None if ticks > 0 => Some(ticks),
            Some(fence) if ticks == fence => None,
            same => same,
        };
    }
    assert_eq!(open, None, "a span that does not end: {line}");
    plain
}
