//! Whom a resource's document is about.

use serde_json::{Map, Value};

use super::Truth;
use super::scope::{Lookup, Scope};
use crate::arn::Arn;
use crate::principal::{Principal, PrincipalKind};
use crate::statement::{Effect, Statement};

/// How a statement names the caller. The ways differ in what else must allow the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reached {
    /// As the one who acts: a user, a role's session, or everyone. Nothing of the caller's own limits such a grant.
    pub(super) actor: Truth,
    /// As the role behind the session, whose boundary and session policy limit the grant.
    pub(super) role: Truth,
    /// As part of its account, which leaves the decision to the account's own policies.
    pub(super) account: Truth,
}

/// How the statement names the caller, if at all. `bounded`: the caller has a permissions boundary.
pub(super) fn reached(statement: &Statement, bounded: bool, scope: Scope<'_>) -> Reached {
    match (&statement.principal, &statement.not_principal) {
        (Some(Value::String(everyone)), None) if everyone == "*" => Reached::actor(Truth::Yes),
        (Some(Value::Object(kinds)), None) => Reached::any(names(kinds).map(|(kind, name)| named(kind, name, scope))),
        // IAM accepts `NotPrincipal` with `Deny` alone.
        (None, Some(listed)) if statement.effect == Effect::Deny => Reached::actor(not_listed(listed, bounded, scope)),
        (None, Some(_)) => Reached::open("NotPrincipal"),
        _ => Reached::open("Principal"),
    }
}

impl Reached {
    /// However the statement names it.
    pub(super) fn at_all(&self) -> Truth {
        Truth::any([self.actor.clone(), self.role.clone(), self.account.clone()])
    }

    fn no() -> Self {
        Self { actor: Truth::No, role: Truth::No, account: Truth::No }
    }

    fn actor(actor: Truth) -> Self {
        Self { actor, ..Self::no() }
    }

    fn open(what: &str) -> Self {
        Self::actor(Truth::depends_on(what))
    }

    fn any(all: impl Iterator<Item = Self>) -> Self {
        all.fold(Self::no(), |one, other| Self {
            actor: Truth::any([one.actor, other.actor]),
            role: Truth::any([one.role, other.role]),
            account: Truth::any([one.account, other.account]),
        })
    }
}

/// The names in a `Principal`, each with its kind; nothing where a name is no text.
fn names(kinds: &Map<String, Value>) -> impl Iterator<Item = (&str, Option<&str>)> {
    kinds.iter().flat_map(|(kind, names)| {
        let names = if let Value::Array(names) = names { names.as_slice() } else { std::slice::from_ref(names) };
        names.iter().map(move |name| (kind.as_str(), name.as_str()))
    })
}

fn named(kind: &str, name: Option<&str>, scope: Scope<'_>) -> Reached {
    let Some(name) = name else { return Reached::open("Principal") };
    match kind {
        "AWS" if name == "*" => Reached::actor(Truth::Yes),
        "AWS" => match scope.request.principal {
            Some(caller) => named_in_aws(name, caller, scope),
            None => Reached::open("aws:principalarn"),
        },
        // A service and a federated identity are no users, roles or sessions of theirs.
        "Service" | "Federated" => Reached::no(),
        // The id of an account, but which one it does not tell.
        _ => Reached::open("Principal"),
    }
}

fn named_in_aws(name: &str, caller: &Principal, scope: Scope<'_>) -> Reached {
    if let Some(account) = account_of(name) {
        let same = account == caller.account();
        let root = same && caller.kind() == PrincipalKind::Root;
        return Reached { actor: root.into(), account: same.into(), ..Reached::no() };
    }
    let Ok(arn) = name.parse::<Arn>() else {
        // A unique id stands where a user or role was that is no more; it is nobody's.
        let is_id = name.len() >= 16 && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        return if is_id { Reached::no() } else { Reached::open("Principal") };
    };
    match Principal::from_arn(name) {
        Ok(_) if name.contains(['*', '?']) => Reached::open("Principal"),
        Ok(named) => match (named.kind(), caller.kind()) {
            // Which user a federated user's name and policies come from is not told by its ARN.
            (PrincipalKind::User, PrincipalKind::FederatedUser) if named.account() == caller.account() => {
                Reached::open("Principal")
            }
            (PrincipalKind::Role, _) => Reached { role: (named == *caller).into(), ..Reached::no() },
            _ => Reached::actor((named == *caller).into()),
        },
        Err(_) => Reached::actor(is_session(&arn, caller, scope)),
    }
}

/// The account that `111122223333` or `arn:aws:iam::111122223333:root` names.
fn account_of(name: &str) -> Option<&str> {
    if name.len() == 12 && name.bytes().all(|b| b.is_ascii_digit()) {
        return Some(name);
    }
    name.strip_prefix("arn:")?.split_once(":iam::")?.1.strip_suffix(":root")
}

/// Whether the ARN names the session in which the role acts. The session's name is the end of `aws:userid`.
fn is_session(arn: &Arn, caller: &Principal, scope: Scope<'_>) -> Truth {
    let Some(("assumed-role", session)) = arn.resource().split_once('/') else {
        return Truth::depends_on("Principal");
    };
    let Some((role, session)) = session.split_once('/') else { return Truth::depends_on("Principal") };
    let of_caller = caller.kind() == PrincipalKind::Role
        && (arn.service(), arn.partition(), arn.account(), role)
            == ("sts", caller.partition(), caller.account(), caller.name());
    if !of_caller {
        return Truth::No;
    }
    match scope.lookup("aws:userid") {
        Lookup::Values(ids) => ids.iter().any(|id| id.split_once(':').is_some_and(|(_, name)| name == session)).into(),
        Lookup::Absent => Truth::No,
        Lookup::Unknown => Truth::depends_on("aws:userid"),
    }
}

/// Whether `NotPrincipal` leaves the caller to its deny. To be left out, the account must be listed beside the user or role.
fn not_listed(listed: &Value, bounded: bool, scope: Scope<'_>) -> Truth {
    if bounded {
        return Truth::Yes;
    }
    let kinds = match listed {
        Value::String(everyone) if everyone == "*" => return Truth::No,
        Value::Object(kinds) => kinds,
        _ => return Truth::depends_on("NotPrincipal"),
    };
    if names(kinds).any(|name| name == ("AWS", Some("*"))) {
        return Truth::No;
    }
    let listed = Reached::any(names(kinds).map(|(kind, name)| named(kind, name, scope)));
    let itself = Truth::any([listed.actor.clone(), listed.role.clone()]);
    match (itself, &listed.account) {
        (Truth::No, _) => Truth::Yes,
        // For a session, role and account are enough; a session alone is not known to be.
        (Truth::Yes, Truth::Yes) if listed.role == Truth::Yes || !is_role(scope) => Truth::No,
        _ => Truth::depends_on("NotPrincipal"),
    }
}

fn is_role(scope: Scope<'_>) -> bool {
    scope.request.principal.is_some_and(|caller| caller.kind() == PrincipalKind::Role)
}
