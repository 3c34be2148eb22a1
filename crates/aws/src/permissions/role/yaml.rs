//! JSON as a block of YAML.

use serde_json::Value;

/// The value over several lines, each with a line end, indented by so many spaces. All text is quoted, so that no reader takes
/// a date or an account for a number.
pub(super) fn block(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    write(value, indent, &mut out);
    out
}

fn write(value: &Value, indent: usize, out: &mut String) {
    let margin = " ".repeat(indent);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                member(&format!("{margin}{}:", key_text(key)), value, indent, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                match item {
                    Value::Object(_) | Value::Array(_) => {
                        let mut inner = String::new();
                        write(item, indent + 2, &mut inner);
                        // The first line stands behind the dash.
                        out.extend([&margin, "- ", inner.trim_start()]);
                    }
                    scalar => member(&format!("{margin}-"), scalar, indent, out),
                }
            }
        }
        scalar => out.extend([&margin, scalar.to_string().as_str(), "\n"]),
    }
}

fn member(lead: &str, value: &Value, indent: usize, out: &mut String) {
    out.push_str(lead);
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            write(value, indent + 2, out);
        }
        Value::Array(items) if !items.is_empty() => {
            out.push('\n');
            write(value, indent + 2, out);
        }
        // JSON's scalars are YAML's.
        scalar => {
            out.extend([" ", &scalar.to_string(), "\n"]);
        }
    }
}

fn key_text(key: &str) -> String {
    let plain = key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain { key.to_owned() } else { Value::String(key.to_owned()).to_string() }
}
