//! What principals are called in lists.

use std::collections::BTreeMap;

use crate::analysis::{PrincipalReport, Report};
use crate::page::Prose;
use crate::prose;

/// Names of the report's principals, and how many bear each.
#[derive(Debug)]
pub(super) struct Names(BTreeMap<String, usize>);

impl Names {
    pub(super) fn of(report: &Report) -> Self {
        let mut names = BTreeMap::new();
        for principal in &report.principals {
            *names.entry(principal.name.to_ascii_lowercase()).or_default() += 1;
        }
        Self(names)
    }

    /// Whether no other principal has this name.
    pub(super) fn is_unique(&self, principal: &PrincipalReport) -> bool {
        self.0.get(&principal.name.to_ascii_lowercase()).is_none_or(|count| *count == 1)
    }

    /// The name, with the account where the name alone says too little.
    pub(super) fn label(&self, principal: &PrincipalReport) -> Prose {
        let name = Prose::data(principal.name.as_str());
        if self.is_unique(principal) { name } else { prose![name, " (", Prose::data(principal.account.as_str()), ")"] }
    }
}
