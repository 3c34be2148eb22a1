//! The proof that nothing is missing: every need is looked up in the finished documents.

use std::collections::BTreeSet;

use serde::Serialize;
use thiserror::Error;
use tighten_iam::{ActionName, Conditions, Effect, PolicyDocument, ResourcePattern, Statement};

use crate::grant::is_plain;
use crate::used::ConditionKeys;

/// One permission to be looked up: an action on a resource with the condition keys that the request carried.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Required {
    /// The action.
    pub action: ActionName,
    /// The resource; where it is a wildcard, all that it matches.
    pub resource: ResourcePattern,
    /// The condition keys; of several values it is not known which one the request carried.
    #[serde(skip_serializing_if = "ConditionKeys::is_empty")]
    pub context: ConditionKeys,
}

/// That all that was looked up is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Proof {
    /// How many distinct permissions were looked up and found.
    pub required: usize,
}

/// What the documents do not surely allow. For documents made by [`generate`](crate::generate) this is a defect of the
/// program.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{} of {required} permissions are not surely allowed, first {}", missing.len(), first(missing))]
pub struct NotProven {
    /// How many were looked up.
    pub required: usize,
    /// Those that were not found; never empty.
    pub missing: Vec<Required>,
}

/// Looks up every permission in the documents.
///
/// Each must be found whole in one `Allow` statement: its action, all resources it stands for, and conditions that hold
/// for every value its context may have had. A `Deny` that may concern it speaks against it.
pub fn prove(documents: &[PolicyDocument], required: &BTreeSet<Required>) -> Result<Proof, NotProven> {
    let statements = documents.iter().flat_map(|document| &document.statements);
    let (allowing, denying): (Vec<&Statement>, Vec<&Statement>) =
        statements.partition(|statement| statement.effect == Effect::Allow);
    let allowing: Vec<Allowing<'_>> = allowing.into_iter().filter_map(Allowing::of).collect();
    let is_proven = |one: &&Required| {
        allowing.iter().any(|statement| statement.allows(one))
            && !denying.iter().any(|statement| may_deny(statement, one))
    };
    let missing: Vec<Required> = required.iter().filter(|one| !is_proven(one)).cloned().collect();
    if missing.is_empty() {
        Ok(Proof { required: required.len() })
    } else {
        Err(NotProven { required: required.len(), missing })
    }
}

fn first(missing: &[Required]) -> String {
    missing.first().map(|one| format!("`{}` on `{}`", one.action, one.resource)).unwrap_or_default()
}

/// A statement that allows, with what is spelled out kept apart, to be found at once.
struct Allowing<'a> {
    statement: &'a Statement,
    plain: BTreeSet<&'a ResourcePattern>,
    others: Vec<&'a ResourcePattern>,
}

impl<'a> Allowing<'a> {
    fn of(statement: &'a Statement) -> Option<Self> {
        let (plain, others) = statement.resource.patterns().partition::<Vec<_>, _>(|pattern| is_plain(pattern));
        let plain = plain.into_iter().collect();
        (!statement.resource.is_negated()).then_some(Self { statement, plain, others })
    }

    fn allows(&self, required: &Required) -> bool {
        let resource = &required.resource;
        self.statement.action.matches(&required.action)
            && (self.plain.contains(resource) || self.others.iter().any(|pattern| pattern.contains(resource)))
            && hold(&self.statement.conditions, &required.context)
    }
}

fn may_deny(statement: &Statement, required: &Required) -> bool {
    statement.action.matches(&required.action)
        && (statement.resource.is_negated()
            || statement.resource.patterns().any(|pattern| pattern.overlaps(&required.resource)))
}

/// Whether the conditions hold for every value that the context may have had.
fn hold(conditions: &Conditions, context: &ConditionKeys) -> bool {
    conditions.iter().all(|condition| {
        let allowed: Vec<_> = condition.values().collect();
        let carried = context.iter().find(|(key, _)| key.eq_ignore_ascii_case(condition.key));
        condition.operator.eq_ignore_ascii_case("StringEquals")
            && carried.is_some_and(|(_, values)| {
                !values.is_empty()
                    && values.iter().all(|value| allowed.iter().any(|allowed| *allowed == value.as_str()))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn required(action: &str, resource: &str, passed_to: &[&str]) -> BTreeSet<Required> {
        let values: BTreeSet<String> = passed_to.iter().map(|value| (*value).to_owned()).collect();
        let context =
            if values.is_empty() { ConditionKeys::new() } else { [("iam:PassedToService".to_owned(), values)].into() };
        [Required { action: action.parse().unwrap(), resource: resource.parse().unwrap(), context }].into()
    }

    fn document(statements: &str) -> [PolicyDocument; 1] {
        [PolicyDocument::parse(&format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#)).unwrap()]
    }

    #[test]
    fn a_need_is_found_whole_or_not_at_all() {
        let policy = document(
            r#"{"Effect": "Allow", "Action": "s3:Get*", "Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b/k"]}"#,
        );
        assert_eq!(prove(&policy, &required("s3:GetObject", "arn:aws:s3:::a/x", &[])), Ok(Proof { required: 1 }));
        assert!(prove(&policy, &required("s3:GetObject", "arn:aws:s3:::b/*", &[])).is_err());
        assert!(prove(&policy, &required("s3:GetObject", "*", &[])).is_err());
        let error = prove(&policy, &required("s3:PutObject", "arn:aws:s3:::a/x", &[])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "1 of 1 permissions are not surely allowed, first `s3:PutObject` on `arn:aws:s3:::a/x`"
        );
    }

    #[test]
    fn a_condition_holds_for_every_value_or_not_at_all() {
        let policy = document(
            r#"{"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:aws:iam::1:role/r",
                "Condition": {"StringEquals": {"iam:PassedToService": ["a", "b"]}}}"#,
        );
        let passed = |to: &[&str]| prove(&policy, &required("iam:PassRole", "arn:aws:iam::1:role/r", to)).is_ok();
        assert!(passed(&["a"]) && passed(&["a", "b"]));
        assert!(!passed(&["a", "c"]) && !passed(&[]));
    }

    #[test]
    fn a_deny_that_may_concern_it_speaks_against_it() {
        let policy = document(
            r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
               {"Effect": "Deny", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::secret/*"}"#,
        );
        assert!(prove(&policy, &required("s3:GetObject", "arn:aws:s3:::open/k", &[])).is_ok());
        assert!(prove(&policy, &required("s3:GetObject", "arn:aws:s3:::s*", &[])).is_err());
    }
}
