//! Every call that tighten makes to AWS, and the permission that it takes.
//!
//! This is the one place where that is written down: errors name what is missing by it, and the policy that grants it is made of
//! it. A test holds what the rest of this crate calls against it, another what really goes over the wire.

use crate::error::AwsCall;
use crate::preset::Preset::{self, EventHistory, Iam, LastAccessed, Organization, S3, Simulate, Trail};

const fn call(operation: &'static str, action: &'static str, preset: Preset) -> AwsCall {
    AwsCall { operation, action, preset }
}

pub(crate) const LIST_OBJECTS: AwsCall = call("s3 ListObjectsV2", "s3:ListBucket", S3);
pub(crate) const GET_OBJECT: AwsCall = call("s3 GetObject", "s3:GetObject", S3);
/// S3 makes it for whoever asks for an object that is encrypted with a key of KMS.
pub(crate) const DECRYPT: AwsCall = call("kms Decrypt", "kms:Decrypt", S3);

pub(crate) const DESCRIBE_TRAILS: AwsCall = call("cloudtrail DescribeTrails", "cloudtrail:DescribeTrails", Trail);
pub(crate) const TRAIL_STATUS: AwsCall = call("cloudtrail GetTrailStatus", "cloudtrail:GetTrailStatus", Trail);
pub(crate) const EVENT_SELECTORS: AwsCall = call("cloudtrail GetEventSelectors", "cloudtrail:GetEventSelectors", Trail);

pub(crate) const LOOKUP_EVENTS: AwsCall = call("cloudtrail LookupEvents", "cloudtrail:LookupEvents", EventHistory);

pub(crate) const AUTHORIZATION_DETAILS: AwsCall =
    call("iam GetAccountAuthorizationDetails", "iam:GetAccountAuthorizationDetails", Iam);

pub(crate) const DESCRIBE_ORGANIZATION: AwsCall =
    call("organizations DescribeOrganization", "organizations:DescribeOrganization", Organization);
pub(crate) const LIST_ROOTS: AwsCall = call("organizations ListRoots", "organizations:ListRoots", Organization);
pub(crate) const LIST_PARENTS: AwsCall = call("organizations ListParents", "organizations:ListParents", Organization);
pub(crate) const LIST_POLICIES_FOR_TARGET: AwsCall =
    call("organizations ListPoliciesForTarget", "organizations:ListPoliciesForTarget", Organization);
pub(crate) const DESCRIBE_POLICY: AwsCall =
    call("organizations DescribePolicy", "organizations:DescribePolicy", Organization);

pub(crate) const GENERATE_LAST_ACCESSED: AwsCall =
    call("iam GenerateServiceLastAccessedDetails", "iam:GenerateServiceLastAccessedDetails", LastAccessed);
pub(crate) const GET_LAST_ACCESSED: AwsCall =
    call("iam GetServiceLastAccessedDetails", "iam:GetServiceLastAccessedDetails", LastAccessed);

pub(crate) const SIMULATE_PRINCIPAL: AwsCall =
    call("iam SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy", Simulate);
pub(crate) const SIMULATE_CUSTOM: AwsCall = call("iam SimulateCustomPolicy", "iam:SimulateCustomPolicy", Simulate);
pub(crate) const NO_NEW_ACCESS: AwsCall =
    call("access-analyzer CheckNoNewAccess", "access-analyzer:CheckNoNewAccess", Simulate);
pub(crate) const VALIDATE_POLICY: AwsCall =
    call("access-analyzer ValidatePolicy", "access-analyzer:ValidatePolicy", Simulate);
