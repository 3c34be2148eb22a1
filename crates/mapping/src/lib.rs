//! From one CloudTrail call to the IAM permissions that it needed.
//!
//! A [`Mapper`] knows the catalog; a [`Call`] is the part of a CloudTrail record that decides; the answer is a list
//! of [`Need`]s, or the stated reason why there is none ([`NoNeed`]). The order in which actions and resources are
//! decided is described in `docs/mapping.md`; every need carries the rule that decided it.
//!
//! Nothing here knows files, time, or who else made the same call: the same call always gives the same answer.

mod action;
mod api_gateway;
mod call;
mod extra;
mod facts;
mod format;
mod message;
mod need;
mod parameters;
mod resolve;
mod settle;
mod suspect;
mod template;
mod types;
mod values;

pub use action::Mapper;
pub use call::{Call, Named, NamedResource};
pub use need::{Certainty, Mapped, Need, NoNeed};
pub use values::is_mere_name;
