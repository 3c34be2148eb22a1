//! Whether everything that some policies allow is allowed by others.
//!
//! # What is decided
//!
//! A request is an action, a resource and the condition keys that come with it. The inner documents allow a set of
//! requests, and so do the outer ones, each as [`evaluate`](crate::evaluate()) decides. Asked is whether the first set is
//! part of the second.
//!
//! # How
//!
//! A statement is a product: a language of actions, one of resources, and conditions. The difference of two unions of
//! products is not empty exactly if there is a request which
//! - some allow of the inner policy matches (`search` calls it the claim),
//! - no deny of the inner policy matches, and
//! - no allow of the outer policy matches, or some deny of it does (the objection).
//!
//! `search` takes every claim, alone and with every objection. What must match becomes *generators*, what must not
//! becomes a *cover*, and a complement (`NotAction`, `NotResource`) changes sides. `explore` then looks for a text that
//! the generators make and the cover leaves out. That is inclusion of wildcard languages, decided by a subset
//! construction that is built only where it is reached, and which needs no alphabet: where a generator has a wildcard it
//! is enough to try a character that no pattern names there, for no other character is covered by less.
//!
//! Actions come first. Each set of rules that some action slips into leaves a question about resources alone, and equal
//! sets are asked once. Conditions sit between the two: every key has finitely many states that the conditions on it
//! can tell apart (`values`, with `classes` for text), and only those circumstances are tried in which the fewest
//! covering rules hold (`circumstances`).
//!
//! # What is not modelled
//!
//! Policy variables, template placeholders, unknown operators and elements of other policy types become *lines*: facts
//! that hold or do not, the same for the same text on both sides. First every such fact may be either way; if nothing
//! slips through even so, inclusion is proven. Otherwise the search is repeated with variables bound to values and with
//! each remaining fact counting against a difference, and what is found there is put to `evaluate`. What is confirmed
//! by neither is undecided, and says on what it depends.
//!
//! Some things are taken for granted: values of variables and placeholders stay within their segment of an ARN; a key
//! that is only compared with numbers, dates, addresses, ARNs or booleans has such values; and a key on which neither
//! policy uses `ForAllValues` or `ForAnyValue` has at most one.

mod actions;
mod budget;
mod builder;
mod circumstances;
mod classes;
mod cover;
mod explore;
mod lines;
mod openings;
mod operator;
mod resources;
mod rules;
mod search;
mod targets;
mod tokens;
mod topics;
mod values;
mod verdict;
mod witness;

use std::collections::BTreeSet;

use circumstances::{Given, Mode};
use rules::{Rules, Side};
use search::{Gap, Search};

pub use budget::Budget;
pub use verdict::{Comparison, Counterexample, RequestedResource, Undecided};

use crate::action::ActionPattern;
use crate::policy::PolicyDocument;
use crate::resource::ResourcePattern;
use crate::statement::{Effect, Statement};
use budget::{Exhausted, Meter};

/// Decides whether every request that the `inner` documents allow is allowed by the `outer` ones.
///
/// Both are read as identity policies of one principal. See [`Comparison`] for what the answers promise.
///
/// ```
/// use tighten_iam::{Budget, Comparison, PolicyDocument, compare};
/// let policy = |actions: &str, resource: &str| {
///     PolicyDocument::parse(&format!(
///         r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": {actions}, "Resource": "{resource}"}}}}"#
///     ))
/// };
/// let old = [policy(r#"["s3:Get*", "s3:List*"]"#, "arn:aws:s3:::logs-*")?];
/// let new = [policy(r#""s3:GetObject""#, "arn:aws:s3:::logs-prod/*")?];
/// assert!(compare(&new, &old, Budget::default()).is_proven());
///
/// let Comparison::Counterexample(gap) = compare(&old, &new, Budget::default()) else { unreachable!() };
/// assert_eq!((gap.document, gap.statement), (0, 0));
/// assert!(gap.action.to_string().starts_with("s3:"));
/// # Ok::<(), tighten_iam::PolicyError>(())
/// ```
pub fn compare(inner: &[PolicyDocument], outer: &[PolicyDocument], budget: Budget) -> Comparison {
    let mut meter = Meter::new(budget);
    match decide(inner, outer, &mut meter) {
        Ok(comparison) => comparison,
        Err(Exhausted) => Comparison::Undecided { why: Undecided::Budget { steps: budget.get() } },
    }
}

/// Decides whether the documents allow every request of the actions on the resources, whatever its condition keys.
///
/// ```
/// use tighten_iam::{Budget, PolicyDocument, allows_all};
/// let policy = PolicyDocument::parse(
///     r#"{"Version": "2012-10-17", "Statement": [
///         {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"},
///         {"Effect": "Deny", "Action": "sqs:DeleteQueue", "Resource": "arn:aws:sqs:*:*:prod-*"}
///     ]}"#,
/// )?;
/// let ask = |action: &str, resource: &str| {
///     let documents = std::slice::from_ref(&policy);
///     Ok::<_, Box<dyn std::error::Error>>(allows_all(documents, &action.parse()?, &resource.parse()?, Budget::default()))
/// };
/// assert!(ask("sqs:Send*", "arn:aws:sqs:*:*:prod-*")?.is_proven());
/// assert!(ask("sqs:*", "arn:aws:sqs:*:*:test-*")?.is_proven());
/// assert!(ask("sqs:*", "arn:aws:sqs:*:*:*")?.counterexample().is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn allows_all(
    documents: &[PolicyDocument],
    action: &ActionPattern,
    resource: &ResourcePattern,
    budget: Budget,
) -> Comparison {
    let grant = PolicyDocument::new([Statement::allow([action.clone()], [resource.clone()])]);
    compare(std::slice::from_ref(&grant), documents, budget)
}

fn decide(inner: &[PolicyDocument], outer: &[PolicyDocument], meter: &mut Meter) -> Result<Comparison, Exhausted> {
    let rules = Rules::new(inner, outer, Mode::Every);
    let Some(gap) = Search::new(&rules, Mode::Every, meter)?.gap(meter)? else { return Ok(Comparison::Proven) };
    if let Some(found) = witness::confirm(inner, outer, &rules, &gap) {
        return Ok(Comparison::Counterexample(Box::new(found)));
    }
    for given in witness::bindings(inner, outer, &gap) {
        if let Some(found) = with_bindings(inner, outer, &given, meter)? {
            return Ok(Comparison::Counterexample(Box::new(found)));
        }
    }
    Ok(Comparison::Undecided { why: undecided(&rules, &gap) })
}

/// A counterexample that does not hinge on what is not known.
fn with_bindings(
    inner: &[PolicyDocument],
    outer: &[PolicyDocument],
    given: &Given,
    meter: &mut Meter,
) -> Result<Option<Counterexample>, Exhausted> {
    let rules = Rules::new(inner, outer, Mode::Only(given));
    let gap = Search::new(&rules, Mode::Only(given), meter)?.gap(meter)?;
    Ok(gap.and_then(|gap| witness::confirm(inner, outer, &rules, &gap)))
}

fn undecided(rules: &Rules, gap: &Gap) -> Undecided {
    let mut on: BTreeSet<String> =
        gap.circumstance.open.iter().filter_map(|line| rules.lines.get(*line)).map(lines::Line::name).collect();
    if on.is_empty() {
        // Nothing that this request hinges on is open, so it hinges on how other statements are read.
        let denies = rules.select(Side::Outer, Effect::Deny).chain(rules.select(Side::Inner, Effect::Deny));
        let guards = denies.filter_map(|rule| rules.guards.get(rules.get(rule)?.guard as usize)).flatten();
        on.extend(guards.filter_map(|line| rules.lines.get(*line)).map(lines::Line::name));
    }
    let (document, statement) = rules.get(gap.claim).map_or((0, 0), |rule| (rule.document, rule.statement));
    Undecided::Depends { on, document, statement }
}
