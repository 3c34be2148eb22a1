//! What AWS says of a trail, as the AWS CLI prints it, for which there is a reader already.

use aws_sdk_cloudtrail::operation::get_event_selectors::GetEventSelectorsOutput;
use aws_sdk_cloudtrail::types::{AdvancedEventSelector, AdvancedFieldSelector, DataResource, EventSelector, Trail};
use serde_json::{Map, Value, json};

/// The output of `get-event-selectors` and of `describe-trails`.
pub(super) fn as_the_cli_prints(trail: &Trail, arn: &str, answer: &GetEventSelectorsOutput) -> Value {
    let mut basic: Vec<Value> = answer.event_selectors().iter().map(of_basic).collect();
    let advanced: Vec<Value> = answer.advanced_event_selectors().iter().map(of_advanced).collect();
    if basic.is_empty() && advanced.is_empty() && trail.has_custom_event_selectors() != Some(true) {
        // What every trail records of which nobody said something else.
        basic.push(json!({ "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [] }));
    }
    let described = object([
        ("Name", trail.name().map(Value::from)),
        ("TrailARN", Some(arn.into())),
        ("HomeRegion", trail.home_region().map(Value::from)),
        ("IsMultiRegionTrail", trail.is_multi_region_trail().map(Value::from)),
        ("IncludeGlobalServiceEvents", trail.include_global_service_events().map(Value::from)),
        ("IsOrganizationTrail", trail.is_organization_trail().map(Value::from)),
    ]);
    json!([
        { "TrailARN": arn, "EventSelectors": basic, "AdvancedEventSelectors": advanced },
        { "trailList": [described] },
    ])
}

fn of_basic(selector: &EventSelector) -> Value {
    let resources = selector.data_resources().iter().map(|resource: &DataResource| {
        object([("Type", resource.r#type().map(Value::from)), ("Values", Some(resource.values().into()))])
    });
    object([
        ("ReadWriteType", selector.read_write_type().map(|kind| Value::from(kind.as_str()))),
        ("IncludeManagementEvents", selector.include_management_events().map(Value::from)),
        ("DataResources", Some(resources.collect())),
        ("ExcludeManagementEventSources", Some(selector.exclude_management_event_sources().into())),
    ])
}

fn of_advanced(selector: &AdvancedEventSelector) -> Value {
    let fields: Vec<Value> = selector.field_selectors().iter().map(of_field).collect();
    object([("Name", selector.name().map(Value::from)), ("FieldSelectors", Some(fields.into()))])
}

fn of_field(selector: &AdvancedFieldSelector) -> Value {
    let values = |values: &[String]| Some(Value::from(values)).filter(|_| !values.is_empty());
    object([
        ("Field", Some(selector.field().into())),
        ("Equals", values(selector.equals())),
        ("StartsWith", values(selector.starts_with())),
        ("EndsWith", values(selector.ends_with())),
        ("NotEquals", values(selector.not_equals())),
        ("NotStartsWith", values(selector.not_starts_with())),
        ("NotEndsWith", values(selector.not_ends_with())),
    ])
}

/// An object of those members that are there.
fn object<const N: usize>(members: [(&str, Option<Value>); N]) -> Value {
    let members = members.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Value::Object(members.collect::<Map<String, Value>>())
}
