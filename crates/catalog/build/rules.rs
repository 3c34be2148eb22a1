//! The types that the library unpacks.

#[path = "../src/rules/packed.rs"]
pub mod packed;
#[path = "../src/rules/risk.rs"]
pub mod risk;
#[path = "../src/rules/types.rs"]
pub mod types;
