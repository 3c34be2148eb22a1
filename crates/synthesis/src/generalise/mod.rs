//! From observed resources to the resources of a policy.
//!
//! The result is a function of the set of resources, the mode and the limits; the order in which resources were seen
//! does not show. Every pattern contains all resources that it stands for, and says which.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use tighten_catalog::{AccessLevel, Catalog};
use tighten_iam::{ActionName, ResourcePattern, escape_literal};

use crate::block::level;
use crate::options::{Options, ResourceMode};
use crate::used::{Behind, Observed};

mod crowd;
mod format;
mod ids;
mod name;

use crowd::{Group, Member};
use format::Kind;
use name::Path;

/// Why a pattern is as wide as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It is what was observed.
    Exact,
    /// A part of the name is made up anew each time.
    Minted,
    /// More names were seen than are listed.
    Crowded,
    /// The same name was seen in many regions.
    Regions,
    /// The name starts with a prefix that the user gave.
    NamePrefix,
    /// The user asked for whole types.
    Type,
    /// The user asked for no restriction.
    Any,
    /// The records do not tell on which resources of the type.
    Unsettled,
}

/// A resource of a policy, and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Granted {
    /// The pattern.
    pub pattern: ResourcePattern,
    /// Why it is as wide as it is.
    pub how: How,
    /// The name had characters that no policy may hold; wildcards stand for them.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub respelled: bool,
    /// It takes the place of more names than are listed, of those that people choose. What lies below one such name (the
    /// keys in a bucket, the streams of a log group) does not count.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub open_names: bool,
    /// What was observed.
    pub behind: Behind,
}

/// Generalises the resources that an action was used on.
pub fn generalise(
    catalog: &'static Catalog,
    action: &ActionName,
    observed: &BTreeSet<Observed>,
    options: &Options,
) -> Vec<Granted> {
    let observed: Vec<&Observed> = observed.iter().collect();
    let groups = match options.resources {
        ResourceMode::Any => any(&observed),
        _ => named(catalog, action, &observed, options),
    };
    let mut granted: Vec<Granted> = Vec::new();
    for group in groups {
        let members = group.observed.iter().filter_map(|index| observed.get(*index).copied());
        let members: Vec<&Observed> = members.collect();
        granted.extend(patterns(&group, &members));
    }
    granted.sort();
    granted
}

/// The type of a resource by the catalog, and the first part of its name, without wildcards.
pub(crate) fn name_of(
    catalog: &'static Catalog,
    action: &ActionName,
    pattern: &ResourcePattern,
) -> (Option<&'static str>, String) {
    let Some(shape) = format::shape(catalog, action, pattern) else { return (None, String::new()) };
    let name = shape.parts.iter().find_map(|part| match part {
        format::Part::Value { text, .. } => Some(text.replace(['*', '?'], "")),
        format::Part::Fixed(_) => None,
    });
    (shape.kind.map(|(_, kind)| kind), name.unwrap_or_default())
}

fn any(observed: &[&Observed]) -> Vec<Group> {
    if observed.is_empty() {
        return Vec::new();
    }
    let observed = (0..observed.len()).collect();
    vec![Group { text: "*".to_owned(), observed, how: How::Any, open_names: false }]
}

fn named(catalog: &'static Catalog, action: &ActionName, observed: &[&Observed], options: &Options) -> Vec<Group> {
    let mut crowds: BTreeMap<(String, Option<Kind>), BTreeMap<Path, Vec<usize>>> = BTreeMap::new();
    let mut groups = Vec::new();
    for (index, one) in observed.iter().enumerate() {
        if let Some(path) = path(catalog, action, &one.pattern, options) {
            crowds.entry((path.head.clone(), path.kind)).or_default().entry(path).or_default().push(index);
        } else {
            let text = one.pattern.to_string();
            groups.push(Group { text, observed: vec![index], how: How::Exact, open_names: false });
        }
    }
    // Who may change permissions may do so where that was seen, however often; so may who acts on identities.
    let auto = options.resources == ResourceMode::Auto;
    let counts = auto && level(catalog, action) != AccessLevel::PermissionsManagement && action.service() != "iam";
    for members in crowds.into_values() {
        let members: Vec<Member> = members.into_iter().map(|(path, observed)| Member { path, observed }).collect();
        if auto {
            groups.extend(crowd::thin_out(members, &options.limits, counts));
        } else {
            groups.extend(crowd::as_they_are(members));
        }
    }
    let groups = together(groups);
    if counts { regions(groups, options.limits.regions) } else { groups }
}

fn path(catalog: &'static Catalog, action: &ActionName, pattern: &ResourcePattern, options: &Options) -> Option<Path> {
    // What a policy variable stands for is not known, so nothing can be said about the name that it is part of.
    if pattern.variables().next().is_some() {
        return None;
    }
    let shape = format::shape(catalog, action, pattern)?;
    let exact = Path::exact(pattern, &shape)?;
    let path = match options.resources {
        ResourceMode::Type => return Some(exact.of_type()),
        ResourceMode::Auto => exact.without_minted(&shape, catalog.rules()),
        ResourceMode::Exact | ResourceMode::Any => exact,
    };
    let prefixes = options.name_prefixes.iter().filter(|prefix| !prefix.is_empty());
    Some(prefixes.filter_map(|prefix| path.clone().by_prefix(&escape_literal(prefix))).min().unwrap_or(path))
}

/// One group for each text.
fn together(groups: Vec<Group>) -> Vec<Group> {
    let mut by_text: BTreeMap<String, Group> = BTreeMap::new();
    for group in groups {
        match by_text.get_mut(&group.text) {
            Some(own) => {
                own.observed.extend(group.observed);
                own.how = own.how.max(group.how);
                own.open_names |= group.open_names;
            }
            None => {
                by_text.insert(group.text.clone(), group);
            }
        }
    }
    by_text.into_values().collect()
}

/// Puts `*` in the place of the region where the same name is listed in more regions than the limit.
fn regions(groups: Vec<Group>, limit: usize) -> Vec<Group> {
    let elsewhere = |text: &str| {
        let mut segments: Vec<&str> = text.splitn(6, ':').collect();
        let region = segments.get_mut(3).filter(|region| !region.is_empty())?;
        *region = "*";
        Some(segments.join(":"))
    };
    let mut same: BTreeMap<String, Vec<Group>> = BTreeMap::new();
    for group in groups {
        same.entry(elsewhere(&group.text).unwrap_or_else(|| group.text.clone())).or_default().push(group);
    }
    let mut out = Vec::new();
    for (text, groups) in same {
        if groups.len() > limit {
            let open_names = groups.iter().any(|group| group.open_names);
            let observed = groups.into_iter().flat_map(|group| group.observed).collect();
            out.push(Group { text, observed, how: How::Regions, open_names });
        } else {
            out.extend(groups);
        }
    }
    out
}

/// The pattern of a group; and the members themselves, should it not contain them.
fn patterns(group: &Group, members: &[&Observed]) -> Vec<Granted> {
    let granted = |mut pattern: ResourcePattern, how, open_names, members: &[&Observed]| {
        let respelled = pattern.widen_illegal();
        Granted { pattern, how, respelled, open_names, behind: Behind::of(members.iter().copied()) }
    };
    let exact = |one: &Observed| granted(one.pattern.clone(), How::Exact, false, &[one]);
    let Ok(pattern) = group.text.parse::<ResourcePattern>() else {
        return members.iter().map(|one| exact(one)).collect();
    };
    let (inside, outside): (Vec<&Observed>, Vec<&Observed>) =
        members.iter().copied().partition(|one| pattern.contains(&one.pattern));
    let mut all = vec![granted(pattern, group.how, group.open_names, &inside)];
    all.retain(|granted| granted.behind.count > 0);
    all.extend(outside.into_iter().map(exact));
    all
}

#[cfg(test)]
mod tests;
