//! YAML to trees, with the short forms of functions written out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle, Span, Tag};

use super::{DEPTH, VALUES};
use crate::error::{TemplateError, TemplateProblem};
use crate::node::{Entry, Mark, Node, Value};

/// The tree of the first document.
pub(super) fn tree(text: &str, file: &str) -> Result<Node, TemplateError> {
    let mut builder = Builder { file, open: Vec::new(), anchors: BTreeMap::new(), values: 0, done: None };
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            let at = Mark { line: error.marker().line(), column: error.marker().col() + 1 };
            TemplateProblem::Yaml(error.info().to_owned()).at(file, at)
        })?;
        if matches!(event, Event::DocumentEnd | Event::StreamEnd) {
            break;
        }
        builder.take(event, mark(span))?;
    }
    Ok(builder.done.unwrap_or_default())
}

struct Builder<'f> {
    file: &'f str,
    /// Lists and maps that have not ended.
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, usize)>,
    /// How many values there are, with all that aliases stand for.
    values: usize,
    done: Option<Node>,
}

/// A list or map that has not ended.
struct Open {
    at: Mark,
    anchor: usize,
    function: Option<String>,
    /// How many values there were before it.
    before: usize,
    items: Vec<Node>,
    /// Of a map: its entries, and the key whose value is awaited.
    map: Option<OpenMap>,
}

/// A map that is being read.
#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    /// The keys of the entries.
    keys: BTreeSet<String>,
    /// The key whose value is awaited.
    awaited: Option<(String, Mark)>,
}

impl Builder<'_> {
    fn take(&mut self, event: Event<'_>, at: Mark) -> Result<(), TemplateError> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.count(1, at)?;
                let value = scalar(text, style, tag.as_deref());
                let node = called(function(tag.as_deref()), Node { value, at });
                self.remember(anchor, &node, 1)?;
                self.put(node)
            }
            Event::Alias(anchor) => {
                let Some((node, size)) = self.anchors.get(&anchor).cloned() else {
                    let problem = TemplateProblem::Yaml("an alias within what it stands for".to_owned());
                    return Err(problem.at(self.file, at));
                };
                self.count(size, at)?;
                self.put(node)
            }
            Event::SequenceStart(anchor, tag) => self.start(at, anchor, tag.as_deref(), false),
            Event::MappingStart(anchor, tag) => self.start(at, anchor, tag.as_deref(), true),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn start(&mut self, at: Mark, anchor: usize, tag: Option<&Tag>, is_map: bool) -> Result<(), TemplateError> {
        if self.open.len() >= DEPTH {
            return Err(TemplateProblem::TooDeep(DEPTH).at(self.file, at));
        }
        let before = self.values;
        self.count(1, at)?;
        let map = is_map.then(OpenMap::default);
        self.open.push(Open { at, anchor, function: function(tag), before, items: Vec::new(), map });
        Ok(())
    }

    fn end(&mut self) -> Result<(), TemplateError> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.map {
            Some(map) => Value::Map(merged(map.entries)),
            None => Value::List(open.items),
        };
        let node = called(open.function, Node { value, at: open.at });
        self.remember(open.anchor, &node, self.values - open.before)?;
        self.put(node)
    }

    /// Keeps a copy for aliases, which counts like what was copied.
    fn remember(&mut self, anchor: usize, node: &Node, size: usize) -> Result<(), TemplateError> {
        if anchor > 0 {
            self.count(size, node.at)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(())
    }

    fn count(&mut self, values: usize, at: Mark) -> Result<(), TemplateError> {
        self.values = self.values.saturating_add(values);
        if self.values > VALUES { Err(TemplateProblem::TooMany(VALUES).at(self.file, at)) } else { Ok(()) }
    }

    fn put(&mut self, node: Node) -> Result<(), TemplateError> {
        let Some(open) = self.open.last_mut() else {
            self.done.get_or_insert(node);
            return Ok(());
        };
        let Some(OpenMap { entries, keys, awaited }) = &mut open.map else {
            open.items.push(node);
            return Ok(());
        };
        match awaited.take() {
            None => *awaited = Some((node.scalar().unwrap_or_default().to_owned(), node.at)),
            Some((key, at)) if key != "<<" && !keys.insert(key.clone()) => {
                return Err(TemplateProblem::Twice(key).at(self.file, at));
            }
            Some((key, at)) => entries.push(Entry { key, at, value: node }),
        }
        Ok(())
    }
}

/// The entries with those of the maps under `<<` that have other keys.
fn merged(entries: Vec<Entry>) -> Vec<Entry> {
    if entries.iter().all(|entry| entry.key != "<<") {
        return entries;
    }
    let (merge, mut own): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| entry.key == "<<");
    let mut keys: BTreeSet<String> = own.iter().map(|entry| entry.key.clone()).collect();
    for entry in merge.iter().flat_map(|merge| merge.value.one_or_many()).flat_map(Node::entries) {
        if keys.insert(entry.key.clone()) {
            own.push(entry.clone());
        }
    }
    own
}

fn mark(span: Span) -> Mark {
    Mark { line: span.start.line(), column: span.start.col() + 1 }
}

/// The long name of the function that a tag such as `!Sub` stands for.
fn function(tag: Option<&Tag>) -> Option<String> {
    let tag = tag.filter(|tag| tag.handle == "!" && !tag.suffix.is_empty())?;
    let name = tag.suffix.as_str();
    Some(if name == "Ref" || name == "Condition" { name.to_owned() } else { format!("Fn::{name}") })
}

/// The call of a function, if there is one.
fn called(function: Option<String>, argument: Node) -> Node {
    let Some(name) = function else { return argument };
    let at = argument.at;
    // `!GetAtt Resource.Attribute` is short for a list of two.
    let argument = match argument.text().filter(|_| name == "Fn::GetAtt").and_then(|text| text.split_once('.')) {
        Some((resource, attribute)) => {
            let parts = [resource, attribute].map(|part| Node { value: Value::Text(part.to_owned()), at });
            Node { value: Value::List(parts.into()), at }
        }
        None => argument,
    };
    Node { value: Value::Map(vec![Entry { key: name, at, value: argument }]), at }
}

fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Value {
    let is_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
    if style != ScalarStyle::Plain || is_text {
        return Value::Text(text.into_owned());
    }
    match text.as_ref() {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        number if is_number(number) => Value::Number(text.into_owned()),
        _ => Value::Text(text.into_owned()),
    }
}

/// Whether it is a number, and no name or date: digits with a sign and a point at most.
fn is_number(text: &str) -> bool {
    let digits = text.trim_start_matches(['-', '+']);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Node {
        tree(text, "t.yaml").unwrap()
    }

    #[test]
    fn a_date_is_text_and_numbers_keep_their_spelling() {
        let node = read("Version: 2012-10-17\nAccount: 012345678901\nSize: 3\nOn: true\nNone: ~\nName: 'true'\n");
        assert_eq!(node.get("Version").unwrap().text(), Some("2012-10-17"));
        assert_eq!(node.get("Account").unwrap().scalar(), Some("012345678901"));
        assert_eq!(node.get("Size").unwrap().value, Value::Number("3".to_owned()));
        assert_eq!(node.get("On").unwrap().value, Value::Bool(true));
        assert_eq!(node.get("None").unwrap().value, Value::Null);
        assert_eq!(node.get("Name").unwrap().text(), Some("true"));
    }

    #[test]
    fn short_forms_are_written_out() {
        let node = read(
            "A: !Ref X\nB: !GetAtt R.Arn\nC: !Sub '${A}-b'\nD: !Join ['-', [a, !Ref X]]\nE: !If [Prod, a, !Ref AWS::NoValue]\n",
        );
        assert_eq!(node.get("A").unwrap().function().unwrap().0, "Ref");
        let parts: Vec<_> =
            node.at_path("B.Fn::GetAtt").unwrap().items().iter().map(|part| part.text().unwrap()).collect();
        assert_eq!(parts, ["R", "Arn"]);
        assert_eq!(node.at_path("C.Fn::Sub").unwrap().text(), Some("${A}-b"));
        assert_eq!(node.at_path("D.Fn::Join").unwrap().items()[1].items()[1].function().unwrap().0, "Ref");
        assert_eq!(node.get("E").unwrap().function().unwrap().0, "Fn::If");
    }

    #[test]
    fn anchors_and_merges_are_resolved() {
        let node = read("a: &base {x: 1, y: 2}\nb: *base\nc:\n  <<: *base\n  y: 3\n");
        assert_eq!(node.at_path("b.x").unwrap().scalar(), Some("1"));
        assert_eq!(node.at_path("c.x").unwrap().scalar(), Some("1"));
        assert_eq!(node.at_path("c.y").unwrap().scalar(), Some("3"));
    }

    #[test]
    fn hostile_input_is_bounded() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..12 {
            let last = n - 1;
            let line = format!("a{n}: &a{n} [{}]\n", vec![format!("*a{last}"); 10].join(", "));
            bomb.push_str(&line);
        }
        assert!(matches!(tree(&bomb, "t").unwrap_err().problem, TemplateProblem::TooMany(_)));
        let deep = "[".repeat(100_000);
        assert!(tree(&deep, "t").is_err());
        assert!(tree("a: &a\n  b: *a\n", "t").is_err());
    }

    #[test]
    fn errors_name_file_line_and_key() {
        let error = tree("Resources:\n  A: 1\n  A: 2\n", "app.yaml").unwrap_err();
        assert_eq!(error.to_string(), "app.yaml:3: the key `A` stands twice");
        let error = tree("Resources:\n  A: [1\n", "app.yaml").unwrap_err();
        assert!(error.to_string().starts_with("app.yaml:"), "{error}");
    }
}
