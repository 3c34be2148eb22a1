//! What is above accounts in the tree of their organisation.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_organizations::Client;
use aws_sdk_organizations::operation::list_parents::ListParentsError;
use aws_sdk_organizations::types::ParentType;

use crate::error::{AwsError, Problem};
use crate::permissions::calls::LIST_PARENTS;

/// Everything that is above certain accounts, and these.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The root first, what is nearest to it next.
    pub(super) targets: Vec<Target>,
    /// Accounts that are not in it.
    pub(super) strangers: Vec<String>,
}

/// Something that policies are attached to.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) id: String,
    /// Those of the accounts that are below it, or are it.
    pub(super) accounts: BTreeSet<String>,
}

/// How many organisational units may be nested, as AWS documents it, with the root and the account; beyond that, the answers
/// go round in a circle.
const DEEPEST: usize = 16;

/// Asks for the parents of accounts, their parents and so on, for each once.
pub(super) async fn above(client: &Client, accounts: &BTreeSet<&String>) -> Result<Tree, AwsError> {
    let mut parents: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut tree = Tree::default();
    let mut paths: Vec<Vec<String>> = Vec::new();
    for account in accounts {
        if let Some(path) = path(client, account, &mut parents).await? {
            paths.push(path);
        } else {
            tree.strangers.push((*account).clone());
        }
    }
    let mut below: BTreeMap<(usize, String), BTreeSet<String>> = BTreeMap::new();
    for path in paths {
        let Some(account) = path.first().cloned() else { continue };
        for (depth, id) in path.into_iter().rev().enumerate() {
            // Accounts come last, however near to the root they are.
            let depth = if id == account { DEEPEST } else { depth };
            below.entry((depth, id)).or_default().insert(account.clone());
        }
    }
    tree.targets = below.into_iter().map(|((_, id), accounts)| Target { id, accounts }).collect();
    Ok(tree)
}

/// The account, what is above it, and the root; nothing if it is not in the organisation.
async fn path(
    client: &Client,
    account: &str,
    parents: &mut BTreeMap<String, Option<String>>,
) -> Result<Option<Vec<String>>, AwsError> {
    let mut path = vec![account.to_owned()];
    let mut at = account.to_owned();
    loop {
        if !parents.contains_key(&at) {
            match parent(client, &at).await? {
                Parent::Unit(id) => drop(parents.insert(at.clone(), Some(id))),
                Parent::Root(id) => {
                    parents.insert(at.clone(), Some(id.clone()));
                    parents.insert(id, None);
                }
                Parent::None => return Ok(None),
            }
        }
        let Some(Some(next)) = parents.get(&at) else { return Ok(Some(path)) };
        if path.len() > DEEPEST {
            return Err(AwsError::new(LIST_PARENTS, account, Problem::Odd));
        }
        path.push(next.clone());
        at.clone_from(next);
    }
}

/// What is right above something.
enum Parent {
    Root(String),
    Unit(String),
    None,
}

async fn parent(client: &Client, child: &str) -> Result<Parent, AwsError> {
    let answer = client.list_parents().child_id(child).into_paginator().send();
    let pages = match answer.collect::<Result<Vec<_>, _>>().await {
        Err(error) if error.as_service_error().is_some_and(ListParentsError::is_child_not_found_exception) => {
            return Ok(Parent::None);
        }
        answer => answer.map_err(|error| AwsError::of(LIST_PARENTS, child, error))?,
    };
    // A child has one parent.
    let odd = || AwsError::new(LIST_PARENTS, child, Problem::Odd);
    let parents = pages.into_iter().flat_map(|page| page.parents.unwrap_or_default());
    let parent = parents.into_iter().next().ok_or_else(odd)?;
    let id = parent.id.ok_or_else(odd)?;
    Ok(if parent.r#type == Some(ParentType::Root) { Parent::Root(id) } else { Parent::Unit(id) })
}
