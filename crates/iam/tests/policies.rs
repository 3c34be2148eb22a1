//! Policies that people use come back as they were.

use std::path::Path;

use tighten_iam::PolicyDocument;

#[test]
fn policies_of_deployment_guides_print_as_they_were_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/policies");
    let Ok(entries) = folder.read_dir() else {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    };
    let mut read = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let document = PolicyDocument::parse(&text).unwrap();
        assert_eq!(document.to_string_pretty().trim_end(), text.trim_end(), "{}", path.display());
        read += 1;
    }
    assert!(read > 0, "{} is empty", folder.display());
}
