//! `docs/findings.md` has an entry for every finding, and for nothing else.

use std::path::Path;

use tighten_synthesis::FindingCode;

#[test]
fn every_finding_is_documented_with_its_severity() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings.md");
    let text = std::fs::read_to_string(path).unwrap();
    let documented: Vec<(&str, &str)> = text
        .split("\n## ")
        .skip(1)
        .map(|entry| {
            let (code, rest) = entry.split_once('\n').unwrap();
            let severity = rest.trim_start().strip_prefix("Severity: ").unwrap();
            (code, severity.split('.').next().unwrap())
        })
        .collect();
    let known: Vec<(&str, &str)> =
        FindingCode::ALL.iter().map(|code| (code.as_str(), code.severity().as_str())).collect();
    assert_eq!(documented, known);
}
