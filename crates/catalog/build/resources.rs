//! Rules for finding resources in calls.

use std::cmp::Reverse;

use super::check::{Checker, File};
use super::facts::FactType;
use super::paths;
use super::rows::{
    AliasRow, DefaultRow, EndingRow, IdPrefixRow, MintedRow, OpaqueRow, OwnerRow, PathNameRow, PickRow, SelfRow,
    SettledRow,
};
use super::rules::packed::Resources;
use super::rules::types::{
    Alias, Decode, DefaultValue, Ending, IdPrefix, Owner, PathName, SelfCall, SettledAs, SettledRule,
};

/// Fills `resources`.
pub fn check(checker: &mut Checker<'_>, files: &[File<'_>], resources: &mut Resources) {
    checker.each(files, |rows| &rows.alias, |checker, row| alias(checker, row, resources));
    checker.each(files, |rows| &rows.default, |checker, row| default_value(checker, row, resources));
    checker.each(files, |rows| &rows.minted, |checker, row| minted(checker, row, resources));
    checker.each(files, |rows| &rows.unnamed, |checker, row| unnamed(checker, row, resources));
    checker.each(files, |rows| &rows.self_call, |checker, row| self_call(checker, row, resources));
    checker.each(files, |rows| &rows.id_prefix, |checker, row| id_prefix(checker, row, resources));
    checker.each(files, |rows| &rows.pick, |checker, row| pick(checker, row, resources));
    checker.each(files, |rows| &rows.path_name, |checker, row| path_name(checker, row, resources));
    checker.each(files, |rows| &rows.ending, |checker, row| ending(checker, row, resources));
    checker.each(files, |rows| &rows.owner, |checker, row| owner(checker, row, resources));
    checker.each(files, |rows| &rows.opaque, |checker, row| opaque(checker, row, resources));
    checker.each(files, |rows| &rows.settled, |checker, row| settled(checker, row, resources));
    for rows in resources.aliases.values_mut() {
        rows.sort_by_key(|row| (row.operations.is_empty(), row.types.is_empty()));
    }
    for rows in resources.defaults.values_mut() {
        rows.sort_by_key(|row| row.operations.is_empty());
    }
    resources.id_prefixes.sort_by_key(|row| (Reverse(row.id.len()), row.id.clone()));
}

fn alias(checker: &mut Checker<'_>, row: &AliasRow, resources: &mut Resources) {
    let evidence = checker.evidence(&row.evidence);
    let name = row.decode.as_deref().unwrap_or("text");
    let decode = Decode::named(name).unwrap_or_else(|| {
        checker.problem(format_args!("`{name}` is no known way to decode"));
        Decode::Text
    });
    let params = checker.filled("params", &row.params);
    let params = checker.params(params, decode);
    for prefix in checker.filled("prefix", &row.prefix) {
        let types = checker.types(prefix, &row.types.0);
        let operations = checker.operations(prefix, &row.operations.0);
        variable(checker, prefix, &types, &row.variable);
        let key = format!("{prefix} {} of {} in {}", row.variable, types.join(", "), operations.join(", "));
        checker.unique("alias", &key);
        let (params, variable, evidence) = (params.clone(), row.variable.clone(), evidence.clone());
        let rows = resources.aliases.entry(prefix.clone()).or_default();
        rows.push(Alias { variable, types, operations, params, evidence });
    }
}

fn default_value(checker: &mut Checker<'_>, row: &DefaultRow, resources: &mut Resources) {
    let evidence = checker.evidence(&row.evidence);
    let operations = checker.operations(&row.prefix, &row.operations.0);
    variable(checker, &row.prefix, &[], &row.variable);
    checker.unique("default", &format!("{} {} in {}", row.prefix, row.variable, operations.join(", ")));
    let rows = resources.defaults.entry(row.prefix.clone()).or_default();
    rows.push(DefaultValue { variable: row.variable.clone(), operations, value: row.value.clone(), evidence });
}

fn minted(checker: &mut Checker<'_>, row: &MintedRow, resources: &mut Resources) {
    checker.evidence(&row.evidence);
    let types = checker.filled("types", &row.types);
    for kind in checker.types(&row.prefix, types) {
        checker.unique("minted", &format!("{} {kind}", row.prefix));
        resources.minted.entry(row.prefix.clone()).or_default().insert(kind);
    }
}

fn unnamed(checker: &mut Checker<'_>, row: &MintedRow, resources: &mut Resources) {
    checker.evidence(&row.evidence);
    let types = checker.filled("types", &row.types);
    for kind in checker.types(&row.prefix, types) {
        checker.unique("unnamed", &format!("{} {kind}", row.prefix));
        resources.unnamed.entry(row.prefix.clone()).or_default().insert(kind);
    }
}

fn self_call(checker: &mut Checker<'_>, row: &SelfRow, resources: &mut Resources) {
    let evidence = checker.evidence(&row.evidence);
    checker.types(&row.prefix, std::slice::from_ref(&row.resource_type));
    let unless = checker.predicates(&row.unless);
    let rule = SelfCall { resource_type: row.resource_type.clone(), unless, evidence };
    let operations = checker.filled("operations", &row.operations);
    for operation in checker.operations(&row.prefix, operations) {
        checker.unique("self", &format!("{}:{operation}", row.prefix));
        let rules = resources.self_calls.entry(row.prefix.clone()).or_default();
        rules.insert(operation.to_ascii_lowercase(), rule.clone());
    }
}

fn id_prefix(checker: &mut Checker<'_>, row: &IdPrefixRow, resources: &mut Resources) {
    checker.evidence(&row.evidence);
    checker.types(&row.prefix, std::slice::from_ref(&row.resource_type));
    for id in checker.filled("id", &row.id) {
        checker.unique("id_prefix", id);
        let (prefix, resource_type) = (row.prefix.clone(), row.resource_type.clone());
        resources.id_prefixes.push(IdPrefix { id: id.clone(), prefix, resource_type });
    }
}

fn pick(checker: &mut Checker<'_>, row: &PickRow, resources: &mut Resources) {
    checker.evidence(&row.evidence);
    let types = checker.filled("types", &row.types);
    let types = checker.types(&row.prefix, types);
    let operations = checker.filled("operations", &row.operations);
    for operation in checker.operations(&row.prefix, operations) {
        checker.unique("pick", &format!("{}:{operation}", row.prefix));
        let rules = resources.picks.entry(row.prefix.clone()).or_default();
        rules.insert(operation.to_ascii_lowercase(), types.clone());
    }
}

fn ending(checker: &mut Checker<'_>, row: &EndingRow, resources: &mut Resources) {
    let evidence = checker.evidence(&row.evidence);
    let types = checker.filled("types", &row.types);
    let types = checker.types(&row.prefix, types);
    for kind in &types {
        checker.unique("ending", &format!("{} {kind}", row.prefix));
    }
    let except = checker.operations(&row.prefix, &row.except.0);
    let rule = Ending { types, text: row.text.clone(), except, evidence };
    resources.endings.entry(row.prefix.clone()).or_default().push(rule);
}

fn owner(checker: &mut Checker<'_>, row: &OwnerRow, resources: &mut Resources) {
    let evidence = checker.evidence(&row.evidence);
    let types = checker.types(&row.prefix, &row.types.0);
    let params = checker.params(&row.params.0, Decode::Account);
    let when = checker.predicates(&row.when);
    if params.is_empty() == row.account.is_none() {
        checker.problem(format_args!("an owner is told by `params` or by `account`, by one of the two"));
    }
    checker.unique("owner", &format!("{} {} {}", row.prefix, types.join(", "), row.when.0.join(", ")));
    let rows = resources.owners.entry(row.prefix.clone()).or_default();
    rows.push(Owner { types, params, account: row.account.clone(), when, evidence });
}

fn settled(checker: &mut Checker<'_>, row: &SettledRow, resources: &mut Resources) {
    let evidence = checker.evidence(&row.evidence);
    let types = checker.filled("types", &row.types);
    let types = checker.types(&row.prefix, types);
    if matches!(SettledAs::from(row.how), SettledAs::Alternatives) && types.len() < 2 {
        checker.problem("alternatives are two types at least");
    }
    let Some(service) = checker.service(&row.prefix) else { return };
    for name in &row.actions.0 {
        let Some(action) = service.action(name) else {
            checker.problem(format_args!("no action is named `{}:{name}`", row.prefix));
            continue;
        };
        for kind in types.iter().filter(|kind| action.resources.iter().all(|(taken, _, _)| taken != *kind)) {
            checker.problem(format_args!("`{}:{name}` does not take the type `{kind}`", row.prefix));
        }
    }
    let rule = SettledRule {
        actions: row.actions.0.clone(),
        types,
        how: row.how.into(),
        when: checker.predicates(&row.when),
        unless: checker.predicates(&row.unless),
        evidence,
    };
    resources.settled.entry(row.prefix.clone()).or_default().push(rule);
}

fn opaque(checker: &mut Checker<'_>, row: &OpaqueRow, resources: &mut Resources) {
    checker.evidence(&row.evidence);
    for source in checker.filled("source", &row.source) {
        for param in checker.filled("params", &row.params) {
            if !param.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
                checker.problem(format_args!("`{param}` is not the name of a parameter"));
            }
            checker.unique("opaque", &format!("{source} {param}"));
            resources.opaque.entry(source.to_ascii_lowercase()).or_default().insert(param.to_ascii_lowercase());
        }
    }
}

fn path_name(checker: &mut Checker<'_>, row: &PathNameRow, resources: &mut Resources) {
    let types = checker.filled("types", &row.types);
    let types = checker.types(&row.prefix, types);
    variable(checker, &row.prefix, &types, &row.variable);
    for kind in &types {
        checker.unique("path_name", &format!("{} {kind}", row.prefix));
    }
    checker.good(paths::path(&row.path_param));
    let params = checker.filled("params", &row.params);
    let rule = PathName {
        variable: row.variable.clone(),
        params: checker.params(params, Decode::Text),
        path_param: row.path_param.clone(),
        creating: checker.operations(&row.prefix, &row.creating.0),
        evidence: checker.evidence(&row.evidence),
        types,
    };
    resources.path_names.entry(row.prefix.clone()).or_default().push(rule);
}

/// A variable must stand in an ARN format of each of the types, or of some type of the prefix if none is given.
fn variable(checker: &mut Checker<'_>, prefix: &str, types: &[String], variable: &str) {
    let Some(service) = checker.facts.services.get(prefix) else { return };
    let placeholder = format!("${{{variable}}}");
    let has = |kind: &FactType| kind.formats.iter().any(|format| format.contains(&placeholder));
    if types.is_empty() && !service.types.iter().any(has) {
        checker.problem(format_args!("no ARN format of `{prefix}` has the variable `{variable}`"));
    }
    for kind in types.iter().filter_map(|name| service.resource_type(name)).filter(|kind| !has(kind)) {
        let formats = kind.formats.join(" ");
        checker.problem(format_args!("the ARN format of `{}` has no variable `{variable}`: {formats}", kind.name));
    }
}
