//! `fixtures/organisation`: thirty days of a small organisation, with everything that makes real trails awkward, and
//! its truth.

mod people;
mod trail;
pub mod work;

use std::io;
use std::path::Path;

use crate::Truth;

/// The organisation's id in the paths.
pub const ORGANISATION: &str = "o-exampleorg1";

/// Writes the trail below `folder/trail` and its truth as `folder/truth.json`.
pub fn write(folder: &Path) -> io::Result<Truth> {
    let truth = trail::generate()?.write(&folder.join("trail"))?;
    let mut text = serde_json::to_string_pretty(&truth).map_err(io::Error::other)?;
    text.push('\n');
    std::fs::write(folder.join("truth.json"), text)?;
    Ok(truth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive;

    #[test]
    fn the_truth_is_what_the_naive_way_finds_in_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let truth = write(folder.path()).unwrap();
        let found = naive::summarise(&folder.path().join("trail")).unwrap();

        assert_eq!(truth.totals.files, found.files);
        assert_eq!(truth.totals.records, found.records);
        assert_eq!(truth.totals.bytes, found.bytes);
        assert_eq!(truth.totals.distinct_events, u64::try_from(found.event_ids.len()).unwrap());
        assert_eq!(truth.totals.duplicates, found.records - truth.totals.distinct_events);
        assert_eq!(truth.totals.unreadable["truncated-file"], found.broken_files);
        assert_eq!(truth.totals.unreadable["not-a-record"], found.broken_records);
        let calls: Vec<(&String, u64)> = truth.principals.iter().map(|(arn, truth)| (arn, truth.calls)).collect();
        let naive: Vec<(&String, u64)> = found.calls.iter().map(|(arn, calls)| (arn, calls.values().sum())).collect();
        assert_eq!(calls, naive);
        for (account, regions) in &truth.coverage {
            for (region, coverage) in regions {
                let times = &found.times[account][region];
                assert_eq!(times.first().unwrap(), &coverage.first);
                assert_eq!(times.last().unwrap(), &coverage.last);
                assert_eq!(u64::try_from(times.len()).unwrap(), coverage.times);
            }
        }
    }

    #[test]
    fn everything_awkward_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let truth = write(folder.path()).unwrap();
        assert!((1_800..2_400).contains(&truth.totals.records), "{}", truth.totals.records);
        assert!(truth.totals.duplicates > 30);
        assert!(truth.principals.len() >= 12);
        for why in [
            "no-permission",
            "no-evidence",
            "unknown-call",
            "unknown-source",
            "sign-in",
            "service-event",
            "console-action",
            "not-callers-copy",
            "no-principal",
        ] {
            assert!(truth.totals.without_needs.get(why).is_some_and(|&count| count > 0), "{why}");
        }
        assert!(truth.principals.values().any(|principal| !principal.denied.is_empty()));
        assert!(truth.principals.values().any(|principal| !principal.through.is_empty()));
        assert!(truth.coverage.values().flat_map(|regions| regions.values()).any(|coverage| coverage.holes.len() > 1));
        assert_eq!(truth.coverage.len(), 3);
        let names: Vec<String> =
            naive::files(&folder.path().join("trail")).unwrap().iter().map(|path| path.display().to_string()).collect();
        for kind in ["CloudTrail-Digest", "CloudTrail-Insight"] {
            assert!(names.iter().any(|name| name.contains(kind)), "{kind}");
        }
    }

    #[test]
    fn writing_twice_gives_equal_bytes() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert_eq!(write(first.path()).unwrap(), write(second.path()).unwrap());
        for file in naive::files(first.path()).unwrap() {
            let twin = second.path().join(file.strip_prefix(first.path()).unwrap());
            assert_eq!(std::fs::read(&file).unwrap(), std::fs::read(twin).unwrap(), "{}", file.display());
        }
    }
}
