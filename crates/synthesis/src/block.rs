//! Statements before they are written: which actions share which resources.

use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::{AccessLevel, Catalog};
use tighten_iam::{ActionName, ActionPattern, Conditions, ResourcePattern, Statement};

use crate::generalise::name_of;
use crate::grant::{Grant, irredundant};
use crate::used::ConditionKeys;

/// A statement in the making. It gives every action on every resource, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Block {
    /// The service prefix; empty where several services share the block.
    pub(crate) service: String,
    pub(crate) class: Option<Class>,
    pub(crate) condition: ConditionKeys,
    pub(crate) resources: BTreeSet<ResourcePattern>,
    pub(crate) actions: BTreeSet<ActionName>,
}

/// What a reviewer wants to see apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    /// Listing and reading.
    Read,
    /// Creating, changing, deleting and tagging.
    Write,
    /// Changing who may do what.
    Permissions,
}

/// How much is put into one statement. Each step has fewer and longer statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Density {
    /// One service and class.
    Readable,
    /// One service.
    Service,
    /// One service; the actions on all resources of all services together.
    Dense,
}

impl Density {
    pub(crate) const ALL: [Self; 3] = [Self::Readable, Self::Service, Self::Dense];
}

impl Class {
    pub(crate) fn of(catalog: &Catalog, action: &ActionName) -> Self {
        match level(catalog, action) {
            AccessLevel::List | AccessLevel::Read => Self::Read,
            AccessLevel::Write | AccessLevel::Tagging => Self::Write,
            AccessLevel::PermissionsManagement => Self::Permissions,
        }
    }
}

/// The access level of an action; what is not known is taken to write.
pub(crate) fn level(catalog: &Catalog, action: &ActionName) -> AccessLevel {
    catalog.action(action).map_or(AccessLevel::Write, tighten_catalog::Action::access_level)
}

impl Block {
    /// The statement, without a `Sid`.
    pub(crate) fn statement(&self) -> Statement {
        let mut conditions = Conditions::new();
        for (key, values) in &self.condition {
            conditions.insert("StringEquals", key, values);
        }
        let actions = self.actions.iter().map(ActionPattern::from);
        Statement::allow(actions, self.resources.iter().cloned()).with_conditions(conditions)
    }

    pub(crate) fn is_unrestricted(&self) -> bool {
        self.condition.is_empty() && self.resources.iter().all(ResourcePattern::is_any)
    }
}

/// Brings grants together into blocks that give exactly the same.
///
/// Two grants share a block only if their conditions are equal, and either the actions are used on equal resources or
/// the resources are used by equal actions. Blocks are in the order in which they are to be read.
pub(crate) fn compact(
    catalog: &'static Catalog,
    grants: impl IntoIterator<Item = Grant>,
    density: Density,
) -> Vec<Block> {
    let mut tables: BTreeMap<(String, Option<Class>, ConditionKeys), Table> = BTreeMap::new();
    for (action, conditions) in irredundant(grants) {
        let class = (density == Density::Readable).then(|| Class::of(catalog, &action));
        for (condition, patterns) in conditions {
            let any = density == Density::Dense && condition.is_empty() && patterns.iter().all(ResourcePattern::is_any);
            let service = if any { String::new() } else { action.service().to_owned() };
            tables.entry((service, class, condition)).or_default().insert(action.clone(), patterns);
        }
    }
    let mut blocks = Vec::new();
    for ((service, class, condition), table) in tables {
        for (resources, actions) in rectangles(catalog, table) {
            blocks.push(Block { service: service.clone(), class, condition: condition.clone(), resources, actions });
        }
    }
    blocks.sort();
    blocks
}

/// The resources of each action.
type Table = BTreeMap<ActionName, BTreeSet<ResourcePattern>>;

/// Every one of the actions on every one of the resources.
type Rectangle = (BTreeSet<ResourcePattern>, BTreeSet<ActionName>);

/// The table as rectangles.
///
/// An action that needs resources of several types for one call (an internet gateway and the VPC it is attached to) keeps
/// them in one statement: IAM would not mind, but readers and linters look for all of them in one place.
fn rectangles(catalog: &'static Catalog, table: Table) -> Vec<Rectangle> {
    let several = |(action, resources): &(ActionName, BTreeSet<ResourcePattern>)| {
        let mut kinds = resources.iter().map(|resource| name_of(catalog, action, resource).0);
        resources.len() > 1 && kinds.next().is_some_and(|first| kinds.any(|kind| kind != first))
    };
    let (several, single): (Vec<_>, Vec<_>) = table.into_iter().partition(several);
    let (single, mut whole) = (single.into_iter().collect(), by_resources(&several.into_iter().collect()));
    for (resources, actions) in shorter(&single) {
        // Both ways may lead to the same resources.
        match whole.iter_mut().find(|(own, _)| *own == resources) {
            Some((_, own)) => own.extend(actions),
            None => whole.push((resources, actions)),
        }
    }
    whole
}

/// Actions with equal resources together.
fn by_resources(table: &Table) -> Vec<Rectangle> {
    let mut rectangles: BTreeMap<&BTreeSet<ResourcePattern>, BTreeSet<ActionName>> = BTreeMap::new();
    for (action, resources) in table {
        rectangles.entry(resources).or_default().insert(action.clone());
    }
    rectangles.into_iter().map(|(resources, actions)| (resources.clone(), actions)).collect()
}

/// The table as rectangles: actions with equal resources together, or resources with equal actions, whichever takes
/// less text.
fn shorter(table: &Table) -> Vec<Rectangle> {
    let by_resources = by_resources(table);
    let mut turned: BTreeMap<&ResourcePattern, BTreeSet<ActionName>> = BTreeMap::new();
    for (action, resources) in table {
        for resource in resources {
            turned.entry(resource).or_default().insert(action.clone());
        }
    }
    let mut by_actions: BTreeMap<BTreeSet<ActionName>, BTreeSet<ResourcePattern>> = BTreeMap::new();
    for (resource, actions) in turned {
        by_actions.entry(actions).or_default().insert(resource.clone());
    }
    let by_actions: Vec<Rectangle> = by_actions.into_iter().map(|(actions, resources)| (resources, actions)).collect();
    if text_of(&by_actions) < text_of(&by_resources) { by_actions } else { by_resources }
}

/// About how long the rectangles are as statements.
fn text_of(rectangles: &[Rectangle]) -> usize {
    /// The keys, brackets and a `Sid` of a statement.
    const FRAME: usize = 75;
    rectangles
        .iter()
        .map(|(resources, actions)| {
            let resources: usize = resources.iter().map(|resource| resource.as_str().len() + 3).sum();
            let actions: usize = actions.iter().map(|action| action.as_str().len() + 3).sum();
            FRAME + resources + actions
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grants(rows: &[(&str, &[&str])]) -> Vec<Grant> {
        let grant = |action: &str, resource: &&str| Grant {
            action: action.parse().unwrap(),
            resource: resource.parse().unwrap(),
            condition: ConditionKeys::new(),
        };
        rows.iter()
            .flat_map(|(action, resources)| resources.iter().map(move |resource| grant(action, resource)))
            .collect()
    }

    fn shown(rows: &[(&str, &[&str])], density: Density) -> Vec<(Vec<String>, Vec<String>)> {
        let blocks = compact(Catalog::embedded(), grants(rows), density);
        blocks
            .iter()
            .map(|block| {
                (
                    block.actions.iter().map(ToString::to_string).collect(),
                    block.resources.iter().map(ToString::to_string).collect(),
                )
            })
            .collect()
    }

    fn texts(actions: &[&str], resources: &[&str]) -> (Vec<String>, Vec<String>) {
        let owned = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect();
        (owned(actions), owned(resources))
    }

    #[test]
    fn what_differs_in_actions_and_resources_stays_apart() {
        let rows: &[(&str, &[&str])] =
            &[("s3:GetObject", &["arn:aws:s3:::a/*"]), ("s3:GetObjectVersion", &["arn:aws:s3:::b/*"])];
        for density in Density::ALL {
            assert_eq!(shown(rows, density).len(), 2);
        }
    }

    #[test]
    fn actions_on_the_same_resources_share_a_statement() {
        let both: &[&str] = &["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"];
        let rows: &[(&str, &[&str])] = &[("s3:GetObject", both), ("s3:GetObjectVersion", both), ("s3:PutObject", both)];
        let read = texts(&["s3:GetObject", "s3:GetObjectVersion"], both);
        assert_eq!(shown(rows, Density::Readable), [read, texts(&["s3:PutObject"], both)]);
        assert_eq!(shown(rows, Density::Service).len(), 1);
    }

    #[test]
    fn resources_are_grouped_where_that_is_shorter() {
        let long = "arn:aws:dynamodb:eu-west-1:111122223333:table/a-table-with-quite-a-long-name-indeed-because-somebody-liked-it-so-much";
        let other = long.replace("table/a", "table/b");
        let third = long.replace("table/a", "table/c");
        let rows: &[(&str, &[&str])] = &[
            ("dynamodb:GetItem", &[long, &other]),
            ("dynamodb:Query", &[long, &third]),
            ("dynamodb:Scan", &[&other, &third]),
        ];
        assert_eq!(
            shown(rows, Density::Readable),
            [
                texts(&["dynamodb:GetItem", "dynamodb:Query"], &[long]),
                texts(&["dynamodb:GetItem", "dynamodb:Scan"], &[&other]),
                texts(&["dynamodb:Query", "dynamodb:Scan"], &[&third]),
            ]
        );
    }

    #[test]
    fn an_action_keeps_its_resource_types_together() {
        let (gateway, vpc) = ("arn:aws:ec2:r:1:internet-gateway/*", "arn:aws:ec2:r:1:vpc/*");
        let rows: &[(&str, &[&str])] = &[
            ("ec2:AttachInternetGateway", &[gateway, vpc]),
            ("ec2:DeleteInternetGateway", &[gateway]),
            ("ec2:DeleteVpc", &[vpc]),
        ];
        let shown = shown(rows, Density::Readable);
        assert!(shown.contains(&texts(&["ec2:AttachInternetGateway"], &[gateway, vpc])), "{shown:?}");
    }

    #[test]
    fn unrestricted_actions_come_together_when_it_must_be_short() {
        let rows: &[(&str, &[&str])] =
            &[("ec2:DescribeInstances", &["*"]), ("s3:ListAllMyBuckets", &["*"]), ("sts:GetCallerIdentity", &["*"])];
        assert_eq!(shown(rows, Density::Service).len(), 3);
        assert_eq!(shown(rows, Density::Dense).len(), 1);
    }
}
