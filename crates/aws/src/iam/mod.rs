//! What IAM says of an account.

mod details;
mod written;

pub use details::{AuthorizationDetails, authorization_details};
