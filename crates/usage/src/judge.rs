//! From a record to what it says about somebody's permissions.

use tighten_iam::{ActionName, Principal};
use tighten_mapping::{Call, Mapped, Mapper, Named, NamedResource, Need};
use tighten_trail::{
    DecisiveParts, Denial, DeniedResource, Event, Identity, NoPrincipal, Outcome, Via, denial, identify, outcome,
};

use crate::principal::WantOrigin;

/// What one record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Who called, or why nobody did.
    pub identity: Identity,
    /// Whether the call was let through.
    pub outcome: Outcome,
    /// What the refusal says, of a denied call.
    pub denial: Option<Denial>,
    /// How the action is known that a principal's denied call wanted.
    pub origin: Option<WantOrigin>,
    /// What a principal's authorised call needed, or what its denied call would have needed.
    pub mapped: Option<Mapped>,
}

/// Judges one record. The same record is always judged the same.
pub fn judge(event: &Event<'_>, mapper: &Mapper) -> Judged {
    let identity = identify(event);
    let Verdict { outcome, denial, origin, mapped } = match &identity {
        Identity::Principal { principal, .. } => Verdict::of(event, event.parts(), principal, mapper),
        Identity::None(_) => Verdict { outcome: outcome(event), denial: denial(event), origin: None, mapped: None },
    };
    Judged { identity, outcome, denial, origin, mapped }
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
    pub(crate) origin: Option<WantOrigin>,
    pub(crate) mapped: Option<Mapped>,
}

impl Verdict {
    pub(crate) fn of(event: &Event<'_>, parts: DecisiveParts<'_>, principal: &Principal, mapper: &Mapper) -> Self {
        let outcome = outcome(event);
        let denial = if outcome == Outcome::Denied { denial(event) } else { None };
        if outcome == Outcome::NoEvidence {
            return Self { outcome, denial, origin: None, mapped: None };
        }
        let action = denial.as_ref().and_then(|denial| denial.action.as_deref()?.parse::<ActionName>().ok());
        let resource = match &denial {
            Some(denial) => denial.resource.as_ref().map(named_resource),
            None => event.error_message.as_deref().and_then(arn_in).map(NamedResource::Arn),
        };
        let call = Call {
            event_source: &event.event_source,
            event_name: &event.event_name,
            region: &event.aws_region,
            account: principal.account(),
            principal: Some(principal),
            parameters: parts.parameters,
            resources: parts.resources,
            error_code: error_code(event),
            named: Some(Named { action: action.as_ref(), resource }),
        };
        let origin = denial.is_some().then(|| match &action {
            None => WantOrigin::Call,
            Some(action) => {
                let own = mapper.needs(&Call { named: None, ..call });
                let is_own = own.needs().iter().any(|need| need.action == *action);
                if is_own { WantOrigin::Both } else { WantOrigin::Message }
            }
        });
        Self { outcome, mapped: Some(mapper.needs(&call)), origin, denial }
    }
}

/// The error's code; empty where the record has its message alone.
fn error_code<'e>(event: &'e Event<'_>) -> Option<&'e str> {
    event.failed().then(|| event.error_code.as_deref().unwrap_or_default())
}

fn named_resource(resource: &DeniedResource) -> NamedResource<'_> {
    match resource {
        DeniedResource::Any => NamedResource::Any,
        DeniedResource::Arn(text) => NamedResource::Arn(text),
        DeniedResource::Name(text) => NamedResource::Name(text),
        DeniedResource::Iam { kind, name } => NamedResource::Entity { kind, name },
    }
}

/// The ARN that the message of a failed call speaks of: what was looked for and not found.
fn arn_in(message: &str) -> Option<&str> {
    let quoted = |c: char| c.is_whitespace() || "`'\"‘’“”()[],;".contains(c);
    let mut arns =
        message.split(quoted).map(|word| word.trim_end_matches(['.', ':'])).filter(|word| word.starts_with("arn:"));
    // Of several it is not known which is the call's.
    arns.next().filter(|only| arns.all(|other| other == *only))
}
