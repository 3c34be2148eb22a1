//! Proposals of earlier dates, held against the calls after them.

use std::collections::BTreeSet;

use rayon::prelude::*;
use tighten_catalog::Catalog;
use tighten_iam::{PolicyDocument, Principal};
use tighten_report::ServiceRole;
use tighten_synthesis::{Backtest, Backtester, CutPoint, Options, PrincipalProof, Proposal};

use crate::read::Read;

/// What narrowing would have made of the policies of these principals.
pub(crate) fn narrowed(cuts: &[CutPoint], proofs: &[PrincipalProof], chosen: &BTreeSet<Principal>) -> Backtest {
    let shown = proofs.iter().filter(|proof| chosen.contains(&proof.principal));
    Backtest::of(cuts, shown.filter_map(|proof| proof.backtest.clone()).collect())
}

/// Generates the policies of all principals at each midnight. `proposals` are those of all days.
pub(crate) fn generated(
    read: &Read,
    cuts: &[CutPoint],
    (proposals, service_roles): (&[Proposal], &[ServiceRole]),
    (options, services): (&Options, &[String]),
) -> Backtest {
    let tester = Backtester { catalog: Catalog::embedded(), cuts, paths: &read.paths };
    let one = |proposal: &Proposal| {
        let principal = &proposal.principal;
        let used = read.usage.principals.get(principal).filter(|_| proposal.has_policies)?;
        let of_services = service_roles.iter().map(|role| &role.proposal).filter(|own| own.principal == *principal);
        let documents = std::iter::once(proposal).chain(of_services).flat_map(|own| &own.documents);
        let documents: Vec<PolicyDocument> = documents.cloned().collect();
        Some(tester.generated((principal, used), &documents, (options, services)))
    };
    let principals = read.pool.install(|| proposals.par_iter().filter_map(one).collect());
    Backtest::of(cuts, principals)
}
