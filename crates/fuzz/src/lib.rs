//! What the fuzz targets under `tests/` make their inputs from; no part of the shipped program.
//!
//! An input is a row of random bytes, read as [`Choices`]: which seed, which edits, which words. So any engine that makes
//! bytes can drive every target, the same bytes always mean the same input, and fewer bytes mean a smaller one.
//!
//! ```
//! use tighten_fuzz::{Choices, json};
//! let mut choices = Choices::new(&[7, 0, 3]);
//! assert_eq!(choices.pick(&["a", "b", "c"]), Some(&"b"));
//! let seeds = [serde_json::json!({"Version": "2012-10-17"})];
//! assert!(json::document(&mut choices, &seeds, &["Effect"]).is_some());
//! ```

mod choices;
pub mod json;
pub mod seeds;
pub mod text;

pub use choices::Choices;
