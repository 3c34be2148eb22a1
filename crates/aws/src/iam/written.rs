//! Answers of IAM, written as the AWS CLI prints them, so that one reader does for both.
//!
//! Documents stay as they came, which is URL-encoded; what says nothing about permissions is left out.

use aws_sdk_iam::operation::get_account_authorization_details::GetAccountAuthorizationDetailsOutput as Page;
use aws_sdk_iam::types::{
    AttachedPermissionsBoundary, AttachedPolicy, GroupDetail, ManagedPolicyDetail, PolicyDetail, PolicyVersion,
    RoleDetail, Tag, UserDetail,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde_json::{Value, json};

pub(super) fn page(page: &Page) -> Value {
    json!({
        "UserDetailList": list(page.user_detail_list(), user),
        "RoleDetailList": list(page.role_detail_list(), role),
        "GroupDetailList": list(page.group_detail_list(), group),
        "Policies": list(page.policies(), managed),
        "IsTruncated": page.is_truncated,
        "Marker": page.marker,
    })
}

fn user(user: &UserDetail) -> Value {
    json!({
        "Path": user.path,
        "UserName": user.user_name,
        "Arn": user.arn,
        "CreateDate": time(user.create_date.as_ref()),
        "UserPolicyList": list(user.user_policy_list(), inline),
        "GroupList": user.group_list(),
        "AttachedManagedPolicies": list(user.attached_managed_policies(), attached),
        "PermissionsBoundary": user.permissions_boundary.as_ref().and_then(boundary),
        "Tags": list(user.tags(), tag),
    })
}

fn role(role: &RoleDetail) -> Value {
    json!({
        "Path": role.path,
        "RoleName": role.role_name,
        "Arn": role.arn,
        "CreateDate": time(role.create_date.as_ref()),
        "RolePolicyList": list(role.role_policy_list(), inline),
        "AttachedManagedPolicies": list(role.attached_managed_policies(), attached),
        "PermissionsBoundary": role.permissions_boundary.as_ref().and_then(boundary),
        "Tags": list(role.tags(), tag),
    })
}

fn group(group: &GroupDetail) -> Value {
    json!({
        "Path": group.path,
        "GroupName": group.group_name,
        "Arn": group.arn,
        "CreateDate": time(group.create_date.as_ref()),
        "GroupPolicyList": list(group.group_policy_list(), inline),
        "AttachedManagedPolicies": list(group.attached_managed_policies(), attached),
    })
}

fn managed(policy: &ManagedPolicyDetail) -> Value {
    json!({
        "PolicyName": policy.policy_name,
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": policy.default_version_id,
        "AttachmentCount": policy.attachment_count,
        "PermissionsBoundaryUsageCount": policy.permissions_boundary_usage_count,
        "CreateDate": time(policy.create_date.as_ref()),
        "UpdateDate": time(policy.update_date.as_ref()),
        "PolicyVersionList": list(policy.policy_version_list(), version),
    })
}

fn version(version: &PolicyVersion) -> Value {
    json!({
        "Document": version.document,
        "VersionId": version.version_id,
        "IsDefaultVersion": version.is_default_version,
        "CreateDate": time(version.create_date.as_ref()),
    })
}

fn inline(policy: &PolicyDetail) -> Value {
    json!({ "PolicyName": policy.policy_name, "PolicyDocument": policy.policy_document })
}

fn attached(policy: &AttachedPolicy) -> Value {
    json!({ "PolicyName": policy.policy_name, "PolicyArn": policy.policy_arn })
}

fn boundary(boundary: &AttachedPermissionsBoundary) -> Option<Value> {
    let arn = boundary.permissions_boundary_arn.as_ref()?;
    Some(json!({ "PermissionsBoundaryArn": arn }))
}

fn tag(tag: &Tag) -> Value {
    json!({ "Key": tag.key, "Value": tag.value })
}

fn list<T>(items: &[T], write: impl Fn(&T) -> Value) -> Vec<Value> {
    items.iter().map(write).collect()
}

/// A time in RFC 3339; what is out of its range is as good as unknown.
fn time(time: Option<&DateTime>) -> Option<String> {
    time.and_then(|time| time.fmt(Format::DateTime).ok())
}
