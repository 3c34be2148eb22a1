//! `tighten diff`.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::{Run, run, tighten};

/// `tighten diff` in the folder of the policies made for it.
fn diff(arguments: &[&str]) -> Run {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/policies/diff");
    run(tighten().current_dir(folder).arg("diff").args(arguments))
}

fn write(dir: &Path, name: &str, statements: &Value) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, json!({ "Version": "2012-10-17", "Statement": statements }).to_string()).unwrap();
    path
}

fn verdict(command: &mut Command) -> String {
    let done = run(command.args(["--format", "json"]));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    report["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn text_shows_what_is_new_first() {
    let done = diff(&["old.json", "new.json"]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(done.stdout, @r"
    mixed  each policy allows requests that the other does not

      Old          old.json (5 statements)
      New          new.json (4 statements)
      New access   yes: s3:DeleteObject on arn:aws:s3:::assets/x, by new Statement[1] (Objects) on arn:aws:s3:::assets/*
      Lost access  yes: s3:PutObject on arn:aws:s3:::assets/x, by old Statement[0] (Objects) on arn:aws:s3:::assets/*

    Added  1 action of 1 service: not allowed before
      SERVICE  LIST  READ  WRITE  TAGGING  PERMISSIONS  UNKNOWN
      s3          -     -      1        -            -        -
      new: s3:DeleteObject on arn:aws:s3:::assets/x, by new Statement[1] (Objects) on arn:aws:s3:::assets/*

    Widened  2 actions of 2 services: allowed before, now on more resources or under fewer conditions
      SERVICE  LIST  READ  WRITE  TAGGING  PERMISSIONS  UNKNOWN
      kms         -     -      1        -            -        -
      s3          -     1      -        -            -        -
      new: kms:Decrypt on arn:aws:kms:us-east-1:111122223333:key/example with kms:viaservice = s3.eu-west-1.amazonaws.com, by new Statement[0] (Keys) on *
      new: s3:GetObject on arn:aws:s3:::logs-x/x, by new Statement[1] (Objects) on arn:aws:s3:::logs-*/*

    Removed  2 actions of 2 services: no longer allowed
      SERVICE  LIST  READ  WRITE  TAGGING  PERMISSIONS  UNKNOWN
      s3          -     -      1        -            -        -
      sqs         -     -      1        -            -        -
      gone: s3:PutObject on arn:aws:s3:::assets/x, by old Statement[0] (Objects) on arn:aws:s3:::assets/*
      gone: sqs:PurgeQueue on arn:aws:sqs:us-east-1:111122223333:jobs, by old Statement[1] (Queue) on arn:aws:sqs:*:*:jobs

    Narrowed  1 action of 1 service: still allowed, on fewer resources or under more conditions
      SERVICE   LIST  READ  WRITE  TAGGING  PERMISSIONS  UNKNOWN
      dynamodb     -     1      -        -            -        -
      gone: dynamodb:GetItem on arn:aws:dynamodb:us-east-1:111122223333:table/x, by old Statement[2] (Table) on arn:aws:dynamodb:*:*:table/*

    Kept  2 actions of 1 service: allowed as before
      SERVICE  LIST  READ  WRITE  TAGGING  PERMISSIONS  UNKNOWN
      sqs         -     1      1        -            -        -

    Conditions
      changed: StringEquals kms:ViaService: sqs.eu-west-1.amazonaws.com is now s3.eu-west-1.amazonaws.com, sqs.eu-west-1.amazonaws.com (1 action of kms)

    Denials
      removed: old Statement[4] (KeepTheQueue), such as sqs:DeleteQueue on arn:aws:sqs:us-east-1:111122223333:x
    ");
}

#[test]
fn markdown_shows_the_same() {
    let done = diff(&["old.json", "new.json", "--format", "markdown"]);
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(done.stdout, @"
    ### Policy diff: mixed

    Each policy allows requests that the other does not.

    - **Old:** `old.json` (5 statements)
    - **New:** `new.json` (4 statements)
    - **New access:** yes: `s3:DeleteObject` on `arn:aws:s3:::assets/x`, by new `Statement[1]` (`Objects`) on `arn:aws:s3:::assets/*`
    - **Lost access:** yes: `s3:PutObject` on `arn:aws:s3:::assets/x`, by old `Statement[0]` (`Objects`) on `arn:aws:s3:::assets/*`

    #### Added: 1 action of 1 service

    Not allowed before.

    | service | list | read | write | tagging | permissions | unknown |
    |---|--:|--:|--:|--:|--:|--:|
    | s3 |  |  | 1 |  |  |  |

    - new: `s3:DeleteObject` on `arn:aws:s3:::assets/x`, by new `Statement[1]` (`Objects`) on `arn:aws:s3:::assets/*`

    #### Widened: 2 actions of 2 services

    Allowed before, now on more resources or under fewer conditions.

    | service | list | read | write | tagging | permissions | unknown |
    |---|--:|--:|--:|--:|--:|--:|
    | kms |  |  | 1 |  |  |  |
    | s3 |  | 1 |  |  |  |  |

    - new: `kms:Decrypt` on `arn:aws:kms:us-east-1:111122223333:key/example` with `kms:viaservice` = `s3.eu-west-1.amazonaws.com`, by new `Statement[0]` (`Keys`) on `*`
    - new: `s3:GetObject` on `arn:aws:s3:::logs-x/x`, by new `Statement[1]` (`Objects`) on `arn:aws:s3:::logs-*/*`

    #### Removed: 2 actions of 2 services

    No longer allowed.

    | service | list | read | write | tagging | permissions | unknown |
    |---|--:|--:|--:|--:|--:|--:|
    | s3 |  |  | 1 |  |  |  |
    | sqs |  |  | 1 |  |  |  |

    - gone: `s3:PutObject` on `arn:aws:s3:::assets/x`, by old `Statement[0]` (`Objects`) on `arn:aws:s3:::assets/*`
    - gone: `sqs:PurgeQueue` on `arn:aws:sqs:us-east-1:111122223333:jobs`, by old `Statement[1]` (`Queue`) on `arn:aws:sqs:*:*:jobs`

    #### Narrowed: 1 action of 1 service

    Still allowed, on fewer resources or under more conditions.

    | service | list | read | write | tagging | permissions | unknown |
    |---|--:|--:|--:|--:|--:|--:|
    | dynamodb |  | 1 |  |  |  |  |

    - gone: `dynamodb:GetItem` on `arn:aws:dynamodb:us-east-1:111122223333:table/x`, by old `Statement[2]` (`Table`) on `arn:aws:dynamodb:*:*:table/*`

    #### Kept: 2 actions of 1 service

    Allowed as before.

    | service | list | read | write | tagging | permissions | unknown |
    |---|--:|--:|--:|--:|--:|--:|
    | sqs |  | 1 | 1 |  |  |  |

    #### Conditions

    - changed: `StringEquals` `kms:ViaService`: `sqs.eu-west-1.amazonaws.com` is now `s3.eu-west-1.amazonaws.com`, `sqs.eu-west-1.amazonaws.com` (1 action of `kms`)

    #### Denials

    - removed: old `Statement[4]` (`KeepTheQueue`), such as `sqs:DeleteQueue` on `arn:aws:sqs:us-east-1:111122223333:x`
    ");
}

#[test]
fn json_is_as_documented() {
    let done = diff(&["old.json", "new.json", "--format", "json", "--details"]);
    let mut report: Value = serde_json::from_str(&done.stdout).unwrap();
    // How many actions the catalog knows changes with every update of it.
    for row in report["rows"].as_array_mut().unwrap() {
        assert!(row.as_object_mut().unwrap().shift_remove("known").unwrap().as_u64().unwrap() > 0);
    }
    let rows = report["rows"].as_array_mut().unwrap();
    rows.truncate(3);
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap(), @r#"
    {
      "schemaVersion": 1,
      "verdict": "mixed",
      "newAccess": {
        "answer": "yes",
        "action": "s3:DeleteObject",
        "resource": "arn:aws:s3:::assets/x",
        "statement": {
          "document": 0,
          "statement": 1,
          "sid": "Objects"
        },
        "grantedOn": "arn:aws:s3:::assets/*"
      },
      "lostAccess": {
        "answer": "yes",
        "action": "s3:PutObject",
        "resource": "arn:aws:s3:::assets/x",
        "statement": {
          "document": 0,
          "statement": 0,
          "sid": "Objects"
        },
        "grantedOn": "arn:aws:s3:::assets/*"
      },
      "old": [
        {
          "name": "old.json",
          "statements": 5
        }
      ],
      "new": [
        {
          "name": "new.json",
          "statements": 4
        }
      ],
      "actions": {
        "added": 1,
        "kept": 2,
        "mixed": 0,
        "narrowed": 1,
        "removed": 2,
        "undecided": 0,
        "widened": 2
      },
      "rows": [
        {
          "change": "added",
          "service": "s3",
          "accessLevel": "write",
          "actions": 1,
          "parts": [
            {
              "actions": 1,
              "names": [
                "s3:DeleteObject"
              ],
              "gained": {
                "answer": "yes",
                "action": "s3:DeleteObject",
                "resource": "arn:aws:s3:::assets/x",
                "statement": {
                  "document": 0,
                  "statement": 1,
                  "sid": "Objects"
                },
                "grantedOn": "arn:aws:s3:::assets/*"
              }
            }
          ]
        },
        {
          "change": "widened",
          "service": "kms",
          "accessLevel": "write",
          "actions": 1,
          "parts": [
            {
              "actions": 1,
              "names": [
                "kms:Decrypt"
              ],
              "gained": {
                "answer": "yes",
                "action": "kms:Decrypt",
                "resource": "arn:aws:kms:us-east-1:111122223333:key/example",
                "assumed": {
                  "kms:viaservice": [
                    "s3.eu-west-1.amazonaws.com"
                  ]
                },
                "statement": {
                  "document": 0,
                  "statement": 0,
                  "sid": "Keys"
                },
                "grantedOn": "*"
              }
            }
          ]
        },
        {
          "change": "widened",
          "service": "s3",
          "accessLevel": "read",
          "actions": 1,
          "parts": [
            {
              "actions": 1,
              "names": [
                "s3:GetObject"
              ],
              "gained": {
                "answer": "yes",
                "action": "s3:GetObject",
                "resource": "arn:aws:s3:::logs-x/x",
                "statement": {
                  "document": 0,
                  "statement": 1,
                  "sid": "Objects"
                },
                "grantedOn": "arn:aws:s3:::logs-*/*"
              }
            }
          ]
        }
      ],
      "conditions": [
        {
          "key": "kms:ViaService",
          "operator": "StringEquals",
          "old": [
            "sqs.eu-west-1.amazonaws.com"
          ],
          "new": [
            "s3.eu-west-1.amazonaws.com",
            "sqs.eu-west-1.amazonaws.com"
          ],
          "services": [
            "kms"
          ],
          "actions": 1
        }
      ],
      "denials": [
        {
          "change": "removed",
          "statement": {
            "document": 0,
            "statement": 4,
            "sid": "KeepTheQueue"
          },
          "example": {
            "answer": "yes",
            "action": "sqs:DeleteQueue",
            "resource": "arn:aws:sqs:us-east-1:111122223333:x",
            "statement": {
              "document": 0,
              "statement": 4,
              "sid": "KeepTheQueue"
            },
            "grantedOn": "*"
          }
        }
      ]
    }
    "#);
}

#[test]
fn every_field_is_documented() {
    fn keys(value: &Value, found: &mut BTreeSet<String>) {
        for (key, inner) in value.as_object().into_iter().flatten() {
            // The keys of `assumed` are data.
            if key != "assumed" {
                keys(inner, found);
            }
            found.insert(key.clone());
        }
        value.as_array().into_iter().flatten().for_each(|inner| keys(inner, found));
    }
    let documentation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/diff.md");
    let documentation = std::fs::read_to_string(documentation).unwrap();
    let mut found = BTreeSet::new();
    for (old, new) in [("old.json", "new.json"), ("../with-deny.json", "../administrator.json")] {
        let done = diff(&[old, new, "--format", "json", "--details"]);
        keys(&serde_json::from_str(&done.stdout).unwrap(), &mut found);
    }
    assert!(found.contains("deniedBy") && found.contains("grantedOn") && found.contains("assumed"));
    for key in found {
        let word = |c: char| !c.is_ascii_alphanumeric() && c != '-';
        assert!(documentation.split(word).any(|documented| documented == key), "`{key}`");
    }
}

#[test]
fn names_are_listed_with_details_alone() {
    let brief = diff(&["old.json", "new.json", "--format", "json"]).stdout;
    assert!(!brief.contains("\"names\""), "{brief}");
    let text = diff(&["old.json", "new.json", "--details"]).stdout;
    assert!(text.contains("sqs write: sqs:PurgeQueue\n"), "{text}");
    let markdown = diff(&["old.json", "new.json", "--details", "--format", "markdown"]).stdout;
    assert!(markdown.contains("- sqs write: `sqs:PurgeQueue`\n"), "{markdown}");
}

#[test]
fn the_exit_code_tells_of_new_access_alone() {
    for (arguments, code) in [
        (["old.json", "old.json"], 0),
        (["old.json", "new.json"], 1),
        (["../administrator.json", "old.json"], 0),
        (["old.json", "../administrator.json"], 1),
    ] {
        assert_eq!(diff(&arguments).code, Some(0), "{arguments:?}");
        assert_eq!(diff(&[arguments[0], arguments[1], "--exit-code"]).code, Some(code), "{arguments:?}");
    }
}

#[test]
fn undecided_new_access_counts_as_new_and_says_why() {
    let dir = tempfile::tempdir().unwrap();
    let on = |resource: &str| json!([{ "Effect": "Allow", "Action": "s3:GetObject", "Resource": resource }]);
    let (old, new) = (write(dir.path(), "old", &on("${A}/*")), write(dir.path(), "new", &on("${B}/*")));
    let done = run(tighten().args(["diff", "--exit-code"]).arg(&old).arg(&new));
    assert_eq!(done.code, Some(1));
    assert!(done.stdout.contains("perhaps new: s3:GetObject, by new Statement[0]: depends on"), "{}", done.stdout);
    assert!(
        done.stdout.contains("New access   undecided: new Statement[0]: depends on `${A}/*`, `${B}/*`"),
        "{}",
        done.stdout
    );
    let none = write(dir.path(), "none", &json!([]));
    assert_eq!(run(tighten().args(["diff", "--exit-code"]).arg(&old).arg(&none)).code, Some(0));
}

#[test]
fn sides_are_files_directories_or_stdin() {
    let dir = tempfile::tempdir().unwrap();
    let allow = |action: &str| json!({ "Effect": "Allow", "Action": action, "Resource": "*" });
    let both = write(dir.path(), "both.policy", &json!([allow("s3:GetObject"), allow("sqs:SendMessage")]));
    let one = write(dir.path(), "one.json", &json!(allow("s3:GetObject")));
    let two = write(dir.path(), "two.JSON", &json!([allow("sqs:SendMessage")]));
    assert_eq!(verdict(tighten().arg("diff").arg(&both).arg(dir.path())), "equal");
    assert_eq!(verdict(tighten().arg("diff").arg("--old").arg(&both).arg("--new").args([&one, &two])), "equal");
    assert_eq!(verdict(tighten().arg("diff").arg(&both).arg(&one)), "narrower");
    let mut child =
        tighten().arg("diff").arg("-").arg(&one).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let encoded = std::fs::read_to_string(&both).unwrap().replace('{', "%7B").replace('"', "%22");
    child.stdin.take().unwrap().write_all(encoded.as_bytes()).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(String::from_utf8(done.stdout).unwrap().starts_with("narrower"));
}

#[test]
fn what_cannot_be_read_is_named_with_its_key() {
    let dir = tempfile::tempdir().unwrap();
    let bad = write(dir.path(), "bad.json", &json!([{ "Effect": "Allow", "Action": ["s3"], "Resource": "*" }]));
    let empty = dir.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    for (arguments, expected) in [
        (vec!["-", "-"], "stdin can only be read once"),
        (vec!["old.json"], "<NEW>"),
        (vec!["--old", "old.json"], "--new <FILE>"),
        (vec!["old.json", "new.json", "--old", "x"], "cannot be used with"),
        (vec!["old.json", "nowhere.json"], "cannot read the policy `nowhere.json`"),
        (vec!["old.json", bad.to_str().unwrap()], "bad.json` is not a policy: Statement[0].Action[0]: `s3` has no"),
        (vec!["old.json", empty.to_str().unwrap()], "no policies in"),
    ] {
        let done = diff(&arguments);
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{arguments:?}");
        assert!(done.stderr.contains(expected), "{arguments:?}: {}", done.stderr);
    }
}

#[test]
fn text_from_policies_is_spelled_out() {
    let dir = tempfile::tempdir().unwrap();
    let evil = "x\u{1b}[2J\r\n`|<b>@me\u{202e}\u{200b}";
    let statement = |effect: &str, action: &str| {
        json!({
            "Sid": evil, "Effect": effect, "Action": action, "Resource": format!("arn:aws:s3:::{evil}/*"),
            "Condition": { format!("StringEquals{evil}"): { "aws:SourceVpc": evil }, "StringLike": { evil: evil } },
        })
    };
    let old = write(dir.path(), "old.json", &json!([statement("Allow", "s3:GetObject")]));
    let new = write(
        dir.path(),
        "new\u{1b}.json",
        &json!([
            statement("Allow", "s3:PutObject"),
            statement("Deny", "s3:*"),
            { "Effect": "Allow", "Action": "sqs:*", "Resource": format!("arn:aws:sqs:*:*:{evil}") },
        ]),
    );
    for format in ["text", "json", "markdown"] {
        let done = run(tighten().args(["diff", "--format", format, "--details"]).arg(&old).arg(&new));
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
        let bad = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{200b}');
        assert!(!done.stdout.contains(bad), "{}", done.stdout);
        assert!(done.stdout.contains("\\u"), "{}", done.stdout);
        if format == "markdown" {
            // What stands outside of code spans is written by the program alone.
            assert!(!done.stdout.lines().any(|line| line.starts_with('|') && line.contains("me")), "{}", done.stdout);
            assert!(done.stdout.contains("``x\\u{1b}[2J\\r\\n`|<b>@me\\u{202e}\\u{200b}``"), "{}", done.stdout);
        }
    }
}
