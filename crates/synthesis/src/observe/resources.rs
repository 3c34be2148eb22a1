//! The caller and the resources as CloudTrail writes them in an event.

use std::borrow::Cow;

use tighten_iam::{Principal, PrincipalKind, ResourcePattern, escape_literal};
use tighten_trail::selectors::{Level, Trail};

use super::region::{Regions, global_region};
use super::sight::{Calls, Kind};

/// Who calls, from where.
#[derive(Debug)]
pub(super) struct Caller<'a> {
    principal: &'a Principal,
    global: bool,
    regions: Regions<'a>,
    sessions: std::cell::OnceCell<ResourcePattern>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(principal: &'a Principal, global: bool, regions: Regions<'a>) -> Self {
        Self { principal, global, regions, sessions: std::cell::OnceCell::new() }
    }

    /// The ARNs of `userIdentity`: a role calls as one of its sessions.
    pub(super) fn sessions(&self) -> &ResourcePattern {
        self.sessions.get_or_init(|| {
            let principal = self.principal;
            if principal.kind() != PrincipalKind::Role {
                return ResourcePattern::from(principal.arn());
            }
            let session = format!("assumed-role/{}/*", escape_literal(principal.name()));
            ResourcePattern::new(principal.partition(), "sts", "", principal.account(), &session)
                .unwrap_or_else(|_| ResourcePattern::any())
        })
    }

    /// How many of the caller's calls a trail covers, by its account and region.
    pub(super) fn within(&self, trail: &Trail) -> Level {
        let elsewhere = trail.account.as_deref().is_some_and(|account| account != self.principal.account());
        if trail.organization == Some(false) && elsewhere {
            return Level::None;
        }
        match &trail.home_region {
            Some(region) if trail.multi_region == Some(false) => {
                let home = self.global.then(|| global_region(self.principal.partition())).flatten();
                if home == Some(region) && trail.global_events == Some(false) {
                    return Level::None;
                }
                self.regions.in_region(region)
            }
            _ => Level::Full,
        }
    }
}

/// Whether resources of the pattern may leave events of that kind.
pub(super) fn concerns(kind: &Kind, pattern: &ResourcePattern) -> bool {
    // Calls that came another way name the main resource, too.
    let one_way = matches!(kind, Kind::Data { also, .. } if also.is_empty());
    !one_way || is_of(kind, pattern)
}

fn is_of(kind: &Kind, pattern: &ResourcePattern) -> bool {
    let Kind::Data { arn: Some(arn), .. } = kind else { return true };
    arn.overlaps(pattern)
}

/// The ARNs that the events of calls on the pattern's resources name.
pub(super) fn targets(
    kind: &Kind,
    calls: &Calls,
    caller: &Caller<'_>,
    pattern: &ResourcePattern,
) -> Vec<ResourcePattern> {
    let partition = caller.principal.partition();
    if pattern.is_any() && !calls.forms.is_empty() {
        let forms = calls.forms.iter().filter(|form| is_of(kind, form));
        return forms.map(|form| target(kind, partition, form)).collect();
    }
    vec![target(kind, partition, pattern)]
}

fn target(kind: &Kind, partition: &str, pattern: &ResourcePattern) -> ResourcePattern {
    let Some([_, written, service, region, account, resource]) = pattern.segments() else { return pattern.clone() };
    let partition = if written.contains(['*', '?']) { partition } else { written };
    let resource = named(kind, resource);
    ResourcePattern::new(partition, service, region, account, &resource).unwrap_or_else(|_| pattern.clone())
}

/// The resource of an ARN as events spell it.
fn named<'p>(kind: &Kind, resource: &'p str) -> Cow<'p, str> {
    match kind {
        Kind::Data { of_bucket: true, .. } if !resource.contains('/') => Cow::Owned(format!("{resource}/")),
        // Calls on an index name its table.
        Kind::Data { resource_type, .. } if resource_type == "AWS::DynamoDB::Table" => {
            let slashes: Vec<usize> = resource.match_indices('/').map(|(at, _)| at).collect();
            let table = slashes.get(1).and_then(|&at| resource.get(..at));
            Cow::Borrowed(table.filter(|table| !table.contains(['*', '?', '$'])).unwrap_or(resource))
        }
        _ => Cow::Borrowed(resource),
    }
}

/// How the ARNs of the pattern's resources begin, if the pattern tells more than their service.
pub(super) fn arn_prefix(kind: &Kind, pattern: &ResourcePattern) -> Option<String> {
    let [_, partition, service, region, account, resource] = pattern.segments()?;
    let before = format!("arn:{partition}:{service}:{region}:{account}:");
    if before.contains(['*', '?', '$']) {
        return None;
    }
    let resource = named(kind, resource);
    let end = resource.find(['*', '?', '$']).unwrap_or(resource.len());
    let resource = resource.get(..end).filter(|resource| !resource.is_empty())?;
    Some(before + resource)
}
