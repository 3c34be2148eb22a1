//! Why a principal has an action, to read.
//!
//! The first line is the answer; everything below it is what the answer rests on.

mod statements;
mod uses;

use tighten_synthesis::Remedy;
use tighten_synthesis::explain::AnswerCode;

use super::model::{ExplainReport, OnResourceReport, RiskOfAction, VerdictReport, VisibilityReport};
use crate::format::Ink;
use crate::page::{Block, Field, Fields, Heading, Page, Prose, Title};
use crate::prose;
use crate::shared::GapReport;
use crate::words::counted;

/// How many resources, patterns or calls a line names.
const NAMED: usize = 6;
/// The longest name of a fact.
const LONGEST: usize = "answers for".len();

impl ExplainReport {
    /// The explanation, to read.
    pub fn page(&self) -> Page {
        let ink = match self.answer.code {
            AnswerCode::Kept | AnswerCode::Narrowed | AnswerCode::Granted => Ink::Good,
            AnswerCode::Removed | AnswerCode::NotGranted | AnswerCode::Denied | AnswerCode::Open => Ink::Warning,
        };
        let mut page = Page::new("Explanation");
        page.push(Title { lead: Prose::default(), about: self.answer.message.clone().ink(ink) });
        let mut fields = Fields::new(LONGEST);
        let guess = if self.name_only { " (the path is a guess)" } else { "" };
        fields.field("principal", prose![data(&self.principal), guess]);
        fields.field("action", prose![data(&self.action), format!(" ({})", self.access_level)]);
        if let Some(on) = &self.resource {
            resource(on, &mut fields);
        }
        page.push(fields);
        statements::today(self, &mut page);
        statements::generated(self, &mut page);
        uses::uses(self, &mut page);
        uses::refused(&self.refused, &mut page);
        uses::unmapped(&self.unmapped, &mut page);
        visibility(&self.visibility, &mut page);
        risk(&self.risk, &mut page);
        page
    }
}

fn data(text: &str) -> Prose {
    Prose::data(text)
}

fn some<T: AsRef<str>>(names: &[T]) -> Prose {
    Prose::some(names.iter().map(AsRef::as_ref), NAMED)
}

/// Patterns, which may be those that are left out.
fn patterns(patterns: &[String], negated: bool) -> Prose {
    prose![if negated { "all but " } else { "" }, some(patterns)]
}

fn place(policy: &str, statement: usize, sid: Option<&str>) -> Prose {
    let sid = sid.map(|sid| prose![" (", data(sid), ")"]).unwrap_or_default();
    prose![data(policy), format!(", statement {statement}"), sid]
}

fn resource(on: &OnResourceReport, fields: &mut Fields) {
    fields.field("resource", data(&on.asked));
    if let Some(note) = &on.note {
        fields.field("note", note.clone());
    }
    if let Some(before) = &on.before {
        fields.field("today", verdict(before));
    }
    fields.field(if on.before.is_some() { "narrowed" } else { "generated" }, verdict(&on.after));
}

fn verdict(verdict: &VerdictReport) -> Prose {
    let by = match (&verdict.policy, verdict.statement) {
        (Some(policy), Some(statement)) => prose![" by ", place(policy, statement, verdict.sid.as_deref())],
        (None, Some(statement)) => format!(" by statement {statement}").into(),
        _ => Prose::default(),
    };
    match verdict.verdict {
        "explicit-deny" => prose!["denied", by],
        "implicit-deny" => "not allowed".into(),
        "depends" => prose!["depends on ", some(&verdict.depends_on)],
        "partly" => prose![format!("allowed in part ({})", verdict.doubt.unwrap_or_default()), by],
        _ => prose!["allowed", by],
    }
}

fn visibility(visibility: &VisibilityReport, page: &mut Page) {
    let about = match visibility.observable {
        "full" => "every use would have been recorded",
        "partly" => "some uses would have been recorded",
        _ => "no use would have been recorded",
    };
    page.push(Heading::new("Visibility").about(about));
    let mut fields = Fields::new(LONGEST);
    fields.field("recorded", visibility.message.clone());
    if !visibility.shown_by.is_empty() {
        let calls = match visibility.shown_by.len() {
            many if many > 3 * NAMED => format!("{} to several services", counted(many, "call")).into(),
            _ => some(&visibility.shown_by),
        };
        fields.field("shown by", calls);
    }
    let span = match (visibility.first_day, visibility.last_day) {
        (Some(first), Some(last)) => format!(", {first} to {last}"),
        _ => String::new(),
    };
    let mut records = Field::new("records of", format!("{}{span}", counted(visibility.days, "day")));
    records.inner = gaps(&visibility.gaps).into_iter().collect();
    fields.rows.push(records);
    page.push(fields);
}

/// What may have gone unrecorded, and what would help.
fn gaps(gaps: &[GapReport]) -> Option<Block> {
    let mut fields = Fields::new(LONGEST);
    for gap in gaps {
        fields.field("gap", prose![gap.message.clone(), if gap.inferred { " (inferred)" } else { "" }]);
        if let Some(remedy) = &gap.remedy {
            fields.field("would help", would_help(remedy));
        }
    }
    (!fields.rows.is_empty()).then(|| fields.into())
}

fn would_help(remedy: &Remedy) -> Prose {
    match remedy {
        Remedy::Selector { selector } => prose!["the event selector ", Prose::data(selector.to_string())],
        Remedy::Region { region } => prose!["records of ", Prose::data(region)],
        Remedy::AllRegions => "records of all regions".into(),
        Remedy::Account { account } => prose!["records of account ", Prose::data(account)],
    }
}

fn risk(risk: &RiskOfAction, page: &mut Page) {
    page.push(Heading::new("Risk").about(risk.class.as_str()));
    let mut fields = Fields::new(LONGEST);
    if let Some(gives) = risk.gives {
        fields.field("gives", gives);
    }
    if !risk.with.is_empty() {
        fields.field("together", prose!["with ", some(&risk.with)]);
    }
    let evidence = risk.evidence.map(|evidence| format!(": {evidence}")).unwrap_or_default();
    fields.field("known from", format!("{}{evidence}", risk.source));
    page.push(fields);
}
