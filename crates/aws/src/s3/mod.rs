//! Logs in buckets.

mod address;
mod bucket;
mod fetch;
mod layout;
mod lister;
mod stop;
mod walk;

pub use address::{AddressError, S3Address};
pub use lister::{S3Lister, S3Options};
pub use stop::Stop;
