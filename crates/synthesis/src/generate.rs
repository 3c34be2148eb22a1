//! From what a principal used to documents that allow it.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::Catalog;
use tighten_iam::quota::{self, PolicyKind, attached_managed};
use tighten_iam::{ActionName, PolicyDocument, Principal, PrincipalKind, ResourcePattern};
use tighten_mapping::{Certainty, NoNeed};

use crate::block::{Density, compact};
use crate::documents::pack;
use crate::finding::{Finding, FindingCode};
use crate::generalise::{Granted, How, count_others, generalise};
use crate::grant::{Grant, is_plain};
use crate::notes;
use crate::options::Options;
use crate::paths::{Completed, EntityPaths};
use crate::proposal::{Evidence, Proposal, Want};
use crate::prove::{NotProven, Proof, Required, prove};
use crate::sid::sids;
use crate::unsettled;
use crate::used::{ConditionKeys, Observed, Seen, Used};

/// What a principal did, as far as it matters for its policies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Who.
    pub principal: Principal,
    /// The path in the principal's ARN is a guess.
    pub name_only: bool,
    /// What its authorised calls needed.
    pub needs: Vec<Used>,
    /// What its denied calls wanted.
    pub wants: Vec<Want>,
    /// The calls of which it is not known what they needed.
    pub unmapped: Vec<Unmapped>,
    /// Nearly all of its calls were refused, so that of the others only those that succeeded are in `needs`.
    pub mostly_refused: Option<MostlyRefused>,
}

/// A principal of which nearly everything was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MostlyRefused {
    /// How many of its calls were refused.
    pub refused: u64,
    /// How many calls it made.
    pub calls: u64,
    /// The actions that only failed calls would show.
    pub left_out: BTreeSet<ActionName>,
}

impl Subject {
    /// Takes out what a service needed that called with the principal's permissions, to be given to a role of that
    /// service instead. `service` is its prefix: `cloudformation`.
    pub fn split_service(&mut self, service: &str) -> Option<Self> {
        let is_its = |via: &Option<String>| via.as_deref().is_some_and(|via| is_service(via, service));
        let (its, own): (Vec<Used>, Vec<Used>) =
            std::mem::take(&mut self.needs).into_iter().partition(|need| is_its(&need.via));
        self.needs = own;
        let subject = Self { needs: its, wants: Vec::new(), unmapped: Vec::new(), ..self.clone() };
        (!subject.needs.is_empty()).then_some(subject)
    }
}

/// Whether the name of a calling service, `cloudformation.amazonaws.com`, is that of the service with the prefix.
pub fn is_service(via: &str, service: &str) -> bool {
    via.split_once('.')
        .is_some_and(|(name, ending)| name.eq_ignore_ascii_case(service) && ending.starts_with("amazonaws"))
}

/// A call of which it is not known what it needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmapped {
    /// The API call, as `eventSource/eventName`.
    pub call: String,
    /// Why.
    pub reason: NoNeed,
    /// How often, when and where.
    pub seen: Seen,
}

/// Proposes documents that allow what the principal used, and no more than the mode asks for.
///
/// Denied calls and mere suspicions grant nothing. The result is the same for any order of the needs.
pub fn generate(catalog: &'static Catalog, subject: &Subject, paths: &EntityPaths, options: &Options) -> Proposal {
    let principal = &subject.principal;
    let has_policies = principal.kind() != PrincipalKind::Root && !principal.is_service_linked_role();
    let mut findings = notes::of_subject(subject);
    let needs = completed(&subject.needs, paths);
    findings.extend(notes::of_needs(catalog, principal, &needs));
    let own = [(principal, needs.as_slice())];
    let mut granted = if has_policies { generalised(catalog, &own, paths, options) } else { Granteds::new() };
    let others = paths.others.beside([principal]);
    for granted in granted.values_mut() {
        count_others(granted, &others);
    }
    findings.extend(notes::of_granted(principal, &granted));
    let documents = written(catalog, &granted, options);
    findings.extend(over_quota(principal, &documents, options));
    let mut evidence: Vec<Evidence> = needs.into_iter().map(|need| explained(need, &granted)).collect();
    evidence.sort_by(|a, b| order(a).cmp(&order(b)));
    let mut wants = subject.wants.clone();
    wants.sort_by(|a, b| {
        (&a.action, &a.error_code, &a.via, a.origin, &a.reason).cmp(&(
            &b.action,
            &b.error_code,
            &b.via,
            b.origin,
            &b.reason,
        ))
    });
    Finding::sort(&mut findings);
    let inferred = Vec::new();
    Proposal { principal: principal.clone(), documents, evidence, inferred, wants, findings, has_policies }
}

/// Looks up in the proposal all that the principal's authorised calls needed, see [`prove`].
///
/// For a principal without policies there is nothing to prove.
pub fn prove_generated(proposal: &Proposal, needs: &[Used], paths: &EntityPaths) -> Result<Proof, NotProven> {
    if !proposal.has_policies {
        return Ok(Proof::default());
    }
    let mut required = BTreeSet::new();
    for need in completed(needs, paths).into_iter().filter(|need| !need.suspected) {
        for resource in &need.resources {
            let (action, resource) = (need.action.clone(), resource.pattern.clone());
            required.insert(Required { action, resource, context: need.context.clone() });
        }
    }
    prove(&proposal.documents, &required)
}

/// The resources to grant for each action and context.
pub(crate) type Granteds = BTreeMap<(ActionName, ConditionKeys), Vec<Granted>>;

/// The needs with the names of IAM entities completed.
pub(crate) fn completed(needs: &[Used], paths: &EntityPaths) -> Vec<Used> {
    let mut needs = needs.to_vec();
    for need in needs.iter_mut().filter(|need| need.path_unknown) {
        let mut resources = BTreeSet::new();
        let mut guessed = false;
        for one in std::mem::take(&mut need.resources) {
            match paths.complete(&one.pattern) {
                Completed::Known(known) => resources.extend(known.into_iter().map(Observed::one)),
                Completed::Guessed(both) => {
                    guessed = true;
                    resources.extend(both.into_iter().map(Observed::one));
                }
                Completed::Other => {
                    resources.insert(one);
                }
            }
        }
        need.resources = resources.into_iter().collect();
        need.path_unknown = guessed;
    }
    needs
}

/// What to grant for the needs of these principals together.
pub(crate) fn generalised(
    catalog: &'static Catalog,
    all_needs: &[(&Principal, &[Used])],
    paths: &EntityPaths,
    options: &Options,
) -> Granteds {
    let others = paths.others.beside(all_needs.iter().map(|(principal, _)| *principal));
    let all = || all_needs.iter().flat_map(|(principal, needs)| needs.iter().map(move |need| (*principal, need)));
    let sure = || all().filter(|(_, need)| !need.suspected);
    let mut observed: BTreeMap<(ActionName, ConditionKeys), Vec<&Observed>> = BTreeMap::new();
    for (_, need) in sure() {
        observed.entry((need.action.clone(), need.context.clone())).or_default().extend(&need.resources);
    }
    let one = |((action, context), observed)| {
        let granted = generalise(catalog, &action, &Observed::united(observed), &others, options);
        ((action, context), granted)
    };
    let mut all: Granteds = observed.into_iter().map(one).collect();
    let mut open: BTreeMap<(ActionName, ConditionKeys), BTreeSet<Granted>> = BTreeMap::new();
    for (principal, need) in sure().filter(|(_, need)| !need.unsettled.is_empty()) {
        let of_need = unsettled::required(catalog, principal, need);
        open.entry((need.action.clone(), need.context.clone())).or_default().extend(of_need);
    }
    for (key, open) in open {
        let granted = all.entry(key).or_default();
        let covers = |have: &Granted, one: &Granted| have.pattern != one.pattern && have.pattern.contains(&one.pattern);
        let is_new = |one: &&Granted| {
            !granted.iter().any(|have| have.pattern.contains(&one.pattern))
                && !open.iter().any(|have| covers(have, one))
        };
        let new: Vec<Granted> = open.iter().filter(is_new).cloned().collect();
        granted.extend(new);
        granted.sort();
    }
    all
}

pub(crate) fn written(catalog: &'static Catalog, granted: &Granteds, options: &Options) -> Vec<PolicyDocument> {
    let grants = granted.iter().flat_map(|((action, condition), granted)| {
        granted.iter().map(|one| Grant {
            action: action.clone(),
            resource: one.pattern.clone(),
            condition: condition.clone(),
        })
    });
    write_grants(catalog, &grants.collect::<Vec<_>>(), options.kind)
}

/// Documents that give exactly this: in few statements, with names that say what they give, and of the size that IAM allows
/// where several documents can be attached.
pub fn write_grants(catalog: &'static Catalog, grants: &[Grant], kind: PolicyKind) -> Vec<PolicyDocument> {
    // Inline policies share one limit, so there is nothing to be won by splitting them.
    let limit = if kind == PolicyKind::Managed { quota::limit(kind) } else { usize::MAX };
    let fits = |documents: &[PolicyDocument]| {
        documents.len() <= 1 && documents.iter().map(quota::size).sum::<usize>() <= quota::limit(kind)
    };
    let mut best: Option<Vec<PolicyDocument>> = None;
    for density in Density::ALL {
        let blocks = compact(catalog, grants.iter().cloned(), density);
        let sids = sids(catalog, &blocks);
        let statements =
            blocks.iter().zip(sids).map(|(block, sid)| (block.service.clone(), block.statement().with_sid(sid)));
        let documents = pack(statements.collect(), limit);
        let fewer = best.as_ref().is_none_or(|best| documents.len() < best.len() || fits(&documents));
        if fewer {
            best = Some(documents);
        }
        if best.as_deref().is_some_and(fits) {
            break;
        }
    }
    best.unwrap_or_default()
}

pub(crate) fn over_quota(principal: &Principal, documents: &[PolicyDocument], options: &Options) -> Vec<Finding> {
    let mut findings = Vec::new();
    let limit = quota::limit(options.kind);
    let sizes: Vec<usize> = documents.iter().map(quota::size).collect();
    let exceeded = |have: usize, what: &str, limit: usize| {
        Finding::new(FindingCode::QuotaExceeded)
            .about(principal)
            .with("have", have)
            .with("what", what)
            .with("limit", limit)
    };
    if options.kind == PolicyKind::Managed {
        findings.extend(sizes.iter().filter(|size| **size > limit).map(|size| exceeded(*size, "characters", limit)));
        if documents.len() > 1 {
            let split = Finding::new(FindingCode::PolicySplit).about(principal);
            findings.push(split.with("documents", documents.len()).with("limit", limit));
        }
        if let Some(quota) = attached_managed(principal.kind())
            && documents.len() > quota.default
        {
            let finding = exceeded(documents.len(), "managed policies", quota.default);
            findings.push(finding.with("limit_on_request", quota.maximum));
        }
    } else if sizes.iter().sum::<usize>() > limit {
        findings.push(exceeded(sizes.iter().sum(), "characters", limit));
    }
    findings
}

fn explained(need: Used, granted: &Granteds) -> Evidence {
    let key = (need.action.clone(), need.context.clone());
    let candidates = if need.suspected { None } else { granted.get(&key) };
    let observed: BTreeSet<&ResourcePattern> = need.resources.iter().map(|one| &one.pattern).collect();
    let own = candidates.into_iter().flatten().filter(|one| {
        let wide = || !is_plain(&one.pattern) && observed.iter().any(|observed| one.pattern.contains(observed));
        let open = one.how == How::Unsettled && !need.unsettled.is_empty();
        observed.contains(&one.pattern) || wide() || open
    });
    let granted = own.cloned().collect();
    let mut observed = need.resources;
    observed.sort();
    observed.dedup();
    Evidence {
        action: need.action,
        observed,
        granted,
        context: need.context,
        certainty: need.certainty,
        unsettled: need.unsettled,
        rule: need.rule,
        via: need.via,
        seen: need.seen,
    }
}

type Order<'e> =
    (&'e ActionName, &'e ConditionKeys, &'e Option<String>, Certainty, &'e str, &'e [String], &'e [Observed]);

fn order(evidence: &Evidence) -> Order<'_> {
    let Evidence { action, context, via, certainty, rule, unsettled, observed, .. } = evidence;
    (action, context, via, *certainty, rule, unsettled, observed)
}
