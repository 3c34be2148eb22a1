//! What IAM says of an account.

mod details;
mod last_accessed;
mod written;

pub use details::{AuthorizationDetails, authorization_details};
pub use last_accessed::{AccessReport, AccessedService, last_accessed};
