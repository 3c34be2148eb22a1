//! `fixtures/envelopes`: the same records in every wrapping that people keep them in.

use std::io;
use std::path::Path;

use serde_json::Value;

use crate::{Envelope, Rng, gzip, scenarios};

/// The files and how each wraps the records.
pub const FILES: [(&str, Envelope); 7] = [
    ("records.json.gz", Envelope::Native),
    ("records.json", Envelope::PlainJson),
    ("lines.jsonl", Envelope::JsonLines),
    ("lines.jsonl.gz", Envelope::JsonLinesGzip),
    ("array.json", Envelope::Array),
    ("lookup-events.json", Envelope::LookupEvents),
    ("event-bridge.jsonl", Envelope::EventBridge),
];

/// A file of two gzip members, as appending to a compressed file makes it.
pub const TWO_MEMBERS: &str = "two-members.jsonl.gz";

/// The records that every file holds.
pub fn records() -> Vec<Value> {
    let mut rng = Rng::labelled(1, "envelopes");
    let calls = scenarios::ALL.iter().flat_map(|scenario| scenario.calls().into_iter().take(2));
    calls.map(|call| call.event.seed(rng.next_u64()).time("2026-05-15T12:00:00Z").build()).collect()
}

/// Writes the files into this folder.
pub fn write(folder: &Path) -> io::Result<()> {
    let records = records();
    std::fs::create_dir_all(folder)?;
    for (name, envelope) in FILES {
        let content = envelope.wrap(&records);
        let content =
            if Path::new(name).extension().is_some_and(|end| end == "gz") { gzip(&content, 9)? } else { content };
        std::fs::write(folder.join(name), content)?;
    }
    let (first, second) = records.split_at(records.len() / 2);
    let mut members = gzip(&Envelope::JsonLines.wrap(first), 9)?;
    members.extend(gzip(&Envelope::JsonLines.wrap(second), 9)?);
    std::fs::write(folder.join(TWO_MEMBERS), members)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::naive;

    #[test]
    fn every_file_holds_the_same_records() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path()).unwrap();
        let files = naive::files(folder.path()).unwrap();
        assert_eq!(files.len(), FILES.len() + 1);
        for file in files {
            let content = naive::inflate(&std::fs::read(&file).unwrap()).unwrap();
            assert_eq!(naive::records(&content).unwrap(), records(), "{}", file.display());
        }
    }
}
