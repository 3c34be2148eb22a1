//! Record by record, in the order of the input.

use tighten_mapping::Mapper;
use tighten_trail::{Event, Listing, LogObject, ObjectName, Outline, Reader, Skips};

use crate::filter::FoldOptions;
use crate::judge::{Judged, judge};
use crate::usage::Counts;

/// One record and what it says.
#[derive(Debug)]
pub struct RecordNeeds<'a> {
    /// The log object that it is in.
    pub object: &'a ObjectName,
    /// The record.
    pub event: &'a Event<'a>,
    /// What it says, by the same judgement as the fold's.
    pub judged: Judged,
}

/// The result of reading record by record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RecordsReport {
    /// How many records.
    pub counts: Counts,
    /// What was not read.
    pub skips: Skips,
}

/// Shows every record of the listing to `visit`: the objects by name, the records in their object's order. Copies of an
/// event are records too. A role that a record names by name alone keeps that name, because the record that names it
/// in full may be yet to come.
pub fn for_each_record(
    listing: &Listing,
    options: &FoldOptions,
    mapper: &Mapper,
    visit: &mut dyn FnMut(RecordNeeds<'_>),
) -> RecordsReport {
    let mut objects: Vec<&LogObject> = listing.objects.iter().collect();
    objects.sort_unstable_by_key(|object| &object.name);
    let mut reader = Reader::within(options.window);
    let mut sum = RecordsReport { skips: listing.skips.clone(), ..RecordsReport::default() };
    for object in objects {
        let mut counts = Counts::default();
        let report = reader.read(object, &options.limits, &mut |event| {
            if let Some(judged) = admitted(&event, options, mapper, &mut counts) {
                visit(RecordNeeds { object: &object.name, event: &event, judged });
            }
        });
        sum.counts += counts;
        sum.counts += Counts::of_file(&report, 0);
        sum.skips += report.skips;
    }
    sum
}

/// Judges a record, if its account, its region and its principal are asked for.
pub(crate) fn admitted(
    event: &Event<'_>,
    options: &FoldOptions,
    mapper: &Mapper,
    counts: &mut Counts,
) -> Option<Judged> {
    counts.records += 1;
    if !options.admits_place(&Outline::of(event)) {
        counts.other_places += 1;
        return None;
    }
    let judged = judge(event, mapper);
    let admits = judged.principal().map_or(options.principals.is_all(), |who| options.principals.admits(who));
    counts.other_principals += u64::from(!admits);
    admits.then_some(judged)
}
