//! What is asked of the account itself, beside the logs.

mod inventory;
mod last_accessed;
mod opinion;
mod organization;

pub(crate) use inventory::{note_other_accounts, read};
pub(crate) use last_accessed::{ask, ask_callers, ask_holders};
pub(crate) use opinion::opinion;
pub(crate) use organization::{Found, read_organization};
