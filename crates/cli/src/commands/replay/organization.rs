//! The organisation's own policies beside the documents that are tried out.

use std::collections::BTreeSet;

use anyhow::Result;
use tighten_aws::{ControlPolicy, Organization, OrganizationLevel};
use tighten_iam::{PolicyDocument, PolicyKind};
use tighten_synthesis::replay::{BindingLevel, Candidates};

use crate::error::Explained;
use crate::live::{Found, read_organization};
use crate::read::Read;
use crate::terminal::Terminal;

/// Adds what the organisation attaches to the accounts whose principals are judged. Returns how many of the inputs could
/// not be read: 0 or 1.
pub(super) fn bind(
    candidates: &mut Candidates,
    names: &mut Vec<String>,
    read: &Read,
    terminal: Terminal,
) -> Result<usize> {
    let accounts: BTreeSet<String> =
        read.usage.principals.keys().map(|principal| principal.account().to_owned()).collect();
    let alone = candidates.documents().is_empty();
    match read_organization(&read.input.account, &accounts, alone, terminal)? {
        Found::None => Ok(0),
        Found::Denied => Ok(1),
        Found::Organization(organization) => {
            add(candidates, names, organization)?;
            Ok(0)
        }
    }
}

fn add(candidates: &mut Candidates, names: &mut Vec<String>, organization: Organization) -> Result<()> {
    let Organization { management_account, levels, .. } = organization;
    let name =
        |level: &OrganizationLevel, policy: &ControlPolicy| format!("{} ({}) of {}", policy.name, policy.id, level.id);
    let service = levels.iter().flat_map(|level| level.service_control.iter().map(|policy| name(level, policy)));
    let resource = levels.iter().flat_map(|level| level.resource_control.iter().map(|policy| name(level, policy)));
    // Documents are numbered kind by kind, and resource control policies come last.
    let is_before = |kind: &&PolicyKind| !matches!(kind, PolicyKind::ResourceControl { .. });
    let at = candidates.kinds().iter().filter(is_before).count();
    names.splice(at..at, service);
    names.extend(resource);
    let levels = levels.into_iter().map(|level| {
        Ok(BindingLevel {
            service_control: documents(&level.service_control)?,
            resource_control: documents(&level.resource_control)?,
            accounts: level.accounts,
        })
    });
    let levels: Vec<BindingLevel> = levels.collect::<Result<_>>()?;
    let management_account = candidates.management_account().map_or(management_account, str::to_owned);
    *candidates =
        std::mem::take(candidates).with_organization(levels).with_management_account(Some(management_account));
    Ok(())
}

fn documents(policies: &[ControlPolicy]) -> Result<Vec<PolicyDocument>> {
    let parse = |policy: &ControlPolicy| {
        PolicyDocument::parse(&policy.text).map_err(|error| {
            let message = format!("`{}` ({}) is not a policy", policy.name, policy.id);
            Explained::new(message, "leave out `--from-iam`, and give the others with `--scp` and `--rcp`")
                .because(error)
                .into()
        })
    };
    policies.iter().map(parse).collect()
}
