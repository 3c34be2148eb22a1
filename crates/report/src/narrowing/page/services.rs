//! What became of the grants of each service.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::fates::{FATES, fate};
use crate::narrowing::model::NarrowingReport;
use crate::page::{Block, Cell, Details, Heading, Item, Page, Prose, Table, Width};
use crate::prose;
use crate::words::counted;

type Row<'a> = [Cells<'a>; FATES.len()];

#[derive(Default)]
struct Cells<'a> {
    count: usize,
    actions: Vec<&'a str>,
}

/// They are many; who wants details sees them.
pub(super) fn services(report: &NarrowingReport, page: &mut Page) {
    let mut services: BTreeMap<&str, Row<'_>> = BTreeMap::new();
    for grant in report.all_grants() {
        if let Some(cell) = services.entry(&grant.service).or_default().get_mut(fate(grant)) {
            cell.count += grant.count;
            cell.actions.extend(grant.actions.iter().map(String::as_str));
        }
    }
    if services.is_empty() || !report.details {
        return;
    }
    let mut rows: Vec<(&str, Row<'_>)> = services.into_iter().collect();
    // The map was in the order of names, and the sort is stable.
    rows.sort_by_key(|(_, row)| {
        let of = |at: usize| row.get(at).map_or(0, |cell| cell.count);
        (Reverse(of(0)), Reverse(row.iter().map(|cell| cell.count).sum::<usize>()))
    });
    let size = format!("{}; an action counts once for each statement that allows it", counted(rows.len(), "service"));
    page.push(Heading::new("Grants by service").size(size));
    table(&rows, page);
    page.push(details(&rows));
}

fn table(rows: &[(&str, Row<'_>)], page: &mut Page) {
    let sum = |at: usize| rows.iter().filter_map(|(_, row)| row.get(at)).map(|cell| cell.count).sum::<usize>();
    let columns: Vec<(usize, &str, &str)> = FATES
        .iter()
        .enumerate()
        .map(|(at, (name, about))| (at, *name, *about))
        .filter(|(at, ..)| sum(*at) > 0)
        .collect();
    let names = columns.iter().map(|(_, name, _)| (*name, Width::Number));
    let mut table = Table::new(&std::iter::once(("service", Width::Short)).chain(names).collect::<Vec<_>>());
    for (service, row) in rows {
        let cells = columns.iter().filter_map(|(at, ..)| row.get(*at)).map(|cell| Cell::number_if_any(cell.count));
        table.row(std::iter::once(Cell::data(*service)).chain(cells));
    }
    if rows.len() > 1 {
        let sums = columns.iter().map(|(at, ..)| Cell::number(sum(*at)));
        table.row(std::iter::once(Cell::words("all")).chain(sums));
    }
    page.push(table);
    for (_, name, about) in columns.iter().filter(|(_, _, about)| !about.is_empty()) {
        page.push(Block::note(format!("{}: {about}", name.to_uppercase())));
    }
}

/// Every action by name.
fn details(rows: &[(&str, Row<'_>)]) -> Details {
    let items = rows.iter().map(|(service, row)| {
        let cells = FATES.iter().zip(row).filter(|(_, cell)| cell.count > 0);
        let lists = cells.map(|((name, _), cell)| {
            let actions = cell.actions.iter().map(|action| action.split_once(':').map_or(*action, |(_, name)| name));
            let mut actions: Vec<&str> = actions.collect();
            actions.sort_unstable();
            actions.dedup();
            Item::new(prose![*name, ": ", Prose::list(actions.into_iter().map(Prose::data))])
        });
        Item::with(Prose::data(*service), vec![Block::List(lists.collect())])
    });
    let heading = Heading::new("Actions").about("every one, by service");
    Details { heading, blocks: vec![Block::List(items.collect())] }
}
