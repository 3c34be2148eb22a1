//! CloudFormation's handlers: the generated table, and the rows by hand.

use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::{ActionName, ActionPattern};

use super::Problems;
use super::check::{Checker, File};
use super::facts::Facts;
use super::rows::{HandlerRow, HandlerScopeRow, PhysicalRow};
use super::rules::handlers::{HandlerScope, HandlerVerb, HandlerVerbs, PackedHandlers, PackedType, PhysicalResource};

/// The generated table and the rows, before actions are numbered.
#[derive(Debug, Default)]
pub struct HandlerTable {
    types: BTreeMap<String, TypeRow>,
    scopes: BTreeMap<String, Vec<HandlerScope>>,
    physical: BTreeMap<String, PhysicalResource>,
}

#[derive(Debug, Default)]
struct TypeRow {
    name: Option<String>,
    actions: BTreeMap<ActionName, HandlerVerbs>,
    evidence: Option<String>,
}

/// Reads `handlers.tsv`.
pub fn read(facts: &Facts, text: &str) -> Result<HandlerTable, Problems> {
    let mut table = HandlerTable::default();
    let mut problems = Problems::new();
    for (at, line) in text.lines().enumerate() {
        match row(facts, line) {
            Ok((name, row)) if !table.types.contains_key(name) => {
                table.types.insert(name.to_owned(), row);
            }
            Ok((name, _)) => problems.push(format!("handlers.tsv:{}: `{name}` stands twice", at + 1)),
            Err(problem) => problems.push(format!("handlers.tsv:{}: {problem}", at + 1)),
        }
    }
    if problems.is_empty() { Ok(table) } else { Err(problems) }
}

fn row<'t>(facts: &Facts, line: &'t str) -> Result<(&'t str, TypeRow), String> {
    let columns: Vec<&str> = line.split('\t').collect();
    let [kind, name, listed] = columns[..] else { return Err(format!("cannot read `{line}`")) };
    let mut actions = BTreeMap::new();
    for one in listed.split(' ') {
        let (action, letters) = one.split_once('=').ok_or_else(|| format!("`{one}` names no handler"))?;
        if facts.action(action).is_none() {
            return Err(format!("no action is named `{action}`"));
        }
        let mut verbs = HandlerVerbs::default();
        for letter in letters.chars() {
            let verb = HandlerVerb::ALL.into_iter().find(|verb| verb.letter() == letter);
            verbs = verbs.with(verb.ok_or_else(|| format!("`{letter}` stands for no handler"))?);
        }
        actions.insert(action.parse().map_err(|error| format!("{error}"))?, verbs);
    }
    Ok((kind, TypeRow { name: (name != "-").then(|| name.to_owned()), actions, evidence: None }))
}

/// Adds the rows by hand.
pub fn check(checker: &mut Checker<'_>, files: &[File<'_>], table: &mut HandlerTable) {
    checker.each(files, |rows| &rows.handler, |checker, row| handler(checker, row, table));
    checker.each(files, |rows| &rows.handler_scope, |checker, row| scope(checker, row, table));
    checker.each(files, |rows| &rows.physical, |checker, row| physical(checker, row, table));
}

fn handler(checker: &mut Checker<'_>, row: &HandlerRow, table: &mut HandlerTable) {
    let evidence = checker.evidence(&row.evidence);
    let listed = [
        (HandlerVerb::Create, &row.create),
        (HandlerVerb::Read, &row.read),
        (HandlerVerb::Update, &row.update),
        (HandlerVerb::Delete, &row.delete),
    ];
    let mut actions: BTreeMap<ActionName, HandlerVerbs> = BTreeMap::new();
    for (verb, texts) in listed {
        for text in &texts.0 {
            if let Some((action, _)) = checker.action(text) {
                let verbs = actions.entry(action).or_default();
                *verbs = verbs.with(verb);
            }
        }
    }
    for kind in checker.filled("type", &row.types) {
        checker.unique("handler", kind);
        let new = TypeRow { name: row.name.clone(), actions: actions.clone(), evidence: Some(evidence.clone()) };
        if table.types.insert(kind.clone(), new).is_some() {
            checker.problem(format_args!("AWS publishes the handlers of `{kind}`"));
        }
    }
}

fn scope(checker: &mut Checker<'_>, row: &HandlerScopeRow, table: &mut HandlerTable) {
    let evidence = checker.evidence(&row.evidence);
    if row.property.0.is_empty() && row.on.0.is_empty() && !row.never {
        checker.problem("a row without `property`, `on` and `never` says nothing");
    }
    for text in row.on.0.iter().filter(|text| *text != "*" && !text.starts_with("arn:${Partition}:")) {
        checker.problem(format_args!("`{text}` is neither `*` nor an ARN of any partition"));
    }
    for kind in checker.filled("type", &row.types) {
        let mut actions = BTreeSet::new();
        for text in checker.filled("action", &row.action) {
            let Some(pattern) = checker.good(text.parse::<ActionPattern>()) else { continue };
            let of_type = table.types.get(kind).into_iter().flat_map(|row| row.actions.keys());
            let matching: Vec<_> = of_type.filter(|action| pattern.matches(action)).cloned().collect();
            if matching.is_empty() {
                checker.problem(format_args!("no handler of `{kind}` calls `{text}`"));
            }
            actions.extend(matching);
        }
        table.scopes.entry(kind.clone()).or_default().push(HandlerScope {
            actions: actions.into_iter().collect(),
            properties: row.property.0.clone(),
            never: row.never,
            on: row.on.0.clone(),
            evidence: evidence.clone(),
        });
    }
}

fn physical(checker: &mut Checker<'_>, row: &PhysicalRow, table: &mut HandlerTable) {
    let mut resources = Vec::new();
    for text in &row.resource.0 {
        match text.split_once(':') {
            Some((prefix, kind)) => {
                let _ = checker.types(prefix, &[kind.to_owned()]);
                resources.push((prefix.to_owned(), kind.to_owned()));
            }
            None => checker.problem(format_args!("`{text}` is no service prefix and resource type")),
        }
    }
    let _ = checker.evidence(&row.evidence);
    for kind in checker.filled("type", &row.types) {
        if !table.types.contains_key(kind) {
            checker.problem(format_args!("`{kind}` has no handlers"));
        }
        checker.unique("physical", kind);
        let new = PhysicalResource {
            resources: resources.clone(),
            fill: row.fill.clone(),
            longest: row.longest,
            lower_case: row.lower_case,
            made_up: row.made_up.clone(),
            minted: row.minted,
        };
        table.physical.insert(kind.clone(), new);
    }
}

impl HandlerTable {
    /// Numbers the actions.
    pub fn packed(self) -> Result<PackedHandlers, Problems> {
        let all: BTreeSet<&ActionName> = self.types.values().flat_map(|row| row.actions.keys()).collect();
        let number = |place: usize| u16::try_from(place).map_err(|error| vec![error.to_string()]);
        let numbers = all.iter().enumerate().map(|(place, action)| Ok((*action, number(place)?)));
        let numbers = numbers.collect::<Result<BTreeMap<_, _>, Problems>>()?;
        let of_type = |row: &TypeRow| PackedType {
            name: row.name.clone(),
            actions: row.actions.iter().filter_map(|(name, verbs)| Some((*numbers.get(name)?, *verbs))).collect(),
            evidence: row.evidence.clone(),
        };
        let types = self.types.iter().map(|(kind, row)| (kind.clone(), of_type(row))).collect();
        let actions = all.into_iter().cloned().collect();
        Ok(PackedHandlers { actions, types, scopes: self.scopes, physical: self.physical })
    }
}
