//! From pages to policies and those who hold them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;
use tighten_iam::{PolicySource, Principal};

use super::pages::{self, Entity, InlinePolicy, ManagedPolicy, Page, account_of, is_aws_managed};
use super::value::{source, time};
use crate::error::InventoryError;
use crate::inventory::{Boundary, Inventory, PolicyHolder, UnreadablePolicy};
use crate::maker::Maker;
use crate::note::{Note, matching_nothing};
use crate::policy::{CurrentPolicy, Home};

pub(super) fn assemble(pages: Vec<Page>, path: &Path) -> Result<Inventory, InventoryError> {
    let mut lists = Lists::default();
    for page in pages {
        lists.users.extend(page.user_detail_list.into_iter().flatten());
        lists.roles.extend(page.role_detail_list.into_iter().flatten());
        lists.groups.extend(page.group_detail_list.into_iter().flatten());
        lists.managed.extend(page.policies.into_iter().flatten());
    }
    let mut assembly = Assembly::new(path);
    assembly.index(&lists.managed)?;
    let of_groups = assembly.groups(&lists)?;
    for user in &lists.users {
        let principal = principal(user)?;
        let mut policies = assembly.attach(user, &Home::Inline)?;
        for group in &user.group_list {
            let group = (account_of(&user.arn).unwrap_or_default(), group.as_str());
            let missing = || InventoryError::GroupMissing {
                path: path.to_owned(),
                group: group.1.to_owned(),
                user: user.arn.clone(),
            };
            let of_group = of_groups.get(&group).ok_or_else(missing)?;
            policies.extend(of_group);
        }
        assembly.hold(principal, user, policies)?;
    }
    let mut service_linked = 0;
    for role in &lists.roles {
        let principal = principal(role)?;
        if principal.is_service_linked_role() {
            service_linked += 1;
            assembly.count(role);
        } else {
            let policies = assembly.attach(role, &Home::Inline)?;
            assembly.hold(principal, role, policies)?;
        }
    }
    assembly.require_all_holders()?;
    assembly.note_count(Note::ServiceLinkedRoles, service_linked);
    assembly.note_boundaries_and_unattached(&lists);
    Ok(assembly.done)
}

/// The lists of all pages.
#[derive(Default)]
struct Lists {
    users: Vec<Entity>,
    roles: Vec<Entity>,
    groups: Vec<Entity>,
    managed: Vec<ManagedPolicy>,
}

/// What is known so far.
struct Assembly<'a> {
    /// The file.
    path: &'a Path,
    managed: BTreeMap<&'a str, &'a ManagedPolicy>,
    /// Where managed policies of the account stand among the policies.
    shared: BTreeMap<&'a str, usize>,
    /// To how many entities managed policies are attached.
    attachments: BTreeMap<&'a str, usize>,
    /// Managed policies that are attached and whose documents cannot be read.
    unreadable: BTreeSet<&'a str>,
    done: Inventory,
}

impl<'a> Assembly<'a> {
    fn new(path: &'a Path) -> Self {
        Self {
            path,
            managed: BTreeMap::new(),
            shared: BTreeMap::new(),
            attachments: BTreeMap::new(),
            unreadable: BTreeSet::new(),
            done: Inventory::default(),
        }
    }

    fn index(&mut self, managed: &'a [ManagedPolicy]) -> Result<(), InventoryError> {
        for policy in managed {
            // AWS's own come once with each account.
            if self.managed.insert(&policy.arn, policy).is_some() && !is_aws_managed(&policy.arn) {
                return Err(self.twice(&policy.arn));
            }
        }
        Ok(())
    }

    /// The policies of each group, by account and name. Those of groups without members are nobody's.
    fn groups(&mut self, lists: &'a Lists) -> Result<BTreeMap<(&'a str, &'a str), Vec<usize>>, InventoryError> {
        let group = |user: &'a Entity| {
            let account = account_of(&user.arn).unwrap_or_default();
            user.group_list.iter().map(move |name| (account, name.as_str()))
        };
        let joined: BTreeSet<_> = lists.users.iter().flat_map(group).collect();
        let mut groups = BTreeMap::new();
        let mut empty = 0;
        for group in &lists.groups {
            let name = group.group_name.as_deref().or_else(|| group.arn.rsplit('/').next()).unwrap_or_default();
            let key = (account_of(&group.arn).unwrap_or_default(), name);
            let policies = if joined.contains(&key) {
                self.attach(group, &Home::Group { arn: group.arn.clone() })?
            } else {
                empty += 1;
                self.count(group);
                Vec::new()
            };
            if groups.insert(key, policies).is_some() {
                return Err(self.twice(&group.arn));
            }
        }
        self.note_count(Note::EmptyGroups, empty);
        Ok(groups)
    }

    /// The indices of what is inside of the entity and attached to it.
    fn attach(&mut self, entity: &'a Entity, inline: &Home) -> Result<Vec<usize>, InventoryError> {
        let mut indices = Vec::new();
        for InlinePolicy { policy_name, policy_document } in &entity.inline {
            let place = format!("the policy `{policy_name}` in `{}`", entity.arn);
            let Some(source) = self.readable(policy_document, &place) else { continue };
            indices.push(self.push(CurrentPolicy::new(policy_name, inline.clone(), source)));
        }
        for attached in &entity.attached_managed_policies {
            let arn = attached.policy_arn.as_str();
            let index = match self.shared.get(arn) {
                Some(index) => Some(*index),
                None => self.attach_managed(arn, entity, inline)?,
            };
            indices.extend(index);
        }
        self.count(entity);
        Ok(indices)
    }

    /// The document, unless it cannot be read: then it stays as it is, which is said once, and the others go on.
    fn readable(&mut self, document: &Value, policy: &str) -> Option<PolicySource> {
        match source(document) {
            Ok(source) => {
                for note in matching_nothing(source.document(), policy) {
                    if !self.done.notes.contains(&note) {
                        self.done.notes.push(note);
                    }
                }
                Some(source)
            }
            Err(error) => {
                if self.done.unreadable.iter().all(|known| known.policy != policy) {
                    self.done.unreadable.push(UnreadablePolicy { policy: policy.to_owned(), error });
                }
                None
            }
        }
    }

    fn attach_managed(
        &mut self,
        arn: &'a str,
        entity: &'a Entity,
        inline: &Home,
    ) -> Result<Option<usize>, InventoryError> {
        let missing = || InventoryError::DocumentMissing {
            path: self.path.to_owned(),
            arn: arn.to_owned(),
            entity: entity.arn.clone(),
        };
        let policy = self.managed.get(arn).copied().ok_or_else(missing)?;
        let version = policy.in_force().ok_or_else(missing)?;
        let document = version.document.as_ref().ok_or_else(missing)?;
        let Some(source) = self.readable(document, &format!("`{arn}`")) else {
            self.unreadable.insert(arn);
            return Ok(None);
        };
        let updated = time(policy.update_date.as_ref(), ("UpdateDate", arn))?;
        let made = time(version.create_date.as_ref(), ("CreateDate", arn))?;
        let aws = is_aws_managed(arn);
        let home = if aws { Home::AwsManaged { arn: arn.to_owned() } } else { Home::Managed { arn: arn.to_owned() } };
        let policy = CurrentPolicy::new(arn, home, source);
        let index = self.push(CurrentPolicy { changed: updated.max(made), ..policy });
        match inline {
            Home::Group { arn: group } if aws => {
                self.done.groups.insert(index, group.clone());
            }
            _ if !aws => {
                self.shared.insert(arn, index);
            }
            _ => {}
        }
        Ok(Some(index))
    }

    fn push(&mut self, policy: CurrentPolicy) -> usize {
        self.done.policies.push(policy);
        self.done.policies.len() - 1
    }

    fn count(&mut self, entity: &'a Entity) {
        for attached in &entity.attached_managed_policies {
            *self.attachments.entry(&attached.policy_arn).or_default() += 1;
        }
    }

    fn hold(
        &mut self,
        principal: Principal,
        entity: &'a Entity,
        mut policies: Vec<usize>,
    ) -> Result<(), InventoryError> {
        policies.sort_unstable();
        policies.dedup();
        let created = time(entity.create_date.as_ref(), ("CreateDate", &entity.arn))?;
        let boundary = self.boundary(&principal, entity);
        if self.done.holders.contains_key(&principal) {
            return Err(self.twice(&entity.arn));
        }
        if let Some(maker) = Maker::of(&entity.arn, entity.tags()) {
            self.done.makers.insert(principal.clone(), maker);
        }
        self.done.holders.insert(principal, PolicyHolder { policies, created, boundary });
        Ok(())
    }

    /// The entity's boundary. Without its document it has no say: it could only have made the grants count for less.
    fn boundary(&mut self, principal: &Principal, entity: &Entity) -> Option<Boundary> {
        let pages::Boundary { permissions_boundary_arn: arn } = entity.permissions_boundary.as_ref()?;
        let version = self.managed.get(arn.as_str()).and_then(|policy| policy.in_force());
        if let Some(document) = version.and_then(|version| version.document.as_ref()) {
            let source = self.readable(document, &format!("`{arn}`"))?;
            return Some(Boundary { arn: arn.clone(), document: source.document().clone() });
        }
        self.done.notes.push(Note::BoundaryMissing { arn: arn.clone(), principal: principal.clone() });
        None
    }

    /// A policy is narrowed by what all of its holders use. Those that the file does not show would lose what they use.
    fn require_all_holders(&self) -> Result<(), InventoryError> {
        for arn in self.shared.keys() {
            let stated = self.managed.get(arn).and_then(|policy| policy.attachment_count).unwrap_or_default();
            let shown = self.attachments.get(arn).copied().unwrap_or_default();
            if stated > shown {
                let (path, arn) = (self.path.to_owned(), (*arn).to_owned());
                return Err(InventoryError::HoldersMissing { path, arn, stated, shown });
            }
        }
        Ok(())
    }

    /// Marks the policies that bind others as a boundary, and notes them and how many are nobody's.
    fn note_boundaries_and_unattached(&mut self, lists: &Lists) {
        let mut boundaries: BTreeMap<&str, usize> = BTreeMap::new();
        for boundary in lists.users.iter().chain(&lists.roles).filter_map(|entity| entity.permissions_boundary.as_ref())
        {
            *boundaries.entry(&boundary.permissions_boundary_arn).or_default() += 1;
        }
        for (arn, count) in boundaries.iter().filter(|(arn, _)| self.shared.contains_key(*arn)) {
            self.done.notes.push(Note::AlsoBoundary { arn: (*arn).to_owned(), bound: *count });
            for policy in self.done.policies.iter_mut().filter(|policy| policy.name == **arn) {
                policy.bounds = true;
            }
        }
        let own = lists.managed.iter().map(|policy| policy.arn.as_str()).filter(|arn| !is_aws_managed(arn));
        let held = |arn: &str| self.shared.contains_key(arn) || self.unreadable.contains(arn);
        let unattached = own.filter(|arn| !held(arn) && !boundaries.contains_key(arn)).count();
        self.note_count(Note::Unattached, unattached);
    }

    /// Notes how many of something there are, if any.
    fn note_count(&mut self, note: impl FnOnce(usize) -> Note, count: usize) {
        if count > 0 {
            self.done.notes.push(note(count));
        }
    }

    fn twice(&self, arn: &str) -> InventoryError {
        InventoryError::Twice { path: self.path.to_owned(), arn: arn.to_owned() }
    }
}

fn principal(entity: &Entity) -> Result<Principal, InventoryError> {
    Principal::from_arn(&entity.arn).map_err(InventoryError::NotAPrincipal)
}
