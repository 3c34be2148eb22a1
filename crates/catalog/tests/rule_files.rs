//! The check that the build script makes of facts and rules, on good and bad ones.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[expect(dead_code, unreachable_pub, reason = "the build script uses more of it")]
#[path = "../build/mod.rs"]
mod build;

use build::check::{Sections, rules};
use build::facts::Facts;
use build::handlers::HandlerTable;
use build::rules::types::{Decode, InferredFrom, On, Predicate, SettledAs, Visibility};

const S3: &str = "\
key\ts3:x-amz-acl\tString
type\tbucket\tarn:${Partition}:s3:::${BucketName}\t-
type\tobject\tarn:${Partition}:s3:::${BucketName}/${ObjectName}\t-
action\tGetObject\tRead\tobject\t-\t-\t-
action\tGetObjectVersion\tRead\tobject\t-\t-\tpermission-only
action\tListAllMyBuckets\tList\t-\t-\t-\t-
action\tListBucket\tList\tbucket\t-\t-\tpermission-only
action\tPutObject\tWrite\tobject\ts3:x-amz-acl\t-\t-
action\tReplicateObject\tWrite\tobject\t-\t-\tpermission-only
operation\tGetObject\ts3\t-\t-
operation\tHeadBucket\ts3\t-\t-
operation\tListBuckets\ts3\t-\t-
operation\tPutObject\ts3\t-\t-
";
const IAM: &str = "\
type\trole\tarn:${Partition}:iam::${Account}:role/${RoleNameWithPath}\t-
type\tuser\tarn:${Partition}:iam::${Account}:user/${UserNameWithPath}\t-
action\tGetUser\tRead\tuser\t-\t-\t-
action\tPassRole\tWrite\trole\t-\t-\tpermission-only
operation\tGetUser\tiam\t-\t-
";

fn facts() -> Facts {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Facts::read(&[file("iam.facts", IAM), file("s3.facts", S3)]).unwrap()
}

fn read(text: &str) -> Result<Sections, Vec<String>> {
    rules(&facts(), HandlerTable::default(), &[("some.toml".to_owned(), text.to_owned())])
}

#[track_caller]
fn good(text: &str) -> Sections {
    read(text).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// The problems of a bad text, of which there must be as many as expected beginnings, in this order.
#[track_caller]
fn bad(text: &str, expected: &[&str]) {
    let problems = read(text).expect_err("the rules are bad");
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.contains(expected), "`{problem}` should say `{expected}`");
    }
}

#[test]
fn no_rules_are_good_rules() {
    assert!(rules(&facts(), HandlerTable::default(), &[]).is_ok());
    assert!(good("").calls.calls.is_empty());
}

#[test]
fn a_call_is_read_with_everything_in_it() {
    let sections = good(
        r#"
        [[call]]
        source = "s3.amazonaws.com"
        name = ["PutObject", "GetObject"]
        evidence = "a test"
        needs = [
          { action = "s3:${event}", on = { type = "object" }, when = ["x-amz-acl", "x-amz-grant-*"], unless = "acl=private" },
          { action = "s3:GetObject", on = { copy_source = "x-amz-copy-source" }, when = ["x-amz-copy-source?versionId"] },
          { action = "s3:ListBucket", on = { param = ["bucketName", "bucket|lower"], type = "bucket" }, optional = true },
          { action = "s3:PutObject", on = { template = "arn:${Partition}:s3:::${param:b}/${param:items[k=a.b].key|strip-slash}" } },
          { action = "iam:PassRole", context = { "iam:PassedToService" = "s3.amazonaws.com" }, when = ["statement~SELECT"] },
        ]
        "#,
    );
    let rule = &sections.calls.calls["s3.amazonaws.com"]["putobject"];
    assert_eq!(rule.id, "s3.amazonaws.com/PutObject");
    let [put, copy, list, template, pass] = rule.needs.as_slice() else { panic!("{:?}", rule.needs) };
    assert_eq!(put.action.to_string(), "s3:PutObject");
    assert_eq!(put.on, Some(On::Type(vec!["object".to_owned()])));
    let present = Predicate::Present { path: "x-amz-acl".to_owned() };
    assert_eq!(put.when, [present, Predicate::PresentPrefix { prefix: "x-amz-grant-".to_owned() }]);
    assert_eq!(put.unless, [Predicate::Equals { path: "acl".to_owned(), value: "private".to_owned() }]);
    let query = Predicate::Query { path: "x-amz-copy-source".to_owned(), sub: "versionId".to_owned() };
    assert_eq!(copy.when, [query]);
    let Some(On::Param { params, resource_type, .. }) = &list.on else { panic!("{:?}", list.on) };
    assert_eq!(params.iter().map(|param| param.decode).collect::<Vec<_>>(), [Decode::Text, Decode::Lower]);
    assert_eq!(resource_type.as_deref(), Some("bucket"));
    assert!(list.optional && !put.optional);
    assert!(matches!(&template.on, Some(On::Template(text)) if text.ends_with("|strip-slash}")));
    assert_eq!(pass.context, [("iam:PassedToService".to_owned(), vec!["s3.amazonaws.com".to_owned()])]);
    assert_eq!(pass.when, [Predicate::StartsWith { path: "statement".to_owned(), text: "SELECT".to_owned() }]);
    assert_eq!(sections.calls.calls["s3.amazonaws.com"]["getobject"].needs[0].action.name(), "GetObject");
}

#[test]
fn problems_name_file_and_line() {
    let problems = read("\n\n[[minted]]\nprefix = \"s4\"\ntypes = \"x\"\nevidence = \"a test\"\n").unwrap_err();
    assert_eq!(problems, ["rules/some.toml:3: no service has the prefix `s4`"]);
}

#[test]
fn every_row_needs_evidence() {
    bad("[[minted]]\nprefix = 's3'\ntypes = 'bucket'\nevidence = ' '", &["`evidence` is empty"]);
    bad("[[minted]]\nprefix = 's3'\ntypes = 'bucket'", &["missing field `evidence`"]);
}

#[test]
fn unknown_keys_and_tables_are_problems() {
    bad("[[minted]]\nprefix = 's3'\ntype = 'bucket'\ntypes = 'bucket'\nevidence = 'e'", &["unknown field `type`"]);
    bad("[[mint]]\nprefix = 's3'", &["unknown field `mint`"]);
}

fn call(name: &str, rest: &str) -> String {
    format!("[[call]]\nsource = 's3.amazonaws.com'\nname = '{name}'\nevidence = 'e'\n{rest}\n")
}

#[test]
fn calls_name_actions_that_exist() {
    bad(&call("PutObject", "needs = [{ action = 's3:PutObjekt' }]"), &["no action is named `s3:PutObjekt`"]);
    bad(&call("PutObject", "needs = [{ action = 's3:putObject' }]"), &["`s3:putObject` is spelled `s3:PutObject`"]);
}

#[test]
fn calls_are_operations_unless_said_otherwise() {
    let needs = "needs = [{ action = 's3:PutObject' }]";
    bad(&call("PutObjects", needs), &["no operation or action is named `PutObjects`"]);
    bad(&call("PutObject", &format!("{needs}\nevent_only = true")), &["`event_only` is needless"]);
    good(&call("PutObjects", &format!("{needs}\nevent_only = true")));
}

#[test]
fn calls_have_needs_or_a_reason_for_none() {
    let both = "needs = [{ action = 's3:PutObject' }]\nnone = 'no-permission'";
    bad(&call("PutObject", both), &["either `needs`, not empty, or `none`"]);
    bad(&call("PutObject", "needs = []"), &["either `needs`, not empty, or `none`"]);
    bad(&call("PutObject", "none = 'No permission'"), &["not a kebab-case word"]);
    let sections = good(&call("PutObject", "none = 'no-permission'"));
    let rule = &sections.calls.calls["s3.amazonaws.com"]["putobject"];
    assert_eq!((rule.none.as_deref(), rule.needs.len()), (Some("no-permission"), 0));
}

#[test]
fn a_call_is_ruled_once() {
    let row = call("PutObject", "none = 'no-permission'");
    bad(&row.repeat(2), &["call `s3.amazonaws.com/PutObject` is ruled twice; the other row is rules/some.toml:1"]);
}

#[test]
fn sources_of_calls_have_a_prefix() {
    let row =
        call("PutObject", "needs = [{ action = 's3:PutObject' }]").replace("s3.amazonaws.com", "storage.amazonaws.com");
    bad(&row, &["`storage.amazonaws.com` has no prefix"]);
    let source = "[[source]]\nevent_source = 'storage.amazonaws.com'\nprefix = 's3'\nevidence = 'e'\n";
    good(&format!("{source}{row}"));
}

#[test]
fn resources_are_found_in_ways_that_can_work() {
    let on = |on: &str| call("PutObject", &format!("needs = [{{ action = 's3:PutObject', on = {on} }}]"));
    bad(&on("{ type = 'bucket' }"), &["takes no resource of type `bucket`; its types: `object`"]);
    bad(&on("{ param = 'a..b', type = 'object' }"), &["`a..b` is no parameter path"]);
    bad(&on("{ param = 'a|rot13', type = 'object' }"), &["decodes with `rot13`"]);
    bad(&on("{ param = 'a', template = 'arn:x:s3:::y/z' }"), &["`on` of `s3:PutObject` has either"]);
    bad(&on("{ template = 'arn:${Partition}:s3:::${Bucket}/x' }"), &["no known form: `${Bucket}`"]);
    bad(&on("{ template = 'arn:${Partition}:sqs:${Region}:${Account}:${param:x}' }"), &["fits no ARN format of `s3`"]);
    good(&on("{ template = 'arn:${Partition}:s3:::${param:x}/logs/${param:y}' }"));
    let list = "needs = [{ action = 's3:ListAllMyBuckets', on = { template = 'arn:${Partition}:s3:::${param:x}' } }]";
    bad(&call("ListBuckets", list), &["takes no resources, so a template is of no use"]);
}

#[test]
fn predicates_are_complete() {
    let when = |when: &str| call("PutObject", &format!("needs = [{{ action = 's3:PutObject', when = '{when}' }}]"));
    bad(&when("a="), &["`a=` compares with nothing"]);
    bad(&when("a[]b=c"), &["a bracket is not closed at the end of a name"]);
    bad(&when("a[b].c"), &["in brackets stands nothing, or `member=value`"]);
    bad(&when("a b"), &["a character that cannot stand there"]);
    for text in ["a", "a.b[].c=x", "a[k=v.w].b", "roles.*", "a.@keys", "x-amz-*", "a?b", "a~b c"] {
        good(&when(text));
    }
}

#[test]
fn sources_say_prefix_or_none() {
    let source = |rest: &str| format!("[[source]]\nevent_source = 'x.amazonaws.com'\nevidence = 'e'\n{rest}\n");
    bad(&source(""), &["either `prefix` or `none`"]);
    bad(&source("prefix = 'x'"), &["no service has the prefix `x`"]);
    bad(&source("prefix = 's3'\nalso = ['y']"), &["no service has the prefix `y`"]);
    bad(&source("prefix = 's3'").repeat(2), &["source `x.amazonaws.com` is ruled twice"]);
    assert_eq!(good(&source("none = 'sign-in'")).sources.sources["x.amazonaws.com"].none.as_deref(), Some("sign-in"));
}

#[test]
fn dated_suffixes_are_tried_longest_first() {
    let sections = good("[[dated]]\nsource = '*'\nsuffix = ['20DDDDDD', '20DDDDDDvD']\nevidence = 'e'");
    assert_eq!(sections.sources.dated["*"], ["20DDDDDDvD", "20DDDDDD"]);
    bad("[[dated]]\nsource = '*'\nsuffix = 'v2'\nevidence = 'e'", &["the suffix `v2` has no `D`"]);
}

#[test]
fn pass_role_rows_name_operations_and_services() {
    let row = |operation: &str, to: &str| {
        format!(
            "[[pass_role]]\nprefix = 's3'\noperation = '{operation}'\nparam = 'role'\npassed_to = '{to}'\n\
             confidence = 'high'\nevidence = 'e'\n"
        )
    };
    good(&row("PutObject", "s3.amazonaws.com"));
    bad(&row("PutRole", "s3.amazonaws.com"), &["`s3` has no operation, action or event-only call `PutRole`"]);
    bad(&row("PutObject", "s3"), &["`s3` in `passed_to` is no service principal"]);
    bad(&row("PutObject", "s3.amazonaws.com").repeat(2), &["is ruled twice"]);
}

#[test]
fn tag_rows_name_tagging_actions() {
    let row = |action: &str| {
        format!(
            "[[tag_on_create]]\nprefix = 's3'\noperation = 'PutObject'\nparam = 'tags'\naction = '{action}'\nevidence = 'e'\n"
        )
    };
    assert_eq!(good(&row("s3:PutObject")).extras.tag_on_create["s3"]["putobject"].len(), 1);
    bad(&row("s3:Tag"), &["no action is named `s3:Tag`"]);
}

#[test]
fn aliases_fill_variables_that_formats_have() {
    let row = |rest: &str| format!("[[alias]]\nprefix = 's3'\nparams = ['name']\nevidence = 'e'\n{rest}\n");
    good(&row("variable = 'BucketName'\ntype = ['bucket']"));
    bad(
        &row("variable = 'ObjectName'\ntype = ['bucket']"),
        &["the ARN format of `bucket` has no variable `ObjectName`"],
    );
    bad(&row("variable = 'Bucket'"), &["no ARN format of `s3` has the variable `Bucket`"]);
    bad(&row("variable = 'BucketName'\noperations = ['PutBucket']"), &["`s3` has no operation"]);
    bad(&row("variable = 'BucketName'\ndecode = 'rot13'"), &["`rot13` is no known way to decode"]);
    let sections =
        good(&(row("variable = 'BucketName'") + &row("variable = 'BucketName'\noperations = ['PutObject']")));
    assert_eq!(sections.resources.aliases["s3"][0].operations, ["PutObject"], "the particular row comes first");
}

#[test]
fn other_resource_rows_are_read() {
    let sections = good(
        "
        [[default]]
        prefix = 's3'
        variable = 'BucketName'
        value = 'main'
        evidence = 'e'
        [[self]]
        prefix = 'iam'
        operations = ['GetUser']
        type = 'user'
        unless = ['userName']
        evidence = 'e'
        [[id_prefix]]
        id = 'b-'
        prefix = 's3'
        type = 'bucket'
        evidence = 'e'
        [[id_prefix]]
        id = 'b-long-'
        prefix = 's3'
        type = 'object'
        evidence = 'e'
        [[pick]]
        prefix = 's3'
        operations = ['PutObject']
        types = ['object']
        evidence = 'e'
        [[path_name]]
        prefix = 'iam'
        types = ['user', 'role']
        variable = 'UserNameWithPath'
        params = ['userName']
        path_param = 'path'
        evidence = 'e'
        "
        .replace("['user', 'role']", "['user']")
        .as_str(),
    );
    let resources = sections.resources;
    assert_eq!(resources.defaults["s3"][0].value, "main");
    assert_eq!(resources.self_calls["iam"]["getuser"].resource_type, "user");
    assert_eq!(resources.id_prefixes[0].id, "b-long-", "the longest beginning comes first");
    assert_eq!(resources.picks["s3"]["putobject"], ["object"]);
    assert_eq!(resources.path_names["iam"][0].path_param, "path");
}

#[test]
fn visibility_follows_rules_calls_and_facts() {
    let sections = good(
        "
        [[call]]
        source = 's3.amazonaws.com'
        name = 'HeadBucket'
        needs = [{ action = 's3:ListBucket' }]
        evidence = 'e'
        [[data_event]]
        type = 'AWS::S3::Object'
        event_source = 's3.amazonaws.com'
        basic = true
        calls = ['GetObject', 'PutObject', 'HeadBucket']
        actions = ['s3:GetObject*']
        evidence = 'e'
        [[never]]
        action = 'iam:PassRole'
        why = 'not a call'
        inferred_from = 'pass-role'
        evidence = 'e'
        ",
    );
    let visible = |action: &str| sections.visibilities.actions.get(action).cloned().unwrap_or(Visibility::Management);
    let data = Visibility::Data { resource_types: vec!["AWS::S3::Object".to_owned()] };
    assert_eq!(visible("s3:getobject"), data, "by pattern");
    assert_eq!(visible("s3:getobjectversion"), data, "by pattern, though permission-only");
    assert_eq!(visible("s3:putobject"), data, "its only call is a data event");
    assert_eq!(visible("s3:listbucket"), data, "shown by a data event through a rule");
    assert_eq!(visible("iam:getuser"), Visibility::Management);
    assert!(matches!(visible("iam:passrole"), Visibility::Never { why, .. } if why == "not a call"));
    assert_eq!(visible("s3:replicateobject"), Visibility::NoKnownCall, "permission-only");
    assert_eq!(visible("s3:listallmybuckets"), Visibility::NoKnownCall, "neither an operation of that name nor a rule");
}

#[test]
fn visibility_tells_what_nobody_knows() {
    let sections = good(
        "
        [[data_event]]
        type = 'AWS::S3::Object'
        event_source = 's3.amazonaws.com'
        arn = 'arn:*:s3:::*'
        maybe = ['s3:PutObject', 's3:ListAllMyBuckets']
        evidence = 'e'
        [[data_event]]
        type = 'AWS::S3::AccessPoint'
        through = 'AWS::S3::Object'
        event_source = 's3.amazonaws.com'
        calls = ['GetObject']
        evidence = 'e'
        [[unknown]]
        action = 'iam:GetUser'
        evidence = 'e'
        ",
    );
    let visible = |action: &str| sections.visibilities.actions.get(action).cloned().unwrap_or(Visibility::Management);
    let either = Visibility::Either { resource_types: vec!["AWS::S3::Object".to_owned()] };
    assert_eq!(visible("s3:putobject"), either, "an operation of its name, and nobody says which event");
    assert_eq!(visible("s3:listallmybuckets"), Visibility::Unknown, "no operation of its name");
    assert_eq!(visible("iam:getuser"), Visibility::Unknown, "listed as unknown");
    let [_, points] = sections.visibilities.data_events.as_slice() else { panic!("two types") };
    assert_eq!(points.through.as_deref(), Some("AWS::S3::Object"));
}

#[test]
fn visibility_tells_which_calls_check_an_action() {
    let sections = good(
        "
        [[checked_by]]
        action = 's3:ReplicateObject'
        calls = ['s3.amazonaws.com/Put*', 's3.amazonaws.com/listbuckets']
        evidence = 'e'
        [[not_checked]]
        action = 'iam:GetUser'
        why = 'everybody may'
        evidence = 'e'
        ",
    );
    let visible = |action: &str| sections.visibilities.actions.get(action).cloned();
    let by_calls = matches!(
        visible("s3:replicateobject"),
        Some(Visibility::Never { inferred_from: Some(InferredFrom::Calls), .. })
    );
    assert!(by_calls);
    let calls = &sections.visibilities.checked_by["s3:replicateobject"];
    assert_eq!(calls, &["s3.amazonaws.com/ListBuckets", "s3.amazonaws.com/PutObject"]);
    assert_eq!(visible("iam:getuser"), Some(Visibility::NotChecked { why: "everybody may".to_owned() }));
    let row = |calls: &str| format!("[[checked_by]]\naction = 's3:ReplicateObject'\ncalls = '{calls}'\nevidence = 'e'");
    bad(&row("s3.amazonaws.com/Fetch*"), &["`s3.amazonaws.com/Fetch*` names no further call"]);
    bad(&row("s3.amazonaws.com/ReplicateObject"), &["names no further call"]);
    bad(&row("PutObject"), &["`PutObject` is no call"]);
}

#[test]
fn a_role_is_not_passed_for_a_reason() {
    let row = |rest: &str| format!("[[not_passed]]\n{rest}\nevidence = 'e'");
    let sections = good(&row("prefix = ['s3', '*']\noperation = ['PutObject', 'Get*']\nparam = 'a.role'"));
    assert_eq!(sections.extras.not_passed.keys().collect::<Vec<_>>(), ["*", "s3"]);
    bad(&row("prefix = 's3'"), &["says neither which operations nor which parameters"]);
    bad(&row("prefix = 's4'\nmember = 'role'"), &["no service has the prefix `s4`"]);
    bad(&row("prefix = 's3'\noperation = 'Fetch'"), &["has no operation, action or event-only call `Fetch`"]);
    bad(&row("prefix = 's3'\nparam = 'a..b'"), &["is no parameter path"]);
}

#[test]
fn visibility_rows_name_what_exists() {
    let data = "[[data_event]]\ntype = 'AWS::S3::Object'\nevent_source = 's3.amazonaws.com'\nevidence = 'e'\n";
    bad(&format!("{data}calls = ['GetObjects']"), &["no operation or action is named `GetObjects`"]);
    good(&format!("{data}event_only = ['GetObjects']"));
    bad(&format!("{data}actions = ['s3:Fetch*']"), &["no action matches `s3:Fetch*`"]);
    bad(&format!("{data}through = 'AWS::S3::Bucket'"), &["no row above is for the type `AWS::S3::Bucket`"]);
    bad(&format!("{data}arn = 'bucket/*'"), &["`bucket/*` is neither `*` nor starts with `arn:`"]);
    bad("[[unknown]]\naction = 's3:Fetch'\nevidence = 'e'", &["no action matches `s3:Fetch`"]);
    bad("[[never]]\naction = 's3:Fetch'\nwhy = 'w'\nevidence = 'e'", &["no action matches `s3:Fetch`"]);
}

#[test]
fn facts_that_do_not_agree_are_problems() {
    let read = |text: &str| Facts::read(&[("s3.facts".to_owned(), text.to_owned())]).map(drop).unwrap_err();
    assert!(read("acton\tGetObject")[0].contains("facts/s3.facts:1: cannot read"));
    assert!(read("action\tGetObject\tRead\tobject\t-\t-\t-")[0].contains("names `object`, which is no resource type"));
    assert!(read("action\tB\tRead\t-\t-\t-\t-\naction\tA\tRead\t-\t-\t-\t-")[0].contains("doubled or out of order"));
    assert!(read("action\tA\tRead\t-\t-\ts3:B\t-")[0].contains("depends on `s3:B`, which is no action"));
}

#[test]
fn what_settles_types_is_checked_against_the_actions() {
    let sections = good(
        r#"
        [[settled]]
        prefix = "s3"
        types = ["object", "bucket"]
        as = "alternatives"
        unless = "acl"
        evidence = "a test"

        [[settled]]
        prefix = "s3"
        actions = "GetObject"
        types = "object"
        as = "unsettled"
        when = ["versionId"]
        evidence = "a test"
        "#,
    );
    let [forms, open] = sections.resources.settled["s3"].as_slice() else { panic!("{:?}", sections.resources.settled) };
    assert!(forms.actions.is_empty() && forms.how == SettledAs::Alternatives && forms.unless.len() == 1);
    assert_eq!((open.actions.as_slice(), open.how), (["GetObject".to_owned()].as_slice(), SettledAs::Unsettled));
    bad(
        r#"
        [[settled]]
        prefix = "s3"
        actions = ["GetObject", "GetNothing"]
        types = "bucket"
        as = "not-involved"
        evidence = "a test"

        [[settled]]
        prefix = "s3"
        types = ["object", "nothing"]
        as = "not-involved"
        evidence = " "

        [[settled]]
        prefix = "s3"
        types = "object"
        as = "alternatives"
        evidence = "a test"
        "#,
        &[
            "`s3:GetObject` does not take the type `bucket`",
            "no action is named `s3:GetNothing`",
            "`evidence` is empty",
            "no resource type `nothing`",
            "alternatives are two types at least",
        ],
    );
}

#[test]
fn actions_with_several_types_have_to_say_where_requests_name_them() {
    let read = |more: &str| {
        let action = "action\tCopy\tWrite\tbucket; object?\t-\t-\t-\n";
        let types = S3.lines().filter(|line| line.starts_with("type"));
        let text = types.collect::<Vec<_>>().join("\n") + "\n" + action + more;
        Facts::read(&[("s3.facts".to_owned(), text)])
    };
    let facts = read("place\tCopy\tbucket=+ Bucket; object=-\n").unwrap();
    assert_eq!(facts.action("s3:Copy").unwrap().places, [vec!["+".to_owned(), "Bucket".to_owned()], Vec::new()]);
    let missing = read("").unwrap_err();
    assert!(missing[0].contains("`Copy` takes several types"), "{missing:?}");
    for wrong in ["object=-; bucket=-", "bucket=Bucket", "bucket=-; object"] {
        let problems = read(&format!("place\tCopy\t{wrong}\n")).unwrap_err();
        assert!(problems[0].contains("cannot read"), "{problems:?}");
    }
}

#[test]
fn rows_about_handlers_are_checked() {
    let handler = |rest: &str| {
        format!("[[handler]]\ntype = \"AWS::X::Y\"\ncreate = [\"s3:PutObject\"]\nevidence = \"e\"\n{rest}")
    };
    good(&handler(""));
    bad(
        "[[handler]]\ntype = \"AWS::X::Y\"\nread = [\"s3:Frobnicate\"]\nevidence = \"e\"",
        &["no action is named `s3:Frobnicate`"],
    );
    let twice = handler("[[handler]]\ntype = \"AWS::X::Y\"\nevidence = \"e\"");
    bad(&twice, &["ruled twice", "AWS publishes the handlers"]);
    let scope = |rest: &str| handler(&format!("[[handler_scope]]\ntype = \"AWS::X::Y\"\nevidence = \"e\"\n{rest}"));
    good(&scope("action = [\"s3:*\"]\nproperty = [\"Key\"]"));
    bad(&scope("action = [\"iam:*\"]\nnever = true"), &["no handler of `AWS::X::Y` calls `iam:*`"]);
    bad(&scope("action = [\"s3:*\"]"), &["says nothing"]);
    bad(&scope("action = [\"s3:*\"]\non = [\"s3:::x\"]"), &["neither `*` nor an ARN"]);
    let physical = |rest: &str| handler(&format!("[[physical]]\nevidence = \"e\"\n{rest}"));
    good(&physical("type = \"AWS::X::Y\"\nresource = [\"s3:bucket\"]"));
    bad(&physical("type = \"AWS::X::Z\"\nresource = [\"s3:pail\"]"), &["no resource type `pail`", "has no handlers"]);
}
