//! The decision over documents of every kind, on one resource and on a pattern.

use tighten_iam::{
    Context, Policies, PolicyDocument, PolicyKind, Principal, PrincipalKind, Request, RequestResource, ResourcePattern,
    Ruling, evaluate,
};

use super::candidates::Candidates;
use super::control::{self, Reach};
use super::pattern::{self, Split};
use super::verdict::{Doubt, StatementAt, Verdict};

/// The documents that bind one caller.
#[derive(Debug)]
pub(super) struct Layers<'a> {
    policies: Policies<'a>,
    kinds: Vec<Layer<'a>>,
    /// Nothing where the policies of principals decide alone.
    organisation: Option<Organisation<'a>>,
}

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller<'a> {
    pub(super) principal: &'a Principal,
    /// Its ARN is the one that policies see.
    pub(super) path_known: bool,
}

/// What is known of a caller and its organisation beside its documents.
#[derive(Debug)]
struct Organisation<'a> {
    caller: Caller<'a>,
    management_account: Option<&'a str>,
}

/// The documents of one kind.
#[derive(Debug)]
struct Layer<'a> {
    kind: PolicyKind,
    statements: Vec<Split<'a>>,
    /// What the first document is called, and how many were given: those after them stand for what was not.
    first: usize,
    given: usize,
}

impl<'a> Layers<'a> {
    /// The policies of principals alone.
    pub(super) fn of_principal(documents: &'a [PolicyDocument]) -> Self {
        let numbers = (0, documents.len());
        let kinds = vec![Layer::new(PolicyKind::Identity, documents, numbers)];
        Self { policies: Policies::identity(documents), kinds, organisation: None }
    }

    /// Those of the candidates that bind the caller.
    pub(super) fn of(candidates: &'a Candidates, caller: Caller<'a>) -> Self {
        let Candidates { identity, boundary, management_account, .. } = candidates;
        let account = caller.principal.account();
        let (service_control, resource_control) = candidates.controls(account);
        let management_account = management_account.as_deref();
        let linked = caller.principal.is_service_linked_role();
        let managing = management_account == Some(account);
        let policies = Policies {
            boundary: boundary.as_ref(),
            service_control: if linked || managing { &[] } else { service_control },
            resource_control: if linked { &[] } else { resource_control },
            ..Policies::identity(identity)
        };
        let layer = |kind, documents| {
            let numbers = if candidates.binds(kind, account) { candidates.numbers(kind) } else { (0, 0) };
            Layer::new(kind, documents, numbers)
        };
        let mut kinds = vec![layer(PolicyKind::Identity, policies.identity)];
        kinds.extend(policies.boundary.map(|document| layer(PolicyKind::Boundary, std::slice::from_ref(document))));
        let levels = policies.service_control.iter().enumerate();
        kinds.extend(levels.map(|(level, documents)| layer(PolicyKind::ServiceControl { level }, documents)));
        let levels = policies.resource_control.iter().enumerate();
        kinds.extend(levels.map(|(level, documents)| layer(PolicyKind::ResourceControl { level }, documents)));
        Self { policies, kinds, organisation: Some(Organisation { caller, management_account }) }
    }

    /// What they say to a request for one resource, or for `*`.
    pub(super) fn decide(&self, request: Request<'_>) -> Verdict {
        let Some(organisation) = &self.organisation else { return evaluate(self.policies.identity, &request).into() };
        let context = organisation.context(request.context);
        let principal = organisation.seen();
        let arn =
            if let RequestResource::Arn(arn) = request.resource { Some(ResourcePattern::from(arn)) } else { None };
        let request = Request { principal, context: &context, ..request };
        let by = |policies: Policies<'a>| self.verdict(policies.decide(&request), &request, arn.as_ref());
        let without = || by(Policies { resource_control: &[], ..self.policies });
        match organisation.reach(&request, arn.as_ref().unwrap_or(&ResourcePattern::any())) {
            Reach::No => without(),
            Reach::Yes => by(self.policies),
            Reach::Unknown => if_in_organisation(&by(self.policies), without()),
        }
    }

    /// What they say to a request for one of the resources that the pattern matches.
    pub(super) fn on_pattern(&self, request: Request<'_>, resource: &ResourcePattern) -> Verdict {
        let Some(organisation) = &self.organisation else {
            return self.kinds.first().map_or(Verdict::ImplicitDeny, |layer| layer.judge(request, resource));
        };
        let context = organisation.context(request.context);
        let request = Request { principal: organisation.seen(), context: &context, ..request };
        let root = organisation.caller.principal.kind() == PrincipalKind::Root;
        let by = |resource_control: bool| {
            let kinds = self.kinds.iter().filter(|layer| match layer.kind {
                // An account's root user needs no policy.
                PolicyKind::Identity => !root,
                PolicyKind::ResourceControl { .. } => resource_control,
                _ => true,
            });
            let verdicts = kinds.map(|layer| match layer.judge(request, resource) {
                Verdict::ImplicitDeny => self.lacking(&[layer.kind], &request, Some(resource)),
                verdict => verdict,
            });
            Verdict::all_of(&verdicts.collect::<Vec<_>>())
        };
        match organisation.reach(&request, resource) {
            Reach::No => by(false),
            Reach::Yes if !control::crosses_accounts(resource) => by(true),
            Reach::Yes | Reach::Unknown => if_in_organisation(&by(true), by(false)),
        }
    }

    fn verdict(&self, ruling: Ruling, request: &Request<'_>, resource: Option<&ResourcePattern>) -> Verdict {
        let at = |place: tighten_iam::Place| {
            let layer = self.kinds.iter().find(|layer| layer.kind == place.kind);
            layer.map_or(StatementAt::NOT_GIVEN, |layer| layer.at(place.document, place.statement))
        };
        match ruling {
            Ruling::ExplicitDeny { by } => Verdict::ExplicitDeny { by: at(by) },
            Ruling::Depends { missing } => Verdict::Depends { keys: missing },
            Ruling::ImplicitDeny { lacking } => self.lacking(&lacking, request, resource),
            Ruling::Allowed { by } => {
                let given = by.into_iter().map(at).filter(|at| *at != StatementAt::NOT_GIVEN);
                // What is nearest to the principal, as where nothing else is asked.
                Verdict::Allowed { by: given.min().unwrap_or(StatementAt::NOT_GIVEN) }
            }
        }
    }

    /// The verdict where nothing in documents of these kinds allows the request.
    fn lacking(&self, kinds: &[PolicyKind], request: &Request<'_>, resource: Option<&ResourcePattern>) -> Verdict {
        let caller = self.organisation.as_ref().map(|organisation| organisation.caller.principal);
        match kinds {
            [] => Verdict::ImplicitDeny,
            _ if kinds.contains(&PolicyKind::Identity) => Verdict::ImplicitDeny,
            [PolicyKind::Boundary]
                if resource.is_some_and(|resource| control::may_have_policy(caller, request.action, resource)) =>
            {
                Verdict::Partly { why: Doubt::ResourcePolicy }
            }
            // What an organisation withholds, no other document gives.
            [first, ..] => {
                let organisation = kinds.iter().find(|kind| matches!(kind, PolicyKind::ServiceControl { .. }));
                Verdict::Withheld { by: *organisation.unwrap_or(first) }
            }
        }
    }
}

impl<'a> Layer<'a> {
    fn new(kind: PolicyKind, documents: &'a [PolicyDocument], (first, given): (usize, usize)) -> Self {
        let mut layer = Self { kind, statements: Vec::new(), first, given };
        layer.statements = Split::all(kind, documents, |document, statement| layer.at(document, statement));
        layer
    }

    fn at(&self, document: usize, statement: usize) -> StatementAt {
        if document < self.given {
            StatementAt { document: self.first + document, statement }
        } else {
            StatementAt::NOT_GIVEN
        }
    }

    fn judge(&self, request: Request<'_>, resource: &ResourcePattern) -> Verdict {
        // Only what they deny counts.
        let allowed = matches!(self.kind, PolicyKind::ResourceControl { .. }).then_some(StatementAt::NOT_GIVEN);
        pattern::judge(&self.statements, request, resource, allowed)
    }
}

impl<'a> Organisation<'a> {
    /// The caller, where all that follows from its ARN is known.
    fn seen(&self) -> Option<&'a Principal> {
        self.caller.path_known.then_some(self.caller.principal)
    }

    /// The context of a request with what is known of the caller: it is no service, and where its path is not known all
    /// but its ARN.
    fn context(&self, context: &Context) -> Context {
        let mut context = context.clone();
        context.insert("aws:PrincipalIsAWSService", ["false"]);
        let Caller { principal, path_known } = self.caller;
        if path_known {
            return context;
        }
        context.insert("aws:PrincipalAccount", [principal.account()]);
        match principal.kind() {
            PrincipalKind::User => {
                context.insert("aws:PrincipalType", ["User"]);
                context.insert("aws:username", [principal.name()]);
            }
            PrincipalKind::Role => {
                context.insert("aws:PrincipalType", ["AssumedRole"]);
                context.insert::<String>("aws:username", []);
            }
            PrincipalKind::Root | PrincipalKind::FederatedUser => {}
        }
        context
    }

    fn reach(&self, request: &Request<'_>, resource: &ResourcePattern) -> Reach {
        control::reach(request.action, resource, (self.caller.principal.account(), self.management_account))
    }
}

/// The verdict where it is not known whether the resource belongs to the organisation.
fn if_in_organisation(within: &Verdict, without: Verdict) -> Verdict {
    if within.is_allowed() || !without.is_allowed() {
        return without;
    }
    let keys = within.keys().cloned().chain(["aws:resourceorgid".to_owned()]);
    Verdict::Depends { keys: keys.collect() }
}
