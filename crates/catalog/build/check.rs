//! Rules from text to what the library unpacks, with every name in them checked against the facts.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::ActionName;
use toml::Spanned;

use super::facts::{FactAction, FactService, Facts};
use super::handlers::{self, HandlerTable};
use super::paths;
use super::rows::{DatedRow, RuleFile, SourceRow, Texts};
use super::rules::handlers::PackedHandlers;
use super::rules::packed::{Calls, Extras, Resources, Source, Sources, Visibilities};
use super::rules::risk::Risks;
use super::rules::types::{Decode, Param, Predicate};
use super::{Problems, calls, resources, risk, visibility};

/// All rules, ready to be packed.
#[derive(Debug, Default)]
pub struct Sections {
    pub sources: Sources,
    pub calls: Calls,
    pub extras: Extras,
    pub resources: Resources,
    pub visibilities: Visibilities,
    pub risks: Risks,
    pub handlers: PackedHandlers,
}

/// Parses and checks the rule files, given by name and text; rows about handlers are added to the generated ones.
pub fn rules(facts: &Facts, mut generated: HandlerTable, files: &[(String, String)]) -> Result<Sections, Problems> {
    let mut problems = Problems::new();
    let mut parsed = Vec::new();
    for (name, text) in files {
        match toml::from_str::<RuleFile>(text) {
            Ok(rows) => parsed.push(File { name, text, rows }),
            Err(error) => problems.push(format!("rules/{name}: {error}")),
        }
    }
    let mut checker = Checker::new(facts, problems);
    let mut sections = Sections::default();
    checker.each(&parsed, |rows| &rows.source, |checker, row| checker.source(row, &mut sections.sources));
    checker.each(&parsed, |rows| &rows.dated, |checker, row| checker.dated(row, &mut sections.sources));
    let longest_first = |suffixes: &mut Vec<String>| suffixes.sort_by_key(|suffix| std::cmp::Reverse(suffix.len()));
    sections.sources.dated.values_mut().for_each(longest_first);
    calls::check(&mut checker, &parsed, &mut sections);
    resources::check(&mut checker, &parsed, &mut sections.resources);
    visibility::check(&mut checker, &parsed, &mut sections);
    risk::check(&mut checker, &parsed, &mut sections.risks);
    handlers::check(&mut checker, &parsed, &mut generated);
    if !checker.problems.is_empty() {
        return Err(checker.problems);
    }
    sections.handlers = generated.packed()?;
    Ok(sections)
}

/// A parsed rule file.
pub struct File<'a> {
    pub name: &'a str,
    pub text: &'a str,
    pub rows: RuleFile,
}

/// Knows the facts and which row is being looked at.
pub struct Checker<'a> {
    pub facts: &'a Facts,
    pub problems: Problems,
    row: String,
    /// Keys of rows that may not be written twice, and where they stand.
    seen: BTreeMap<String, String>,
    /// Event names that only CloudTrail knows, lower-case, by prefix.
    pub event_only: BTreeMap<String, BTreeSet<String>>,
    /// Operations and actions of all services, lower-case.
    names: BTreeSet<String>,
}

impl<'a> Checker<'a> {
    fn new(facts: &'a Facts, problems: Problems) -> Self {
        let of_service = |service: &'a FactService| {
            let actions = service.actions.iter().map(|action| &action.name);
            actions.chain(service.operations.iter().map(|operation| &operation.name))
        };
        let names = facts.services.values().flat_map(of_service).map(|name| name.to_ascii_lowercase()).collect();
        Self { facts, problems, row: String::new(), seen: BTreeMap::new(), event_only: BTreeMap::new(), names }
    }

    /// Shows all rows of a kind to `look`.
    pub fn each<'f, T: 'f>(
        &mut self,
        files: &'f [File<'_>],
        rows: impl Fn(&'f RuleFile) -> &'f [Spanned<T>],
        mut look: impl FnMut(&mut Self, &'f T),
    ) {
        for file in files {
            for row in rows(&file.rows) {
                let before = file.text.get(..row.span().start).unwrap_or_default();
                let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
                self.row = format!("rules/{}:{line}", file.name);
                look(self, row.get_ref());
            }
        }
    }

    /// Notes a problem with the row being looked at.
    pub fn problem(&mut self, what: impl std::fmt::Display) {
        self.problems.push(format!("{}: {what}", self.row));
    }

    /// Notes the problem, if it is one.
    pub fn good<T>(&mut self, result: Result<T, impl std::fmt::Display>) -> Option<T> {
        result.map_err(|problem| self.problem(problem)).ok()
    }

    /// Every row says where it is known from.
    pub fn evidence(&mut self, text: &str) -> String {
        if text.trim().is_empty() {
            self.problem("`evidence` is empty");
        }
        text.to_owned()
    }

    /// A key that no other row may have.
    pub fn unique(&mut self, kind: &str, key: &str) {
        let row = self.row.clone();
        if let Some(other) = self.seen.insert(format!("{kind} {}", key.to_ascii_lowercase()), row) {
            self.problem(format_args!("{kind} `{key}` is ruled twice; the other row is {other}"));
        }
    }

    /// Whether a row before this one has that key.
    pub fn is_known(&self, kind: &str, key: &str) -> bool {
        self.seen.contains_key(&format!("{kind} {}", key.to_ascii_lowercase()))
    }

    /// A list that may not be empty.
    pub fn filled<'t>(&mut self, key: &str, texts: &'t Texts) -> &'t [String] {
        if texts.0.is_empty() {
            self.problem(format_args!("`{key}` is empty"));
        }
        &texts.0
    }

    /// A prefix of the catalog.
    pub fn service(&mut self, prefix: &str) -> Option<&'a FactService> {
        let facts = self.facts;
        let service = facts.services.get(prefix);
        if service.is_none() {
            self.problem(format_args!("no service has the prefix `{prefix}`"));
        }
        service
    }

    /// An action of the catalog, spelled as there.
    pub fn action(&mut self, name: &str) -> Option<(ActionName, &'a FactAction)> {
        let facts = self.facts;
        let Some(action) = facts.action(name) else {
            self.problem(format_args!("no action is named `{name}`"));
            return None;
        };
        let parsed = self.good(name.parse::<ActionName>())?;
        if parsed.name() != action.name || !name.starts_with(parsed.service()) {
            self.problem(format_args!("`{name}` is spelled `{}:{}`", parsed.service(), action.name));
        }
        Some((parsed, action))
    }

    /// Whether any service has an operation or action of that name. Some services are recorded under the event source of
    /// another one, so the prefix does not matter.
    pub fn is_call(&self, name: &str) -> bool {
        self.names.contains(&name.to_ascii_lowercase())
    }

    /// Names of operations, actions or known events of a prefix.
    pub fn operations(&mut self, prefix: &str, names: &[String]) -> Vec<String> {
        if let Some(service) = self.service(prefix) {
            for name in names {
                let event = self.event_only.get(prefix).is_some_and(|names| names.contains(&name.to_ascii_lowercase()));
                if !event && !service.knows(name) {
                    self.problem(format_args!("`{prefix}` has no operation, action or event-only call `{name}`"));
                }
            }
        }
        names.to_vec()
    }

    /// Resource types of a prefix.
    pub fn types(&mut self, prefix: &str, names: &[String]) -> Vec<String> {
        if let Some(service) = self.service(prefix) {
            for name in names.iter().filter(|name| service.resource_type(name).is_none()) {
                self.problem(format_args!("`{prefix}` has no resource type `{name}`"));
            }
        }
        names.to_vec()
    }

    /// Parameter paths.
    pub fn paths(&mut self, texts: &[String]) -> Vec<String> {
        for text in texts {
            self.good(paths::path(text));
        }
        texts.to_vec()
    }

    /// Parameter paths, perhaps each with its way to decode.
    pub fn params(&mut self, texts: &[String], decode: Decode) -> Vec<Param> {
        texts.iter().filter_map(|text| self.good(paths::param(text, decode))).collect()
    }

    /// Predicates.
    pub fn predicates(&mut self, texts: &Texts) -> Vec<Predicate> {
        texts.0.iter().filter_map(|text| self.good(paths::predicate(text))).collect()
    }

    /// A kebab-case word.
    pub fn code(&mut self, word: &str) -> String {
        if !word.starts_with(|c: char| c.is_ascii_lowercase())
            || word.contains(|c: char| !(c.is_ascii_lowercase() || c == '-'))
        {
            self.problem(format_args!("`{word}` is not a kebab-case word"));
        }
        word.to_owned()
    }

    fn source(&mut self, row: &SourceRow, sources: &mut Sources) {
        self.evidence(&row.evidence);
        for prefix in row.prefix.iter().chain(&row.also.0) {
            self.service(prefix);
        }
        if let Some(none) = &row.none {
            self.code(none);
        }
        if row.prefix.is_some() == row.none.is_some() {
            self.problem("a source has either `prefix` or `none`");
        }
        for name in self.filled("event_source", &row.event_source) {
            self.unique("source", name);
            let source = Source { prefix: row.prefix.clone(), also: row.also.0.clone(), none: row.none.clone() };
            sources.sources.insert(name.to_ascii_lowercase(), source);
        }
    }

    fn dated(&mut self, row: &DatedRow, sources: &mut Sources) {
        self.evidence(&row.evidence);
        for suffix in self.filled("suffix", &row.suffix) {
            if !suffix.contains('D') {
                self.problem(format_args!("the suffix `{suffix}` has no `D`, which stands for a digit"));
            }
        }
        for source in self.filled("source", &row.source) {
            let suffixes = sources.dated.entry(source.to_ascii_lowercase()).or_default();
            suffixes.extend(row.suffix.0.iter().cloned());
        }
    }

    /// The prefixes of an event source: by its row, or its first DNS label.
    pub fn prefixes_of(&self, sources: &Sources, event_source: &str) -> Vec<String> {
        let event_source = event_source.to_ascii_lowercase();
        if let Some(source) = sources.sources.get(&event_source) {
            return source.prefix.iter().chain(&source.also).cloned().collect();
        }
        let label = event_source.split('.').next().unwrap_or_default();
        if self.facts.services.contains_key(label) { vec![label.to_owned()] } else { Vec::new() }
    }
}
