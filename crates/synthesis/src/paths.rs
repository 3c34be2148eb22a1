//! IAM entities known by name alone, completed with their paths.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tighten_iam::{Principal, ResourcePattern};

use crate::others::UsedByOthers;

/// The IAM entities that are known in full.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntityPaths {
    /// By account, kind, and name in lower case: names are unique in an account, whatever their path and case.
    known: BTreeMap<(String, String, String), BTreeSet<ResourcePattern>>,
    /// What each principal used.
    pub(crate) others: Arc<UsedByOthers>,
}

/// A name with and without its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completed {
    /// The entity is known in full; several, if one was made anew at another path.
    Known(BTreeSet<ResourcePattern>),
    /// The name at no path and at any path.
    Guessed([ResourcePattern; 2]),
    /// It is not the name of an IAM entity, or it holds wildcards.
    Other,
}

impl EntityPaths {
    /// Learns a principal that is known in full.
    pub fn learn_principal(&mut self, principal: &Principal) {
        self.learn(&ResourcePattern::from(principal.arn()));
    }

    /// Learns the entity that a resource names in full, if it is one.
    pub fn learn(&mut self, resource: &ResourcePattern) {
        if let Some(entity) = Entity::of(resource).filter(|_| !resource.has_wildcard()) {
            self.known.entry(entity.key()).or_default().insert(resource.clone());
        }
    }

    /// Completes a name.
    pub fn complete(&self, pattern: &ResourcePattern) -> Completed {
        let Some(entity) = Entity::of(pattern) else { return Completed::Other };
        match self.known.get(&entity.key()) {
            Some(known) => Completed::Known(known.clone()),
            None => entity.guesses().map_or(Completed::Other, Completed::Guessed),
        }
    }
}

/// `arn:aws:iam::ACCOUNT:KIND/PATH/NAME`
struct Entity<'a> {
    partition: &'a str,
    account: &'a str,
    kind: &'a str,
    name: &'a str,
}

impl<'a> Entity<'a> {
    fn of(pattern: &'a ResourcePattern) -> Option<Self> {
        let [_, partition, service, _, account, resource] = pattern.segments()?;
        let (kind, rest) = resource.split_once('/')?;
        let name = rest.rsplit_once('/').map_or(rest, |(_, name)| name);
        let is_entity =
            matches!(kind, "role" | "user" | "group" | "policy" | "instance-profile" | "server-certificate");
        let plain = !name.is_empty() && !name.contains(['*', '?', '$']);
        (service == "iam" && is_entity && plain).then_some(Self { partition, account, kind, name })
    }

    fn key(&self) -> (String, String, String) {
        (self.account.to_owned(), self.kind.to_owned(), self.name.to_lowercase())
    }

    fn guesses(&self) -> Option<[ResourcePattern; 2]> {
        let Self { partition, account, kind, name } = self;
        let bare = ResourcePattern::new(partition, "iam", "", account, &format!("{kind}/{name}")).ok()?;
        let at_a_path = ResourcePattern::new(partition, "iam", "", account, &format!("{kind}/*/{name}")).ok()?;
        Some([bare, at_a_path])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> ResourcePattern {
        text.parse().unwrap()
    }

    #[test]
    fn an_unknown_path_is_none_or_any() {
        let paths = EntityPaths::default();
        let guesses = [pattern("arn:aws:iam::1:role/deploy"), pattern("arn:aws:iam::1:role/*/deploy")];
        for name in &guesses {
            assert_eq!(paths.complete(name), Completed::Guessed(guesses.clone()));
        }
        assert_eq!(paths.complete(&pattern("arn:aws:iam::1:role/*")), Completed::Other);
        assert_eq!(paths.complete(&pattern("arn:aws:s3:::role/deploy")), Completed::Other);
    }

    #[test]
    fn a_known_path_replaces_the_guess() {
        let mut paths = EntityPaths::default();
        paths.learn_principal(&"arn:aws:iam::1:role/ci/Deploy".parse().unwrap());
        let known = Completed::Known(BTreeSet::from([pattern("arn:aws:iam::1:role/ci/Deploy")]));
        assert_eq!(paths.complete(&pattern("arn:aws:iam::1:role/deploy")), known);
        assert_eq!(paths.complete(&pattern("arn:aws:iam::1:role/*/Deploy")), known);
        assert!(matches!(paths.complete(&pattern("arn:aws:iam::2:role/deploy")), Completed::Guessed(_)));
        assert!(matches!(paths.complete(&pattern("arn:aws:iam::1:user/deploy")), Completed::Guessed(_)));
    }
}
