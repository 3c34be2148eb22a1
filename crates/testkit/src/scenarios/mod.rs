//! Four deployments and workers, each as a trail whose expected results are written by hand beside it.

mod ci_pass_role;
mod data_plane_worker;
mod jets_deploy;
mod sst_deploy;

use std::io;
use std::path::Path;

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use crate::{Call, Rng, TrailFile, TrailWriter};

/// One scenario: a folder of `fixtures/` with `trail/` and `expected.json`.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// The folder's name.
    pub name: &'static str,
    /// When the first call is made.
    start: &'static str,
    calls: fn() -> Vec<Call>,
}

/// Every scenario.
pub const ALL: [Scenario; 4] = [
    Scenario { name: "sst-deploy", start: "2026-05-11T08:00:00Z", calls: sst_deploy::calls },
    Scenario { name: "jets-deploy", start: "2026-05-12T09:30:00Z", calls: jets_deploy::calls },
    Scenario { name: "ci-pass-role", start: "2026-05-13T10:15:00Z", calls: ci_pass_role::calls },
    Scenario { name: "data-plane-worker", start: "2026-05-14T11:45:00Z", calls: data_plane_worker::calls },
];

impl Scenario {
    /// The calls, in order.
    pub fn calls(&self) -> Vec<Call> {
        (self.calls)()
    }

    /// Writes the trail below `folder`: one file per recording region and a quarter of an hour.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let mut rng = Rng::labelled(1, self.name);
        let mut time: Timestamp = self.start.parse().map_err(io::Error::other)?;
        let mut files: Vec<(i64, TrailFile)> = Vec::new();
        for call in self.calls() {
            let step = i64::try_from(1 + rng.below(40)).unwrap_or(1);
            time = time.checked_add(step.seconds()).map_err(io::Error::other)?;
            let quarter = time.as_second().div_euclid(900) + 1;
            let record = call.event.clone().seed(rng.next_u64()).time(&time.to_string()).build();
            let (account, region) = (call.event.recorded_in(), call.event.recorded_at());
            let same = |(known, file): &&mut (i64, TrailFile)| {
                *known == quarter && file.account == account && file.region == region
            };
            if let Some((_, file)) = files.iter_mut().find(same) {
                file.records.push(record);
            } else {
                let delivered = Timestamp::from_second(quarter * 900).map_err(io::Error::other)?;
                files.push((
                    quarter,
                    TrailFile {
                        account: account.to_owned(),
                        region: region.to_owned(),
                        delivered: delivered.strftime("%Y%m%dT%H%MZ").to_string(),
                        records: vec![record],
                    },
                ));
            }
        }
        let writer = TrailWriter::new(folder);
        files.iter().try_for_each(|(_, file)| writer.write(file).map(drop))
    }
}

/// A trust policy as a caller writes it into `CreateRole`.
fn trust(service: &str) -> Value {
    json!(
        json!({
            "Version": "2012-10-17",
            "Statement": [{ "Effect": "Allow", "Principal": { "Service": service }, "Action": "sts:AssumeRole" }],
        })
        .to_string()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expected::Expected;

    #[test]
    fn the_hand_written_expectations_are_what_the_calls_say_of_themselves() {
        for scenario in ALL {
            let file = crate::fixtures().join(scenario.name).join("expected.json");
            let written = Expected::load(&file).unwrap().sorted();
            let said = Expected::of(&scenario.calls());
            for (arn, said) in &said.principals {
                let written =
                    written.principals.get(arn).unwrap_or_else(|| panic!("{}: {arn} is missing", scenario.name));
                for (kind, said, written) in
                    [("needs", &said.needs, &written.needs), ("denied", &said.denied, &written.denied)]
                {
                    for need in said {
                        assert!(written.contains(need), "{}: {kind}: not written: {need:?}", scenario.name);
                    }
                    for need in written {
                        assert!(said.contains(need), "{}: {kind}: no call for: {need:?}", scenario.name);
                    }
                }
            }
            assert_eq!(written, said, "{}", scenario.name);
        }
    }

    #[test]
    fn writing_twice_gives_equal_bytes() {
        for scenario in ALL {
            let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
            scenario.write(first.path()).unwrap();
            scenario.write(second.path()).unwrap();
            let files = crate::naive::files(first.path()).unwrap();
            assert!(!files.is_empty());
            for file in &files {
                let twin = second.path().join(file.strip_prefix(first.path()).unwrap());
                assert_eq!(std::fs::read(file).unwrap(), std::fs::read(twin).unwrap(), "{}", file.display());
            }
            let records = crate::naive::summarise(first.path()).unwrap().records;
            assert_eq!(records, u64::try_from(scenario.calls().len()).unwrap());
        }
    }
}
