//! Verdicts on resources that are known by a pattern alone.
//!
//! A statement is about all of the resources that the pattern matches, about some of them, or about none. What is not
//! about all of them proves nothing.

use std::collections::BTreeSet;

use tighten_iam::{
    ActionPattern, Actions, Decision, Effect, PolicyDocument, Request, RequestResource, ResourceEntry, ResourcePattern,
    Resources, Statement, evaluate,
};

use super::verdict::{Doubt, StatementAt, Verdict};

/// A statement with its conditions set apart, which hold or do not whatever the resource.
#[derive(Debug)]
pub(super) struct Split<'a> {
    at: StatementAt,
    statement: &'a Statement,
    /// Whether the document's version has policy variables.
    variables: bool,
    /// A document that allows everything under the statement's conditions.
    conditions: PolicyDocument,
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
    pub(super) fn all(documents: &'a [PolicyDocument]) -> Vec<Self> {
        let statements = documents.iter().enumerate().flat_map(|(document, parsed)| {
            let at = move |statement| StatementAt { document, statement };
            parsed.statements.iter().enumerate().map(move |(index, one)| (at(index), parsed, one))
        });
        statements.map(|(at, document, statement)| Self::new(at, document, statement)).collect()
    }

    fn new(at: StatementAt, document: &PolicyDocument, statement: &'a Statement) -> Self {
        let mut free = statement.clone();
        free.effect = Effect::Allow;
        free.action = Actions::Action(vec![ActionPattern::any()]);
        free.resource = Resources::Resource(vec![ResourcePattern::any().into()]);
        let mut conditions = PolicyDocument::new([free]);
        conditions.version.clone_from(&document.version);
        Self { at, statement, variables: document.has_variables(), conditions }
    }

    fn holds(&self, request: &Request<'_>) -> Hold {
        match evaluate(std::slice::from_ref(&self.conditions), request) {
            Decision::Allowed { .. } => Hold::Yes,
            Decision::Depends { missing } => Hold::Unknown(missing),
            Decision::ExplicitDeny { .. } | Decision::ImplicitDeny => Hold::No,
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
        match (own.contains(pattern), own.overlaps(pattern)) {
            (true, _) => Extent::All,
            (false, true) => Extent::Some,
            (false, false) => Extent::None,
        }
    }
}

/// Judges an action on some resource that the pattern matches.
pub(super) fn judge(statements: &[Split<'_>], request: Request<'_>, pattern: &ResourcePattern) -> Verdict {
    let free: Request<'_> = Request { resource: RequestResource::Any, ..request };
    let (mut allowed, mut some_allowed, mut some_denied) = (None, None, None);
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
