//! What the program does with an account: servers over loopback stand for AWS, and a proxy spoils their answers.
#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail like tests")]

mod connection;
mod errors;
mod faults;
mod iam;
mod permissions;
mod s3;
mod support;
mod trail;
