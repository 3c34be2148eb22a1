//! `expected.json` of a scenario: what must be found, written by hand.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::{Call, Verdict};

/// What must be found in one scenario.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// What the scenario is, in a sentence.
    #[serde(default)]
    pub about: String,
    /// By the principal's ARN.
    pub principals: BTreeMap<String, ExpectedPrincipal>,
}

/// What must be found for one principal: these needs and no others.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedPrincipal {
    /// What its authorised calls needed.
    pub needs: Vec<ExpectedNeed>,
    /// What its refused calls wanted; never granted.
    #[serde(default)]
    pub denied: Vec<ExpectedNeed>,
    /// Calls that nobody knows, as source/name.
    #[serde(default)]
    pub unmapped: Vec<String>,
}

/// One action with all its resources, as `--resources exact` writes them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedNeed {
    /// The IAM action.
    pub action: String,
    /// The service that called on the principal's behalf; none where it called itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    /// Condition keys of the request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub context: BTreeMap<String, Vec<String>>,
    /// `exact` unless said.
    #[serde(default = "exact", skip_serializing_if = "is_exact")]
    pub certainty: String,
    /// The resources, as policy patterns.
    pub resources: Vec<String>,
}

fn exact() -> String {
    "exact".to_owned()
}

fn is_exact(certainty: &str) -> bool {
    certainty == "exact"
}

impl Expected {
    /// Reads the file.
    pub fn load(file: &Path) -> io::Result<Self> {
        serde_json::from_slice(&std::fs::read(file)?).map_err(io::Error::other)
    }

    /// What these calls say of themselves, in the order of `sorted`.
    pub fn of(calls: &[Call]) -> Self {
        let mut expected = Self::default();
        for call in calls {
            let Some(arn) = call.event.caller().principal() else { continue };
            let principal = expected.principals.entry(arn).or_default();
            match call.verdict {
                Verdict::Authorised => collect(&mut principal.needs, call),
                Verdict::Denied => collect(&mut principal.denied, call),
                Verdict::Nothing("unknown-call" | "unknown-source") => {
                    principal.unmapped.push(format!("{}/{}", call.event.source(), call.event.name()));
                }
                Verdict::Nothing(_) => {}
            }
        }
        expected.sorted()
    }

    /// The same expectations in one fixed order, without the sentence.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.about.clear();
        for principal in self.principals.values_mut() {
            for needs in [&mut principal.needs, &mut principal.denied] {
                for need in needs.iter_mut() {
                    need.resources.sort();
                }
                needs.sort();
            }
            principal.unmapped.sort();
            principal.unmapped.dedup();
        }
        self
    }
}

fn collect(needs: &mut Vec<ExpectedNeed>, call: &Call) {
    for need in &call.needs {
        let via = call.event.invoked_by().map(str::to_owned);
        let same = |known: &ExpectedNeed| {
            known.action == need.action
                && known.via == via
                && known.context == need.context
                && known.certainty == need.certainty
        };
        let index = needs.iter().position(same).unwrap_or_else(|| {
            needs.push(ExpectedNeed {
                action: need.action.clone(),
                via: via.clone(),
                context: need.context.clone(),
                certainty: need.certainty.to_owned(),
                resources: Vec::new(),
            });
            needs.len() - 1
        });
        let Some(known) = needs.get_mut(index) else { continue };
        for resource in &need.resources {
            if !known.resources.contains(resource) {
                known.resources.push(resource.clone());
            }
        }
    }
}
