//! The IAM policy language: names, patterns, documents, quotas, and the decision that documents lead to.
//!
//! Two things that are not the same thing have two types: an [`Arn`] names one resource, a [`ResourcePattern`]
//! describes many; an [`ActionName`] is one action, an [`ActionPattern`] may hold wildcards. Nothing in this crate knows
//! about logs, files, or which actions exist.
//!
//! ```
//! use tighten_iam::{Context, Decision, PolicyDocument, Request, RequestResource, evaluate};
//!
//! let policy: PolicyDocument = PolicyDocument::parse(
//!     r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::logs/*"}}"#,
//! )?;
//! let action = "s3:GetObject".parse()?;
//! let object = "arn:aws:s3:::logs/2026/01.gz".parse()?;
//! let context = Context::closed();
//! let request = Request { principal: None, action: &action, resource: RequestResource::Arn(&object), context: &context };
//! assert_eq!(evaluate(&[policy], &request), Decision::Allowed { document: 0, statement: 0 });
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod action;
mod arn;
mod compare;
mod conditions;
mod evaluate;
mod operator;
mod partition;
mod policy;
mod policy_error;
mod principal;
pub mod quota;
mod resource;
mod source;
mod statement;
mod text;
mod value;
mod wildcard;

pub use action::{ActionError, ActionName, ActionPattern};
pub use arn::{Arn, ArnError};
pub use compare::{Budget, Comparison, Counterexample, RequestedResource, Undecided, allows_all, compare};
pub use conditions::{Condition, Conditions};
pub use evaluate::{Context, Decision, Place, Policies, PolicyKind, Request, RequestResource, Ruling, evaluate};
pub use partition::Partition;
pub use policy::{Indent, PolicyDocument};
pub use policy_error::{PolicyError, PolicyProblem};
pub use principal::{Principal, PrincipalError, PrincipalKind};
pub use resource::{ResourceError, ResourcePattern};
pub use source::{EditError, PolicySource, StatementEdit};
pub use statement::{Actions, Effect, ResourceEntry, Resources, Statement};
pub use text::{illegal_character, is_legal_sid, legal_sid};
pub use wildcard::{escape_literal, matches_ignoring_case};
