//! The diff of two policies, to read.

use tighten_synthesis::{Change, Verdict};

use super::counts::LEVELS;
use super::model::DiffReport;
use super::phrase::{Phrases, Side};
use crate::format::Ink;
use crate::page::{Block, Cell, Fields, Heading, Item, Page, Prose, Table, Title, Width};
use crate::prose;

/// How many services of a change are shown.
const ROWS: usize = 25;
/// How many services are shown whose actions are kept, unless details are wanted.
const ROWS_KEPT: usize = 10;
/// How many examples of a change are shown, unless details are wanted.
const EXAMPLES: usize = 10;

impl DiffReport<'_> {
    /// The diff, to read.
    pub fn page(&self) -> Page {
        let say = Phrases { report: self };
        let ink = match self.verdict {
            Verdict::Equal | Verdict::Narrower => Ink::Good,
            Verdict::Wider | Verdict::Mixed | Verdict::Undecided => Ink::Warning,
        };
        let mut page = Page::new("Policy diff");
        let lead = Prose::from(self.verdict.as_str()).ink(ink);
        page.push(Title { lead, about: say.verdict().into() });
        let mut fields = Fields::default();
        fields.field("Old", Phrases::documents(&self.old));
        fields.field("New", Phrases::documents(&self.new));
        fields.field("New access", say.answer(self.new_access, Side::New));
        fields.field("Lost access", say.answer(self.lost_access, Side::Old));
        page.push(fields);
        for change in say.changes() {
            self.change(change, say, &mut page);
        }
        let conditions = self.conditions.iter().map(Phrases::condition);
        section("Conditions", conditions.collect(), &mut page);
        let denials = self.denials.iter().map(|denial| say.denial(denial));
        section("Denials", denials.collect(), &mut page);
        page
    }

    fn change(&self, change: Change, say: Phrases<'_>, page: &mut Page) {
        let details = self.has_details();
        page.push(Heading::new(title(change)).size(self.size(change)).about(Phrases::change(change)));
        self.table(change, if details { usize::MAX } else { shown(change) }, page);
        let parts = self.of(change).flat_map(|row| &row.parts);
        let examples: Vec<Prose> = parts.flat_map(|part| say.examples(part)).collect();
        list(examples, if details { usize::MAX } else { EXAMPLES }, page);
        if details {
            list(self.of(change).map(|row| Phrases::named(row)).collect(), usize::MAX, page);
        }
    }

    fn table(&self, change: Change, most: usize, page: &mut Page) {
        let counts = self.counts(change);
        let mut columns = vec![("service", Width::Long)];
        columns.extend(LEVELS.map(|level| (level, Width::Number)));
        let mut table = Table::new(&columns);
        for of in counts.iter().take(most) {
            let levels = of.levels.map(Cell::number_if_any);
            // Services are of letters, digits and dashes alone.
            table.row(std::iter::once(Cell::words(of.service.to_owned())).chain(levels));
        }
        page.push(table);
        page.extend(Block::rest(counts.len(), most, prose![Prose::quoted("--format json"), " counts them"]));
    }
}

fn title(change: Change) -> &'static str {
    match change {
        Change::Added => "Added",
        Change::Widened => "Widened",
        Change::Mixed => "Mixed",
        Change::Undecided => "Undecided",
        Change::Removed => "Removed",
        Change::Narrowed => "Narrowed",
        Change::Kept => "Kept",
    }
}

fn section(title: &'static str, lines: Vec<Prose>, page: &mut Page) {
    if !lines.is_empty() {
        page.push(Heading::new(title));
        list(lines, usize::MAX, page);
    }
}

/// How many services of a change are shown.
fn shown(change: Change) -> usize {
    if change == Change::Kept { ROWS_KEPT } else { ROWS }
}

fn list(lines: Vec<Prose>, most: usize, page: &mut Page) {
    if lines.is_empty() {
        return;
    }
    let all = lines.len();
    page.push(Block::List(lines.into_iter().take(most).map(Item::new).collect()));
    page.extend(Block::rest(all, most, prose![Prose::quoted("--details"), " lists them"]));
}
