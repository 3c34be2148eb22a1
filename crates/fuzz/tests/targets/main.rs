//! The fuzz targets. Each takes random bytes, makes an input of them and says what must hold for it.
//!
//! As tests they run for a moment each, with other inputs every time; `tools/checks/fuzz.sh` runs them for longer. What
//! fails is printed with the `BOLERO_RANDOM_SEED` that brings it back.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stderr,
    reason = "a target fails by panicking"
)]

mod comparing;
mod names;
mod narrowing;
mod policies;
mod records;
mod trails;
mod visible;
mod watch;

#[path = "../../../iam/tests/naive/mod.rs"]
mod naive;
#[path = "../../../iam/tests/reference/mod.rs"]
mod reference;

use std::time::Duration;

/// How long one target runs as a test.
const MOMENT: Duration = Duration::from_millis(1_200);

macro_rules! targets {
    ($($(#[$doc:meta])* $name:ident: $run:path, $longest:literal;)*) => {
        $(
            $(#[$doc])*
            #[test]
            fn $name() {
                bolero::check!()
                    .with_max_len($longest)
                    .with_test_time(MOMENT)
                    .for_each(|bytes: &[u8]| watch::bounded(stringify!($name), bytes, $run));
            }
        )*
    };
}

targets! {
    envelopes: trails::envelopes, 2048;
    events: trails::events, 1024;
    alike: trails::alike, 2048;
    judging: records::judging, 1024;
    refusals: records::refusals, 512;
    arns: names::arns, 256;
    wildcards: names::wildcards, 64;
    policy_text: policies::text, 1024;
    policy_edits: policies::edits, 1024;
    comparing_small: comparing::small, 256;
    comparing_hostile: comparing::hostile, 1024;
    evaluating: policies::evaluating, 1024;
    narrowing: narrowing::narrowing, 1024;
    event_selectors: narrowing::selectors, 1024;
    shown_text: visible::terminal, 512;
}
