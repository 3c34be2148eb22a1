//! The pages of the output, as AWS writes them.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::error::InventoryError;

/// One page, or what the AWS CLI makes of all.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Page {
    pub(super) user_detail_list: Option<Vec<Entity>>,
    pub(super) role_detail_list: Option<Vec<Entity>>,
    pub(super) group_detail_list: Option<Vec<Entity>>,
    pub(super) policies: Option<Vec<ManagedPolicy>>,
    is_truncated: bool,
    /// What the AWS CLI writes for `--max-items`.
    next_token: Option<Value>,
}

/// A user, a role or a group.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entity {
    pub(super) arn: String,
    pub(super) group_name: Option<String>,
    pub(super) create_date: Option<Value>,
    #[serde(default, alias = "UserPolicyList", alias = "RolePolicyList", alias = "GroupPolicyList")]
    pub(super) inline: Vec<InlinePolicy>,
    #[serde(default)]
    pub(super) attached_managed_policies: Vec<AttachedPolicy>,
    /// The names of a user's groups.
    #[serde(default)]
    pub(super) group_list: Vec<String>,
    pub(super) permissions_boundary: Option<Boundary>,
    tags: Option<Vec<Tag>>,
}

/// A tag of an entity.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

/// A policy inside of an entity.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InlinePolicy {
    pub(super) policy_name: String,
    pub(super) policy_document: Value,
}

/// A managed policy that is attached to an entity.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachedPolicy {
    pub(super) policy_arn: String,
}

/// A permissions boundary.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Boundary {
    pub(super) permissions_boundary_arn: String,
}

/// A managed policy with its versions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ManagedPolicy {
    pub(super) arn: String,
    pub(super) attachment_count: Option<usize>,
    default_version_id: Option<String>,
    pub(super) update_date: Option<Value>,
    #[serde(default)]
    policy_version_list: Vec<Version>,
}

/// A version of a managed policy.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Version {
    #[serde(rename = "VersionId")]
    id: Option<String>,
    #[serde(rename = "IsDefaultVersion", default)]
    is_default: bool,
    pub(super) document: Option<Value>,
    pub(super) create_date: Option<Value>,
}

impl Entity {
    /// The keys and values of its tags.
    pub(super) fn tags(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter().flatten().map(|tag| (tag.key.as_str(), tag.value.as_str()))
    }
}

impl ManagedPolicy {
    /// The version that is in force.
    pub(super) fn in_force(&self) -> Option<&Version> {
        let by_id = |version: &&Version| self.default_version_id.is_some() && version.id == self.default_version_id;
        let versions = || self.policy_version_list.iter();
        versions().find(|version| version.is_default).or_else(|| versions().find(by_id))
    }
}

impl Page {
    fn is_empty(&self) -> bool {
        self.user_detail_list.is_none()
            && self.role_detail_list.is_none()
            && self.group_detail_list.is_none()
            && self.policies.is_none()
    }

    /// The account, by the first ARN that names one.
    fn account(&self) -> Option<&str> {
        let entities = [&self.user_detail_list, &self.role_detail_list, &self.group_detail_list].into_iter().flatten();
        let entities = entities.flatten().map(|entity| entity.arn.as_str());
        let policies = self.policies.iter().flatten().map(|policy| policy.arn.as_str());
        entities.chain(policies).filter_map(account_of).find(|account| *account != AWS)
    }
}

/// What stands in an ARN for the account where the policy is AWS's own.
const AWS: &str = "aws";

/// The account that an ARN names.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

/// Whether the ARN is that of a managed policy of AWS.
pub(super) fn is_aws_managed(arn: &str) -> bool {
    account_of(arn) == Some(AWS)
}

/// The pages of a file: one object, several one after the other, or an array of them.
pub(super) fn parse(text: &str, path: &Path) -> Result<Vec<Page>, InventoryError> {
    let text = text.trim_start_matches('\u{feff}');
    let pages: Result<Vec<Page>, _> = if text.trim_start().starts_with('[') {
        serde_json::from_str(text)
    } else {
        serde_json::Deserializer::from_str(text).into_iter().collect()
    };
    let pages = pages.map_err(|source| InventoryError::NotDetails { path: path.to_owned(), source })?;
    if pages.is_empty() || pages.iter().any(Page::is_empty) {
        return Err(InventoryError::NoLists { path: path.to_owned() });
    }
    require_last_pages(&pages, path)?;
    Ok(pages)
}

/// Whoever stands on a page that is missing would lose what they use of the policies that are here.
fn require_last_pages(pages: &[Page], path: &Path) -> Result<(), InventoryError> {
    let missing = |account: Option<&str>| {
        Err(InventoryError::PagesMissing { path: path.to_owned(), account: account.map(str::to_owned) })
    };
    let mut open = false;
    let mut account = None;
    for page in pages {
        let another = page.account();
        if open && another.is_some() && account.is_some() && another != account {
            return missing(account);
        }
        account = another.or(account);
        open = page.is_truncated || page.next_token.as_ref().is_some_and(|token| !token.is_null());
    }
    if open { missing(account) } else { Ok(()) }
}
