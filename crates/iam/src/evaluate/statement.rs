//! Whether a statement is about a request.

use super::scope::{Expanded, Scope};
use super::{RequestResource, Truth, condition};
use crate::arn::Arn;
use crate::resource::ResourcePattern;
use crate::statement::{ResourceEntry, Resources, Statement};
use crate::wildcard::{self, Token, Tokens};

/// What a document is attached to, as far as it changes how its statements are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A principal, as identity policies, boundaries and session policies are.
    Identity,
    /// An organisation, as service control policies are.
    Organisation,
    /// A resource; its statements say whom they are about, which is judged apart.
    Resource,
}

/// Whether the statement is about the request. For a resource's document: whoever asks.
pub(super) fn applies(statement: &Statement, kind: Kind, scope: Scope<'_>) -> Truth {
    if !statement.action.matches(scope.request.action) {
        return Truth::No;
    }
    let principals = [("Principal", &statement.principal), ("NotPrincipal", &statement.not_principal)];
    let misplaced = principals.into_iter().filter(|(_, value)| kind != Kind::Resource && value.is_some());
    let unknown = statement.unknown_keys().keys().map(String::as_str);
    Truth::all(
        std::iter::once_with(|| about_resource(&statement.resource, kind, scope))
            .chain(misplaced.map(|(key, _)| key).chain(unknown).map(Truth::depends_on))
            .chain(statement.conditions.iter().map(|line| condition::holds(line, scope))),
    )
}

fn about_resource(resources: &Resources, kind: Kind, scope: Scope<'_>) -> Truth {
    match resources {
        // A trust policy and its like are about the resource that they are attached to.
        Resources::Implied if kind == Kind::Resource => Truth::Yes,
        Resources::Implied => Truth::depends_on("Resource"),
        Resources::Resource(entries) => Truth::any(entries.iter().map(|entry| matches(entry, false, kind, scope))),
        Resources::NotResource(entries) => {
            Truth::any(entries.iter().map(|entry| matches(entry, true, kind, scope))).negate()
        }
    }
}

fn matches(entry: &ResourceEntry, negated: bool, kind: Kind, scope: Scope<'_>) -> Truth {
    let ResourceEntry::Pattern(pattern) = entry else { return Truth::depends_on(entry.as_str()) };
    let arn = match scope.request.resource {
        _ if pattern.is_any() => return Truth::Yes,
        RequestResource::Any => return Truth::No,
        RequestResource::Arn(arn) => arn,
    };
    let answer = if pattern.as_str().contains('$') {
        expanded_matches(pattern, arn, negated, scope)
    } else {
        pattern.matches(arn).into()
    };
    // That IAM goes on with `*` where an ARN stops short is known of the policies of principals alone.
    if kind != Kind::Identity && is_short(pattern) && answer != Truth::No {
        return Truth::depends_on(pattern.as_str());
    }
    answer
}

fn expanded_matches(pattern: &ResourcePattern, arn: &Arn, negated: bool, scope: Scope<'_>) -> Truth {
    let segments = pattern.segments().unwrap_or(["*"; 6]).map(|segment| scope.expand(segment));
    // That an entry without its value matches nothing is sure; that `NotResource` thereby means everything is not: the
    // documentation also says that a variable without a value may make the whole statement invalid.
    if negated && segments.iter().any(|segment| !matches!(segment, Expanded::Pattern(_))) {
        return Truth::all(segments.into_iter().map(|segment| match segment {
            Expanded::Pattern(_) => Truth::Yes,
            Expanded::Nothing(variable) => Truth::depends_on(variable),
            Expanded::Loose(_, missing) => missing,
        }));
    }
    Truth::all(segments.into_iter().zip(arn.segments()).map(|(pattern, segment)| match pattern {
        Expanded::Pattern(pattern) => wildcard::matches(&pattern, segment).into(),
        Expanded::Loose(pattern, missing) if wildcard::matches(&pattern, segment) => missing,
        Expanded::Nothing(_) | Expanded::Loose(..) => Truth::No,
    }))
}

/// Whether the ARN stops before its resource.
fn is_short(pattern: &ResourcePattern) -> bool {
    Tokens::new(pattern.as_str()).filter(|token| *token == Token::Char(':')).count() < 5
}
