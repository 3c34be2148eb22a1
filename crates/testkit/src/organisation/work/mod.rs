//! What each kind of principal does all day: one concrete call of each of its kinds, with weights.

mod build;
mod people;
mod run;

use crate::shapes::Actor;
use crate::{Call, Rng};

/// A kind of principal, told by its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// A deploy role of a CI system.
    Deploy,
    /// A function or service on the data plane.
    Service,
    /// A person.
    Developer,
    /// A data pipeline.
    Pipeline,
    /// A role of an infrastructure tool.
    Infrastructure,
    /// A backup agent.
    Backup,
    /// A security scanner.
    Audit,
    /// A service-linked role of Auto Scaling.
    Scaling,
    /// The root user.
    Root,
}

/// The applications whose names the resources carry.
pub const APPS: [&str; 4] = ["orders", "billing", "search", "media"];

/// One call of this kind of work, chosen by weight.
pub fn call(job: Job, actor: &Actor, rng: &mut Rng) -> Option<Call> {
    let mut calls = kinds(job, actor, rng);
    let total: u64 = calls.iter().map(|(weight, _)| weight).sum();
    let mut point = rng.below(total);
    let index = calls.iter().position(|(weight, _)| {
        let here = point < *weight;
        point = point.saturating_sub(*weight);
        here
    })?;
    Some(calls.swap_remove(index).1)
}

/// One concrete call of each kind, with its weight.
pub fn kinds(job: Job, actor: &Actor, rng: &mut Rng) -> Vec<(u64, Call)> {
    let app = rng.word(&APPS);
    match job {
        Job::Deploy => build::deploy(actor, app, rng),
        Job::Service => run::service(actor, app, rng),
        Job::Developer => people::developer(actor, app, rng),
        Job::Pipeline => run::pipeline(actor, app, rng),
        Job::Infrastructure => build::infrastructure(actor, app, rng),
        Job::Backup => run::backup(actor, app, rng),
        Job::Audit => people::audit(actor, app),
        Job::Scaling => run::scaling(actor, rng),
        Job::Root => people::root(actor),
    }
}
