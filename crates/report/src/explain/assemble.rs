//! From the explanation to the value.

use tighten_catalog::{Catalog, Visibility};
use tighten_iam::ActionName;
use tighten_synthesis::Used;
use tighten_synthesis::explain::{Explanation, GrantOf, OnResource, Reason, ResourceNote, StatementFor, UseOf};
use tighten_synthesis::narrow::{CurrentPolicy, GrantVerdict};
use tighten_synthesis::replay::Verdict;
use tighten_trail::Window;
use tighten_usage::Usage;

use super::model::{
    AnswerReport, BoundaryReport, DenialReport, ExplainReport, GrantedReport, OnResourceReport, PlaceReport,
    RiskOfAction, StatementOf, StatementUseReport, TodayReport, UseReport, UsedResourceReport, VerdictReport,
    VisibilityReport,
};
use super::{SCHEMA_VERSION, sentence};
use crate::narrowing::NoEffect;
use crate::page::Prose;
use crate::prose;
use crate::shared::{
    DeniedReport, Evidence, Pruned, Span, Tool, UnmappedReport, Wildcard, gaps, input, level, reason, risk_source,
};

/// What a report of an explanation is made of.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    /// The version of the program.
    pub version: &'static str,
    /// The catalog that was used.
    pub catalog: &'static Catalog,
    /// The time that was asked for.
    pub window: Window,
    /// Files that were not opened because of the window.
    pub pruned: Pruned,
    /// What was folded.
    pub usage: &'a Usage,
    /// The policies of today, as they were narrowed together; none where policies were generated.
    pub policies: &'a [CurrentPolicy],
    /// The explanation.
    pub explanation: &'a Explanation,
}

/// Makes the report.
pub fn explain(explained: Explained<'_>) -> ExplainReport {
    let Explained { version, catalog, window, pruned, usage, policies, explanation } = explained;
    let names = Names(policies);
    ExplainReport {
        schema_version: SCHEMA_VERSION,
        tool: Tool::new(version, catalog),
        input: input(usage, pruned),
        asked: Span { since: window.since, until: window.until },
        principal: explanation.principal.to_string(),
        name_only: explanation.name_only,
        action: explanation.action.to_string(),
        access_level: access_level(catalog, &explanation.action),
        answer: answer(explanation, names),
        resource: explanation.resource.as_ref().map(|on| on_resource(on, names)),
        policies: if explanation.is_current { "current" } else { "generated" },
        statements: explanation.statements.iter().map(|one| today(one, names)).collect(),
        denials: explanation
            .denials
            .iter()
            .map(|denial| DenialReport {
                policy: denial.policy.clone(),
                statement: statement_of(&denial.grant),
                concerns: denial.concerns,
            })
            .collect(),
        boundary: explanation
            .boundary
            .as_ref()
            .map(|(name, verdict)| BoundaryReport { policy: name.clone(), verdict: verdict.code() }),
        generated: explanation.grants.iter().map(statement_of).collect(),
        granted: explanation
            .granted
            .iter()
            .map(|(context, granted)| GrantedReport { pattern: Wildcard::from(granted), context: context.clone() })
            .collect(),
        uses: explanation.uses.iter().map(|one| used(one, names)).collect(),
        suspected: explanation.suspected.iter().map(|need| suspected(explanation, need)).collect(),
        refused: explanation.refused.iter().map(DeniedReport::from).collect(),
        unmapped: explanation
            .unmapped
            .iter()
            .map(|one| {
                let (source, name) = one.call.split_once('/').unwrap_or((&one.call, ""));
                UnmappedReport {
                    event_source: source.to_owned(),
                    event_name: name.to_owned(),
                    reason: one.reason.code(),
                    count: one.seen.count,
                    event_ids: one.seen.event_ids.clone(),
                }
            })
            .collect(),
        visibility: visibility(explanation),
        risk: risk(explanation),
    }
}

/// The names of policies and statements of today.
#[derive(Clone, Copy)]
struct Names<'a>(&'a [CurrentPolicy]);

impl Names<'_> {
    fn policy(self, at: usize) -> Option<String> {
        self.0.get(at).map(|policy| policy.name.clone())
    }

    fn sid(self, at: usize, statement: usize) -> Option<String> {
        self.0.get(at)?.source.document().statements.get(statement)?.sid.clone()
    }

    fn place(self, at: usize, statement: usize) -> Prose {
        let sid = self.sid(at, statement).map(|sid| prose![" (", Prose::data(sid), ")"]).unwrap_or_default();
        let policy = self.policy(at).map(|policy| prose![" of ", Prose::data(policy)]).unwrap_or_default();
        prose![format!("statement {statement}"), sid, policy]
    }
}

fn access_level(catalog: &Catalog, action: &ActionName) -> &'static str {
    catalog.action(action).map_or("unknown", |action| level(action.access_level()))
}

fn answer(explanation: &Explanation, names: Names<'_>) -> AnswerReport {
    let reason = &explanation.answer.reason;
    let (seen, all_gaps) = match reason {
        Reason::Used { seen, .. }
        | Reason::UsedElsewhere { seen }
        | Reason::UsedNotAllowed { seen }
        | Reason::Refused { seen }
        | Reason::Suspected { seen } => (Some(seen), &[][..]),
        Reason::NotObservable { gaps } => (None, gaps.as_slice()),
        _ => (None, &[][..]),
    };
    AnswerReport {
        code: explanation.answer.code,
        reason: reason.code(),
        message: sentence::answer(explanation, &|policy, statement| names.place(policy, statement)),
        evidence: seen.map(Evidence::from),
        gaps: gaps(all_gaps),
    }
}

fn on_resource(on: &OnResource, names: Names<'_>) -> OnResourceReport {
    OnResourceReport {
        asked: on.asked.to_string(),
        judged: on.judged.to_string(),
        note: on.note.as_ref().map(|note| match note {
            ResourceNote::NoResources => {
                prose!["the action knows no resources: only ", Prose::quoted("*"), " has an effect"]
            }
            ResourceNote::NoSuchType { formats } => {
                let formats = Prose::joined(formats.iter().map(|format| Prose::data(format.as_str())), " or ");
                prose!["no resource of the action has such an ARN; they look like ", formats]
            }
        }),
        before: on.before.as_ref().map(|verdict| VerdictReport {
            sid: verdict.by().and_then(|by| names.sid(by.document, by.statement)),
            ..self::verdict(verdict, names)
        }),
        after: verdict(&on.after, Names(if on.before.is_some() { names.0 } else { &[] })),
    }
}

fn verdict(verdict: &Verdict, names: Names<'_>) -> VerdictReport {
    let by = verdict.by();
    VerdictReport {
        verdict: verdict.code(),
        policy: by.and_then(|by| names.policy(by.document)),
        statement: by.map(|by| by.statement),
        sid: None,
        depends_on: match verdict {
            Verdict::Depends { keys } => keys.iter().cloned().collect(),
            _ => Vec::new(),
        },
        doubt: match verdict {
            Verdict::Partly { why } => Some(why.code()),
            _ => None,
        },
    }
}

fn today(one: &StatementFor, names: Names<'_>) -> TodayReport {
    let verdict = one.verdict.as_ref();
    TodayReport {
        policy: one.policy.clone(),
        kind: one.home,
        statement: one.at.statement,
        sid: names.sid(one.at.document, one.at.statement),
        actions: one.actions.patterns.clone(),
        not_actions: one.actions.negated,
        resources: one.resources.patterns.clone(),
        not_resources: one.resources.negated,
        conditions: one.conditions.clone(),
        concerns: one.concerns,
        verdict: verdict.map(GrantVerdict::code),
        gaps: gaps(verdict.map(GrantVerdict::gaps).unwrap_or_default()),
        reason: verdict.and_then(reason),
        young: match verdict {
            Some(GrantVerdict::TooYoung(young)) => Some(*young),
            _ => None,
        },
        kept: one.is_kept(),
        with_service: one.with_service,
        as_written: one.as_written,
        no_effect: one
            .no_effect
            .as_ref()
            .map(|(policy, giver)| NoEffect { policy: policy.clone(), statement: giver.statement }),
        change: one.change,
        narrowed_to: one.narrowed.iter().map(Wildcard::from).collect(),
        becomes: one.becomes.iter().map(statement_of).collect(),
        uses: one
            .uses
            .iter()
            .map(|used| StatementUseReport {
                principal: used.principal.to_string(),
                resource: used.observed.pattern.to_string(),
                whole: used.whole,
            })
            .collect(),
    }
}

fn statement_of(grant: &GrantOf) -> StatementOf {
    StatementOf {
        document: grant.document,
        statement: grant.statement,
        sid: grant.sid.clone(),
        resources: grant.resources.patterns.clone(),
        not_resources: grant.resources.negated,
        conditions: grant.conditions.clone(),
    }
}

fn used(one: &UseOf, names: Names<'_>) -> UseReport {
    let resources = one.resources.iter().map(|resource| UsedResourceReport {
        resource: resource.observed.pattern.to_string(),
        fit: resource.fit,
        answered_by: resource
            .by
            .iter()
            .map(|by| PlaceReport { policy: names.policy(by.policy).unwrap_or_default(), statement: by.statement })
            .collect(),
    });
    UseReport {
        principal: one.principal.to_string(),
        resources: resources.collect(),
        mapped_by: one.links.clone(),
        granted: one.granted.iter().map(|granted| granted.pattern.to_string()).collect(),
        ..of_need(&one.need)
    }
}

fn suspected(explanation: &Explanation, need: &Used) -> UseReport {
    let resource = |pattern: String| UsedResourceReport { resource: pattern, fit: None, answered_by: Vec::new() };
    UseReport {
        principal: explanation.principal.to_string(),
        resources: need.resources.iter().map(|one| resource(one.pattern.to_string())).collect(),
        ..of_need(need)
    }
}

fn of_need(need: &Used) -> UseReport {
    UseReport {
        principal: String::new(),
        resources: Vec::new(),
        context: need.context.clone(),
        certainty: need.certainty.as_str(),
        unsettled: need.unsettled.clone(),
        rule: need.rule.clone(),
        via: need.via.clone(),
        evidence: Evidence::from(&need.seen),
        mapped_by: Vec::new(),
        granted: Vec::new(),
    }
}

fn visibility(explanation: &Explanation) -> VisibilityReport {
    let joined = |types: &[String]| types.join(" or ");
    let (recorded, message, resource_types) = match &explanation.recorded {
        Visibility::Management => {
            ("management", "as a management event, which every trail has unless told otherwise".to_owned(), Vec::new())
        }
        Visibility::Data { resource_types } => (
            "data",
            format!("as a data event, only by trails that select {}", joined(resource_types)),
            resource_types.clone(),
        ),
        Visibility::Either { resource_types } => (
            "either",
            format!(
                "as a management event, or as a data event by trails that select {}: AWS does not say which",
                joined(resource_types)
            ),
            resource_types.clone(),
        ),
        Visibility::Unknown => ("unknown", "nobody says by what".to_owned(), Vec::new()),
        Visibility::NoKnownCall => ("no-known-call", "by no call that is known".to_owned(), Vec::new()),
        Visibility::NotChecked { why } => ("not-checked", format!("never, and no call asks for it: {why}"), Vec::new()),
        Visibility::Never { why, inferred_from } => {
            let inferred = if inferred_from.is_some() { "; known from other calls" } else { "" };
            ("never", format!("never under a name of its own: {why}{inferred}"), Vec::new())
        }
    };
    VisibilityReport {
        observable: explanation.visibility.code(),
        gaps: gaps(explanation.visibility.gaps()),
        recorded,
        message,
        resource_types,
        shown_by: explanation
            .shown_by
            .iter()
            .map(|call| format!("{}/{}", call.event_source, call.event_name))
            .collect(),
        days: explanation.days.days,
        first_day: explanation.days.first,
        last_day: explanation.days.last,
    }
}

fn risk(explanation: &Explanation) -> RiskOfAction {
    let risk = &explanation.risk;
    let (source, evidence) = risk_source(risk.source);
    RiskOfAction {
        class: risk.class,
        gives: risk.gives,
        with: risk.with.iter().map(ToString::to_string).collect(),
        source,
        evidence,
    }
}
