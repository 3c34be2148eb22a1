//! Logs, trails and policies from the account itself: S3, CloudTrail, IAM.
//!
//! Everything here blocks: whoever calls it needs no async runtime. A [`Connection`] has one of its own, on which requests run
//! ahead of the threads that use their answers.
//!
//! Nothing is written to the account, and nothing to the disk.

mod connect;
mod error;
pub mod permissions;
mod preset;
mod s3;

pub use connect::{Access, AskCode, ConnectError, Connection};
pub use error::{AwsError, Call, Problem};
pub use permissions::Scope;
pub use preset::Preset;
pub use s3::{AddressError, S3Address, S3Lister, S3Options, Stop};
