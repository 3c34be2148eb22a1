//! How the kinds of documents make one decision.

use std::collections::BTreeSet;

use super::layer::{Found, Layer};
use super::policies::{Place, Policies, PolicyKind};
use super::principal::{Reached, reached};
use super::scope::{Lookup, Scope};
use super::statement::{Kind, applies};
use super::{Request, RequestResource, Truth};
use crate::policy::PolicyDocument;
use crate::principal::{Principal, PrincipalKind};
use crate::statement::Statement;

/// What each kind of document says to a request.
#[derive(Debug)]
pub(super) struct Layers {
    kinds: Vec<(PolicyKind, Layer)>,
    granted: Granted,
}

/// What the resource's policy allows, by how it names the caller.
#[derive(Debug, Default)]
struct Granted {
    actor: Found,
    role: Found,
    account: Found,
}

/// Statements that are needed together.
#[derive(Debug, Default)]
pub(super) struct Way<'l>(Vec<(PolicyKind, &'l Found)>);

/// Ways to be allowed, of which one is enough.
#[derive(Debug)]
pub(super) struct Ways<'l>(Vec<Way<'l>>);

impl Layers {
    pub(super) fn judge(policies: &Policies<'_>, request: &Request<'_>) -> Self {
        let own = |kind, documents: &[PolicyDocument]| {
            (kind, Layer::judge(documents, request, |statement, scope| applies(statement, Kind::Identity, scope)))
        };
        let mut kinds = vec![own(PolicyKind::Identity, policies.identity)];
        kinds.extend(policies.boundary.map(|document| own(PolicyKind::Boundary, std::slice::from_ref(document))));
        kinds.extend(policies.session.map(|documents| own(PolicyKind::Session, documents)));
        let bounded = policies.boundary.is_some();
        // Control policies do not bind the roles that services keep for themselves.
        if !request.principal.is_some_and(Principal::is_service_linked_role) {
            kinds.extend(policies.service_control.iter().enumerate().map(|(level, documents)| {
                let about = |statement: &Statement, scope: Scope<'_>| applies(statement, Kind::Organisation, scope);
                (PolicyKind::ServiceControl { level }, Layer::judge(documents, request, about))
            }));
            kinds.extend(policies.resource_control.iter().enumerate().map(|(level, documents)| {
                let layer = of_resource(documents, request, bounded, Reached::at_all);
                (PolicyKind::ResourceControl { level }, layer)
            }));
        }
        let mut granted = Granted::default();
        if let Some(document) = policies.resource {
            let judge = |by: fn(&Reached) -> Truth| of_resource([document], request, bounded, by);
            granted.actor = judge(|reached| reached.actor.clone()).allow;
            granted.role = judge(|reached| reached.role.clone()).allow;
            granted.account = judge(|reached| reached.account.clone()).allow;
            kinds.push((PolicyKind::Resource, judge(Reached::at_all)));
        }
        Self { kinds, granted }
    }

    /// The statement that surely denies the request.
    pub(super) fn denies(&self) -> Option<Place> {
        self.kinds.iter().find_map(|(kind, layer)| place(*kind, &layer.deny))
    }

    /// What decides whether a statement denies it.
    pub(super) fn may_deny(&self) -> BTreeSet<String> {
        self.kinds.iter().flat_map(|(_, layer)| layer.deny.missing.iter().cloned()).collect()
    }

    /// What the organisation must allow.
    pub(super) fn organisation(&self) -> Way<'_> {
        let levels = self.kinds.iter().filter(|(kind, _)| matches!(kind, PolicyKind::ServiceControl { .. }));
        Way(levels.map(|(kind, layer)| (*kind, &layer.allow)).collect())
    }

    /// Whether the principal's documents and the resource's allow the request, and the ways in which they could.
    pub(super) fn grants(&self, policies: &Policies<'_>, request: &Request<'_>) -> (Truth, Ways<'_>) {
        let root = request.principal.is_some_and(|caller| caller.kind() == PrincipalKind::Root);
        let of = |wanted| self.kinds.iter().find(move |(kind, _)| *kind == wanted);
        let limits: Vec<_> = [PolicyKind::Boundary, PolicyKind::Session]
            .into_iter()
            .filter_map(of)
            .map(|(kind, layer)| (*kind, &layer.allow))
            .collect();
        // An account's root user needs no policy.
        let mut own: Vec<_> =
            of(PolicyKind::Identity).filter(|_| !root).map(|(kind, layer)| (*kind, &layer.allow)).into_iter().collect();
        own.extend(limits.iter().copied());
        if policies.resource.is_none() {
            let ways = Ways(vec![Way(own)]);
            return (ways.truth(), ways);
        }
        let Granted { actor, role, account } = &self.granted;
        let by_own = if trusts_by_policy_alone(request) { Way::with(account, &own) } else { Way(own.clone()) };
        let within = Ways(vec![by_own, Way::with(actor, &[]), Way::with(role, &limits)]);
        let between = Ways([actor, role, account].map(|found| Way::with(found, &own)).into());
        match (owned_by_caller(request), within.truth(), between.truth()) {
            (Truth::Yes, truth, _) => (truth, within),
            (Truth::No, _, truth) => (truth, between),
            (_, one, other) if one == other => (one, between),
            (Truth::Unknown(mut missing), one, other) => {
                for truth in [one, other] {
                    if let Truth::Unknown(more) = truth {
                        missing.extend(more);
                    }
                }
                (Truth::Unknown(missing), between)
            }
        }
    }
}

impl<'l> Way<'l> {
    /// What the resource's policy grants, together with the others.
    fn with(granted: &'l Found, others: &[(PolicyKind, &'l Found)]) -> Self {
        Self(others.iter().copied().chain([(PolicyKind::Resource, granted)]).collect())
    }

    pub(super) fn truth(&self) -> Truth {
        Truth::all(self.0.iter().map(|(_, found)| found.truth()))
    }

    /// The statements, if there is one of each kind.
    pub(super) fn by(&self) -> impl Iterator<Item = Place> {
        self.0.iter().filter_map(|(kind, found)| place(*kind, found))
    }

    /// The kinds that have none.
    pub(super) fn lacking(&self) -> impl Iterator<Item = PolicyKind> {
        self.0.iter().filter(|(_, found)| found.truth() == Truth::No).map(|(kind, _)| *kind)
    }
}

impl Ways<'_> {
    fn truth(&self) -> Truth {
        Truth::any(self.0.iter().map(Way::truth))
    }

    /// The statements of the first way that is open.
    pub(super) fn by(&self) -> impl Iterator<Item = Place> {
        self.0.iter().find(|way| way.truth() == Truth::Yes).into_iter().flat_map(Way::by)
    }

    /// What the nearest way lacks. One that waits for the resource to grant something is far.
    pub(super) fn lacking(&self) -> impl Iterator<Item = PolicyKind> {
        let distance = |way: &&Way<'_>| {
            let lacking: Vec<PolicyKind> = way.lacking().collect();
            (lacking.contains(&PolicyKind::Resource), lacking.len())
        };
        self.0.iter().min_by_key(distance).into_iter().flat_map(Way::lacking)
    }
}

fn place(kind: PolicyKind, found: &Found) -> Option<Place> {
    found.at.map(|(document, statement)| Place { kind, document, statement })
}

/// What documents of a resource say, as far as they name the caller in the way that is asked for.
fn of_resource<'d>(
    documents: impl IntoIterator<Item = &'d PolicyDocument>,
    request: &Request<'_>,
    bounded: bool,
    by: fn(&Reached) -> Truth,
) -> Layer {
    Layer::judge(documents, request, |statement, scope| {
        Truth::all([by(&reached(statement, bounded, scope)), applies(statement, Kind::Resource, scope)])
    })
}

/// Whether the caller's account owns the resource.
fn owned_by_caller(request: &Request<'_>) -> Truth {
    let RequestResource::Arn(arn) = request.resource else { return Truth::Yes };
    let scope = Scope { request, variables: true };
    let one = |key: &str| match scope.lookup(key) {
        Lookup::Values(values) => values.first().cloned(),
        Lookup::Absent | Lookup::Unknown => None,
    };
    // The account of a resource that AWS itself owns is spelled `aws`, and that is not the caller's.
    let in_arn = Some(arn.account()).filter(|account| !account.is_empty()).map(str::to_owned);
    match (one("aws:PrincipalAccount"), one("aws:ResourceAccount").or(in_arn)) {
        (Some(caller), Some(owner)) => (caller == owner).into(),
        (None, _) => Truth::depends_on("aws:principalaccount"),
        (_, None) => Truth::depends_on("aws:resourceaccount"),
    }
}

/// Whether the resource's policy must trust its own account before the account's policies count: keys and roles.
fn trusts_by_policy_alone(request: &Request<'_>) -> bool {
    let RequestResource::Arn(arn) = request.resource else { return false };
    match request.action.service() {
        "kms" => arn.resource().starts_with("key/"),
        "sts" => arn.service() == "iam" && arn.resource().starts_with("role/"),
        _ => false,
    }
}
