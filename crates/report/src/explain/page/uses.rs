//! The records: uses, refusals, and calls of which it is not known what they needed.

use tighten_synthesis::explain::{Fit, Link, LinkKind};

use super::{LONGEST, NAMED, data, some};
use crate::explain::model::{ExplainReport, UseReport};
use crate::page::{Block, Fields, Heading, Item, Page, Prose};
use crate::prose;
use crate::shared::{DeniedReport, Evidence, UnmappedReport};
use crate::words::{counted, minute, times};

/// How many uses, refusals or unknown calls are shown.
const SHOWN: usize = 12;

pub(super) fn uses(report: &ExplainReport, page: &mut Page) {
    let all = report.uses.len() + report.suspected.len();
    page.push(Heading::new("Uses").about(if all == 0 { "none was seen" } else { "" }));
    list(&report.uses, page, |one| used(report, one, ""));
    list(&report.suspected, page, |one| used(report, one, "suspected, and so not granted: "));
}

/// The first of some.
fn list<T>(all: &[T], page: &mut Page, item: impl Fn(&T) -> Item) {
    if !all.is_empty() {
        page.push(Block::List(all.iter().take(SHOWN).map(item).collect()));
        page.extend(Block::rest_in_json(all.len(), SHOWN));
    }
}

fn used(report: &ExplainReport, one: &UseReport, what: &'static str) -> Item {
    let mut fields = Fields::new(LONGEST);
    if one.principal != report.principal {
        fields.field("by", data(&one.principal));
    }
    let is_on = |fit: Option<Fit>| fit.is_none_or(Fit::is_on);
    let on: Vec<&str> = one.resources.iter().filter(|one| is_on(one.fit)).map(|one| one.resource.as_str()).collect();
    let others = one.resources.len() - on.len();
    if !on.is_empty() {
        fields.field("on", some(&on));
    }
    if report.resource.is_some() && others > 0 {
        fields.field("besides on", counted(others, "other resource"));
    }
    for (key, values) in &one.context {
        fields.field("with", prose![data(key), " = ", Prose::some(values, NAMED)]);
    }
    if let Some(via) = &one.via {
        fields.field("via", prose![data(via), ", which called with the principal's permissions"]);
    }
    fields.field("resources", prose![one.certainty, " by rule ", data(&one.rule)]);
    for link in one.mapped_by.iter().take(NAMED) {
        fields.field("call", mapped_by(link));
    }
    if one.mapped_by.is_empty() {
        fields.field("calls", some(&one.evidence.calls));
    }
    fields.field("events", events(&one.evidence));
    Item::with(prose![what, seen(&one.evidence)], vec![fields.into()])
}

fn events(evidence: &Evidence) -> Prose {
    Prose::list(evidence.event_ids.iter().map(|id| data(id)))
}

pub(super) fn refused(refused: &[DeniedReport], page: &mut Page) {
    if refused.is_empty() {
        return;
    }
    page.push(Heading::new("Refused").about("denials grant nothing"));
    list(refused, page, |one| {
        let mut fields = Fields::new(LONGEST);
        let why = one.reason.as_deref().map(|reason| prose![", ", data(reason)]).unwrap_or_default();
        fields.field("error", prose![data(&one.error_code), why]);
        let on = if one.resources.is_empty() { &one.named } else { &one.resources };
        if !on.is_empty() {
            fields.field("on", some(on));
        }
        if let Some(via) = &one.via {
            fields.field("via", data(via));
        }
        fields.field("events", events(&one.evidence));
        Item::with(seen(&one.evidence), vec![fields.into()])
    });
}

pub(super) fn unmapped(unmapped: &[UnmappedReport], page: &mut Page) {
    if unmapped.is_empty() {
        return;
    }
    let heading = Heading::new("Calls of the service that may have needed it");
    page.push(heading.about("what they needed is not known"));
    list(unmapped, page, |one| {
        let call = data(&format!("{}/{}", one.event_source, one.event_name));
        Item::new(prose![call, format!(": {} ({})", counted(one.count, "call"), one.reason)])
    });
}

fn seen(evidence: &Evidence) -> Prose {
    let span = match (evidence.first_seen, evidence.last_seen) {
        (Some(first), Some(last)) if first != last => format!(", {} to {}", minute(first), minute(last)),
        (Some(only), _) | (None, Some(only)) => format!(", {}", minute(only)),
        (None, None) => String::new(),
    };
    let regions = if evidence.regions.is_empty() { Prose::default() } else { prose![", in ", some(&evidence.regions)] };
    prose![times(evidence.count), span, regions]
}

fn mapped_by(link: &Link) -> Prose {
    let how = match link.by {
        LinkKind::Rule => "by its rule",
        LinkKind::PassRole => "passes a role",
        LinkKind::TagOnCreate => "tags what it creates",
        LinkKind::SameName => "the action of the same name",
        LinkKind::Verb => "by its HTTP verb",
        LinkKind::Other => "",
    };
    let evidence = link.evidence.as_deref().map(|evidence| format!(": {evidence}")).unwrap_or_default();
    if how.is_empty() { data(&link.call) } else { prose![data(&link.call), format!(" ({how}{evidence})")] }
}
