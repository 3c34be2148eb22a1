//! How much fits: sizes as IAM counts them, and the limits they are held against.
//!
//! Figures are those of IAM's quota page; raised limits are on request.

use crate::policy::PolicyDocument;
use crate::principal::PrincipalKind;

/// Where a policy document lives, which decides how long it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// A managed policy.
    Managed,
    /// The inline policies of one user, together.
    InlineUser,
    /// The inline policies of one role, together.
    InlineRole,
    /// The inline policies of one group, together.
    InlineGroup,
    /// A role's trust policy, unless raised (up to 8,192).
    Trust,
    /// A session policy, together with the ARNs of managed ones.
    Session,
    /// A service control policy.
    ServiceControl,
    /// The inline policy of a permission set of IAM Identity Center: what its API takes at most
    /// (`PutInlinePolicyToPermissionSet`, `InlinePolicy`).
    PermissionSet,
}

/// A limit that AWS raises on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// What every account has.
    pub default: usize,
    /// What can be asked for.
    pub maximum: usize,
}

/// The longest document, or documents together where they share a limit, in characters that count.
///
/// ```
/// use tighten_iam::quota::{PolicyKind, limit};
/// assert_eq!(limit(PolicyKind::Managed), 6_144);
/// ```
pub fn limit(kind: PolicyKind) -> usize {
    match kind {
        PolicyKind::Managed => 6_144,
        PolicyKind::InlineUser | PolicyKind::Trust | PolicyKind::Session => 2_048,
        PolicyKind::InlineRole => 10_240,
        PolicyKind::InlineGroup | PolicyKind::ServiceControl => 5_120,
        PolicyKind::PermissionSet => 32_768,
    }
}

/// How many managed policies can be attached to one principal; nothing where none can be.
pub fn attached_managed(kind: PrincipalKind) -> Option<Quota> {
    match kind {
        PrincipalKind::Role => Some(Quota { default: 20, maximum: 25 }),
        PrincipalKind::User => Some(Quota { default: 10, maximum: 20 }),
        PrincipalKind::Root | PrincipalKind::FederatedUser => None,
    }
}

/// How many managed policies can be attached to one group.
pub const ATTACHED_TO_GROUP: usize = 10;

/// How many customer managed policies an account holds by default.
pub const CUSTOMER_MANAGED_POLICIES: usize = 1_500;

/// The characters of a document that count: all but white space.
///
/// White space inside strings is counted here, since it is not said that IAM leaves it out, so the result is never too
/// small.
///
/// ```
/// use tighten_iam::{PolicyDocument, quota};
/// let spaced = PolicyDocument::parse(r#"{ "Statement": [ {"Effect": "Deny", "Action": "*", "Resource": "*"} ] }"#)?;
/// assert_eq!(quota::size(&spaced), r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#.len());
/// # Ok::<(), tighten_iam::PolicyError>(())
/// ```
pub fn size(document: &PolicyDocument) -> usize {
    document.to_string_compact().chars().count()
}
