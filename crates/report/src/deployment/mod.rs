//! What deployments take, laid out.
//!
//! [`DeploymentReport`] is what is shown; whoever knows templates fills it in.

mod model;
mod page;

pub use model::{DeploymentDocument, DeploymentNeed, DeploymentReport, StackReport};

/// The version of the JSON form.
pub const SCHEMA_VERSION: u32 = 1;
