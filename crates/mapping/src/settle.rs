//! Which resource types of an action a call leaves open.
//!
//! AWS may check one call on resources of several types. A type is settled if the need names resources of it, if a rule
//! says so, or if the request has room for it and left that empty. What is left is unsettled: the call may have been
//! checked on such resources, and the record does not tell which.

use tighten_catalog::{Action, ActionResource, Rules, SettledAs, SettledRule};
use tighten_iam::{Arn, ResourcePattern};

use crate::facts::Facts;
use crate::parameters::{Leaf, normalise};
use crate::types::Types;
use crate::values::is_generic;

/// What a call's needs say of one action.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NeededAction<'a> {
    pub(crate) prefix: &'a str,
    pub(crate) action: &'a Action,
    pub(crate) types: &'a Types,
    pub(crate) rules: &'a Rules,
    /// Rules for the call say what the action is checked on.
    pub(crate) is_ruled: bool,
}

/// The types of the action that the call leaves open, sorted.
pub(crate) fn unsettled(facts: &Facts<'_>, asked: &NeededAction<'_>, resources: &[&ResourcePattern]) -> Vec<String> {
    if asked.action.resources.len() < 2 {
        return Vec::new();
    }
    let found = found(asked, resources);
    let rows: Vec<&SettledRule> = asked.rules.settled(asked.prefix, asked.action.name).collect();
    // Of a request that is too long, CloudTrail keeps the length.
    let is_omitted = facts.parameters.has("omitted") && facts.parameters.has("originalSize");
    let is_unknown = is_omitted || !facts.tells_all();
    let is_open = |taken: &&ActionResource| {
        let kind = taken.resource_type;
        !found.contains(&kind) && is_open(facts, asked, taken, &found, &rows, is_unknown)
    };
    let mut open: Vec<String> =
        asked.action.resources.iter().filter(is_open).map(|taken| taken.resource_type.to_owned()).collect();
    open.sort_unstable();
    open
}

/// The types of which there are resources.
fn found<'a>(asked: &NeededAction<'a>, resources: &[&ResourcePattern]) -> Vec<&'a str> {
    let mut found = Vec::new();
    for pattern in resources {
        let Ok(arn) = pattern.as_str().parse::<Arn>() else { continue };
        found.extend(asked.types.recognise(&arn).into_iter().map(|(kind, _)| kind.name));
    }
    found
}

/// Whether a type stays open of which no resource was found. `is_unknown`: the record does not have the request.
fn is_open(
    facts: &Facts<'_>,
    asked: &NeededAction<'_>,
    taken: &ActionResource,
    found: &[&str],
    rows: &[&SettledRule],
    is_unknown: bool,
) -> bool {
    let mut own = rows.iter().filter(|row| {
        row.types.iter().any(|kind| kind == taken.resource_type)
            && crate::action::applies(&row.when, &row.unless, &facts.parameters)
    });
    let is_other_form = |row: &SettledRule| row.types.iter().any(|kind| found.contains(&kind.as_str()));
    let asks_nothing = |row: &SettledRule| row.when.is_empty() && row.unless.is_empty();
    let ruled = own.find_map(|row| match row.how {
        SettledAs::Unsettled => Some(true),
        // What a request leaves out tells something only if the record has the request.
        SettledAs::NotInvolved => (asks_nothing(row) || !is_unknown).then_some(false),
        SettledAs::Alternatives => is_other_form(row).then_some(false),
    });
    if let Some(is_open) = ruled {
        return is_open;
    }
    if asked.is_ruled {
        return false;
    }
    let mut has_room = false;
    let (mut is_named, mut is_shared) = (false, false);
    for member in taken.members.iter().filter(|member| **member != MADE) {
        has_room = true;
        let (name, shared) = member.strip_prefix('*').map_or((*member, false), |name| (name, true));
        if is_filled(facts, asked, taken.resource_type, name) {
            is_named |= !shared;
            is_shared |= shared;
        }
    }
    if is_named {
        // What stands there does not tell the resource.
        return true;
    }
    if is_shared {
        // What has room for several types tells which of them is meant.
        return found.is_empty();
    }
    !has_room || is_unknown
}

/// What stands for a type that the call makes.
const MADE: &str = "+";

/// Whether the request holds a member of that name, perhaps with the name around it in front, whose value may stand for a
/// resource of the type. The ARN of anything else does not.
fn is_filled(facts: &Facts<'_>, asked: &NeededAction<'_>, kind: &str, member: &str) -> bool {
    let name = normalise(member);
    let singular = name.strip_suffix('s').unwrap_or(&name);
    let generic = is_generic(&name);
    let is_it = |leaf: &Leaf| {
        let own = if generic { &leaf.full_name } else { &leaf.name };
        [own, &leaf.full_name]
            .into_iter()
            .any(|own| *own == name || own == singular || own.strip_suffix('s') == Some(&name))
    };
    let may_be = |leaf: &Leaf| match leaf.text.parse::<Arn>() {
        Ok(arn) => asked.types.recognise(&arn).iter().any(|(own, _)| own.name == kind),
        Err(_) => true,
    };
    facts.parameters.leaves().iter().filter(|leaf| is_it(leaf)).any(may_be)
}
