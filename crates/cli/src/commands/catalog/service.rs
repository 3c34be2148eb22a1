//! A service, and lists of actions.

use tighten_catalog::{AccessLevel, Action, Catalog, Service};

use super::sheet::Sheet;

pub(super) fn show(catalog: &Catalog, service: &Service, sheet: &mut Sheet) {
    let counts = format!(
        "{} actions, {} resource types, {} API operations",
        service.actions.len(),
        service.resource_types.len(),
        service.operations.len()
    );
    sheet.heading(service.prefix, &counts);
    for level in AccessLevel::ALL {
        let of_level = service.actions.iter().filter(|action| action.access_level() == level && !action.withdrawn);
        sheet.names(level.as_str(), of_level.map(|action| action.name));
    }
    sheet.names("withdrawn", service.actions.iter().filter(|action| action.withdrawn).map(|action| action.name));
    for kind in &service.resource_types {
        sheet.field("resources", format!("{}: {}", kind.name, kind.formats.join(" or ")));
    }
    let ruled = catalog.rules().calls().filter(|rule| {
        let source = rule.id.split('/').next().unwrap_or_default();
        catalog.rules().prefix(source) == Some(service.prefix)
    });
    sheet.names("ruled calls", ruled.map(|rule| rule.id.split('/').next_back().unwrap_or_default()));
}

pub(super) fn list_actions(service: &Service, actions: &[&Action], sheet: &mut Sheet) {
    sheet.heading(service.prefix, &format!("{} actions match", actions.len()));
    for level in AccessLevel::ALL {
        let of_level = actions.iter().filter(|action| action.access_level() == level);
        sheet.names(level.as_str(), of_level.map(|action| action.name));
    }
}
