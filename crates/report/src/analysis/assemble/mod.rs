//! From what was folded and generated to the report.

mod coverage;
mod principal;
mod totals;
mod unmapped;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use rayon::prelude::*;
use tighten_catalog::Catalog;
use tighten_iam::Principal;
use tighten_synthesis::{Backtest, Finding, NoBacktest, Proposal, SetProposal};
use tighten_trail::Window;
use tighten_usage::Usage;

use super::model::{Report, SCHEMA_VERSION};
use crate::backtest;
use crate::narrowing::{self, Narrowing};
use crate::paths::Paths;
use crate::shared::{Pruned, Tool, input};
use principal::Source;

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct Analysis<'a> {
    /// The version of the program.
    pub version: &'static str,
    /// The catalog that was used.
    pub catalog: &'static Catalog,
    /// The time that was asked for.
    pub window: Window,
    /// Files that were not opened because of the window.
    pub pruned: Pruned,
    /// What was folded.
    pub usage: &'a Usage,
    /// What was generated for each principal.
    pub proposals: &'a [Proposal],
    /// What services did on the behalf of principals, for roles of the services.
    pub service_roles: &'a [ServiceRole],
    /// What was generated for permission sets.
    pub permission_sets: &'a [SetProposal],
    /// Findings about the input as a whole.
    pub findings: &'a [Finding],
    /// What became of current policies, if some were given.
    pub narrowing: Option<Narrowing<'a>>,
    /// How proposals of earlier dates fared, if that was looked at.
    pub backtest: Option<Result<&'a Backtest, NoBacktest>>,
}

/// What a service did on a principal's behalf, as policies for a role of the service.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceRole {
    /// The service's prefix: `cloudformation`.
    pub service: String,
    /// The policies; their principal is the one on whose behalf the service acted.
    pub proposal: Proposal,
}

/// Makes the report, with the threads of the pool that it is called in.
pub fn report(analysis: Analysis<'_>) -> Report {
    let Analysis {
        version,
        catalog,
        window,
        pruned,
        usage,
        proposals,
        service_roles,
        permission_sets,
        findings,
        narrowing,
        backtest,
    } = analysis;
    let mut paths = Paths::default();
    let by_principal: BTreeMap<&Principal, &Proposal> =
        proposals.iter().map(|proposal| (&proposal.principal, proposal)).collect();
    let proposed = by_principal.into_iter().filter_map(|(who, proposal)| Some((proposal, usage.principals.get(who)?)));
    let mut found = narrowing.map(|narrowing| narrowing.findings()).unwrap_or_default();
    // No two documents have the same path, which goes by their order; all else can be told at the same time.
    let sources: Vec<_> = proposed
        .map(|(proposal, used)| {
            let findings = found.remove(&Some(&proposal.principal)).unwrap_or_default();
            let own = service_roles.iter().filter(|role| role.proposal.principal == proposal.principal);
            let source = Source { proposal, used, findings, service_roles: own.collect() };
            let paths = source.take_paths(&mut paths);
            (source, paths)
        })
        .collect();
    let mut principals: Vec<_> =
        sources.into_par_iter().map(|(source, paths)| principal::report(&source, paths)).collect();
    // The map was in the order of ARNs, and the sort is stable.
    principals.sort_by_key(|principal| Reverse(principal.calls));
    let unmapped = usage.unmapped();
    // What is left concerns nobody, or holders without calls.
    let left: Vec<&Finding> = found.into_values().flatten().collect();
    let findings = principal::general(findings, &left);
    Report {
        schema_version: SCHEMA_VERSION,
        tool: Tool::new(version, catalog),
        input: input(usage, pruned),
        coverage: coverage::coverage(&usage.coverage, window),
        totals: totals::totals(&principals, usage, &unmapped),
        permission_sets: totals::permission_sets(&principals, permission_sets, &mut paths),
        unmapped: unmapped::unmapped(&unmapped),
        without_principal: usage.unattributed.iter().map(|(reason, seen)| (reason.code(), seen.count)).collect(),
        principals,
        narrowing: narrowing.map(|all| narrowing::narrowing(all, &mut paths)),
        backtest: backtest.map(backtest::backtest),
        findings,
    }
}
