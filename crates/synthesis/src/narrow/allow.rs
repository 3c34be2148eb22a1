//! One `Allow` statement of a current policy, taken apart: which actions on which resources.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use tighten_catalog::Catalog;
use tighten_iam::{ActionName, ActionPattern, PolicyDocument, ResourcePattern, Resources, Statement};
use tighten_mapping::Certainty;

use super::placeholders::{Bound, Placeholders};
use super::statement_actions::StatementActions;

/// An `Allow` statement, with what its patterns stand for.
#[derive(Debug)]
pub(super) struct Allow<'a> {
    /// The index of its policy.
    pub(super) policy: usize,
    /// Its index in the document.
    pub(super) index: usize,
    pub(super) statement: &'a Statement,
    /// The resources; for `NotResource`, what is left out.
    pub(super) entries: Vec<Bound>,
    /// What it allows.
    pub(super) actions: Arc<StatementActions>,
    /// A document that allows everything under the statement's conditions.
    pub(super) conditions: PolicyDocument,
}

/// How much of what a pattern matches is allowed by an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    None,
    /// Some, or it is not known how much.
    Some,
    All,
}

impl<'a> Allow<'a> {
    pub(super) fn new(
        actions: Arc<StatementActions>,
        (policy, document): (usize, &'a PolicyDocument),
        (index, statement): (usize, &'a Statement),
        placeholders: &Placeholders,
    ) -> Self {
        let variables = document.has_variables();
        let entries = statement.resource.entries().iter().map(|entry| placeholders.bind(entry, variables)).collect();
        let mut free = Statement::allow([ActionPattern::any()], [ResourcePattern::any()]);
        free.conditions.clone_from(&statement.conditions);
        let mut conditions = PolicyDocument::new([free]);
        conditions.version.clone_from(&document.version);
        Self { policy, index, statement, entries, actions, conditions }
    }

    /// Whether it allows all but its entries.
    pub(super) fn is_complement(&self) -> bool {
        self.statement.resource.is_negated()
    }

    /// Whether the statement names the service of the action, and not only patterns that stand for all services.
    pub(super) fn names_service(&self, action: &ActionName) -> bool {
        let named = |pattern: &ActionPattern| {
            pattern.service().is_some_and(|service| service.eq_ignore_ascii_case(action.service()))
        };
        !self.statement.action.is_negated() && self.statement.action.patterns().iter().any(named)
    }

    /// The entries that allow something of the pattern, with how much. A statement with `NotResource` has one, number 0.
    pub(super) fn extents(&self, pattern: &ResourcePattern, certainty: Certainty) -> Vec<(usize, Extent)> {
        // IAM is asked for `*` by actions that know no resources, and only `*` allows that.
        let any = pattern.is_any() && certainty == Certainty::Exact;
        let of = |entry: &Bound| match &entry.pattern {
            None => Extent::Some,
            Some(own) if own.contains(pattern) => Extent::All,
            Some(own) if !any && own.overlaps(pattern) => Extent::Some,
            Some(_) => Extent::None,
        };
        let extents = self.entries.iter().map(of);
        match &self.statement.resource {
            Resources::Resource(_) => extents.enumerate().filter(|(_, extent)| *extent > Extent::None).collect(),
            Resources::NotResource(_) => {
                let extent = match extents.max().unwrap_or(Extent::None) {
                    Extent::None => Extent::All,
                    Extent::Some => Extent::Some,
                    Extent::All => Extent::None,
                };
                if extent == Extent::None { Vec::new() } else { vec![(0, extent)] }
            }
            Resources::Implied => Vec::new(),
        }
    }

    /// How narrow an entry is for an action, to compare statements by: how much of the resource and of the action is
    /// spelled out.
    pub(super) fn precision(&self, entry: usize, action: &ActionName) -> (usize, usize) {
        let spelled = |text: &str| text.chars().filter(|c| !matches!(c, '*' | '?')).count();
        let resource = match self.entries.get(entry) {
            Some(entry) if !self.is_complement() => entry.pattern.as_ref().map_or(0, |own| spelled(own.as_str())),
            _ => 0,
        };
        let patterns = self.statement.action.patterns().iter().filter(|pattern| pattern.matches(action));
        let action = if self.statement.action.is_negated() {
            0
        } else {
            // What is spelled out in full is narrower than any pattern, however long.
            let precise =
                |pattern: &ActionPattern| spelled(pattern.as_str()) * 2 + usize::from(!pattern.has_wildcard());
            patterns.map(precise).max().unwrap_or(0)
        };
        (resource, action)
    }
}

/// Every action of the catalog, by service prefix.
pub(super) fn all_actions(catalog: &'static Catalog) -> &'static BTreeMap<&'static str, Vec<Arc<ActionName>>> {
    static ALL: OnceLock<BTreeMap<&'static str, Vec<Arc<ActionName>>>> = OnceLock::new();
    ALL.get_or_init(|| {
        let names = |prefix: &'static str| {
            let service = catalog.service(prefix).into_iter();
            service
                .flat_map(|service| &service.actions)
                .filter_map(|action| ActionName::new(prefix, action.name).ok().map(Arc::new))
                .collect()
        };
        catalog.prefixes().map(|prefix| (prefix, names(prefix))).collect()
    })
}

/// The actions of the catalog that a pattern matches.
pub(super) fn matched<'p>(
    catalog: &'static Catalog,
    pattern: &'p ActionPattern,
) -> impl Iterator<Item = &'static Arc<ActionName>> + use<'p> {
    let service = pattern.service().map(str::to_ascii_lowercase).filter(|service| !service.contains(['*', '?']));
    let all = all_actions(catalog);
    let of_service = service.as_deref().map(|service| all.get(service));
    let actions: Vec<&'static Vec<Arc<ActionName>>> = match of_service {
        Some(own) => own.into_iter().collect(),
        None => all.values().collect(),
    };
    actions.into_iter().flatten().filter(|action| pattern.matches(action))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow<T>(statement: &str, test: impl FnOnce(&Allow<'_>) -> T) -> T {
        let json = format!(r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", {statement}}}}}"#);
        let document = PolicyDocument::parse(&json).unwrap();
        let placeholders = Placeholders::default();
        let statement = &document.statements[0];
        let actions = Arc::new(StatementActions::of(Catalog::embedded(), &statement.action));
        let allow = Allow::new(actions, (0, &document), (0, statement), &placeholders);
        test(&allow)
    }

    #[test]
    fn patterns_are_expanded_over_the_catalog() {
        allow(r#""Action": ["sqs:*Message", "SQS:sendmessage", "sqs:Gone", "nosuch:*"], "Resource": "*""#, |allow| {
            let names: Vec<&str> = allow.actions.iter().map(|action| action.as_str()).collect();
            assert_eq!(names, ["sqs:DeleteMessage", "sqs:Gone", "sqs:ReceiveMessage", "sqs:SendMessage"]);
            assert_eq!(allow.actions.unknown.iter().map(ActionPattern::as_str).collect::<Vec<_>>(), ["nosuch:*"]);
        });
        allow(r#""NotAction": ["iam:*"], "Resource": "*""#, |allow| {
            assert!(
                allow.actions.iter().count() > 10_000 && !allow.actions.iter().any(|action| action.service() == "iam")
            );
            assert!(!allow.names_service(&"sqs:SendMessage".parse().unwrap()));
        });
        allow(r#""Action": ["*", "sqs:Send*"], "Resource": "*""#, |allow| {
            assert!(allow.names_service(&"sqs:SendMessage".parse().unwrap()));
            assert!(!allow.names_service(&"sns:Publish".parse().unwrap()));
        });
    }

    #[test]
    fn extents_tell_all_some_and_none() {
        let extents = |statement: &str, pattern: &str, certainty| {
            allow(&format!(r#""Action": "*", {statement}"#), |allow| {
                allow.extents(&pattern.parse().unwrap(), certainty)
            })
        };
        let entries = r#""Resource": ["arn:aws:s3:::a/*", "arn:aws:s3:::*/k", "arn:aws:s3:::${aws:username}", "arn:aws:sqs:*:*:q"]"#;
        let some = [(0, Extent::All), (1, Extent::Some), (2, Extent::Some)];
        assert_eq!(extents(entries, "arn:aws:s3:::a/x*", Certainty::Exact), some);
        assert_eq!(extents(r#""Resource": "arn:aws:s3:::*""#, "*", Certainty::Exact), []);
        assert_eq!(extents(r#""Resource": "arn:aws:s3:::*""#, "*", Certainty::Unresolved), [(0, Extent::Some)]);
        assert_eq!(extents(r#""Resource": "*""#, "*", Certainty::Exact), [(0, Extent::All)]);
        let not = r#""NotResource": ["arn:aws:s3:::a/*", "arn:aws:s3:::b"]"#;
        assert_eq!(extents(not, "arn:aws:s3:::c", Certainty::Exact), [(0, Extent::All)]);
        assert_eq!(extents(not, "arn:aws:s3:::*", Certainty::ByType), [(0, Extent::Some)]);
        assert_eq!(extents(not, "arn:aws:s3:::a/k", Certainty::Exact), []);
    }
}
