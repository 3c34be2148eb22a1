//! Which roles and users a trail names in full.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use tighten_iam::{Principal, PrincipalKind};

use crate::record::event::Event;

/// The roles and users that some records name in full, to complete the names in records that do not. A name is looked
/// up among its own kind: the user `alice` is not the role `alice`.
///
/// The index does not depend on the order of learning or merging.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NameIndex {
    by_id: BTreeMap<String, Known>,
    /// Names are unique among the roles, and among the users, of an account, whatever their case.
    by_name: BTreeMap<NameKey, Known>,
}

/// Account, kind, and lower-case name.
type NameKey = (String, PrincipalKind, String);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Known {
    One(Principal),
    Several,
}

impl NameIndex {
    /// Learns from the record, if it names a role or a user in full.
    pub fn observe(&mut self, event: &Event<'_>) {
        let user = &event.user_identity;
        let issued = user.session_issuer.as_ref().and_then(|issuer| issuer.arn.as_deref());
        let Some(arn) = issued.or(user.arn.as_deref()) else { return };
        // Nearly every record repeats a known role; this keeps them from costing more than a look.
        let id = user.role_id();
        if let Some(Known::One(known)) = id.and_then(|id| self.by_id.get(id))
            && known.as_str() == arn
        {
            return;
        }
        if let Ok(principal) = Principal::from_arn(arn) {
            self.learn(&principal, id);
        }
    }

    /// Learns a role or a user that is known in full, of a role with its unique id if that is known.
    pub fn learn(&mut self, entity: &Principal, id: Option<&str>) {
        match (entity.kind(), id) {
            (PrincipalKind::Role, Some(id)) => add(&mut self.by_id, id.to_owned(), entity),
            (PrincipalKind::Role, None) | (PrincipalKind::User, _) => {}
            (PrincipalKind::Root | PrincipalKind::FederatedUser, _) => return,
        }
        add(&mut self.by_name, name_key(entity), entity);
    }

    /// Whom a name-only principal stands for: a role by its unique id where given and known, else by name and kind.
    /// `None` when nothing, or more than one, fits.
    pub fn resolve(&self, uncertain: &Principal, id: Option<&str>) -> Option<&Principal> {
        let is_role = uncertain.kind() == PrincipalKind::Role;
        let by_id = id.filter(|_| is_role).and_then(|id| self.by_id.get(id));
        match by_id.or_else(|| self.by_name.get(&name_key(uncertain)))? {
            Known::One(role) => Some(role),
            Known::Several => None,
        }
    }
}

impl AddAssign for NameIndex {
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

fn name_key(entity: &Principal) -> NameKey {
    (entity.account().to_owned(), entity.kind(), entity.name().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(arn: &str) -> Principal {
        Principal::from_arn(&format!("arn:aws:iam::{arn}")).unwrap()
    }

    fn index(roles: &[(&str, Option<&str>)]) -> NameIndex {
        let mut index = NameIndex::default();
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
    fn a_name_is_looked_up_among_its_own_kind() {
        let index = index(&[("1:role/ci/alice", Some("AROA1")), ("1:user/ops/bob", None), ("1:root", None)]);
        assert_eq!(index.resolve(&role("1:user/alice"), None), None);
        // Not even an id makes a role of a user.
        assert_eq!(index.resolve(&role("1:user/alice"), Some("AROA1")), None);
        assert_eq!(index.resolve(&role("1:role/bob"), None), None);
        assert_eq!(index.resolve(&role("1:user/Bob"), None), Some(&role("1:user/ops/bob")));
        assert_eq!(index.resolve(&role("1:root"), None), None);
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
            let mut all = NameIndex::default();
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
