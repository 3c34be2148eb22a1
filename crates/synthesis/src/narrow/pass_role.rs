//! Roles that are passed without a name.

use tighten_iam::ActionName;

use crate::observe::{Gap, GapKind};

/// Actions whose calls may pass a role that no request parameter names: it stands in a task definition or a launch template
/// that was made before, and IAM checks `iam:PassRole` all the same.
///
/// Sources: the Amazon ECS developer guide on task roles and task execution roles (`RunTask`, `StartTask`, services), the
/// EC2 Auto Scaling and EC2 user guides on instance profiles in launch templates.
const UNNAMED: [&str; 12] = [
    "autoscaling:createautoscalinggroup",
    "autoscaling:updateautoscalinggroup",
    "ec2:createfleet",
    "ec2:modifyfleet",
    "ec2:requestspotfleet",
    "ec2:runinstances",
    "ecs:createservice",
    "ecs:createtaskset",
    "ecs:runtask",
    "ecs:starttask",
    "ecs:updateservice",
    "batch:updatecomputeenvironment",
];

/// Whether calls that need the action may pass a role that their records do not name.
pub(super) fn may_pass_unnamed(action: &ActionName) -> bool {
    UNNAMED.iter().any(|one| action.as_str().eq_ignore_ascii_case(one))
}

/// Whether it is the action of passing roles.
pub(super) fn is_pass_role(action: &ActionName) -> bool {
    action.as_str().eq_ignore_ascii_case("iam:PassRole")
}

/// Whether it is the condition key that tells to which service a role is passed.
pub(super) fn is_key(key: &str) -> bool {
    key.eq_ignore_ascii_case("iam:PassedToService")
}

/// What such calls leave open.
pub(super) fn gap() -> Gap {
    let why = "calls were made that pass roles which records do not name: of task definitions, of launch templates";
    Gap { what: GapKind::Unclear { why }, inferred: false }
}
