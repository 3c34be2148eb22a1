//! Verdicts on resources that are known by a pattern alone.
//!
//! A statement is about all of the resources that the pattern matches, about some of them, or about none. What is not
//! about all of them proves nothing.

use std::collections::BTreeSet;

use tighten_iam::{
    ActionPattern, Actions, Decision, Effect, Policies, PolicyDocument, PolicyKind, Request, RequestResource,
    ResourceEntry, ResourcePattern, Resources, Ruling, Statement, evaluate,
};

use super::candidates::everything;
use super::verdict::{Doubt, StatementAt, Verdict};

/// A statement with its conditions set apart, which hold or do not whatever the resource.
#[derive(Debug)]
pub(super) struct Split<'a> {
    at: StatementAt,
    statement: &'a Statement,
    /// Whether the document's version has policy variables.
    variables: bool,
    /// Whether an ARN that stops short is known to go on with `*`, which it is in the policies of principals alone.
    short_goes_on: bool,
    conditions: Conditions,
}

/// What is left of a statement but for its actions and resources.
#[derive(Debug)]
enum Conditions {
    /// A document that allows everything under the conditions.
    OfRequest(PolicyDocument),
    /// One that denies everything under the conditions to those whom the statement is about, beside one that allows it.
    OfCaller { allow: [PolicyDocument; 1], deny: [Vec<PolicyDocument>; 1] },
}

/// How many of the resources that a pattern matches a statement is about.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Extent {
    All,
    Some,
    None,
    /// That is decided by what is not modelled, such as a placeholder.
    Unknown(String),
}

/// Whether the conditions of a statement hold.
enum Hold {
    Yes,
    No,
    Unknown(BTreeSet<String>),
}

impl<'a> Split<'a> {
    /// The statements of documents of one kind; `at` tells what a document and a statement of it are called.
    pub(super) fn all(
        kind: PolicyKind,
        documents: &'a [PolicyDocument],
        at: impl Fn(usize, usize) -> StatementAt,
    ) -> Vec<Self> {
        let statements = documents.iter().enumerate().flat_map(|(document, parsed)| {
            parsed.statements.iter().enumerate().map(move |(index, one)| ((document, index), parsed, one))
        });
        statements.map(|((document, index), parsed, one)| Self::new(kind, at(document, index), parsed, one)).collect()
    }

    fn new(kind: PolicyKind, at: StatementAt, document: &PolicyDocument, statement: &'a Statement) -> Self {
        let mut free = statement.clone();
        free.action = Actions::Action(vec![ActionPattern::any()]);
        free.resource = Resources::Resource(vec![ResourcePattern::any().into()]);
        let of_resource = matches!(kind, PolicyKind::ResourceControl { .. });
        free.effect = if of_resource { Effect::Deny } else { Effect::Allow };
        let mut conditions = PolicyDocument::new([free]);
        conditions.version.clone_from(&document.version);
        let conditions = if of_resource {
            Conditions::OfCaller { allow: [everything()], deny: [vec![conditions]] }
        } else {
            Conditions::OfRequest(conditions)
        };
        let short_goes_on = matches!(kind, PolicyKind::Identity | PolicyKind::Boundary | PolicyKind::Session);
        Self { at, statement, variables: document.has_variables(), short_goes_on, conditions }
    }

    fn holds(&self, request: &Request<'_>) -> Hold {
        match &self.conditions {
            Conditions::OfRequest(document) => match evaluate(std::slice::from_ref(document), request) {
                Decision::Allowed { .. } => Hold::Yes,
                Decision::Depends { missing } => Hold::Unknown(missing),
                Decision::ExplicitDeny { .. } | Decision::ImplicitDeny => Hold::No,
            },
            Conditions::OfCaller { allow, deny } => {
                let policies = Policies { resource_control: deny, ..Policies::identity(allow) };
                match policies.decide(request) {
                    Ruling::ExplicitDeny { .. } => Hold::Yes,
                    Ruling::Depends { missing } => Hold::Unknown(missing),
                    Ruling::Allowed { .. } | Ruling::ImplicitDeny { .. } => Hold::No,
                }
            }
        }
    }

    fn extent(&self, pattern: &ResourcePattern) -> Extent {
        let of_entries = |entries: &[ResourceEntry]| {
            let extents = entries.iter().map(|entry| self.entry_extent(entry, pattern));
            extents.fold(Extent::None, |sum, one| match (sum, one) {
                (Extent::All, _) | (_, Extent::All) => Extent::All,
                (unknown @ Extent::Unknown(_), _) | (_, unknown @ Extent::Unknown(_)) => unknown,
                (Extent::Some, _) | (_, Extent::Some) => Extent::Some,
                (Extent::None, Extent::None) => Extent::None,
            })
        };
        match &self.statement.resource {
            Resources::Implied => Extent::Unknown("Resource".to_owned()),
            Resources::Resource(entries) => of_entries(entries),
            Resources::NotResource(entries) => match of_entries(entries) {
                Extent::All => Extent::None,
                Extent::None => Extent::All,
                other => other,
            },
        }
    }

    fn entry_extent(&self, entry: &ResourceEntry, pattern: &ResourcePattern) -> Extent {
        let ResourceEntry::Pattern(own) = entry else { return Extent::Unknown(entry.as_str().to_owned()) };
        // Without variables, `$` is a character; patterns take it for the beginning of one.
        if !self.variables && own.as_str().contains('$') {
            return Extent::Some;
        }
        if !self.short_goes_on && !own.is_any() && own.as_str().matches(':').count() < 5 && own.overlaps(pattern) {
            return Extent::Unknown(own.as_str().to_owned());
        }
        match (own.contains(pattern), own.overlaps(pattern)) {
            (true, _) => Extent::All,
            (false, true) => Extent::Some,
            (false, false) => Extent::None,
        }
    }
}

/// Judges an action on some resource that the pattern matches. `allowed` is what allows it whatever the statements say, if
/// anything does.
pub(super) fn judge(
    statements: &[Split<'_>],
    request: Request<'_>,
    pattern: &ResourcePattern,
    mut allowed: Option<StatementAt>,
) -> Verdict {
    let free: Request<'_> = Request { resource: RequestResource::Any, ..request };
    let (mut some_allowed, mut some_denied) = (None, None);
    let (mut may_allow, mut may_deny) = (BTreeSet::new(), BTreeSet::new());
    for split in statements.iter().filter(|split| split.statement.action.matches(request.action)) {
        let extent = split.extent(pattern);
        if extent == Extent::None {
            continue;
        }
        let (effect, at) = (split.statement.effect, split.at);
        let keys = if effect == Effect::Allow { &mut may_allow } else { &mut may_deny };
        match (extent, split.holds(&free)) {
            (_, Hold::No) | (Extent::None, _) => {}
            (Extent::Unknown(what), Hold::Unknown(more)) => {
                keys.insert(what);
                keys.extend(more);
            }
            (Extent::Unknown(what), Hold::Yes) => {
                keys.insert(what);
            }
            (Extent::All, Hold::Unknown(more)) => keys.extend(more),
            (Extent::All, Hold::Yes) if effect == Effect::Deny => return Verdict::ExplicitDeny { by: at },
            (Extent::All, Hold::Yes) => {
                allowed.get_or_insert(at);
            }
            (Extent::Some, _) if effect == Effect::Deny => {
                some_denied.get_or_insert(at);
            }
            (Extent::Some, _) => {
                some_allowed.get_or_insert(at);
            }
        }
    }
    match (allowed, some_denied, some_allowed) {
        (None, _, None) if may_allow.is_empty() => Verdict::ImplicitDeny,
        (_, Some(by), _) => Verdict::Partly { why: Doubt::SomeDenied { by } },
        (Some(by), None, _) if may_deny.is_empty() => Verdict::Allowed { by },
        (Some(_), None, _) => Verdict::Depends { keys: may_deny },
        (None, None, Some(by)) if may_allow.is_empty() => Verdict::Partly { why: Doubt::SomeAllowed { by } },
        (None, None, _) => Verdict::Depends { keys: may_allow.into_iter().chain(may_deny).collect() },
    }
}
