//! From JSON to records: envelopes taken apart, damage stepped over, and each record lent as an event.

pub(crate) mod clock;
pub(crate) mod decode;
pub(crate) mod envelope;
pub(crate) mod event;
pub(crate) mod found;
pub(crate) mod index;
pub(crate) mod json;
pub(crate) mod outline;
pub(crate) mod records;
pub(crate) mod repair;
pub(crate) mod scan;
pub(crate) mod skim;
pub(crate) mod skimmed;
