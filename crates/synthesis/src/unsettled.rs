//! Resource types that used actions left open.
//!
//! AWS may have checked a call on resources of a type although its record names none. What is granted on such a type
//! cannot be called unused, and where AWS requires the type, a policy without it may refuse the call.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::{Catalog, Service};
use tighten_iam::{ActionName, Principal, ResourcePattern};

use crate::generalise::{Granted, How};
use crate::used::{Behind, Used};

/// How many regions are written out; beyond them, all are meant.
const REGIONS: usize = 4;

/// The open types of each action, of needs that are more than suspected.
pub(crate) fn by_action<'a>(needs: impl IntoIterator<Item = &'a Used>) -> BTreeMap<&'a ActionName, BTreeSet<&'a str>> {
    let mut open: BTreeMap<&ActionName, BTreeSet<&str>> = BTreeMap::new();
    for need in needs.into_iter().filter(|need| !need.suspected && !need.unsettled.is_empty()) {
        open.entry(&need.action).or_default().extend(need.unsettled.iter().map(String::as_str));
    }
    open
}

/// Everything of a type: a pattern for each of its formats, in all accounts and regions.
pub(crate) fn all_of(
    catalog: &'static Catalog,
    action: &ActionName,
    kind: &str,
    partition: &str,
) -> Vec<ResourcePattern> {
    let Some(service) = catalog.service(action.service()) else { return Vec::new() };
    formats(service, kind).iter().filter_map(|format| written(format, partition, "*", "*")).collect()
}

/// What to grant for the open types that AWS requires: all of each type, in the caller's account and the regions of the
/// calls.
pub(crate) fn required(catalog: &'static Catalog, principal: &Principal, need: &Used) -> Vec<Granted> {
    let mut granted = BTreeSet::new();
    for kind in &need.unsettled {
        granted.extend(patterns(catalog, principal, need, kind));
    }
    let one = |pattern| Granted {
        pattern,
        how: How::Unsettled,
        respelled: false,
        open_names: false,
        guarded: None,
        others: 0,
        behind: Behind::default(),
    };
    granted.into_iter().map(one).collect()
}

fn patterns(catalog: &'static Catalog, principal: &Principal, need: &Used, kind: &str) -> Vec<ResourcePattern> {
    let Some(service) = catalog.service(need.action.service()) else { return Vec::new() };
    if !is_required(service, &need.action, kind) {
        return Vec::new();
    }
    let regions = &need.seen.regions;
    let all = vec!["*".to_owned()];
    let regions = if regions.is_empty() || regions.len() > REGIONS { &all } else { regions };
    formats(service, kind)
        .iter()
        .flat_map(|format| {
            let write = |region: &String| written(format, partition(principal), region, principal.account());
            regions.iter().filter_map(write).collect::<BTreeSet<_>>()
        })
        .collect()
}

/// The partition of a principal; any, where a log spells it oddly.
pub(crate) fn partition(principal: &Principal) -> &str {
    if principal.partition().starts_with("aws") { principal.partition() } else { "*" }
}

/// Whether AWS requires the type of the action.
pub(crate) fn is_required(service: &Service, action: &ActionName, kind: &str) -> bool {
    let taken = service.action(action.name()).and_then(|action| action.resource(kind));
    taken.is_some_and(|taken| taken.required)
}

/// The formats of a type. A web ACL and what is in it is regional or global, which its ARN says first: a wildcard there would
/// reach the names of others.
fn formats(service: &Service, kind: &str) -> Vec<String> {
    let formats = service.resource_type(kind).into_iter().flat_map(|kind| &kind.formats);
    let by_scope = |format: &&str| -> Vec<String> {
        let scopes = if format.contains("${Scope}") { &["global", "regional"][..] } else { &[""] };
        scopes.iter().map(|scope| format.replace("${Scope}", scope)).collect()
    };
    formats.flat_map(by_scope).collect()
}

/// A format with its place filled in and wildcards for the other variables.
fn written(format: &str, partition: &str, region: &str, account: &str) -> Option<ResourcePattern> {
    let mut text = String::new();
    let mut rest = format;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(match name {
            "Partition" => partition,
            "Region" => region,
            "Account" | "AccountId" => account,
            _ => "*",
        });
        rest = after;
    }
    text.push_str(rest);
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_written_out_of_its_format() {
        let action = "ec2:RunInstances".parse().unwrap();
        let texts = |kind| -> Vec<String> {
            all_of(Catalog::embedded(), &action, kind, "aws").iter().map(ToString::to_string).collect()
        };
        assert_eq!(texts("launch-template"), ["arn:aws:ec2:*:*:launch-template/*"]);
        assert_eq!(texts("image"), ["arn:aws:ec2:*::image/*"]);
        assert!(texts("nothing").is_empty());
        let action = "wafv2:CreateWebACL".parse().unwrap();
        let sets: Vec<String> =
            all_of(Catalog::embedded(), &action, "ipset", "aws").iter().map(ToString::to_string).collect();
        assert_eq!(sets, ["arn:aws:wafv2:*:*:global/ipset/*/*", "arn:aws:wafv2:*:*:regional/ipset/*/*"]);
    }
}
