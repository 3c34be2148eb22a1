//! Sentences about a diff.

use std::collections::BTreeSet;

use tighten_synthesis::{Change, ConditionChange, DenyChange, Difference, StatementRef, Verdict, Witness};

use super::model::{DiffReport, DocumentName, PartReport, RowReport};
use crate::page::Prose;
use crate::prose;
use crate::words::{count, counted};

/// Sentences about a diff.
#[derive(Debug, Clone, Copy)]
pub(super) struct Phrases<'a> {
    pub(super) report: &'a DiffReport<'a>,
}

impl Phrases<'_> {
    /// What the verdict means.
    pub(super) fn verdict(self) -> &'static str {
        match self.report.verdict {
            Verdict::Equal => "both policies allow the same requests",
            Verdict::Narrower => "the new policy allows less, and nothing else",
            Verdict::Wider => "the new policy allows more, and nothing less",
            Verdict::Mixed => "each policy allows requests that the other does not",
            Verdict::Undecided => "not everything could be decided",
        }
    }

    /// Whether there is new access, or lost access; `side` allows what is asked about.
    pub(super) fn answer(self, difference: &Difference<'_>, side: Side) -> Prose {
        match difference {
            Difference::No => "none, proven".into(),
            Difference::Yes(witness) => prose!["yes: ", self.witness(witness, side)],
            undecided @ Difference::Undecided { .. } => prose!["undecided: ", self.question(undecided, side)],
        }
    }

    /// What is not known, and why.
    fn question(self, difference: &Difference<'_>, side: Side) -> Prose {
        let Difference::Undecided { why, action, statement } = difference else { return Prose::default() };
        let action = action.as_ref().map(|action| prose![Prose::data(action.as_str()), ", by "]).unwrap_or_default();
        let place = statement.map_or_else(|| "all statements".into(), |place| self.statement(place, side));
        prose![action, place, ": ", Prose::data(why.clone())]
    }

    /// A request, and the statement that decides it.
    fn witness(self, witness: &Witness<'_>, side: Side) -> Prose {
        let on = witness.granted_on.map(|pattern| prose![" on ", Prose::data(pattern.to_string())]);
        let denied_by = witness.denied_by.map(|place| prose!["; denied by ", self.statement(place, side.other())]);
        prose![
            request(witness),
            ", by ",
            self.statement(witness.statement, side),
            on.unwrap_or_default(),
            denied_by.unwrap_or_default(),
        ]
    }

    fn statement(self, place: StatementRef<'_>, side: Side) -> Prose {
        let (name, documents) = match side {
            Side::Old => ("old ", &self.report.old),
            Side::New => ("new ", &self.report.new),
        };
        let document = match documents.as_slice() {
            [] | [_] => None,
            several => several.get(place.document).map(|of| prose![Prose::data(of.name.as_str()), " "]),
        };
        let sid = place.sid.map(|sid| prose![" (", Prose::data(sid), ")"]);
        let statement = Prose::data(format!("Statement[{}]", place.statement));
        prose![name, document.unwrap_or_default(), statement, sid.unwrap_or_default()]
    }

    /// The documents of a side.
    pub(super) fn documents(documents: &[DocumentName]) -> Prose {
        let each = documents
            .iter()
            .map(|of| prose![Prose::data(of.name.as_str()), format!(" ({})", counted(of.statements, "statement"))]);
        Prose::list(each)
    }

    /// What a change means.
    pub(super) fn change(change: Change) -> &'static str {
        match change {
            Change::Added => "not allowed before",
            Change::Widened => "allowed before, now on more resources or under fewer conditions",
            Change::Mixed => "newly allowed in one place and no longer in another",
            Change::Undecided => "it is not known whether the same requests are allowed",
            Change::Removed => "no longer allowed",
            Change::Narrowed => "still allowed, on fewer resources or under more conditions",
            Change::Kept => "allowed as before",
        }
    }

    /// The requests that show a part's change.
    pub(super) fn examples(self, part: &PartReport<'_>) -> Vec<Prose> {
        let more = match part.actions {
            1 => String::new(),
            several => format!(" (and {} like it)", count(several - 1)),
        };
        let say = |what: &'static str, difference: Option<&Difference<'_>>, side| {
            Some(match difference? {
                Difference::No => return None,
                Difference::Yes(witness) => prose![what, " ", self.witness(witness, side), more.clone()],
                undecided @ Difference::Undecided { .. } => {
                    prose!["perhaps ", what, " ", self.question(undecided, side), more.clone()]
                }
            })
        };
        [say("new:", part.gained, Side::New), say("gone:", part.lost, Side::Old)].into_iter().flatten().collect()
    }

    /// What became of a condition.
    pub(super) fn condition(condition: &ConditionChange) -> Prose {
        let ConditionChange { key, operator, old, new, services, actions } = condition;
        let values = |values: &[String]| {
            let quoted = Prose::list(values.iter().map(|one| value(one)));
            if quoted.is_empty() { "no value".into() } else { quoted }
        };
        let line = prose![Prose::data(operator.as_str()), " ", Prose::data(key.as_str())];
        let what = match (old, new) {
            (Some(old), Some(new)) => prose!["changed: ", line, ": ", values(old), " is now ", values(new)],
            (Some(old), None) => prose!["removed: ", line, ": ", values(old)],
            (None, Some(new)) => prose!["added: ", line, ": ", values(new)],
            (None, None) => line,
        };
        prose![what, format!(" ({} of ", counted(*actions, "action")), some_services(services), ")"]
    }

    /// What is denied on one side alone.
    pub(super) fn denial(self, denial: &DenyChange<'_>) -> Prose {
        let (what, side) = if denial.added { ("added: ", Side::New) } else { ("removed: ", Side::Old) };
        let place = self.statement(denial.statement, side);
        match &denial.example {
            Difference::Yes(witness) => prose![what, place, ", such as ", request(witness)],
            Difference::No => prose![what, place],
            Difference::Undecided { why, .. } => prose!["perhaps ", what, place, ": ", Prose::data(why.clone())],
        }
    }

    /// A row with the names of its actions.
    pub(super) fn named(row: &RowReport<'_>) -> Prose {
        let names = row.parts.iter().flat_map(|part| part.names.unwrap_or_default());
        let level = row.access_level.unwrap_or("unknown");
        prose![format!("{} {level}: ", row.service), Prose::list(names.map(|name| Prose::data(name.as_str())))]
    }

    /// The changes that have rows.
    pub(super) fn changes(self) -> BTreeSet<Change> {
        self.report.rows.iter().map(|row| row.change).collect()
    }
}

fn request(witness: &Witness<'_>) -> Prose {
    let mut request = prose![Prose::data(witness.action.as_str()), " on ", Prose::data(witness.resource.to_string())];
    for (at, (key, values)) in witness.assumed.iter().enumerate() {
        let and = if at == 0 { " with " } else { " and " };
        let values = Prose::list(values.iter().map(|one| value(one)));
        request.push(prose![and, Prose::data(key.as_str()), " = ", values]);
    }
    request
}

/// A value of a condition, of which the empty one can be seen, too.
fn value(value: &str) -> Prose {
    Prose::data(if value.is_empty() { "\"\"" } else { value })
}

/// The first services by name.
fn some_services(names: &BTreeSet<String>) -> Prose {
    const SHOWN: usize = 3;
    match names.len() {
        0..=SHOWN => Prose::some(names, SHOWN),
        _ => prose![Prose::some(names, SHOWN), " services"],
    }
}

/// Which policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Old => Self::New,
            Self::New => Self::Old,
        }
    }
}
