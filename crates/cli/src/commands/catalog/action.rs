//! One action.

use tighten_catalog::{Action, Catalog, InferredFrom, Service, Visibility};
use tighten_iam::ActionName;

use super::sheet::Sheet;

pub(super) fn show(catalog: &Catalog, service: &Service, action: &Action, sheet: &mut Sheet) {
    let levels: Vec<&str> = action.access_levels.iter().map(|level| level.as_str()).collect();
    sheet.heading(&format!("{}:{}", service.prefix, action.name), &levels.join(", "));
    if action.withdrawn {
        sheet.field("note", "no longer documented by AWS; old policies and logs may still name it");
    }
    if action.permission_only {
        sheet.field("note", "has no API operation of its own: it is checked while another one runs");
    }
    if !action.supports_resources() {
        sheet.field("resources", "none: only `*` has an effect");
    }
    for resource in &action.resources {
        let formats = service.resource_type(resource.resource_type).map(|kind| kind.formats.join(" or "));
        let required = if resource.required { " (required)" } else { "" };
        sheet.field("resources", format!("{}{required}: {}", resource.resource_type, formats.unwrap_or_default()));
    }
    let mut keys = action.condition_keys.clone();
    keys.extend(action.resources.iter().flat_map(|resource| &resource.condition_keys));
    keys.sort_unstable();
    keys.dedup();
    sheet.names("conditions", keys);
    sheet.names("also needs", action.dependents.iter().map(ToString::to_string));
    let Ok(name) = ActionName::new(service.prefix, action.name) else { return };
    sheet.field("recorded", visibility(&catalog.rules().visibility(&name)));
    let rules = catalog
        .rules()
        .calls()
        .filter(|rule| rule.needs.iter().any(|need| need.is_shown_by_call() && need.action == name));
    sheet.names("needed by", rules.map(|rule| &rule.id));
    if service.operation(action.name).is_some() {
        sheet.field("API call", format!("{} {}", service.prefix, action.name));
    }
}

pub(super) fn visibility(visibility: &Visibility) -> String {
    match visibility {
        Visibility::Management => "as a management event, which every trail has unless told otherwise".to_owned(),
        Visibility::Data { resource_types } => {
            format!("as a data event, only by trails that select {}", resource_types.join(" or "))
        }
        Visibility::Either { resource_types } => format!(
            "as a management event, or as a data event by trails that select {}: AWS does not say which",
            resource_types.join(" or ")
        ),
        Visibility::Unknown => "nobody says by what: that it is not seen means nothing".to_owned(),
        Visibility::NoKnownCall => "by no call that is known: that it is not seen means nothing".to_owned(),
        Visibility::NotChecked { why } => format!("never, and no call asks for it: {why}"),
        Visibility::Never { why, inferred_from } => {
            let inferred = match inferred_from {
                Some(InferredFrom::PassRole) => "; known from roles in the parameters of other calls",
                Some(InferredFrom::TagOnCreate) => "; known from tags in the parameters of other calls",
                Some(InferredFrom::Rule) => "; known from other calls",
                Some(InferredFrom::Calls) => "; not used where none of them was made",
                None => "",
            };
            format!("never under a name of its own: {why}{inferred}")
        }
    }
}
