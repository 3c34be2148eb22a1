//! Action names and patterns of action names.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use thiserror::Error;

use crate::text::{serde_as_text, shown_as_text, text_type};
use crate::wildcard;

/// One IAM action, such as `s3:ListBucket`.
///
/// IAM compares actions without regard to case, and so do `Eq`, `Ord` and `Hash`. The service prefix is held in lower
/// case; the name keeps the spelling that it came with.
///
/// ```
/// use tighten_iam::ActionName;
/// let action: ActionName = "S3:ListBucket".parse()?;
/// assert_eq!((action.service(), action.name()), ("s3", "ListBucket"));
/// assert_eq!(action, ActionName::new("s3", "listbucket")?);
/// assert_eq!(action.to_string(), "s3:ListBucket");
/// assert!("s3:List*".parse::<ActionName>().is_err());
/// # Ok::<(), tighten_iam::ActionError>(())
/// ```
#[derive(Clone)]
pub struct ActionName {
    text: Box<str>,
    colon: usize,
}

/// Actions by pattern, as in a policy's `Action`: `s3:List*`, `s3:Get?bject`, or `*` for every action.
///
/// Compares without regard to case and keeps its spelling. The service prefix holds no wildcard. A run of `*` is as good
/// as one.
///
/// IAM saves more than it can match: it looks at the colon and at the letters of the prefix, not at the name. What has a
/// character that no action's name has, as in `s3:GetObject, PutObject`, no name at all, as in `s3:`, or the prefix of an
/// event source, as in `s3.amazonaws.com:GetObject`, is a pattern that matches nothing; [`in_policy`](Self::in_policy) reads it, so that the rest of its document can be read.
///
/// ```
/// use tighten_iam::ActionPattern;
/// let pattern: ActionPattern = "s3:Get*".parse()?;
/// assert!(pattern.matches(&"s3:getobject".parse()?));
/// assert!(pattern.contains(&"s3:Get*Acl".parse()?));
/// assert!(!pattern.contains(&"s3:*Acl".parse()?));
/// # Ok::<(), tighten_iam::ActionError>(())
/// ```
#[derive(Clone)]
pub struct ActionPattern {
    text: Box<str>,
    /// The text in lower case, which is what is compared.
    folded: Box<str>,
    /// Whether no action can be spelled as it asks.
    matches_nothing: bool,
}

/// Why text is not an action or a pattern of actions.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ActionError {
    /// There is no colon, or nothing before it.
    #[error("`{0}` has no service prefix; an action looks like `s3:GetObject`")]
    NoPrefix(String),
    /// Nothing follows the colon.
    #[error("`{0}` has no name after its service prefix")]
    NoName(String),
    /// The prefix has a character other than letters, digits and `-`.
    #[error("`{text}` has `{character}` in its service prefix")]
    Prefix {
        /// The whole text.
        text: String,
        /// The first character that cannot stand there.
        character: char,
    },
    /// The name has a character that no action name has.
    #[error("`{text}` has `{character}` in its name")]
    Name {
        /// The whole text.
        text: String,
        /// The first character that cannot stand there.
        character: char,
    },
}

impl ActionName {
    /// Joins a service prefix and a name.
    pub fn new(service: &str, name: &str) -> Result<Self, ActionError> {
        Self::from_text(format!("{service}:{name}"), service.len())
    }

    /// The service prefix in lower case: `s3`.
    pub fn service(&self) -> &str {
        self.text.get(..self.colon).unwrap_or_default()
    }

    /// The name as it was spelled: `ListBucket`.
    pub fn name(&self) -> &str {
        self.text.get(self.colon + 1..).unwrap_or_default()
    }

    /// The whole action.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn from_text(mut text: String, colon: usize) -> Result<Self, ActionError> {
        check(&text, colon, false)?;
        if let Some(prefix) = text.get_mut(..colon) {
            prefix.make_ascii_lowercase();
        }
        Ok(Self { text: text.into_boxed_str(), colon })
    }
}

impl FromStr for ActionName {
    type Err = ActionError;

    fn from_str(text: &str) -> Result<Self, ActionError> {
        let colon = text.find(':').ok_or_else(|| ActionError::NoPrefix(text.to_owned()))?;
        Self::from_text(text.to_owned(), colon)
    }
}

impl PartialEq for ActionName {
    fn eq(&self, other: &Self) -> bool {
        self.text.eq_ignore_ascii_case(&other.text)
    }
}

impl Eq for ActionName {}

impl Ord for ActionName {
    fn cmp(&self, other: &Self) -> Ordering {
        let (own, others) = (self.text.as_bytes(), other.text.as_bytes());
        let unequal = own.iter().zip(others).filter(|(own, other)| own != other);
        let mut orders = unequal.map(|(own, other)| own.to_ascii_lowercase().cmp(&other.to_ascii_lowercase()));
        orders.find(|order| order.is_ne()).unwrap_or_else(|| own.len().cmp(&others.len()))
    }
}

impl PartialOrd for ActionName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for ActionName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // A hasher takes one slice faster than as many bytes.
        let mut folded = [0; 32];
        for chunk in self.text.as_bytes().chunks(folded.len()) {
            for (to, from) in folded.iter_mut().zip(chunk) {
                *to = from.to_ascii_lowercase();
            }
            state.write(folded.get(..chunk.len()).unwrap_or(chunk));
        }
        state.write_u8(0xff);
    }
}

shown_as_text!(ActionName);
serde_as_text!(ActionName);

impl ActionPattern {
    /// `*`: every action of every service.
    pub fn any() -> Self {
        Self { text: "*".into(), folded: "*".into(), matches_nothing: false }
    }

    /// Reads an entry of a policy's `Action` or `NotAction`, as IAM may hold it.
    ///
    /// An error for what IAM does not save: text without a prefix, or with a prefix that is none.
    ///
    /// ```
    /// use tighten_iam::ActionPattern;
    /// let pattern = ActionPattern::in_policy("s3:GetObject ")?;
    /// assert!(pattern.matches_nothing() && !pattern.matches(&"s3:GetObject".parse()?));
    /// assert!("s3:GetObject ".parse::<ActionPattern>().is_err());
    /// assert!(ActionPattern::in_policy("GetObject").is_err());
    /// # Ok::<(), tighten_iam::ActionError>(())
    /// ```
    pub fn in_policy(text: &str) -> Result<Self, ActionError> {
        // moto's checks, which follow IAM's answers, take letters, digits, `-` and `.` in a prefix.
        let saved = |prefix: &str| prefix.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'));
        match text.parse() {
            Err(ActionError::NoName(_) | ActionError::Name { .. } | ActionError::Prefix { .. })
                if text.split_once(':').is_some_and(|(prefix, _)| saved(prefix)) =>
            {
                let folded = text.to_ascii_lowercase().into_boxed_str();
                Ok(Self { text: text.into(), folded, matches_nothing: true })
            }
            read => read,
        }
    }

    /// Whether it matches no action, as its name has a character that no action's name has, or is missing.
    pub fn matches_nothing(&self) -> bool {
        self.matches_nothing
    }

    /// Every action of one service: `s3:*`.
    pub fn all_of(service: &str) -> Result<Self, ActionError> {
        format!("{service}:*").parse()
    }

    /// The pattern as it was spelled.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether every action of every service is meant.
    pub fn is_any(&self) -> bool {
        is_every_action(&self.folded)
    }

    /// The service prefix in lower case; nothing where every service is meant.
    pub fn service(&self) -> Option<&str> {
        if self.is_any() { None } else { self.folded.split_once(':').map(|(service, _)| service) }
    }

    /// The pattern of the name, as it was spelled: `List*`.
    pub fn name(&self) -> &str {
        self.text.split_once(':').map_or(&*self.text, |(_, name)| name)
    }

    /// Whether more than one action can match.
    pub fn has_wildcard(&self) -> bool {
        !self.matches_nothing && wildcard::has_wildcard(&self.text)
    }

    /// The one action that is meant, if there is no wildcard.
    pub fn to_name(&self) -> Option<ActionName> {
        if self.has_wildcard() { None } else { self.text.parse().ok() }
    }

    /// Whether the pattern matches the action.
    pub fn matches(&self, action: &ActionName) -> bool {
        let of_service = || self.folded.strip_prefix(action.service())?.strip_prefix(':');
        self.is_any() || (!self.matches_nothing && of_service().is_some_and(|name| matches_name(name, action.name())))
    }

    /// Whether every action matched by `other` is matched by this.
    pub fn contains(&self, other: &Self) -> bool {
        self.is_any()
            || other.matches_nothing
            || (!self.matches_nothing
                && self.service() == other.service()
                && wildcard::contains(self.folded_name(), other.folded_name()))
    }

    /// Whether some action is matched by both.
    pub fn overlaps(&self, other: &Self) -> bool {
        match (self.service(), other.service()) {
            _ if self.matches_nothing || other.matches_nothing => false,
            (Some(left), Some(right)) => left == right && wildcard::overlaps(self.folded_name(), other.folded_name()),
            _ => true,
        }
    }

    fn folded_name(&self) -> &str {
        self.folded.split_once(':').map_or(&*self.folded, |(_, name)| name)
    }
}

/// Whether the text is `*`, or `*:*`, or one of these with more stars.
fn is_every_action(text: &str) -> bool {
    let stars = |text: &str| !text.is_empty() && text.bytes().all(|b| b == b'*');
    match text.split_once(':') {
        None => stars(text),
        Some((service, name)) => stars(service) && stars(name),
    }
}

/// Whether the pattern of names, which is in lower case, matches the name.
fn matches_name(pattern: &str, name: &str) -> bool {
    if wildcard::is_plain(pattern) {
        return pattern.eq_ignore_ascii_case(name);
    }
    wildcard::matches(pattern, &name.to_ascii_lowercase())
}

impl FromStr for ActionPattern {
    type Err = ActionError;

    fn from_str(text: &str) -> Result<Self, ActionError> {
        if !is_every_action(text) {
            let colon = text.find(':').ok_or_else(|| ActionError::NoPrefix(text.to_owned()))?;
            check(text, colon, true)?;
        }
        Ok(Self { text: text.into(), folded: text.to_ascii_lowercase().into_boxed_str(), matches_nothing: false })
    }
}

impl From<ActionName> for ActionPattern {
    fn from(action: ActionName) -> Self {
        Self { folded: action.text.to_ascii_lowercase().into_boxed_str(), text: action.text, matches_nothing: false }
    }
}

impl From<&ActionName> for ActionPattern {
    fn from(action: &ActionName) -> Self {
        action.clone().into()
    }
}

text_type!(ActionPattern, compared by folded);

/// Checks the two halves of `text` around the byte at `colon`.
fn check(text: &str, colon: usize, wildcards: bool) -> Result<(), ActionError> {
    let (prefix, name) = (text.get(..colon).unwrap_or_default(), text.get(colon + 1..).unwrap_or_default());
    if prefix.is_empty() {
        return Err(ActionError::NoPrefix(text.to_owned()));
    }
    if name.is_empty() {
        return Err(ActionError::NoName(text.to_owned()));
    }
    if let Some(character) = prefix.chars().find(|c| !(c.is_ascii_alphanumeric() || *c == '-')) {
        return Err(ActionError::Prefix { text: text.to_owned(), character });
    }
    let in_name =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') || (wildcards && matches!(c, '*' | '?'));
    match name.chars().find(|c| !in_name(*c)) {
        Some(character) => Err(ActionError::Name { text: text.to_owned(), character }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_no_action_is_refused_with_the_reason() {
        let name = |text: &str| text.parse::<ActionName>().unwrap_err().to_string();
        assert_eq!(name("GetObject"), "`GetObject` has no service prefix; an action looks like `s3:GetObject`");
        assert_eq!(name(":x"), "`:x` has no service prefix; an action looks like `s3:GetObject`");
        assert_eq!(name("s3:"), "`s3:` has no name after its service prefix");
        assert_eq!(name("s3.amazonaws.com:x"), "`s3.amazonaws.com:x` has `.` in its service prefix");
        assert_eq!(name("s3:Get Object"), "`s3:Get Object` has ` ` in its name");
        assert!("s3:Get*".parse::<ActionName>().is_err());
        let pattern = |text: &str| text.parse::<ActionPattern>().unwrap_err().to_string();
        assert_eq!(pattern("s*:Get"), "`s*:Get` has `*` in its service prefix");
        assert_eq!(pattern("*?"), "`*?` has no service prefix; an action looks like `s3:GetObject`");
    }

    #[test]
    fn what_iam_saves_and_no_action_is_called_matches_nothing() {
        let object: ActionName = "s3:GetObject".parse().unwrap();
        let every: ActionPattern = "s3:*".parse().unwrap();
        for text in ["s3:GetObject ", "s3:GetObject,PutObject", "s3:", "s3:Get Object*", "s3:*,*", "s3:GetObj\u{e9}ct"]
        {
            let pattern = ActionPattern::in_policy(text).unwrap();
            assert!(pattern.matches_nothing() && pattern.as_str() == text, "{text}");
            assert!(!pattern.matches(&object) && !pattern.is_any() && !pattern.has_wildcard(), "{text}");
            assert!(!pattern.overlaps(&every) && !every.overlaps(&pattern) && !pattern.contains(&every), "{text}");
            assert!(every.contains(&pattern) && pattern.contains(&pattern), "{text}");
            assert_eq!((pattern.to_name(), pattern.service()), (None, Some("s3")), "{text}");
        }
        for text in ["", "GetObject", ":x", " s3:GetObject", "s*:Get", "s3 :GetObject"] {
            assert!(ActionPattern::in_policy(text).is_err(), "{text}");
        }
        let source = ActionPattern::in_policy("s3.amazonaws.com:GetObject").unwrap();
        assert!(source.matches_nothing() && !source.matches(&object) && !source.overlaps(&every));
        assert!(!ActionPattern::in_policy("s3:Get*").unwrap().matches_nothing());
    }

    #[test]
    fn order_ignores_case() {
        let mut actions: Vec<ActionName> =
            ["s3:b", "S3:A", "ec2:z", "s3:C"].iter().map(|text| text.parse().unwrap()).collect();
        actions.sort();
        assert_eq!(actions.iter().map(ActionName::as_str).collect::<Vec<_>>(), ["ec2:z", "s3:A", "s3:b", "s3:C"]);
    }

    #[test]
    fn every_spelling_of_all_actions_means_all() {
        for text in ["*", "*:*", "**", "*:**"] {
            let all: ActionPattern = text.parse().unwrap();
            assert!(all.is_any() && all.service().is_none() && all.contains(&ActionPattern::any()));
            assert!(all.matches(&"sqs:SendMessage".parse().unwrap()));
        }
        let service = ActionPattern::all_of("SQS").unwrap();
        assert!(!service.contains(&ActionPattern::any()) && service.overlaps(&ActionPattern::any()));
        assert_eq!(service.service(), Some("sqs"));
    }
}
