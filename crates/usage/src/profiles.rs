//! Which role an instance profile holds.
//!
//! A call that starts an instance names a profile; the permission that it needs is to pass the role inside. Calls that
//! put a role into a profile tell which one that is.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::AddAssign;

use serde::{Deserialize, Serialize};
use tighten_iam::{Principal, ResourcePattern};
use tighten_mapping::Certainty;
use tighten_trail::{NameIndex, Outline};

use crate::days::Days;
use crate::principal::{NeedKey, NeedUsage, PrincipalUsage, merge_maps};
use crate::resources::ResourceSet;

/// How rules begin that guess a role from its profile.
const GUESS: &str = "pass-role:instance-profile:";
/// The rule of a need whose role a record told.
const TOLD: &str = "pass-role:role-of-instance-profile";

/// The roles of instance profiles, by account and lower-case name of the profile.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProfileIndex {
    roles: BTreeMap<(String, String), BTreeSet<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddRole {
    instance_profile_name: String,
    role_name: String,
}

impl ProfileIndex {
    /// Learns from a call that puts a role into a profile. The caller sees to it that the call was authorised.
    pub(crate) fn observe(&mut self, outline: &Outline<'_>) {
        if outline.event_name != "AddRoleToInstanceProfile" || outline.event_source != "iam.amazonaws.com" {
            return;
        }
        let account = outline.recipient_account_id.or(outline.account_id);
        let (Some(account), Some(parameters)) = (account, outline.request_parameters) else { return };
        if let Ok(call) = serde_json::from_str::<AddRole>(parameters.get()) {
            let key = (account.to_owned(), call.instance_profile_name.to_ascii_lowercase());
            self.roles.entry(key).or_default().insert(call.role_name);
        }
    }

    /// The only role that a profile is known to hold.
    fn role(&self, account: &str, profile: &str) -> Option<&str> {
        let roles = self.roles.get(&(account.to_owned(), profile.to_ascii_lowercase()))?;
        let mut roles = roles.iter();
        roles.next().filter(|_| roles.next().is_none()).map(String::as_str)
    }

    /// Puts the roles that are known in the place of those that were guessed from the names of profiles.
    pub(crate) fn join(&self, usage: &mut PrincipalUsage, names: &NameIndex) {
        let guessed: Vec<NeedKey> = usage.needs.keys().filter(|key| key.rule.starts_with(GUESS)).cloned().collect();
        for key in guessed {
            let Some(need) = usage.needs.remove(&key) else { continue };
            let told: Option<Vec<((ResourcePattern, bool), Days)>> = need
                .resources
                .entries()
                .map(|(pattern, entry)| Some((self.told(&pattern, names)?, entry.days.clone())))
                .collect();
            let Some(told) = told else {
                usage.needs.insert(key, need);
                continue;
            };
            let mut resources = ResourceSet::new(need.resources.limits());
            for ((pattern, _), days) in &told {
                resources.insert(pattern, days);
            }
            let path_unknown = told.iter().any(|((_, unknown), _)| *unknown);
            let rule = TOLD.to_owned();
            let joined = NeedKey { certainty: Certainty::Exact, rule, path_unknown, ..key };
            merge_maps(&mut usage.needs, BTreeMap::from([(joined, NeedUsage { resources, ..need })]));
        }
    }

    /// The role behind a guess, and whether its path is not known.
    fn told(&self, guess: &ResourcePattern, names: &NameIndex) -> Option<(ResourcePattern, bool)> {
        let arn = guess.to_arn()?;
        let profile = arn.resource().strip_prefix("role/")?;
        let role = self.role(arn.account(), profile)?;
        let by_name = Principal::role(arn.partition(), arn.account(), "/", role).ok()?;
        match names.resolve(&by_name, None) {
            Some(full) => Some((full.arn().into(), false)),
            None => Some((by_name.arn().into(), true)),
        }
    }
}

impl AddAssign for ProfileIndex {
    fn add_assign(&mut self, other: Self) {
        for (key, roles) in other.roles {
            self.roles.entry(key).or_default().extend(roles);
        }
    }
}
