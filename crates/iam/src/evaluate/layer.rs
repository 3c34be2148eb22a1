//! What the documents of one kind say together.

use std::collections::BTreeSet;

use super::scope::Scope;
use super::{Request, Truth};
use crate::policy::PolicyDocument;
use crate::statement::{Effect, Statement};

/// What allows a request and what denies it, in documents of one kind.
#[derive(Debug, Default)]
pub(super) struct Layer {
    pub(super) allow: Found,
    pub(super) deny: Found,
}

/// The statements of one effect that are about the request.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// The document and statement of the first that surely is.
    pub(super) at: Option<(usize, usize)>,
    /// What decides whether the others are.
    pub(super) missing: BTreeSet<String>,
}

impl Layer {
    /// Asks each statement whether it is about the request, until one surely denies it.
    pub(super) fn judge<'d>(
        documents: impl IntoIterator<Item = &'d PolicyDocument>,
        request: &Request<'_>,
        about: impl Fn(&Statement, Scope<'_>) -> Truth,
    ) -> Self {
        let mut layer = Self::default();
        for (at, document) in documents.into_iter().enumerate() {
            let scope = Scope { request, variables: document.has_variables() };
            for (index, statement) in document.statements.iter().enumerate() {
                let found = match statement.effect {
                    Effect::Allow => &mut layer.allow,
                    Effect::Deny => &mut layer.deny,
                };
                match about(statement, scope) {
                    Truth::No => {}
                    Truth::Unknown(missing) => found.missing.extend(missing),
                    Truth::Yes => {
                        found.at.get_or_insert((at, index));
                        if statement.effect == Effect::Deny {
                            return layer;
                        }
                    }
                }
            }
        }
        layer
    }
}

impl Found {
    /// Whether there is such a statement.
    pub(super) fn truth(&self) -> Truth {
        match self.at {
            Some(_) => Truth::Yes,
            None if self.missing.is_empty() => Truth::No,
            None => Truth::Unknown(self.missing.clone()),
        }
    }
}
