//! What is made of the output of `aws iam get-account-authorization-details`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::inventory::{Boundary, Inventory, PolicyHolder};
use crate::policy::Home;

const FIXTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/authorization/details.json");

fn details() -> Value {
    serde_json::from_str(&std::fs::read_to_string(FIXTURE).unwrap()).unwrap()
}

fn read(details: &Value) -> Inventory {
    Inventory::parse(&details.to_string(), "details.json").unwrap()
}

/// The error and its causes, in one line.
fn error(text: &str) -> String {
    let error = Inventory::parse(text, "details.json").unwrap_err();
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}

/// Names and homes of what the principal holds.
fn held<'a>(authorization: &'a Inventory, principal: &str) -> Vec<(&'a str, &'a Home)> {
    let holder = &authorization.holders[&of(principal)];
    let policies = holder.policies.iter().map(|at| &authorization.policies[*at]);
    policies.map(|policy| (policy.name.as_str(), &policy.home)).collect()
}

fn of(principal: &str) -> tighten_iam::Principal {
    format!("arn:aws:iam::111122223333:{principal}").parse().unwrap()
}

fn managed(name: &str) -> String {
    format!("arn:aws:iam::111122223333:policy/{name}")
}

#[test]
fn each_policy_stands_as_often_as_it_can_be_changed_on_its_own() {
    let authorization = Inventory::read(Path::new(FIXTURE)).unwrap();
    let runtime = managed("app-runtime");
    let home = Home::Managed { arn: runtime.clone() };
    assert_eq!(held(&authorization, "role/service-role/media-worker-exec"), [(runtime.as_str(), &home)]);
    assert_eq!(
        held(&authorization, "role/service-role/orders-api-exec"),
        [(runtime.as_str(), &home), ("orders-only", &Home::Inline)],
    );
    let times = |name: &str| authorization.policies.iter().filter(|policy| policy.name == name).count();
    assert_eq!((times(&runtime), times(&managed("notices"))), (1, 1));
    // Once for the role and once for the group, but not for the group without members.
    let power_user = "arn:aws:iam::aws:policy/PowerUserAccess";
    assert_eq!(times(power_user), 2);
    let group = "arn:aws:iam::111122223333:group/operators".to_owned();
    let of_group: Vec<_> = authorization.groups.iter().collect();
    let [(index, arn)] = of_group.as_slice() else { panic!("{of_group:?}") };
    assert_eq!((authorization.policies[**index].name.as_str(), *arn), (power_user, &group));
    let ines = &authorization.holders[&of("user/people/ines")];
    let sso = "role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Developer_0123456789abcdef";
    assert!(ines.policies.contains(index) && !authorization.holders[&of(sso)].policies.contains(index));
    assert!(held(&authorization, "user/people/ines").contains(&("instances", &Home::Group { arn: group })));
    let omar = &authorization.holders[&of("user/people/omar")];
    assert_eq!(omar.policies.len(), ines.policies.len() + 1);
    assert!(ines.policies.iter().all(|policy| omar.policies.contains(policy)));
}

#[test]
fn every_user_and_role_that_can_be_changed_is_a_holder() {
    let authorization = read(&details());
    let names: BTreeSet<&str> = authorization.holders.keys().map(tighten_iam::Principal::name).collect();
    let sso = "AWSReservedSSO_Developer_0123456789abcdef";
    let expected = [sso, "github-deploy", "ines", "media-worker-exec", "omar", "orders-api-exec", "terraform"];
    assert_eq!(names, BTreeSet::from(expected));
    assert_eq!(
        notes(&authorization),
        [
            "left out, groups without members: 1",
            "left out, service-linked roles, whose policies cannot be changed: 1",
            "left out, managed policies that nobody in the details holds: 1",
        ]
    );
    let all: BTreeSet<usize> = authorization.holders.values().flat_map(|holder| holder.policies.clone()).collect();
    assert_eq!(all, (0..authorization.policies.len()).collect(), "no policy is nobody's");
}

#[test]
fn the_version_in_force_times_and_boundary_are_read() {
    let authorization = read(&details());
    let runtime = authorization.policies.iter().find(|policy| policy.name == managed("app-runtime")).unwrap();
    assert_eq!(runtime.source.document().statements.len(), 4);
    assert_eq!(runtime.changed, Some("2025-11-20T15:00:00Z".parse().unwrap()));
    let deploy = &authorization.holders[&of("role/ci/github-deploy")];
    assert_eq!(deploy.created, Some("2025-06-02T12:00:00Z".parse().unwrap()));
    let Boundary { arn, document } = deploy.boundary.as_ref().unwrap();
    assert_eq!((arn, document.statements[1].sid.as_deref()), (&managed("deploy-boundary"), Some("NoUsers")));
    assert!(authorization.policies.iter().all(|policy| policy.name != *arn), "a boundary grants nothing");
}

/// Every document as the API returns it, and every time as seconds.
fn as_the_api_returns_it(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), &inner) {
                    ("PolicyDocument" | "Document", Value::Object(_)) => *inner = json!(encoded(&inner.to_string())),
                    ("CreateDate" | "UpdateDate", Value::String(text)) => {
                        let time: jiff::Timestamp = text.parse().unwrap();
                        *inner = json!(time.as_second());
                    }
                    _ => as_the_api_returns_it(inner),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(as_the_api_returns_it),
        _ => {}
    }
}

fn encoded(text: &str) -> String {
    text.bytes().flat_map(|byte| ['%', hex(byte >> 4), hex(byte & 15)]).collect()
}

fn hex(digit: u8) -> char {
    char::from_digit(digit.into(), 16).unwrap().to_ascii_uppercase()
}

fn notes(inventory: &Inventory) -> Vec<String> {
    inventory.notes.iter().map(ToString::to_string).collect()
}

/// Everything that the file says.
fn said(authorization: &Inventory) -> Value {
    let boundary = |holder: &PolicyHolder| holder.boundary.as_ref().map(|one| json!([one.arn, one.document]));
    let policies = authorization
        .policies
        .iter()
        .map(|policy| json!([policy.name, policy.home, policy.source.document(), policy.changed]));
    let holders = authorization
        .holders
        .iter()
        .map(|(principal, holder)| json!([principal, holder.policies, holder.created, boundary(holder)]));
    json!([policies.collect::<Vec<_>>(), holders.collect::<Vec<_>>(), authorization.groups, notes(authorization)])
}

#[test]
fn url_encoded_documents_and_pages_say_the_same() {
    let cli = details();
    let expected = said(&read(&cli));
    let mut api = cli.clone();
    as_the_api_returns_it(&mut api);
    assert_ne!(api, cli);
    assert_eq!(said(&read(&api)), expected);
    let mut pages: Vec<Value> = cli.as_object().unwrap().iter().map(|(key, list)| json!({ key: list })).collect();
    for page in pages.iter_mut().rev().skip(1) {
        page["IsTruncated"] = json!(true);
        page["Marker"] = json!("next");
    }
    let array = json!(pages).to_string();
    let joined = pages.iter().map(|page| format!("{page:#}")).collect::<Vec<_>>().join("\n");
    for text in [array, joined, format!("\u{feff}\r\n{cli:#}")] {
        assert_eq!(said(&Inventory::parse(&text, "details.json").unwrap()), expected);
    }
}

#[test]
fn a_file_that_is_not_the_whole_is_refused() {
    let mut truncated = details();
    truncated["IsTruncated"] = json!(true);
    let whole = "`details.json` is not the whole: the last page of account 111122223333 says that more follow";
    assert_eq!(error(&truncated.to_string()), whole);
    let mut limited = details();
    limited["NextToken"] = json!("eyJNYXJrZXIiOiBudWxsfQ==");
    assert_eq!(error(&limited.to_string()), whole);
    let other = details().to_string().replace("111122223333", "444455556666");
    assert_eq!(error(&format!("{truncated}{other}")), whole);
    let both = Inventory::parse(&format!("{}{other}", details()), "details.json").unwrap();
    assert_eq!(both.holders.len(), 14);
}

#[test]
fn what_a_filter_left_out_is_named() {
    let mut no_aws = details();
    let aws = |policy: &Value| policy["Arn"].as_str().unwrap().contains(":aws:policy/");
    no_aws["Policies"].as_array_mut().unwrap().retain(|policy| !aws(policy));
    assert_eq!(
        error(&no_aws.to_string()),
        "`details.json` does not hold the document of `arn:aws:iam::aws:policy/PowerUserAccess`, which is attached to \
         `arn:aws:iam::111122223333:group/operators`"
    );
    let mut no_groups = details();
    no_groups["GroupDetailList"] = json!([]);
    assert_eq!(
        error(&no_groups.to_string()),
        "the group `operators` of `arn:aws:iam::111122223333:user/people/ines` is not in `details.json`"
    );
    // The users are what holds the group's policies.
    let mut no_users = details();
    no_users["UserDetailList"] = json!([]);
    assert!(notes(&read(&no_users)).contains(&"left out, groups without members: 2".to_owned()));
    let mut no_roles = details();
    no_roles["RoleDetailList"].as_array_mut().unwrap().retain(|role| role["RoleName"] != "media-worker-exec");
    assert_eq!(
        error(&no_roles.to_string()),
        "`arn:aws:iam::111122223333:policy/app-runtime` is attached to 2 users, roles and groups, and `details.json` shows 1"
    );
    let mut no_boundary = details();
    no_boundary["Policies"].as_array_mut().unwrap().retain(|policy| policy["PolicyName"] != "deploy-boundary");
    let authorization = read(&no_boundary);
    assert!(authorization.holders[&of("role/ci/github-deploy")].boundary.is_none());
    let note = "the boundary `arn:aws:iam::111122223333:policy/deploy-boundary` of \
                `arn:aws:iam::111122223333:role/ci/github-deploy` is not in the details, and has no say here";
    assert!(notes(&authorization).contains(&note.to_owned()), "{:?}", authorization.notes);
}

#[test]
fn a_policy_that_is_a_boundary_as_well_is_told() {
    let mut details = details();
    details["RoleDetailList"][2]["PermissionsBoundary"]["PermissionsBoundaryArn"] = json!(managed("app-runtime"));
    let notes = notes(&read(&details)).join("\n");
    assert!(notes.contains("app-runtime` is a boundary, too"), "{notes}");
}

#[test]
fn a_policy_that_cannot_be_read_is_counted_once_and_the_others_go_on() {
    let all = read(&details()).policies.len();
    for (pointer, value, told) in [
        (
            "/RoleDetailList/2/RolePolicyList/0/PolicyDocument/Statement/0/Effect",
            json!("Maybe"),
            "the policy `deploy` in `arn:aws:iam::111122223333:role/ci/github-deploy`: Statement[0].Effect: \
             `Maybe` is neither `Allow` nor `Deny`",
        ),
        (
            "/Policies/0/PolicyVersionList/0/Document",
            json!("%7"),
            "`arn:aws:iam::111122223333:policy/app-runtime`: not valid URL-encoded text",
        ),
    ] {
        let mut details = details();
        *details.pointer_mut(pointer).unwrap() = value;
        let read = read(&details);
        let unreadable: Vec<String> =
            read.unreadable.iter().map(|one| format!("{}: {}", one.policy, one.error)).collect();
        assert_eq!(unreadable, [told]);
        assert_eq!(read.policies.len(), all - 1);
    }
}

#[test]
fn what_cannot_be_read_is_named() {
    let with = |pointer: &str, value: Value| {
        let mut details = details();
        *details.pointer_mut(pointer).unwrap() = value;
        error(&details.to_string())
    };
    assert_eq!(
        with("/RoleDetailList/5/CreateDate", json!("yesterday")),
        "`CreateDate` of `arn:aws:iam::111122223333:role/terraform` is not a time: \"yesterday\""
    );
    assert_eq!(
        with("/UserDetailList/1", details()["UserDetailList"][0].clone()),
        "`arn:aws:iam::111122223333:user/people/ines` is in `details.json` twice"
    );
    assert!(with("/UserDetailList/0/Arn", json!("ines")).starts_with("`Arn` of a user or role: "));
    let not = "`details.json` is not the output of `aws iam get-account-authorization-details`: ";
    for (text, why) in [
        ("", "there is none of"),
        ("{}", "there is none of"),
        ("[]", "there is none of"),
        (r#"{"Roles": []}"#, "there is none of"),
        ("{", "EOF while parsing"),
        (r#"{"RoleDetailList": [{"RoleName": "x"}]}"#, "missing field `Arn` at line 1"),
    ] {
        assert!(error(text).starts_with(&format!("{not}{why}")), "{}", error(text));
    }
}
