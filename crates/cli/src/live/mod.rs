//! What is asked of the account itself, beside the logs.

mod inventory;

pub(crate) use inventory::{note_other_accounts, read};
