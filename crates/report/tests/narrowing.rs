//! What narrowing came to, shown: policies that are really narrowed, and calls made by hand.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests may fail like tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tighten_catalog::Catalog;
use tighten_iam::{PolicySource, Principal};
use tighten_mapping::Certainty;
use tighten_report::{
    Analysis, FileText, Narrowing, NarrowingReport, Pruned, Report, Style, format, json, proof_lines,
};
use tighten_synthesis::narrow::{
    CurrentPolicy, Giver, GrantGroup, GrantVerdict, Holder, Home, NarrowInput, NarrowOptions, Narrowed, NotGranted,
    StatementReport, Unobservable, Young, narrow,
};
use tighten_synthesis::replay::{CallCounts, LostNeed, NeedCounts, NeedReplay, Verdict};
use tighten_synthesis::{
    AccessCheck, Agreement, EntityPaths, FindingCode, HoldoutDays, HoldoutReplay, NoHoldout, Observation, Observed,
    PrincipalProof, SecondOpinion, Seen, Subject, Used,
};
use tighten_trail::Window;
use tighten_usage::{Access, Category, Coverage, EventKind, Place, Usage};

const WORKER: &str = "arn:aws:iam::111122223333:role/ci/worker";
const INSTANCE: &str = "arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0";

/// Sixty days of management events in two regions.
fn coverage() -> Coverage {
    let mut coverage = Coverage::default();
    let places = coverage.accounts.entry("111122223333".into()).or_default();
    for region in ["us-east-1", "eu-west-1"] {
        let mut place = Place { events: 9, ..Place::default() };
        for (month, days) in [(1, 31), (2, 28)] {
            for day in 1..=days {
                place.days.insert(format!("2026-{month:02}-{day:02}T12:00:00Z").parse().unwrap());
            }
        }
        places.insert(region.into(), place);
    }
    for place in coverage.accounts.values_mut().flat_map(BTreeMap::values_mut) {
        let kind = |access| EventKind { category: Category::Management, access };
        place.kinds.extend([Access::Read, Access::Write].map(kind));
    }
    coverage
}

fn used(action: &str, resource: &str) -> Used {
    Used {
        action: action.parse().unwrap(),
        resources: vec![Observed::one(resource.parse().unwrap())],
        context: BTreeMap::new(),
        certainty: Certainty::Exact,
        rule: "resources".to_owned(),
        via: None,
        path_unknown: false,
        unsettled: Vec::new(),
        suspected: false,
        seen: Seen { count: 3, ..Seen::default() },
    }
}

fn policy(name: &str, home: Home, text: &str) -> CurrentPolicy {
    CurrentPolicy::new(name, home, PolicySource::parse(text).unwrap())
}

const DEPLOY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "Run",     "Effect": "Allow", "Action": ["ec2:StartInstances", "ec2:StopInstances"], "Resource": "*" },
    { "Sid": "Objects", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::in/*" },
    {
      "Effect": "Allow",
      "Action": [
        "iam:CreatePolicyVersion",
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:InvokeFunction"
      ],
      "Resource": "*"
    },
    { "Effect": "Deny",  "Action": "s3:DeleteBucket", "Resource": "*" }
  ]
}
"#;

const KEYS: &str =
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:CreateAccessKey","Resource":"*"}}"#;
const OPS: &str = "arn:aws:iam::111122223333:policy/team/ops";

/// The policies of some principals, all with the same ones, that started one instance.
fn narrowed(principals: &[&str]) -> Narrowed {
    let coverage = coverage();
    let regions = BTreeSet::new();
    let observation = Observation::new(Catalog::embedded(), &coverage, None, &regions);
    let subjects: Vec<Subject> = principals
        .iter()
        .map(|principal| Subject {
            principal: principal.parse().unwrap(),
            name_only: false,
            needs: vec![used("ec2:StartInstances", INSTANCE)],
            wants: Vec::new(),
            unmapped: Vec::new(),
            mostly_refused: None,
        })
        .collect();
    let holder = |subject| Holder { subject, policies: vec![0, 1], created: None, boundary: None };
    let holders: Vec<Holder<'_>> = subjects.iter().map(holder).collect();
    let policies =
        [policy("iam/deploy.json", Home::File, DEPLOY), policy(OPS, Home::Managed { arn: OPS.to_owned() }, KEYS)];
    let input = NarrowInput {
        catalog: Catalog::embedded(),
        policies: &policies,
        holders: &holders,
        paths: &EntityPaths::default(),
        observation: &observation,
        details: true,
    };
    narrow(&input, &NarrowOptions::default()).unwrap()
}

/// Two needs of so many calls; where it is lossy, the documents after deny one of them.
fn replay(calls: u64, lossy: bool) -> NeedReplay {
    let before = NeedCounts { allowed: 2, ..NeedCounts::default() };
    let seen = Seen {
        count: calls,
        first: Some("2026-02-27T10:00:00Z".parse().unwrap()),
        last: Some("2026-02-27T10:00:00Z".parse().unwrap()),
        event_ids: vec!["e2".to_owned(), "e3".to_owned()],
        regions: vec!["eu-west-1".to_owned()],
        calls: vec!["ec2.amazonaws.com/StartInstances".to_owned()],
        ..Seen::default()
    };
    let lost = LostNeed {
        verdict: Verdict::ImplicitDeny,
        action: "ec2:StartInstances".parse().unwrap(),
        resource: INSTANCE.parse().unwrap(),
        via: None,
        seen,
        shared: false,
    };
    NeedReplay {
        calls: CallCounts { authorised: calls, ..CallCounts::default() },
        before,
        after: if lossy { NeedCounts { allowed: 1, denied: 1, ..before } } else { before },
        lost: if lossy { vec![lost] } else { Vec::new() },
    }
}

/// All is still allowed but what proves nothing; of the last days one of two needs is not.
fn proof(principal: &Principal, lossy: bool) -> PrincipalProof {
    let whole = NeedCounts { allowed: 2, denied: 1, depends: 1, partly: 1 };
    let calls = CallCounts { authorised: 7, unmapped: 2, some_not_judged: false };
    let days = HoldoutDays { since: "2026-02-15".parse().unwrap(), days: 14 };
    PrincipalProof {
        principal: principal.clone(),
        replay: NeedReplay { calls, before: whole, after: whole, lost: Vec::new() },
        holdout: Ok(HoldoutReplay { days, replay: replay(2, lossy) }),
        backtest: None,
    }
}

fn report(narrowed: &[Narrowed], proofs: &[PrincipalProof], details: bool) -> Report {
    with_opinion(narrowed, proofs, details, SecondOpinion::default())
}

fn with_opinion(narrowed: &[Narrowed], proofs: &[PrincipalProof], details: bool, opinion: SecondOpinion) -> Report {
    tighten_report::report(Analysis {
        version: "0.0.0",
        catalog: Catalog::embedded(),
        window: Window::default(),
        pruned: Pruned::default(),
        usage: &Usage::default(),
        proposals: &[],
        service_roles: &[],
        permission_sets: &[],
        findings: &[],
        narrowing: Some(Narrowing { narrowed, proofs, chosen: None, details, opinion }),
        backtest: None,
    })
}

/// What the summary says of narrowing.
fn summary(report: &Report, style: Style) -> String {
    let mut out = Vec::new();
    format::text::write(&report.page(), style, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let from = text.find("Policies  ").unwrap();
    let to = text.find("Principals by calls").unwrap();
    text[from..to].trim_end().to_owned() + "\n"
}

fn markdown(report: &Report) -> String {
    let mut out = Vec::new();
    format::markdown::write(&report.page(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn value(report: &Report) -> Value {
    let mut out = Vec::new();
    json::write_pretty(report, &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

/// What is told beside a policy that is printed.
fn told(report: &Report) -> Vec<String> {
    proof_lines(parts(report)).iter().map(ToString::to_string).collect()
}

fn parts(report: &Report) -> &NarrowingReport {
    report.narrowing.as_ref().unwrap()
}

#[test]
fn one_principal_on_a_terminal_of_100_columns() {
    let worker: Principal = WORKER.parse().unwrap();
    let report = report(&[narrowed(&[WORKER])], &[proof(&worker, true)], false);
    insta::assert_snapshot!(summary(&report, Style { colour: false, width: Some(100) }), @r#"
    Policies  1 narrowed, 1 unused
      OUTCOME   STATEMENTS      CHARACTERS  WORST UNUSED  POLICY                             HELD BY
      narrowed  2 of 4 changed  437 → 396   3 escalation  iam/deploy.json                    role/worker
      unused    1 of 1 changed  101 → 0     1 escalation  arn:aws:iam::111…:policy/team/ops  role/worker

    Unused, the most dangerous first  4 decisions: docs/risk.md explains the classes
      CLASS       SERVICE     REMOVED  KEPT  SUCH AS                                     POLICY
      escalation  iam               3     -  CreateAccessKey, Crea…icyVersion, PassRole  2 policies
          iam:CreateAccessKey makes access keys for another user and acts as that user; and 2 more ways
      escalation  lambda            1     -  CreateFunction                              iam/deploy.json
          lambda:CreateFunction runs code in a new function with any role that Lambda may assume (with
          iam:PassRole, lambda:InvokeFunction)
      data-read   s3                -     1  s3:GetObject                                iam/deploy.json
      write       3 services        1     2  ec2:StopInstances, la…nction, s3:PutObject  iam/deploy.json
      removed  5 in all: 4 escalation, 1 write
      kept     3 in all: 1 data-read, 2 write
               3 kept, since uses may have gone unrecorded

    What would make more visible  grants whose use may have gone unrecorded
      1 grant of lambda:
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::Lambda::Function"]},{"Field":"readOnly","Equals":["false"]}]}
      1 grant of s3:
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"readOnly","Equals":["false"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::in/"]}]}
      1 grant of s3:
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::in/"]}]}
      {…}: an element of AdvancedEventSelectors, to be added to those of the trail
      what the trail records was concluded from the records; `--event-selectors FILE` tells it

    Proof
      replay     7 calls, 5 distinct needs: all 2 that today's policies allow are still allowed
                 left out of this proof: 1 need that the policies given do not allow (something else
                 did); 2 needs that the records alone do not decide, as before; 2 calls of which it is
                 not known what was needed
      inclusion  nothing new is allowed: proven by comparing the documents as a whole (1); nothing is
                 left of the policy (1)
      holdout    had these policies been in force for the last 14 days (2 calls), 1 of 2 distinct needs
                 would have been denied: these
                 narrowed, for this proof, by the days before 2026-02-15 00:00 UTC alone
      CALLS  ACTION              RESOURCE                                          VERDICT        EVENTS
          2  ec2:StartInstances  arn:aws:ec2:eu-west-1:11…nce/i-0123456789abcdef0  implicit-deny  e2, e3
    "#);
}

#[test]
fn several_principals_have_a_row_each_and_totals() {
    let names = [WORKER, "arn:aws:iam::111122223333:user/ada"];
    let principals = names.map(|name| name.parse::<Principal>().unwrap());
    let mut last = proof(&principals[1], false);
    last.holdout = Err(NoHoldout::NothingBefore);
    let report = report(&[narrowed(&names)], &[proof(&principals[0], false), last], true);
    let text = summary(&report, Style::PLAIN);
    let from = text.find("\nActions").unwrap();
    insta::assert_snapshot!(&text[from..], @r#"

    Actions  every one, by service
      ec2
        used: StartInstances
        removed: StopInstances
      iam
        removed: CreateAccessKey, CreatePolicyVersion, PassRole
      lambda
        removed: CreateFunction
        not visible: InvokeFunction
      s3
        not visible: GetObject, PutObject

    What would make more visible  grants whose use may have gone unrecorded
      1 grant of lambda:
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::Lambda::Function"]},{"Field":"readOnly","Equals":["false"]}]}
      1 grant of s3:
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"readOnly","Equals":["false"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::in/"]}]}
      1 grant of s3:
        {"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::in/"]}]}
      {…}: an element of AdvancedEventSelectors, to be added to those of the trail
      what the trail records was concluded from the records; `--event-selectors FILE` tells it

    Proof
      replay     14 calls, 10 distinct needs: all 4 that today's policies allow are still allowed
                 left out of this proof: 2 needs that the policies given do not allow (something else did); 4 needs that the records alone do not decide, as before; 4 calls of which it is not known what was needed
      inclusion  nothing new is allowed: proven by comparing the documents as a whole (1); nothing is left of the policy (1)
      holdout    had these policies been in force for the last 14 days (2 calls), 0 of 2 distinct needs would have been denied
                 narrowed, for this proof, by the days before 2026-02-15 00:00 UTC alone
                 not possible for 1: there are no records before the last days

      STILL ALLOWED  NOTHING NEW BY  HELD-OUT NEEDS DENIED  ACCOUNT       NAME
      2 of 2         documents       0 of 2                 111122223333  worker
      2 of 2         documents       not possible           111122223333  ada
    "#);
}

/// Changes the first group of a statement's grants.
fn first_group(statement: &mut StatementReport, change: impl FnOnce(&mut GrantGroup)) {
    let mut groups: Vec<GrantGroup> = statement.groups.iter().cloned().collect();
    change(&mut groups[0]);
    statement.groups = groups.into_iter().collect();
}

#[test]
fn one_principal_for_a_comment_on_a_change() {
    let worker: Principal = WORKER.parse().unwrap();
    let mut narrowed = narrowed(&[WORKER]);
    narrowed.policies[0].name = "iam/a|b`c @team.json".to_owned();
    let report = report(&[narrowed], &[proof(&worker, true)], false);
    let text = markdown(&report);
    let from = text.find("#### Policies").unwrap();
    let to = text.find("#### Principals by calls").unwrap();
    insta::assert_snapshot!(&text[from..to], @r#"
    #### Policies: 1 narrowed, 1 unused

    | outcome | statements | characters | worst unused | policy | held by |
    |---|---|---|---|---|---|
    | narrowed | 2 of 4 changed | 437 → 396 | 3 escalation | <code>iam&#47;a&#124;b&#96;c &#64;team&#46;json</code> | `role/worker` |
    | unused | 1 of 1 changed | 101 → 0 | 1 escalation | `arn:aws:iam::111122223333:policy/team/ops` | `role/worker` |

    #### Unused, the most dangerous first: 4 decisions

    docs/risk.md explains the classes.

    | class | service | removed | kept | such as | policy |
    |---|---|--:|--:|---|---|
    | escalation | `iam` | 3 |  | `CreateAccessKey`, `CreatePolicyVersion`, `PassRole` | 2 policies<br>`iam:CreateAccessKey` makes access keys for another user and acts as that user; and 2 more ways |
    | escalation | `lambda` | 1 |  | `CreateFunction` | <code>iam&#47;a&#124;b&#96;c &#64;team&#46;json</code><br>`lambda:CreateFunction` runs code in a new function with any role that Lambda may assume (with `iam:PassRole`, `lambda:InvokeFunction`) |
    | data-read | `s3` |  | 1 | `s3:GetObject` | <code>iam&#47;a&#124;b&#96;c &#64;team&#46;json</code> |
    | write | 3 services | 1 | 2 | `ec2:StopInstances`, `lambda:InvokeFunction`, `s3:PutObject` | <code>iam&#47;a&#124;b&#96;c &#64;team&#46;json</code> |

    - **Removed:** 5 in all: 4 escalation, 1 write
    - **Kept:** 3 in all: 1 data-read, 2 write
      - 3 kept, since uses may have gone unrecorded

    #### What would make more visible

    Grants whose use may have gone unrecorded.

    - 1 grant of `lambda`:
      - `{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::Lambda::Function"]},{"Field":"readOnly","Equals":["false"]}]}`
    - 1 grant of `s3`:
      - `{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"readOnly","Equals":["false"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::in/"]}]}`
    - 1 grant of `s3`:
      - `{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::in/"]}]}`

    {…}: an element of AdvancedEventSelectors, to be added to those of the trail

    what the trail records was concluded from the records; `--event-selectors FILE` tells it

    #### Proof

    - **Replay:** 7 calls, 5 distinct needs: all 2 that today's policies allow are still allowed
      - left out of this proof: 1 need that the policies given do not allow (something else did); 2 needs that the records alone do not decide, as before; 2 calls of which it is not known what was needed
    - **Inclusion:** nothing new is allowed: proven by comparing the documents as a whole (1); nothing is left of the policy (1)
    - **Holdout:** had these policies been in force for the last 14 days (2 calls), 1 of 2 distinct needs would have been denied: these
      - narrowed, for this proof, by the days before 2026-02-15 00:00 UTC alone

    | calls | action | resource | verdict | events |
    |--:|---|---|---|---|
    | 2 | `ec2:StartInstances` | `arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0` | implicit-deny | `e2`, `e3` |
    "#);
}

/// Policies that allow everything in many services, each narrowed for one who used one of these.
fn wide(used_by_each: &[&str]) -> Vec<Narrowed> {
    const SERVICES: [&str; 16] = [
        "account",
        "acm",
        "amplify",
        "athena",
        "backup",
        "batch",
        "cloud9",
        "codebuild",
        "dax",
        "ecr",
        "firehose",
        "fsx",
        "glue",
        "sns",
        "sqs",
        "xray",
    ];
    let actions: Vec<String> = SERVICES.iter().map(|service| format!("{service}:*")).collect();
    let text = serde_json::json!({ "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }] });
    let coverage = coverage();
    let regions = BTreeSet::new();
    let observation = Observation::new(Catalog::embedded(), &coverage, None, &regions);
    let aws = || Home::AwsManaged { arn: "arn:aws:iam::aws:policy/Wide".to_owned() };
    let one = |(number, action): (usize, &&str)| {
        let needs = if action.is_empty() { Vec::new() } else { vec![used(action, "*")] };
        let subject = Subject {
            principal: format!("arn:aws:iam::111122223333:role/r{number}").parse().unwrap(),
            name_only: false,
            needs,
            wants: Vec::new(),
            unmapped: Vec::new(),
            mostly_refused: None,
        };
        let policies = [policy("arn:aws:iam::aws:policy/Wide", aws(), &text.to_string())];
        let holders = [Holder { subject: &subject, policies: vec![0], created: None, boundary: None }];
        let input = NarrowInput {
            catalog: Catalog::embedded(),
            policies: &policies,
            holders: &holders,
            paths: &EntityPaths::default(),
            observation: &observation,
            details: false,
        };
        let options = NarrowOptions { unobservable: Unobservable::Drop, ..NarrowOptions::default() };
        narrow(&input, &options).unwrap()
    };
    used_by_each.iter().enumerate().map(one).collect()
}

/// What synthesis and the report know of the grants of the first statement of each policy.
fn known(narrowed: &Narrowed) -> BTreeMap<(String, &'static str, bool), usize> {
    let mut known = BTreeMap::new();
    for group in &narrowed.policies[0].statements[0].groups {
        *known.entry((group.service.clone(), group.verdict.code(), group.kept)).or_default() += group.count;
    }
    known
}

#[test]
fn what_statements_share_is_listed_once_and_nothing_gets_lost() {
    let narrowed = wide(&["sqs:ListQueues", "sns:ListTopics", "sqs:CreateQueue"]);
    let report = report(&narrowed, &[], false);
    let narrowing = parts(&report);
    assert_eq!(narrowing.common.len(), 1);
    let unique: BTreeSet<String> = narrowing.grants.iter().map(|grant| serde_json::to_string(grant).unwrap()).collect();
    assert_eq!(unique.len(), narrowing.grants.len());
    for policy in &narrowing.policies {
        let own = narrowed.iter().find(|one| one.policies[0].holders[0].as_str() == policy.holders[0]).unwrap();
        let mut told: BTreeMap<(String, &'static str, bool), usize> = BTreeMap::new();
        for grant in narrowing.grants_of(&policy.statements[0]) {
            *told.entry((grant.service.clone(), grant.verdict, grant.kept)).or_default() += grant.count;
        }
        assert_eq!(told, known(own));
        let services: BTreeSet<&str> =
            policy.statements[0].grants.iter().map(|at| narrowing.grants[*at].service.as_str()).collect();
        assert!(services.len() <= 2, "{services:?} are not what others have in common");
    }
}

#[test]
fn many_services_that_nobody_used_are_one_decision() {
    let narrowed = wide(&["sqs:ListQueues"]);
    let report = report(&narrowed, &[], false);
    let narrowing = parts(&report);
    let at_once: Vec<_> = narrowing.decisions.iter().filter(|decision| decision.service.is_none()).collect();
    let [at_once] = at_once.as_slice() else { panic!("{:?}", narrowing.decisions) };
    assert_eq!((at_once.services, at_once.but.as_slice()), (15, &["sqs".to_owned()][..]));
    assert_eq!((at_once.left(), at_once.policies.as_slice()), (0, &[0][..]));
    // Together with what is decided on the service in use, that is every grant that was not used.
    let all: usize = narrowing.decisions.iter().map(|one| one.removed() + one.left()).sum();
    let unused: usize = known(&narrowed[0]).iter().filter(|((_, code, _), _)| *code != "used").map(|(_, n)| n).sum();
    assert_eq!(all, unused);
    assert!(narrowing.decisions.len() < 12 && unused > 500, "{unused} grants, {} decisions", narrowing.decisions.len());
}

#[test]
fn holders_of_whom_the_same_is_known_stand_together() {
    let narrowed = wide(&["", "", "sqs:ListQueues", ""]);
    let report = report(&narrowed, &[], false);
    let narrowing = parts(&report);
    let holders: Vec<usize> = narrowing.policies.iter().map(|policy| policy.holders.len()).collect();
    assert_eq!(holders.iter().sum::<usize>(), 4);
    assert_eq!(holders.iter().max(), Some(&3));
    assert_eq!(narrowing.principals.len(), 4, "each has its proofs");
}

#[test]
fn every_verdict_has_its_column() {
    let mut narrowed = narrowed(&[WORKER]);
    let mut groups: Vec<GrantGroup> = narrowed.policies[0].statements[2].groups.iter().cloned().collect();
    let mut group = groups[0].clone();
    group.service = "quasar".to_owned();
    let mut add = |count, verdict, kept, no_effect| {
        groups.push(GrantGroup { count, verdict, kept, no_effect, ..group.clone() });
    };
    let unseen = || GrantVerdict::NotObservable { gaps: Vec::new() };
    add(1, GrantVerdict::Used { gaps: Vec::new() }, true, None);
    add(2, GrantVerdict::Unused, false, None);
    add(3, GrantVerdict::Unused, false, Some(Giver { policy: 0, statement: 1 }));
    add(4, unseen(), false, None);
    add(5, GrantVerdict::NeverGranted { reason: None }, false, Some(Giver { policy: 0, statement: 1 }));
    add(6, unseen(), true, None);
    add(7, GrantVerdict::TooYoung(Young::Window { days: 1, needed: 2 }), true, None);
    add(8, GrantVerdict::KeptByRule { reason: "backups".to_owned() }, true, None);
    add(9, GrantVerdict::Unused, true, None);
    narrowed.policies[0].statements[2].groups = groups.into_iter().collect();
    let narrowed = [narrowed];
    let report = report(&narrowed, &[], true);
    let text = summary(&report, Style::PLAIN);
    let cells = |start: &str| {
        let line = text.lines().find(|line| line.trim_start().starts_with(start)).unwrap();
        line.trim().split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect::<Vec<_>>()
    };
    let heading = [
        "SERVICE",
        "USED",
        "REMOVED",
        "STILL GIVEN",
        "DROPPED",
        "FORBIDDEN",
        "NOT VISIBLE",
        "TOO YOUNG",
        "BY RULE",
        "WITH OTHERS",
    ];
    assert_eq!(cells("SERVICE"), heading);
    assert_eq!(cells("quasar "), ["quasar", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
    let effect = &value(&report)["narrowing"]["grants"];
    let effect = effect.as_array().unwrap().iter().find(|grant| grant["count"] == 3).unwrap();
    assert_eq!(effect["noEffect"], serde_json::json!({ "policy": "iam/deploy.json", "statement": 1 }));
    // What was dropped is gone, whatever becomes visible.
    assert!(text.contains("6 grants of quasar:\n    nothing: no event is known"), "{text}");
}

#[test]
fn the_proofs_are_told_beside_a_policy_that_is_printed() {
    let worker: Principal = WORKER.parse().unwrap();
    let narrowed = [narrowed(&[WORKER])];
    let lines = |proofs: &[PrincipalProof]| told(&report(&narrowed, proofs, false));
    let told = lines(&[proof(&worker, true)]);
    assert_eq!(told[0], "replay: 7 calls, 5 distinct needs: all 2 that today's policies allow are still allowed");
    assert_eq!(
        told[1],
        "  left out of this proof: 1 need that the policies given do not allow (something else did); 2 needs that the \
         records alone do not decide, as before; 2 calls of which it is not known what was needed"
    );
    assert_eq!(
        told[3..],
        [
            "holdout: had these policies been in force for the last 14 days (2 calls), 1 of 2 distinct needs would have \
             been denied: these",
            &format!("  ec2:StartInstances on {INSTANCE}: 2 calls (e2, e3)"),
        ]
    );
    assert_eq!(lines(&[]).len(), 3);
    assert_eq!(lines(&[])[0], "replay: not done: the needs were not replayed");
    assert_eq!(lines(&[])[2], "holdout: not possible: the needs were not replayed");
    let mut whole = proof(&worker, false);
    whole.replay = replay(1, false);
    assert_eq!(lines(&[whole])[0], "replay: 1 call, 2 distinct needs: all still allowed");
}

#[test]
fn needs_that_are_lost_are_never_told_as_allowed() {
    let worker: Principal = WORKER.parse().unwrap();
    let mut proof = proof(&worker, true);
    proof.replay = replay(3, true);
    let report = report(&[narrowed(&[WORKER])], &[proof], false);
    let replay = parts(&report).principals[0].replay.as_ref().unwrap();
    assert_eq!((replay.allowed_before, replay.allowed_after, replay.lost.len()), (2, 1, 1));
    let line = &told(&report)[0];
    assert_eq!(
        line,
        "replay: 3 calls, 2 distinct needs: 1 of 2 that today's policies allow is still allowed; the others would be \
         denied: these"
    );
}

#[test]
fn files_hold_the_narrowed_text_byte_for_byte() {
    let narrowed = narrowed(&[WORKER]);
    let text = narrowed.policies[0].text.clone().unwrap();
    let report = report(&[narrowed], &[], false);
    let files: Vec<_> = report.files().collect();
    // Nothing is left of the other policy.
    assert_eq!(files, [("policies/111122223333/role/worker/deploy.json", FileText::AsIs(&text))]);
    assert!(text.contains(r#"    { "Effect": "Deny",  "Action": "s3:DeleteBucket", "Resource": "*" }"#));
    let gone = parts(&report).policies.iter().find(|policy| policy.name == OPS).unwrap();
    assert_eq!((gone.path.as_ref(), gone.document.as_ref(), gone.size_after), (None, None, 0));
}

#[test]
fn paths_tell_where_a_policy_lives_and_never_meet() {
    let path = |name: &str, home: Home, holders: &[&str]| {
        let mut all = narrowed(&[WORKER]);
        all.policies.truncate(1);
        let policy = &mut all.policies[0];
        policy.name = name.to_owned();
        policy.home = home;
        policy.holders = holders.iter().map(|holder| holder.parse().unwrap()).collect();
        let twice = [all.clone(), all];
        let report = report(&twice, &[], false);
        report.files().map(|(path, _)| path.to_owned()).collect::<Vec<_>>()
    };
    let ada = "arn:aws:iam::111122223333:user/x/ada";
    let ops = || Home::Managed { arn: OPS.to_owned() };
    let group = || Home::Group { arn: "arn:aws:iam::111122223333:group/x/devs".to_owned() };
    let aws = || Home::AwsManaged { arn: "arn:aws:iam::aws:policy/service-role/Lambda".to_owned() };
    for (name, home, holders, expected) in [
        ("a/../b.json", Home::File, &[WORKER][..], "111122223333/role/worker/b"),
        ("b.json", Home::File, &[WORKER, ada], "b"),
        ("b.json", Home::File, &[], "b"),
        ("a/b.json", Home::Inline, &[ada], "111122223333/user/ada/a%2Fb"),
        ("p", Home::Inline, &["arn:aws:iam::111122223333:user/ada.json"], "111122223333/user/ada%2Ejson/p"),
        ("p", group(), &[WORKER, ada], "111122223333/group/devs/p"),
        (OPS, ops(), &[WORKER, ada], "111122223333/policy/ops"),
        ("arn:aws:iam::aws:policy/service-role/Lambda", aws(), &[ada], "111122223333/user/ada/Lambda"),
        ("arn:aws:iam::aws:policy/service-role/Lambda", aws(), &[ada, WORKER], "111122223333/policy/Lambda"),
    ] {
        let expected = [format!("policies/{expected}.json"), format!("policies/{expected}~2.json")];
        assert_eq!(path(name, home, holders), expected);
    }
}

#[test]
fn findings_go_to_those_they_concern() {
    let report = report(&[narrowed(&[WORKER])], &[], false);
    let unused = report.findings.iter().find(|finding| finding.code == FindingCode::UnusedPolicy).unwrap();
    assert_eq!(unused.facts["principal"], WORKER, "it made no calls, so it has no list of its own");
    assert!(unused.message.to_string().starts_with(&format!("`{WORKER}`: ")), "{}", unused.message);
}

#[test]
fn hostile_names_are_escaped() {
    let worker: Principal = WORKER.parse().unwrap();
    let mut narrowed = narrowed(&[WORKER]);
    narrowed.policies[0].name = "a\u{1b}[2J\u{202e}.json".to_owned();
    first_group(&mut narrowed.policies[0].statements[0], |group| group.service = "e\u{7}c2".to_owned());
    let report = report(&[narrowed], &[proof(&worker, true)], true);
    let text = summary(&report, Style::PLAIN);
    assert!(!text.contains(|c: char| (c.is_control() && c != '\n') || c == '\u{202e}'), "{text}");
    assert!(text.contains(r"a\u{1b}[2J\u{202e}.json") && text.contains(r"e\u{7}c2"));
    assert!(report.files().all(|(path, _)| path.is_ascii() && !path.contains(|c: char| c.is_control())));
}

#[test]
fn colours_change_nothing_but_colours() {
    let worker: Principal = WORKER.parse().unwrap();
    let report = report(&[narrowed(&[WORKER])], &[proof(&worker, true)], true);
    let mut coloured = Vec::new();
    format::text::write(&report.page(), Style { colour: true, width: Some(100) }, &mut coloured).unwrap();
    let mut plain = String::from_utf8(coloured).unwrap();
    for code in ["0", "1", "2", "31", "32", "33"] {
        plain = plain.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert!(plain.contains(&summary(&report, Style { colour: false, width: Some(100) })));
}

/// A report in which every field has a value.
fn full() -> Value {
    let worker: Principal = WORKER.parse().unwrap();
    let mut narrowed = narrowed(&[WORKER, "arn:aws:iam::111122223333:user/ada"]);
    let missing = || NotGranted {
        action: "s3:GetObject".parse().unwrap(),
        resource: "arn:aws:s3:::in/a".parse().unwrap(),
        seen: Seen {
            event_ids: vec!["e".into()],
            regions: vec!["r".into()],
            calls: vec!["c".into()],
            ..Seen::default()
        },
    };
    let holder = &mut narrowed.holders[0];
    (holder.forbidden, holder.not_granted) = (vec![missing()], vec![missing()]);
    let days = "2026-02-27".parse().unwrap();
    narrowed.policies[0].young = Some(Young::Principal { created: days, grace: 3 });
    narrowed.policies[1].young = Some(Young::Policy { changed: days, grace: 3 });
    let mut third = narrowed.policies[0].clone();
    third.young = Some(Young::Window { days: 3, needed: 9 });
    narrowed.policies.push(third);
    let statements = &mut narrowed.policies[0].statements;
    statements[0].unknown.push("quasar:*".to_owned());
    let gapped = statements[1].groups.iter().next().unwrap().verdict.clone();
    statements[0].used[0].verdict = GrantVerdict::Used { gaps: gapped.gaps().to_vec() };
    statements[0].used[0].narrowed[0].behind.samples.push("a".to_owned());
    first_group(&mut statements[2], |group| group.no_effect = Some(Giver { policy: 0, statement: 1 }));
    let ada: Principal = "arn:aws:iam::111122223333:user/ada".parse().unwrap();
    let mut other = proof(&ada, false);
    other.holdout = Err(NoHoldout::TooFewDays);
    let mut both = proof(&worker, true);
    both.replay = replay(3, true);
    value(&with_opinion(&[narrowed], &[both, other], false, opinion()))["narrowing"].clone()
}

/// AWS agrees on all but one request, and finds nothing new.
fn opinion() -> SecondOpinion {
    SecondOpinion {
        simulation: Some(Agreement { answered: 1200, agreed: 1199, unanswered: 1, left_out: 7, failed: 0 }),
        access: Some(AccessCheck { checked: 2, passed: 2, invalid: 0, failed: 1 }),
    }
}

#[test]
fn what_aws_says_stands_beside_the_proofs() {
    let proof = proof(&WORKER.parse().unwrap(), false);
    let (narrowed, proofs) = ([narrowed(&[WORKER])], [proof]);
    let asked = with_opinion(&narrowed, &proofs, false, opinion());
    let lines = told(&asked);
    for line in [
        "simulation: IAM's policy simulator agrees on 1,199 of 1,200 requests",
        "  left out: 7 needs not simulated, since they name no single resource or the records do not decide them; 1 request \
         without an answer",
        "access: Access Analyzer finds nothing new in 2 of 2 narrowed documents",
    ] {
        assert!(lines.iter().any(|told| told == line), "{line}: {lines:#?}");
    }
    assert!(
        summary(&asked, Style { colour: false, width: Some(100) }).contains("1 document that could not be checked")
    );
    assert!(markdown(&asked).contains("agrees on 1,199 of 1,200 requests"));
    assert!(!told(&report(&narrowed, &proofs, false)).iter().any(|line| line.starts_with("simulation")));
}

#[test]
fn every_field_of_narrowing_is_documented_and_every_documented_field_exists() {
    let mut found = BTreeSet::new();
    paths(&full(), "narrowing".to_owned(), &mut found);
    // No record narrows by regions or accounts here, and no policy is wide enough to share anything.
    found.extend(["region", "account"].map(|key| format!("narrowing.gaps[].remedy.{key}")));
    let shared = ["decisions[].but[]", "common[][]", "policies[].statements[].common"];
    found.extend(shared.map(|path| format!("narrowing.{path}")));
    // These have the fields of others that are described.
    for same in ["needs.notGranted[]", "holdout.replay"] {
        let inside = |path: &String| path.contains(&format!("{same}."));
        let whole = found
            .iter()
            .find(|path| inside(path))
            .and_then(|path| path.split_once(same))
            .map(|(start, _)| format!("{start}{same}"));
        found.retain(|path| !inside(path));
        found.insert(whole.unwrap());
    }
    // Those that are null for some are objects for others.
    let parts: BTreeSet<String> =
        found.iter().flat_map(|path| path.match_indices('.').map(|(at, _)| path[..at].to_owned())).collect();
    let optional =
        ["policies[].young", "grants[].noEffect", "gaps[].remedy", "principals[].replay", "principals[].holdout"];
    found.extend(parts.into_iter().filter(|path| optional.iter().any(|end| path.ends_with(end))));
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/report.md")).unwrap();
    let fields = text.lines().filter_map(|line| line.strip_prefix("| `narrowing.")?.split('`').next());
    let documented: BTreeSet<String> = fields.map(|rest| format!("narrowing.{rest}")).collect();
    assert_eq!(found.difference(&documented).collect::<Vec<_>>(), Vec::<&String>::new(), "not documented");
    assert_eq!(documented.difference(&found).collect::<Vec<_>>(), Vec::<&String>::new(), "in no report");
}

fn paths(value: &Value, path: String, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if !path.ends_with(".document") && !path.ends_with(".selector") => {
            fields.iter().for_each(|(key, value)| paths(value, format!("{path}.{key}"), found));
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, format!("{path}[]"), found)),
        _ => drop(found.insert(path)),
    }
}
