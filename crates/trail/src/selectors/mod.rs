//! What trails record: their event selectors, and what describes the trails themselves.

mod conditions;
mod level;
mod parse;
#[cfg(test)]
mod tests;
mod walk;

use std::collections::BTreeMap;

use thiserror::Error;

pub use conditions::Conditions;
pub use level::Level;

/// What trails were told to record: the output of `aws cloudtrail get-event-selectors`, of one or several trails.
///
/// ```
/// use tighten_trail::selectors::Selectors;
/// let selectors = Selectors::parse(r#"{
///     "TrailARN": "arn:aws:cloudtrail:us-east-1:111122223333:trail/all",
///     "EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": []}]
/// }"#)?;
/// assert!(selectors.notes().is_empty());
/// # Ok::<(), tighten_trail::selectors::SelectorsError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selectors {
    rows: Vec<Selector>,
    /// By ARN.
    trails: BTreeMap<String, Trail>,
    notes: Vec<String>,
}

/// Why text is not a list of event selectors.
#[derive(Debug, Error)]
pub enum SelectorsError {
    /// It is not JSON.
    #[error("not JSON")]
    Json(#[from] serde_json::Error),
    /// A value is not what it should be.
    #[error("`{path}` {problem}")]
    Value {
        /// Where: `AdvancedEventSelectors[0].FieldSelectors[1].Field`.
        path: String,
        /// What is wrong.
        problem: String,
    },
}

/// Events that a trail records: those for which all of this holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// ARN of the trail, where it is known.
    pub trail: Option<String>,
    /// Which events it is about.
    pub kind: SelectorKind,
    /// Whether it records reading calls.
    pub reads: bool,
    /// Whether it records writing calls.
    pub writes: bool,
    /// On the event source.
    pub sources: Vec<Conditions>,
    /// On the name of the event.
    pub names: Vec<Conditions>,
    /// On the ARN of the caller, which names the session of a role.
    pub identities: Vec<Conditions>,
    /// On the ARNs of the resources.
    pub arns: Vec<Conditions>,
    /// A further field that not every event passes.
    pub some_only: Option<&'static str>,
}

/// Which events a selector is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SelectorKind {
    /// Management events.
    Management,
    /// Data events of these resource types.
    Data(Vec<String>),
}

/// What `aws cloudtrail describe-trails` adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trail {
    /// The account that it belongs to.
    pub account: Option<String>,
    /// The region that it was made in.
    pub home_region: Option<String>,
    /// Whether it records all regions.
    pub multi_region: Option<bool>,
    /// Whether it records the events of global services.
    pub global_events: Option<bool>,
    /// Whether it records all accounts of an organisation.
    pub organization: Option<bool>,
}

impl Selectors {
    /// Reads the output of `aws cloudtrail get-event-selectors`, or an array of such.
    ///
    /// The output of `aws cloudtrail describe-trails` and `get-trail` may stand among them: then the selectors of a trail
    /// count for the regions and accounts that it covers only. Fails if the text is not JSON or not of that shape.
    pub fn parse(text: &str) -> Result<Self, SelectorsError> {
        parse::selectors(&serde_json::from_str(text)?)
    }

    /// What these trails and those record together.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        for selector in other.rows {
            if !self.rows.contains(&selector) {
                self.rows.push(selector);
            }
        }
        for (arn, trail) in other.trails {
            self.trails.entry(arn).or_default().learn(trail);
        }
        for note in other.notes {
            if !self.notes.contains(&note) {
                self.notes.push(note);
            }
        }
        self
    }

    /// What was not understood: such a selector is taken to record nothing.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The selectors, in the order in which they were read. What one of them records, the trails record.
    pub fn rows(&self) -> &[Selector] {
        &self.rows
    }

    /// What is known of the trail that a selector belongs to.
    pub fn trail_of(&self, selector: &Selector) -> Option<&Trail> {
        self.trails.get(selector.trail.as_deref()?)
    }
}

impl Selector {
    /// The selector that records every event of its kind.
    fn all(trail: Option<&str>, kind: SelectorKind) -> Self {
        Self {
            trail: trail.map(str::to_owned),
            kind,
            reads: true,
            writes: true,
            sources: Vec::new(),
            names: Vec::new(),
            identities: Vec::new(),
            arns: Vec::new(),
            some_only: None,
        }
    }
}

impl Trail {
    fn learn(&mut self, other: Self) {
        self.account = self.account.take().or(other.account);
        self.home_region = self.home_region.take().or(other.home_region);
        self.multi_region = self.multi_region.or(other.multi_region);
        self.global_events = self.global_events.or(other.global_events);
        self.organization = self.organization.or(other.organization);
    }
}
