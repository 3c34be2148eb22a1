//! One file for each format. [`text`] and [`markdown`] lay out a [`Page`](crate::page::Page); [`json`] writes a model.
//!
//! Text from logs and policies is hostile until one of these has written it.

pub mod json;
pub mod markdown;
mod style;
pub mod text;

pub use style::{Ink, Painted, Style};
