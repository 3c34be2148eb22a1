//! What would make more visible.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use tighten_synthesis::Remedy;

use crate::narrowing::model::NarrowingReport;
use crate::page::{Block, Heading, Item, Page, Prose};
use crate::prose;
use crate::words::counted;

/// How many remedies are told, unless details are wanted.
const TOLD: usize = 3;
/// How many services are named with each.
const SERVICES: usize = 6;

/// What something would make visible.
#[derive(Default)]
struct Behind<'a> {
    grants: usize,
    services: BTreeSet<&'a str>,
    inferred: bool,
}

/// What would help: an element of selectors, to be copied, or something else.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Help {
    Other(String),
    Selector(String),
}

pub(super) fn gaps(report: &NarrowingReport, page: &mut Page) {
    let (mut remedies, without) = remedies(report);
    if remedies.is_empty() && without.grants == 0 {
        return;
    }
    // The map was in order, and the sort is stable.
    remedies.sort_by_key(|(_, behind)| Reverse(behind.grants));
    let heading = Heading::new("What would make more visible");
    page.push(heading.about("grants whose use may have gone unrecorded"));
    let most = if report.details { usize::MAX } else { TOLD };
    let told = remedies.iter().take(most);
    let items = told.clone().map(|(help, behind)| Item::with(behind.told(), vec![help.block()]));
    page.push(Block::List(items.collect()));
    page.extend(Block::rest(remedies.len(), most, prose![Prose::quoted("--details"), " lists them"]));
    if without.grants > 0 {
        let nothing = Item::new("nothing: no event is known that would show their use");
        page.push(Block::List(vec![Item::with(without.told(), vec![Block::List(vec![nothing])])]));
    }
    if told.clone().any(|(help, _)| matches!(help, Help::Selector(_))) {
        page.push(Block::note("{…}: an element of AdvancedEventSelectors, to be added to those of the trail"));
    }
    if remedies.iter().any(|(_, behind)| behind.inferred) {
        let file = Prose::quoted("--event-selectors FILE");
        page.push(Block::note(prose!["what the trail records was concluded from the records; ", file, " tells it"]));
    }
}

/// What would help, with what stands behind it, and that for which nothing would.
fn remedies(report: &NarrowingReport) -> (Vec<(Help, Behind<'_>)>, Behind<'_>) {
    let mut remedies: BTreeMap<Help, Behind<'_>> = BTreeMap::new();
    let mut without = Behind::default();
    for grant in report.all_grants() {
        // What went stays gone, whatever becomes visible.
        if grant.verdict != "not-observable" || !grant.kept {
            continue;
        }
        let help: BTreeSet<Help> = report.gaps_of(grant).filter_map(|gap| gap.remedy.as_ref()).map(Help::of).collect();
        let inferred = report.gaps_of(grant).any(|gap| gap.inferred);
        if help.is_empty() {
            without.see(&grant.service, grant.count, inferred);
        }
        for help in help {
            remedies.entry(help).or_default().see(&grant.service, grant.count, inferred);
        }
    }
    (remedies.into_iter().collect(), without)
}

impl Help {
    fn of(remedy: &Remedy) -> Self {
        match remedy {
            Remedy::Selector { selector } => Self::Selector(selector.to_string()),
            Remedy::Region { region } => Self::Other(format!("logs of the region {region}")),
            Remedy::AllRegions => Self::Other("logs of all regions: leave `--region` out".to_owned()),
            Remedy::Account { account } => Self::Other(format!("logs of the account {account}")),
        }
    }

    fn block(&self) -> Block {
        match self {
            Self::Selector(selector) => Block::Code(selector.clone()),
            Self::Other(text) => Block::List(vec![Item::new(text.clone())]),
        }
    }
}

impl<'a> Behind<'a> {
    fn see(&mut self, service: &'a str, grants: usize, inferred: bool) {
        self.grants += grants;
        self.services.insert(service);
        self.inferred |= inferred;
    }

    fn told(&self) -> Prose {
        let services = Prose::some(self.services.iter().copied(), SERVICES);
        prose![format!("{} of ", counted(self.grants, "grant")), services, ":"]
    }
}
