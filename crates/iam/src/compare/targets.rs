//! The actions and resources of a statement, compiled.

use super::tokens::{self, SegmentToken, Tok};
use crate::action::ActionPattern;
use crate::resource::ResourcePattern;

/// The actions of a statement.
#[derive(Debug)]
pub(super) struct ActionSet {
    pub(super) negated: bool,
    pub(super) patterns: Vec<ActionTarget>,
}

/// A compiled action pattern.
#[derive(Debug)]
pub(super) struct ActionTarget {
    /// The service; nothing for every service.
    pub(super) service: Option<String>,
    /// The name's tokens.
    pub(super) cover: Vec<Tok>,
    /// The same for making names, which are never empty.
    pub(super) generator: Vec<Tok>,
    /// The generator's characters as the policy spells them.
    pub(super) spelling: Vec<char>,
}

/// A compiled resource pattern.
#[derive(Debug, Clone)]
pub(super) struct Target {
    /// The pattern, unless it stands for what is not known.
    pub(super) pattern: Option<ResourcePattern>,
    /// Whether it also matches the requests that are about no resource.
    pub(super) any: bool,
    /// The tokens after `arn:`.
    pub(super) cover: Vec<Tok>,
    /// The same for making ARNs; nothing if it matches none.
    pub(super) generator: Option<Vec<Tok>>,
}

impl Target {
    /// Everything, the requests without a resource included.
    pub(super) fn everything(pattern: Option<ResourcePattern>) -> Self {
        let (cover, generator) = tokens::arn([(); 5].map(|()| vec![SegmentToken::Many]));
        Self { pattern, any: true, cover, generator }
    }
}

impl ActionTarget {
    pub(super) fn new(pattern: &ActionPattern) -> Self {
        let Some(service) = pattern.service() else {
            return Self::everything();
        };
        let name = pattern.name();
        let cover = tokens::flat(&name.to_ascii_lowercase());
        let generator = if cover.iter().all(|tok| tok.is_many()) { at_least_one() } else { cover.clone() };
        let mut letters = name.chars().filter(|c| !matches!(c, '*' | '?'));
        let spelling = generator.iter().map(|tok| match tok {
            Tok::Char(c) => letters.next().unwrap_or(*c),
            _ => '*',
        });
        Self { service: Some(service.to_owned()), cover, spelling: spelling.collect(), generator }
    }

    /// Every action of every service.
    pub(super) fn everything() -> Self {
        Self { service: None, cover: tokens::flat("*"), generator: at_least_one(), spelling: Vec::new() }
    }
}

fn at_least_one() -> Vec<Tok> {
    vec![Tok::One { colon: true }, Tok::Many { colon: true }]
}
