//! Who works in the organisation, where, and how much.

use crate::Caller;
use crate::shapes::Actor;

use super::work::Job;

/// The account of the workloads.
pub(super) const PRODUCTION: &str = "111122223333";
/// The account of the developers and the data.
pub(super) const DEVELOPMENT: &str = "444455556666";
/// The account of the security team.
pub(super) const SECURITY: &str = "777788889999";

/// One worker: calls a day on average, on working days or on every day.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    pub(super) actor: Actor,
    pub(super) job: Job,
    pub(super) daily: u64,
    pub(super) weekends: bool,
    /// The first day of the month on which it works.
    pub(super) from: i8,
    /// Of 100 records, those that lack the session issuer.
    pub(super) without_issuer: u64,
}

pub(super) fn workers() -> Vec<Worker> {
    let role = |account: &str, name: &str| Caller::role(&format!("arn:aws:iam::{account}:role/{name}"));
    let user = |account: &str, name: &str| Caller::user(&format!("arn:aws:iam::{account}:user/{name}"));
    let sso = |account: &str, suffix: &str, who: &str| {
        role(account, &format!("aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Developer_{suffix}"))
            .session(who)
    };
    let worker = |caller: Caller, region: &str, job: Job, daily: u64, weekends: bool| Worker {
        actor: Actor::new(caller, region),
        job,
        daily,
        weekends,
        from: 1,
        without_issuer: 0,
    };
    vec![
        worker(role(PRODUCTION, "ci/github-deploy").session("gha-4711"), "us-east-1", Job::Deploy, 11, false),
        Worker {
            without_issuer: 12,
            ..worker(
                role(PRODUCTION, "service-role/orders-api-exec").session("orders-api"),
                "us-east-1",
                Job::Service,
                20,
                true,
            )
        },
        worker(
            role(PRODUCTION, "service-role/media-worker-exec").session("media-worker"),
            "eu-west-1",
            Job::Service,
            11,
            true,
        ),
        worker(role(PRODUCTION, "terraform").session("aws-go-sdk-1777"), "eu-west-1", Job::Infrastructure, 5, false),
        worker(sso(PRODUCTION, "0123456789abcdef", "mara@example.com"), "eu-west-1", Job::Developer, 5, false),
        worker(sso(DEVELOPMENT, "fedcba9876543210", "omar@example.com"), "us-west-2", Job::Developer, 5, false),
        worker(user(PRODUCTION, "people/ines").with_mfa(), "us-east-1", Job::Developer, 2, false),
        worker(user(DEVELOPMENT, "backup-agent"), "us-west-2", Job::Backup, 4, true),
        worker(role(DEVELOPMENT, "data/etl-runner").session("glue-etl"), "us-west-2", Job::Pipeline, 8, true),
        worker(
            role(DEVELOPMENT, "service-role/orders-api-exec").session("orders-api"),
            "us-west-2",
            Job::Service,
            4,
            false,
        ),
        worker(role(SECURITY, "security-audit").session("scanner"), "us-east-1", Job::Audit, 3, true),
        Worker {
            from: 11,
            ..worker(role(SECURITY, "security-audit").session("scanner"), "ap-southeast-2", Job::Audit, 3, true)
        },
        worker(
            role(PRODUCTION, "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling")
                .session("AutoScaling"),
            "us-east-1",
            Job::Scaling,
            2,
            true,
        ),
        Worker { from: 27, ..worker(Caller::root(SECURITY).with_mfa(), "us-east-1", Job::Root, 2, true) },
    ]
}
