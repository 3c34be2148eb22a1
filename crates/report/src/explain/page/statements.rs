//! The statements that allow or deny the action.

use tighten_synthesis::explain::ConditionLine;
use tighten_synthesis::narrow::StatementChange;

use super::{LONGEST, data, gaps, patterns, place, some};
use crate::explain::model::{DenialReport, ExplainReport, GrantedReport, StatementOf, TodayReport};
use crate::explain::sentence::young;
use crate::page::{Block, Fields, Heading, Item, Page, Prose};
use crate::prose;
use crate::shared::Wildcard;
use crate::words::{count, counted};

const ELSEWHERE: &str = "it says nothing of the asked resource";

/// Those of today.
pub(super) fn today(report: &ExplainReport, page: &mut Page) {
    if report.policies != "current" {
        return;
    }
    let about = match report.statements.len() {
        0 => "none allows it".to_owned(),
        1 => "1 allows it".to_owned(),
        several => format!("{} allow it", count(several)),
    };
    page.push(Heading::new("Statements of today").about(about));
    let mut items: Vec<Item> = report.statements.iter().map(statement).collect();
    items.extend(report.denials.iter().map(denial));
    items.extend(report.boundary.as_ref().map(|boundary| {
        let says = match boundary.verdict {
            "allowed" => " allows it",
            "explicit-deny" | "implicit-deny" => " does not allow it, whatever the policies say",
            "depends" => " allows it under conditions",
            _ => " allows it on some resources",
        };
        Item::new(prose!["the boundary ", data(&boundary.policy), says])
    }));
    if !items.is_empty() {
        page.push(Block::List(items));
    }
}

fn statement(one: &TodayReport) -> Item {
    let mut fields = Fields::new(LONGEST);
    let actions = patterns(&one.actions, one.not_actions);
    fields.field("allows", prose![actions, " on ", patterns(&one.resources, one.not_resources)]);
    conditions(&one.conditions, &mut fields);
    if one.concerns {
        fields.field("verdict", verdict(one));
        if let Some(Block::Fields(gaps)) = gaps(&one.gaps) {
            fields.rows.extend(gaps.rows);
        }
        if !one.uses.is_empty() {
            let mut on: Vec<&str> = one.uses.iter().map(|used| used.resource.as_str()).collect();
            on.sort_unstable();
            on.dedup();
            let unsure = if one.uses.iter().all(|used| used.whole) { "" } else { ", perhaps" };
            fields.field("answers for", prose!["its use on ", some(&on), unsure]);
        }
        fields.field("becomes", becomes(one));
        for pattern in one.narrowed_to.iter().filter(|pattern| pattern.why != "exact") {
            fields.field("pattern", wildcard(pattern));
        }
    } else {
        fields.field("resource", ELSEWHERE);
    }
    Item::with(place(&one.policy, one.statement, one.sid.as_deref()), vec![fields.into()])
}

fn denial(denial: &DenialReport) -> Item {
    let statement = &denial.statement;
    let mut fields = Fields::new(LONGEST);
    fields.field("denies", prose!["it on ", patterns(&statement.resources, statement.not_resources)]);
    conditions(&statement.conditions, &mut fields);
    if !denial.concerns {
        fields.field("resource", ELSEWHERE);
    }
    Item::with(place(&denial.policy, statement.statement, statement.sid.as_deref()), vec![fields.into()])
}

fn conditions(conditions: &[ConditionLine], fields: &mut Fields) {
    for line in conditions {
        fields.field("if", condition(line));
    }
}

fn condition(line: &ConditionLine) -> Prose {
    prose![data(&line.key), " ", data(&line.operator), " ", some(&line.values)]
}

/// Those of the generated policy.
pub(super) fn generated(report: &ExplainReport, page: &mut Page) {
    if report.policies != "generated" || report.generated.is_empty() {
        return;
    }
    page.push(Heading::new("Generated").about("what the policy from these logs allows it on"));
    let several = report.generated.iter().any(|one| one.document > 0);
    let mut items: Vec<Item> = report.generated.iter().map(|one| of_generated(one, several)).collect();
    let wide = report.granted.iter().filter(|one| one.pattern.why != "exact");
    for GrantedReport { pattern, context: _ } in wide {
        let mut fields = Fields::new(LONGEST);
        fields.field("pattern", wildcard(pattern));
        if let Some(last) = items.last_mut() {
            last.inner.push(fields.into());
        }
    }
    page.push(Block::List(items));
}

fn of_generated(statement: &StatementOf, several: bool) -> Item {
    let document = if several { format!("document {}, ", statement.document + 1) } else { String::new() };
    let sid = statement.sid.as_deref().map(|sid| prose![" (", data(sid), ")"]).unwrap_or_default();
    let mut fields = Fields::new(LONGEST);
    fields.field("allows", prose!["it on ", patterns(&statement.resources, statement.not_resources)]);
    conditions(&statement.conditions, &mut fields);
    Item::with(prose![format!("{document}statement {}", statement.statement), sid], vec![fields.into()])
}

fn verdict(one: &TodayReport) -> Prose {
    match (one.verdict, one.young, &one.reason) {
        (None, ..) => "the catalog does not know the action".into(),
        (Some(code), Some(why), _) => prose![code, ": ", young(why)],
        (Some(code), None, Some(reason)) => prose![code, ": ", data(reason)],
        (Some(code), None, None) => code.into(),
    }
}

fn becomes(one: &TodayReport) -> Prose {
    if !one.kept {
        let change = if one.change == StatementChange::Removed { "the statement goes" } else { "the action goes" };
        return match &one.no_effect {
            Some(other) => {
                let statement = format!(", and statement {} of the narrowed ", other.statement);
                prose![change, statement, data(&other.policy), " allows it all the same"]
            }
            None => change.into(),
        };
    }
    let why = match (one.with_service, one.as_written) {
        (true, _) => ", for the sake of other actions of its service",
        (false, true) => ", though less was used: the patterns were scoped by their author",
        (false, false) if one.verdict == Some("used") && one.narrowed_to.is_empty() && !one.gaps.is_empty() => {
            ", because other uses may have gone unrecorded"
        }
        (false, false) => "",
    };
    if one.change == StatementChange::Same {
        return prose!["stays as it is", why];
    }
    let parts = one.becomes.iter().map(|part| {
        let new = part.conditions.iter().filter(|line| !one.conditions.contains(line)).map(condition);
        let new = Prose::joined(new, " and ");
        let new = if new.is_empty() { new } else { prose![" if ", new] };
        prose![patterns(&part.resources, part.not_resources), new]
    });
    prose!["allowed on ", Prose::joined(parts, "; "), why]
}

/// A pattern and what stands behind it.
fn wildcard(pattern: &Wildcard) -> Prose {
    let why = match pattern.why {
        "minted" => "a part of the name is made up anew each time",
        "dated" => "a part of the name spells the date of its use",
        "counted" => "a part of the name counts up",
        "turning" => "new names kept coming",
        "crowded" => "more names were seen than are listed",
        "regions" => "the same name was seen in many regions",
        "name-prefix" => "the name starts with a given prefix",
        "type" => "whole types were asked for",
        "any" => "no restriction was asked for",
        "respelled" => "the name has characters that no policy may hold",
        other => other,
    };
    let others = match pattern.others {
        0 => String::new(),
        count => format!("; it also reaches {}", counted(count, "resource") + " that only others used"),
    };
    if pattern.count == 0 {
        return prose![data(&pattern.pattern), format!(": {why}, and this is for those to come{others}")];
    }
    let least = if pattern.more { "more than " } else { "" };
    let behind = counted(pattern.count, "resource");
    prose![
        data(&pattern.pattern),
        format!(": {why}; behind it {least}{behind}, such as "),
        some(&pattern.samples),
        others
    ]
}
