//! Policies that belong together.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use tighten_iam::Principal;

use crate::inventory::{Boundary, Inventory};
use crate::policy::CurrentPolicy;

/// Policies that are narrowed together, because somebody holds both, or they are held together with one that is; and all
/// who hold one of them.
#[derive(Debug, Clone)]
pub struct PolicySet<'a> {
    /// The policies.
    pub policies: Cow<'a, [CurrentPolicy]>,
    /// Their holders, in the order of ARNs.
    pub holders: Vec<SetHolder<'a>>,
}

/// Somebody who holds policies of a set.
#[derive(Debug, Clone)]
pub struct SetHolder<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// The indices of its policies in the set.
    pub policies: Vec<usize>,
    /// When the principal was made, if that is known.
    pub created: Option<Timestamp>,
    /// Its permissions boundary.
    pub boundary: Option<&'a Boundary>,
}

impl<'a> PolicySet<'a> {
    /// All of the policies, held by one principal and nobody else: policies of which only this is known.
    pub fn of(policies: &'a [CurrentPolicy], principal: &'a Principal) -> Self {
        let policies_held = (0..policies.len()).collect();
        let holder = SetHolder { principal, policies: policies_held, created: None, boundary: None };
        Self { policies: Cow::Borrowed(policies), holders: vec![holder] }
    }
}

impl Inventory {
    /// The policies that the chosen principals hold and those that belong to them, in sets that share no policy and no
    /// holder.
    pub fn sets(&self, chosen: &BTreeSet<Principal>) -> Vec<PolicySet<'_>> {
        let holders_of = self.holders_of();
        let mut done: BTreeSet<&Principal> = BTreeSet::new();
        let mut sets = Vec::new();
        for (first, _) in self.holders.iter().filter(|(principal, _)| chosen.contains(*principal)) {
            if done.contains(first) {
                continue;
            }
            let (principals, policies) = self.connected(first, &holders_of);
            done.extend(&principals);
            if !policies.is_empty() {
                sets.push(self.set(&principals, &policies));
            }
        }
        sets
    }

    fn holders_of(&self) -> BTreeMap<usize, Vec<&Principal>> {
        let mut holders_of: BTreeMap<usize, Vec<&Principal>> = BTreeMap::new();
        for (principal, held) in &self.holders {
            for policy in &held.policies {
                holders_of.entry(*policy).or_default().push(principal);
            }
        }
        holders_of
    }

    /// Everybody who is connected with the principal by policies that they share, and all of their policies.
    fn connected<'a>(
        &'a self,
        first: &'a Principal,
        holders_of: &BTreeMap<usize, Vec<&'a Principal>>,
    ) -> (BTreeSet<&'a Principal>, BTreeSet<usize>) {
        let (mut principals, mut policies) = (BTreeSet::from([first]), BTreeSet::new());
        let mut queue = vec![first];
        while let Some(principal) = queue.pop() {
            for policy in self.holders.get(principal).into_iter().flat_map(|held| &held.policies) {
                if policies.insert(*policy) {
                    let others = holders_of.get(policy).into_iter().flatten();
                    queue.extend(others.filter(|other| principals.insert(**other)));
                }
            }
        }
        (principals, policies)
    }

    fn set<'a>(&'a self, principals: &BTreeSet<&'a Principal>, policies: &BTreeSet<usize>) -> PolicySet<'a> {
        let index_in_set: BTreeMap<usize, usize> = policies.iter().enumerate().map(|(to, from)| (*from, to)).collect();
        let holder = |principal: &&'a Principal| {
            let held = self.holders.get(*principal)?;
            Some(SetHolder {
                principal,
                policies: held.policies.iter().filter_map(|policy| index_in_set.get(policy).copied()).collect(),
                created: held.created,
                boundary: held.boundary.as_ref(),
            })
        };
        let of_set = policies.iter().filter_map(|at| self.policies.get(*at).cloned());
        PolicySet { policies: of_set.collect(), holders: principals.iter().filter_map(holder).collect() }
    }
}

#[cfg(test)]
mod tests {
    use tighten_iam::{PolicyDocument, PolicySource};

    use super::*;
    use crate::inventory::PolicyHolder;
    use crate::policy::Home;

    fn role(name: &str) -> Principal {
        format!("arn:aws:iam::111122223333:role/{name}").parse().unwrap()
    }

    /// An inventory of so many policies; each role holds those of the indices.
    fn inventory(policies: usize, held: &[(&str, &[usize])]) -> Inventory {
        let policy =
            |at: usize| CurrentPolicy::new(format!("p{at}"), Home::Inline, PolicySource::of(PolicyDocument::new([])));
        let holder = |policies: &[usize]| PolicyHolder { policies: policies.to_vec(), created: None, boundary: None };
        Inventory {
            policies: (0..policies).map(policy).collect(),
            holders: held.iter().map(|(name, policies)| (role(name), holder(policies))).collect(),
            ..Inventory::default()
        }
    }

    /// Per set, the names of its policies, and each holder with the names of what it holds.
    fn told(sets: &[PolicySet<'_>]) -> Vec<String> {
        let of_set = |set: &PolicySet<'_>| {
            let names = |held: &[usize]| held.iter().map(|at| set.policies[*at].name.as_str()).collect::<Vec<_>>();
            let all: Vec<usize> = (0..set.policies.len()).collect();
            let holder = |one: &SetHolder<'_>| format!("{} {}", one.principal.name(), names(&one.policies).join(" "));
            let holders: Vec<String> = set.holders.iter().map(holder).collect();
            format!("{}: {}", names(&all).join(" "), holders.join(", "))
        };
        sets.iter().map(of_set).collect()
    }

    #[test]
    fn whoever_shares_a_policy_with_somebody_chosen_is_in_the_set_and_nobody_else() {
        let all = inventory(5, &[("a", &[0, 1]), ("b", &[1, 3]), ("c", &[3]), ("d", &[4]), ("e", &[])]);
        let sets = |names: &[&str]| told(&all.sets(&names.iter().map(|name| role(name)).collect()));
        assert_eq!(sets(&["c"]), ["p0 p1 p3: a p0 p1, b p1 p3, c p3"]);
        assert_eq!(sets(&["a", "c", "d", "e"]), ["p0 p1 p3: a p0 p1, b p1 p3, c p3", "p4: d p4"]);
        assert!(sets(&["e", "nobody"]).is_empty());
    }
}
