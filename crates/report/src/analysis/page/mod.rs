//! What was found in the logs, to read. It shows the first few of each list; the JSON form has them all.

mod denied;
mod findings;
mod head;
mod names;
mod principals;
mod unmapped;

use crate::analysis::Report;
use crate::narrowing;
use crate::page::Page;
use names::Names;

/// How many rows a list has.
const ROWS: usize = 25;

impl Report {
    /// The report, to read.
    pub fn page(&self) -> Page {
        let names = Names::of(self);
        let mut page = Page::new("Analysis");
        head::head(self, &mut page);
        if let Some(all) = &self.narrowing {
            narrowing::page(all, &mut page);
        }
        principals::principals(self, &mut page);
        principals::permission_sets(self, &mut page);
        denied::denied(self, &names, &mut page);
        unmapped::unmapped(self, &mut page);
        findings::findings(self, &names, &mut page);
        head::next(self, &names, &mut page);
        page
    }
}
