//! Policies of real size compare fast, and costly ones come to an end.
//!
//! Times are held against bounds in optimised builds alone: `cargo test --release -p tighten-iam --test compare_large`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a helper of a test may fail the test"
)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tighten_iam::{Budget, Comparison, PolicyDocument, Undecided, compare};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Proven,
    Refuted,
    Undecided,
}

fn policy(statements: &Value) -> PolicyDocument {
    PolicyDocument::from_value(json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

fn allow(actions: &[String], resources: &[String]) -> PolicyDocument {
    policy(&json!([{"Effect": "Allow", "Action": actions, "Resource": resources}]))
}

fn admin() -> PolicyDocument {
    allow(&["*".to_owned()], &["*".to_owned()])
}

fn power_user() -> PolicyDocument {
    policy(&json!([
        {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": ["iam:CreateServiceLinkedRole", "iam:ListRoles", "organizations:DescribeOrganization"],
         "Resource": "*"},
    ]))
}

const VERBS: [&str; 8] = ["Describe", "Get", "List", "BatchGet", "Search", "View", "Lookup", "Read"];
const NOUNS: [&str; 12] = [
    "Instance", "Volume", "Table", "Queue", "Topic", "Function", "Cluster", "Stack", "Role", "Key", "Stream", "Domain",
];

/// 2,400 patterns over 200 services, as `ReadOnlyAccess` has them: some whole names, most with a `*` at the end.
fn read_only() -> Vec<String> {
    let mut actions = Vec::new();
    for service in 0..200 {
        for (at, noun) in NOUNS.iter().enumerate() {
            let verb = VERBS[(at + service) % VERBS.len()];
            let star = if at % 3 == 0 { "" } else { "*" };
            actions.push(format!("service{service}:{verb}{noun}{star}"));
        }
    }
    actions
}

/// A document close to IAM's 6,144 characters whose actions and resources have wildcards inside.
fn wild(seed: usize, statements: usize) -> PolicyDocument {
    let mut all = Vec::new();
    for statement in 0..statements {
        let actions: Vec<String> = (0..8)
            .map(|at| {
                let (verb, noun) = (VERBS[(at + statement) % 8], NOUNS[(at * 5 + statement + seed) % 12]);
                match at % 3 {
                    0 => format!("ec2:*{noun}*"),
                    1 => format!("ec2:{verb}*{noun}*"),
                    _ => format!("ec2:*{verb}*"),
                }
            })
            .collect();
        let resources: Vec<String> = (0..8)
            .map(|at| {
                let (left, right) = (NOUNS[(at + statement) % 12], NOUNS[(at * 7 + statement + seed) % 12]);
                match at % 3 {
                    0 => format!("arn:aws:ec2:*:*:*/{left}-*-{right}-*"),
                    1 => format!("arn:aws:ec2:*:1111222233??:{left}/*{right}*"),
                    _ => format!("arn:aws*:ec2:eu-*:*:*{left}*{right}?"),
                }
            })
            .collect();
        all.push(json!({"Effect": "Allow", "Action": actions, "Resource": resources}));
    }
    policy(&json!(all))
}

/// The same with a statement for each resource, so that no statement is found again.
fn split(document: &PolicyDocument) -> PolicyDocument {
    let mut all = Vec::new();
    for statement in &document.statements {
        for resource in statement.resource.entries() {
            let mut value = statement.to_value();
            value["Resource"] = json!([resource.as_str()]);
            all.push(value);
        }
    }
    policy(&json!(all))
}

/// Statements for one service and team each, under conditions.
fn conditional(regions: &[&str], deny: bool) -> PolicyDocument {
    let mut all = Vec::new();
    for at in 0..40 {
        let noun = NOUNS[at % 12].to_lowercase();
        all.push(json!({
            "Effect": "Allow", "Action": [format!("service{}:*", at % 20)],
            "Resource": [format!("arn:aws:service{}:*:*:{noun}/team-{at}-*", at % 20)],
            "Condition": {
                "StringEquals": {"aws:RequestedRegion": regions, "aws:PrincipalTag/team": format!("team-{at}")},
                "Bool": {"aws:SecureTransport": "true"},
                "IpAddress": {"aws:SourceIp": ["10.0.0.0/8", format!("192.168.{at}.0/24")]},
            },
        }));
    }
    if deny {
        all.push(json!({"Effect": "Deny", "Action": "*", "Resource": "*",
            "Condition": {"StringNotEquals": {"aws:RequestedRegion": regions}}}));
    }
    policy(&json!(all))
}

fn check(name: &str, inner: &PolicyDocument, outer: &PolicyDocument, expected: Answer, most: Duration) {
    let (inner, outer) = (std::slice::from_ref(inner), std::slice::from_ref(outer));
    let mut times: Vec<Duration> = Vec::new();
    let mut answer = Answer::Undecided;
    for _ in 0..3 {
        let start = Instant::now();
        answer = match compare(inner, outer, Budget::default()) {
            Comparison::Proven => Answer::Proven,
            Comparison::Counterexample(_) => Answer::Refuted,
            Comparison::Undecided { .. } => Answer::Undecided,
        };
        times.push(start.elapsed());
    }
    times.sort_unstable();
    println!("{name:55} {answer:?} {:8.2} ms", times[1].as_secs_f64() * 1e3);
    assert_eq!(answer, expected, "{name}");
    if !cfg!(debug_assertions) {
        assert!(times[1] < most, "{name}: {:?}", times[1]);
    }
}

#[test]
fn policies_of_real_size_are_fast() {
    let fast = Duration::from_millis(100);
    let any = ["*".to_owned()];
    let all = read_only();
    let (read, fewer) = (allow(&all, &any), allow(&all[..all.len() - 1], &any));
    let split = policy(&json!(
        all.chunks(50)
            .map(|actions| json!({"Effect": "Allow", "Action": actions, "Resource": "*"}))
            .collect::<Vec<_>>()
    ));
    check("admin in admin", &admin(), &admin(), Answer::Proven, fast);
    check("read-only in admin", &read, &admin(), Answer::Proven, fast);
    check("admin in read-only", &admin(), &read, Answer::Refuted, fast);
    check("read-only in itself", &read, &read, Answer::Proven, fast);
    check("read-only in itself, split", &read, &split, Answer::Proven, fast);
    check("read-only, split, in itself", &split, &read, Answer::Proven, fast);
    check("read-only but one in read-only", &fewer, &read, Answer::Proven, fast);
    check("read-only in read-only but one", &read, &fewer, Answer::Refuted, fast);
    check("read-only in power user", &read, &power_user(), Answer::Proven, fast);
    check("power user in admin", &power_user(), &admin(), Answer::Proven, fast);
    check("power user in itself", &power_user(), &power_user(), Answer::Proven, fast);
    check("admin in power user", &admin(), &power_user(), Answer::Refuted, fast);
    let guarded = policy(&json!([
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": all, "Resource": "arn:aws:*:*:*:secret/*"},
    ]));
    check("read-only in admin who is denied secrets", &read, &guarded, Answer::Refuted, fast);
    check("admin who is denied secrets in itself", &guarded, &guarded, Answer::Proven, fast);
}

#[test]
fn documents_full_of_wildcards_are_fast() {
    let fast = Duration::from_millis(100);
    let documents = [wild(0, 10), wild(3, 10), wild(5, 10)];
    println!("{} characters", documents[0].to_string_compact().len());
    check("wildcards in themselves", &documents[0], &documents[0], Answer::Proven, fast);
    check("wildcards in themselves, split", &documents[0], &split(&documents[0]), Answer::Proven, fast);
    check("wildcards, split, in themselves", &split(&documents[0]), &documents[0], Answer::Proven, fast);
    let text = documents[0].to_string_compact();
    let narrowed = PolicyDocument::parse(&text.replace("arn:aws*:", "arn:aws:").replace("*\"", "*z\"")).unwrap();
    check("wildcards, narrowed, in themselves", &narrowed, &documents[0], Answer::Proven, fast);
    check("wildcards in themselves, narrowed", &documents[0], &narrowed, Answer::Refuted, fast);
    check("wildcards in others", &documents[0], &documents[1], Answer::Refuted, fast);
    check("wildcards in others still", &documents[1], &documents[2], Answer::Refuted, fast);
    let mut both = documents[0].clone();
    both.statements.extend(documents[1].statements.iter().cloned());
    check("wildcards in twice as many", &documents[1], &both, Answer::Proven, fast);
    let mut denied = both.clone();
    denied.statements.extend(wild(7, 1).statements.into_iter().map(|mut statement| {
        statement.effect = tighten_iam::Effect::Deny;
        statement
    }));
    check("wildcards with denies in themselves", &denied, &denied, Answer::Proven, fast);
    check("wildcards with denies in themselves, split", &denied, &split(&denied), Answer::Proven, fast);
    check("wildcards with denies, split, in themselves", &split(&denied), &denied, Answer::Proven, fast);
    check("wildcards in those with denies", &both, &denied, Answer::Refuted, fast);
    check("wildcards with denies in those without", &denied, &both, Answer::Proven, fast);
}

#[test]
fn many_conditions_are_fast() {
    let fast = Duration::from_millis(100);
    let (one, two) = (["eu-west-1"], ["eu-west-1", "eu-central-1"]);
    check("conditions in themselves", &conditional(&two, true), &conditional(&two, true), Answer::Proven, fast);
    check("conditions in weaker ones", &conditional(&one, false), &conditional(&two, true), Answer::Proven, fast);
    check("conditions in stronger ones", &conditional(&two, false), &conditional(&one, false), Answer::Refuted, fast);
    check("conditions in admin", &conditional(&two, false), &admin(), Answer::Proven, fast);
}

#[test]
fn costly_policies_end_in_time() {
    let most = Duration::from_secs(3);
    // Each text of forty letters is told apart by which of these it holds.
    let holding: Vec<String> = ('a'..='t').map(|c| format!("arn:aws:s3:::*{c}?????????{c}*")).collect();
    let mut excluding = Vec::new();
    for c in 'a'..='t' {
        excluding
            .push(json!({"Effect": "Allow", "Action": "*", "NotResource": [format!("arn:aws:s3:::*{c}*{c}*{c}*")]}));
    }
    let excluding = policy(&json!(excluding));
    let held = allow(&["s3:*".to_owned()], &holding);
    check(
        "all in what holds a pair of letters",
        &allow(&["s3:*".to_owned()], &["arn:aws:s3:::*".to_owned()]),
        &held,
        Answer::Refuted,
        most,
    );
    let mut pattern = String::from("arn:aws:s3:::");
    for c in ('a'..='z').cycle().take(200) {
        write!(pattern, "*{c}?").unwrap();
    }
    let tangled = allow(&["*".to_owned()], &[pattern.clone() + "*", pattern.replace('a', "b")]);
    check("a pattern of 200 stars in itself", &tangled, &split(&tangled), Answer::Proven, most);
    check(
        "a pattern of 200 stars in another",
        &tangled,
        &allow(&["s3:*".to_owned()], &[pattern.replace('a', "aa")]),
        Answer::Refuted,
        most,
    );
    check("a pair of letters in twenty exclusions", &held, &excluding, Answer::Refuted, most);
    check("admin in twenty exclusions", &admin(), &excluding, Answer::Refuted, most);
    // There is no text of twenty letters that holds three of each, but that takes long to see.
    let short = allow(&["*".to_owned()], &[format!("arn:aws:s3:::{}", "?".repeat(20))]);
    let start = Instant::now();
    let answer = compare(std::slice::from_ref(&short), std::slice::from_ref(&excluding), Budget::default());
    println!("{:55} {:8.2} ms {answer:?}", "twenty letters in twenty exclusions", start.elapsed().as_secs_f64() * 1e3);
    assert!(answer.counterexample().is_none() && (cfg!(debug_assertions) || start.elapsed() < most), "{answer:?}");
    let answer = compare(std::slice::from_ref(&tangled), &[held], Budget::steps(1_000));
    assert!(matches!(answer, Comparison::Undecided { why: Undecided::Budget { steps: 1_000 } }), "{answer:?}");
}
