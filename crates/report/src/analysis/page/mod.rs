//! What was found in the logs, to read. It shows the first few of each list; the JSON form has them all.

mod denied;
mod findings;
mod head;
mod names;
mod principals;
mod unmapped;

use crate::analysis::Report;
use crate::backtest::{self, BacktestReport};
use crate::narrowing;
use crate::page::{Fields, Heading, Page};
use names::Names;

/// How many rows a list has.
const ROWS: usize = 25;

impl Report {
    /// The report, to read.
    pub fn page(&self) -> Page {
        let names = Names::of(self);
        let mut page = Page::new("Analysis");
        head::head(self, &mut page);
        let narrowing = self.narrowing.as_ref();
        if let Some(all) = narrowing {
            narrowing::page((all, self.backtest.as_ref()), &mut page);
        }
        principals::principals(self, &mut page);
        principals::permission_sets(self, &mut page);
        if let (None, Some(made @ BacktestReport::Made { .. })) = (narrowing, &self.backtest) {
            page.push(Heading::new("Proof").about("policies of earlier dates, held against the calls after them"));
            page.push(Fields { rows: backtest::page(made, false), ..Fields::default() });
        }
        denied::denied(self, &names, &mut page);
        unmapped::unmapped(self, &mut page);
        findings::findings(self, &names, &mut page);
        head::next(self, &names, &mut page);
        page
    }
}
