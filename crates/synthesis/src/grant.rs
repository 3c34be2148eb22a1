//! What a policy gives, one action on one pattern at a time.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{ActionName, ResourcePattern};

use crate::used::ConditionKeys;

/// One action on the resources of one pattern, where the condition keys have one of the given values.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The action.
    pub action: ActionName,
    /// The resources.
    pub resource: ResourcePattern,
    /// What must hold; empty: nothing.
    pub condition: ConditionKeys,
}

impl Grant {
    /// Whether this gives all that `other` gives.
    pub fn covers(&self, other: &Self) -> bool {
        self.action == other.action
            && implied_by(&self.condition, &other.condition)
            && self.resource.contains(&other.resource)
    }
}

/// Whether the first condition holds wherever the second one does.
pub(crate) fn implied_by(weaker: &ConditionKeys, stronger: &ConditionKeys) -> bool {
    weaker.iter().all(|(key, values)| stronger.get(key).is_some_and(|own| own.is_subset(values)))
}

/// The resources of each action under each condition, without what the others give anyway.
pub(crate) fn irredundant(
    grants: impl IntoIterator<Item = Grant>,
) -> BTreeMap<ActionName, BTreeMap<ConditionKeys, BTreeSet<ResourcePattern>>> {
    let mut by_action: BTreeMap<ActionName, BTreeMap<ConditionKeys, BTreeSet<ResourcePattern>>> = BTreeMap::new();
    for grant in grants {
        by_action.entry(grant.action).or_default().entry(grant.condition).or_default().insert(grant.resource);
    }
    for conditions in by_action.values_mut() {
        *conditions = without_covered(conditions);
    }
    by_action
}

fn without_covered(
    conditions: &BTreeMap<ConditionKeys, BTreeSet<ResourcePattern>>,
) -> BTreeMap<ConditionKeys, BTreeSet<ResourcePattern>> {
    let all = || conditions.iter().flat_map(|(condition, patterns)| patterns.iter().map(move |one| (condition, one)));
    // What has no wildcard contains nothing but itself, so only few need to be compared with all.
    let wide: Vec<_> = all().enumerate().filter(|(_, (_, pattern))| !is_plain(pattern)).collect();
    let mut left: BTreeMap<ConditionKeys, BTreeSet<ResourcePattern>> = BTreeMap::new();
    for (index, (condition, pattern)) in all().enumerate() {
        let same_elsewhere = conditions.iter().any(|(weaker, patterns)| {
            weaker != condition && implied_by(weaker, condition) && patterns.contains(pattern)
        });
        let covered = wide.iter().any(|&(other, (weaker, wider))| {
            index != other && implied_by(weaker, condition) && wider.contains(pattern) && {
                // Of two that give the same, the first one stays.
                let mutual = implied_by(condition, weaker) && pattern.contains(wider);
                !mutual || other < index
            }
        });
        if !same_elsewhere && !covered {
            left.entry(condition.clone()).or_default().insert(pattern.clone());
        }
    }
    left
}

/// Whether the pattern matches one resource alone and is spelled like it, so that it contains no pattern but itself.
pub(crate) fn is_plain(pattern: &ResourcePattern) -> bool {
    !pattern.has_wildcard() && !pattern.as_str().contains('$')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(action: &str, resource: &str, passed_to: &[&str]) -> Grant {
        let values: BTreeSet<String> = passed_to.iter().map(|value| (*value).to_owned()).collect();
        let condition =
            if values.is_empty() { BTreeMap::new() } else { [("iam:PassedToService".to_owned(), values)].into() };
        Grant { action: action.parse().unwrap(), resource: resource.parse().unwrap(), condition }
    }

    fn left(grants: &[Grant]) -> Vec<Grant> {
        let by_action = irredundant(grants.iter().cloned());
        let mut left = Vec::new();
        for (action, conditions) in by_action {
            for (condition, patterns) in conditions {
                left.extend(patterns.into_iter().map(|resource| Grant {
                    action: action.clone(),
                    resource,
                    condition: condition.clone(),
                }));
            }
        }
        left
    }

    #[test]
    fn what_a_wider_pattern_gives_is_dropped() {
        let wide = grant("s3:GetObject", "arn:aws:s3:::a/*", &[]);
        let narrow = grant("s3:GetObject", "arn:aws:s3:::a/k", &[]);
        let other = grant("s3:PutObject", "arn:aws:s3:::a/k", &[]);
        assert_eq!(left(&[narrow.clone(), wide.clone(), other.clone()]), [wide.clone(), other]);
        assert!(wide.covers(&narrow) && !narrow.covers(&wide));
    }

    #[test]
    fn what_holds_without_a_condition_makes_the_same_with_one_idle() {
        let free = grant("iam:PassRole", "arn:aws:iam::1:role/*", &[]);
        let bound = grant("iam:PassRole", "arn:aws:iam::1:role/r", &["lambda.amazonaws.com"]);
        assert_eq!(left(&[bound.clone(), free.clone()]), [free]);
        let more = grant("iam:PassRole", "arn:aws:iam::1:role/r", &["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]);
        assert_eq!(left(&[bound, more.clone()]), std::slice::from_ref(&more));
        let elsewhere = grant("iam:PassRole", "arn:aws:iam::1:role/*", &["ec2.amazonaws.com"]);
        assert_eq!(left(&[elsewhere, more]).len(), 2);
    }

    #[test]
    fn of_two_spellings_one_stays() {
        let spellings =
            [grant("s3:GetObject", "arn:aws:s3:::a/*?", &[]), grant("s3:GetObject", "arn:aws:s3:::a/?*", &[])];
        assert_eq!(left(&spellings).len(), 1);
    }
}
