//! What a reader should know about the policies of today.

use std::fmt;

use tighten_iam::{ActionPattern, PolicyDocument, Principal, Statement};

/// Something about the input that changes what can be said of it. Its text is one sentence for a reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// An entry of a statement matches no action, though IAM saves it.
    MatchesNothing {
        /// The policy, in words.
        policy: String,
        /// The index of the statement.
        statement: usize,
        /// The entry.
        pattern: ActionPattern,
    },
    /// Groups without members: their policies are nobody's.
    EmptyGroups(usize),
    /// Service-linked roles, whose policies only AWS changes.
    ServiceLinkedRoles(usize),
    /// Managed policies of the account that nobody in the file holds.
    Unattached(usize),
    /// A boundary whose document is not in the file. It could only have made the grants count for less.
    BoundaryMissing {
        /// Its ARN.
        arn: String,
        /// Who is bound by it.
        principal: Principal,
    },
    /// A policy that is attached to some is the boundary of others.
    AlsoBoundary {
        /// Its ARN.
        arn: String,
        /// How many are bound by it.
        bound: usize,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MatchesNothing { policy, statement, pattern } => {
                write!(f, "{policy}: Statement[{statement}]: no action is called `{pattern}`, so it matches nothing")
            }
            Self::EmptyGroups(count) => write!(f, "left out, groups without members: {count}"),
            Self::ServiceLinkedRoles(count) => {
                write!(f, "left out, service-linked roles, whose policies cannot be changed: {count}")
            }
            Self::Unattached(count) => {
                write!(f, "left out, managed policies that nobody in the details holds: {count}")
            }
            Self::BoundaryMissing { arn, principal } => {
                write!(f, "the boundary `{arn}` of `{principal}` is not in the details, and has no say here")
            }
            Self::AlsoBoundary { arn, bound } => {
                write!(f, "`{arn}` is a boundary, too, and stays as it is; principals bound by it: {bound}")
            }
        }
    }
}

/// The entries of a document that IAM saves and that match no action. `policy` names the document in the notes.
pub fn matching_nothing(document: &PolicyDocument, policy: &str) -> Vec<Note> {
    let statements = document.statements.iter().enumerate();
    let odd = |(at, statement): (usize, &Statement)| -> Vec<Note> {
        let patterns = statement.action.patterns().iter().filter(|pattern| pattern.matches_nothing());
        let note = |pattern: &ActionPattern| Note::MatchesNothing {
            policy: policy.to_owned(),
            statement: at,
            pattern: pattern.clone(),
        };
        patterns.map(note).collect()
    };
    statements.flat_map(odd).collect()
}
