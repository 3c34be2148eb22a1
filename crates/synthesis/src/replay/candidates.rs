//! Documents of every kind that are tried out together.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{ActionPattern, Effect, PolicyDocument, PolicyKind, ResourcePattern, Statement};

/// What could be in force: documents that are tried out on calls which others have let through.
///
/// A kind that is not given is taken to have allowed what was let through. The documents are numbered through: those of
/// principals first, then the boundary, the service control policies level by level, and the resource control policies.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// Where none is given: a document that allows everything.
    pub(super) identity: Vec<PolicyDocument>,
    pub(super) boundary: Option<PolicyDocument>,
    /// Each level with the document that the organisation attaches to it, where the given ones allow nothing.
    pub(super) service_control: Vec<Vec<PolicyDocument>>,
    pub(super) resource_control: Vec<Vec<PolicyDocument>>,
    pub(super) management_account: Option<String>,
    documents: Vec<PolicyDocument>,
    kinds: Vec<PolicyKind>,
    /// The levels that bind the principals of these accounts alone.
    bound: BTreeMap<PolicyKind, BTreeSet<String>>,
    /// The levels for each of these accounts, and for any other; a level that does not bind it says nothing.
    of_account: BTreeMap<String, ControlLevels>,
    elsewhere: ControlLevels,
}

/// A level of an organisation as it is: its root, an organisational unit or an account, with what is attached right there.
#[derive(Debug, Clone, Default)]
pub struct BindingLevel {
    /// The accounts that it binds, as far as they matter.
    pub accounts: BTreeSet<String>,
    /// The service control policies. None says that such policies are not enabled.
    pub service_control: Vec<PolicyDocument>,
    /// The resource control policies.
    pub resource_control: Vec<PolicyDocument>,
}

/// Control policies by level.
#[derive(Debug, Clone, Default)]
struct ControlLevels {
    service: Vec<Vec<PolicyDocument>>,
    resource: Vec<Vec<PolicyDocument>>,
}

impl Candidates {
    /// Policies of principals, all of them attached to the one that is judged; none where these are not in question.
    pub fn new(identity: Vec<PolicyDocument>) -> Self {
        let mut candidates = Self::default();
        candidates.number(&identity, PolicyKind::Identity);
        candidates.identity = if identity.is_empty() { vec![everything()] } else { identity };
        candidates
    }

    /// Adds the permissions boundary. A principal has one.
    #[must_use]
    pub fn with_boundary(mut self, boundary: PolicyDocument) -> Self {
        self.number(std::slice::from_ref(&boundary), PolicyKind::Boundary);
        self.boundary = Some(boundary);
        self
    }

    /// Adds the service control policies of one level. Levels need not be in the order of the organisation, since each of
    /// them must allow.
    ///
    /// Of documents that only deny, the one is kept that AWS attaches to every level and that allows everything: who tries
    /// a denial out means to add it. Documents that allow something are in its place.
    #[must_use]
    pub fn with_service_control(mut self, mut level: Vec<PolicyDocument>) -> Self {
        self.number(&level, PolicyKind::ServiceControl { level: self.service_control.len() });
        let mut statements = level.iter().flat_map(|document| &document.statements);
        if !statements.any(|statement| statement.effect == Effect::Allow) {
            level.push(everything());
        }
        self.service_control.push(level);
        self.divided()
    }

    /// Adds resource control policies, of whatever level: only what they deny counts.
    #[must_use]
    pub fn with_resource_control(mut self, documents: Vec<PolicyDocument>) -> Self {
        self.number(&documents, PolicyKind::ResourceControl { level: self.resource_control.len() });
        self.resource_control.push(documents);
        self.divided()
    }

    /// Adds the levels of an organisation as they are: each binds its own accounts, and nothing is attached beside what is given.
    #[must_use]
    pub fn with_organization(mut self, levels: Vec<BindingLevel>) -> Self {
        for BindingLevel { accounts, service_control, resource_control } in levels {
            if !service_control.is_empty() {
                let kind = PolicyKind::ServiceControl { level: self.service_control.len() };
                self.number(&service_control, kind);
                self.service_control.push(service_control);
                self.bound.insert(kind, accounts.clone());
            }
            if !resource_control.is_empty() {
                let kind = PolicyKind::ResourceControl { level: self.resource_control.len() };
                self.number(&resource_control, kind);
                self.resource_control.push(resource_control);
                self.bound.insert(kind, accounts);
            }
        }
        self.divided()
    }

    /// The account whose principals and resources no control policy binds.
    #[must_use]
    pub fn with_management_account(mut self, account: Option<String>) -> Self {
        self.management_account = account;
        self
    }

    /// The account that control policies do not bind, if it was named.
    pub fn management_account(&self) -> Option<&str> {
        self.management_account.as_deref()
    }

    /// The documents that were given, as they are numbered.
    pub fn documents(&self) -> &[PolicyDocument] {
        &self.documents
    }

    /// What each of the documents is.
    pub fn kinds(&self) -> &[PolicyKind] {
        &self.kinds
    }

    /// The number of the first document of a kind and how many of it were given.
    pub(super) fn numbers(&self, kind: PolicyKind) -> (usize, usize) {
        let first = self.kinds.iter().position(|one| *one == kind);
        (first.unwrap_or_default(), self.kinds.iter().filter(|one| **one == kind).count())
    }

    /// The service and the resource control policies that bind principals of an account, at the levels at which they are numbered.
    pub(super) fn controls(&self, account: &str) -> (&[Vec<PolicyDocument>], &[Vec<PolicyDocument>]) {
        if self.bound.is_empty() {
            return (&self.service_control, &self.resource_control);
        }
        let ControlLevels { service, resource } = self.of_account.get(account).unwrap_or(&self.elsewhere);
        (service, resource)
    }

    /// Whether documents of a kind bind principals of an account.
    pub(super) fn binds(&self, kind: PolicyKind, account: &str) -> bool {
        self.bound.get(&kind).is_none_or(|accounts| accounts.contains(account))
    }

    /// The same, with the levels sorted out by account.
    fn divided(mut self) -> Self {
        if !self.bound.is_empty() {
            let accounts: BTreeSet<&String> = self.bound.values().flatten().collect();
            let of_account = accounts.into_iter().map(|account| (account.clone(), self.levels_of(account))).collect();
            (self.of_account, self.elsewhere) = (of_account, self.levels_of(""));
        }
        self
    }

    fn levels_of(&self, account: &str) -> ControlLevels {
        let service = self.service_control.iter().enumerate().map(|(level, documents)| {
            let binds = self.binds(PolicyKind::ServiceControl { level }, account);
            if binds { documents.clone() } else { vec![everything()] }
        });
        let resource = self.resource_control.iter().enumerate().map(|(level, documents)| {
            let binds = self.binds(PolicyKind::ResourceControl { level }, account);
            if binds { documents.clone() } else { Vec::new() }
        });
        ControlLevels { service: service.collect(), resource: resource.collect() }
    }

    fn number(&mut self, documents: &[PolicyDocument], kind: PolicyKind) {
        // Numbers follow the order in which the kinds are named, not the one in which they were added.
        let at = self.kinds.partition_point(|one| *one <= kind);
        self.kinds.splice(at..at, documents.iter().map(|_| kind));
        self.documents.splice(at..at, documents.iter().cloned());
    }
}

/// A document that allows everything.
pub(super) fn everything() -> PolicyDocument {
    PolicyDocument::new([Statement::allow([ActionPattern::any()], [ResourcePattern::any()])])
}
