//! Editing the text of a policy so that only what changes in meaning changes in bytes.

mod frame;
mod lists;
mod rewrite;
mod scan;
mod style;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use thiserror::Error;

use self::rewrite::Rewriter;
use self::scan::{Node, scan};
use crate::policy::PolicyDocument;
use crate::policy_error::PolicyError;
use crate::statement::Statement;

/// The text of a policy together with what it says.
///
/// Printing a [`PolicyDocument`] lays it out anew; editing its text leaves every byte alone that says the same before and
/// after: the order of keys, blank lines, arrays on one line, line ends, escapes.
///
/// ```
/// use std::collections::BTreeMap;
/// use tighten_iam::{Actions, PolicySource, StatementEdit};
///
/// let source = PolicySource::parse(
///     r#"{ "Statement": {"Effect":"Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource":"*"} }"#,
/// )?;
/// let mut narrowed = source.document().statements.first().cloned().ok_or("no statement")?;
/// narrowed.action = Actions::Action(vec!["s3:GetObject".parse()?]);
/// let edits = BTreeMap::from([(0, StatementEdit::Replace(vec![narrowed]))]);
/// assert_eq!(
///     source.edit(&edits)?,
///     r#"{ "Statement": {"Effect":"Allow", "Action": ["s3:GetObject"], "Resource":"*"} }"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PolicySource {
    text: String,
    document: PolicyDocument,
    /// Where everything stands in the text.
    root: Option<Node>,
}

/// What happens to one statement of a policy's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementEdit {
    /// The statement is taken out, with the comma and the lines that belong to it.
    Remove,
    /// These take the statement's place, in this order; never empty. The first is written over the original, so that what
    /// is equal stays byte for byte; the others are laid out like it.
    Replace(Vec<Statement>),
}

/// Why the text of a policy cannot be edited as asked.
#[derive(Debug, Error)]
pub enum EditError {
    /// Every statement would be removed, and IAM takes no policy without statements.
    #[error("no statement would be left (`unused-policy`): detach and delete the policy instead")]
    UnusedPolicy,
    /// The policy has no statement of this index.
    #[error("there is no `Statement[{index}]`; the policy has {count}")]
    NoStatement {
        /// The index asked for.
        index: usize,
        /// How many statements there are.
        count: usize,
    },
    /// A replacement without statements.
    #[error("`Statement[{0}]` is replaced by nothing; say that it is removed")]
    EmptyReplacement(usize),
    /// The edited text would not be a policy.
    #[error("the edited text would not be a policy: {0}")]
    Invalid(#[from] PolicyError),
    /// The edited text would be a policy, but not the one asked for.
    #[error("the edited text would say something else than the statements asked for")]
    Different,
}

impl PolicySource {
    /// Reads JSON text and keeps it to the byte: a byte order mark, line ends and the final newline included.
    pub fn parse(text: impl Into<String>) -> Result<Self, PolicyError> {
        let text = text.into();
        let document = PolicyDocument::parse(&text)?;
        Ok(Self { root: scan(&text), text, document })
    }

    /// A document that has no text of its own, such as one that came URL-encoded: its text is what is printed of it.
    pub fn of(document: PolicyDocument) -> Self {
        let text = document.to_string_pretty();
        Self { root: scan(&text), text, document }
    }

    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the text says.
    pub fn document(&self) -> &PolicyDocument {
        &self.document
    }

    /// The text with the statements of these indices rewritten; all other bytes stay.
    ///
    /// Parsing the result gives the document with these edits, or there is no result.
    pub fn edit(&self, edits: &BTreeMap<usize, StatementEdit>) -> Result<String, EditError> {
        if edits.is_empty() {
            return Ok(self.text.clone());
        }
        let expected = self.edited(edits)?;
        let root = self.root.as_ref().ok_or(EditError::Different)?;
        let text = Rewriter::new(&self.text, root).document(root, &self.document.statements, edits);
        let text = text.ok_or(EditError::Different)?;
        if PolicyDocument::parse(&text)? == expected { Ok(text) } else { Err(EditError::Different) }
    }

    /// The document that the edited text has to say.
    fn edited(&self, edits: &BTreeMap<usize, StatementEdit>) -> Result<PolicyDocument, EditError> {
        let count = self.document.statements.len();
        if let Some((&index, _)) = edits.range(count..).next() {
            return Err(EditError::NoStatement { index, count });
        }
        let mut document = self.document.clone();
        document.statements.clear();
        for (index, statement) in self.document.statements.iter().enumerate() {
            match edits.get(&index) {
                None => document.statements.push(statement.clone()),
                Some(StatementEdit::Remove) => {}
                Some(StatementEdit::Replace(by)) if by.is_empty() => return Err(EditError::EmptyReplacement(index)),
                Some(StatementEdit::Replace(by)) => document.statements.extend(by.iter().cloned()),
            }
        }
        if document.statements.is_empty() { Err(EditError::UnusedPolicy) } else { Ok(document) }
    }
}
