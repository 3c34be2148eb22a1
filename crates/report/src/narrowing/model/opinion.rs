//! What AWS says of the narrowed policies.

use serde::Serialize;
use tighten_synthesis::{AccessCheck, Agreement};

/// How far IAM's policy simulator agrees with our reading of the narrowed policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SimulationReport {
    /// How many requests it answered.
    pub answered: usize,
    /// Of these, how many as we do.
    pub agreed: usize,
    /// How many it did not answer, or not without keys that no record tells.
    pub unanswered: usize,
    /// How many needs it was not asked about: patterns, and what the records alone do not decide.
    pub not_simulated: usize,
    /// How many principals it could not be asked about.
    pub failed: usize,
}

/// Whether Access Analyzer agrees that nothing new is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AccessCheckReport {
    /// How many narrowed documents it compared with the present ones.
    pub checked: usize,
    /// Of these, how many allow nothing new.
    pub passed: usize,
    /// How many it found errors in.
    pub invalid: usize,
    /// How many it could not be asked about.
    pub failed: usize,
}

impl From<Agreement> for SimulationReport {
    fn from(agreement: Agreement) -> Self {
        let Agreement { answered, agreed, unanswered, left_out, failed } = agreement;
        Self { answered, agreed, unanswered, not_simulated: left_out, failed }
    }
}

impl From<AccessCheck> for AccessCheckReport {
    fn from(check: AccessCheck) -> Self {
        let AccessCheck { checked, passed, invalid, failed } = check;
        Self { checked, passed, invalid, failed }
    }
}
