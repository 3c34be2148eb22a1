//! Decisions against the table of documented rules, and against each other.

#![expect(clippy::indexing_slicing, reason = "a helper of a test may fail the test")]

mod case;
mod cases;
mod open;
mod pools;
mod random;
mod table;
