//! Values with the places where they stand.

use serde_json::Value;

use super::{MAX_DEPTH, Parameters, content};

impl Parameters {
    /// Every text with its place: the names of the members that lead to it, joined by dots, with `[]` behind those of lists.
    pub(crate) fn places(&self) -> Vec<(String, &str)> {
        let mut places = Vec::new();
        collect(&self.root, String::new(), 0, &mut places);
        places
    }
}

fn collect<'v>(value: &'v Value, place: String, depth: usize, places: &mut Vec<(String, &'v str)>) {
    if depth > MAX_DEPTH || places.len() >= super::MAX_VALUES {
        return;
    }
    match content(value) {
        // Whom a policy speaks of is not handed to anybody.
        Value::Object(members) if members.contains_key("Statement") => {}
        Value::Object(members) => {
            for (name, value) in members {
                // The list wrappers of the query protocols are no names of their own.
                let wraps = matches!(name.as_str(), "items" | "item" | "member" | "content") && !place.is_empty();
                let below = match (wraps, place.is_empty()) {
                    (true, _) => place.clone(),
                    (false, true) => name.clone(),
                    (false, false) => format!("{place}.{name}"),
                };
                collect(value, below, depth + 1, places);
            }
        }
        Value::Array(elements) => {
            let place = if place.ends_with("[]") { place } else { format!("{place}[]") };
            for element in elements {
                collect(element, place.clone(), depth + 1, places);
            }
        }
        Value::String(text) if !text.is_empty() => places.push((place, text)),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_by_the_names_that_lead_to_it() {
        let json = r#"{"a": {"b": "1", "c": [{"d": "2"}, {"d": 3}]}, "e": ["4"], "f": {"items": [{"g": "5"}]},
            "policy": {"Statement": [{"Principal": "6"}]}, "none": "", "null": null}"#;
        let parameters = Parameters::parse(Some(json), |_| false);
        let places = parameters.places();
        let found: Vec<(&str, &str)> = places.iter().map(|(place, text)| (place.as_str(), *text)).collect();
        assert_eq!(found, [("a.b", "1"), ("a.c[].d", "2"), ("e[]", "4"), ("f[].g", "5")]);
    }
}
