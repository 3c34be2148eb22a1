//! What one field of an event must look like.

use tighten_iam::{ResourcePattern, escape_literal};

use super::Level;

/// The operators of one `FieldSelector`: some wanted form holds, if there is one, and no unwanted form does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    pub(super) wanted: Vec<Form>,
    pub(super) unwanted: Vec<Form>,
}

/// A form of text. Selectors know no wildcards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Form {
    Equals(Text),
    StartsWith(Text),
    EndsWith(Text),
}

/// Text to compare with, and the ARNs that have the form, where a pattern can say that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text {
    text: String,
    arns: Option<ResourcePattern>,
}

impl Form {
    pub(super) fn equals(text: &str) -> Self {
        // A shorter text would be completed with wildcards as a pattern; as a value it equals no ARN.
        let whole = text.split(':').count() >= 6;
        Self::Equals(Text::new(text, whole.then(|| escape_literal(text).into_owned())))
    }

    pub(super) fn starts_with(text: &str) -> Self {
        Self::StartsWith(Text::new(text, Some(format!("{}*", escape_literal(text)))))
    }

    pub(super) fn ends_with(text: &str) -> Self {
        let in_resource = !text.contains(':');
        Self::EndsWith(Text::new(text, in_resource.then(|| format!("arn:*:*:*:*:*{}", escape_literal(text)))))
    }

    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Equals(form) => value == form.text,
            Self::StartsWith(form) => value.starts_with(&form.text),
            Self::EndsWith(form) => value.ends_with(&form.text),
        }
    }

    fn arns(&self) -> Option<&ResourcePattern> {
        match self {
            Self::Equals(form) | Self::StartsWith(form) | Self::EndsWith(form) => form.arns.as_ref(),
        }
    }

    fn contains(&self, pattern: &ResourcePattern) -> bool {
        self.arns().is_some_and(|arns| arns.contains(pattern))
    }

    fn overlaps(&self, pattern: &ResourcePattern) -> bool {
        self.arns().is_none_or(|arns| arns.overlaps(pattern))
    }
}

impl Text {
    fn new(text: &str, arns: Option<String>) -> Self {
        Self { text: text.to_owned(), arns: arns.and_then(|arns| arns.parse().ok()) }
    }
}

impl Conditions {
    /// Whether the value passes.
    pub fn pass(&self, value: &str) -> bool {
        (self.wanted.is_empty() || self.wanted.iter().any(|form| form.holds(value)))
            && !self.unwanted.iter().any(|form| form.holds(value))
    }

    /// How many of the ARNs of a pattern pass. Where forms do not tell, some.
    pub fn of_arns(&self, pattern: &ResourcePattern) -> Level {
        let wanted = |holds: &dyn Fn(&Form) -> bool| self.wanted.is_empty() || self.wanted.iter().any(holds);
        let none = !wanted(&|form| form.overlaps(pattern)) || self.unwanted.iter().any(|form| form.contains(pattern));
        let all = wanted(&|form| form.contains(pattern)) && !self.unwanted.iter().any(|form| form.overlaps(pattern));
        match (none, all) {
            (true, _) => Level::None,
            (_, true) => Level::Full,
            _ => Level::Some,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conditions(wanted: Vec<Form>, unwanted: Vec<Form>) -> Conditions {
        Conditions { wanted, unwanted }
    }

    fn level(conditions: &Conditions, pattern: &str) -> Level {
        conditions.of_arns(&pattern.parse().unwrap())
    }

    #[test]
    fn wanted_forms_are_alternatives_and_unwanted_ones_all_exclude() {
        let both = conditions(
            vec![Form::equals("GetObject"), Form::starts_with("Put")],
            vec![Form::equals("PutObjectAcl"), Form::ends_with("Tagging")],
        );
        for (name, passes) in [
            ("GetObject", true),
            ("PutObject", true),
            ("PutObjectAcl", false),
            ("PutObjectTagging", false),
            ("GetObjectAcl", false),
        ] {
            assert_eq!(both.pass(name), passes, "{name}");
        }
    }

    #[test]
    fn a_prefix_of_an_arn_covers_what_lies_below() {
        let bucket = conditions(vec![Form::starts_with("arn:aws:s3:::b/")], Vec::new());
        for (pattern, expected) in [
            ("arn:aws:s3:::b/*", Level::Full),
            ("arn:aws:s3:::b/logs/a", Level::Full),
            ("arn:aws:s3:::b*", Level::Some),
            ("arn:aws:s3:::*", Level::Some),
            ("arn:aws:s3:::bb/*", Level::None),
            ("*", Level::Some),
        ] {
            assert_eq!(level(&bucket, pattern), expected, "{pattern}");
        }
        let all = conditions(vec![Form::starts_with("arn:aws:s3")], Vec::new());
        assert_eq!(level(&all, "arn:aws:s3:::*/*"), Level::Full);
        let starred = conditions(vec![Form::starts_with("arn:aws:s3:::b/*")], Vec::new());
        assert_eq!(level(&starred, "arn:aws:s3:::b/x"), Level::None, "a star is a character");
    }

    #[test]
    fn unwanted_arns_leave_the_rest() {
        let rest = conditions(Vec::new(), vec![Form::starts_with("arn:aws:s3:::logs/")]);
        assert_eq!(level(&rest, "arn:aws:s3:::logs/*"), Level::None);
        assert_eq!(level(&rest, "arn:aws:s3:::*/*"), Level::Some);
        assert_eq!(level(&rest, "arn:aws:s3:::data/*"), Level::Full);
    }

    #[test]
    fn forms_that_no_pattern_says_cover_nothing_and_may_concern_all() {
        for form in [Form::equals("arn:aws:s3"), Form::ends_with(":function:f")] {
            assert_eq!(level(&conditions(vec![form.clone()], Vec::new()), "arn:aws:s3:::b/*"), Level::Some);
            assert_eq!(level(&conditions(Vec::new(), vec![form]), "arn:aws:s3:::b/*"), Level::Some);
        }
    }
}
