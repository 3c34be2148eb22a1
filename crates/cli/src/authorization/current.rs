//! The policies of `--current`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use tighten_iam::PolicySource;
use tighten_synthesis::narrow::{CurrentPolicy, Home};

use crate::policy_files;

/// Reads one policy from each file. A file that is nothing but the document keeps its layout.
pub(crate) fn read(files: &[PathBuf]) -> Result<Vec<CurrentPolicy>> {
    let one = |file: &PathBuf| {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the policy `{name}`"))?;
        let source = of_text(&text, &name)?;
        Ok(CurrentPolicy { name, home: Home::File, source, changed: None, bounds: false })
    };
    files.iter().map(one).collect()
}

fn of_text(text: &str, name: &str) -> Result<PolicySource> {
    match PolicySource::parse(text) {
        Ok(source) => Ok(source),
        // Wrapped or encoded. Else this says what is wrong, and where.
        Err(_) => policy_files::from_text(text, name).map(PolicySource::of),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_keeps_its_layout_and_a_wrapped_one_is_taken_out() {
        let plain = "{ \"Statement\" : [ {\"Effect\":\"Allow\",\t\"Action\":\"sqs:*\", \"Resource\": \"*\"} ] }\r\n";
        let source = of_text(plain, "p.json").unwrap();
        assert_eq!(source.text(), plain);
        let wrapped = of_text(&format!("{{\"PolicyName\": \"p\", \"PolicyDocument\": {plain}}}"), "p.json").unwrap();
        assert_eq!(wrapped.document(), source.document());
        let encoded = plain.trim().replace('"', "%22").replace('{', "%7B");
        assert_eq!(of_text(&encoded, "p.json").unwrap().document(), source.document());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error =
            of_text(r#"{"Policy": {"Statement": [{"Effect": "Allow", "Action": ["s3"]}]}}"#, "p.json").unwrap_err();
        let expected = "`p.json` is not a policy: Policy.Statement[0].Action[0]: `s3` has no service prefix";
        assert!(error.to_string().starts_with(expected), "{error}");
        let missing = read(&["no-such-file.json".into()]).unwrap_err();
        assert_eq!(missing.to_string(), "cannot read the policy `no-such-file.json`");
    }
}
