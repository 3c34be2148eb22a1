//! Who holds the policies of today, with what they did.

use jiff::Timestamp;
use tighten_iam::PolicyDocument;

use crate::generate::Subject;

/// Somebody to whom policies are attached.
#[derive(Debug, Clone)]
pub struct Holder<'a> {
    /// What the principal did.
    pub subject: &'a Subject,
    /// The indices of its policies.
    pub policies: Vec<usize>,
    /// When the principal was made, if that is known.
    pub created: Option<Timestamp>,
    /// The permissions boundary, by name: what it does not allow, no policy of the principal can give.
    pub boundary: Option<(&'a str, &'a PolicyDocument)>,
}
