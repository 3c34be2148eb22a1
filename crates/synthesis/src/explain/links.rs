//! How calls lead to an action.

use tighten_catalog::Catalog;
use tighten_iam::ActionName;

use super::model::{Link, LinkKind};

pub(super) fn links(catalog: &'static Catalog, action: &ActionName, calls: &[String]) -> Vec<Link> {
    calls.iter().map(|call| link(catalog, action, call)).collect()
}

fn link(catalog: &'static Catalog, action: &ActionName, call: &str) -> Link {
    let (source, name) = call.split_once('/').unwrap_or((call, ""));
    let rules = catalog.rules();
    let spellings = [Some(name), rules.undated(source, name)];
    let found = spellings.into_iter().flatten().find_map(|name| by_name(catalog, action, source, name));
    let (by, evidence) = found.unwrap_or((LinkKind::Other, None));
    Link { call: call.to_owned(), by, evidence }
}

fn by_name(
    catalog: &'static Catalog,
    action: &ActionName,
    source: &str,
    name: &str,
) -> Option<(LinkKind, Option<String>)> {
    let rules = catalog.rules();
    let of_call = rules.call(source, name);
    if let Some(rule) = of_call.filter(|rule| rule.needs.iter().any(|need| need.action == *action)) {
        return Some((LinkKind::Rule, Some(rule.evidence.clone())));
    }
    let also = rules.also(source).iter().map(String::as_str);
    let prefixes: Vec<&str> = rules.prefix(source).into_iter().chain(also).collect();
    let is_pass_role = action.as_str().eq_ignore_ascii_case("iam:PassRole");
    for prefix in prefixes {
        if let Some(pass) = rules.pass_roles(prefix, name).first().filter(|_| is_pass_role) {
            return Some((LinkKind::PassRole, Some(pass.evidence.clone())));
        }
        if let Some(tag) = rules.tag_on_create(prefix, name).iter().find(|tag| tag.action == *action) {
            return Some((LinkKind::TagOnCreate, Some(tag.evidence.clone())));
        }
        let is_own = prefix.eq_ignore_ascii_case(action.service()) && of_call.is_none();
        if is_own && name.eq_ignore_ascii_case(action.name()) {
            return Some((LinkKind::SameName, None));
        }
        let mut operations = catalog.service(prefix).into_iter().flat_map(|service| service.operations_named(name));
        let verb = |(verb, _): (&str, &str)| verb.eq_ignore_ascii_case(action.name());
        if is_own && operations.any(|operation| operation.http.is_some_and(verb)) {
            return Some((LinkKind::Verb, None));
        }
    }
    None
}
