//! Current policies, narrowed to what was used: a part of the report on an analysis.

mod assemble;
mod model;
mod page;

pub use assemble::Narrowing;
pub(crate) use assemble::narrowing;
pub use model::{
    AccessCheckReport, DecisionReport, GrantReport, HoldoutReport, LostReport, NarrowedPolicyReport, NarrowedStatement,
    NarrowingReport, NoEffect, NotGrantedReport, ProofReport, ProvenNeeds, ReplayCounts, RiskReport, RiskyReport,
    SimulationReport, UsedReport,
};
pub(crate) use page::narrowing as page;
pub use page::proof_lines;
