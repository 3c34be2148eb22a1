//! What would make more visible.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use tighten_synthesis::Remedy;

use crate::escape::terminal;
use crate::model::NarrowingReport;
use crate::style::{Ink, Style};
use crate::text::heading;
use crate::text::words::{count, counted, some, wrap};

/// How many remedies are told.
const TOLD: usize = 10;
/// How many services are named with each.
const SERVICES: usize = 6;

/// What something would make visible.
#[derive(Default)]
struct Behind<'a> {
    grants: usize,
    services: BTreeSet<&'a str>,
    inferred: bool,
}

pub(super) fn write(report: &NarrowingReport, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut remedies: BTreeMap<String, Behind<'_>> = BTreeMap::new();
    let mut without = Behind::default();
    let statements = report.policies.iter().flat_map(|policy| &policy.statements);
    for grant in statements.flat_map(|statement| &statement.grants) {
        // What went stays gone, whatever becomes visible.
        if grant.verdict != "not-observable" || !grant.kept {
            continue;
        }
        let texts: BTreeSet<String> = grant.gaps.iter().filter_map(|gap| gap.remedy.as_ref()).map(text).collect();
        let inferred = grant.gaps.iter().any(|gap| gap.inferred);
        if texts.is_empty() {
            without.see(&grant.service, grant.count, inferred);
        }
        for text in texts {
            remedies.entry(text).or_default().see(&grant.service, grant.count, inferred);
        }
    }
    if remedies.is_empty() && without.grants == 0 {
        return Ok(());
    }
    heading("What would make more visible", "grants whose use may have gone unrecorded", style, out)?;
    let inferred = remedies.values().any(|behind| behind.inferred);
    let mut remedies: Vec<(String, Behind<'_>)> = remedies.into_iter().collect();
    // The map was in order, and the sort is stable.
    remedies.sort_by_key(|(_, behind)| Reverse(behind.grants));
    let width = style.width.map_or(usize::MAX, |width| width.saturating_sub(4).max(40));
    for (remedy, behind) in remedies.iter().take(TOLD) {
        writeln!(out, "  {}", behind.told())?;
        // A selector is there to be copied, and broken lines are not.
        if remedy.starts_with('{') {
            writeln!(out, "    {remedy}")?;
        } else {
            wrap(remedy, width).iter().try_for_each(|line| writeln!(out, "    {line}"))?;
        }
    }
    if let Some(rest @ 1..) = remedies.len().checked_sub(TOLD) {
        let text = format!("  … and {} more; `--format json` lists them", count(rest as u64));
        writeln!(out, "{}", style.paint(Ink::Faint, text))?;
    }
    if without.grants > 0 {
        writeln!(out, "  {}", without.told())?;
        writeln!(out, "    nothing: no event is known that would show their use")?;
    }
    let is_selector = |(remedy, _): &(String, Behind<'_>)| remedy.starts_with('{');
    if remedies.iter().take(TOLD).any(is_selector) {
        let hint = "  {…}: an element of AdvancedEventSelectors, to be added to those of the trail";
        writeln!(out, "{}", style.paint(Ink::Faint, hint))?;
    }
    if inferred {
        let hint = "  what the trail records was concluded from the records; `--event-selectors FILE` tells it";
        writeln!(out, "{}", style.paint(Ink::Faint, hint))?;
    }
    Ok(())
}

fn text(remedy: &Remedy) -> String {
    match remedy {
        Remedy::Selector { selector } => terminal(&selector.to_string()).into_owned(),
        Remedy::Region { region } => format!("logs of the region {}", terminal(region)),
        Remedy::AllRegions => "logs of all regions: leave `--region` out".to_owned(),
        Remedy::Account { account } => format!("logs of the account {}", terminal(account)),
    }
}

impl<'a> Behind<'a> {
    fn see(&mut self, service: &'a str, grants: usize, inferred: bool) {
        self.grants += grants;
        self.services.insert(service);
        self.inferred |= inferred;
    }

    fn told(&self) -> String {
        let services: Vec<_> = self.services.iter().map(|service| terminal(service)).collect();
        format!("{} of {}:", counted(self.grants as u64, "grant"), some(&services, SERVICES))
    }
}
