//! The summary, from a report made by hand.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::collections::BTreeMap;

use tighten_report::page::Prose;
use tighten_report::{
    Coverage, DeniedReport, DocumentReport, EventCount, Evidence, FindingReport, Input, NeedReport, PrincipalReport,
    Report, SCHEMA_VERSION, SkipExample, SkipReport, Style, Tool, Totals, UnmappedReport, format, prose,
};
use tighten_synthesis::FindingCode;

fn finding(code: FindingCode, message: Prose) -> FindingReport {
    FindingReport { code, severity: code.severity(), message, facts: BTreeMap::new() }
}

fn need(action: &str, certainty: &'static str) -> NeedReport {
    NeedReport {
        action: action.to_owned(),
        resources: vec!["arn:aws:s3:::assets/*".to_owned()],
        granted: vec!["arn:aws:s3:::assets/*".to_owned()],
        context: BTreeMap::new(),
        certainty,
        unsettled: Vec::new(),
        rule: "resources".to_owned(),
        via: None,
        evidence: Evidence::default(),
        wildcards: Vec::new(),
    }
}

fn principal(account: &str, name: &str, calls: u64) -> PrincipalReport {
    PrincipalReport {
        principal: format!("arn:aws:iam::{account}:role/{name}"),
        kind: "role",
        account: account.to_owned(),
        name: name.to_owned(),
        permission_set: None,
        calls,
        denied_calls: 1,
        first_seen: None,
        last_seen: None,
        documents: vec![DocumentReport {
            path: String::new(),
            service: None,
            size: 0,
            document: serde_json::Value::Null,
        }],
        needs: vec![need("s3:GetObject", "exact"), need("s3:ListBucket", "by-type"), need("s3:PutObject", "exact")],
        inferred: Vec::new(),
        denied: vec![DeniedReport {
            action: "s3:DeleteObject".to_owned(),
            known_from: "both",
            resources: Vec::new(),
            named: vec!["arn:aws:s3:::assets/\u{1b}[2Jsite/index.html".to_owned(), "another".to_owned()],
            error_code: "AccessDenied".to_owned(),
            reason: Some("no identity-based policy allows it".to_owned()),
            via: None,
            evidence: Evidence { count: calls / 2, ..Evidence::default() },
        }],
        unmapped: Vec::new(),
        findings: vec![finding(
            FindingCode::UnresolvedResource,
            prose![Prose::quoted("s3:ListBucket"), " is granted on ", Prose::data("\u{202e}all"), " resources"],
        )],
    }
}

fn report() -> Report {
    let skip = SkipReport {
        reason: "truncated-file",
        count: 2,
        examples: vec![SkipExample { file: "a\n.json".to_owned(), record: Some(3), message: "cut short".to_owned() }],
    };
    let twins = [principal("111122223333", "deploy", 12_345), principal("444455556666", "deploy", 100)];
    let others = (0..30).map(|number| principal("111122223333", &format!("a-rather-long-name-of-worker-{number}"), 9));
    let kind = EventCount { category: "management", access: "read", count: 7 };
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool { name: "tighten", version: "0.0.0", catalog: Vec::new() },
        input: Input {
            files: 3,
            bytes: 4_000,
            bytes_json: 5_000_000,
            records: 20_000,
            skipped: vec![skip],
            ..Input::default()
        },
        coverage: Coverage { regions: vec!["eu\u{7}".to_owned()], event_categories: vec![kind], ..Coverage::default() },
        totals: Totals {
            principals: 32,
            calls: 13_000,
            needs: 96,
            exact: 64,
            by_type: 32,
            documents: 32,
            ..Totals::default()
        },
        narrowing: None,
        backtest: None,
        permission_sets: Vec::new(),
        principals: twins.into_iter().chain(others).collect(),
        unmapped: vec![UnmappedReport {
            event_source: "quasar.amazonaws.com".to_owned(),
            event_name: "List\tNebulae".to_owned(),
            reason: "unknown-source",
            count: 4,
            event_ids: Vec::new(),
        }],
        without_principal: BTreeMap::from([("service", 5)]),
        findings: vec![finding(FindingCode::SkippedInput, "2 could not be read: truncated-file".into())],
    }
}

fn text(style: Style) -> String {
    let mut out = Vec::new();
    format::text::write(&report().page(), style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_summary_on_a_terminal_of_80_columns() {
    let text = text(Style { colour: false, width: Some(80) });
    insta::assert_snapshot!(text, @r"
    tighten 0.0.0  3 files, 3.9 KiB (4.7 MiB of JSON), 20,000 records

      Events     0 distinct events
      Regions    1: eu\u{7}
      Recorded   management 7
      No caller  5: service 5
      NOT READ   truncated-file 2
                 a\n.json, record 3: cut short

    Principals by calls  32 principals, 13,000 calls, 0 actions in use
       CALLS  DENIED  ACTIONS  EXACT  WARN  ACCOUNT       KIND  NAME
      12,345       1        3   66 %     1  111122223333  role  deploy
         100       1        3   66 %     1  444455556666  role  deploy
           9       1        3   66 %     1  111122223333  role  a-rather-l…-worker-0
           9       1        3   66 %     1  111122223333  role  a-rather-l…-worker-1
           9       1        3   66 %     1  111122223333  role  a-rather-l…-worker-2
           9       1        3   66 %     1  111122223333  role  a-rather-l…-worker-3
           9       1        3   66 %     1  111122223333  role  a-rather-l…-worker-4
           9       1        3   66 %     1  111122223333  role  a-rather-l…-worker-5
           9       1        3   66 %     1  111122223333  role  a-rather-l…-worker-6
           9       1        3   66 %     1  111122223333  role  a-rather-l…-worker-7
           9       1        3   66 %     1  111122223333  role  a-rather-l…-worker-8
           9       1        3   66 %     1  111122223333  role  a-rather-l…-worker-9
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-10
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-11
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-12
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-13
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-14
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-15
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-16
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-17
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-18
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-19
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-20
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-21
           9       1        3   66 %     1  111122223333  role  a-rather-l…worker-22
      … and 7 more; `--format json` lists them
      EXACT: how surely resources are known, not how narrow they are. All 96 needs: 66.6 % exact, 33.3 % by type, 0.0 % not

    Denied  wanted, refused, and not granted
      COUNT  ACTION           RESOURCE                    PRINCIPAL
      6,172  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  deploy (111122223333)
         50  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  deploy (444455556666)
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…-of-worker-0
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…-of-worker-1
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…-of-worker-2
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…-of-worker-3
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…-of-worker-4
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…-of-worker-5
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…-of-worker-6
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…-of-worker-7
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…-of-worker-8
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…-of-worker-9
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-10
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-11
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-12
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-13
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-14
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-15
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-16
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-17
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-18
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-19
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-20
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-21
          4  s3:DeleteObject  arn:aws:s3:::…ex.html (+1)  a-rather-long…of-worker-22
      … and 7 more; `--format json` lists them

    Not mapped to a permission  0 calls: no policy covers what these may have needed
      COUNT  CALL                                REASON
          4  quasar.amazonaws.com List\tNebulae  unknown-source

    Findings  docs/findings.md explains each code
      warning skipped-input
        2 could not be read: truncated-file
      warning unresolved-resource
        deploy (111122223333): `s3:ListBucket` is granted on \u{202e}all resources
        deploy (444455556666): `s3:ListBucket` is granted on \u{202e}all resources
        a-rather-long-name-of-worker-0: `s3:ListBucket` is granted on \u{202e}all
          resources
        … and 29 more findings

    Next
      --principal 'arn:aws:iam::111122223333:role/deploy'  prints that policy alone
      --out DIR  writes 32 policy documents and report.json, with the evidence for every line
    ");
}

#[test]
fn colours_change_nothing_but_colours() {
    let coloured = text(Style { colour: true, width: Some(100) });
    let mut plain = coloured.clone();
    for code in ["0", "1", "2", "31", "32", "33"] {
        plain = plain.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_ne!(plain, coloured);
    assert_eq!(plain, text(Style { colour: false, width: Some(100) }));
    assert!(!plain.contains(|c: char| c.is_control() && c != '\n'));
}

#[test]
fn the_summary_for_a_comment_on_a_change() {
    let mut report = report();
    report.principals.truncate(3);
    let mut out = Vec::new();
    format::markdown::write(&report.page(), &mut out).unwrap();
    insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
    ### Analysis: tighten 0.0.0

    3 files, 3.9 KiB (4.7 MiB of JSON), 20,000 records.

    - **Events:** 0 distinct events
    - **Regions:** 1: `eu\u{7}`
    - **Recorded:** management 7
    - **No caller:** 5: service 5
    - **NOT READ:** truncated-file 2
      - `a\n.json`, record 3: `cut short`

    #### Principals by calls: 32 principals, 13,000 calls, 0 actions in use

    | calls | denied | actions | exact | warn | account | kind | name |
    |--:|--:|--:|--:|--:|---|---|---|
    | 12,345 | 1 | 3 | 66 % | 1 | `111122223333` | role | `deploy` |
    | 100 | 1 | 3 | 66 % | 1 | `444455556666` | role | `deploy` |
    | 9 | 1 | 3 | 66 % | 1 | `111122223333` | role | `a-rather-long-name-of-worker-0` |

    EXACT: how surely resources are known, not how narrow they are. All 96 needs: 66.6 % exact, 33.3 % by type, 0.0 % not

    #### Denied

    Wanted, refused, and not granted.

    | count | action | resource | principal |
    |--:|---|---|---|
    | 6,172 | `s3:DeleteObject` | `arn:aws:s3:::assets/\u{1b}[2Jsite/index.html` (+1) | `deploy` (`111122223333`) |
    | 50 | `s3:DeleteObject` | `arn:aws:s3:::assets/\u{1b}[2Jsite/index.html` (+1) | `deploy` (`444455556666`) |
    | 4 | `s3:DeleteObject` | `arn:aws:s3:::assets/\u{1b}[2Jsite/index.html` (+1) | `a-rather-long-name-of-worker-0` |

    #### Not mapped to a permission: 0 calls

    No policy covers what these may have needed.

    | count | call | reason |
    |--:|---|---|
    | 4 | `quasar.amazonaws.com List\tNebulae` | unknown-source |

    #### Findings

    docs/findings.md explains each code.

    - warning skipped-input
      - 2 could not be read: truncated-file
    - warning unresolved-resource
      - `deploy` (`111122223333`): `s3:ListBucket` is granted on `\u{202e}all` resources
      - `deploy` (`444455556666`): `s3:ListBucket` is granted on `\u{202e}all` resources
      - `a-rather-long-name-of-worker-0`: `s3:ListBucket` is granted on `\u{202e}all` resources

    #### Next

    `--principal 'arn:aws:iam::111122223333:role/deploy'`  prints that policy alone

    `--out DIR`  writes 32 policy documents and report.json, with the evidence for every line
    ");
}
