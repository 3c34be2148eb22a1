//! Placeholders of templates: `${MY_PREFIX}`, `REGION`, `ACCOUNT`.
//!
//! A current policy may be a template. What its placeholders stand for is given by name; everything is decided on the
//! text with the values filled in, and what is written has the placeholders again.

use std::collections::BTreeMap;

use tighten_iam::{PolicyDocument, ResourceEntry, ResourcePattern, Resources};

/// The values of placeholders.
#[derive(Debug, Clone, Default)]
pub(super) struct Placeholders {
    values: BTreeMap<String, String>,
}

/// A resource entry as it is written, and what it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    /// As it is written.
    pub(super) text: String,
    /// With the values of placeholders; nothing where it is not known what it matches.
    pub(super) pattern: Option<ResourcePattern>,
    /// A placeholder in it without a value.
    pub(super) unbound: Option<String>,
}

impl Placeholders {
    pub(super) fn new(values: &BTreeMap<String, String>) -> Self {
        Self { values: values.clone() }
    }

    /// The text with values in the place of placeholders.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.values {
            text = text.replace(&format!("${{{name}}}"), value);
            text = replace_word(&text, name, value);
        }
        text
    }

    /// The document with values in the place of placeholders, in its resources.
    pub(super) fn fill_document(&self, document: &PolicyDocument) -> PolicyDocument {
        let mut filled = document.clone();
        if self.values.is_empty() {
            return filled;
        }
        for statement in &mut filled.statements {
            let (Resources::Resource(entries) | Resources::NotResource(entries)) = &mut statement.resource else {
                continue;
            };
            for entry in entries {
                *entry = ResourceEntry::from(self.fill(entry.as_str()).as_str());
            }
        }
        filled
    }

    /// The entry and what it stands for. Policy variables of IAM have no value that could be given, so what they match is
    /// not known either.
    pub(super) fn bind(&self, entry: &ResourceEntry, has_variables: bool) -> Bound {
        let text = entry.as_str().to_owned();
        let filled = self.fill(&text);
        let unbound = unbound(&filled);
        let known = unbound.is_none() && (!filled.contains('$') || has_variables);
        let pattern = filled.parse::<ResourcePattern>().ok();
        let pattern = pattern.filter(|pattern| known && pattern.variables().next().is_none());
        Bound { text, pattern, unbound }
    }

    /// The text of a pattern that is part of what the entry matches, with the placeholders of the entry, or else with
    /// those of the document that stand for a whole region or account.
    pub(super) fn write(&self, pattern: &ResourcePattern, entry: &Bound, others: &[Bound]) -> String {
        if entry.pattern.as_ref() == Some(pattern) {
            return entry.text.clone();
        }
        if self.values.is_empty() {
            return pattern.to_string();
        }
        let Some(own) = pattern.segments() else { return pattern.to_string() };
        let mut segments = own.map(str::to_owned);
        for other in std::iter::once(entry).chain(others) {
            let (written, filled) = (segments_of(&other.text), other.pattern.as_ref().and_then(|one| one.segments()));
            let (Some(written), Some(filled)) = (written, filled) else { continue };
            for (at, segment) in segments.iter_mut().enumerate() {
                let (Some(written), Some(filled)) = (written.get(at), filled.get(at)) else { continue };
                if *written == *filled {
                    continue;
                }
                if at < 5 && segment == filled {
                    written.clone_into(segment);
                } else if at == 5 && std::ptr::eq(other, entry) {
                    let (written, filled) = (literal(written), literal(filled));
                    if let Some(rest) = segment.strip_prefix(filled) {
                        *segment = format!("{written}{rest}");
                    }
                }
            }
        }
        let text = segments.join(":");
        // What does not read back as the same pattern is written with its values.
        let same = self.fill(&text).parse::<ResourcePattern>().is_ok_and(|back| back == *pattern);
        if same { text } else { pattern.to_string() }
    }
}

/// Replaces whole words alone: `REGION`, but not a part of `REGIONAL`.
fn replace_word(text: &str, word: &str, value: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_word = !word.is_empty() && word.chars().all(is_part);
    if !is_word {
        return text.to_owned();
    }
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(word) {
        let (before, found) = rest.split_at(at);
        let after = found.get(word.len()..).unwrap_or_default();
        let begins = !before.chars().next_back().or_else(|| replaced.chars().next_back()).is_some_and(is_part);
        let ends = !after.chars().next().is_some_and(is_part);
        replaced.push_str(before);
        // Inside of braces the name belongs to another placeholder.
        let braced = before.ends_with('{');
        replaced.push_str(if begins && ends && !braced { value } else { word });
        rest = after;
    }
    replaced + rest
}

/// A placeholder that has no value: `${NAME}` that is no policy variable of IAM, or a word in capitals where an account
/// or a region stands.
fn unbound(text: &str) -> Option<String> {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}')?;
        let bare = name.split(',').next().unwrap_or(name).trim();
        if !is_variable(bare) {
            return Some(name.to_owned());
        }
        rest = after;
    }
    let segments = segments_of(text)?;
    let is_region =
        |text: &str| text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-*?".contains(c));
    let is_account = |text: &str| text == "aws" || text.chars().all(|c| c.is_ascii_digit() || c == '*' || c == '?');
    let [_, _, _, region, account, _] = &segments;
    let plain = |text: &&String| !text.contains("${");
    let region = Some(region).filter(plain).filter(|region| !is_region(region));
    let account = Some(account).filter(plain).filter(|account| !is_account(account));
    // The buckets of CloudFront's identities and the like have words there, too, in lower case.
    let capital = |text: &&String| text.chars().any(|c| c.is_ascii_uppercase() || "<{[%".contains(c));
    region.or(account).filter(capital).cloned()
}

/// `aws:username`, `s3:prefix`, or one of the escapes `*`, `?`, `$`. `CloudFormation`'s `AWS::Region` is none.
fn is_variable(name: &str) -> bool {
    if matches!(name, "*" | "?" | "$") {
        return true;
    }
    let Some((service, key)) = name.split_once(':') else { return false };
    let word = |c: char| c.is_ascii_alphanumeric() || "-_./:".contains(c);
    service.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        && !service.is_empty()
        && !key.starts_with(':')
        && !key.is_empty()
        && key.chars().all(word)
}

/// The six parts of an ARN as it is written; a colon inside of braces separates nothing.
fn segments_of(text: &str) -> Option<[String; 6]> {
    let mut segments: [String; 6] = Default::default();
    let (mut at, mut depth) = (0, 0_u32);
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 && at < 5 => {
                at += 1;
                continue;
            }
            _ => {}
        }
        segments.get_mut(at)?.push(c);
    }
    (at == 5 && segments.first().is_some_and(|first| first == "arn")).then_some(segments)
}

/// What stands before the first wildcard; an escape or placeholder is none.
fn literal(text: &str) -> &str {
    let mut depth = 0_u32;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            '*' | '?' if depth == 0 => return text.get(..at).unwrap_or(text),
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placeholders() -> Placeholders {
        let values =
            [("MY_PREFIX", "demo"), ("REGION", "eu-west-1"), ("ACCOUNT", "111122223333"), ("AWS::Region", "eu-west-1")];
        Placeholders::new(&values.map(|(name, value)| (name.to_owned(), value.to_owned())).into())
    }

    fn bind(text: &str) -> Bound {
        placeholders().bind(&ResourceEntry::from(text), true)
    }

    fn written(pattern: &str, entry: &str, others: &[&str]) -> String {
        let others: Vec<Bound> = others.iter().map(|text| bind(text)).collect();
        placeholders().write(&pattern.parse().unwrap(), &bind(entry), &others)
    }

    #[test]
    fn values_take_the_place_of_whole_names() {
        let fill = |text: &str| placeholders().fill(text);
        assert_eq!(
            fill("arn:aws:ssm:REGION:ACCOUNT:parameter/REGIONAL/${MY_PREFIX}-*"),
            "arn:aws:ssm:eu-west-1:111122223333:parameter/REGIONAL/demo-*"
        );
        assert_eq!(fill("arn:aws:sqs:${AWS::Region}:*:x-REGION"), "arn:aws:sqs:eu-west-1:*:x-eu-west-1");
        assert_eq!(fill("arn:aws:sqs:*:*:${REGION_2}"), "arn:aws:sqs:*:*:${REGION_2}");
    }

    #[test]
    fn what_has_no_value_is_not_known() {
        for (text, name) in [
            ("arn:aws:s3:::${BUCKET}", "BUCKET"),
            ("arn:aws:sqs:REGION2:*:x", "REGION2"),
            ("arn:aws:sqs:*:AccountId:x", "AccountId"),
            ("arn:aws:sqs:*:${AWS::AccountId}:x", "AWS::AccountId"),
        ] {
            let bound = bind(text);
            assert_eq!((bound.pattern, bound.unbound.as_deref()), (None, Some(name)), "{text}");
        }
        let variable = bind("arn:aws:s3:::home/${aws:username}/*");
        assert_eq!((variable.pattern, variable.unbound), (None, None));
        for known in ["*", "arn:aws:iam::aws:policy/x", "arn:aws:s3:::a${*}b", "arn:aws:lambda:*:*:function:X"] {
            assert!(bind(known).pattern.is_some(), "{known}");
        }
    }

    #[test]
    fn placeholders_are_written_again() {
        let entry = "arn:aws:lambda:REGION:*:function:${MY_PREFIX}-*";
        let own = "arn:aws:lambda:eu-west-1:*:function:demo-*";
        assert_eq!(written(own, entry, &[]), entry);
        let narrower = "arn:aws:lambda:eu-west-1:111122223333:function:demo-api";
        assert_eq!(written(narrower, entry, &[]), "arn:aws:lambda:REGION:111122223333:function:${MY_PREFIX}-api");
        let elsewhere = ["arn:aws:ssm:REGION:ACCOUNT:parameter/x"];
        assert_eq!(written(narrower, "*", &elsewhere), "arn:aws:lambda:REGION:ACCOUNT:function:demo-api");
        assert_eq!(written("arn:aws:s3:::demo", "*", &elsewhere), "arn:aws:s3:::demo");
    }
}
