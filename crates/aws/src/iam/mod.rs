//! What IAM says of an account.

mod details;
mod last_accessed;
mod simulate;
mod written;

pub use details::{AuthorizationDetails, authorization_details};
pub use last_accessed::{AccessReport, AccessedService, last_accessed};
pub(crate) use simulate::latin1;
pub use simulate::{ReplacedPolicy, SimulationAnswer, SimulationInput, SimulationRequest, simulate};
