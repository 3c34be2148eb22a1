//! Paths of documents, each once.

use std::collections::BTreeSet;

use tighten_iam::Principal;
use tighten_synthesis::narrow::NarrowedPolicy;

use crate::path::{document_path, policy_path, set_path};

/// Hands out the paths of documents. Two principals may ask for the same one: a name-only role beside the role of that
/// name, or `a` with two documents beside `a.1`. File systems may not tell upper from lower case.
#[derive(Debug, Default)]
pub(crate) struct Paths {
    taken: BTreeSet<String>,
}

impl Paths {
    /// The path for the policy of a permission set, whose name is its own but for upper and lower case.
    pub(crate) fn of_set(&mut self, name: &str) -> String {
        let mut copy = 1;
        loop {
            let path = set_path(name, copy);
            if self.taken.insert(path.to_ascii_lowercase()) {
                return path;
            }
            copy += 1;
        }
    }

    /// Paths for so many documents of a principal.
    pub(crate) fn of(&mut self, principal: &Principal, service: Option<&str>, documents: usize) -> Vec<String> {
        let mut copy = 1;
        loop {
            let paths: Vec<String> = match documents {
                1 => vec![document_path(principal, service, copy, None)],
                _ => (1..=documents).map(|number| document_path(principal, service, copy, Some(number))).collect(),
            };
            let keys: Vec<String> = paths.iter().map(|path| path.to_ascii_lowercase()).collect();
            if keys.iter().all(|key| !self.taken.contains(key)) {
                self.taken.extend(keys);
                return paths;
            }
            copy += 1;
        }
    }

    /// The path for the narrowed text of a policy.
    pub(crate) fn of_policy(&mut self, policy: &NarrowedPolicy) -> String {
        let mut copy = 1;
        loop {
            let path = policy_path(&policy.home, &policy.holders, &policy.name, copy);
            if self.taken.insert(path.to_ascii_lowercase()) {
                return path;
            }
            copy += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_documents_share_a_path() {
        let mut paths = Paths::default();
        let mut of = |arn: &str, documents| paths.of(&arn.parse().unwrap(), None, documents);
        assert_eq!(of("arn:aws:iam::1:role/a", 2), ["policies/1/role/a.1.json", "policies/1/role/a.2.json"]);
        assert_eq!(of("arn:aws:iam::1:role/a.1", 1), ["policies/1/role/a.1~2.json"]);
        assert_eq!(of("arn:aws:iam::1:role/x/A", 2), ["policies/1/role/A~2.1.json", "policies/1/role/A~2.2.json"]);
        assert_eq!(of("arn:aws:iam::1:user/a", 1), ["policies/1/user/a.json"]);
        assert!(of("arn:aws:iam::1:user/b", 0).is_empty());
    }
}
