//! What the other crates' tests stand on; no part of the shipped program.
//!
//! - [`EventBuilder`] writes one CloudTrail record in the shape that AWS gives it; [`Caller`] is who made the call.
//! - [`Call`] is a record together with the permissions that it needed, stated by hand, so that a trail made of calls
//!   has a known [`Truth`].
//! - [`TrailWriter`] lays records out as CloudTrail does in a bucket, or in another envelope.
//! - [`organisation`], [`scenarios`] and [`envelopes`] are the trails under `fixtures/`; [`mod@bench`] writes large ones.
//! - [`naive`] decodes and counts with `serde_json::Value`, slowly and plainly, as the reference for property tests.
//! - [`server`] starts servers that stand for AWS, and spoils their answers.
//!
//! Everything is deterministic: the same arguments give the same bytes.

pub mod bench;
mod call;
mod caller;
pub mod envelopes;
mod event;
pub mod expected;
pub mod naive;
pub mod organisation;
mod place;
mod rng;
pub mod scenarios;
pub mod server;
pub mod shapes;
mod truth;
mod wrapping;
mod writer;

pub use call::{Call, Need, Verdict};
pub use caller::Caller;
pub use event::EventBuilder;
pub use place::{Place, escape};
pub use rng::Rng;
pub use truth::{Counts, CoverageTruth, PrincipalTruth, Totals, Truth};
pub use wrapping::Wrapping;
pub use writer::{Envelope, TrailFile, TrailWriter, gzip};

use std::path::PathBuf;

/// The `fixtures` folder of this repository.
pub fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}
