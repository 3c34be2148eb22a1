//! Trails by name, the event history, and the permissions that all of it takes, against a server that stands for AWS.
#![cfg(feature = "aws")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests may fail like tests")]

mod history;
mod permissions;
mod support;
mod trail;
