//! The output of `aws iam get-account-authorization-details`.

mod assemble;
mod pages;
#[cfg(test)]
mod tests;
mod value;

use std::path::Path;

use crate::error::InventoryError;
use crate::inventory::Inventory;

/// Reads text that comes from the file.
pub(crate) fn inventory(text: &str, path: &Path) -> Result<Inventory, InventoryError> {
    assemble::assemble(pages::parse(text, path)?, path)
}
