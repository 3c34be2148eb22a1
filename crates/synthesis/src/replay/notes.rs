//! What a reader should know about the documents themselves.

use serde::Serialize;
use tighten_catalog::Catalog;
use tighten_iam::{ActionName, PolicyDocument, Statement};

use super::verdict::StatementAt;

/// Something in a document that is not, or not surely, what its author meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyNote {
    /// The index of the document.
    pub document: usize,
    /// The statement; absent where the document as a whole is meant.
    pub at: Option<StatementAt>,
    /// What it is about.
    pub code: PolicyNoteCode,
    /// The text concerned, as it stands in the document.
    pub text: String,
}

/// What a note is about. The codes are stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PolicyNoteCode {
    /// A placeholder that a template fills in, so that it is not known what it matches.
    Placeholder,
    /// A policy variable in a document whose version has none.
    NoVariables,
    /// A key that IAM does not define.
    UnknownElement,
    /// `Principal` or `NotPrincipal`, which policies of principals do not have.
    Principal,
    /// No known action is matched.
    NoSuchAction,
}

impl PolicyNoteCode {
    /// The stable kebab-case code.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Placeholder => "placeholder",
            Self::NoVariables => "no-variables",
            Self::UnknownElement => "unknown-element",
            Self::Principal => "principal-element",
            Self::NoSuchAction => "no-such-action",
        }
    }

    /// What follows from it, in words.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Placeholder => "is a placeholder: what it stands for is not known, so verdicts may depend on it",
            Self::NoVariables => "is read as it is written: only documents of version 2012-10-17 have variables",
            Self::UnknownElement => "is no element of a policy: statements that have it are never taken to hold",
            Self::Principal => "does not belong into a policy of a principal: its statement is never taken to hold",
            Self::NoSuchAction => "matches no action that the catalog knows",
        }
    }
}

/// Looks the documents over.
pub fn policy_notes(catalog: &Catalog, documents: &[PolicyDocument]) -> Vec<PolicyNote> {
    let mut notes = Vec::new();
    for (document, parsed) in documents.iter().enumerate() {
        for key in parsed.unknown_keys().keys() {
            let code = PolicyNoteCode::UnknownElement;
            notes.push(PolicyNote { document, at: None, code, text: key.clone() });
        }
        for (statement, one) in parsed.statements.iter().enumerate() {
            let at = Some(StatementAt { document, statement });
            let found = of_statement(catalog, one, parsed.has_variables());
            notes.extend(found.into_iter().map(|(code, text)| PolicyNote { document, at, code, text }));
        }
    }
    notes.sort();
    notes.dedup();
    notes
}

fn of_statement(catalog: &Catalog, statement: &Statement, variables: bool) -> Vec<(PolicyNoteCode, String)> {
    let mut notes = Vec::new();
    for entry in statement.resource.entries() {
        let Some(pattern) = entry.pattern() else {
            notes.push((PolicyNoteCode::Placeholder, entry.as_str().to_owned()));
            continue;
        };
        if pattern.variables().any(|name| !is_key(name)) {
            notes.push((PolicyNoteCode::Placeholder, pattern.to_string()));
        } else if !variables && pattern.as_str().contains("${") {
            notes.push((PolicyNoteCode::NoVariables, pattern.to_string()));
        }
    }
    for key in statement.unknown_keys().keys() {
        notes.push((PolicyNoteCode::UnknownElement, key.clone()));
    }
    for (key, value) in [("Principal", &statement.principal), ("NotPrincipal", &statement.not_principal)] {
        if value.is_some() {
            notes.push((PolicyNoteCode::Principal, key.to_owned()));
        }
    }
    for pattern in statement.action.patterns() {
        let known = pattern.service().is_none_or(|prefix| {
            catalog.service(prefix).is_some_and(|service| {
                service
                    .actions
                    .iter()
                    .any(|action| ActionName::new(prefix, action.name).is_ok_and(|name| pattern.matches(&name)))
            })
        });
        if !known {
            notes.push((PolicyNoteCode::NoSuchAction, pattern.to_string()));
        }
    }
    notes
}

/// Whether a variable names a condition key, which always has a prefix, rather than something that a template fills in.
fn is_key(name: &str) -> bool {
    name.split(',').next().is_some_and(|key| key.contains(':'))
}
