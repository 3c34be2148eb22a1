//! More names than a person would list become a wildcard.

use std::collections::BTreeMap;

use super::ids;
use super::name::Path;
use super::{Guarded, How};
use crate::options::Limits;
use crate::others::Others;

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
    /// The wildcard takes the place of names that people choose, and not of what lies below one of them.
    pub(super) open_names: bool,
    pub(super) guarded: Option<Guarded>,
}

/// How many times the limit is listed where a wildcard would reach what only others used. Nobody reads more, and they would not
/// fit into a policy.
const FAR_MORE: usize = 5;

/// Replaces crowded levels by wildcards. `members` are of one type in one region and account. Without `names`, only
/// what lies below names that people choose is opened: object keys, log streams.
pub(super) fn thin_out(members: Vec<Member>, limits: &Limits, names: bool, others: &Others<'_>) -> Vec<Group> {
    // Roles and policies are never opened by number: each one is another set of permissions.
    let iam = members.first().is_some_and(|member| member.path.head.split(':').nth(2) == Some("iam"));
    if iam { as_they_are(members) } else { level(members, 0, limits, names, others) }
}

/// One group for each member.
pub(super) fn as_they_are(members: Vec<Member>) -> Vec<Group> {
    members.into_iter().map(whole).collect()
}

fn level(members: Vec<Member>, depth: usize, limits: &Limits, open_chosen: bool, others: &Others<'_>) -> Vec<Group> {
    let (ended, going_on): (Vec<Member>, Vec<Member>) =
        members.into_iter().partition(|member| member.path.pieces.len() <= depth);
    let mut children: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    for member in &going_on {
        let Some(piece) = member.path.pieces.get(depth) else { continue };
        let key = format!("{}{}{}", piece.fixed, piece.separators, piece.text);
        children.entry(key).or_default().push(member.clone());
    }
    let next = || going_on.iter().filter_map(|member| member.path.pieces.get(depth));
    let chosen = next().all(|piece| piece.chosen);
    let listed = next().any(|piece| piece.listed);
    let open_names = next().any(|piece| piece.variable == 0);
    let limit = if chosen { limits.names } else { limits.below };
    let names = children.len();
    let below: Vec<Group> =
        children.into_values().flat_map(|members| level(members, depth + 1, limits, open_chosen, others)).collect();
    // A crowded name must not hide its neighbours, so the first level counts names and not what lies below them.
    let crowd = if depth == 0 { names } else { below.len() };
    let mut groups: Vec<Group> = ended.into_iter().map(whole).collect();
    match open(&going_on, depth) {
        Some(text)
            if crowd > limit
                && !listed
                && (open_chosen || !chosen)
                && (crowd > limit * FAR_MORE || !is_others(&text, others)) =>
        {
            let guarded = going_on.iter().filter_map(|member| member.path.guarded).max();
            let observed = going_on.into_iter().flat_map(|member| member.observed).collect();
            groups.push(Group { text, observed, how: How::Crowded, open_names, guarded });
        }
        _ => groups.extend(below),
    }
    groups
}

/// Whether a pattern reaches what only others used.
fn is_others(text: &str, others: &Others<'_>) -> bool {
    text.parse().is_ok_and(|pattern| others.reached_by(&pattern, 0))
}

/// What the members share up to `depth` and at the beginning of the names there, a wildcard, and what their format says
/// after it.
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
            if next().all(|other| other.variable == piece.variable) {
                let names: Vec<&str> = next().map(|piece| piece.text.as_str()).collect();
                text.push_str(common_prefix(&names));
            }
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

/// What all names begin with, up to and with a separator; nothing where they share no word.
fn common_prefix<'a>(names: &[&'a str]) -> &'a str {
    // The ids of a type all begin alike, which tells nothing about them.
    let Some((first, others)) = names.split_first().filter(|_| !names.iter().all(|name| ids::is_ec2_id(name))) else {
        return "";
    };
    let same = |other: &&str| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let length = others.iter().map(same).min().unwrap_or(first.len());
    let shared = first.as_bytes().get(..length).unwrap_or_default();
    // Separators are ASCII, so cutting after one cuts no character; nor does an escape of a pattern hold any.
    let end = shared.iter().rposition(|b| matches!(b, b'-' | b'_' | b'.')).map_or(0, |at| at + 1);
    first.get(..end).filter(|prefix| prefix.contains(char::is_alphanumeric)).unwrap_or_default()
}

fn whole(member: Member) -> Group {
    let (text, how, guarded) = (member.path.text(), member.path.how, member.path.guarded);
    Group { text, observed: member.observed, how, open_names: false, guarded }
}

#[cfg(test)]
mod tests {
    use super::common_prefix;

    #[test]
    fn names_share_whole_words() {
        assert_eq!(common_prefix(&["app-dev-a", "app-dev-b", "app-dev-bc"]), "app-dev-");
        assert_eq!(common_prefix(&["app_a", "app_b"]), "app_");
        assert_eq!(common_prefix(&["com.a", "com.b"]), "com.");
        assert_eq!(common_prefix(&["日本-é", "日本-è"]), "日本-");
        for names in [&["apple", "apply"][..], &["app", "app-a"], &["-a", "-b"], &["a", "b"], &[]] {
            assert_eq!(common_prefix(names), "", "{names:?}");
        }
        assert_eq!(common_prefix(&["subnet-0a1b2c3d", "subnet-0a1b2c3e"]), "");
    }
}
