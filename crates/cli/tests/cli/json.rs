//! The report for machines.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use crate::support::{analyze, fixture, run, small, trail};

fn report(arguments: &[&str], trail: &Path) -> Value {
    let done = run(analyze()
        .args(["--format", "json", "--allow-partial", "--quiet"])
        .args(arguments)
        .arg("--trail-dir")
        .arg(trail));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    serde_json::from_str(&done.stdout).unwrap()
}

#[test]
#[expect(clippy::too_many_lines, reason = "the snapshot is nearly all of it")]
fn the_report_of_a_small_trail() {
    let dir = trail(&small());
    let mut report = report(&[], dir.path());
    // What the catalog was made from changes with every update of it.
    let tool = report.as_object_mut().unwrap().shift_remove("tool").unwrap();
    assert_eq!(tool["name"], "tighten");
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap(), @r#"
    {
      "schemaVersion": 2,
      "input": {
        "files": 1,
        "bytes": 4766,
        "bytesJson": 4766,
        "records": 7,
        "events": 6,
        "duplicates": 1,
        "filteredOut": 0,
        "outsideWindow": 0,
        "withoutTime": 0,
        "late": 0,
        "pruned": {
          "files": 0,
          "bytes": 0
        },
        "skipped": [],
        "leftOut": []
      },
      "coverage": {
        "asked": {
          "since": null,
          "until": null
        },
        "window": {
          "since": "2026-05-01T12:00:00Z",
          "until": "2026-05-03T12:00:00Z"
        },
        "days": 2,
        "accounts": {
          "111122223333": {
            "events": 6,
            "window": {
              "since": "2026-05-01T12:00:00Z",
              "until": "2026-05-03T12:00:00Z"
            },
            "days": 2,
            "regions": {
              "eu-west-1": 6
            },
            "holes": [
              {
                "from": "2026-05-02",
                "to": "2026-05-02",
                "days": 1
              }
            ]
          }
        },
        "regions": [
          "eu-west-1"
        ],
        "eventCategories": [
          {
            "category": "management",
            "access": "write",
            "count": 4
          },
          {
            "category": "management",
            "access": "unstated",
            "count": 1
          },
          {
            "category": "data",
            "access": "read",
            "count": 1
          }
        ],
        "dataEventTypes": [
          "AWS::S3::Bucket",
          "AWS::S3::Object"
        ],
        "dataCalls": {
          "s3.amazonaws.com/GetObject": 1
        }
      },
      "totals": {
        "principals": 1,
        "calls": 5,
        "authorised": 4,
        "denied": 1,
        "actions": 3,
        "needs": 3,
        "exact": 3,
        "byType": 0,
        "unresolved": 0,
        "documents": 1,
        "noPermission": 1,
        "unmapped": 1
      },
      "backtest": {
        "outcome": "not-possible",
        "why": "the records span fewer than 14 days"
      },
      "permissionSets": [],
      "principals": [
        {
          "principal": "arn:aws:iam::111122223333:role/ci/deploy",
          "kind": "role",
          "account": "111122223333",
          "name": "deploy",
          "calls": 5,
          "deniedCalls": 1,
          "firstSeen": "2026-05-01T12:00:00Z",
          "lastSeen": "2026-05-03T12:00:00Z",
          "documents": [
            {
              "path": "policies/111122223333/role/deploy.json",
              "size": 485,
              "document": {
                "Version": "2012-10-17",
                "Statement": [
                  {
                    "Sid": "IamPassRoleToLambda",
                    "Effect": "Allow",
                    "Action": "iam:PassRole",
                    "Resource": "arn:aws:iam::111122223333:role/app/api-exec",
                    "Condition": {
                      "StringEquals": {
                        "iam:PassedToService": "lambda.amazonaws.com"
                      }
                    }
                  },
                  {
                    "Sid": "LambdaWrite",
                    "Effect": "Allow",
                    "Action": "lambda:CreateFunction",
                    "Resource": "arn:aws:lambda:eu-west-1:111122223333:function:api"
                  },
                  {
                    "Sid": "S3Read",
                    "Effect": "Allow",
                    "Action": "s3:GetObject",
                    "Resource": "arn:aws:s3:::assets/site/index.html"
                  }
                ]
              }
            }
          ],
          "needs": [
            {
              "action": "iam:PassRole",
              "resources": [
                "arn:aws:iam::111122223333:role/app/api-exec"
              ],
              "granted": [
                "arn:aws:iam::111122223333:role/app/api-exec"
              ],
              "context": {
                "iam:PassedToService": [
                  "lambda.amazonaws.com"
                ]
              },
              "certainty": "exact",
              "rule": "pass-role:role",
              "via": null,
              "count": 1,
              "firstSeen": "2026-05-01T12:00:00Z",
              "lastSeen": "2026-05-01T12:00:00Z",
              "eventIds": [
                "02"
              ],
              "regions": [
                "eu-west-1"
              ],
              "calls": [
                "lambda.amazonaws.com/CreateFunction20150331"
              ],
              "wildcards": []
            },
            {
              "action": "lambda:CreateFunction",
              "resources": [
                "arn:aws:lambda:eu-west-1:111122223333:function:api"
              ],
              "granted": [
                "arn:aws:lambda:eu-west-1:111122223333:function:api"
              ],
              "context": {},
              "certainty": "exact",
              "rule": "parameter:functionName",
              "via": null,
              "count": 1,
              "firstSeen": "2026-05-01T12:00:00Z",
              "lastSeen": "2026-05-01T12:00:00Z",
              "eventIds": [
                "02"
              ],
              "regions": [
                "eu-west-1"
              ],
              "calls": [
                "lambda.amazonaws.com/CreateFunction20150331"
              ],
              "wildcards": []
            },
            {
              "action": "s3:GetObject",
              "resources": [
                "arn:aws:s3:::assets/site/index.html"
              ],
              "granted": [
                "arn:aws:s3:::assets/site/index.html"
              ],
              "context": {},
              "certainty": "exact",
              "rule": "resources",
              "via": null,
              "count": 1,
              "firstSeen": "2026-05-01T12:00:00Z",
              "lastSeen": "2026-05-01T12:00:00Z",
              "eventIds": [
                "01"
              ],
              "regions": [
                "eu-west-1"
              ],
              "calls": [
                "s3.amazonaws.com/GetObject"
              ],
              "wildcards": []
            }
          ],
          "denied": [
            {
              "action": "ec2:TerminateInstances",
              "knownFrom": "call",
              "resources": [
                "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0"
              ],
              "named": [],
              "errorCode": "Client.UnauthorizedOperation",
              "reason": null,
              "via": null,
              "count": 1,
              "firstSeen": "2026-05-03T12:00:00Z",
              "lastSeen": "2026-05-03T12:00:00Z",
              "eventIds": [
                "03"
              ],
              "regions": [
                "eu-west-1"
              ],
              "calls": [
                "ec2.amazonaws.com/TerminateInstances"
              ]
            }
          ],
          "unmapped": [
            {
              "eventSource": "quasar.amazonaws.com",
              "eventName": "ListNebulae",
              "reason": "unknown-source",
              "count": 1,
              "eventIds": [
                "04"
              ]
            }
          ],
          "findings": [
            {
              "code": "unmapped-call",
              "severity": "warning",
              "message": "`quasar.amazonaws.com/ListNebulae` was called once, and it is not known which permission it needs (unknown-source)",
              "facts": {
                "call": "quasar.amazonaws.com/ListNebulae",
                "count": 1,
                "eventIds": [
                  "04"
                ],
                "reason": "unknown-source"
              }
            },
            {
              "code": "denied-call",
              "severity": "info",
              "message": "`ec2:TerminateInstances` was refused once (Client.UnauthorizedOperation) and is not granted",
              "facts": {
                "action": "ec2:TerminateInstances",
                "calls": [
                  "ec2.amazonaws.com/TerminateInstances"
                ],
                "count": 1,
                "errorCode": "Client.UnauthorizedOperation",
                "eventIds": [
                  "03"
                ],
                "resources": [
                  "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0"
                ]
              }
            }
          ]
        }
      ],
      "unmapped": [
        {
          "eventSource": "quasar.amazonaws.com",
          "eventName": "ListNebulae",
          "reason": "unknown-source",
          "count": 1,
          "eventIds": [
            "04"
          ]
        }
      ],
      "withoutPrincipal": {
        "service-event": 1
      },
      "findings": [
        {
          "code": "coverage-hole",
          "severity": "warning",
          "message": "nothing was recorded in account 111122223333 from 2026-05-02 to 2026-05-02",
          "facts": {
            "account": "111122223333",
            "days": 1,
            "from": "2026-05-02",
            "to": "2026-05-02"
          }
        },
        {
          "code": "duplicate-events",
          "severity": "info",
          "message": "1 copy of an event that was delivered before is not counted",
          "facts": {
            "count": 1
          }
        }
      ]
    }
    "#);
}

#[test]
fn every_field_is_documented_and_every_documented_field_exists() {
    let mut found = BTreeSet::new();
    for (trail, arguments) in [
        ("organisation", &["--since", "2026-05-02"][..]),
        ("organisation", &["--permission-set", "Developer"]),
        ("jets-deploy", &["--resources", "type", "--service-role", "cloudformation", "--siblings"][..]),
    ] {
        paths(&report(arguments, &fixture(trail)), String::new(), &mut found);
    }
    // These have the fields of the lists that are described with a principal.
    found.retain(|path| !path.starts_with("unmapped[].") && !path.starts_with("findings[]."));
    let as_in_the_sum = ["backtest.principals[].cuts[]", "backtest.principals[].estimate"];
    found.retain(|path| !as_in_the_sum.iter().any(|start| path.starts_with(start)));
    found.extend(as_in_the_sum.map(str::to_owned));
    // Of every principal of these trails enough is known.
    found.insert("backtest.tooFewDays[]".to_owned());
    // Null without the flag, and an object with it.
    found.remove("permissionSets[].policy");
    // Absent where no record but only whole files are left out, as in these trails.
    found.insert("input.leftOut[].examples[].record".to_owned());
    found.extend(["unmapped[]", "findings[]"].map(str::to_owned));
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/report.md")).unwrap();
    let mut documented: BTreeSet<String> =
        text.lines().filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned())).collect();
    // A test of the report's crate holds these against a report that has them all.
    documented.retain(|path| !path.starts_with("narrowing."));
    assert_eq!(found.difference(&documented).collect::<Vec<_>>(), Vec::<&String>::new(), "not documented");
    assert_eq!(documented.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "not in any report");
}

/// Objects whose keys are data.
const MAPS: [&str; 6] = [
    "coverage.accounts",
    "coverage.accounts.*.regions",
    "coverage.dataCalls",
    "withoutPrincipal",
    "principals[].needs[].context",
    "principals[].findings[].facts",
];
/// Values of any shape.
const ANY: [&str; 3] =
    ["permissionSets[].policy.document", "principals[].documents[].document", "principals[].findings[].facts.*"];

fn paths(value: &Value, path: String, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if !ANY.contains(&path.as_str()) => {
            for (key, value) in fields {
                let key = if MAPS.contains(&path.as_str()) { "*" } else { key };
                paths(value, if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }, found);
            }
        }
        Value::Array(items) if !ANY.contains(&path.as_str()) => {
            for item in items {
                paths(item, format!("{path}[]"), found);
            }
        }
        _ => {
            found.insert(path);
        }
    }
}
