//! No text makes reading or resolving a template fail in any other way than with an error.

use proptest::prelude::*;
use tighten_template::{Application, Deployment, Target, Template};

fn fixtures() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/templates");
    ["jets/my-cool-prefix-dev.yml", "sam-orders/template.yaml", "plain/service.yaml", "cdk/OrdersStack.template.json"]
        .iter()
        .filter_map(|name| std::fs::read_to_string(folder.join(name)).ok())
        .collect()
}

/// Deploys what can be parsed, so that functions are resolved, too.
fn deploy(text: &str) {
    if Template::parse(text, "t.yaml").is_err() {
        return;
    }
    let Ok(dir) = tempfile::tempdir() else { return };
    let path = dir.path().join("t.yaml");
    if std::fs::write(&path, text).is_ok()
        && let Ok(application) = Application::read(&path)
    {
        application.stacks.iter().for_each(|stack| drop(Deployment::of(stack, &Target::default())));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        deploy(&text);
        deploy(&format!("Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties: {text}\n"));
    }

    #[test]
    fn templates_with_parts_missing_or_doubled_are_read_or_refused(
        which in 0_usize..4,
        from in 0.0_f64..1.0,
        length in 0_usize..80,
        twice: bool,
    ) {
        let fixtures = fixtures();
        prop_assert_eq!(fixtures.len(), 4);
        let text: Vec<char> = fixtures[which].chars().collect();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a place in a small text")]
        let start = ((text.len() as f64) * from) as usize;
        let end = (start + length).min(text.len());
        let mut changed: String = text[..start].iter().collect();
        if twice {
            changed.extend(&text[start..end]);
            changed.extend(&text[start..end]);
        }
        changed.extend(&text[end..]);
        deploy(&changed);
    }
}

/// Functions that refer to each other in circles, or multiply what they refer to.
#[test]
fn circles_and_products_end() {
    deploy(
        "Resources:\n  A: {Type: 'AWS::S3::Bucket', Properties: {BucketName: !Sub '${B}-x'}}\n  B: {Type: 'AWS::S3::Bucket', \
         Properties: {BucketName: !Sub '${A}${A}${A}${A}${A}${A}${A}${A}'}}\n",
    );
    let wide: Vec<String> = (0..40).map(|n| format!("!If [c, a{n}, b{n}]")).collect();
    deploy(&format!(
        "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties: {{BucketName: !Join ['', [{}]]}}\n",
        wide.join(", ")
    ));
}
