//! What a request gives to condition keys and policy variables.

use std::borrow::Cow;

use super::{Request, Truth};
use crate::principal::{Principal, PrincipalKind};
use crate::wildcard::{self, Token, Tokens};

/// A request as one document sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) request: &'a Request<'a>,
    /// Whether the document's version has policy variables.
    pub(super) variables: bool,
}

/// What is known of a condition key.
pub(super) enum Lookup<'a> {
    /// Its values, one or more.
    Values(Cow<'a, [String]>),
    /// It is not part of the request.
    Absent,
    /// Nothing.
    Unknown,
}

/// A pattern whose variables have been replaced by what they stand for.
pub(super) enum Expanded<'a> {
    /// A pattern without variables.
    Pattern(Cow<'a, str>),
    /// A variable has no value and no default, so the pattern matches nothing.
    Nothing(String),
    /// The value of a variable is not known. The pattern has `*` in its place.
    Loose(String, Truth),
}

impl<'a> Scope<'a> {
    pub(super) fn lookup(&self, key: &str) -> Lookup<'a> {
        let key = key.to_ascii_lowercase();
        let context = self.request.context;
        match context.keys.get(&key) {
            Some(values) if values.is_empty() => Lookup::Absent,
            Some(values) => Lookup::Values(Cow::Borrowed(values)),
            None => match self.request.principal.map_or(Lookup::Unknown, |principal| derived(principal, &key)) {
                // A name without a prefix is a template's placeholder, not a key that a request could lack.
                Lookup::Unknown if context.closed && key.contains(':') => Lookup::Absent,
                known => known,
            },
        }
    }

    /// Replaces the variables of a pattern.
    pub(super) fn expand<'p>(&self, pattern: &'p str) -> Expanded<'p> {
        if !pattern.contains('$') {
            return Expanded::Pattern(Cow::Borrowed(pattern));
        }
        if !self.variables {
            return Expanded::Pattern(Cow::Owned(pattern.replace('$', "${$}")));
        }
        let mut text = String::with_capacity(pattern.len());
        let mut unknown = Vec::new();
        for token in Tokens::new(pattern) {
            match token {
                Token::Char(c) => wildcard::push_literal(&mut text, c),
                Token::One => text.push('?'),
                Token::Many => text.push('*'),
                Token::Variable(variable) => match self.value_of(variable) {
                    Variable::Value(value) => text.push_str(&wildcard::escape_literal(&value)),
                    Variable::None => return Expanded::Nothing(variable.to_owned()),
                    Variable::Unknown(name) => {
                        text.push('*');
                        unknown.push(Truth::depends_on(name));
                    }
                },
            }
        }
        match Truth::all(unknown) {
            Truth::Yes | Truth::No => Expanded::Pattern(Cow::Owned(text)),
            missing @ Truth::Unknown(_) => Expanded::Loose(text, missing),
        }
    }

    /// The value of `key` or `key, 'default'`.
    fn value_of<'v>(&self, variable: &'v str) -> Variable<'v>
    where
        'a: 'v,
    {
        let (name, default) = match variable.split_once(',') {
            None => (variable.trim(), None),
            Some((name, default)) => {
                let quoted = default.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
                let Some(default) = quoted else { return Variable::Unknown(variable.to_owned()) };
                (name.trim(), Some(default))
            }
        };
        match (self.lookup(name), default) {
            (Lookup::Values(values), _) => match values {
                Cow::Borrowed([value]) => Variable::Value(Cow::Borrowed(value)),
                Cow::Owned(mut values) if values.len() == 1 => {
                    values.pop().map_or(Variable::None, |value| Variable::Value(Cow::Owned(value)))
                }
                // A variable stands for one value; which of several is not said.
                _ => Variable::Unknown(name.to_ascii_lowercase()),
            },
            (Lookup::Absent, Some(default)) => Variable::Value(Cow::Borrowed(default)),
            (Lookup::Absent, None) => Variable::None,
            (Lookup::Unknown, _) => Variable::Unknown(name.to_ascii_lowercase()),
        }
    }
}

enum Variable<'a> {
    Value(Cow<'a, str>),
    None,
    Unknown(String),
}

/// The keys that follow from who asks.
fn derived<'a>(principal: &Principal, key: &str) -> Lookup<'a> {
    let value = match (key, principal.kind()) {
        ("aws:principalarn", _) => principal.as_str(),
        ("aws:principalaccount", _) => principal.account(),
        ("aws:username", PrincipalKind::User) => principal.name(),
        ("aws:username", PrincipalKind::Role | PrincipalKind::Root) => return Lookup::Absent,
        ("aws:principaltype", PrincipalKind::User) => "User",
        ("aws:principaltype", PrincipalKind::Role) => "AssumedRole",
        ("aws:principaltype", PrincipalKind::Root) => "Account",
        ("aws:principaltype", PrincipalKind::FederatedUser) => "FederatedUser",
        _ => return Lookup::Unknown,
    };
    Lookup::Values(Cow::Owned(vec![value.to_owned()]))
}
