//! A call's request parameters: values by path, values by name, predicates.

mod places;

use serde_json::Value;

/// Records hold at most a few hundred values; a record made to be slow holds more.
const MAX_VALUES: usize = 4_096;
const MAX_DEPTH: usize = 24;
/// What CloudTrail itself writes in the place of a value that it does not show.
const HIDDEN: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// `requestParameters`, with the wrapper that EC2 and others put around them taken off.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parameters {
    root: Value,
    leaves: Vec<Leaf>,
}

/// One string, number or boolean of the parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// The member's name as logged; elements of a list have the list's name.
    pub(crate) key: String,
    /// The name in lower case without punctuation, as [`normalise`] writes it.
    pub(crate) name: String,
    /// The same with the name of the member around it in front: `connectionInput.name` is `connectionname`.
    pub(crate) full_name: String,
    /// How many named members stand above it.
    pub(crate) depth: usize,
    /// The value as text.
    pub(crate) text: String,
}

impl Leaf {
    /// Whether the value is of `name`, or of a list of them, by its own name or together with what is around it.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        [&self.name, &self.full_name].into_iter().any(|own| own == name || own.strip_suffix('s') == Some(name))
    }
}

impl Parameters {
    /// Reads JSON text; what is no JSON object has no values. Of opaque parameters only that they are there is kept.
    pub(crate) fn parse(json: Option<&str>, is_opaque: impl Fn(&str) -> bool) -> Self {
        let mut parsed = json.and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
        if let Value::Object(members) = &mut parsed {
            members.iter_mut().filter(|(key, _)| is_opaque(key)).for_each(|(_, value)| hide(value));
        }
        let root = unwrap_request(parsed);
        let mut leaves = Vec::new();
        collect(&root, "", "", 0, &mut leaves);
        Self { root, leaves }
    }

    /// The same without the member `name`.
    pub(crate) fn without(&self, name: &str) -> Self {
        let mut rest = self.clone();
        if let Value::Object(members) = &mut rest.root {
            members.retain(|key, _| !key.eq_ignore_ascii_case(name));
        }
        rest.leaves.retain(|leaf| !leaf.key.eq_ignore_ascii_case(name));
        rest
    }

    /// Whether a member may name a resource: by a name, an id or an ARN, or as the one of `words` that says what kind it is.
    pub(crate) fn may_name(&self, words: &[&str]) -> bool {
        const NAMING: [&str; 12] = [
            "arn",
            "id",
            "identifier",
            "identity",
            "key",
            "name",
            "source",
            "stream",
            "target",
            "uri",
            "url",
            "entity",
        ];
        self.leaves.iter().any(|leaf| {
            let name = leaf.name.strip_suffix('s').unwrap_or(&leaf.name);
            let naming = NAMING.iter().any(|end| name.ends_with(end)) || name.contains("resource");
            let naming = naming || words.iter().any(|word| name.contains(word));
            naming || starts_with_ignore_case(&leaf.text, "arn:") || starts_with_ignore_case(&leaf.text, "arn%3a")
        })
    }

    /// Whether the record has any parameter at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.leaves.is_empty()
    }

    /// Whether nothing is named: no more than how much of what is to be shown, and from where on.
    pub(crate) fn names_nothing(&self) -> bool {
        const PAGING: [&str; 12] = [
            "maxresults",
            "maxrecords",
            "maxitems",
            "maxentries",
            "limit",
            "pagesize",
            "nexttoken",
            "token",
            "marker",
            "pagetoken",
            "nextmarker",
            "position",
        ];
        let flag = |leaf: &Leaf| matches!(leaf.text.as_str(), "true" | "false");
        self.leaves.iter().all(|leaf| flag(leaf) || PAGING.contains(&leaf.name.as_str()))
    }

    /// Every scalar, in the order of the record.
    pub(crate) fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// The texts at `path`: `a.b`, `list[].x`, `list[k=v].x`, `map.*`, `map.@keys`.
    pub(crate) fn at(&self, path: &str) -> Vec<String> {
        let mut texts = Vec::new();
        if let Some(map) = path.strip_suffix(".@keys") {
            for value in self.values(map) {
                texts.extend(value.as_object().into_iter().flat_map(|members| members.keys().cloned()));
            }
            return texts;
        }
        for value in self.values(path) {
            scalars(value, &mut texts);
        }
        texts
    }

    /// Whether something other than null, "", [] and {} stands at `path`.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.values(path).into_iter().any(is_present)
    }

    /// Whether a top-level member begins with `prefix` and holds something.
    pub(crate) fn has_prefix(&self, prefix: &str) -> bool {
        let Value::Object(members) = &self.root else { return false };
        members.iter().any(|(key, value)| starts_with_ignore_case(key, prefix) && is_present(value))
    }

    fn values(&self, path: &str) -> Vec<&Value> {
        let mut values = vec![&self.root];
        for step in path.split('.') {
            values = values.into_iter().flat_map(|value| descend(value, step)).collect();
        }
        values
    }
}

/// Lower case, letters and digits only, so that `dBInstanceIdentifier` and `DbInstanceIdentifier` are one name.
pub(crate) fn normalise(name: &str) -> String {
    let mut normal = name.to_ascii_lowercase();
    if !normal.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        normal.retain(|c| c.is_ascii_alphanumeric());
    }
    normal
}

/// Whether `text` begins with `prefix`, ASCII letters of either case.
pub(crate) fn starts_with_ignore_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// Blots out texts and numbers.
fn hide(value: &mut Value) {
    match value {
        Value::String(_) | Value::Number(_) => *value = Value::from(HIDDEN),
        Value::Array(elements) => elements.iter_mut().for_each(hide),
        Value::Object(members) => members.values_mut().for_each(hide),
        Value::Null | Value::Bool(_) => {}
    }
}

fn unwrap_request(value: Value) -> Value {
    let Value::Object(mut members) = value else { return Value::Null };
    let wrapper = match members.iter().next() {
        Some((key, Value::Object(_)))
            if members.len() == 1 && ["Request", "Input", "Req"].iter().any(|end| key.ends_with(end)) =>
        {
            key.clone()
        }
        _ => return Value::Object(members),
    };
    members.swap_remove(&wrapper).unwrap_or_default()
}

fn descend<'v>(value: &'v Value, step: &str) -> Vec<&'v Value> {
    if step == "*" {
        return match value {
            Value::Object(members) => members.values().collect(),
            _ => Vec::new(),
        };
    }
    let (name, selector) = match step.split_once('[') {
        Some((name, selector)) => (name, Some(selector.trim_end_matches(']'))),
        None => (step, None),
    };
    let Some(found) = member(value, name) else { return Vec::new() };
    let Some(selector) = selector else { return vec![content(found)] };
    let elements = elements(found);
    match selector.split_once('=') {
        Some((key, wanted)) => elements
            .into_iter()
            .filter(|element| member(element, key).and_then(text).is_some_and(|got| got.eq_ignore_ascii_case(wanted)))
            .collect(),
        None => elements,
    }
}

fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    let Value::Object(members) = value else { return None };
    members.get(name).or_else(|| members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, found)| found))
}

/// The elements of a list as CloudTrail writes lists: `[…]`, `{"items":[…]}`, or one element without a list.
fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(elements) => elements.iter().map(content).collect(),
        Value::Object(_) => match ["items", "item", "member"].iter().find_map(|key| member(value, key)) {
            Some(Value::Array(elements)) => elements.iter().map(content).collect(),
            Some(one) => vec![content(one)],
            None => vec![content(value)],
        },
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

/// EC2's `{"tag": 1, "content": value}` is the value.
fn content(value: &Value) -> &Value {
    match value {
        Value::Object(members) if members.contains_key("tag") && members.len() == 2 => {
            members.get("content").unwrap_or(value)
        }
        _ => value,
    }
}

fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(members) => !members.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn scalars(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::Array(elements) => texts.extend(elements.iter().map(content).filter_map(text)),
        Value::Object(_) => texts.extend(elements(value).into_iter().filter_map(text)),
        one => texts.extend(text(one)),
    }
}

fn collect(value: &Value, parent: &str, key: &str, depth: usize, leaves: &mut Vec<Leaf>) {
    if depth > MAX_DEPTH || leaves.len() >= MAX_VALUES {
        return;
    }
    match content(value) {
        // A policy's ARNs are what it speaks of, not what the call is about.
        Value::Object(members) if members.contains_key("Statement") => {}
        Value::Object(members) => {
            for (name, value) in members {
                // The list wrappers of the query protocols are no names of their own.
                let transparent = matches!(name.as_str(), "items" | "item" | "member" | "content") && !key.is_empty();
                let (parent, key) = if transparent { (parent, key) } else { (key, name.as_str()) };
                collect(value, parent, key, depth + usize::from(!transparent), leaves);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, parent, key, depth, leaves)),
        scalar => {
            if let Some(text) = text(scalar).filter(|text| !text.is_empty()) {
                let name = normalise(key);
                let around = normalise(parent);
                let wrapped = ["input", "request", "body"].iter().find_map(|end| around.strip_suffix(end));
                let full_name = [wrapped.unwrap_or(&around), &name].concat();
                leaves.push(Leaf { key: key.to_owned(), name, full_name, depth, text });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(json: &str) -> Parameters {
        Parameters::parse(Some(json), |_| false)
    }

    #[test]
    fn finds_values_in_every_spelling_of_a_list() {
        for json in [
            r#"{"layers": [{"arn": "a"}, {"arn": "b"}]}"#,
            r#"{"layers": {"items": [{"arn": "a"}, {"arn": "b"}]}}"#,
            r#"{"CreateRequest": {"Layers": {"item": [{"arn": "a"}, {"arn": {"tag": 2, "content": "b"}}]}}}"#,
        ] {
            assert_eq!(parameters(json).at("layers[].arn"), ["a", "b"], "{json}");
        }
        assert_eq!(parameters(r#"{"x-amz-acl": ["private"]}"#).at("x-amz-acl"), ["private"]);
    }

    #[test]
    fn selects_elements_by_a_member() {
        let json = r#"{"optionSettings": [{"optionName": "Other", "value": "1"}, {"optionName": "ServiceRole", "value": "r"}]}"#;
        assert_eq!(parameters(json).at("optionSettings[optionName=servicerole].value"), ["r"]);
        let roles = parameters(r#"{"roles": {"authenticated": "a", "other": "b"}}"#);
        assert_eq!(roles.at("roles.*"), ["a", "b"]);
        assert_eq!(roles.at("roles.@keys"), ["authenticated", "other"]);
    }

    #[test]
    fn empty_values_are_absent() {
        let all = parameters(r#"{"a": null, "b": "", "c": [], "d": {}, "e": false, "x-amz-grant-read": "id"}"#);
        assert!(["a", "b", "c", "d", "nothing"].iter().all(|path| !all.has(path)));
        assert!(all.has("e"));
        assert!(all.has_prefix("x-amz-grant-") && !all.has_prefix("x-amz-acl"));
    }

    #[test]
    fn leaves_of_wrapped_lists_keep_the_name_of_the_list() {
        let leaves = parameters(r#"{"instancesSet": {"items": [{"instanceId": "i-1"}]}, "names": ["x", "y"]}"#).leaves;
        let found: Vec<_> = leaves.iter().map(|leaf| (leaf.name.as_str(), leaf.text.as_str())).collect();
        assert_eq!(found, [("instanceid", "i-1"), ("names", "x"), ("names", "y")]);
    }

    #[test]
    fn a_nested_name_is_known_by_what_it_is_the_name_of() {
        let leaves = parameters(r#"{"connectionInput": {"name": "c"}, "configurationRecorder": {"name": "r"}}"#).leaves;
        let found: Vec<_> = leaves.iter().map(|leaf| leaf.full_name.as_str()).collect();
        assert_eq!(found, ["connectionname", "configurationrecordername"]);
    }

    #[test]
    fn of_opaque_parameters_only_their_shape_is_known() {
        let parse = |json: &str| Parameters::parse(Some(json), |key| key == "context");
        let (one, other) = (
            parse(r#"{"key": "k", "context": {"a": ["arn:aws:s3:::b", 1], "c": null}, "inner": {"context": "x"}}"#),
            parse(r#"{"key": "k", "context": {"a": ["", -2.5], "c": null}, "inner": {"context": "x"}}"#),
        );
        assert_eq!(one.leaves(), other.leaves());
        assert_eq!(one.at("context.a"), [HIDDEN, HIDDEN]);
        assert_eq!(one.at("inner.context"), ["x"]);
    }

    #[test]
    fn pages_and_flags_name_nothing() {
        for json in [r#"{"maxResults": 5, "nextToken": "x"}"#, r#"{"includeShared": false}"#, "{}"] {
            assert!(parameters(json).names_nothing(), "{json}");
        }
        assert!(!parameters(r#"{"maxResults": 5, "filters": [{"name": "a"}]}"#).names_nothing());
    }

    #[test]
    fn what_is_no_object_has_no_values() {
        for json in ["null", "7", "[1]", "\"text\"", "{broken"] {
            assert!(parameters(json).is_empty(), "{json}");
        }
        assert!(Parameters::parse(None, |_| false).is_empty());
    }
}
