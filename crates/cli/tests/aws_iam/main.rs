//! The policies of today from IAM itself: a server on loopback that holds the account of `fixtures/authorization`.
#![cfg(feature = "aws")]

mod from_iam;
mod last_accessed;
mod opinion;
mod support;
