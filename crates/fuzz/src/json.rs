//! Edits of JSON that leave it JSON.

use serde_json::{Map, Value};

use crate::Choices;
use crate::text::ODD;

/// One of the seeds, after a few edits; `None` where there are no seeds. `words` are texts and keys that mean something
/// to what reads the document.
pub fn document(choices: &mut Choices<'_>, seeds: &[Value], words: &[&str]) -> Option<Value> {
    let mut value = choices.pick(seeds)?.clone();
    for _ in 0..choices.below(6) {
        edit(choices, &mut value, words);
    }
    Some(value)
}

/// Changes one place of the value.
pub fn edit(choices: &mut Choices<'_>, value: &mut Value, words: &[&str]) {
    // Going down is as likely at each level, so that places near the top are changed as often as deep ones.
    match value {
        Value::Array(items) if !items.is_empty() && choices.chance(75) => {
            let at = choices.below(items.len());
            if let Some(item) = items.get_mut(at) {
                return edit(choices, item, words);
            }
        }
        Value::Object(members) if !members.is_empty() && choices.chance(75) => {
            let at = choices.below(members.len());
            if let Some(member) = members.values_mut().nth(at) {
                return edit(choices, member, words);
            }
        }
        _ => {}
    }
    match value {
        Value::Array(items) if choices.chance(80) => {
            let at = choices.below(items.len() + 1);
            match choices.below(3) {
                0 if at < items.len() => drop(items.remove(at)),
                1 if at < items.len() => items.extend(items.get(at).cloned()),
                _ => items.insert(at, any(choices, words, 2)),
            }
        }
        Value::Object(members) if choices.chance(80) => edit_members(choices, members, words),
        Value::String(text) if choices.chance(60) => *text = crate::text::mangle_text(choices, text, 2),
        _ => *value = any(choices, words, 2),
    }
}

fn edit_members(choices: &mut Choices<'_>, members: &mut Map<String, Value>, words: &[&str]) {
    let key = members.keys().nth(choices.below(members.len())).cloned();
    match (choices.below(4), key) {
        (0, Some(key)) => drop(members.shift_remove(&key)),
        (1, Some(key)) => {
            if let Some(value) = members.shift_remove(&key) {
                members.insert(choices.word(words).to_owned(), value);
            }
        }
        (2, Some(key)) => drop(members.insert(key, any(choices, words, 2))),
        _ => drop(members.insert(choices.word(words).to_owned(), any(choices, words, 2))),
    }
}

/// Any value, nested at most so deep.
pub fn any(choices: &mut Choices<'_>, words: &[&str], depth: usize) -> Value {
    match choices.below(if depth == 0 { 8 } else { 10 }) {
        0..4 => Value::from(choices.word(words)),
        4 => Value::from(choices.word(&ODD)),
        5 => Value::Null,
        6 => Value::from(choices.chance(50)),
        7 => [Value::from(0), Value::from(-1), Value::from(1.5e300), Value::from(u64::MAX)]
            .get(choices.below(4))
            .cloned()
            .unwrap_or_default(),
        8 => (0..choices.below(4)).map(|_| any(choices, words, depth.saturating_sub(1))).collect(),
        _ => {
            let members = (0..choices.below(4)).map(|_| {
                let key = choices.word(words).to_owned();
                (key, any(choices, words, depth.saturating_sub(1)))
            });
            Value::Object(members.collect())
        }
    }
}

/// JSON text as somebody else might write it: other spacing, escapes, keys that come twice.
pub fn print(choices: &mut Choices<'_>, value: &Value) -> String {
    let mut text = String::new();
    write(choices, value, &mut text);
    text
}

fn write(choices: &mut Choices<'_>, value: &Value, out: &mut String) {
    let space = |choices: &mut Choices<'_>, out: &mut String| {
        if choices.chance(10) {
            out.push_str(choices.word(&[" ", "\n", "\t", "\r\n  "]));
        }
    };
    space(choices, out);
    match value {
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                write(choices, item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (at, (key, member)) in members.iter().enumerate() {
                out.push_str(if at == 0 { "" } else { "," });
                if choices.chance(3) {
                    // The value that counts is the last.
                    write_text(choices, key, out);
                    out.push_str(choices.word(&[":null,", ":{},", ":\"x\",", ":[1],", ":true,"]));
                }
                space(choices, out);
                write_text(choices, key, out);
                space(choices, out);
                out.push(':');
                write(choices, member, out);
            }
            out.push('}');
        }
        Value::String(text) => write_text(choices, text, out),
        other => out.push_str(&other.to_string()),
    }
    space(choices, out);
}

fn write_text(choices: &mut Choices<'_>, text: &str, out: &mut String) {
    let written = Value::from(text).to_string();
    let Some(letter) = text.chars().find(char::is_ascii_alphanumeric).filter(|_| choices.chance(5)) else {
        return out.push_str(&written);
    };
    // Escapes that JSON writes for control characters hold letters and digits of their own.
    if written.contains('\\') {
        return out.push_str(&written);
    }
    out.push_str(&written.replacen(letter, &format!("\\u{:04x}", u32::from(letter)), 1));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entropy(seed: u8) -> Vec<u8> {
        (0..200).map(|number: u8| number.wrapping_mul(seed).wrapping_add(seed / 3)).collect()
    }

    #[test]
    fn printing_changes_nothing() {
        let value = json!({"a": [1, "x\n\"é", null, {"b": {}, "c": []}], "Zz": true, "u": "Records"});
        for seed in 0..=255 {
            let text = print(&mut Choices::new(&entropy(seed)), &value);
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn edits_change_documents() {
        let seeds = [json!({"a": [1, {"b": "text"}], "c": "d"})];
        let all: Vec<String> = (0..=255)
            .filter_map(|seed| document(&mut Choices::new(&entropy(seed)), &seeds, &["k", "v"]))
            .map(|value| value.to_string())
            .collect();
        let distinct: std::collections::BTreeSet<&String> = all.iter().collect();
        assert!(distinct.len() > 60, "{}", distinct.len());
        assert_eq!(document(&mut Choices::new(&[1]), &[], &[]), None);
    }
}
