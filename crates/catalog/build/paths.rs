//! The little languages inside rows: parameter paths, predicates, templates.

use super::rules::types::{Decode, Param, Predicate};

/// Checks a parameter path: names separated by dots, each perhaps followed by `[]` or `[member=value]`, or `*` alone;
/// in the end perhaps `@keys`.
pub fn path(text: &str) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("`{text}` is no parameter path: {what}"));
    for segment in segments(text.strip_suffix(".@keys").unwrap_or(text)) {
        let (name, filter) = match segment.split_once('[') {
            Some((name, rest)) => match rest.strip_suffix(']') {
                Some(filter) => (name, filter),
                None => return wrong("a bracket is not closed at the end of a name"),
            },
            None => (segment, ""),
        };
        if name.is_empty() {
            return wrong("a name is empty");
        }
        if name != "*" && name.contains(['[', ']', '=', '~', '?', '*', '|', '{', '}', '@', ' ', '\t', '"']) {
            return wrong("a name has a character that cannot stand there");
        }
        let complete = |(member, value): (&str, &str)| !member.is_empty() && !value.is_empty();
        if filter.contains(['[', ']']) || !(filter.is_empty() || filter.split_once('=').is_some_and(complete)) {
            return wrong("in brackets stands nothing, or `member=value`");
        }
    }
    Ok(())
}

/// Reads `path` or `path|decode`; `decode` is what holds for a path alone.
pub fn param(text: &str, decode: Decode) -> Result<Param, String> {
    let (before, decode) = match text.split_once('|') {
        Some((before, name)) => {
            let known = Decode::named(name);
            (before, known.ok_or_else(|| format!("`{text}` decodes with `{name}`, which is no known way"))?)
        }
        None => (text, decode),
    };
    path(before)?;
    Ok(Param { path: before.to_owned(), decode })
}

/// The parts between dots that are not in brackets.
fn segments(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |character| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == '.' && depth == 0
    })
}

/// Reads `path`, `path*`, `path=value`, `path~text` or `path?key`.
pub fn predicate(text: &str) -> Result<Predicate, String> {
    let mut depth = 0_usize;
    let operator = text.find(|character| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(character, '=' | '~' | '?')
    });
    let Some(at) = operator else {
        return presence(text);
    };
    let (before, rest) = text.split_at(at);
    path(before)?;
    let mut rest = rest.chars();
    let operator = rest.next();
    let operand = rest.as_str().to_owned();
    if operand.is_empty() {
        return Err(format!("`{text}` compares with nothing"));
    }
    let path = before.to_owned();
    Ok(match operator {
        Some('=') => Predicate::Equals { path, value: operand },
        Some('~') => Predicate::StartsWith { path, text: operand },
        _ => Predicate::Query { path, sub: operand },
    })
}

fn presence(text: &str) -> Result<Predicate, String> {
    match text.strip_suffix('*') {
        Some(prefix) if !prefix.is_empty() && !prefix.ends_with('.') => {
            path(prefix)?;
            Ok(Predicate::PresentPrefix { prefix: prefix.to_owned() })
        }
        _ => {
            path(text)?;
            Ok(Predicate::Present { path: text.to_owned() })
        }
    }
}

/// Checks the placeholders of a template: `${Partition}`, `${Region}`, `${Account}`, `${param:PATH}`, `${param:PATH|DECODE}`.
pub fn placeholders(text: &str) -> Result<(), String> {
    for part in text.split("${").skip(1) {
        let Some((name, _)) = part.split_once('}') else {
            return Err(format!("`{text}` has a placeholder that is not closed"));
        };
        if matches!(name, "Partition" | "Region" | "Account") {
            continue;
        }
        let Some(placeholder) = name.strip_prefix("param:") else {
            return Err(format!("`{text}` has a placeholder of no known form: `${{{name}}}`"));
        };
        param(placeholder, Decode::Text)?;
    }
    Ok(())
}

/// Whether a template can yield an ARN of a format.
pub fn fits(template: &str, format: &str) -> bool {
    let (template, format) = (starred(template), starred(format));
    let (template, format): (Vec<&str>, Vec<&str>) =
        (template.splitn(6, ':').collect(), format.splitn(6, ':').collect());
    template.len() == 6
        && format.len() == 6
        && template.iter().zip(&format).all(|(a, b)| meet(a.as_bytes(), b.as_bytes()))
}

/// The text with a `*` for each placeholder.
fn starred(text: &str) -> String {
    let mut parts = text.split("${");
    let mut starred = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        starred.push('*');
        starred.push_str(part.split_once('}').map_or("", |(_, rest)| rest));
    }
    starred
}

/// Whether some text matches both patterns, in which `*` stands for any text.
fn meet(a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([], rest) | (rest, []) => rest.iter().all(|byte| *byte == b'*'),
        ([b'*', a_rest @ ..], _) if meet(a_rest, b) => true,
        (_, [b'*', b_rest @ ..]) if meet(a, b_rest) => true,
        ([b'*', ..], [_, rest @ ..]) => meet(a, rest),
        ([_, rest @ ..], [b'*', ..]) => meet(rest, b),
        ([x, a_rest @ ..], [y, b_rest @ ..]) => x == y && meet(a_rest, b_rest),
    }
}
