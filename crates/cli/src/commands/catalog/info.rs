//! What the catalog was made from.

use tighten_catalog::Catalog;

use super::sheet::Sheet;

pub(super) fn show(catalog: &Catalog, sheet: &mut Sheet) {
    let info = catalog.info();
    sheet.heading("Catalog", &format!("of tighten {}", env!("CARGO_PKG_VERSION")));
    for (label, count) in [
        ("services", info.services),
        ("actions", info.actions),
        ("types", info.resource_types),
        ("operations", info.operations),
        ("rules", catalog.rules().calls().count()),
    ] {
        sheet.field(label, count.to_string());
    }
    for source in &info.sources {
        sheet.field("made from", format!("{} {}: {}", source.name, source.version, source.what));
    }
}
