//! Documents of every kind that are tried out together.

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
        self
    }

    /// Adds resource control policies, of whatever level: only what they deny counts.
    #[must_use]
    pub fn with_resource_control(mut self, documents: Vec<PolicyDocument>) -> Self {
        self.number(&documents, PolicyKind::ResourceControl { level: self.resource_control.len() });
        self.resource_control.push(documents);
        self
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
