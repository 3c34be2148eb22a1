//! What replaying calls against policies came to, to read.

use super::model::{NowAllowedReport, PolicyReport, ReplayReport, ReplayedNeed, ReplayedPrincipal, StatementReport};
use super::what_if;
use crate::format::Ink;
use crate::page::{Block, Cell, Heading, Item, Page, Prose, Table, Title, Width};
use crate::prose;
use crate::words::{count, counted};

/// How many rows a list has.
pub(super) const ROWS: usize = 25;

const PARTLY: &str = "decided by which resource was used, which the logs do not tell";
const PARTLY_BY_POLICIES: &str = "decided by which resource was used, or by its own policy, which the logs do not tell";

impl ReplayReport {
    /// The replay, to read.
    pub fn page(&self) -> Page {
        let lead = Prose::from(format!("{} {}", self.tool.name, self.tool.version)).ink(Ink::Heading);
        let read = format!("{}, {}", counted(self.input.files, "file"), counted(self.input.records, "record"));
        let statements: usize = self.policies.iter().map(|policy| policy.statements).sum();
        let policies = counted(self.policies.len(), "policy document");
        let about = format!("{read}, judged by {policies} with {}", counted(statements, "statement"));
        let mut page = Page::new("Replay");
        page.push(Title { lead, about: about.into() });
        for policy in &self.policies {
            notes(policy, &mut page);
        }
        let tries_more = self.policies.iter().any(|policy| policy.kind != "identity");
        if tries_more {
            what_if::lead(self, &mut page);
        }
        for replayed in self.principals.iter().filter(|one| !tries_more || what_if::is_touched(one)) {
            principal(replayed, &mut page);
        }
        page
    }
}

fn notes(policy: &PolicyReport, page: &mut Page) {
    if policy.notes.is_empty() {
        return;
    }
    let items = policy.notes.iter().take(ROWS).map(|note| {
        let statement = note.statement.map(|index| format!(", statement {index}")).unwrap_or_default();
        let code = Prose::from(note.code).ink(Ink::Warning);
        Item::new(prose![code, "  ", Prose::data(policy.file.as_str()), statement, ": ", note.message.clone()])
    });
    page.push(Block::List(items.collect()));
    page.extend(Block::rest_in_json(policy.notes.len(), ROWS));
}

fn principal(principal: &ReplayedPrincipal, page: &mut Page) {
    let calls = principal.calls;
    page.push(Heading::new(Prose::data(principal.principal.as_str())));
    let ink = match principal.verdict {
        "allowed" => Ink::Good,
        "denied" => Ink::Error,
        _ => Ink::Warning,
    };
    let of_policies = principal.needs.iter().any(|need| need.doubt == Some("resource-policy"));
    let mut sum = format!("{} of {} allowed", count(calls.allowed), counted(calls.known, "call"));
    for (number, what) in [
        (calls.denied, "would have been denied"),
        (calls.depends, "decided by condition keys that the logs do not show"),
        (calls.partly, if of_policies { PARTLY_BY_POLICIES } else { PARTLY }),
    ] {
        if number > 0 {
            sum = format!("{sum}; {} {what}", count(number));
        }
    }
    page.push(Block::Note(Prose::from(sum).ink(ink)));
    for (number, what) in [
        (calls.no_permission, "among the allowed: no permission is needed"),
        (calls.unmapped, "beside these: what was needed is not known"),
        (calls.not_replayed, "beside these: could not be judged one by one"),
    ] {
        if number > 0 {
            page.push(Block::note(format!("{} {what}", count(number))));
        }
    }
    if principal.name_only {
        page.push(Block::note("no record names this principal in full; the path in its ARN is a guess"));
    }
    for (title, about, wanted) in [
        ("Denied", "what the calls needed and would not have had", &["explicit-deny", "implicit-deny"][..]),
        ("Depends", "on condition keys that the logs do not show", &["depends"]),
        (
            "Not sure",
            if of_policies {
                "the resource decides, or a policy of its own"
            } else {
                "which resource was used decides"
            },
            &["partly"],
        ),
    ] {
        let of: Vec<&ReplayedNeed> = principal.needs.iter().filter(|need| wanted.contains(&need.verdict)).collect();
        needs(Heading::new(title).about(about).inner(), &of, page);
    }
    unmapped(principal, page);
    now_allowed(&principal.now_allowed, page);
}

fn needs(heading: Heading, needs: &[&ReplayedNeed], page: &mut Page) {
    if needs.is_empty() {
        return;
    }
    page.push(heading);
    let mut table = Table::new(&[
        ("count", Width::Number),
        ("action", Width::Long),
        ("resource", Width::Long),
        ("why", Width::Long),
        ("first event", Width::Long),
    ]);
    for need in needs.iter().take(ROWS) {
        table.row([
            Cell::number(need.evidence.count),
            Cell::data(need.action.as_str()),
            Cell::data(need.resource.as_str()),
            Cell::words(why(need)),
            Cell::data(need.evidence.event_ids.first().map(String::as_str).unwrap_or_default()),
        ]);
    }
    page.push(table);
    page.extend(Block::rest_in_json(needs.len(), ROWS));
}

fn why(need: &ReplayedNeed) -> Prose {
    let by = need.by.as_ref().map(named).unwrap_or_default();
    let keys = || Prose::list(need.depends_on.iter().map(|key| Prose::data(key.as_str())));
    let why = match (need.verdict, need.doubt) {
        ("explicit-deny", _) => prose!["denied by ", by],
        ("implicit-deny", _) => {
            need.withheld_by.as_ref().map_or_else(|| "no statement allows it".into(), what_if::withheld)
        }
        ("depends", _) => keys(),
        (_, Some("some-allowed")) => prose![by, " allows some of them"],
        (_, Some("some-denied")) => prose![by, " denies some of them"],
        (_, Some("entity-unknown")) => "which entity is meant is not known".into(),
        (_, Some("resource-policy")) => "the boundary does not allow it; a policy of the resource may have".into(),
        _ => by,
    };
    let context = Prose::list(need.context.iter().map(|(key, values)| {
        let values = values.iter().map(|value| Prose::data(value.as_str()));
        prose![Prose::data(key.as_str()), " ", Prose::joined(values, " or ")]
    }));
    let context = if context.is_empty() { context } else { prose![" (", context, ")"] };
    let via = need.via.as_ref().map(|via| prose![", through ", Prose::data(via.as_str())]).unwrap_or_default();
    prose![why, context, via]
}

/// The `Sid`, or else the place, since many statements have none.
fn named(statement: &StatementReport) -> Prose {
    match &statement.sid {
        Some(sid) => Prose::quoted(sid.as_str()),
        None => prose![format!("statement {} of ", statement.statement), Prose::data(statement.file.as_str())],
    }
}

fn unmapped(principal: &ReplayedPrincipal, page: &mut Page) {
    if principal.unmapped.is_empty() {
        return;
    }
    let heading = Heading::new("Not mapped to a permission").inner();
    page.push(heading.about("neither allowed nor denied, as far as is known"));
    let mut table = Table::new(&[("count", Width::Number), ("call", Width::Long), ("reason", Width::Short)]);
    for call in principal.unmapped.iter().take(ROWS) {
        let name = format!("{} {}", call.event_source, call.event_name);
        table.row([Cell::number(call.count), Cell::data(name), Cell::words(call.reason)]);
    }
    page.push(table);
    page.extend(Block::rest_in_json(principal.unmapped.len(), ROWS));
}

fn now_allowed(allowed: &[NowAllowedReport], page: &mut Page) {
    if allowed.is_empty() {
        return;
    }
    let heading = Heading::new("Refused then, allowed now").inner();
    page.push(heading.about("calls that were denied, and that these policies would allow"));
    let mut table = Table::new(&[("count", Width::Number), ("action", Width::Long), ("resource", Width::Long)]);
    for one in allowed.iter().take(ROWS) {
        let others = match one.other_resources {
            0 => String::new(),
            others => format!(" (not on {})", counted(others, "other")),
        };
        table.row([
            Cell::number(one.evidence.count),
            Cell::data(one.action.as_str()),
            Cell::words(prose![Prose::some(&one.resources, 1), others]),
        ]);
    }
    page.push(table);
    page.extend(Block::rest_in_json(allowed.len(), ROWS));
}
