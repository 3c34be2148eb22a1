//! Rules for calls: what they need, which parameters pass roles, which ones tag.

use tighten_iam::ActionName;

use super::check::{Checker, File, Sections};
use super::facts::FactAction;
use super::paths;
use super::rows::{CallRow, NeedRow, NotPassedRow, OnRow, PassRoleRow, TagOnCreateRow, Texts};
use super::rules::packed::Extras;
use super::rules::types::{CallRule, Decode, NeedRule, NotPassed, On, PassRole, TagOnCreate};

/// Fills `calls` and `extras`.
pub fn check(checker: &mut Checker<'_>, files: &[File<'_>], sections: &mut Sections) {
    checker.each(files, |rows| &rows.call, |checker, row| call(checker, row, sections));
    checker.each(files, |rows| &rows.pass_role, |checker, row| pass_role(checker, row, &mut sections.extras));
    checker.each(files, |rows| &rows.not_passed, |checker, row| not_passed(checker, row, &mut sections.extras));
    checker.each(files, |rows| &rows.tag_on_create, |checker, row| tag_on_create(checker, row, &mut sections.extras));
}

fn call(checker: &mut Checker<'_>, row: &CallRow, sections: &mut Sections) {
    let evidence = checker.evidence(&row.evidence);
    let none = row.none.as_ref().map(|word| checker.code(word));
    if row.none.is_some() == row.needs.as_ref().is_some_and(|needs| !needs.is_empty()) {
        checker.problem("a call has either `needs`, not empty, or `none`");
    }
    let sources = checker.filled("source", &row.source);
    let mut unknown = false;
    for name in checker.filled("name", &row.name) {
        let needs: Vec<NeedRule> = row.needs.iter().flatten().filter_map(|row| need(checker, row, name)).collect();
        let known = checker.is_call(name);
        unknown |= !known;
        if !known && !row.event_only {
            checker.problem(format_args!(
                "no operation or action is named `{name}`; if only CloudTrail knows it, say `event_only = true`"
            ));
        }
        for source in sources {
            let prefixes = checker.prefixes_of(&sections.sources, source);
            if prefixes.is_empty() && none.is_none() {
                checker.problem(format_args!(
                    "`{source}` has no prefix: neither by a `[[source]]` row nor by its first label"
                ));
            }
            for prefix in prefixes.into_iter().filter(|_| !known) {
                checker.event_only.entry(prefix).or_default().insert(name.to_ascii_lowercase());
            }
            let id = format!("{source}/{name}");
            checker.unique("call", &id);
            let rule = CallRule { id, needs: needs.clone(), none: none.clone(), evidence: evidence.clone() };
            let calls = sections.calls.calls.entry(source.to_ascii_lowercase()).or_default();
            calls.insert(name.to_ascii_lowercase(), rule);
        }
    }
    if row.event_only && !unknown {
        checker.problem("`event_only` is needless: all the names are operations or actions");
    }
}

/// One need of the call `event`, which `${event}` stands for in actions, templates and context values.
fn need(checker: &mut Checker<'_>, row: &NeedRow, event: &str) -> Option<NeedRule> {
    let filled = |text: &String| text.replace("${event}", event);
    let (action, facts) = checker.action(&filled(&row.action))?;
    let values = |values: &Texts| values.0.iter().map(filled).collect::<Vec<_>>();
    let context: Vec<_> = row.context.iter().map(|(key, texts)| (key.clone(), values(texts))).collect();
    for value in context.iter().flat_map(|(_, values)| values) {
        checker.good(paths::placeholders(value));
    }
    if row.optional && row.untraced {
        checker.problem(format_args!("`{action}` is either `optional` or `untraced`"));
    }
    if row.when_error.0.iter().any(|code| code.trim().is_empty()) {
        checker.problem(format_args!("an error of `{action}` has no code"));
    }
    Some(NeedRule {
        on: row.on.as_ref().and_then(|row| on(checker, row, &action, facts, event)),
        when: checker.predicates(&row.when),
        unless: checker.predicates(&row.unless),
        context,
        when_error: row.when_error.0.clone(),
        optional: row.optional,
        untraced: row.untraced,
        either: row.either,
        action,
    })
}

fn on(checker: &mut Checker<'_>, row: &OnRow, action: &ActionName, facts: &FactAction, event: &str) -> Option<On> {
    for kind in &row.types.0 {
        if !facts.resources.iter().any(|(known, _, _)| known == kind) {
            let known: Vec<_> = facts.resources.iter().map(|(known, _, _)| format!("`{known}`")).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            checker.problem(format_args!("`{action}` takes no resource of type `{kind}`; its types: {known}"));
        }
    }
    if row.except.is_some() && row.param.0.is_empty() {
        checker.problem(format_args!("`except` of `{action}` stands beside a `param`"));
    }
    match (row.param.0.as_slice(), &row.copy_source, &row.template, row.types.0.as_slice()) {
        ([], None, None, [_, ..]) => Some(On::Type(row.types.0.clone())),
        (params @ [_, ..], None, None, [] | [_]) => {
            let params = checker.params(params, Decode::Text);
            let except = row.except.as_ref().filter(|path| checker.good(paths::path(path)).is_some()).cloned();
            Some(On::Param { params, resource_type: row.types.0.first().cloned(), except })
        }
        ([], Some(path), None, []) => {
            checker.good(paths::path(path))?;
            Some(On::CopySource(path.clone()))
        }
        ([], None, Some(template), []) => {
            let template = template.replace("${event}", event);
            template_fits(checker, &template, action, facts);
            Some(On::Template(template))
        }
        _ => {
            checker.problem(format_args!(
                "`on` of `{action}` has either `type`, or `param` perhaps with one `type`, or `copy_source`, or `template`"
            ));
            None
        }
    }
}

/// A template must be able to yield an ARN of a type of the action's service, if the action takes resources at all.
fn template_fits(checker: &mut Checker<'_>, template: &str, action: &ActionName, facts: &FactAction) {
    if checker.good(paths::placeholders(template)).is_none() {
        return;
    }
    if facts.resources.is_empty() {
        checker.problem(format_args!("`{action}` takes no resources, so a template is of no use"));
    }
    let Some(service) = checker.service(action.service()) else { return };
    if template == "*" {
        return;
    }
    if !service.types.iter().any(|kind| kind.formats.iter().any(|format| paths::fits(template, format))) {
        checker.problem(format_args!("`{template}` fits no ARN format of `{}`", action.service()));
    }
}

fn pass_role(checker: &mut Checker<'_>, row: &PassRoleRow, extras: &mut Extras) {
    let rule = PassRole {
        params: {
            let params = checker.filled("param", &row.param);
            checker.params(params, Decode::Text)
        },
        kind: row.kind.into(),
        passed_to: row.passed_to.0.clone(),
        confidence: row.confidence.into(),
        when: checker.predicates(&row.when),
        unless: checker.predicates(&row.unless),
        passed_to_by: row.passed_to_by.clone(),
        evidence: checker.evidence(&row.evidence),
    };
    if let Some(path) = &rule.passed_to_by {
        checker.good(paths::path(path));
    }
    for service in rule.passed_to.iter().filter(|service| !service.contains(".amazonaws.com")) {
        checker.problem(format_args!("`{service}` in `passed_to` is no service principal"));
    }
    let operations = checker.filled("operation", &row.operation);
    for operation in checker.operations(&row.prefix, operations) {
        for param in &rule.params {
            let predicates = [row.when.0.join(" "), row.unless.0.join(" ")].join("; ");
            checker.unique("pass_role", &format!("{}:{operation} {} {predicates}", row.prefix, param.path));
        }
        let rules = extras.pass_roles.entry(row.prefix.clone()).or_default();
        rules.entry(operation.to_ascii_lowercase()).or_default().push(rule.clone());
    }
}

fn not_passed(checker: &mut Checker<'_>, row: &NotPassedRow, extras: &mut Extras) {
    let rule = NotPassed {
        operations: row.operation.0.clone(),
        params: checker.paths(&row.param.0),
        members: row.member.0.clone(),
        below: row.below.0.clone(),
        evidence: checker.evidence(&row.evidence),
    };
    if rule.operations.is_empty() && rule.params.is_empty() && rule.members.is_empty() && rule.below.is_empty() {
        checker.problem("says neither which operations nor which parameters");
    }
    for prefix in checker.filled("prefix", &row.prefix) {
        if prefix != "*" {
            let named: Vec<String> = row.operation.0.iter().filter(|name| !name.ends_with('*')).cloned().collect();
            checker.operations(prefix, &named);
        }
        extras.not_passed.entry(prefix.clone()).or_default().push(rule.clone());
    }
}

fn tag_on_create(checker: &mut Checker<'_>, row: &TagOnCreateRow, extras: &mut Extras) {
    let evidence = checker.evidence(&row.evidence);
    let params = checker.filled("param", &row.param);
    let params = checker.paths(params);
    let type_from = checker.paths(&row.type_from.0);
    let Some((action, _)) = checker.action(&row.action) else { return };
    let context_key = row.context_key.clone();
    let types = checker.types(action.service(), &row.types.0);
    let rule = TagOnCreate { params, action, context_key, type_from, types, evidence };
    let operations = checker.filled("operation", &row.operation);
    for operation in checker.operations(&row.prefix, operations) {
        for param in &rule.params {
            checker.unique("tag_on_create", &format!("{}:{operation} {param} {}", row.prefix, row.action));
        }
        let rules = extras.tag_on_create.entry(row.prefix.clone()).or_default();
        rules.entry(operation.to_ascii_lowercase()).or_default().push(rule.clone());
    }
}
