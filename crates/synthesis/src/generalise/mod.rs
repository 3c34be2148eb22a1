//! From observed resources to the resources of a policy.
//!
//! The result is a function of the set of resources, the mode and the limits; the order in which resources were seen
//! does not show. Every pattern contains all resources that it stands for, and says which.

use std::collections::BTreeMap;

use serde::Serialize;
use tighten_catalog::{AccessLevel, Catalog};
use tighten_iam::{ActionName, ResourcePattern, escape_literal};
use tighten_usage::Days;

use crate::block::level;
use crate::options::{Options, ResourceMode};
use crate::others::Others;
use crate::used::{Behind, Observed};

mod crowd;
mod format;
mod ids;
mod moving;
mod name;

use crowd::{Group, Member};
use format::Kind;
use ids::Known;
use moving::{Name, Place};
use name::Path;

/// Why a pattern is as wide as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// It is what was observed.
    Exact,
    /// A part of the name is made up anew each time.
    Minted,
    /// A part of the name spells the date of use.
    Dated,
    /// A part of the name counts up.
    Counted,
    /// New names keep coming.
    Turning,
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
    /// The names guard something of their own, and others keep taking their place.
    #[serde(skip)]
    pub guarded: Option<Guarded>,
    /// How many resources it reaches that only others used.
    #[serde(skip_serializing_if = "is_zero")]
    pub others: u64,
    /// What was observed.
    pub behind: Behind,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// What became of names of which each guards something of its own, and which others keep taking the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Guarded {
    /// They stay listed, so the next one falls outside.
    Listed,
    /// A pattern takes their place.
    Opened,
}

/// Generalises the resources that an action was used on, none of them twice.
pub(crate) fn generalise(
    catalog: &'static Catalog,
    action: &ActionName,
    observed: &[Observed],
    others: &Others<'_>,
    options: &Options,
) -> Vec<Granted> {
    let observed: Vec<&Observed> = observed.iter().collect();
    let groups = match options.resources {
        ResourceMode::Any => any(&observed),
        _ => named(catalog, action, &observed, others, options),
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

/// Counts what each pattern reaches of others'.
pub(crate) fn count_others(granted: &mut [Granted], others: &Others<'_>) {
    for wide in granted.iter_mut().filter(|one| one.how != How::Exact && one.how != How::Any) {
        wide.others = others.count(&wide.pattern);
    }
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
    vec![Group { text: "*".to_owned(), observed, how: How::Any, open_names: false, guarded: None }]
}

/// What names are judged together by: all up to the last segment of the ARN, and the type.
type Together = (String, Option<Kind>);

/// Who may do this to a function decides what it runs.
const CHANGES_CODE: [&str; 3] =
    ["lambda:CreateFunction", "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration"];

fn named(
    catalog: &'static Catalog,
    action: &ActionName,
    observed: &[&Observed],
    others: &Others<'_>,
    options: &Options,
) -> Vec<Group> {
    let mut crowds: BTreeMap<Together, Vec<(Path, usize)>> = BTreeMap::new();
    let mut groups = Vec::new();
    for (index, one) in observed.iter().enumerate() {
        if let Some(path) = path(catalog, action, one, options) {
            crowds.entry((path.head.clone(), path.kind)).or_default().push((path, index));
        } else {
            let text = one.pattern.to_string();
            groups.push(Group { text, observed: vec![index], how: How::Exact, open_names: false, guarded: None });
        }
    }
    // Who may change permissions may do so where that was seen, however often; so may who acts on identities.
    let auto = options.resources == ResourceMode::Auto;
    let access = level(catalog, action);
    let counts = auto && access != AccessLevel::PermissionsManagement && action.service() != "iam";
    let writes = matches!(access, AccessLevel::Write | AccessLevel::Tagging);
    let changes_code = CHANGES_CODE.contains(&action.as_str());
    let place = Place { others, risk: options.risk.share(), names: counts, writes, changes_code };
    for members in crowds.into_values() {
        if auto {
            let name = |(path, index): (Path, usize)| {
                let days = observed.get(index).map(|one| one.days.clone()).unwrap_or_default();
                Name::new(path, vec![index], days)
            };
            let names = moving::open(members.into_iter().map(name).collect(), &place);
            let members: Vec<Member> =
                names.into_iter().map(|name| Member { path: name.path, observed: name.observed }).collect();
            groups.extend(crowd::thin_out(members, &options.limits, counts, others));
        } else {
            // What has become the same is united below.
            let members = members.into_iter().map(|(path, index)| Member { path, observed: vec![index] });
            groups.extend(crowd::as_they_are(members.collect()));
        }
    }
    let groups = together(groups);
    if counts { regions(groups, options.limits.regions) } else { groups }
}

/// On how many days, over how many, a name must be used to last.
const LASTING: (usize, i32) = (5, 10);

fn known(days: &Days) -> Known {
    let (count, over) = LASTING;
    let span = days.numbers().last().zip(days.numbers().next()).map_or(0, |(last, first)| last - first);
    Known { lasts: days.len() >= count && span >= over, moments: !days.is_empty() }
}

fn path(catalog: &'static Catalog, action: &ActionName, observed: &Observed, options: &Options) -> Option<Path> {
    let pattern = &observed.pattern;
    // What a policy variable stands for is not known, so nothing can be said about the name that it is part of.
    if pattern.variables().next().is_some() {
        return None;
    }
    let shape = format::shape(catalog, action, pattern)?;
    let exact = Path::exact(pattern, &shape)?;
    let path = match options.resources {
        ResourceMode::Type => return Some(exact.of_type()),
        ResourceMode::Auto => exact.without_minted(&shape, catalog.rules(), known(&observed.days)),
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
                own.guarded = own.guarded.max(group.guarded);
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
            let guarded = groups.iter().filter_map(|group| group.guarded).max();
            let observed = groups.into_iter().flat_map(|group| group.observed).collect();
            out.push(Group { text, observed, how: How::Regions, open_names, guarded });
        } else {
            out.extend(groups);
        }
    }
    out
}

/// The pattern of a group; and the members themselves, should it not contain them.
fn patterns(group: &Group, members: &[&Observed]) -> Vec<Granted> {
    let guarded = group.guarded;
    let granted = |mut pattern: ResourcePattern, how, open_names, members: &[&Observed]| {
        let respelled = pattern.widen_illegal();
        Granted { pattern, how, respelled, open_names, guarded, others: 0, behind: Behind::of(members.iter().copied()) }
    };
    let exact = |one: &Observed| granted(one.pattern.clone(), How::Exact, false, &[one]);
    let Ok(pattern) = group.text.parse::<ResourcePattern>() else {
        return members.iter().map(|one| exact(one)).collect();
    };
    let (inside, outside): (Vec<&Observed>, Vec<&Observed>) =
        members.iter().copied().partition(|one| pattern.contains(&one.pattern));
    let mut all = vec![granted(pattern, group.how, group.open_names, &inside)];
    // Of numbers that grow longer, the longer ones are to come.
    all.retain(|granted| granted.behind.count > 0 || members.is_empty());
    all.extend(outside.into_iter().map(exact));
    all
}

#[cfg(test)]
mod tests;
