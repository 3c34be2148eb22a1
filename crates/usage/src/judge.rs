//! From a record to what it says about somebody's permissions.

use tighten_iam::Principal;
use tighten_mapping::{Call, Mapped, Mapper, Need};
use tighten_trail::{
    DecisiveParts, Denial, DeniedResource, Event, Identity, NoPrincipal, Outcome, Via, denial, identify, outcome,
};

/// What one record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Who called, or why nobody did.
    pub identity: Identity,
    /// Whether the call was let through.
    pub outcome: Outcome,
    /// What the refusal says, of a denied call.
    pub denial: Option<Denial>,
    /// What a principal's authorised call needed, or what its denied call would have needed.
    pub mapped: Option<Mapped>,
}

/// Judges one record. The same record is always judged the same.
pub fn judge(event: &Event<'_>, mapper: &Mapper) -> Judged {
    let identity = identify(event);
    let Verdict { outcome, denial, mapped } = match &identity {
        Identity::Principal { principal, .. } => Verdict::of(event, event.parts(), principal, mapper),
        Identity::None(_) => Verdict { outcome: outcome(event), denial: denial(event), mapped: None },
    };
    Judged { identity, outcome, denial, mapped }
}

impl Judged {
    /// Who called.
    pub fn principal(&self) -> Option<&Principal> {
        match &self.identity {
            Identity::Principal { principal, .. } => Some(principal),
            Identity::None(_) => None,
        }
    }

    /// The service that the call went through.
    pub fn via(&self) -> Option<&Via> {
        match &self.identity {
            Identity::Principal { via, .. } => via.as_ref(),
            Identity::None(_) => None,
        }
    }

    /// The needs; empty where there are none.
    pub fn needs(&self) -> &[Need] {
        self.mapped.as_ref().map_or(&[], Mapped::needs)
    }

    /// The stable code of why there are no needs; `None` where there are some.
    pub fn none(&self) -> Option<&'static str> {
        match (&self.identity, &self.mapped) {
            (Identity::None(reason), _) => Some(without_principal(*reason)),
            (_, Some(Mapped::None(reason))) => Some(reason.code()),
            (_, Some(Mapped::Needs(needs))) if !needs.is_empty() => None,
            (_, Some(Mapped::Needs(_))) => Some("no-permission"),
            (_, None) => Some(self.outcome.code()),
        }
    }
}

/// A call by nobody whose policies count is one case, whoever it was; a record that is no call says what it is instead.
fn without_principal(reason: NoPrincipal) -> &'static str {
    match reason {
        NoPrincipal::ServiceEvent
        | NoPrincipal::SignIn
        | NoPrincipal::ConsoleAction
        | NoPrincipal::Insight
        | NoPrincipal::Aggregated => reason.code(),
        NoPrincipal::NotCallersCopy | NoPrincipal::OtherAccount => NoPrincipal::NotCallersCopy.code(),
        _ => "no-principal",
    }
}

/// What a principal's call says.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    pub(crate) denial: Option<Denial>,
    pub(crate) mapped: Option<Mapped>,
}

impl Verdict {
    pub(crate) fn of(event: &Event<'_>, parts: DecisiveParts<'_>, principal: &Principal, mapper: &Mapper) -> Self {
        let outcome = outcome(event);
        let denial = if outcome == Outcome::Denied { denial(event) } else { None };
        let tells = outcome != Outcome::NoEvidence;
        Self { outcome, mapped: tells.then(|| needs(event, parts, principal, denial.as_ref(), mapper)), denial }
    }
}

fn needs(
    event: &Event<'_>,
    parts: DecisiveParts<'_>,
    principal: &Principal,
    denial: Option<&Denial>,
    mapper: &Mapper,
) -> Mapped {
    let message = denial.and_then(|denial| message_resource(denial, principal));
    mapper.needs(&Call {
        event_source: &event.event_source,
        event_name: &event.event_name,
        region: &event.aws_region,
        account: principal.account(),
        principal: Some(principal),
        parameters: parts.parameters,
        resources: parts.resources,
        error_code: event.error_code.as_deref(),
        message_resource: message.as_deref(),
    })
}

/// The message's resource as an ARN. IAM names its own by kind and name; the caller's account is the one it means.
pub(crate) fn message_resource(denial: &Denial, principal: &Principal) -> Option<String> {
    match denial.resource.as_ref()? {
        DeniedResource::Any => None,
        DeniedResource::Arn(text) | DeniedResource::Name(text) => Some(text.clone()),
        DeniedResource::Iam { kind, name } => {
            Some(format!("arn:{}:iam::{}:{kind}/{name}", principal.partition(), principal.account()))
        }
    }
}
