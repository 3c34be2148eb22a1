//! What a record says: who acted, and whether the call was authorised.

pub(crate) mod denial;
pub(crate) mod identity;
pub(crate) mod names;
pub(crate) mod outcome;
