//! What made a document, and for which time.

use jiff::Timestamp;
use serde::Serialize;
use tighten_catalog::Catalog;

/// What made the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tool {
    /// `tighten`.
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
    /// What its catalog was made from.
    pub catalog: Vec<CatalogSource>,
}

/// One source of the catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CatalogSource {
    /// The package.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A span of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// The first moment.
    pub since: Option<Timestamp>,
    /// The last moment.
    pub until: Option<Timestamp>,
}

impl Tool {
    /// This program, with the catalog that it used.
    pub(crate) fn new(version: &'static str, catalog: &Catalog) -> Self {
        let sources = catalog.info().sources.iter();
        let catalog =
            sources.map(|source| CatalogSource { name: source.name.clone(), version: source.version.clone() });
        Self { name: "tighten", version, catalog: catalog.collect() }
    }
}
