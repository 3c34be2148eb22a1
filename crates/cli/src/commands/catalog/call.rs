//! One API call: the rule that speaks of it, and what it needs.

use anyhow::Result;
use tighten_catalog::{Catalog, Confidence, NeedRule, On, Predicate, Rules, Service};

use super::sheet::Sheet;
use super::{action, unknown};

pub(super) fn show(catalog: &'static Catalog, source: &str, name: &str, sheet: &mut Sheet) -> Result<()> {
    let rules = catalog.rules();
    let source = event_source(catalog, source);
    if let Some(why) = rules.source_without_permissions(&source) {
        sheet.heading(&source, &format!("no call of this source needs an IAM permission: {why}"));
        return Ok(());
    }
    let Some(service) = rules.prefix(&source).and_then(|prefix| catalog.service(prefix)) else {
        return Err(unknown(
            &format!("no service is known for the event source `{source}`"),
            &source,
            catalog.prefixes(),
        ));
    };
    let undated = rules.undated(&source, name);
    let known = |name: &str| rules.call(&source, name).is_some() || same_name(rules, catalog, &source, name).is_some();
    let name = if known(name) { name } else { undated.unwrap_or(name) };
    let before = sheet.len();
    if let Some(rule) = rules.call(&source, name) {
        sheet.heading(&rule.id, "by a rule");
        if let Some(none) = &rule.none {
            sheet.field("needs", format!("nothing: {none}"));
        }
        for need in &rule.needs {
            sheet.field("needs", describe(need));
        }
        sheet.field("evidence", &rule.evidence);
    } else if let Some(operation) = service.operations_named(name).find(|operation| operation.http.is_some()) {
        let (verb, path) = operation.http.unwrap_or_default();
        sheet.heading(&format!("{source}/{}", operation.name), "by its HTTP verb and path");
        sheet.field("needs", format!("{}:{verb} on {path}", service.prefix));
    } else if let Some((service, found)) = same_name(rules, catalog, &source, name) {
        sheet.heading(&format!("{source}/{}", found.name), "by the action of the same name");
        sheet.field("needs", format!("{}:{}", service.prefix, found.name));
    }
    if sheet.len() == before {
        let operations = service.operations.iter().map(|operation| operation.name);
        let names = operations.chain(service.actions.iter().map(|action| action.name));
        return Err(unknown(&format!("no API call `{source}/{name}` is known"), name, names));
    }
    additions(rules, service, name, sheet);
    if let Some(found) = service.action(name)
        && let Ok(found) = tighten_iam::ActionName::new(service.prefix, found.name)
    {
        sheet.field("recorded", action::visibility(&rules.visibility(&found)));
    }
    Ok(())
}

/// `s3` stands for `s3.amazonaws.com`, and a prefix whose source is called otherwise for that source.
fn event_source(catalog: &Catalog, source: &str) -> String {
    if source.contains('.') {
        return source.to_ascii_lowercase();
    }
    let usual = format!("{}.amazonaws.com", source.to_ascii_lowercase());
    if catalog.rules().prefix(&usual).is_some() {
        return usual;
    }
    let of_prefix = |id: &str| {
        let ruled = id.split('/').next().unwrap_or_default().to_owned();
        (catalog.rules().prefix(&ruled)?.eq_ignore_ascii_case(source)).then_some(ruled)
    };
    catalog.rules().calls().find_map(|rule| of_prefix(&rule.id)).unwrap_or(usual)
}

fn same_name<'c>(
    rules: &'c Rules,
    catalog: &'c Catalog,
    source: &str,
    name: &str,
) -> Option<(&'c Service, &'c tighten_catalog::Action)> {
    let also = rules.also(source).iter().map(String::as_str);
    rules.prefix(source).into_iter().chain(also).find_map(|prefix| {
        let service = catalog.service(prefix)?;
        Some((service, service.action(name)?))
    })
}

fn additions(rules: &Rules, service: &Service, name: &str, sheet: &mut Sheet) {
    for pass in rules.pass_roles(service.prefix, name) {
        let params: Vec<&str> = pass.params.iter().map(|param| param.path.as_str()).collect();
        let sure = match pass.confidence {
            Confidence::High => "",
            Confidence::Low => " (suspected: reported, not granted)",
        };
        let text =
            format!("iam:PassRole on the role in {} to {}{sure}", params.join(" or "), pass.passed_to.join(" or "));
        sheet.field("passes", text + &conditions(&pass.when, &pass.unless));
    }
    for tag in rules.tag_on_create(service.prefix, name) {
        sheet.field("tags", format!("{} when {} is given", tag.action, tag.params.join(" or ")));
    }
}

fn describe(need: &NeedRule) -> String {
    let on = match &need.on {
        None => String::new(),
        Some(On::Type(types)) => format!(" on {}", types.join(" or ")),
        Some(On::Param { params, resource_type, .. }) => {
            let params: Vec<&str> = params.iter().map(|param| param.path.as_str()).collect();
            let kind = resource_type.as_deref().unwrap_or("resource");
            format!(" on the {kind} in {}", params.join(" or "))
        }
        Some(On::CopySource(path)) => format!(" on the object that {path} names"),
        Some(On::Template(template)) => format!(" on {template}"),
    };
    let context = need.context.iter().map(|(key, values)| format!(", with {key} = {}", values.join(" or ")));
    let errors = match need.when_error.as_slice() {
        [] => String::new(),
        codes => format!(" when it ends in {}", codes.join(" or ")),
    };
    let note = match (need.optional, need.untraced, need.either) {
        (true, ..) => " (only in cases that the log does not show: never granted)",
        (_, true, _) => " (perhaps, which the log does not show: never granted, and not called unused)",
        (.., true) => " (one of these is checked, it is not documented which)",
        _ => "",
    };
    let conditions = conditions(&need.when, &need.unless);
    format!("{}{on}{conditions}{errors}{}{note}", need.action, context.collect::<String>())
}

fn conditions(when: &[Predicate], unless: &[Predicate]) -> String {
    let list = |predicates: &[Predicate]| predicates.iter().map(predicate).collect::<Vec<_>>().join(" or ");
    let mut text = String::new();
    for (word, predicates) in [("when", when), ("unless", unless)] {
        if !predicates.is_empty() {
            text = format!("{text}, {word} {}", list(predicates));
        }
    }
    text
}

fn predicate(predicate: &Predicate) -> String {
    match predicate {
        Predicate::Present { path } => format!("{path} is given"),
        Predicate::PresentPrefix { prefix } => format!("{prefix}* is given"),
        Predicate::Equals { path, value } => format!("{path} is {value}"),
        Predicate::StartsWith { path, text } => format!("{path} starts with {text}"),
        Predicate::Query { path, sub } => format!("{path} has ?{sub}"),
    }
}
