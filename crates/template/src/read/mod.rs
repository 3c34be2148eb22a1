//! Text to trees: YAML with the short forms of functions, and JSON.

mod json;
mod yaml;

use crate::error::{TemplateError, TemplateProblem};
use crate::node::Node;

/// How deeply lists and maps may be nested.
pub(crate) const DEPTH: usize = 100;
/// How many values a template may have, with all that aliases stand for.
pub(crate) const VALUES: usize = 500_000;
/// The largest file that is read: sixteen times what CloudFormation accepts.
pub(crate) const SIZE: u64 = 16 * 1024 * 1024;

/// The tree of a file's text.
pub(crate) fn tree(text: &str, file: &str) -> Result<Node, TemplateError> {
    if text.len() as u64 > SIZE {
        return Err(TemplateProblem::TooLarge(SIZE).in_file(file));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        // What looks like JSON may be YAML in braces.
        return json::tree(text, file).or_else(|error| yaml::tree(text, file).map_err(|_| error));
    }
    yaml::tree(text, file)
}
