//! Why a template cannot be read.

use std::fmt;

use thiserror::Error;

use crate::node::Mark;

/// A template that cannot be read.
#[derive(Debug, Error)]
#[error("{}{problem}", Position(file, *at))]
pub struct TemplateError {
    /// The file.
    pub file: String,
    /// Where in it; line 0 where that is not known.
    pub at: Mark,
    /// What is wrong. The message holds it, so it is not the error's source as well.
    pub problem: TemplateProblem,
}

/// What is wrong with a template.
#[derive(Debug, Error)]
pub enum TemplateProblem {
    /// It cannot be opened.
    #[error("cannot be read: {0}")]
    Io(std::io::Error),
    /// It is no YAML.
    #[error("no YAML: {0}")]
    Yaml(String),
    /// It is no JSON.
    #[error("no JSON: {0}")]
    Json(String),
    /// It is larger than any template.
    #[error("larger than {} MiB", .0 / (1024 * 1024))]
    TooLarge(u64),
    /// Lists and maps are nested too deeply.
    #[error("nested more than {0} levels deep")]
    TooDeep(usize),
    /// Aliases make more of it than any template holds.
    #[error("more than {0} values, aliases included")]
    TooMany(usize),
    /// A key stands twice in a map.
    #[error("the key `{0}` stands twice")]
    Twice(String),
    /// It has no resources.
    #[error("no template: it has no `Resources`")]
    NoResources,
    /// A resource has no type.
    #[error("the resource `{0}` has no `Type`")]
    NoType(String),
    /// There is no template in a directory.
    #[error("holds no `*.template.json`; give the directory that `cdk synth` writes, or a template")]
    NoTemplates,
    /// The manifest of `cdk synth` is not understood.
    #[error("the manifest of `cdk synth` has no `{0}`")]
    Manifest(&'static str),
    /// A file that is named in another is outside the directory.
    #[error("`{0}` is not within the directory of the template")]
    Outside(String),
}

impl TemplateProblem {
    pub(crate) fn in_file(self, file: &str) -> TemplateError {
        self.at(file, Mark::default())
    }

    pub(crate) fn at(self, file: &str, at: Mark) -> TemplateError {
        TemplateError { file: file.to_owned(), at, problem: self }
    }
}

/// File and line, in front of a message.
struct Position<'a>(&'a str, Mark);

impl fmt::Display for Position<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1.line {
            0 => write!(f, "{}: ", self.0),
            line => write!(f, "{}:{line}: ", self.0),
        }
    }
}
