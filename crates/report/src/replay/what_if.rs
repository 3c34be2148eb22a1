//! What an organisation's policies or a boundary would have done, to read.

use super::model::{JudgedCalls, ReplayReport, ReplayedPrincipal, WithheldBy};
use super::page::ROWS;
use crate::format::Ink;
use crate::page::{Block, Cell, Heading, Page, Prose, Table, Width};
use crate::prose;
use crate::words::{count, counted};

/// Whether some call of the principal would not surely have been let through.
pub(super) fn is_touched(principal: &ReplayedPrincipal) -> bool {
    principal.calls.denied + open(principal.calls) > 0
}

/// Calls that the records do not decide.
fn open(calls: JudgedCalls) -> u64 {
    calls.depends + calls.partly
}

/// Who would have lost what, in sum.
pub(super) fn lead(report: &ReplayReport, page: &mut Page) {
    let sum = |of: fn(JudgedCalls) -> u64| report.principals.iter().map(|one| of(one.calls)).sum::<u64>();
    let losers = report.principals.iter().filter(|one| one.calls.denied > 0).count();
    let (denied, not_sure) = (sum(|calls| calls.denied), sum(open));
    let calls = counted(sum(|calls| calls.known), "call");
    let of = counted(report.principals.len(), "principal");
    let mut text = match denied {
        0 => format!("in force, these would have denied none of {calls} of {of}"),
        _ => format!("in force, these would have denied {} of {calls}, of {} of {of}", count(denied), count(losers)),
    };
    if not_sure > 0 {
        text = format!("{text}; of {} it is not sure", count(not_sure));
    }
    let ink = match (denied, not_sure) {
        (0, 0) => Ink::Good,
        (0, _) => Ink::Warning,
        _ => Ink::Error,
    };
    page.push(Block::Note(Prose::from(text).ink(ink)));
    if !report.policies.iter().any(|policy| policy.kind == "identity") {
        page.push(Block::note("the policies of the principals are taken to have allowed what they let through"));
    }
    let controls = report.policies.iter().any(|policy| policy.kind.ends_with("-control"));
    match &report.management_account {
        Some(account) => page.push(Block::Note(prose![
            "neither service nor resource control policies bind the management account ",
            Prose::data(account.as_str())
        ])),
        None if controls => page.push(Block::note(
            "control policies do not bind the management account; `--management-account` leaves it out",
        )),
        None => {}
    }
    table(report, page);
}

fn table(report: &ReplayReport, page: &mut Page) {
    let touched: Vec<&ReplayedPrincipal> = report.principals.iter().filter(|one| is_touched(one)).collect();
    if touched.len() > 1 {
        page.push(Heading::new("Who would have lost calls").about("most first"));
        let mut table = Table::new(&[
            ("denied", Width::Number),
            ("not sure", Width::Number),
            ("calls", Width::Number),
            ("principal", Width::Long),
        ]);
        for one in touched.iter().take(ROWS) {
            table.row([
                Cell::number(one.calls.denied),
                Cell::number(open(one.calls)),
                Cell::number(one.calls.known),
                Cell::data(one.principal.as_str()),
            ]);
        }
        page.push(table);
        page.extend(Block::rest_in_json(touched.len(), ROWS));
    }
    let untouched = report.principals.len() - touched.len();
    if untouched > 0 && !touched.is_empty() {
        page.push(Block::note(format!("{} would have lost nothing", counted(untouched, "principal"))));
    }
}

/// Which documents do not allow it.
pub(super) fn withheld(by: &WithheldBy) -> Prose {
    let files = by.files.iter().map(|file| Prose::data(file.as_str()));
    prose!["nothing in ", Prose::joined(files, " or "), " allows it"]
}
