//! From the JSON of the AWS CLI to selectors.

use serde_json::Value;

use super::conditions::{Conditions, Form};
use super::walk::At;
use super::{Selector, SelectorKind, Selectors, SelectorsError, Trail};

const SELECTOR_KEYS: [&str; 2] = ["EventSelectors", "AdvancedEventSelectors"];
const TRAIL_KEYS: [&str; 4] = ["HomeRegion", "IsMultiRegionTrail", "IncludeGlobalServiceEvents", "IsOrganizationTrail"];
/// Categories whose events are no calls, or are copies of calls that other categories record.
const OTHER_CATEGORIES: [&str; 5] = ["NetworkActivity", "Insight", "ConfigurationItem", "Evidence", "ActivityAuditLog"];

/// Reads a whole document.
pub(super) fn selectors(value: &Value) -> Result<Selectors, SelectorsError> {
    let mut found = Selectors::default();
    let root = At::root(value);
    if value.is_array() {
        for item in root.list()? {
            document(&item, &mut found)?;
        }
    } else {
        document(&root, &mut found)?;
    }
    Ok(found)
}

fn document(at: &At<'_>, found: &mut Selectors) -> Result<(), SelectorsError> {
    let keys = at.keys()?;
    let mut understood = false;
    for trail in at.list_of("trailList")?.iter().chain(&at.get("Trail")) {
        understood = true;
        describe(trail, found)?;
    }
    understood |= keys.contains(&"trailList");
    if TRAIL_KEYS.iter().any(|key| keys.contains(key)) {
        understood = true;
        describe(at, found)?;
    }
    if SELECTOR_KEYS.iter().any(|key| keys.contains(key)) {
        understood = true;
        let trail = at.text_of("TrailARN")?;
        for selector in at.list_of("EventSelectors")? {
            basic(&selector, trail, found)?;
        }
        for selector in at.list_of("AdvancedEventSelectors")? {
            match advanced(&selector, trail)? {
                Ok(Some(selector)) => found.rows.push(selector),
                Ok(None) => {}
                Err(note) => found.notes.push(format!("`{}` {note}: taken to record nothing", selector.path())),
            }
        }
    }
    if understood { Ok(()) } else { Err(at.error(format!("has neither `{}`", SELECTOR_KEYS.join("` nor `")))) }
}

fn describe(at: &At<'_>, found: &mut Selectors) -> Result<(), SelectorsError> {
    let Some(arn) = at.text_of("TrailARN")? else { return Ok(()) };
    let trail = Trail {
        account: arn.split(':').nth(4).map(str::to_owned),
        home_region: at.text_of("HomeRegion")?.map(str::to_owned),
        multi_region: at.flag_of("IsMultiRegionTrail")?,
        global_events: at.flag_of("IncludeGlobalServiceEvents")?,
        organization: at.flag_of("IsOrganizationTrail")?,
    };
    found.trails.entry(arn.to_owned()).or_default().learn(trail);
    Ok(())
}

fn basic(at: &At<'_>, trail: Option<&str>, found: &mut Selectors) -> Result<(), SelectorsError> {
    at.keys()?;
    let (reads, writes) = match at.text_of("ReadWriteType")? {
        None | Some("All") => (true, true),
        Some("ReadOnly") => (true, false),
        Some("WriteOnly") => (false, true),
        Some(other) => {
            found.notes.push(format!("`{}.ReadWriteType` is `{other}`: taken to record nothing", at.path()));
            (false, false)
        }
    };
    if at.flag_of("IncludeManagementEvents")?.unwrap_or(true) {
        let excluded = at.texts_of("ExcludeManagementEventSources")?;
        let unwanted: Vec<Form> = excluded.into_iter().map(Form::equals).collect();
        let sources = vec![Conditions { wanted: Vec::new(), unwanted }];
        let all = Selector::all(trail, SelectorKind::Management);
        found.rows.push(Selector { reads, writes, sources, ..all });
    }
    for resource in at.list_of("DataResources")? {
        let Some(kind) = resource.text_of("Type")? else { return Err(resource.error("has no `Type`")) };
        let values = resource.texts_of("Values")?;
        let wanted: Vec<Form> = values.into_iter().map(|value| data_resource(kind, value)).collect();
        if wanted.is_empty() {
            continue;
        }
        let arns = vec![Conditions { wanted, unwanted: Vec::new() }];
        let all = Selector::all(trail, SelectorKind::Data(vec![kind.to_owned()]));
        found.rows.push(Selector { reads, writes, arns, ..all });
    }
    Ok(())
}

/// A whole ARN of a function or table means that one; in S3, and before the resource, values are beginnings.
fn data_resource(kind: &str, value: &str) -> Form {
    let whole = kind != "AWS::S3::Object" && value.split(':').count() >= 6;
    if whole { Form::equals(value) } else { Form::starts_with(value) }
}

/// A selector, nothing if its events are no calls, or why it is not understood.
type Advanced = Result<Option<Selector>, String>;

fn advanced(at: &At<'_>, trail: Option<&str>) -> Result<Advanced, SelectorsError> {
    let Some(fields) = at.get("FieldSelectors") else { return Err(at.error("has no `FieldSelectors`")) };
    let mut categories = Vec::new();
    let mut types: Option<Vec<String>> = None;
    let mut selector = Selector::all(trail, SelectorKind::Management);
    for field in fields.list()? {
        let Some(name) = field.text_of("Field")? else { return Err(field.error("has no `Field`")) };
        let conditions = match conditions(&field)? {
            Ok(conditions) => conditions,
            Err(note) => return Ok(Err(note)),
        };
        let only_equals = ["eventCategory", "resources.type", "readOnly"].contains(&name);
        let equals = field.texts_of("Equals")?;
        if only_equals
            && (equals.is_empty() || !conditions.unwanted.is_empty() || conditions.wanted.len() != equals.len())
        {
            return Ok(Err(format!("compares `{name}` by another operator than `Equals`")));
        }
        match name {
            "eventCategory" => categories = equals,
            "resources.type" => {
                let equals: Vec<String> = equals.into_iter().map(str::to_owned).collect();
                types =
                    Some(types.map_or(equals.clone(), |types| {
                        types.into_iter().filter(|kind| equals.contains(kind)).collect()
                    }));
            }
            "readOnly" => {
                selector.reads &= equals.contains(&"true");
                selector.writes &= equals.contains(&"false");
            }
            "eventName" => selector.names.push(conditions),
            "eventSource" => selector.sources.push(conditions),
            "resources.ARN" => selector.arns.push(conditions),
            "userIdentity.arn" => selector.identities.push(conditions),
            // Calls are of this type, whatever way they came.
            "eventType" if conditions.pass("AwsApiCall") => {}
            "eventType" => return Ok(Ok(None)),
            // The value is only there for calls from the console.
            "sessionCredentialFromConsole" => selector.some_only = Some("sessionCredentialFromConsole"),
            "vpcEndpointId" | "errorCode" if categories == ["NetworkActivity"] => {}
            other => return Ok(Err(format!("has conditions on `{other}`"))),
        }
    }
    selector.kind = match (categories.as_slice(), types) {
        (["Management"], _) => SelectorKind::Management,
        (["Data"], Some(types)) => SelectorKind::Data(types),
        (["Data"], None) => return Ok(Err("does not say which `resources.type`".to_owned())),
        ([other], _) if OTHER_CATEGORIES.contains(other) => return Ok(Ok(None)),
        _ => return Ok(Err("does not say which `eventCategory`, or one that is not known".to_owned())),
    };
    if selector.kind == SelectorKind::Management && !selector.arns.is_empty() {
        return Ok(Err("has conditions on `resources.ARN` for management events".to_owned()));
    }
    Ok(Ok(Some(selector)))
}

/// The operators of one field, or why they are not understood.
fn conditions(at: &At<'_>) -> Result<Result<Conditions, String>, SelectorsError> {
    let mut conditions = Conditions::default();
    for key in at.keys()?.into_iter().filter(|key| *key != "Field") {
        let form: fn(&str) -> Form = match key {
            "Equals" | "NotEquals" => Form::equals,
            "StartsWith" | "NotStartsWith" => Form::starts_with,
            "EndsWith" | "NotEndsWith" => Form::ends_with,
            other => return Ok(Err(format!("uses the operator `{other}`"))),
        };
        let forms = at.texts_of(key)?.into_iter().map(form);
        if key.starts_with("Not") { conditions.unwanted.extend(forms) } else { conditions.wanted.extend(forms) }
    }
    let any = !conditions.wanted.is_empty() || !conditions.unwanted.is_empty();
    Ok(if any { Ok(conditions) } else { Err("has a field without an operator".to_owned()) })
}
