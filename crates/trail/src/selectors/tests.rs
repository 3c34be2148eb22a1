//! What of the AWS CLI's output is read, and what is told of the rest.

use serde_json::{Value, json};

use super::*;

fn advanced(fields: &Value) -> Selectors {
    Selectors::parse(&json!({ "AdvancedEventSelectors": [{ "FieldSelectors": fields }] }).to_string()).unwrap()
}

fn field(name: &str, operator: &str, value: &str) -> Value {
    json!({ "Field": name, operator: [value] })
}

fn management(field: &Value) -> Value {
    json!([{ "Field": "eventCategory", "Equals": ["Management"] }, field])
}

fn fixture(name: &str) -> Selectors {
    let path = format!("{}/../../fixtures/selectors/{name}.json", env!("CARGO_MANIFEST_DIR"));
    Selectors::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn what_is_not_understood_records_nothing_and_is_told() {
    for (fields, note) in [
        (management(&field("tlsDetails", "Equals", "x")), "has conditions on `tlsDetails`"),
        (management(&field("eventName", "Matches", "x")), "uses the operator `Matches`"),
        (management(&field("readOnly", "NotEquals", "true")), "compares `readOnly`"),
        (management(&json!({ "Field": "eventName" })), "without an operator"),
        (json!([field("eventCategory", "Equals", "Data")]), "does not say which `resources.type`"),
        (json!([field("readOnly", "Equals", "true")]), "does not say which `eventCategory`"),
    ] {
        let selectors = advanced(&fields);
        let [told_note] = selectors.notes() else { panic!("{fields}: {:?}", selectors.notes()) };
        assert!(told_note.contains(note) && told_note.contains("AdvancedEventSelectors[0]"), "{told_note}");
        assert_eq!(selectors.rows(), [], "{fields}");
    }
    let network =
        json!([field("eventCategory", "Equals", "NetworkActivity"), field("errorCode", "Equals", "VpceAccessDenied")]);
    let network = advanced(&network);
    assert!(network.notes().is_empty() && network.rows().is_empty(), "copies of calls are no calls");
}

#[test]
fn merging_the_same_again_changes_nothing() {
    let both = fixture("no-kms").merge(fixture("management-only"));
    assert_eq!(both.rows().len(), 2);
    assert_eq!(both.clone().merge(fixture("no-kms")), both);
}

#[test]
fn errors_name_the_key() {
    for (text, expected) in [
        ("{", "not JSON"),
        ("3", "`the top` is not an object"),
        ("{}", "`the top` has neither `EventSelectors` nor `AdvancedEventSelectors`"),
        ("[{}]", "`[0]` has neither `EventSelectors` nor `AdvancedEventSelectors`"),
        (r#"{"EventSelectors": {}}"#, "`EventSelectors` is not a list"),
        (
            r#"[{"EventSelectors": [{"DataResources": [{"Type": 3}]}]}]"#,
            "`[0].EventSelectors[0].DataResources[0].Type` is not a string",
        ),
        (
            r#"{"EventSelectors": [{"IncludeManagementEvents": "yes"}]}"#,
            "`EventSelectors[0].IncludeManagementEvents` is neither true nor false",
        ),
        (
            r#"{"AdvancedEventSelectors": [{"FieldSelectors": [{"Equals": ["a"]}]}]}"#,
            "`AdvancedEventSelectors[0].FieldSelectors[0]` has no `Field`",
        ),
        (
            r#"{"AdvancedEventSelectors": [{"FieldSelectors": [{"Field": "eventName", "Equals": [3]}]}]}"#,
            "`AdvancedEventSelectors[0].FieldSelectors[0].Equals[0]` is not a string",
        ),
    ] {
        assert_eq!(Selectors::parse(text).unwrap_err().to_string(), expected, "{text}");
    }
}
