//! The policies by which an organisation binds its accounts: service control policies and resource control policies.
//!
//! They are read from the accounts upwards. That takes one `ListParents` for each account and each organisational unit above one, and
//! for these and the root one `ListPoliciesForTarget` for each kind of policy; each document is read once. Going down from
//! the root, or asking each policy for its targets, would take requests for every account of the organisation.

mod tree;

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::operation::describe_organization::DescribeOrganizationError;
use aws_sdk_organizations::operation::list_roots::ListRootsOutput;
use aws_sdk_organizations::types::{PolicyType, PolicyTypeStatus, Root};

use crate::connect::Connection;
use crate::error::{AwsError, Problem};
use crate::permissions::calls::{DESCRIBE_ORGANIZATION, DESCRIBE_POLICY, LIST_POLICIES_FOR_TARGET, LIST_ROOTS};

/// An organisation, as far as it binds certain accounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// The account that its policies do not bind.
    pub management_account: String,
    /// Where policies are attached: the root first, then organisational units, and the accounts last.
    pub levels: Vec<OrganizationLevel>,
    /// The kinds of policy that are not enabled, as AWS writes them: `RESOURCE_CONTROL_POLICY`.
    pub disabled: Vec<String>,
    /// Accounts that were asked about and are not in it.
    pub strangers: Vec<String>,
}

/// The root, an organisational unit or an account, with the policies that are attached right there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationLevel {
    /// Its id: `r-ab12`, `ou-ab12-cdefghij`, or that of the account.
    pub id: String,
    /// Those of the accounts that are below it, or are it.
    pub accounts: BTreeSet<String>,
    /// Its service control policies.
    pub service_control: Vec<ControlPolicy>,
    /// Its resource control policies.
    pub resource_control: Vec<ControlPolicy>,
}

/// A policy of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlPolicy {
    /// Its id: `p-ab12cdef`.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it says, as JSON.
    pub text: String,
}

/// Reads what binds these accounts; nothing if the account that there are credentials for is in no organisation.
pub fn organization(connection: &Connection, accounts: &BTreeSet<String>) -> Result<Option<Organization>, AwsError> {
    let client = Client::new(connection.config());
    connection.wait(async {
        match management_account(&client).await? {
            Some(management_account) => read(&client, management_account, accounts).await.map(Some),
            None => Ok(None),
        }
    })
}

async fn read(
    client: &Client,
    management_account: String,
    accounts: &BTreeSet<String>,
) -> Result<Organization, AwsError> {
    let enabled = enabled(client).await?;
    let kinds = [PolicyType::ServiceControlPolicy, PolicyType::ResourceControlPolicy];
    let disabled = kinds.iter().filter(|kind| !enabled.contains(kind)).map(|kind| kind.as_str().to_owned()).collect();
    // Nothing binds the management account, wherever it is in the tree.
    let bound: BTreeSet<&String> = accounts.iter().filter(|account| **account != management_account).collect();
    let tree = tree::above(client, &bound).await?;
    let mut documents = Documents { client, known: BTreeMap::new() };
    let mut levels = Vec::new();
    for tree::Target { id, accounts } in tree.targets {
        let (mut service_control, mut resource_control) = (Vec::new(), Vec::new());
        if enabled.contains(&PolicyType::ServiceControlPolicy) {
            service_control = documents.of(&id, PolicyType::ServiceControlPolicy).await?;
        }
        if enabled.contains(&PolicyType::ResourceControlPolicy) {
            resource_control = documents.of(&id, PolicyType::ResourceControlPolicy).await?;
        }
        levels.push(OrganizationLevel { id, accounts, service_control, resource_control });
    }
    Ok(Organization { management_account, levels, disabled, strangers: tree.strangers })
}

/// What errors call the resource of a request that names none.
const THE_ORGANIZATION: &str = "the organisation";

/// The id of the management account, if there is an organisation.
async fn management_account(client: &Client) -> Result<Option<String>, AwsError> {
    let answer = match client.describe_organization().send().await {
        Err(error)
            if error
                .as_service_error()
                .is_some_and(DescribeOrganizationError::is_aws_organizations_not_in_use_exception) =>
        {
            return Ok(None);
        }
        answer => answer.map_err(|error| AwsError::of(DESCRIBE_ORGANIZATION, THE_ORGANIZATION, error))?,
    };
    let id = answer.organization.and_then(|organization| organization.master_account_id);
    // Without it, its principals would be judged by what does not bind them.
    id.map(Some).ok_or_else(|| AwsError::new(DESCRIBE_ORGANIZATION, THE_ORGANIZATION, Problem::Odd))
}

/// The kinds of policy that are enabled. An organisation has one root.
async fn enabled(client: &Client) -> Result<Vec<PolicyType>, AwsError> {
    let pages = client.list_roots().into_paginator().send().collect::<Result<Vec<_>, _>>().await;
    let pages = pages.map_err(|error| AwsError::of(LIST_ROOTS, THE_ORGANIZATION, error))?;
    let kinds = pages.iter().flat_map(ListRootsOutput::roots).flat_map(Root::policy_types);
    let enabled = kinds.filter(|kind| kind.status == Some(PolicyTypeStatus::Enabled));
    Ok(enabled.filter_map(|kind| kind.r#type.clone()).collect())
}

/// Documents of policies, each of which is read once.
struct Documents<'a> {
    client: &'a Client,
    known: BTreeMap<String, ControlPolicy>,
}

impl Documents<'_> {
    /// The policies of a kind that are attached to a target, in the order of their ids.
    async fn of(&mut self, target: &str, kind: PolicyType) -> Result<Vec<ControlPolicy>, AwsError> {
        let listed = self.client.list_policies_for_target().target_id(target).filter(kind);
        let pages = listed.into_paginator().send().collect::<Result<Vec<_>, _>>().await;
        let pages = pages.map_err(|error| AwsError::of(LIST_POLICIES_FOR_TARGET, target, error))?;
        let mut policies = Vec::new();
        for summary in pages.into_iter().flat_map(|page| page.policies.unwrap_or_default()) {
            let id = summary.id.ok_or_else(|| AwsError::new(LIST_POLICIES_FOR_TARGET, target, Problem::Odd))?;
            policies.push(self.document(id, summary.name.unwrap_or_default()).await?);
        }
        policies.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(policies)
    }

    async fn document(&mut self, id: String, name: String) -> Result<ControlPolicy, AwsError> {
        if let Some(known) = self.known.get(&id) {
            return Ok(known.clone());
        }
        let answer = self.client.describe_policy().policy_id(&id).send().await;
        let answer = answer.map_err(|error| AwsError::of(DESCRIBE_POLICY, id.as_str(), error))?;
        let text = answer.policy.and_then(|policy| policy.content);
        let text = text.ok_or_else(|| AwsError::new(DESCRIBE_POLICY, id.as_str(), Problem::Odd))?;
        let policy = ControlPolicy { id: id.clone(), name, text };
        self.known.insert(id, policy.clone());
        Ok(policy)
    }
}
