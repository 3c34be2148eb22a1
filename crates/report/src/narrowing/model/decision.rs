//! What there is to decide.

use serde::Serialize;
use tighten_catalog::RiskClass;

use super::RiskReport;

/// Unused grants of policies of which the same is to be decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DecisionReport {
    /// The class of risk; the worst, where there are several.
    pub class: RiskClass,
    /// The service; nothing where many services are meant, of which nothing was used and nothing stays.
    pub service: Option<String>,
    /// How many services.
    pub services: usize,
    /// Those of the policy that are not among the many services.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub but: Vec<String>,
    /// How many grants, by class of risk.
    pub risks: Vec<RiskReport>,
    /// The policies: their places in the report's list.
    pub policies: Vec<usize>,
}

impl DecisionReport {
    /// How many grants of a policy are taken away.
    pub fn removed(&self) -> usize {
        self.risks.iter().map(|risk| risk.removed).sum()
    }

    /// How many stay.
    pub fn left(&self) -> usize {
        self.risks.iter().map(|risk| risk.left).sum()
    }
}
