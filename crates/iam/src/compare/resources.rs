//! The search for a resource that rules leave open, their actions and circumstances being given.

use super::budget::{Exhausted, Meter};
use super::cover::Cover;
use super::explore::{Alphabet, Generator, Visitor, explore};
use super::openings::Question;
use super::rules::{Rule, Rules};
use super::targets::Target;
use super::tokens::{Tok, prefixes_agree};
use crate::resource::ResourcePattern;

/// Where a request slips through.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// The ARN; nothing for a request that is about no resource.
    pub(super) arn: Option<String>,
    /// The pattern that made it, unless there were several.
    pub(super) made_by: Option<ResourcePattern>,
}

/// Finds a resource that the question's rules are about and the covering rules are not.
pub(super) fn find(
    rules: &Rules,
    question: Question,
    covering: &[u32],
    meter: &mut Meter,
) -> Result<Option<Place>, Exhausted> {
    let asking: Vec<&Rule> =
        std::iter::once(question.claim).chain(question.objection).filter_map(|at| rules.get(at)).collect();
    let covering: Vec<&Rule> = covering.iter().filter_map(|at| rules.get(*at)).collect();
    if covering.iter().any(|rule| rule.is_about_all()) {
        return Ok(None);
    }
    let everything = Target::everything(None);
    let mut cover = Cover::default();
    let mut covers: Vec<&[Tok]> = Vec::new();
    // What the request must be matched by, each being one of several patterns.
    let mut choices: Vec<Vec<&Target>> = Vec::new();
    choices.extend(asking.iter().filter(|rule| !rule.negated).map(|rule| rule.targets.iter().collect()));
    for rule in asking.iter().filter(|rule| rule.negated).chain(covering.iter().filter(|rule| !rule.negated)) {
        for target in &rule.targets {
            cover.add(&target.cover, 0);
            covers.push(&target.cover);
        }
    }
    // Every cover that is about all resources but some must fail by one of those.
    choices.extend(covering.iter().filter(|rule| rule.negated).map(|rule| rule.targets.iter().collect()));
    if choices.is_empty() {
        choices.push(vec![&everything]);
    }
    meter.spend(cover.len())?;
    if let Some(place) = arn_outside(&choices, &cover, &covers, meter)? {
        return Ok(Some(place));
    }
    let about_any = asking.iter().all(|rule| rule.is_about_any()) && !covering.iter().any(|rule| rule.is_about_any());
    let made_by = Some(ResourcePattern::any());
    Ok(about_any.then_some(Place { arn: None, made_by }))
}

/// Finds an ARN that one target of each choice matches and the cover does not.
fn arn_outside(
    choices: &[Vec<&Target>],
    cover: &Cover,
    covers: &[&[Tok]],
    meter: &mut Meter,
) -> Result<Option<Place>, Exhausted> {
    let mut open: Vec<(Vec<&Target>, usize)> = vec![(Vec::new(), 0)];
    while let Some((chosen, at)) = open.pop() {
        meter.spend(1 + chosen.len())?;
        let Some(choice) = choices.get(at) else {
            let toks = chosen.iter().map(|target| target.generator.as_deref()).collect::<Option<Vec<_>>>();
            let Some(toks) = toks else { continue };
            let generators: Vec<Generator<'_>> =
                toks.into_iter().map(|toks| Generator { toks, spelling: None }).collect();
            if let Some(rest) = explore(&generators, cover, Alphabet::Text, &mut Uncovered, meter)? {
                let made_by = if let [only] = chosen.as_slice() { only.pattern.clone() } else { None };
                return Ok(Some(Place { arn: Some(format!("arn:{rest}")), made_by }));
            }
            continue;
        };
        // The last one pushed is looked at first.
        for target in choice.iter().rev() {
            meter.spend(1 + covers.len())?;
            // The very pattern among the covers saves the search.
            if covers.iter().any(|cover| **cover == *target.cover) {
                continue;
            }
            if chosen.iter().all(|other| prefixes_agree(&other.cover, &target.cover)) {
                let mut chosen = chosen.clone();
                chosen.push(target);
                open.push((chosen, at + 1));
            }
        }
    }
    Ok(None)
}

/// Stops at the first text that nothing matches.
struct Uncovered;

impl Visitor for Uncovered {
    type Found = String;

    fn is_enough(&mut self, settled: &[u32], _: &mut Meter) -> Result<bool, Exhausted> {
        Ok(!settled.is_empty())
    }

    fn ended(
        &mut self,
        owners: &[u32],
        text: &mut dyn FnMut() -> String,
        _: &mut Meter,
    ) -> Result<Option<String>, Exhausted> {
        Ok(owners.is_empty().then(text))
    }
}
