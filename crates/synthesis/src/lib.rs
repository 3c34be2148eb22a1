//! From what was used to the policy that allows it, with the evidence behind every line.
//!
//! A [`Subject`] is what usage knows about a principal: the permissions that its authorised calls needed, and those that
//! it was refused. [`generate`] completes names, generalises resources ([`generalise`]), brings actions that share
//! resources together without widening anything, and splits what is too long. The [`Proposal`] carries the evidence and
//! what a reader should know ([`Finding`]); [`prove_generated`] looks every need up in the finished documents again.
//!
//! Nothing here reads files, and the same input always gives the same bytes.
//!
//! ```
//! use tighten_catalog::Catalog;
//! use tighten_mapping::Certainty;
//! use tighten_synthesis::{EntityPaths, Observed, Options, Seen, Subject, Used, generate, prove_generated};
//!
//! let used = |action: &str, resource: &str| Used {
//!     action: action.parse().unwrap(),
//!     resources: vec![Observed::one(resource.parse().unwrap())],
//!     context: Default::default(),
//!     certainty: Certainty::Exact,
//!     rule: "resources".to_owned(),
//!     via: None,
//!     path_unknown: false,
//!     unsettled: Vec::new(),
//!     suspected: false,
//!     seen: Seen { count: 1, ..Seen::default() },
//! };
//! let subject = Subject {
//!     principal: "arn:aws:iam::111122223333:role/worker".parse()?,
//!     name_only: false,
//!     needs: vec![used("s3:GetObject", "arn:aws:s3:::in/a.csv"), used("s3:GetObjectVersion", "arn:aws:s3:::in/a.csv")],
//!     wants: Vec::new(),
//!     unmapped: Vec::new(),
//!     mostly_refused: None,
//! };
//! let paths = EntityPaths::default();
//! let proposal = generate(Catalog::embedded(), &subject, &paths, &Options::default());
//! assert_eq!(
//!     proposal.documents[0].statements[0].to_value().to_string(),
//!     r#"{"Sid":"S3Read","Effect":"Allow","Action":["s3:GetObject","s3:GetObjectVersion"],"Resource":"arn:aws:s3:::in/a.csv"}"#,
//! );
//! assert_eq!(prove_generated(&proposal, &subject.needs, &paths)?.required, 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod accepted_risk;
mod backtest;
mod block;
mod diff;
mod documents;
pub mod explain;
mod finding;
mod generalise;
mod generate;
mod grant;
mod input;
#[cfg(test)]
mod laws;
pub mod narrow;
mod notes;
mod observe;
mod opinion;
mod options;
mod others;
mod paths;
mod permission_set;
mod proposal;
mod prove;
mod proven;
pub mod replay;
mod risk;
mod siblings;
mod sid;
mod subject;
mod unsettled;
mod used;

pub use accepted_risk::{AcceptedRisk, AcceptedRiskError};
pub use backtest::{Backtest, Backtester, CutPoint, CutResult, DeniedShare, DeniedUse, NoBacktest, PrincipalBacktest};
pub use diff::{
    Change, ConditionChange, DenyChange, Difference, Part, PolicyDiff, Row, StatementRef, Verdict, Witness, diff,
};
pub use finding::{Finding, FindingCode, Severity, UnknownCode};
pub use generalise::{Granted, Guarded, How};
pub use generate::{MostlyRefused, Subject, Unmapped, generate, is_service, prove_generated, write_grants};
pub use grant::Grant;
pub use input::{archived_logs, input_findings};
pub use observe::{DaysSeen, Gap, GapKind, Observability, Observation, Remedy, Wanted};
pub use opinion::{AccessCheck, Agreement, SecondOpinion, Simulated, SimulatedRequest, Simulation};
pub use options::{Limits, Options, ResourceMode, UnknownMode};
pub use paths::{Completed, EntityPaths};
pub use permission_set::{SetProposal, generate_for_set};
pub use proposal::{Evidence, Inferred, Proposal, Want};
pub use prove::{NotProven, Proof, Required, prove};
pub use proven::{
    CutUsage, HoldoutDays, HoldoutReplay, HoldoutUsage, NarrowContext, NoHoldout, PrincipalProof, Proven,
    ProvenNarrowing,
};
pub use risk::{Risk, RiskKey, RiskSource, risk};
pub use siblings::{Sibling, add_siblings, siblings};
pub use tighten_catalog::RiskClass;
pub use used::{Behind, ConditionKeys, Observed, Seen, Used};
