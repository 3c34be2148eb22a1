//! From pages to policies and those who hold them.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::Value;
use tighten_iam::{PolicyDocument, PolicySource, Principal};
use tighten_synthesis::narrow::{CurrentPolicy, Home};

use super::document::{source, time};
use super::pages::{Boundary, Entity, InlinePolicy, ManagedPolicy, Page, account_of, is_aws_managed};
use super::{Authorization, HolderPolicies};
use crate::error::Explained;
use crate::policy_files;

pub(super) fn assemble(pages: Vec<Page>, name: &str) -> Result<Authorization> {
    let mut lists = Lists::default();
    for page in pages {
        lists.users.extend(page.user_detail_list.into_iter().flatten());
        lists.roles.extend(page.role_detail_list.into_iter().flatten());
        lists.groups.extend(page.group_detail_list.into_iter().flatten());
        lists.managed.extend(page.policies.into_iter().flatten());
    }
    let mut assembly = Assembly { name, ..Assembly::default() };
    assembly.index(&lists.managed)?;
    let of_groups = assembly.groups(&lists)?;
    for user in &lists.users {
        let principal = principal(user)?;
        let mut policies = assembly.attach(user, &Home::Inline)?;
        for group in &user.group_list {
            let group = (account_of(&user.arn).unwrap_or_default(), group.as_str());
            let Some(of_group) = of_groups.get(&group) else {
                let problem = format!("the group `{}` of `{}` is not in `{name}`", group.1, user.arn);
                return Err(Explained::new(problem, UNFILTERED).into());
            };
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
    assembly.note("left out, service-linked roles, whose policies cannot be changed", service_linked);
    assembly.note_boundaries_and_unattached(&lists);
    Ok(assembly.done)
}

const UNFILTERED: &str = "take the details without `--filter`; if there has to be one, it has to name `User`, `Role`, \
                          `Group`, `LocalManagedPolicy` and `AWSManagedPolicy`";

/// The lists of all pages.
#[derive(Default)]
struct Lists {
    users: Vec<Entity>,
    roles: Vec<Entity>,
    groups: Vec<Entity>,
    managed: Vec<ManagedPolicy>,
}

/// What is known so far.
#[derive(Default)]
struct Assembly<'a> {
    /// The file.
    name: &'a str,
    managed: BTreeMap<&'a str, &'a ManagedPolicy>,
    /// Where managed policies of the account stand among the policies.
    shared: BTreeMap<&'a str, usize>,
    /// To how many entities managed policies are attached.
    attachments: BTreeMap<&'a str, usize>,
    /// Managed policies that are attached and whose documents cannot be read.
    unreadable: BTreeSet<&'a str>,
    done: Authorization,
}

impl<'a> Assembly<'a> {
    fn index(&mut self, managed: &'a [ManagedPolicy]) -> Result<()> {
        for policy in managed {
            // AWS's own come once with each account.
            if self.managed.insert(&policy.arn, policy).is_some() && !is_aws_managed(&policy.arn) {
                return Err(twice(&policy.arn, self.name));
            }
        }
        Ok(())
    }

    /// The policies of each group, by account and name. Those of groups without members are nobody's.
    fn groups(&mut self, lists: &'a Lists) -> Result<BTreeMap<(&'a str, &'a str), Vec<usize>>> {
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
                return Err(twice(&group.arn, self.name));
            }
        }
        self.note("left out, groups without members", empty);
        Ok(groups)
    }

    /// The indices of what is inside of the entity and attached to it.
    fn attach(&mut self, entity: &'a Entity, inline: &Home) -> Result<Vec<usize>> {
        let mut indices = Vec::new();
        for InlinePolicy { policy_name, policy_document } in &entity.inline {
            let place = format!("the policy `{policy_name}` in `{}`", entity.arn);
            let Some(source) = self.readable(policy_document, &place) else { continue };
            indices.push(self.push(CurrentPolicy {
                name: policy_name.clone(),
                home: inline.clone(),
                source,
                changed: None,
                bounds: false,
            }));
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

    /// The document, unless it cannot be read: then it stays as it is, which is told, and the others go on.
    fn readable(&mut self, document: &Value, place: &str) -> Option<PolicySource> {
        match source(document, place) {
            Ok(source) => {
                self.tell(policy_files::matches_nothing(source.document(), place));
                Some(source)
            }
            Err(error) => {
                self.tell([format!("left out, and stays as it is: {error}")]);
                None
            }
        }
    }

    /// Adds what has not been told before.
    fn tell(&mut self, notes: impl IntoIterator<Item = String>) {
        for note in notes {
            let note = note.trim_start_matches("note: ").to_owned();
            if !self.done.notes.contains(&note) {
                self.done.notes.push(note);
            }
        }
    }

    fn attach_managed(&mut self, arn: &'a str, entity: &'a Entity, inline: &Home) -> Result<Option<usize>> {
        let missing = || {
            let problem =
                format!("`{}` does not hold the document of `{arn}`, which is attached to `{}`", self.name, entity.arn);
            Explained::new(problem, UNFILTERED)
        };
        let policy = self.managed.get(arn).copied().ok_or_else(missing)?;
        let version = policy.in_force().ok_or_else(missing)?;
        let document = version.document.as_ref().ok_or_else(missing)?;
        let Some(source) = self.readable(document, &format!("`{arn}`")) else {
            self.unreadable.insert(arn);
            return Ok(None);
        };
        let updated = time(policy.update_date.as_ref(), &format!("`UpdateDate` of `{arn}`"))?;
        let made = time(version.create_date.as_ref(), &format!("`CreateDate` of `{arn}`"))?;
        let aws = is_aws_managed(arn);
        let home = if aws { Home::AwsManaged { arn: arn.to_owned() } } else { Home::Managed { arn: arn.to_owned() } };
        let index =
            self.push(CurrentPolicy { name: arn.to_owned(), home, source, changed: updated.max(made), bounds: false });
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

    fn hold(&mut self, principal: Principal, entity: &'a Entity, mut policies: Vec<usize>) -> Result<()> {
        policies.sort_unstable();
        policies.dedup();
        let created = time(entity.create_date.as_ref(), &format!("`CreateDate` of `{}`", entity.arn))?;
        let boundary = self.boundary(&principal, entity);
        if self.done.holders.contains_key(&principal) {
            return Err(twice(&entity.arn, self.name));
        }
        self.done.holders.insert(principal, HolderPolicies { policies, created, boundary });
        Ok(())
    }

    /// The entity's boundary. Without its document it has no say: it could only have made the grants count for less.
    fn boundary(&mut self, principal: &Principal, entity: &Entity) -> Option<(String, PolicyDocument)> {
        let Some(Boundary { permissions_boundary_arn: arn }) = &entity.permissions_boundary else { return None };
        let version = self.managed.get(arn.as_str()).and_then(|policy| policy.in_force());
        if let Some(document) = version.and_then(|version| version.document.as_ref()) {
            let source = self.readable(document, &format!("`{arn}`"));
            return source.map(|source| (arn.clone(), source.document().clone()));
        }
        let note = format!("the boundary `{arn}` of `{principal}` is not in the file, and has no say here");
        self.done.notes.push(note);
        None
    }

    /// A policy is narrowed by what all of its holders use. Those that the file does not show would lose what they use.
    fn require_all_holders(&self) -> Result<()> {
        for arn in self.shared.keys() {
            let stated = self.managed.get(arn).and_then(|policy| policy.attachment_count).unwrap_or_default();
            let shown = self.attachments.get(arn).copied().unwrap_or_default();
            if stated > shown {
                let problem = format!(
                    "`{arn}` is attached to {stated} users, roles and groups, and `{}` shows {shown}",
                    self.name
                );
                return Err(Explained::new(problem, UNFILTERED).into());
            }
        }
        Ok(())
    }

    /// Marks the policies that bind others as a boundary, and tells of them and how many are nobody's.
    fn note_boundaries_and_unattached(&mut self, lists: &Lists) {
        let mut boundaries: BTreeMap<&str, usize> = BTreeMap::new();
        for boundary in lists.users.iter().chain(&lists.roles).filter_map(|entity| entity.permissions_boundary.as_ref())
        {
            *boundaries.entry(&boundary.permissions_boundary_arn).or_default() += 1;
        }
        for (arn, count) in boundaries.iter().filter(|(arn, _)| self.shared.contains_key(*arn)) {
            let note = format!("`{arn}` is a boundary, too, and stays as it is; principals bound by it");
            self.done.notes.push(format!("{note}: {count}"));
            for policy in self.done.policies.iter_mut().filter(|policy| policy.name == **arn) {
                policy.bounds = true;
            }
        }
        let own = lists.managed.iter().map(|policy| policy.arn.as_str()).filter(|arn| !is_aws_managed(arn));
        let held = |arn: &str| self.shared.contains_key(arn) || self.unreadable.contains(arn);
        let unattached = own.filter(|arn| !held(arn) && !boundaries.contains_key(arn)).count();
        self.note("left out, managed policies that nobody in the file holds", unattached);
    }

    /// Notes how many of something there are, if any.
    fn note(&mut self, what: &str, count: usize) {
        if count > 0 {
            self.done.notes.push(format!("{what}: {count}"));
        }
    }
}

fn principal(entity: &Entity) -> Result<Principal> {
    Principal::from_arn(&entity.arn).map_err(|error| {
        Explained::new(
            format!("`Arn` of a user or role: {error}"),
            "ARNs look like arn:aws:iam::111122223333:role/deploy",
        )
        .into()
    })
}

fn twice(arn: &str, name: &str) -> anyhow::Error {
    Explained::new(format!("`{arn}` is in `{name}` twice"), "put each page into the file once").into()
}
