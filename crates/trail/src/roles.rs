//! Which roles a trail names in full.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use tighten_iam::{Principal, PrincipalKind};

use crate::event::Event;

/// The roles that some records name in full, to complete the names in records that do not.
///
/// The index does not depend on the order of learning or merging.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleIndex {
    by_id: BTreeMap<String, Known>,
    /// By account and lower-case name: role names are unique in an account, whatever their case.
    by_name: BTreeMap<(String, String), Known>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    One(Principal),
    Several,
}

impl RoleIndex {
    /// Learns from the record, if it names a role in full.
    pub fn observe(&mut self, event: &Event<'_>) {
        let user = &event.user_identity;
        let Some(arn) = user.session_issuer.as_ref().and_then(|issuer| issuer.arn.as_deref()) else { return };
        // Nearly every record repeats a known role; this keeps them from costing more than a look.
        let id = user.role_id();
        if let Some(Known::One(known)) = id.and_then(|id| self.by_id.get(id))
            && known.as_str() == arn
        {
            return;
        }
        if let Ok(principal) = Principal::from_arn(arn)
            && principal.kind() == PrincipalKind::Role
        {
            self.learn(&principal, id);
        }
    }

    /// Learns a role that is known in full, with its unique id if that is known.
    pub fn learn(&mut self, role: &Principal, id: Option<&str>) {
        if let Some(id) = id {
            add(&mut self.by_id, id.to_owned(), role);
        }
        add(&mut self.by_name, name_key(role), role);
    }

    /// The role that a name-only principal stands for: by its unique id where given and known, else by its name.
    /// `None` when nothing, or more than one role, fits.
    pub fn resolve(&self, uncertain: &Principal, id: Option<&str>) -> Option<&Principal> {
        let by_id = id.and_then(|id| self.by_id.get(id));
        match by_id.or_else(|| self.by_name.get(&name_key(uncertain)))? {
            Known::One(role) => Some(role),
            Known::Several => None,
        }
    }
}

impl AddAssign for RoleIndex {
    fn add_assign(&mut self, other: Self) {
        merge(&mut self.by_id, other.by_id);
        merge(&mut self.by_name, other.by_name);
    }
}

fn merge<K: Ord>(own: &mut BTreeMap<K, Known>, other: BTreeMap<K, Known>) {
    for (key, known) in other {
        match known {
            Known::One(role) => add(own, key, &role),
            Known::Several => {
                own.insert(key, Known::Several);
            }
        }
    }
}

fn add<K: Ord>(index: &mut BTreeMap<K, Known>, key: K, role: &Principal) {
    index
        .entry(key)
        .and_modify(|known| {
            if *known != Known::One(role.clone()) {
                *known = Known::Several;
            }
        })
        .or_insert_with(|| Known::One(role.clone()));
}

fn name_key(role: &Principal) -> (String, String) {
    (role.account().to_owned(), role.name().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(arn: &str) -> Principal {
        Principal::from_arn(&format!("arn:aws:iam::{arn}")).unwrap()
    }

    fn index(roles: &[(&str, Option<&str>)]) -> RoleIndex {
        let mut index = RoleIndex::default();
        for (arn, id) in roles {
            index.learn(&role(arn), *id);
        }
        index
    }

    #[test]
    fn a_name_finds_its_path_whatever_its_case() {
        let index = index(&[("1:role/ci/Deploy", None), ("2:role/other/deploy", None)]);
        assert_eq!(index.resolve(&role("1:role/deploy"), None), Some(&role("1:role/ci/Deploy")));
        assert_eq!(index.resolve(&role("3:role/deploy"), None), None);
    }

    #[test]
    fn an_id_is_surer_than_a_name() {
        // The role was made again elsewhere.
        let index = index(&[("1:role/old/deploy", Some("AROA1")), ("1:role/new/deploy", Some("AROA2"))]);
        assert_eq!(index.resolve(&role("1:role/deploy"), Some("AROA1")), Some(&role("1:role/old/deploy")));
        assert_eq!(index.resolve(&role("1:role/deploy"), None), None);
        assert_eq!(index.resolve(&role("1:role/deploy"), Some("AROA3")), None);
    }

    #[test]
    fn merging_does_not_depend_on_the_order() {
        let parts = [
            index(&[("1:role/a/x", Some("AROA1")), ("1:role/y", None)]),
            index(&[("1:role/b/x", Some("AROA1"))]),
            index(&[("1:role/a/x", None), ("1:role/a/x", None)]),
        ];
        let merge = |order: [usize; 3]| {
            let mut all = RoleIndex::default();
            for part in order {
                all += parts[part].clone();
            }
            all
        };
        let all = merge([0, 1, 2]);
        for order in [[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            assert_eq!(merge(order), all);
        }
        assert_eq!(all.resolve(&role("1:role/x"), Some("AROA1")), None);
        assert_eq!(all.resolve(&role("1:role/Y"), None), Some(&role("1:role/y")));
    }
}
