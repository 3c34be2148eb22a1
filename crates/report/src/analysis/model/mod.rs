//! The report as a value. Each format shows this value and nothing else, so that all of them say the same.
//!
//! The JSON form is described field by field in `docs/report.md`. Lists come in the order in which they are shown: what
//! occurred most often first, equals by name.

mod coverage;
mod principal;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use coverage::{AccountCoverage, Coverage, EventCount, HoleReport};
pub use principal::{DocumentReport, InferredReport, NeedReport, PermissionSet, PrincipalReport, SetPolicy};

use crate::backtest::BacktestReport;
use crate::finding::FindingReport;
use crate::narrowing::NarrowingReport;
use crate::shared::{Input, Tool, UnmappedReport};

/// The version of the JSON form. It grows when a field is removed or changes its meaning; new fields do not count.
pub const SCHEMA_VERSION: u32 = 2;

/// Everything that an analysis found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What made the report.
    pub tool: Tool,
    /// What was read.
    pub input: Input,
    /// What the input could have shown.
    pub coverage: Coverage,
    /// Sums over all principals of the report.
    pub totals: Totals,
    /// Current policies, narrowed; absent where no current policies were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narrowing: Option<NarrowingReport>,
    /// How proposals of earlier dates fared; absent where that was not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backtest: Option<BacktestReport>,
    /// Roles of permission sets, by set.
    pub permission_sets: Vec<PermissionSet>,
    /// Each principal, by calls.
    pub principals: Vec<PrincipalReport>,
    /// Calls of these principals without known needs, by count.
    pub unmapped: Vec<UnmappedReport>,
    /// How many events say nothing about anybody's policies, by the reason's code.
    pub without_principal: BTreeMap<&'static str, u64>,
    /// What concerns the input as a whole; the principals have their own.
    pub findings: Vec<FindingReport>,
}

/// Sums over the principals of the report.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// How many principals.
    pub principals: usize,
    /// Their calls, whatever became of them.
    pub calls: u64,
    /// Of these, let through.
    pub authorised: u64,
    /// Of these, denied.
    pub denied: u64,
    /// Distinct IAM actions that were needed.
    pub actions: usize,
    /// Needs, counted per principal.
    pub needs: usize,
    /// Of these, with exactly known resources.
    pub exact: usize,
    /// Of these, with resources known by type.
    pub by_type: usize,
    /// Of these, with unknown resources.
    pub unresolved: usize,
    /// Policy documents.
    pub documents: usize,
    /// Calls that are known to need no permission.
    pub no_permission: u64,
    /// Calls without known needs.
    pub unmapped: u64,
}

/// What is written to a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FileText<'a> {
    /// A document, to be printed in the one way.
    Document(&'a Value),
    /// Text that is written as it is, byte for byte.
    AsIs(&'a str),
}

impl Report {
    /// The policies that `--out` writes, with their paths below the directory.
    pub fn files(&self) -> impl Iterator<Item = (&str, FileText<'_>)> {
        let generated = self.principals.iter().flat_map(|principal| &principal.documents);
        let generated = generated.map(|document| (document.path.as_str(), FileText::Document(&document.document)));
        let sets = self.permission_sets.iter().filter_map(|set| set.policy.as_ref());
        let sets = sets.map(|policy| (policy.path.as_str(), FileText::Document(&policy.document)));
        let narrowed = self.narrowing.iter().flat_map(|narrowing| &narrowing.policies);
        generated.chain(sets).chain(
            narrowed.filter_map(|policy| Some((policy.path.as_deref()?, FileText::AsIs(policy.text.as_deref()?)))),
        )
    }

    /// All findings with the principals they concern, in the order of the report.
    pub fn all_findings(&self) -> impl Iterator<Item = (Option<&PrincipalReport>, &FindingReport)> {
        let own = self.findings.iter().map(|finding| (None, finding));
        let of_principals = self
            .principals
            .iter()
            .flat_map(|principal| principal.findings.iter().map(move |finding| (Some(principal), finding)));
        own.chain(of_principals)
    }

    /// Whether some finding is more than information.
    pub fn has_warnings(&self) -> bool {
        self.all_findings().any(|(_, finding)| finding.is_warning())
    }
}
