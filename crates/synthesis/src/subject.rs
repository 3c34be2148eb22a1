//! What one role or user did, whatever the path that records give it.

use tighten_iam::Principal;
use tighten_usage::{PrincipalUsage, Usage};

use crate::generate::Subject;

/// What usage knows of the role or user. Names are unique in an account whatever their paths, which records need not tell,
/// and which change.
pub(crate) fn usages_of<'u>(
    usage: &'u Usage,
    principal: &Principal,
) -> impl Iterator<Item = (&'u Principal, &'u PrincipalUsage)> {
    usage.principals.iter().filter(|(other, _)| other.is_same_entity(principal))
}

impl Subject {
    /// What a role or user did itself, which may be nothing. What the `services` did on its behalf, given by their
    /// prefixes, is not among it: that is for roles of these services.
    pub fn of_entity(usage: &Usage, principal: &Principal, services: &[String]) -> Self {
        let mut subject = Self {
            principal: principal.clone(),
            name_only: false,
            needs: Vec::new(),
            wants: Vec::new(),
            unmapped: Vec::new(),
            mostly_refused: None,
        };
        for (other, used) in usages_of(usage, principal) {
            let own = Self::of(other, used);
            subject.needs.extend(own.needs);
            subject.wants.extend(own.wants);
            subject.unmapped.extend(own.unmapped);
            subject.mostly_refused = subject.mostly_refused.or(own.mostly_refused);
        }
        for service in services {
            subject.split_service(service);
        }
        subject
    }
}
