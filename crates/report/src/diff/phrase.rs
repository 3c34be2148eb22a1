//! What the formats for people say in the same words.

use std::collections::BTreeMap;

use tighten_synthesis::{Change, ConditionChange, DenyChange, Difference, StatementRef, Verdict, Witness};

use super::model::{DiffReport, DocumentName, PartReport, RowReport};
use crate::text::words::{count, counted};

/// Sentences about a diff. Text from policies goes through `quote`, which makes it safe for the format.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Phrases<'a> {
    pub(crate) report: &'a DiffReport<'a>,
    pub(crate) quote: fn(&str) -> String,
}

impl Phrases<'_> {
    /// What the verdict means.
    pub(crate) fn verdict(&self) -> &'static str {
        match self.report.verdict {
            Verdict::Equal => "both policies allow the same requests",
            Verdict::Narrower => "the new policy allows less, and nothing else",
            Verdict::Wider => "the new policy allows more, and nothing less",
            Verdict::Mixed => "each policy allows requests that the other does not",
            Verdict::Undecided => "not everything could be decided",
        }
    }

    /// Whether there is new access, or lost access; `side` allows what is asked about.
    pub(crate) fn answer(&self, difference: &Difference<'_>, side: Side) -> String {
        match difference {
            Difference::No => "none, proven".to_owned(),
            Difference::Yes(witness) => format!("yes: {}", self.witness(witness, side)),
            undecided @ Difference::Undecided { .. } => format!("undecided: {}", self.question(undecided, side)),
        }
    }

    /// What is not known, and why.
    fn question(&self, difference: &Difference<'_>, side: Side) -> String {
        let Difference::Undecided { why, action, statement } = difference else { return String::new() };
        let action =
            action.as_ref().map(|action| format!("{}, by ", (self.quote)(action.as_str()))).unwrap_or_default();
        let place = statement.map_or_else(|| "all statements".to_owned(), |place| self.statement(place, side));
        format!("{action}{place}: {}", (self.quote)(why))
    }

    /// A request, and the statement that decides it.
    pub(crate) fn witness(&self, witness: &Witness<'_>, side: Side) -> String {
        let mut parts = vec![self.request(witness), format!(", by {}", self.statement(witness.statement, side))];
        parts.extend(witness.granted_on.map(|pattern| format!(" on {}", (self.quote)(pattern))));
        parts.extend(witness.denied_by.map(|place| format!("; denied by {}", self.statement(place, side.other()))));
        parts.concat()
    }

    fn request(&self, witness: &Witness<'_>) -> String {
        let quote = self.quote;
        let request = format!("{} on {}", quote(witness.action.as_str()), quote(&witness.resource.to_string()));
        let assumed = witness.assumed.iter().enumerate().map(|(at, (key, values))| {
            let values: Vec<String> = values.iter().map(|value| self.value(value)).collect();
            let and = if at == 0 { "with" } else { "and" };
            format!(" {and} {} = {}", quote(key), values.join(", "))
        });
        std::iter::once(request).chain(assumed).collect()
    }

    /// A value of a condition, of which the empty one can be seen, too.
    fn value(&self, value: &str) -> String {
        (self.quote)(if value.is_empty() { "\"\"" } else { value })
    }

    fn statement(&self, place: StatementRef<'_>, side: Side) -> String {
        let (name, documents) = match side {
            Side::Old => ("old", &self.report.old),
            Side::New => ("new", &self.report.new),
        };
        let document = match documents.as_slice() {
            [] | [_] => String::new(),
            several => several.get(place.document).map(|of| format!("{} ", (self.quote)(&of.name))).unwrap_or_default(),
        };
        let sid = place.sid.map(|sid| format!(" ({})", (self.quote)(sid))).unwrap_or_default();
        format!("{name} {document}Statement[{}]{sid}", place.statement)
    }

    /// The documents of a side.
    pub(crate) fn documents(&self, documents: &[DocumentName]) -> String {
        let all: Vec<String> = documents
            .iter()
            .map(|of| format!("{} ({})", (self.quote)(&of.name), counted(of.statements as u64, "statement")))
            .collect();
        all.join(", ")
    }

    /// What a change means.
    pub(crate) fn change(change: Change) -> &'static str {
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
    pub(crate) fn examples(&self, part: &PartReport<'_>) -> Vec<String> {
        let more = match part.actions {
            1 => String::new(),
            several => format!(" (and {} like it)", count((several - 1) as u64)),
        };
        let say = |what: &str, difference: Option<&Difference<'_>>, side| {
            Some(match difference? {
                Difference::No => return None,
                Difference::Yes(witness) => format!("{what} {}{more}", self.witness(witness, side)),
                undecided @ Difference::Undecided { .. } => {
                    format!("perhaps {what} {}{more}", self.question(undecided, side))
                }
            })
        };
        [say("new:", part.gained, Side::New), say("gone:", part.lost, Side::Old)].into_iter().flatten().collect()
    }

    /// What became of a condition.
    pub(crate) fn condition(&self, condition: &ConditionChange) -> String {
        let ConditionChange { key, operator, old, new, services, actions } = condition;
        let values = |values: &[String]| {
            let quoted: Vec<String> = values.iter().map(|value| self.value(value)).collect();
            if quoted.is_empty() { "no value".to_owned() } else { quoted.join(", ") }
        };
        let line = format!("{} {}", (self.quote)(operator), (self.quote)(key));
        let what = match (old, new) {
            (Some(old), Some(new)) => format!("changed: {line}: {} is now {}", values(old), values(new)),
            (Some(old), None) => format!("removed: {line}: {}", values(old)),
            (None, Some(new)) => format!("added: {line}: {}", values(new)),
            (None, None) => line,
        };
        let names: Vec<String> = services.iter().map(|name| (self.quote)(name)).collect();
        format!("{what} ({} of {})", counted(*actions as u64, "action"), some(&names))
    }

    /// What is denied on one side alone.
    pub(crate) fn denial(&self, denial: &DenyChange<'_>) -> String {
        let (what, side) = if denial.added { ("added", Side::New) } else { ("removed", Side::Old) };
        let place = self.statement(denial.statement, side);
        match &denial.example {
            Difference::Yes(witness) => format!("{what}: {place}, such as {}", self.request(witness)),
            Difference::No => format!("{what}: {place}"),
            Difference::Undecided { why, .. } => format!("perhaps {what}: {place}: {}", (self.quote)(why)),
        }
    }

    /// A row with the names of its actions.
    pub(crate) fn named(&self, row: &RowReport<'_>) -> String {
        let names = row.parts.iter().flat_map(|part| part.names.unwrap_or_default());
        let names: Vec<String> = names.map(|name| (self.quote)(name)).collect();
        format!("{} {}: {}", row.service, row.access_level.unwrap_or("unknown"), names.join(", "))
    }

    /// The changes that have rows, with these.
    pub(crate) fn changes(&self) -> BTreeMap<Change, Vec<&RowReport<'_>>> {
        let mut changes: BTreeMap<Change, Vec<&RowReport<'_>>> = BTreeMap::new();
        for row in &self.report.rows {
            changes.entry(row.change).or_default().push(row);
        }
        changes
    }
}

/// Which policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
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

/// Three of the names.
fn some(names: &[String]) -> String {
    let shown: Vec<&str> = names.iter().take(3).map(String::as_str).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        rest => format!("{} and {} more services", shown.join(", "), count(rest as u64)),
    }
}
