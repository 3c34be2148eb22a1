//! IAM's decision for one request.

mod condition;
mod scope;
mod truth;
mod value;

use std::collections::{BTreeMap, BTreeSet};

use crate::action::ActionName;
use crate::arn::Arn;
use crate::policy::PolicyDocument;
use crate::principal::Principal;
use crate::resource::ResourcePattern;
use crate::statement::{Effect, ResourceEntry, Resources, Statement};
use crate::wildcard;

use scope::{Expanded, Scope};
use truth::Truth;

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

/// Decides a request over the identity policies of its principal.
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
    let (mut allowed, mut may_allow, mut may_deny) = (None, BTreeSet::new(), BTreeSet::new());
    for (at, document) in documents.iter().enumerate() {
        let scope = Scope { request, variables: document.has_variables() };
        for (index, statement) in document.statements.iter().enumerate() {
            match (applies(statement, scope), statement.effect) {
                (Truth::No, _) => {}
                (Truth::Yes, Effect::Deny) => return Decision::ExplicitDeny { document: at, statement: index },
                (Truth::Yes, Effect::Allow) => {
                    allowed.get_or_insert(Decision::Allowed { document: at, statement: index });
                }
                (Truth::Unknown(missing), Effect::Allow) => may_allow.extend(missing),
                (Truth::Unknown(missing), Effect::Deny) => may_deny.extend(missing),
            }
        }
    }
    match allowed {
        Some(decision) if may_deny.is_empty() => decision,
        Some(_) => Decision::Depends { missing: may_deny },
        None if may_allow.is_empty() => Decision::ImplicitDeny,
        None => {
            may_allow.extend(may_deny);
            Decision::Depends { missing: may_allow }
        }
    }
}

/// Whether the statement is about the request.
fn applies(statement: &Statement, scope: Scope<'_>) -> Truth {
    if !statement.action.matches(scope.request.action) {
        return Truth::No;
    }
    let principals = [("Principal", &statement.principal), ("NotPrincipal", &statement.not_principal)];
    let carried = principals.into_iter().filter(|(_, value)| value.is_some()).map(|(key, _)| key);
    let unknown = statement.unknown_keys().keys().map(String::as_str);
    Truth::all(
        std::iter::once_with(|| about_resource(&statement.resource, scope))
            .chain(carried.chain(unknown).map(Truth::depends_on))
            .chain(statement.conditions.iter().map(|line| condition::holds(line, scope))),
    )
}

fn about_resource(resources: &Resources, scope: Scope<'_>) -> Truth {
    if matches!(resources, Resources::Implied) {
        return Truth::depends_on("Resource");
    }
    let negated = resources.is_negated();
    Truth::any(resources.entries().iter().map(|entry| entry_matches(entry, negated, scope))).negate_if(negated)
}

fn entry_matches(entry: &ResourceEntry, negated: bool, scope: Scope<'_>) -> Truth {
    let ResourceEntry::Pattern(pattern) = entry else { return Truth::depends_on(entry.as_str()) };
    let arn = match scope.request.resource {
        _ if pattern.is_any() => return Truth::Yes,
        RequestResource::Any => return Truth::No,
        RequestResource::Arn(arn) => arn,
    };
    if pattern.as_str().contains('$') {
        expanded_matches(pattern, arn, negated, scope)
    } else {
        pattern.matches(arn).into()
    }
}

fn expanded_matches(pattern: &ResourcePattern, arn: &Arn, negated: bool, scope: Scope<'_>) -> Truth {
    let segments = pattern.segments().unwrap_or(["*"; 6]);
    Truth::all(segments.iter().zip(arn.segments()).map(|(pattern, segment)| match scope.expand(pattern) {
        Expanded::Pattern(pattern) => wildcard::matches(&pattern, segment).into(),
        // That nothing matches is sure; that `NotResource` thereby means everything is not.
        Expanded::Nothing(variable) if negated => Truth::depends_on(variable),
        Expanded::Loose(pattern, missing) if wildcard::matches(&pattern, segment) => missing,
        Expanded::Nothing(_) | Expanded::Loose(..) => Truth::No,
    }))
}

#[cfg(test)]
mod tests;
