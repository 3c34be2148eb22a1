//! Roles that are passed without a name.

use std::collections::BTreeSet;

use tighten_catalog::{Action, Catalog};
use tighten_iam::ActionName;

use super::parents;
use crate::observe::{Gap, GapKind};
use crate::used::Used;

/// Actions whose calls may pass a role that no request parameter names: it stands in a task definition or a launch template
/// that was made before, and IAM checks `iam:PassRole` all the same.
///
/// Sources: the Amazon ECS developer guide on task roles and task execution roles (`RunTask`, `StartTask`, services), the
/// EC2 Auto Scaling and EC2 user guides on instance profiles in launch templates.
const UNNAMED: [&str; 14] = [
    "autoscaling:createautoscalinggroup",
    "autoscaling:startinstancerefresh",
    "autoscaling:updateautoscalinggroup",
    "ec2:createfleet",
    "ec2:modifyfleet",
    "ec2:modifyspotfleetrequest",
    "ec2:requestspotfleet",
    "ec2:runinstances",
    "ecs:createservice",
    "ecs:createtaskset",
    "ecs:runtask",
    "ecs:starttask",
    "ecs:updateservice",
    "batch:updatecomputeenvironment",
];

/// Calls whose bodies may hold roles, which records leave out: `OpenAPI` documents with the credentials of integrations.
const BODIES: [&str; 4] = [
    "apigateway.amazonaws.com/importapi",
    "apigateway.amazonaws.com/importrestapi",
    "apigateway.amazonaws.com/putrestapi",
    "apigateway.amazonaws.com/reimportapi",
];

/// Whether calls that had the need may pass a role that their records do not name.
pub(super) fn may_pass_unnamed(catalog: &Catalog, need: &Used) -> bool {
    let has_body = |call: &String| BODIES.iter().any(|one| call.eq_ignore_ascii_case(one));
    // Of so many calls not all are named, and one of these may be among the others.
    let may_have_body = need.action.service() == "apigateway" && parents::is_crowded(need);
    UNNAMED.iter().any(|one| need.action.as_str().eq_ignore_ascii_case(one))
        || may_have_body
        || need.seen.calls.iter().any(has_body)
        || is_unruled(catalog, need)
}

/// Whether AWS says that the action depends on `iam:PassRole`, and no rule tells where the role stands.
fn is_unruled(catalog: &Catalog, need: &Used) -> bool {
    let depends = |action: &Action| action.dependents.iter().any(is_pass_role);
    if !catalog.action(&need.action).is_some_and(depends) {
        return false;
    }
    let rules = catalog.rules();
    let passes = |prefix: &str, name: &str| !rules.pass_roles(prefix, name).is_empty();
    let by_call = |call: &String| {
        let Some((source, name)) = call.split_once('/') else { return false };
        let name = rules.undated(source, name).unwrap_or(name);
        let is_named =
            rules.call(source, name).is_some_and(|rule| rule.needs.iter().any(|one| is_pass_role(&one.action)));
        is_named || rules.prefix(source).is_some_and(|prefix| passes(prefix, name))
    };
    !passes(need.action.service(), need.action.name()) && !need.seen.calls.iter().any(by_call)
}

/// The action of passing roles.
pub(super) fn action() -> Option<ActionName> {
    ActionName::new("iam", "PassRole").ok()
}

/// Whether it is the action of passing roles.
pub(super) fn is_pass_role(action: &ActionName) -> bool {
    action.as_str().eq_ignore_ascii_case("iam:PassRole")
}

/// Whether it is the condition key that tells to which service a role is passed.
pub(super) fn is_key(key: &str) -> bool {
    key.eq_ignore_ascii_case("iam:PassedToService")
}

/// Why roles stay of which it is only suspected that they are passed.
pub(super) fn suspected() -> Gap {
    let why = "parameters look as if they passed these roles to a service, and no document says whether they do";
    Gap { what: GapKind::Unclear { why }, inferred: false }
}

/// Whether a call of which it is not known what it needed may have passed a role: any but those that read by their name.
pub(super) fn may_write(call: &str) -> bool {
    let name = call.rsplit('/').next().unwrap_or(call);
    !["BatchGet", "Describe", "Get", "Head", "List", "Lookup", "Search"].iter().any(|verb| name.starts_with(verb))
}

/// What calls with these needs, and these calls, leave open.
pub(super) fn gap(actions: &BTreeSet<&ActionName>, unknown: &BTreeSet<&str>) -> Gap {
    let actions = actions.iter().map(ToString::to_string);
    let actions = actions.chain(unknown.iter().map(ToString::to_string)).collect();
    Gap { what: GapKind::UnnamedRoles { actions }, inferred: false }
}
