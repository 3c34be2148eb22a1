//! IAM's decision over every kind of document that has a say.

use std::collections::BTreeSet;
use std::fmt;

use super::combine::Layers;
use super::{Request, Truth};
use crate::policy::PolicyDocument;

/// The documents that decide requests of one principal.
///
/// What is left out has no say: it is not known whether there is such a document, and the decision is that of the
/// others. Where it is known that there is none, say so: an empty `resource` document denies what another account asks.
///
/// ```
/// use tighten_iam::{Context, Place, Policies, PolicyDocument, PolicyKind, Principal, Request, RequestResource, Ruling};
/// let identity = [PolicyDocument::parse(r#"{"Statement": {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}}"#)?];
/// let boundary = PolicyDocument::parse(
///     r#"{"Statement": {"Effect": "Allow", "Action": ["sqs:Send*", "s3:*"], "Resource": "*"}}"#,
/// )?;
/// let policies = Policies { boundary: Some(&boundary), ..Policies::identity(&identity) };
///
/// let role = Principal::from_arn("arn:aws:iam::111122223333:role/deploy")?;
/// let queue = "arn:aws:sqs:eu-west-1:111122223333:jobs".parse()?;
/// let context = Context::closed();
/// let decide = |action: &str| {
///     let (action, resource) = (action.parse()?, RequestResource::Arn(&queue));
///     Ok::<_, tighten_iam::ActionError>(
///         policies.decide(&Request { principal: Some(&role), action: &action, resource, context: &context }),
///     )
/// };
/// assert!(decide("sqs:SendMessage")?.is_allowed());
/// assert_eq!(decide("sqs:PurgeQueue")?, Ruling::ImplicitDeny { lacking: vec![PolicyKind::Boundary] });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// The principal's own policies and those of its groups.
    pub identity: &'a [PolicyDocument],
    /// The principal's permissions boundary.
    pub boundary: Option<&'a PolicyDocument>,
    /// The policies of the session in which the principal acts; one of them must allow the request.
    pub session: Option<&'a [PolicyDocument]>,
    /// Service control policies, one entry for each level from the organisation's root to the account. On each level
    /// one of the documents must allow the request.
    pub service_control: &'a [Vec<PolicyDocument>],
    /// Resource control policies on each level of the resource's account. Only what they deny counts, since the policy
    /// that allows everything cannot be detached. They bind a few services alone: leave them out for the others.
    pub resource_control: &'a [Vec<PolicyDocument>],
    /// The policy of the resource, such as a bucket's, a key's or a role's trust policy.
    pub resource: Option<&'a PolicyDocument>,
}

/// What the documents of every kind say to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ruling {
    /// Every kind of document that must allow the request does, and none denies it.
    Allowed {
        /// The first statement of each kind that was needed, the one that grants it last. An account's root user needs none.
        by: Vec<Place>,
    },
    /// A statement denies it.
    ExplicitDeny {
        /// The statement.
        by: Place,
    },
    /// Nothing denies it, but not all allow it that must.
    ImplicitDeny {
        /// The kinds of documents that do not allow it.
        lacking: Vec<PolicyKind>,
    },
    /// It is decided by condition keys that the context does not give, or by what is not modelled.
    Depends {
        /// The condition keys, in lower case; what is not modelled is named by its place in the policy.
        missing: BTreeSet<String>,
    },
}

/// A statement of one of the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The kind of document.
    pub kind: PolicyKind,
    /// The index of the document within its kind, or its level.
    pub document: usize,
    /// The index of the statement.
    pub statement: usize,
}

/// What a document is to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PolicyKind {
    /// A policy of the principal or of one of its groups.
    Identity,
    /// The principal's permissions boundary.
    Boundary,
    /// A policy of the session.
    Session,
    /// A service control policy.
    ServiceControl {
        /// The index of its level.
        level: usize,
    },
    /// A resource control policy.
    ResourceControl {
        /// The index of its level.
        level: usize,
    },
    /// The policy of the resource.
    Resource,
}

impl<'a> Policies<'a> {
    /// Identity policies alone.
    pub fn identity(documents: &'a [PolicyDocument]) -> Self {
        Self { identity: documents, ..Self::default() }
    }

    /// Decides a request.
    ///
    /// Who owns the resource is told by `aws:ResourceAccount` of the context, else by the resource's ARN. Within one
    /// account it is enough that the identity policies or the resource's policy allow the request, except that keys and
    /// roles must trust the account first; between accounts both must.
    pub fn decide(&self, request: &Request<'_>) -> Ruling {
        let layers = Layers::judge(self, request);
        if let Some(by) = layers.denies() {
            return Ruling::ExplicitDeny { by };
        }
        let organisation = layers.organisation();
        let (truth, ways) = layers.grants(self, request);
        let may_deny = layers.may_deny();
        match Truth::all([organisation.truth(), truth]) {
            Truth::No => {
                let lacking: BTreeSet<PolicyKind> = organisation.lacking().chain(ways.lacking()).collect();
                Ruling::ImplicitDeny { lacking: lacking.into_iter().collect() }
            }
            Truth::Yes if may_deny.is_empty() => Ruling::Allowed { by: organisation.by().chain(ways.by()).collect() },
            Truth::Yes => Ruling::Depends { missing: may_deny },
            Truth::Unknown(missing) => Ruling::Depends { missing: missing.into_iter().chain(may_deny).collect() },
        }
    }
}

impl Ruling {
    /// Whether the request is surely allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Identity => "identity policy",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policy",
            Self::ServiceControl { .. } => "service control policy",
            Self::ResourceControl { .. } => "resource control policy",
            Self::Resource => "resource policy",
        })
    }
}
