//! From tallies to the value.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tighten_catalog::Catalog;
use tighten_iam::{PolicyDocument, PolicyKind, Principal};
use tighten_synthesis::Seen;
use tighten_synthesis::replay::{
    Calls, Candidates, Group, GroupKey, NowAllowed, PolicyNoteCode, StatementAt, Tally, Verdict, policy_notes,
};
use tighten_trail::Window;
use tighten_usage::Usage;

use super::SCHEMA_VERSION;
use super::model::{
    JudgedCalls, NowAllowedReport, PolicyNoteReport, PolicyReport, ReplayReport, ReplayedNeed, ReplayedPrincipal,
    StatementReport, WithheldBy,
};
use crate::page::Prose;
use crate::prose;
use crate::shared::{Evidence, Pruned, Span, Tool, UnmappedReport, event_ids, input};

/// What a report of a replay is made of.
#[derive(Debug, Clone, Copy)]
pub struct Replays<'a> {
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
    /// The files of the documents.
    pub files: &'a [String],
    /// The documents, one of each file.
    pub candidates: &'a Candidates,
    /// What was replayed.
    pub principals: &'a [ReplayOf<'a>],
}

/// What was replayed for one principal.
#[derive(Debug)]
pub struct ReplayOf<'a> {
    /// Who.
    pub principal: &'a Principal,
    /// What its calls came to.
    pub tally: Tally,
    /// What would be allowed that was refused.
    pub now_allowed: Vec<NowAllowed<'a>>,
}

/// A document with the name of its file.
#[derive(Debug, Clone, Copy)]
struct Named<'a> {
    files: &'a [String],
    documents: &'a [PolicyDocument],
    kinds: &'a [PolicyKind],
}

impl Named<'_> {
    fn kind(self, document: usize) -> PolicyKind {
        self.kinds.get(document).copied().unwrap_or(PolicyKind::Identity)
    }

    fn of_kind(self, kind: PolicyKind) -> Vec<String> {
        let files = self.files.iter().zip(self.kinds).filter(|(_, own)| **own == kind);
        files.map(|(file, _)| file.clone()).collect()
    }
}

/// Makes the report.
pub fn replay(replays: Replays<'_>) -> ReplayReport {
    let Replays { version, catalog, window, pruned, usage, files, candidates, principals } = replays;
    let named = Named { files, documents: candidates.documents(), kinds: candidates.kinds() };
    let mut replayed: Vec<ReplayedPrincipal> = principals.iter().map(|one| principal(one, usage, named)).collect();
    // Of what an organisation tries out, who would have lost something is the answer.
    let lost = |one: &ReplayedPrincipal| {
        let open = one.calls.depends + one.calls.partly;
        Some((one.calls.denied, open)).filter(|_| candidates.kinds().iter().any(|kind| *kind != PolicyKind::Identity))
    };
    let key = |one: &ReplayedPrincipal| (Reverse(lost(one)), Reverse(one.calls.total));
    replayed.sort_by(|a, b| (key(a), &a.principal).cmp(&(key(b), &b.principal)));
    let mut all = Calls::default();
    for one in principals {
        all += one.tally.calls;
    }
    ReplayReport {
        schema_version: SCHEMA_VERSION,
        tool: Tool::new(version, catalog),
        input: input(usage, pruned),
        asked: Span { since: window.since, until: window.until },
        policies: policies(catalog, named),
        management_account: candidates.management_account().map(str::to_owned),
        verdict: worst(all),
        principals: replayed,
    }
}

fn policies(catalog: &Catalog, named: Named<'_>) -> Vec<PolicyReport> {
    let mut notes: BTreeMap<usize, Vec<PolicyNoteReport>> = BTreeMap::new();
    let belongs = |document: usize| matches!(named.kind(document), PolicyKind::ResourceControl { .. });
    let all = policy_notes(catalog, named.documents).into_iter();
    for note in all.filter(|note| note.code != PolicyNoteCode::Principal || !belongs(note.document)) {
        notes.entry(note.document).or_default().push(PolicyNoteReport {
            code: note.code.as_str(),
            statement: note.at.map(|at| at.statement),
            message: prose![Prose::quoted(note.text.as_str()), " ", note.code.explanation()],
            text: note.text,
        });
    }
    let each = named.files.iter().zip(named.documents).enumerate();
    each.map(|(index, (file, document))| PolicyReport {
        file: file.clone(),
        kind: kind_code(named.kind(index)),
        level: level(named.kind(index)),
        statements: document.statements.len(),
        notes: notes.remove(&index).unwrap_or_default(),
    })
    .collect()
}

fn principal(replayed: &ReplayOf<'_>, usage: &Usage, named: Named<'_>) -> ReplayedPrincipal {
    let ReplayOf { principal, tally, now_allowed } = replayed;
    let used = usage.principals.get(principal);
    let authorised: u64 = used.map_or(0, |used| used.outcomes().authorised);
    let mut needs: Vec<ReplayedNeed> = tally.groups.iter().map(|(key, group)| need(key, group, named)).collect();
    // The map was in the order of verdicts, then of actions; the sort is stable.
    needs.sort_by_key(|need| (rank(need.verdict), Reverse(need.evidence.count)));
    let mut unmapped: Vec<UnmappedReport> = tally
        .unmapped
        .iter()
        .map(|((call, reason), seen)| UnmappedReport {
            event_source: call.source.to_string(),
            event_name: call.name.to_string(),
            reason,
            count: seen.count,
            event_ids: event_ids(seen),
        })
        .collect();
    unmapped.sort_by_key(|call| Reverse(call.count));
    let mut now_allowed: Vec<NowAllowedReport> = now_allowed.iter().map(allowed_now).collect();
    now_allowed.sort_by_key(|allowed| Reverse(allowed.evidence.count));
    ReplayedPrincipal {
        principal: principal.to_string(),
        name_only: used.is_some_and(|used| used.name_only),
        verdict: worst(tally.calls),
        calls: counts(tally.calls, authorised),
        needs,
        unmapped,
        now_allowed,
    }
}

/// The stable kebab-case code.
fn kind_code(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::Identity => "identity",
        PolicyKind::Boundary => "boundary",
        PolicyKind::Session => "session",
        PolicyKind::ServiceControl { .. } => "service-control",
        PolicyKind::ResourceControl { .. } => "resource-control",
        PolicyKind::Resource => "resource",
    }
}

/// Resource control policies are judged together, whatever their level.
fn level(kind: PolicyKind) -> Option<usize> {
    if let PolicyKind::ServiceControl { level } = kind { Some(level) } else { None }
}

fn counts(calls: Calls, authorised: u64) -> JudgedCalls {
    JudgedCalls {
        total: calls.total(),
        known: calls.known(),
        allowed: calls.let_through(),
        denied: calls.denied,
        depends: calls.depends,
        partly: calls.partly,
        no_permission: calls.no_permission,
        unmapped: calls.unmapped,
        not_replayed: authorised.saturating_sub(calls.total()),
    }
}

/// The worst that may become of some call.
fn worst(calls: Calls) -> &'static str {
    match calls {
        Calls { denied: 1.., .. } => "denied",
        Calls { depends: 1.., .. } => "depends",
        Calls { partly: 1.., .. } => "partly",
        _ => "allowed",
    }
}

/// Denials of both kinds stand together; what is worse comes first.
fn rank(code: &str) -> u8 {
    match code {
        "explicit-deny" | "implicit-deny" => 0,
        "depends" => 1,
        "partly" => 2,
        _ => 3,
    }
}

fn need(key: &GroupKey, group: &Group, named: Named<'_>) -> ReplayedNeed {
    let (depends_on, doubt) = match &key.verdict {
        Verdict::Depends { keys } => (keys.clone(), None),
        Verdict::Partly { why } => (BTreeSet::new(), Some(why.code())),
        Verdict::ExplicitDeny { .. } | Verdict::ImplicitDeny | Verdict::Withheld { .. } | Verdict::Allowed { .. } => {
            (BTreeSet::new(), None)
        }
    };
    ReplayedNeed {
        verdict: key.verdict.code(),
        action: key.action.to_string(),
        resource: key.resource.to_string(),
        certainty: key.certainty.as_str(),
        context: key.context.clone(),
        via: key.via.clone(),
        by: key.verdict.by().and_then(|at| statement(at, named)),
        withheld_by: match &key.verdict {
            Verdict::Withheld { by } => Some(WithheldBy { kind: kind_code(*by), files: named.of_kind(*by) }),
            _ => None,
        },
        depends_on,
        doubt,
        evidence: Evidence::recorded(&group.evidence, group.calls.iter()),
    }
}

fn statement(at: StatementAt, named: Named<'_>) -> Option<StatementReport> {
    let statement = named.documents.get(at.document)?.statements.get(at.statement)?;
    let file = named.files.get(at.document)?.clone();
    Some(StatementReport { file, statement: at.statement, sid: statement.sid.clone() })
}

fn allowed_now(allowed: &NowAllowed<'_>) -> NowAllowedReport {
    let NowAllowed { want, resources } = allowed;
    let Seen { count, first, last, event_ids, regions, calls, .. } = want.seen.clone();
    NowAllowedReport {
        action: want.action.clone(),
        resources: resources.iter().map(ToString::to_string).collect(),
        other_resources: want.resources.len().saturating_sub(resources.len()),
        error_code: want.error_code.clone(),
        via: want.via.clone(),
        evidence: Evidence { count, first_seen: first, last_seen: last, event_ids, regions, calls },
    }
}
