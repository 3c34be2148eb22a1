//! What one record says, taken apart once for all the needs of its call.

use serde::Deserialize;
use serde_json::value::RawValue;
use tighten_catalog::Rules;
use tighten_iam::Arn;

use crate::call::Call;
use crate::format::{Format, Place};
use crate::parameters::{Parameters, normalise};
use crate::types::Type;

/// A call with its parameters and resources read.
#[derive(Debug)]
pub(crate) struct Facts<'a> {
    pub(crate) call: &'a Call<'a>,
    /// The API operation: the event's name without a date.
    pub(crate) operation: &'a str,
    pub(crate) parameters: Parameters,
    pub(crate) request: Request,
    /// The ARNs of the record's `resources`.
    pub(crate) resources: Vec<Arn>,
}

/// What a record tells of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request {
    /// The record has parameters.
    Told,
    /// It has none because the request had none.
    Empty,
    /// It has none, and the request may have had some.
    Unknown,
}

impl Request {
    /// What the parameters are like. Those of a success are left out where there were none; those of an error, and of an
    /// operation that cannot do without, CloudTrail did not show. `needs_input` is whether the operation has required
    /// members, where that is known.
    fn of(parameters: Option<&str>, failed: bool, needs_input: Option<bool>) -> Self {
        let text = parameters.map(str::trim_ascii).filter(|text| *text != "null");
        match (text, needs_input) {
            (Some("{}"), Some(false)) => Self::Empty,
            (Some("{}"), Some(true)) => Self::Unknown,
            (Some(_), _) => Self::Told,
            (None, Some(false)) if !failed => Self::Empty,
            (None, _) => Self::Unknown,
        }
    }
}

#[derive(Deserialize)]
struct LoggedResource {
    #[serde(alias = "arn", alias = "Arn", rename = "ARN", default)]
    arn: Option<String>,
}

impl LoggedResource {
    /// A record's `resources`. One odd element must not hide the others.
    fn all(text: &str) -> Vec<Self> {
        serde_json::from_str(text).unwrap_or_else(|_| {
            let odd: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
            odd.into_iter().filter_map(|value| Self::one(value.get()).ok()).collect()
        })
    }

    /// An element. Of a key that is there twice, the last counts.
    fn one(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text).or_else(|_| serde_json::from_value(serde_json::from_str(text)?))
    }
}

impl<'a> Facts<'a> {
    /// `needs_input` is whether a request without members is no valid one, where that is known.
    pub(crate) fn of(call: &'a Call<'a>, operation: &'a str, rules: &Rules, needs_input: Option<bool>) -> Self {
        let text = call.resources.map_or("", RawValue::get);
        let resources = LoggedResource::all(text).into_iter().filter_map(|logged| logged.arn?.parse().ok()).collect();
        let parameters = Parameters::parse(call.parameters.map(RawValue::get), rules.opaque(call.event_source));
        let request = Request::of(call.parameters.map(RawValue::get), call.error_code.is_some(), needs_input);
        Self { call, operation, parameters, request, resources }
    }

    /// The same call if nothing were known of its request.
    pub(crate) fn without_request(&self) -> Self {
        let (call, operation) = (self.call, self.operation);
        Self { call, operation, parameters: Parameters::default(), request: Request::Unknown, resources: Vec::new() }
    }

    /// Whether what the record does not name was not in the request either.
    pub(crate) fn tells_all(&self) -> bool {
        self.request != Request::Unknown
    }

    /// The same without what stands at `path`: what another need of the call is about. Where the record's `resources` hold
    /// nothing else, they stay.
    pub(crate) fn without(&self, path: &str) -> Self {
        let texts = self.parameters.at(path);
        let is_other = |arn: &Arn| texts.iter().any(|text| arn.as_str() == text || is_end_of(text, arn));
        let rest: Vec<Arn> = self.resources.iter().filter(|arn| !is_other(arn)).cloned().collect();
        let resources = if rest.is_empty() { self.resources.clone() } else { rest };
        let (call, operation, request) = (self.call, self.operation, self.request);
        Self { call, operation, parameters: self.parameters.without(path), request, resources }
    }

    pub(crate) fn place(&self) -> Place<'a> {
        Place {
            partition: self.call.partition(),
            region: self.call.region,
            account: self.call.account,
            owned_elsewhere: false,
        }
    }

    /// Whether the call makes something new whose name AWS may choose.
    pub(crate) fn creates(&self) -> bool {
        self.created().is_some()
    }

    /// Whether what the call makes is of the type called `kind` (as [`normalise`] writes it): `CreateUserPool` makes a
    /// user pool, `CreateUserPoolClient` is about one that exists.
    pub(crate) fn creates_kind(&self, kind: &str) -> bool {
        // What is registered as something, or with something, exists.
        if let Some(registered) = self.operation.strip_prefix("Register") {
            return normalise(registered) == kind;
        }
        let Some(made) = self.created() else { return false };
        let made = made.trim_end_matches("v2");
        [made, made.strip_suffix('s').unwrap_or(made)].iter().any(|made| made.ends_with(kind))
    }

    /// Whether a creating call may be said to make the type called `kind`, which has its parent's name in front:
    /// `CreateRule` makes a `listener-rule/app`.
    pub(crate) fn may_create(&self, kind: &str) -> bool {
        let own = normalise(kind.split('/').next().unwrap_or(kind));
        let own = own.strip_suffix("resource").unwrap_or(&own);
        let own = if own.len() > 3 { singular(own) } else { own.to_owned() };
        let made = self.created().unwrap_or_default();
        self.creates_kind(&own) || (!made.is_empty() && own.ends_with(made.as_str()))
    }

    /// Whether the call's noun is `kind`, so that a bare `name` or `id` is that of such a resource: `StopPipeline` names a
    /// pipeline, `CreateNamedQuery` names no work group. What a call makes is the last noun alone: the name in
    /// `CreateStateMachineAlias` is not the state machine's.
    pub(crate) fn is_noun(&self, kind: &Type) -> bool {
        let own = kind.normal.strip_suffix("resource").unwrap_or(&kind.normal);
        let literals = kind.formats.iter().filter_map(Format::last_literal);
        let called = literals.map(|text| singular(&normalise(text))).chain([singular(own)]);
        let mut called = called.filter(|name| !name.is_empty());
        if let Some(made) = self.created().filter(|made| !made.is_empty()) {
            let made = singular(made.trim_end_matches("v2"));
            let behind = words(self.operation).skip_while(|word| !PREPOSITIONS.contains(word)).collect::<String>();
            return called.any(|name| made.ends_with(&name) || name.ends_with(&made) || speaks_of(&behind, &name));
        }
        let mut spoken = words(self.operation).map(singular);
        let verb = spoken.next().unwrap_or_default();
        let noun = spoken.collect::<String>();
        let noun = if noun.is_empty() { verb } else { noun };
        let operation = self.operation.replace("ies", "y");
        called.any(|name| speaks_of(&operation, &name) || name.contains(&noun))
    }

    /// What a creating call makes: the words up to the first preposition.
    fn created(&self) -> Option<String> {
        let rest = CREATING.iter().find_map(|verb| self.operation.strip_prefix(verb))?;
        let made = words(rest).take_while(|word| !PREPOSITIONS.contains(word)).collect::<String>();
        Some(normalise(&made))
    }
}

/// Whether `text` is the id with which `arn` ends.
fn is_end_of(text: &str, arn: &Arn) -> bool {
    arn.resource().rsplit('/').next() == Some(text)
}

/// A word, as [`normalise`] writes it, in the singular.
fn singular(word: &str) -> String {
    let normal = normalise(word);
    match normal.strip_suffix("ies") {
        Some(stem) => [stem, "y"].concat(),
        None => normal.strip_suffix('s').filter(|stem| !stem.ends_with('s')).unwrap_or(&normal).to_owned(),
    }
}

/// Verbs of calls that make something new.
const CREATING: [&str; 10] =
    ["Create", "Run", "Allocate", "Copy", "Import", "Request", "Purchase", "Launch", "Register", "Clone"];

/// Words after which an operation's name speaks of what it uses.
const PREPOSITIONS: [&str; 9] = ["As", "From", "With", "For", "To", "By", "In", "On", "Of"];

/// Whether `name`, as [`normalise`] writes it, stands in `operation` as whole words, the last one perhaps in the plural.
pub(crate) fn speaks_of(operation: &str, name: &str) -> bool {
    let words: Vec<String> = words(operation).map(normalise).collect();
    (0..words.len()).any(|from| {
        let mut rest = name;
        for word in words.iter().skip(from) {
            if rest == word || word.strip_suffix('s') == Some(rest) {
                return true;
            }
            let Some(after) = rest.strip_prefix(word.as_str()) else { return false };
            rest = after;
        }
        false
    })
}

/// The words of a name in camel case; a run of capitals is one word up to the one that begins the next.
fn words(name: &str) -> impl Iterator<Item = &str> {
    let bytes = name.as_bytes();
    let starts = |at: usize| {
        let (before, here, after) = (at.checked_sub(1).and_then(|at| bytes.get(at)), bytes.get(at), bytes.get(at + 1));
        let upper = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_uppercase);
        upper(here) && (!upper(before) || after.is_some_and(u8::is_ascii_lowercase))
    };
    let mut begin = 0;
    std::iter::from_fn(move || {
        let rest = name.get(begin..).filter(|rest| !rest.is_empty())?;
        let length = (1..rest.len()).find(|at| starts(begin + at)).unwrap_or(rest.len());
        begin += length;
        rest.get(..length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn creates(operation: &str, kind: &str) -> bool {
        let call = Call {
            event_source: "",
            event_name: operation,
            region: "",
            account: "",
            principal: None,
            parameters: None,
            resources: None,
            error_code: None,
            named: None,
        };
        Facts::of(&call, operation, tighten_catalog::Catalog::embedded().rules(), None).creates_kind(kind)
    }

    #[test]
    fn parameters_that_are_missing_are_none_only_if_there_can_be_none() {
        let of = |text: Option<&str>, failed: bool, needs_input: Option<bool>| Request::of(text, failed, needs_input);
        for none in [None, Some("null"), Some(" null ")] {
            assert_eq!(of(none, false, Some(false)), Request::Empty);
            // An error's parameters are left out, too, and so are those of an operation that must have some.
            assert_eq!(of(none, true, Some(false)), Request::Unknown);
            assert_eq!(of(none, false, Some(true)), Request::Unknown);
            assert_eq!(of(none, false, None), Request::Unknown);
        }
        assert_eq!(of(Some("{}"), true, Some(false)), Request::Empty);
        assert_eq!(of(Some("{}"), false, Some(true)), Request::Unknown);
        assert_eq!(of(Some("{\"a\": 1}"), true, Some(true)), Request::Told);
    }

    #[test]
    fn an_odd_resource_hides_no_other() {
        let arns = |text: &str| LoggedResource::all(text).into_iter().filter_map(|one| one.arn).collect::<Vec<_>>();
        assert_eq!(arns(r#"[{"type": "T", "ARN": "a", "accountId": "1"}, {"arn": "b"}]"#), ["a", "b"]);
        assert_eq!(
            arns(r#"[{"ARN": "a"}, "odd", {"ARN": 7}, {"ARN": null}, {"Arn": "b", "Arn": "c"}, 5]"#),
            ["a", "c"]
        );
        assert_eq!(arns(r#"[{"ARN": "a", "x": "\ud800"}, {"ARN": "b", "x": 1e999}, 5]"#), ["a", "b"]);
        assert!(arns(r#"{"ARN": "a"}"#).is_empty() && arns("").is_empty());
    }

    #[test]
    fn a_name_is_taken_apart_into_words() {
        let words: Vec<&str> = words("CreateDBInstanceReadReplica").collect();
        assert_eq!(words, ["Create", "DB", "Instance", "Read", "Replica"]);
        assert_eq!(super::words("GetSMSAttributes").collect::<Vec<_>>(), ["Get", "SMS", "Attributes"]);
    }

    #[test]
    fn a_type_is_named_in_whole_words() {
        for (operation, name) in
            [("DescribeDBInstances", "dbinstance"), ("UpdateWebACL", "webacl"), ("GetIPSet", "ipset")]
        {
            assert!(speaks_of(operation, name), "{operation} {name}");
        }
        for (operation, name) in [("DescribeEvents", "es"), ("CreateOrigin", "ri"), ("StopBackupJob", "up")] {
            assert!(!speaks_of(operation, name), "{operation} {name}");
        }
    }

    #[test]
    fn only_the_last_noun_is_made() {
        for (operation, kind) in [
            ("CreateUserPool", "userpool"),
            ("RunInstances", "instance"),
            ("CreateDistributionWithTags", "distribution"),
            ("CreateServiceLinkedAnalyzer", "analyzer"),
            ("RegisterTaskDefinition", "taskdefinition"),
        ] {
            assert!(creates(operation, kind), "{operation} {kind}");
        }
        for (operation, kind) in [
            ("CreateUserPoolClient", "userpool"),
            ("CreateInvalidationForDistributionTenant", "distributiontenant"),
            ("RegisterPatchBaselineForPatchGroup", "patchbaseline"),
            ("RegisterDefaultPatchBaseline", "patchbaseline"),
            ("DeleteUserPool", "userpool"),
        ] {
            assert!(!creates(operation, kind), "{operation} {kind}");
        }
    }
}
