//! The summary.

use crate::support::{analyze, run, small, trail};

#[test]
fn the_summary_of_a_small_trail() {
    let dir = trail(&small());
    let done = run(analyze().arg("--trail-dir").arg(dir.path()));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""));
    insta::assert_snapshot!(done.stdout, @"
    tighten 0.1.0  1 file, 4.6 KiB (4.6 KiB of JSON), 7 records

      Events     6 distinct events; 1 duplicate
      Window     2026-05-01 12:00 to 2026-05-03 12:00 UTC, 2 days with records
      Accounts   1: 111122223333
      Regions    1: eu-west-1
      Recorded   management 5, data 1; data of AWS::S3::Bucket, AWS::S3::Object
      No caller  1: service-event 1

    Principals by calls  1 principal, 5 calls, 3 actions in use
      CALLS  DENIED  ACTIONS  EXACT  WARN  ACCOUNT       KIND  NAME
          5       1        3  100 %     1  111122223333  role  deploy
      EXACT: how surely resources are known, not how narrow they are. All 3 needs: 100.0 % exact, 0.0 % by type, 0.0 % not

    Denied  wanted, refused, and not granted
      COUNT  ACTION                  RESOURCE                                                         PRINCIPAL
          1  ec2:TerminateInstances  arn:aws:ec2:eu-west-1:111122223333:instance/i-0123456789abcdef0  deploy

    Not mapped to a permission  1 call: no policy covers what these may have needed
      COUNT  CALL                              REASON
          1  quasar.amazonaws.com ListNebulae  unknown-source

    Findings  docs/findings.md explains each code
      warning coverage-hole
        nothing was recorded in account 111122223333 from 2026-05-02 to 2026-05-02
      info duplicate-events
        1 copy of an event that was delivered before is not counted

    Next
      --principal 'deploy'  prints that policy alone
      --out DIR  writes 1 policy document and report.json, with the evidence for every line
    ");
}
