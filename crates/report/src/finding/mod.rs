//! Findings, which several documents show.

mod sentences;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use tighten_synthesis::{Finding, FindingCode, Severity};

use crate::page::Prose;

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FindingReport {
    /// What it is about; `docs/findings.md` has an entry for each code.
    pub code: FindingCode,
    /// How much it matters.
    pub severity: Severity,
    /// The finding in one sentence, lower-case and without a final stop.
    pub message: Prose,
    /// What the sentence is made of.
    pub facts: BTreeMap<String, Value>,
}

impl From<&Finding> for FindingReport {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity,
            message: sentences::sentence(finding),
            facts: finding.facts.iter().map(|(name, value)| (camel(name), value.clone())).collect(),
        }
    }
}

impl FindingReport {
    /// Whether it is more than information.
    pub fn is_warning(&self) -> bool {
        self.severity > Severity::Info
    }
}

/// `error_code` as `errorCode`, like all other keys.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut chars = word.chars();
        camel.extend(chars.next().map(|first| first.to_ascii_uppercase()));
        camel.extend(chars);
    }
    camel
}
