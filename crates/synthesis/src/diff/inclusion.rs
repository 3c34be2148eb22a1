//! Whether one side allows what the other does not, and by which statement.

use tighten_iam::{
    ActionName, ActionPattern, Actions, Budget, Comparison, Counterexample, PolicyDocument, RequestedResource,
    ResourcePattern, Statement, Undecided, compare,
};

use super::model::{Difference, StatementRef, Witness};
use super::scope::Place;

/// Documents that are compared in place of others, and where their statements come from.
#[derive(Debug, Clone)]
pub(super) struct Excerpt<'a> {
    source: &'a [PolicyDocument],
    documents: Vec<PolicyDocument>,
    /// By document, the index in the source of each statement.
    indices: Vec<Vec<usize>>,
}

impl<'a> Excerpt<'a> {
    /// Everything.
    pub(super) fn whole(source: &'a [PolicyDocument]) -> Self {
        let indices = source.iter().map(|document| (0..document.statements.len()).collect()).collect();
        Self { source, documents: source.to_vec(), indices }
    }

    /// Nothing but the statements at these places, each as `change` makes it. The documents keep their number, and what
    /// they say beside their statements.
    pub(super) fn new(source: &'a [PolicyDocument], places: &[Place], change: impl Fn(&mut Statement)) -> Self {
        let mut documents = Vec::with_capacity(source.len());
        let mut indices = Vec::with_capacity(source.len());
        for (at, document) in source.iter().enumerate() {
            let chosen: Vec<usize> = places.iter().filter(|(of, _)| *of == at).map(|(_, index)| *index).collect();
            let mut part = PolicyDocument::new(chosen.iter().filter_map(|index| {
                let mut statement = document.statements.get(*index)?.clone();
                change(&mut statement);
                Some(statement)
            }));
            part.version.clone_from(&document.version);
            documents.push(part);
            indices.push(chosen);
        }
        Self { source, documents, indices }
    }

    /// The statements at these places, as far as they are about one action.
    pub(super) fn about(source: &'a [PolicyDocument], places: &[Place], action: &ActionName) -> Self {
        Self::new(source, places, |statement| statement.action = Actions::Action(vec![ActionPattern::from(action)]))
    }

    /// Whether these documents allow a request that the `others` do not.
    pub(super) fn beyond(&self, others: &Self, budget: Budget) -> Difference<'a> {
        match compare(&self.documents, &others.documents, budget) {
            Comparison::Proven => Difference::No,
            Comparison::Counterexample(found) => Difference::Yes(self.witness(*found, others)),
            Comparison::Undecided { why: Undecided::Depends { on, document, statement } } if !on.is_empty() => {
                let on: Vec<String> = on.iter().map(|line| format!("`{line}`")).collect();
                let statement = Some(self.reference((document, statement)));
                Difference::Undecided { why: format!("depends on {}", on.join(", ")), action: None, statement }
            }
            Comparison::Undecided { why: Undecided::Depends { document, statement, .. } } => Difference::Undecided {
                why: "depends on what is not modelled".to_owned(),
                action: None,
                statement: Some(self.reference((document, statement))),
            },
            Comparison::Undecided { why } => {
                Difference::Undecided { why: why.to_string(), action: None, statement: None }
            }
        }
    }

    /// Whether nothing at all is allowed, for sure.
    pub(super) fn is_nothing(&self, budget: Budget) -> bool {
        compare(&self.documents, &[], budget).is_proven()
    }

    fn witness(&self, found: Counterexample, others: &Self) -> Witness<'a> {
        let statement = self.reference((found.document, found.statement));
        Witness {
            granted_on: granted_on(self.source, statement, &found.resource),
            statement,
            denied_by: found.denied_by.map(|place| others.reference(place)),
            action: found.action,
            resource: found.resource,
            assumed: found.assumed,
        }
    }

    /// Where a statement of the excerpt comes from.
    pub(super) fn reference(&self, (document, index): Place) -> StatementRef<'a> {
        let statement = self.indices.get(document).and_then(|indices| indices.get(index)).copied().unwrap_or(index);
        reference(self.source, (document, statement))
    }
}

/// The statement with its name.
pub(super) fn reference(documents: &[PolicyDocument], (document, statement): Place) -> StatementRef<'_> {
    let sid = statement_at(documents, document, statement).and_then(|statement| statement.sid.as_deref());
    StatementRef { document, statement, sid }
}

/// The entry of a statement's `Resource` that matches the resource.
pub(super) fn granted_on<'a>(
    documents: &'a [PolicyDocument],
    place: StatementRef<'_>,
    resource: &RequestedResource,
) -> Option<&'a str> {
    let statement = statement_at(documents, place.document, place.statement)?;
    if statement.resource.is_negated() {
        return None;
    }
    let matching = statement.resource.patterns().find(|pattern| match resource {
        RequestedResource::Arn(arn) => pattern.matches(arn),
        RequestedResource::Any => pattern.is_any(),
    });
    matching.map(ResourcePattern::as_str)
}

fn statement_at(documents: &[PolicyDocument], document: usize, statement: usize) -> Option<&Statement> {
    documents.get(document)?.statements.get(statement)
}
