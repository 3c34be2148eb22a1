//! What reading one file has come to so far.

use std::collections::BTreeSet;

use crate::list::native;
use crate::list::object::ObjectName;
use crate::list::window::Window;
use crate::reader::FileReport;
use crate::record::clock::Clock;
use crate::record::decode::Draft;
use crate::record::envelope::Search;
use crate::record::event::Event;
use crate::record::json::NotJson;
use crate::record::outline::{Again, Outline, Record, Visit};
use crate::record::skimmed::Skimmed;
use crate::shape::Shaped;
use crate::skipped::{SkipReason, Skipped};

/// Hands out the records of one file, and keeps account.
pub(crate) struct Found<'f> {
    name: &'f ObjectName,
    window: Window,
    visit: &'f mut dyn Visit,
    report: FileReport,
    /// The next record's position.
    index: u64,
    clock: Clock,
    is_log: bool,
    is_digest: bool,
    insight: LeftOut,
    aggregated: LeftOut,
    /// How many log objects are named that are somewhere else.
    named: u64,
    /// The searches that records are results of.
    searches: BTreeSet<Search>,
    /// What is wrong with the file as a whole.
    verdict: Option<SkipReason>,
}

/// Records that are no calls.
#[derive(Default)]
struct LeftOut {
    count: u64,
    first: u64,
}

impl<'f> Found<'f> {
    pub(crate) fn new(name: &'f ObjectName, window: Window, visit: &'f mut dyn Visit) -> Self {
        Self {
            name,
            window,
            visit,
            report: FileReport::default(),
            index: 0,
            clock: Clock::default(),
            is_log: false,
            is_digest: false,
            insight: LeftOut::default(),
            aggregated: LeftOut::default(),
            named: 0,
            searches: BTreeSet::new(),
            verdict: None,
        }
    }

    /// Whether something showed that the file is a log: a list of `Records`, or a record.
    pub(crate) fn is_log(&self) -> bool {
        self.is_log
    }

    pub(crate) fn mark_log(&mut self) {
        self.is_log = true;
    }

    pub(crate) fn mark_digest(&mut self) {
        self.is_digest = true;
    }

    /// How many records were seen, good ones or not, and names of log objects.
    pub(crate) fn seen(&self) -> u64 {
        self.index + self.named
    }

    /// How many good records were seen.
    pub(crate) fn taken(&self) -> u64 {
        self.report.records + self.report.outside_window
    }

    /// Records are results of a search.
    pub(crate) fn searched(&mut self, search: Search) {
        self.searches.insert(search);
    }

    /// Names of log objects that are somewhere else.
    pub(crate) fn name_objects(&mut self, count: u64) {
        self.named += count;
    }

    /// Counts what was taken from a record, where the record itself is not.
    pub(crate) fn skip_part(&mut self, advice: &'static str) {
        self.is_log = true;
        self.skip_record(SkipReason::PartOfARecord(advice.into()));
    }

    /// Says what is wrong with the file as a whole.
    pub(crate) fn condemn(&mut self, reason: SkipReason) {
        self.verdict = Some(reason);
    }

    /// Takes a decoded object. `false`: it is no record, and the caller may know what else it is.
    pub(crate) fn draft(&mut self, draft: Draft<'_>) -> bool {
        match draft.into_event() {
            Err(SkipReason::NotARecord) => return false,
            Err(reason) => {
                self.is_log = true;
                self.skip_record(reason);
            }
            // What was decoded in full is JSON.
            Ok(event) => drop(self.event(&event)),
        }
        true
    }

    fn event(&mut self, event: &Event<'_>) -> Result<(), NotJson> {
        self.record(Record::decoded(&Outline::of(event), event))
    }

    /// Whether to look for records that are alike.
    pub(crate) fn remembers(&self) -> bool {
        self.visit.remembers()
    }

    /// Whether records that differ in this request parameter alone are alike.
    pub(crate) fn is_opaque(&self, event_source: &str, parameter: &str) -> bool {
        self.visit.is_opaque(event_source, parameter)
    }

    /// Takes a record of a known shape. `false`: it has to be read in full.
    #[inline]
    pub(crate) fn shaped(&mut self, shaped: &Shaped<'_>) -> bool {
        let time = shaped.time.and_then(|time| self.clock.read(time));
        if time.is_none_or(|time| !self.window.contains(time)) && !self.window.is_all() {
            return false;
        }
        if !self.visit.again(&Again { likeness: shaped.likeness, time, id: shaped.id }) {
            return false;
        }
        self.took(time.is_some());
        true
    }

    /// Takes a record that was only stepped over. If it is refused, nothing is changed.
    #[inline]
    pub(crate) fn skimmed(&mut self, skimmed: &Skimmed<'_>, shaped: Option<&Shaped<'_>>) -> Result<(), NotJson> {
        match skimmed.outline() {
            Ok(outline) => {
                let is_alike = |shaped: &&Shaped<'_>| !shaped.is_session || outline.names_role();
                let likeness = shaped.filter(is_alike).map(|shaped| shaped.likeness);
                self.record(Record::skimmed(&outline, skimmed, likeness))
            }
            Err(_) => self.event(&skimmed.event()?),
        }
    }

    #[inline]
    fn record(&mut self, record: Record<'_>) -> Result<(), NotJson> {
        let event = record.outline();
        if event.is_s3_notification() {
            self.named += 1;
            return Ok(());
        }
        let left_out = if event.is_insight() {
            Some(&mut self.insight)
        } else if event.is_aggregated() {
            Some(&mut self.aggregated)
        } else {
            None
        };
        if let Some(left_out) = left_out {
            if left_out.count == 0 {
                left_out.first = self.index;
            }
            left_out.count += 1;
            self.index += 1;
            self.is_log = true;
            return Ok(());
        }
        match event.event_time {
            None if !self.window.is_all() => {
                self.is_log = true;
                self.skip_record(SkipReason::NoEventTime);
                return Ok(());
            }
            Some(time) if !self.window.contains(time) => {
                self.is_log = true;
                self.report.outside_window += 1;
                self.index += 1;
                return Ok(());
            }
            _ => {}
        }
        self.visit.record(record)?;
        self.took(event.event_time.is_some());
        Ok(())
    }

    /// Counts a record that was taken.
    #[inline]
    fn took(&mut self, has_time: bool) {
        self.is_log = true;
        self.report.without_time += u64::from(!has_time);
        self.report.records += 1;
        self.index += 1;
    }

    /// Counts a record that cannot be read.
    pub(crate) fn skip_record(&mut self, reason: SkipReason) {
        let skipped = Skipped { object: self.name.clone(), record: Some(self.index), reason };
        self.report.skips.push(skipped);
        self.index += 1;
    }

    /// Counts something about the file.
    pub(crate) fn skip_file(&mut self, reason: SkipReason) {
        self.report.skips.push(Skipped { object: self.name.clone(), record: None, reason });
    }

    /// The result, when nothing follows. `fault` says that what was read is not the whole file.
    pub(crate) fn finish(mut self, fault: Option<SkipReason>) -> FileReport {
        let verdict = self.verdict.take();
        if self.named > 0 {
            if self.index == 0 {
                self.report.skips = crate::skipped::Skips::default();
            }
            self.is_log = true;
            let reason = SkipReason::NamesObjects { objects: self.named };
            let first = Skipped { object: self.name.clone(), record: None, reason };
            self.report.skips.push_many(first, self.named);
        }
        if !self.is_log {
            let reason = self.why_no_log(fault.or(verdict));
            // What looked like bad records was none.
            self.report.skips = crate::skipped::Skips::default();
            self.skip_file(reason);
            return self.report;
        }
        if let Some(reason) = fault.or(verdict) {
            self.skip_file(reason);
        }
        let searches = std::mem::take(&mut self.searches);
        for search in Search::ALL.into_iter().filter(|search| searches.contains(search)) {
            self.skip_file(SkipReason::SearchResult(search.name().into()));
        }
        let has_calls = self.report.records + self.report.outside_window > 0;
        for (left_out, reason) in [(&self.insight, SkipReason::Insight), (&self.aggregated, SkipReason::Aggregated)] {
            if left_out.count == 0 {
                continue;
            }
            // A file of nothing else is left out as a whole, like one that is named so.
            let (record, count) = if has_calls { (Some(left_out.first), left_out.count) } else { (None, 1) };
            self.report.skips.push_many(Skipped { object: self.name.clone(), record, reason }, count);
        }
        self.report
    }

    fn why_no_log(&self, wrong: Option<SkipReason>) -> SkipReason {
        let invalid =
            || self.report.skips.examples().map(|skipped| &skipped.reason).find(|reason| is_about_content(reason));
        let reason = match wrong {
            Some(reason) => reason,
            None if self.is_digest => SkipReason::Digest,
            None => invalid().cloned().unwrap_or(SkipReason::NotALog),
        };
        // A file that does not even claim to be a log is none, rather than a bad one.
        if is_about_content(&reason) && !native::is_log_name(self.name.as_str()) { SkipReason::NotALog } else { reason }
    }
}

fn is_about_content(reason: &SkipReason) -> bool {
    matches!(reason, SkipReason::InvalidJson(_) | SkipReason::NotText(_) | SkipReason::Empty)
}
