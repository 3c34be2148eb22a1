//! Logs, trails and policies from the account itself: S3, CloudTrail, IAM, Organizations.
//!
//! Everything here blocks: whoever calls it needs no async runtime. A [`Connection`] has one of its own, on which requests run
//! ahead of the threads that use their answers.
//!
//! Nothing is written to the account, and nothing to the disk but the event history that somebody asks to be kept.

mod access;
mod connect;
mod error;
mod history;
mod iam;
mod organization;
pub mod permissions;
mod preset;
mod s3;
mod trails;

pub use access::{AccessOpinion, check_no_new_access};
pub use connect::{AccessOptions, AskCode, ConnectError, Connection};
pub use error::{AwsCall, AwsError, Problem};
pub use history::{History, HistoryError, HistoryProgress, HistoryRequest, LostSpan, StoreError, TimeSpan};
pub use iam::{
    AccessReport, AccessedService, AuthorizationDetails, ReplacedPolicy, SimulationAnswer, SimulationInput,
    SimulationRequest, authorization_details, last_accessed, simulate,
};
pub use organization::{ControlPolicy, Organization, OrganizationLevel, organization};
pub use permissions::Scope;
pub use preset::Preset;
pub use s3::{AddressError, S3Address, S3Lister, S3Options, Stop};
pub use trails::{TrailDescription, TrailError, TrailStatus};
