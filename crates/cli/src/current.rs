//! The policies of today that a command was given.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use tighten_iam::{ActionName, PolicyDocument, Principal};
use tighten_inventory::{
    CurrentPolicy, Inventory, InventoryError, Maker, Note, PolicySet, UnreadablePolicy, matching_nothing,
    read_document, read_policy,
};
use tighten_synthesis::narrow::Narrowed;
use tighten_synthesis::{Finding, FindingCode};
use tighten_trail::selectors::Selectors;

use crate::config::InputConfig;
use crate::error::Explained;
use crate::settings::NarrowSettings;
use crate::terminal::Terminal;

/// The policies of today, as far as they are known before the records are read.
pub(crate) enum Current {
    /// Files; whoever is chosen holds them.
    Files(Vec<CurrentPolicy>),
    /// Those of whole accounts.
    Accounts(Inventory),
}

/// Reads the policies of today, if there are any.
#[cfg_attr(not(feature = "aws"), expect(unused_variables, reason = "only IAM is read by way of the account"))]
pub(crate) fn read(settings: &NarrowSettings, input: &InputConfig, terminal: Terminal) -> Result<Option<Current>> {
    #[cfg(feature = "aws")]
    if settings.from_iam {
        return Ok(Some(accounts(crate::live::read(&input.account, terminal)?, terminal)));
    }
    if let Some(file) = &settings.account_authorization_details {
        return Ok(Some(accounts(Inventory::read(file).map_err(explained)?, terminal)));
    }
    let read = |file| read_policy(file).map_err(explained);
    let policies: Vec<CurrentPolicy> = settings.current.iter().map(|file| read(file)).collect::<Result<_, _>>()?;
    for policy in &policies {
        note(&matching_nothing(policy.source.document(), &format!("`{}`", policy.name)), terminal);
    }
    Ok(if policies.is_empty() { None } else { Some(Current::Files(policies)) })
}

/// The policies of whole accounts, of which what a reader should know is said.
fn accounts(inventory: Inventory, terminal: Terminal) -> Current {
    for one in &inventory.unreadable {
        let (policy, error) = (&one.policy, &one.error);
        terminal.note(&format!("warning: left out, and stays as it is: {policy} is not a policy: {error}"));
    }
    note(&inventory.notes, terminal);
    Current::Accounts(inventory)
}

/// Reads one document from each file.
pub(crate) fn documents<'p>(files: impl IntoIterator<Item = &'p Path>) -> Result<Vec<PolicyDocument>> {
    files.into_iter().map(|file| Ok(read_document(file).map_err(explained)?)).collect()
}

/// Says what a reader should know of the policies.
pub(crate) fn note(notes: &[Note], terminal: Terminal) {
    for note in notes {
        terminal.note(&format!("note: {note}"));
    }
}

/// Reads what the trails record.
pub(crate) fn selectors(settings: &NarrowSettings) -> Result<Option<Selectors>> {
    let mut all: Option<Selectors> = None;
    for file in &settings.event_selectors {
        let name = file.display().to_string();
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read the event selectors `{name}`"))?;
        let own = Selectors::parse(&text).map_err(|error| {
            let tip = "`--event-selectors` takes what `aws cloudtrail get-event-selectors --trail-name NAME` prints";
            Explained::new(format!("`{name}` holds no event selectors: {error}"), tip)
        })?;
        all = Some(match all {
            Some(all) => all.merge(own),
            None => own,
        });
    }
    Ok(all)
}

impl Current {
    /// The policies of the chosen principals and their holders, in sets that have nothing to do with each other.
    pub(crate) fn sets<'a>(&'a self, chosen: &'a BTreeSet<Principal>) -> Vec<PolicySet<'a>> {
        match self {
            Self::Files(files) => chosen.iter().map(|principal| PolicySet::of(files, principal)).collect(),
            Self::Accounts(inventory) => inventory.sets(chosen),
        }
    }

    /// Whether some statement names the action in full.
    pub(crate) fn names(&self, action: &ActionName) -> bool {
        let policies = match self {
            Self::Files(files) => files,
            Self::Accounts(inventory) => &inventory.policies,
        };
        let mut statements = policies.iter().flat_map(|policy| &policy.source.document().statements);
        statements.any(|statement| statement.action.patterns().iter().any(|one| one.to_name().as_ref() == Some(action)))
    }

    /// What a reader of the report should know of those that could not be read.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let unreadable = match self {
            Self::Files(_) => &[][..],
            Self::Accounts(inventory) => inventory.unreadable.as_slice(),
        };
        let finding = |one: &UnreadablePolicy| {
            let finding = Finding::new(FindingCode::UnreadablePolicy).with("policy", one.policy.as_str());
            finding.with("problem", one.error.to_string())
        };
        unreadable.iter().map(finding).collect()
    }

    /// Whether they are those of all principals, so that it matters what others do than those that were asked for.
    pub(crate) fn is_of_accounts(&self) -> bool {
        matches!(self, Self::Accounts(_))
    }

    /// Says of those whose policies are narrowed who else made them.
    pub(crate) fn tell_makers(&self, narrowed: &mut [Narrowed], chosen: &BTreeSet<Principal>) {
        let Self::Accounts(inventory) = self else { return };
        for one in narrowed {
            let holders = one.holders.iter().map(|holder| &holder.principal).filter(|who| chosen.contains(*who));
            let made = holders.filter_map(|who| Some((who, inventory.makers.get(who)?)));
            let finding = |(who, maker): (&Principal, &Maker)| {
                let finding = Finding::new(FindingCode::MadeElsewhere).about(who).with("by", maker.code());
                maker.name().into_iter().fold(finding, |finding, name| finding.with("name", name))
            };
            let findings: Vec<Finding> = made.map(finding).collect();
            one.findings.extend(findings);
            Finding::sort(&mut one.findings);
        }
    }

    /// How many of them could not be read.
    pub(crate) fn unreadable(&self) -> usize {
        match self {
            Self::Files(_) => 0,
            Self::Accounts(inventory) => inventory.unreadable.len(),
        }
    }
}

/// The error, with the way out.
pub(crate) fn explained(error: InventoryError) -> Explained {
    use InventoryError::{
        DetailsFile, DocumentMissing, GroupMissing, HoldersMissing, NoLists, NotAPolicy, NotAPrincipal, NotATime,
        NotDetails, PagesMissing, PolicyFile, Twice,
    };
    let tip = match &error {
        PolicyFile { .. } | DetailsFile { .. } => "",
        NotAPolicy { .. } => {
            "a policy file holds one document, as JSON or URL-encoded, alone or as `aws iam get-policy-version`, \
             `get-role-policy`, `get-user-policy` or `get-group-policy` print it"
        }
        NotDetails { .. } | NoLists { .. } => "make it with `aws iam get-account-authorization-details > details.json`",
        PagesMissing { .. } => {
            "let the AWS CLI take all pages, without `--max-items` or `--no-paginate`, or put all pages into the file one \
             after the other"
        }
        Twice { .. } => "put each page into the file once",
        GroupMissing { .. } | DocumentMissing { .. } | HoldersMissing { .. } => {
            "take the details without `--filter`; if there has to be one, it has to name `User`, `Role`, `Group`, \
             `LocalManagedPolicy` and `AWSManagedPolicy`"
        }
        NotAPrincipal(_) => "ARNs look like arn:aws:iam::111122223333:role/deploy",
        NotATime { .. } => "times are written like 2026-05-01T12:00:00+00:00, as the AWS CLI prints them",
    };
    Explained::of(error, tip)
}
