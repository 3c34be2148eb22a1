//! Fewer characters for the same actions, where a document would otherwise be too long.

use std::collections::BTreeSet;

use tighten_catalog::Catalog;
use tighten_iam::{ActionName, ActionPattern, Actions};

use super::allow::matched;

/// Puts patterns in the place of names: `iot:Describe*`, where all actions that begin so stay. A pattern also allows what
/// AWS may add later, so it has to lie within one of the statement's own.
pub(super) fn shorter(
    catalog: &'static Catalog,
    own: &Actions,
    stay: &BTreeSet<&ActionName>,
    spelled: Vec<ActionPattern>,
) -> Vec<ActionPattern> {
    let mut short: Vec<ActionPattern> = Vec::new();
    for pattern in spelled {
        let name = pattern.to_name().filter(|_| !own.patterns().contains(&pattern));
        let Some(name) = name else {
            short.push(pattern);
            continue;
        };
        if short.iter().any(|wide| wide.has_wildcard() && wide.contains(&pattern)) {
            continue;
        }
        short.push(prefix(catalog, own, stay, &name).unwrap_or(pattern));
    }
    short
}

/// The shortest beginning of the name, of whole words, that it shares with others that stay and with none that goes.
fn prefix(
    catalog: &'static Catalog,
    own: &Actions,
    stay: &BTreeSet<&ActionName>,
    action: &ActionName,
) -> Option<ActionPattern> {
    let name = action.name();
    let ends = name.char_indices().skip(1).filter(|(_, c)| c.is_ascii_uppercase()).map(|(at, _)| at);
    ends.filter_map(|end| format!("{}:{}*", action.service(), name.get(..end)?).parse().ok()).find(|short| {
        let within = match own {
            Actions::Action(patterns) => patterns.iter().any(|pattern| pattern.contains(short)),
            Actions::NotAction(patterns) => !patterns.iter().any(|pattern| pattern.overlaps(short)),
        };
        let mut count = 0;
        within
            && matched(catalog, short).all(|action| {
                count += 1;
                stay.contains(&**action)
            })
            && count > 1
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_share_a_pattern_only_if_all_that_it_matches_stay() {
        let catalog = Catalog::embedded();
        let all: ActionPattern = "sqs:*".parse().unwrap();
        let names: Vec<ActionName> = matched(catalog, &all).map(|name| ActionName::clone(name)).collect();
        let goes = |name: &&ActionName| name.name() == "DeleteQueue" || name.name().starts_with("List");
        let stay: BTreeSet<&ActionName> = names.iter().filter(|name| !goes(name)).collect();
        let spelled: Vec<ActionPattern> = stay.iter().map(|name| ActionPattern::from(*name)).collect();
        let short = |own: Actions| -> Vec<String> {
            shorter(catalog, &own, &stay, spelled.clone()).iter().map(ToString::to_string).collect()
        };
        let wide = short(Actions::Action(vec![ActionPattern::any()]));
        assert!(wide.contains(&"sqs:Get*".to_owned()) && wide.contains(&"sqs:DeleteMessage".to_owned()), "{wide:?}");
        assert!(wide.len() < spelled.len() && !wide.iter().any(|one| one.starts_with("sqs:List")));
        let narrow = short(Actions::Action(vec!["sqs:G*".parse().unwrap(), "sqs:*Message".parse().unwrap()]));
        assert!(narrow.contains(&"sqs:Get*".to_owned()) && !narrow.contains(&"sqs:Set*".to_owned()), "{narrow:?}");
        let except = short(Actions::NotAction(vec!["sqs:GetQueueUrl".parse().unwrap()]));
        assert!(!except.contains(&"sqs:Get*".to_owned()), "{except:?}");
    }
}
