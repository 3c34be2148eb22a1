//! Counts and skips.

use tighten_trail::{Skips, Weight};
use tighten_usage::{Counts, Usage};

use crate::model::{Input, Pruned, SkipExample, SkipReport};

pub(crate) fn input(usage: &Usage, pruned: Pruned) -> Input {
    let Counts {
        files,
        bytes_compressed,
        bytes_json,
        records,
        other_places,
        events,
        duplicates,
        late,
        other_principals: _,
        outside_window,
        without_time,
        damaged_files: _,
        damaged_bytes: _,
        lost_records: _,
    } = usage.counts;
    Input {
        files,
        bytes: bytes_compressed,
        bytes_json,
        records,
        events,
        duplicates,
        filtered_out: other_places,
        outside_window,
        without_time,
        late,
        pruned,
        skipped: skips(&usage.skips, |weight| weight == Weight::Lost),
        left_out: skips(&usage.skips, |weight| weight != Weight::Lost),
    }
}

fn skips(skips: &Skips, wanted: impl Fn(Weight) -> bool) -> Vec<SkipReport> {
    let mut reports: Vec<SkipReport> = skips
        .groups()
        .filter(|(_, group)| wanted(group.weight))
        .map(|(reason, group)| SkipReport {
            reason,
            count: group.count,
            examples: group
                .examples
                .iter()
                .map(|example| SkipExample {
                    file: example.object.to_string(),
                    record: example.record,
                    message: example.reason.to_string(),
                })
                .collect(),
        })
        .collect();
    reports.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.reason.cmp(other.reason)));
    reports
}
