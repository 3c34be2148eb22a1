//! The asked resource, judged by the documents.

use tighten_iam::{PolicyDocument, ResourcePattern};
use tighten_mapping::Certainty;

use super::model::{Fit, OnResource, ResourceNote, UseOf};
use super::{Documents, Question};
use crate::replay::{Asked, CalledBy, Doubt, Judge, StatementAt, Verdict};
use crate::used::ConditionKeys;

/// What an observed resource has to do with the asked one.
pub(super) fn fit(asked: &ResourcePattern, observed: &ResourcePattern) -> Fit {
    if asked == observed {
        Fit::Same
    } else if asked.contains(observed) {
        Fit::Within
    } else if observed.contains(asked) {
        Fit::Covered
    } else if asked.overlaps(observed) {
        Fit::Overlaps
    } else {
        Fit::Other
    }
}

pub(super) fn judged(
    question: &Question<'_>,
    asked: &ResourcePattern,
    before: Option<&Documents>,
    after: &Documents,
    uses: &[UseOf],
) -> OnResource {
    let action = question.catalog.action(question.action);
    let without = action.is_some_and(|action| !action.supports_resources());
    let judged = if without { ResourcePattern::any() } else { asked.clone() };
    let certainty = if judged.is_any() && !without { Certainty::ByType } else { Certainty::Exact };
    // What all uses of the resource had in common is what its next use would have, too.
    let own = || uses.iter().filter(|one| one.principal == question.subject.principal && one.is_on());
    let context = match own().next() {
        Some(first) if own().all(|one| one.need.context == first.need.context) => first.need.context.clone(),
        _ => ConditionKeys::new(),
    };
    let ask = Asked {
        action: question.action.clone(),
        resource: judged.clone(),
        certainty,
        path_unknown: false,
        context,
        called_by: CalledBy::Unknown,
    };
    let judge = |documents: &Documents| {
        let verdict = Judge::new(&documents.documents, &question.subject.principal, question.paths).judge(&ask);
        renumbered(verdict, documents)
    };
    OnResource {
        asked: asked.clone(),
        judged,
        note: note(question, asked),
        before: before.map(judge),
        after: judge(after),
    }
}

/// The verdict with the indices of policies in the place of those of documents.
fn renumbered(verdict: Verdict, documents: &Documents) -> Verdict {
    let of = |by: StatementAt| StatementAt {
        document: documents.policies.get(by.document).copied().unwrap_or(by.document),
        statement: by.statement,
    };
    match verdict {
        Verdict::ExplicitDeny { by } => Verdict::ExplicitDeny { by: of(by) },
        Verdict::Allowed { by } => Verdict::Allowed { by: of(by) },
        Verdict::Partly { why: Doubt::SomeDenied { by } } => Verdict::Partly { why: Doubt::SomeDenied { by: of(by) } },
        Verdict::Partly { why: Doubt::SomeAllowed { by } } => {
            Verdict::Partly { why: Doubt::SomeAllowed { by: of(by) } }
        }
        other => other,
    }
}

/// Whether the action knows resources such as this.
fn note(question: &Question<'_>, asked: &ResourcePattern) -> Option<ResourceNote> {
    let service = question.catalog.service(question.action.service())?;
    let action = service.action(question.action.name())?;
    if asked.is_any() {
        return None;
    }
    if !action.supports_resources() {
        return Some(ResourceNote::NoResources);
    }
    let kinds = action.resources.iter().filter_map(|resource| service.resource_type(resource.resource_type));
    let formats: Vec<&str> = kinds.flat_map(|kind| kind.formats.iter().copied()).collect();
    let pattern = |format: &str| -> Option<ResourcePattern> {
        let mut text = String::new();
        let mut rest = format;
        while let Some((before, inside)) = rest.split_once("${") {
            text.push_str(before);
            text.push('*');
            rest = inside.split_once('}').map_or("", |(_, rest)| rest);
        }
        text.push_str(rest);
        text.parse().ok()
    };
    // A format that cannot be read may well be the one.
    let is_one = formats.is_empty() || formats.iter().any(|one| pattern(one).is_none_or(|one| one.overlaps(asked)));
    let listed = || formats.iter().map(|format| (*format).to_owned()).collect();
    (!is_one).then(|| ResourceNote::NoSuchType { formats: listed() })
}

/// Whether some entry of a statement may match the asked resource.
pub(super) fn may_concern(
    document: &PolicyDocument,
    statement: usize,
    asked: &ResourcePattern,
    knows_resources: bool,
) -> bool {
    let Some(statement) = document.statements.get(statement) else { return false };
    if !knows_resources {
        return true;
    }
    let odd = |text: &str| text.contains('$');
    let entries = statement.resource.entries();
    if statement.resource.is_negated() {
        return !entries
            .iter()
            .any(|entry| entry.pattern().is_some_and(|own| !odd(own.as_str()) && own.contains(asked)));
    }
    entries.iter().any(|entry| entry.pattern().is_none_or(|own| odd(own.as_str()) || own.overlaps(asked)))
}
