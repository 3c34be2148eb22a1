//! More names than a person would list become a wildcard.

use std::collections::BTreeMap;

use super::How;
use super::name::Path;
use crate::options::Limits;

/// A path, and which of the observed resources it stands for.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) path: Path,
    pub(super) observed: Vec<usize>,
}

/// What takes the place of members.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) text: String,
    pub(super) observed: Vec<usize>,
    pub(super) how: How,
}

/// Replaces crowded levels by wildcards. `members` are of one type in one region and account.
pub(super) fn thin_out(members: Vec<Member>, limits: &Limits) -> Vec<Group> {
    // Roles and policies are never opened by number: each one is another set of permissions.
    let iam = members.first().is_some_and(|member| member.path.head.split(':').nth(2) == Some("iam"));
    if iam {
        return members.into_iter().map(whole).collect();
    }
    level(members, 0, limits)
}

fn level(members: Vec<Member>, depth: usize, limits: &Limits) -> Vec<Group> {
    let (ended, going_on): (Vec<Member>, Vec<Member>) =
        members.into_iter().partition(|member| member.path.pieces.len() <= depth);
    let mut children: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    for member in &going_on {
        let Some(piece) = member.path.pieces.get(depth) else { continue };
        let key = format!("{}{}{}", piece.fixed, piece.separators, piece.text);
        children.entry(key).or_default().push(member.clone());
    }
    let chosen = going_on.iter().all(|member| member.path.pieces.get(depth).is_some_and(|piece| piece.chosen));
    let limit = if chosen { limits.names } else { limits.below };
    let names = children.len();
    let below: Vec<Group> = children.into_values().flat_map(|members| level(members, depth + 1, limits)).collect();
    // A crowded name must not hide its neighbours, so the first level counts names and not what lies below them.
    let crowd = if depth == 0 { names } else { below.len() };
    let mut groups: Vec<Group> = ended.into_iter().map(whole).collect();
    match open(&going_on, depth) {
        Some(text) if crowd > limit => {
            let observed = going_on.into_iter().flat_map(|member| member.observed).collect();
            groups.push(Group { text, observed, how: How::Crowded });
        }
        _ => groups.extend(below),
    }
    groups
}

/// What the members share up to `depth`, a wildcard, and what their format says after it.
fn open(members: &[Member], depth: usize) -> Option<String> {
    let first = members.first()?;
    let mut text = first.path.head.clone();
    for piece in first.path.pieces.get(..depth)? {
        text.extend([&*piece.fixed, &piece.separators, &piece.text]);
    }
    let next = || members.iter().filter_map(|member| member.path.pieces.get(depth));
    // Where some names end and others go on, the wildcard takes in the format's text, too.
    let variable = next().map(|piece| piece.variable).min()?;
    let piece = first.path.pieces.get(depth)?;
    if next().all(|other| other.fixed == piece.fixed) {
        text.push_str(&piece.fixed);
        if next().all(|other| other.separators == piece.separators) {
            text.push_str(&piece.separators);
        }
    }
    text.push('*');
    let mut last = variable;
    for later in first.path.pieces.iter().filter(|piece| piece.variable > variable) {
        if later.variable != last {
            text.extend([&*later.fixed, "*"]);
            last = later.variable;
        }
    }
    text.push_str(&first.path.tail);
    Some(text)
}

fn whole(member: Member) -> Group {
    Group { text: member.path.text(), observed: member.observed, how: member.path.how }
}
