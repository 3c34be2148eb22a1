//! The calls with what they are made on, and why.

use super::calls::{
    AUTHORIZATION_DETAILS, DECRYPT, DESCRIBE_ORGANIZATION, DESCRIBE_POLICY, DESCRIBE_TRAILS, EVENT_SELECTORS,
    GENERATE_LAST_ACCESSED, GET_LAST_ACCESSED, GET_OBJECT, LIST_OBJECTS, LIST_PARENTS, LIST_POLICIES_FOR_TARGET,
    LIST_ROOTS, LOOKUP_EVENTS, NO_NEW_ACCESS, SIMULATE_CUSTOM, SIMULATE_PRINCIPAL, TRAIL_STATUS, VALIDATE_POLICY,
};
use crate::error::AwsCall;

/// A call, what it is made on, and why.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permission {
    pub(super) call: AwsCall,
    pub(super) target: Target,
    pub(super) why: &'static str,
}

/// What a call is made on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// IAM knows no resource of it: `*`.
    Anything,
    /// Likewise, but only in the regions that are asked for.
    Regions,
    /// The buckets that hold logs.
    Buckets,
    /// The logs in these.
    Objects,
    /// The keys that the logs are encrypted with. Nobody knows them unless they are given.
    Keys,
    /// The trails.
    Trails,
    /// Accounts and organisational units of the organisation. Their ARNs name its management account, whoever asks.
    Members,
    /// Likewise, and its root.
    ControlTargets,
    /// The policies of the organisation, and those of AWS in it.
    ControlPolicies,
    /// The roles and users whose policies are looked at.
    Identities,
}

/// All of them, in the order in which they are shown.
pub(super) const TABLE: [Permission; 19] = [
    row(LIST_OBJECTS, Target::Buckets, "finds the log files"),
    row(GET_OBJECT, Target::Objects, "reads the log files"),
    row(DECRYPT, Target::Keys, "reads log files that are encrypted with a KMS key, through S3 alone"),
    row(DESCRIBE_TRAILS, Target::Anything, "finds the bucket and the home region of a trail"),
    row(TRAIL_STATUS, Target::Trails, "tells whether the trail records, and since when"),
    row(EVENT_SELECTORS, Target::Trails, "tells which events the trail records"),
    row(LOOKUP_EVENTS, Target::Regions, "reads the event history"),
    row(AUTHORIZATION_DETAILS, Target::Anything, "reads the policies, and who holds them"),
    row(DESCRIBE_ORGANIZATION, Target::Anything, "finds the management account, which no SCP binds"),
    row(LIST_ROOTS, Target::Anything, "tells whether SCPs and RCPs are enabled"),
    row(LIST_PARENTS, Target::Members, "finds the organisational units that an account is in"),
    row(LIST_POLICIES_FOR_TARGET, Target::ControlTargets, "finds the SCPs and RCPs of a root, a unit or an account"),
    row(DESCRIBE_POLICY, Target::ControlPolicies, "reads them"),
    row(GENERATE_LAST_ACCESSED, Target::Identities, "has IAM look up when services were last used"),
    row(GET_LAST_ACCESSED, Target::Anything, "reads what IAM found"),
    row(SIMULATE_PRINCIPAL, Target::Identities, "asks whether a principal could still do what it did"),
    row(SIMULATE_CUSTOM, Target::Anything, "asks the same of documents alone"),
    row(NO_NEW_ACCESS, Target::Anything, "asks whether the proposed policy allows more than the present one"),
    row(VALIDATE_POLICY, Target::Anything, "asks what is wrong with the proposed policy"),
];

const fn row(call: AwsCall, target: Target, why: &'static str) -> Permission {
    Permission { call, target, why }
}
