//! IAM's decision for one request.

mod combine;
mod condition;
mod layer;
mod policies;
mod principal;
mod scope;
mod statement;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use crate::action::ActionName;
use crate::arn::Arn;
use crate::policy::PolicyDocument;
use crate::principal::Principal;

use layer::Layer;
use statement::{Kind, applies};
use truth::Truth;

pub use policies::{Place, Policies, PolicyKind, Ruling};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who asks; fills `aws:PrincipalArn` and the like where the context does not.
    pub principal: Option<&'a Principal>,
    /// What for.
    pub action: &'a ActionName,
    /// On what.
    pub resource: RequestResource<'a>,
    /// The condition keys of the request.
    pub context: &'a Context,
}

/// The resource of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestResource<'a> {
    /// One resource.
    Arn(&'a Arn),
    /// `*`, which actions without resource-level support ask for. Only the pattern `*` matches it.
    Any,
}

/// The condition keys of a request, as far as they are known. Their case does not count.
///
/// In an open context a key that is not given may have any value, or none; in a closed one it is known to be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<String, Vec<String>>,
    closed: bool,
}

/// What the documents say to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it and none denies it.
    Allowed {
        /// The index of the document.
        document: usize,
        /// The index of the first statement that allows it.
        statement: usize,
    },
    /// A statement denies it.
    ExplicitDeny {
        /// The index of the document.
        document: usize,
        /// The index of the first statement that denies it.
        statement: usize,
    },
    /// No statement allows it.
    ImplicitDeny,
    /// It is decided by condition keys that the context does not give, or by what is not modelled.
    Depends {
        /// The condition keys, in lower case; what is not modelled is named by its place in the policy.
        missing: BTreeSet<String>,
    },
}

impl Context {
    /// A context in which keys that are not given may have any value.
    pub fn open() -> Self {
        Self::default()
    }

    /// A context in which keys that are not given are missing.
    pub fn closed() -> Self {
        Self { closed: true, ..Self::default() }
    }

    /// Gives a key its values; without values it is known to be missing.
    pub fn insert<V: Into<String>>(&mut self, key: &str, values: impl IntoIterator<Item = V>) {
        self.keys.insert(key.to_ascii_lowercase(), values.into_iter().map(Into::into).collect());
    }

    /// Gives a key its values.
    #[must_use]
    pub fn with<V: Into<String>>(mut self, key: &str, values: impl IntoIterator<Item = V>) -> Self {
        self.insert(key, values);
        self
    }
}

impl Decision {
    /// Whether the request is surely allowed.
    pub fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// Decides a request over the identity policies of its principal. With further documents: [`Policies::decide`].
///
/// A deny that holds decides; else what might be a deny leaves the answer open, unless nothing can allow the request
/// anyway. What is not modelled (a `Principal`, keys that IAM does not define, operators that are not known) is never
/// taken to hold.
///
/// ```
/// use tighten_iam::{Context, Decision, PolicyDocument, Request, RequestResource, evaluate};
/// let policy = PolicyDocument::parse(
///     r#"{"Version": "2012-10-17", "Statement": [{
///         "Effect": "Allow", "Action": "ec2:StopInstances", "Resource": "*",
///         "Condition": {"StringEquals": {"ec2:ResourceTag/team": "data"}}
///     }]}"#,
/// )?;
/// let (action, instance) = ("ec2:StopInstances".parse()?, "arn:aws:ec2:eu-west-1:111122223333:instance/i-1".parse()?);
/// let mut context = Context::open();
/// let ask = |context: &Context| {
///     let resource = RequestResource::Arn(&instance);
///     evaluate(std::slice::from_ref(&policy), &Request { principal: None, action: &action, resource, context })
/// };
/// assert!(matches!(ask(&context), Decision::Depends { missing } if missing.contains("ec2:resourcetag/team")));
/// context.insert("ec2:ResourceTag/team", ["data"]);
/// assert!(ask(&context).is_allowed());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn evaluate(documents: &[PolicyDocument], request: &Request<'_>) -> Decision {
    let layer = Layer::judge(documents, request, |statement, scope| applies(statement, Kind::Identity, scope));
    if let Some((document, statement)) = layer.deny.at {
        return Decision::ExplicitDeny { document, statement };
    }
    match layer.allow.at {
        Some((document, statement)) if layer.deny.missing.is_empty() => Decision::Allowed { document, statement },
        Some(_) => Decision::Depends { missing: layer.deny.missing },
        None if layer.allow.missing.is_empty() => Decision::ImplicitDeny,
        None => Decision::Depends { missing: layer.allow.missing.into_iter().chain(layer.deny.missing).collect() },
    }
}

#[cfg(test)]
mod tests;
