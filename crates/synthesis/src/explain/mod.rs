//! Why a principal has an action: the statements that allow it, what was recorded, what could have been, and what decided.
//!
//! [`explain`] looks at nothing new. It puts together for one action what [`narrow`](crate::narrow::narrow) or
//! [`generate`](crate::generate) decided, what usage knows, and what [`Observation`] says of absence.

mod answer;
mod links;
mod model;
mod resource;
mod statements;

use std::collections::BTreeMap;

use tighten_catalog::Catalog;
use tighten_iam::{ActionName, Effect, PolicyDocument, Principal, ResourcePattern};

pub use model::{
    Answer, AnswerCode, ConditionLine, DenialFor, Explanation, Fit, GrantOf, Link, LinkKind, OnResource, Patterns,
    Reason, ResourceNote, StatementFor, StatementUse, UseOf, UsedResource,
};

use crate::generalise::Granted;
use crate::generate::{Subject, completed};
use crate::narrow::{AnsweredBy, NarrowInput, NarrowOptions, Narrowed, answered};
use crate::observe::Observation;
use crate::paths::EntityPaths;
use crate::proposal::Proposal;
use crate::replay::Verdict;
use crate::risk::risk;
use crate::used::{Observed, Used};

/// What is asked, and what is known of the principal.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// What AWS defines.
    pub catalog: &'static Catalog,
    /// What the principal did.
    pub subject: &'a Subject,
    /// The action.
    pub action: &'a ActionName,
    /// The resource, if one is asked for.
    pub resource: Option<&'a ResourcePattern>,
    /// The IAM entities that are named in full somewhere.
    pub paths: &'a EntityPaths,
    /// What the records could have shown.
    pub observation: &'a Observation<'a>,
}

/// The policies that are explained.
#[derive(Debug, Clone, Copy)]
pub enum Policies<'a> {
    /// Those of today, and what became of them.
    Current {
        /// What was narrowed.
        input: &'a NarrowInput<'a>,
        /// Within which guard rails.
        options: &'a NarrowOptions,
        /// What it came to, with details.
        narrowed: &'a Narrowed,
    },
    /// Those that are proposed from nothing.
    Generated(&'a Proposal),
}

/// Documents with the indices that their policies have.
struct Documents {
    documents: Vec<PolicyDocument>,
    policies: Vec<usize>,
}

/// Explains one action.
pub fn explain(question: &Question<'_>, policies: Policies<'_>) -> Explanation {
    let uses = uses(question, policies);
    let (before, after) = documents(question, policies);
    let allowed = |action: &ActionName| {
        before
            .as_ref()
            .unwrap_or(&after)
            .documents
            .iter()
            .flat_map(|document| &document.statements)
            .any(|statement| statement.effect == Effect::Allow && statement.action.matches(action))
    };
    let (statements, denials, grants) = match policies {
        Policies::Current { input, options, narrowed } => {
            let (statements, denials) = statements::current(question, input, options, narrowed, &uses);
            (statements, denials, Vec::new())
        }
        Policies::Generated(proposal) => {
            (Vec::new(), Vec::new(), statements::grants(&proposal.documents, question.action))
        }
    };
    let any = ResourcePattern::any();
    let principal = &question.subject.principal;
    let needs = || question.subject.needs.iter().filter(|need| need.action == *question.action);
    let mut explanation = Explanation {
        principal: principal.clone(),
        name_only: question.subject.name_only,
        action: question.action.clone(),
        answer: Answer { code: AnswerCode::NotGranted, reason: Reason::NotAllowed },
        resource: question
            .resource
            .map(|resource| resource::judged(question, resource, before.as_ref(), &after, &uses)),
        has_policies: match policies {
            Policies::Current { .. } => true,
            Policies::Generated(proposal) => proposal.has_policies,
        },
        boundary: boundary(question, policies),
        is_current: matches!(policies, Policies::Current { .. }),
        statements,
        denials,
        grants,
        granted: granted(question, policies),
        suspected: needs().filter(|need| need.suspected).cloned().collect(),
        refused: question
            .subject
            .wants
            .iter()
            .filter(|want| want.action.eq_ignore_ascii_case(question.action.as_str()))
            .cloned()
            .collect(),
        unmapped: question.subject.unmapped.iter().filter(|one| is_of_service(question, &one.call)).cloned().collect(),
        visibility: question.observation.of(principal, question.action, question.resource.unwrap_or(&any)),
        recorded: question.catalog.rules().visibility(question.action),
        shown_by: question.catalog.calls_showing(question.action),
        days: question.observation.days(principal.account()),
        risk: risk(question.catalog, question.action, &allowed),
        uses,
    };
    explanation.answer = answer::answer(&explanation);
    explanation
}

/// The uses of the action by all who hold one of the principal's policies.
fn uses(question: &Question<'_>, policies: Policies<'_>) -> Vec<UseOf> {
    let fit = |pattern: &ResourcePattern| question.resource.map(|resource| resource::fit(resource, pattern));
    let of_need = |principal: &Principal, need: &Used, granted: Vec<Granted>| UseOf {
        principal: principal.clone(),
        resources: Vec::new(),
        granted,
        links: links::links(question.catalog, question.action, &need.seen.calls),
        need: need.clone(),
    };
    let on = |observed: &Observed, by: Vec<AnsweredBy>| UsedResource {
        fit: fit(&observed.pattern),
        observed: observed.clone(),
        by,
    };
    let mut uses: Vec<UseOf> = Vec::new();
    match policies {
        Policies::Current { input, options, .. } => {
            for one in answered(input, options, question.action) {
                let is_same = |own: &UseOf| own.principal == one.principal && own.need == one.need;
                if !uses.last().is_some_and(is_same) {
                    uses.push(of_need(&one.principal, &one.need, Vec::new()));
                }
                let resource = on(&one.observed, one.by);
                if let Some(own) = uses.last_mut() {
                    own.resources.push(resource);
                }
            }
        }
        Policies::Generated(proposal) => {
            let is_asked = |need: &&Used| need.action == *question.action && !need.suspected;
            let asked: Vec<Used> = question.subject.needs.iter().filter(is_asked).cloned().collect();
            for need in completed(&asked, question.paths) {
                let granted = proposal.evidence.iter().filter(|evidence| {
                    evidence.action == need.action
                        && evidence.context == need.context
                        && evidence.via == need.via
                        && evidence.rule == need.rule
                        && evidence.certainty == need.certainty
                });
                let mut granted: Vec<Granted> = granted.flat_map(|evidence| evidence.granted.clone()).collect();
                granted.sort();
                granted.dedup();
                let mut own = of_need(&question.subject.principal, &need, granted);
                own.resources = need.resources.iter().map(|observed| on(observed, Vec::new())).collect();
                uses.push(own);
            }
        }
    }
    // The principal's own first, and of these the most frequent.
    uses.sort_by_key(|one| {
        let is_other = one.principal != question.subject.principal;
        (is_other, std::cmp::Reverse(one.need.seen.count), one.principal.clone(), one.need.rule.clone())
    });
    uses
}

/// The principal's boundary, and what it says.
fn boundary(question: &Question<'_>, policies: Policies<'_>) -> Option<(String, Verdict)> {
    let Policies::Current { input, .. } = policies else { return None };
    let own = input.holders.iter().find(|holder| holder.subject.principal == question.subject.principal)?;
    let (name, document) = own.boundary?;
    let documents = Documents { documents: vec![document.clone()], policies: vec![0] };
    let any = ResourcePattern::any();
    let said = resource::judged(question, question.resource.unwrap_or(&any), None, &documents, &[]);
    Some((name.to_owned(), said.after))
}

/// What the proposed documents grant the action on, with the conditions.
fn granted(question: &Question<'_>, policies: Policies<'_>) -> Vec<(crate::used::ConditionKeys, Granted)> {
    let Policies::Generated(proposal) = policies else { return Vec::new() };
    let own = proposal.evidence.iter().filter(|evidence| evidence.action == *question.action);
    let mut all: Vec<_> = own
        .flat_map(|evidence| evidence.granted.iter().map(|granted| (evidence.context.clone(), granted.clone())))
        .collect();
    all.sort();
    all.dedup();
    all
}

/// What the principal holds today, with the values of placeholders, and what it would hold.
fn documents(question: &Question<'_>, policies: Policies<'_>) -> (Option<Documents>, Documents) {
    match policies {
        Policies::Generated(proposal) => {
            let policies = (0..proposal.documents.len()).collect();
            (None, Documents { documents: proposal.documents.clone(), policies })
        }
        Policies::Current { input, options, narrowed } => {
            let own = statements::held(input, &question.subject.principal);
            let old: BTreeMap<usize, PolicyDocument> = own
                .iter()
                .filter_map(|at| Some((*at, options.fill(input.policies.get(*at)?.source.document()))))
                .collect();
            let new: BTreeMap<usize, PolicyDocument> = own
                .iter()
                .filter_map(|at| Some((*at, options.fill(narrowed.policies.get(*at)?.document.as_ref()?))))
                .collect();
            let of = |all: BTreeMap<usize, PolicyDocument>| {
                let (policies, documents) = all.into_iter().unzip();
                Documents { documents, policies }
            };
            (Some(of(old)), of(new))
        }
    }
}

/// Whether a call, as `eventSource/eventName`, is one of the action's service.
fn is_of_service(question: &Question<'_>, call: &str) -> bool {
    let rules = question.catalog.rules();
    let source = call.split('/').next().unwrap_or_default();
    let also = rules.also(source).iter().map(String::as_str);
    rules.prefix(source).into_iter().chain(also).any(|prefix| prefix.eq_ignore_ascii_case(question.action.service()))
}
