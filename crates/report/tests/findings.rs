//! `docs/findings.md` has an entry for every finding, and for nothing else.

use std::path::Path;

use tighten_synthesis::FindingCode;

#[test]
fn every_finding_is_documented_as_its_row_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut entries = text.split("\n## ").skip(1);
    for code in FindingCode::ALL {
        let entry = entries.next().unwrap();
        let paragraphs: Vec<String> =
            entry.split("\n\n").map(|part| part.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let [name, summary, severity, .., help] = paragraphs.as_slice() else { panic!("too short: {entry}") };
        assert_eq!(name, code.as_str());
        assert_eq!(summary, code.summary(), "{code}");
        assert!(severity.starts_with(&format!("Severity: {}.", code.severity())), "{code}: {severity}");
        assert_eq!(help.to_lowercase(), format!("to do: {}.", code.help()).to_lowercase());
    }
    assert_eq!(entries.next(), None);
}
