//! The types that the library unpacks.

#[path = "../src/rules/handlers.rs"]
pub mod handlers;
#[path = "../src/rules/packed.rs"]
pub mod packed;
#[path = "../src/rules/risk.rs"]
pub mod risk;
#[path = "../src/rules/types.rs"]
pub mod types;

/// What is packed is packed in the order of names.
pub type Map<T> = std::collections::BTreeMap<String, T>;
pub type Set = std::collections::BTreeSet<String>;
