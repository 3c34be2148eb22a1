//! The policies of today from IAM itself: a server on loopback that holds the account of `fixtures/authorization`.

mod from_iam;
mod last_accessed;
mod opinion;
pub(crate) mod organization;
pub(crate) mod support;
