//! What a comparison answers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Serialize, Serializer};

use super::circumstances;
use crate::action::ActionName;
use crate::arn::Arn;
use crate::evaluate::{Context, Decision, Request, RequestResource, evaluate};
use crate::policy::PolicyDocument;

/// Whether every request that the inner policy allows is allowed by the outer one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparison {
    /// Yes, for every action, resource and context.
    Proven,
    /// No: this request is allowed by the inner policy and not by the outer one, as `evaluate` confirms.
    Counterexample(Box<Counterexample>),
    /// Neither was found.
    Undecided {
        /// What stood in the way.
        why: Undecided,
    },
}

/// A request that one policy allows and the other does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Counterexample {
    /// The action; it need not exist, as a pattern also allows what AWS adds later.
    pub action: ActionName,
    /// The resource.
    pub resource: RequestedResource,
    /// The condition keys of the request; all others are absent.
    pub assumed: BTreeMap<String, Vec<String>>,
    /// The index of the inner document that allows the request.
    pub document: usize,
    /// The index of its statement that does.
    pub statement: usize,
    /// The outer document and its statement that deny the request, if one does.
    pub denied_by: Option<(usize, usize)>,
}

/// The resource of a request, owned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestedResource {
    /// One resource.
    Arn(Arn),
    /// `*`, which actions without resource-level support ask for.
    Any,
}

/// Why a comparison is undecided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undecided {
    /// The policies are too entangled for the budget.
    Budget {
        /// The steps that were not enough.
        steps: u64,
    },
    /// It hinges on what is not modelled.
    Depends {
        /// The conditions, patterns and elements concerned, as they are written.
        on: BTreeSet<String>,
        /// The index of the inner document whose statement may allow more.
        document: usize,
        /// The index of that statement.
        statement: usize,
    },
}

impl Comparison {
    /// Whether inclusion is proven.
    pub fn is_proven(&self) -> bool {
        matches!(self, Self::Proven)
    }

    /// The counterexample, if there is one.
    pub fn counterexample(&self) -> Option<&Counterexample> {
        match self {
            Self::Counterexample(found) => Some(found),
            Self::Proven | Self::Undecided { .. } => None,
        }
    }
}

impl Counterexample {
    /// The context that is assumed.
    pub fn context(&self) -> Context {
        circumstances::context(&self.assumed)
    }

    /// The first of the actions that is a counterexample as well, on the same resource in the same context.
    ///
    /// The action of a counterexample is made from patterns alone. Who knows which actions exist can say something that a
    /// reader recognises.
    pub fn with_action_among<'a>(
        &self,
        actions: impl IntoIterator<Item = &'a ActionName>,
        inner: &[PolicyDocument],
        outer: &[PolicyDocument],
    ) -> Option<Self> {
        let context = self.context();
        actions.into_iter().find_map(|action| {
            confirm(inner, outer, action, &self.resource, &context)
                .map(|found| Self { assumed: self.assumed.clone(), ..found })
        })
    }
}

/// The counterexample that the request is, if it is one.
pub(super) fn confirm(
    inner: &[PolicyDocument],
    outer: &[PolicyDocument],
    action: &ActionName,
    resource: &RequestedResource,
    context: &Context,
) -> Option<Counterexample> {
    let request = Request { principal: None, action, resource: resource.as_request(), context };
    let Decision::Allowed { document, statement } = evaluate(inner, &request) else { return None };
    let denied_by = match evaluate(outer, &request) {
        Decision::ImplicitDeny => None,
        Decision::ExplicitDeny { document, statement } => Some((document, statement)),
        Decision::Allowed { .. } | Decision::Depends { .. } => return None,
    };
    let (action, resource) = (action.clone(), resource.clone());
    Some(Counterexample { action, resource, assumed: BTreeMap::new(), document, statement, denied_by })
}

impl RequestedResource {
    /// The resource as `evaluate` asks for it.
    pub fn as_request(&self) -> RequestResource<'_> {
        match self {
            Self::Arn(arn) => RequestResource::Arn(arn),
            Self::Any => RequestResource::Any,
        }
    }
}

impl fmt::Display for RequestedResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arn(arn) => arn.fmt(f),
            Self::Any => f.pad("*"),
        }
    }
}

impl Serialize for RequestedResource {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Undecided {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget { steps } => write!(f, "not decided within {steps} steps"),
            Self::Depends { on, document, statement } => {
                write!(f, "whether statement {statement} of document {document} allows more ")?;
                if on.is_empty() {
                    return f.write_str("depends on what is not modelled");
                }
                f.write_str("depends on ")?;
                for (at, line) in on.iter().enumerate() {
                    write!(f, "{}`{line}`", if at == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}
