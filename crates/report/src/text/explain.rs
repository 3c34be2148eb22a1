//! Why a principal has an action, to read.
//!
//! The first line is the answer; everything below it is what the answer rests on.

use std::io::{self, Write};

use tighten_synthesis::Remedy;
use tighten_synthesis::explain::{AnswerCode, ConditionLine, Fit, Link, LinkKind};
use tighten_synthesis::narrow::StatementChange;

use super::heading;
use super::words::{count, counted, minute, some, wrap};
use crate::escape::terminal;
use crate::explain::{
    DenialReport, ExplainReport, GrantedReport, OnResourceReport, StatementOf, TodayReport, UseReport, VerdictReport,
};
use crate::model::{DeniedReport, Evidence, GapReport, UnmappedReport, Wildcard};
use crate::style::{Ink, Style};

/// How many resources, patterns or calls a line names.
const NAMED: usize = 6;
/// How many uses, refusals or unknown calls are shown.
const SHOWN: usize = 12;

/// Writes the explanation.
pub fn write(report: &ExplainReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page { style, out };
    let ink = match report.answer.code {
        AnswerCode::Kept | AnswerCode::Narrowed | AnswerCode::Granted => Ink::Good,
        AnswerCode::Removed | AnswerCode::NotGranted | AnswerCode::Denied | AnswerCode::Open => Ink::Warning,
    };
    // Escaped as a whole: it quotes policies and logs.
    writeln!(page.out, "{}", style.paint(ink, terminal(&report.answer.message)))?;
    writeln!(page.out)?;
    let guess = if report.name_only { " (the path is a guess)" } else { "" };
    page.field("principal", &format!("{}{guess}", report.principal))?;
    page.field("action", &format!("{} ({})", report.action, report.access_level))?;
    if let Some(on) = &report.resource {
        page.resource(on)?;
    }
    page.today(report)?;
    page.generated(report)?;
    page.uses(report)?;
    page.refused(&report.refused)?;
    page.unmapped(&report.unmapped)?;
    page.visibility(report)?;
    page.risk(report)
}

struct Page<'o> {
    style: Style,
    out: &'o mut dyn Write,
}

impl Page<'_> {
    fn field(&mut self, label: &str, text: &str) -> io::Result<()> {
        self.labelled(2, label, text)
    }

    fn inner(&mut self, label: &str, text: &str) -> io::Result<()> {
        self.labelled(4, label, text)
    }

    fn labelled(&mut self, indent: usize, label: &str, text: &str) -> io::Result<()> {
        let mut label = format!("{}{label:<11}  ", " ".repeat(indent));
        let width = self.style.width.map_or(usize::MAX, |width| width.saturating_sub(label.len()).max(40));
        for line in wrap(&terminal(text), width) {
            writeln!(self.out, "{}{line}", self.style.paint(Ink::Faint, &label))?;
            label = " ".repeat(label.len());
        }
        Ok(())
    }

    fn heading(&mut self, text: &str, about: &str) -> io::Result<()> {
        heading(text, &terminal(about), self.style, self.out)
    }

    fn item(&mut self, text: &str) -> io::Result<()> {
        let width = self.style.width.map_or(usize::MAX, |width| width.saturating_sub(4).max(40));
        for (at, line) in wrap(&terminal(text), width).iter().enumerate() {
            writeln!(self.out, "{}{line}", if at == 0 { "  " } else { "    " })?;
        }
        Ok(())
    }

    fn more(&mut self, all: usize) -> io::Result<()> {
        let Some(rest @ 1..) = all.checked_sub(SHOWN) else { return Ok(()) };
        let text = format!("  … and {} more; `--format json` lists them", count(rest as u64));
        writeln!(self.out, "{}", self.style.paint(Ink::Faint, text))
    }

    fn resource(&mut self, on: &OnResourceReport) -> io::Result<()> {
        self.field("resource", &on.asked)?;
        if let Some(note) = &on.note {
            self.field("note", note)?;
        }
        if let Some(before) = &on.before {
            self.field("today", &verdict(before))?;
        }
        let label = if on.before.is_some() { "narrowed" } else { "generated" };
        self.field(label, &verdict(&on.after))
    }

    fn today(&mut self, report: &ExplainReport) -> io::Result<()> {
        if report.policies != "current" {
            return Ok(());
        }
        let about = match report.statements.len() {
            0 => "none allows it".to_owned(),
            some => format!(
                "{} it",
                if some == 1 { "1 allows".to_owned() } else { format!("{} allow", count(some as u64)) }
            ),
        };
        self.heading("Statements of today", &about)?;
        for one in &report.statements {
            self.statement(one)?;
        }
        for denial in &report.denials {
            self.denial(denial)?;
        }
        if let Some(boundary) = &report.boundary {
            let says = match boundary.verdict {
                "allowed" => "allows it",
                "explicit-deny" | "implicit-deny" => "does not allow it, whatever the policies say",
                "depends" => "allows it under conditions",
                _ => "allows it on some resources",
            };
            self.item(&format!("the boundary {} {says}", boundary.policy))?;
        }
        Ok(())
    }

    fn statement(&mut self, one: &TodayReport) -> io::Result<()> {
        self.item(&place(&one.policy, one.statement, one.sid.as_deref()))?;
        let not = if one.not_actions { "all but " } else { "" };
        let actions = format!("{not}{}", some(&one.actions, NAMED));
        self.inner("allows", &format!("{actions} on {}", resources(&one.resources, one.not_resources)))?;
        self.conditions(&one.conditions)?;
        if !one.concerns {
            return self.inner("resource", "it says nothing of the asked resource");
        }
        self.inner("verdict", &verdict_of(one))?;
        for gap in &one.gaps {
            self.gap(gap)?;
        }
        if !one.uses.is_empty() {
            let mut on: Vec<&str> = one.uses.iter().map(|used| used.resource.as_str()).collect();
            on.sort_unstable();
            on.dedup();
            let unsure = if one.uses.iter().all(|used| used.whole) { "" } else { ", perhaps" };
            self.inner("answers for", &format!("its use on {}{unsure}", some(&on, NAMED)))?;
        }
        self.inner("becomes", &becomes(one))?;
        for pattern in one.narrowed_to.iter().filter(|pattern| pattern.why != "exact") {
            self.inner("pattern", &wildcard(pattern))?;
        }
        Ok(())
    }

    fn denial(&mut self, denial: &DenialReport) -> io::Result<()> {
        let statement = &denial.statement;
        self.item(&place(&denial.policy, statement.statement, statement.sid.as_deref()))?;
        self.inner("denies", &format!("it on {}", resources(&statement.resources, statement.not_resources)))?;
        self.conditions(&statement.conditions)?;
        if denial.concerns { Ok(()) } else { self.inner("resource", "it says nothing of the asked resource") }
    }

    fn conditions(&mut self, conditions: &[ConditionLine]) -> io::Result<()> {
        for line in conditions {
            self.inner("if", &format!("{} {} {}", line.key, line.operator, some(&line.values, NAMED)))?;
        }
        Ok(())
    }

    fn generated(&mut self, report: &ExplainReport) -> io::Result<()> {
        if report.policies != "generated" || report.generated.is_empty() {
            return Ok(());
        }
        self.heading("Generated", "what the policy from these logs allows it on")?;
        for statement in &report.generated {
            self.generated_statement(statement, report.generated.iter().any(|one| one.document > 0))?;
        }
        for GrantedReport { pattern, context: _ } in report.granted.iter().filter(|one| one.pattern.why != "exact") {
            self.inner("pattern", &wildcard(pattern))?;
        }
        Ok(())
    }

    fn generated_statement(&mut self, statement: &StatementOf, several: bool) -> io::Result<()> {
        let document = if several { format!("document {}, ", statement.document + 1) } else { String::new() };
        let sid = statement.sid.as_deref().map(|sid| format!(" ({sid})")).unwrap_or_default();
        self.item(&format!("{document}statement {}{sid}", statement.statement))?;
        self.inner("allows", &format!("it on {}", resources(&statement.resources, statement.not_resources)))?;
        self.conditions(&statement.conditions)
    }

    fn uses(&mut self, report: &ExplainReport) -> io::Result<()> {
        let all = report.uses.len() + report.suspected.len();
        let about = if all == 0 { "none was seen" } else { "" };
        self.heading("Uses", about)?;
        for one in report.uses.iter().take(SHOWN) {
            self.one_use(report, one, "")?;
        }
        self.more(report.uses.len())?;
        for one in report.suspected.iter().take(SHOWN) {
            self.one_use(report, one, "suspected, and so not granted: ")?;
        }
        self.more(report.suspected.len())
    }

    fn one_use(&mut self, report: &ExplainReport, one: &UseReport, what: &str) -> io::Result<()> {
        self.item(&format!("{what}{}", seen(&one.evidence)))?;
        if one.principal != report.principal {
            self.inner("by", &one.principal)?;
        }
        let asked = report.resource.is_some();
        let is_on = |fit: Option<Fit>| fit.is_none_or(Fit::is_on);
        let on: Vec<&str> =
            one.resources.iter().filter(|one| is_on(one.fit)).map(|one| one.resource.as_str()).collect();
        let others = one.resources.len() - on.len();
        if !on.is_empty() {
            self.inner("on", &some(&on, NAMED))?;
        }
        if asked && others > 0 {
            self.inner("besides on", &counted(others as u64, "other resource"))?;
        }
        for (key, values) in &one.context {
            let values: Vec<&String> = values.iter().collect();
            self.inner("with", &format!("{key} = {}", some(&values, NAMED)))?;
        }
        if let Some(via) = &one.via {
            self.inner("via", &format!("{via}, which called with the principal's permissions"))?;
        }
        self.inner("resources", &format!("{} by rule {}", one.certainty, one.rule))?;
        for link in one.mapped_by.iter().take(NAMED) {
            self.inner("call", &mapped_by(link))?;
        }
        if one.mapped_by.is_empty() {
            self.inner("calls", &some(&one.evidence.calls, NAMED))?;
        }
        self.inner("events", &one.evidence.event_ids.join(", "))
    }

    fn refused(&mut self, refused: &[DeniedReport]) -> io::Result<()> {
        if refused.is_empty() {
            return Ok(());
        }
        self.heading("Refused", "denials grant nothing")?;
        for one in refused.iter().take(SHOWN) {
            self.item(&seen(&one.evidence))?;
            let why = one.reason.as_deref().map(|reason| format!(", {reason}")).unwrap_or_default();
            self.inner("error", &format!("{}{why}", one.error_code))?;
            let on = if one.resources.is_empty() { &one.named } else { &one.resources };
            if !on.is_empty() {
                self.inner("on", &some(on, NAMED))?;
            }
            if let Some(via) = &one.via {
                self.inner("via", via)?;
            }
            self.inner("events", &one.evidence.event_ids.join(", "))?;
        }
        self.more(refused.len())
    }

    fn unmapped(&mut self, unmapped: &[UnmappedReport]) -> io::Result<()> {
        if unmapped.is_empty() {
            return Ok(());
        }
        self.heading("Calls of the service that may have needed it", "what they needed is not known")?;
        for one in unmapped.iter().take(SHOWN) {
            let (source, name) = (&one.event_source, &one.event_name);
            self.item(&format!("{source}/{name}: {} ({})", counted(one.count, "call"), one.reason))?;
        }
        self.more(unmapped.len())
    }

    fn visibility(&mut self, report: &ExplainReport) -> io::Result<()> {
        let visibility = &report.visibility;
        let about = match visibility.observable {
            "full" => "every use would have been recorded",
            "partly" => "some uses would have been recorded",
            _ => "no use would have been recorded",
        };
        self.heading("Visibility", about)?;
        self.field("recorded", &visibility.message)?;
        if !visibility.shown_by.is_empty() {
            let calls = match visibility.shown_by.len() {
                many if many > 3 * NAMED => format!("{} to several services", counted(many as u64, "call")),
                _ => some(&visibility.shown_by, NAMED),
            };
            self.field("shown by", &calls)?;
        }
        let span = match (visibility.first_day, visibility.last_day) {
            (Some(first), Some(last)) => format!(", {first} to {last}"),
            _ => String::new(),
        };
        self.field("records of", &format!("{}{span}", counted(visibility.days as u64, "day")))?;
        for gap in &visibility.gaps {
            self.gap(gap)?;
        }
        Ok(())
    }

    fn gap(&mut self, gap: &GapReport) -> io::Result<()> {
        let inferred = if gap.inferred { " (inferred)" } else { "" };
        self.inner("gap", &format!("{}{inferred}", gap.message))?;
        match &gap.remedy {
            None => Ok(()),
            Some(Remedy::Selector { selector }) => self.inner("would help", &format!("the event selector {selector}")),
            Some(Remedy::Region { region }) => self.inner("would help", &format!("records of {region}")),
            Some(Remedy::AllRegions) => self.inner("would help", "records of all regions"),
            Some(Remedy::Account { account }) => self.inner("would help", &format!("records of account {account}")),
        }
    }

    fn risk(&mut self, report: &ExplainReport) -> io::Result<()> {
        let risk = &report.risk;
        self.heading("Risk", risk.class.as_str())?;
        if let Some(gives) = risk.gives {
            self.field("gives", gives)?;
        }
        if !risk.with.is_empty() {
            self.field("together", &format!("with {}", some(&risk.with, NAMED)))?;
        }
        let evidence = risk.evidence.map(|evidence| format!(": {evidence}")).unwrap_or_default();
        self.field("known from", &format!("{}{evidence}", risk.source))
    }
}

fn place(policy: &str, statement: usize, sid: Option<&str>) -> String {
    let sid = sid.map(|sid| format!(" ({sid})")).unwrap_or_default();
    format!("{policy}, statement {statement}{sid}")
}

fn resources(resources: &[String], negated: bool) -> String {
    format!("{}{}", if negated { "all but " } else { "" }, some(resources, NAMED))
}

fn verdict(verdict: &VerdictReport) -> String {
    let by = match (&verdict.policy, verdict.statement) {
        (Some(policy), Some(statement)) => format!(" by {}", place(policy, statement, verdict.sid.as_deref())),
        (None, Some(statement)) => format!(" by statement {statement}"),
        _ => String::new(),
    };
    match verdict.verdict {
        "explicit-deny" => format!("denied{by}"),
        "implicit-deny" => "not allowed".to_owned(),
        "depends" => format!("depends on {}", some(&verdict.depends_on, NAMED)),
        "partly" => format!("allowed in part ({}){by}", verdict.doubt.unwrap_or_default()),
        _ => format!("allowed{by}"),
    }
}

fn verdict_of(one: &TodayReport) -> String {
    let because = one.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
    match (one.verdict, one.young) {
        (None, _) => "the catalog does not know the action".to_owned(),
        (Some(code), Some(young)) => format!("{code}: {}", crate::explain::young(young)),
        (Some(code), None) => format!("{code}{because}"),
    }
}

fn becomes(one: &TodayReport) -> String {
    if !one.kept {
        let change = if one.change == StatementChange::Removed { "the statement goes" } else { "the action goes" };
        return match &one.no_effect {
            Some(other) => {
                format!(
                    "{change}, and statement {} of the narrowed {} allows it all the same",
                    other.statement, other.policy
                )
            }
            None => change.to_owned(),
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
        return format!("stays as it is{why}");
    }
    let parts: Vec<String> = one
        .becomes
        .iter()
        .map(|part| {
            let conditions: Vec<String> = part
                .conditions
                .iter()
                .filter(|line| !one.conditions.contains(line))
                .map(|line| format!("{} {} {}", line.key, line.operator, some(&line.values, NAMED)))
                .collect();
            let conditions =
                if conditions.is_empty() { String::new() } else { format!(" if {}", conditions.join(" and ")) };
            format!("{}{conditions}", resources(&part.resources, part.not_resources))
        })
        .collect();
    format!("allowed on {}{why}", parts.join("; "))
}

fn wildcard(pattern: &Wildcard) -> String {
    let why = match pattern.why {
        "minted" => "a part of the name is made up anew each time",
        "crowded" => "more names were seen than are listed",
        "regions" => "the same name was seen in many regions",
        "name-prefix" => "the name starts with a given prefix",
        "type" => "whole types were asked for",
        "any" => "no restriction was asked for",
        "respelled" => "the name has characters that no policy may hold",
        other => other,
    };
    let least = if pattern.more { "more than " } else { "" };
    let behind = counted(pattern.count, "resource");
    format!("{}: {why}; behind it {least}{behind}, such as {}", pattern.pattern, some(&pattern.samples, NAMED))
}

fn seen(evidence: &Evidence) -> String {
    let mut text = crate::explain::times(evidence.count);
    match (evidence.first_seen, evidence.last_seen) {
        (Some(first), Some(last)) if first != last => {
            text = format!("{text}, {} to {}", minute(first), minute(last));
        }
        (Some(only), _) | (None, Some(only)) => text = format!("{text}, {}", minute(only)),
        (None, None) => {}
    }
    if evidence.regions.is_empty() { text } else { format!("{text}, in {}", some(&evidence.regions, NAMED)) }
}

fn mapped_by(link: &Link) -> String {
    let how = match link.by {
        LinkKind::Rule => "by its rule",
        LinkKind::PassRole => "passes a role",
        LinkKind::TagOnCreate => "tags what it creates",
        LinkKind::SameName => "the action of the same name",
        LinkKind::Verb => "by its HTTP verb",
        LinkKind::Other => "",
    };
    let evidence = link.evidence.as_deref().map(|evidence| format!(": {evidence}")).unwrap_or_default();
    if how.is_empty() { link.call.clone() } else { format!("{} ({how}{evidence})", link.call) }
}
