//! Random documents in random layouts under random edits.

use indexmap::IndexMap;
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::*;

/// Choices drawn from a seed, so that a failing case is one number.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn one_in(&mut self, sides: usize) -> bool {
        self.below(sides) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

const ACTIONS: [&str; 8] =
    ["s3:Get*", "s3:PutObject", "S3:putobject", "sqs:*", "iam:PassRole", "*", "ec2:Run?", "kms:Decrypt"];
const RESOURCES: [&str; 6] = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::é\"\\",
    "${BUCKET}/*",
    "arn:aws:sqs:*:*:jobs",
    "arn:aws:iam::*:role/${aws:username}",
];
const OPERATORS: [&str; 3] = ["StringEquals", "stringequals", "ForAnyValue:StringLike"];
const KEYS: [&str; 3] = ["aws:x", "AWS:X", "s3:prefix"];

/// One text or several, repetitions included.
fn texts(dice: &mut Dice, from: &[&str], least: usize) -> Value {
    let texts: Vec<Value> = (0..least + dice.below(5)).map(|_| Value::from(dice.pick(from))).collect();
    if texts.len() == 1 && dice.one_in(2) { texts[0].clone() } else { Value::Array(texts) }
}

fn field(dice: &mut Dice, key: &str) -> Value {
    match key {
        "Sid" => Value::from(dice.pick(&["A", "B", "With \u{e9} and \\"])),
        "Effect" => Value::from(dice.pick(&["Allow", "Deny"])),
        "Action" | "NotAction" => texts(dice, &ACTIONS, 0),
        "Resource" | "NotResource" => texts(dice, &RESOURCES, 0),
        "Principal" | "NotPrincipal" => {
            let services = texts(dice, &["ec2.amazonaws.com", "lambda.amazonaws.com", "ecs.amazonaws.com"], 0);
            [json!("*"), json!({"Service": services, "AWS": "111111111111"}), json!({"AWS": services})][dice.below(3)]
                .clone()
        }
        "Condition" => {
            let mut blocks = Map::new();
            for _ in 0..dice.below(3) {
                let mut keys = Map::new();
                for _ in 0..dice.below(3) {
                    let values = [texts(dice, &["true", "a", "7"], 0), json!(true), json!([7, "a"])];
                    keys.insert(dice.pick(&KEYS).to_owned(), values[dice.below(3)].clone());
                }
                blocks.insert(dice.pick(&OPERATORS).to_owned(), Value::Object(keys));
            }
            Value::Object(blocks)
        }
        _ => {
            [json!({"a": [1, {"b": null}], "c": 1e3}), json!([]), json!("x"), json!(["x", "y"])][dice.below(4)].clone()
        }
    }
}

/// Sets keys of a statement to other values; of those that exclude each other one stays.
fn change(dice: &mut Dice, statement: &mut Map<String, Value>, from: &[&str]) {
    let key = dice.pick(from);
    let other = match key {
        "Action" => "NotAction",
        "NotAction" => "Action",
        "Resource" => "NotResource",
        "NotResource" => "Resource",
        _ => "",
    };
    statement.shift_remove(other);
    let value = field(dice, key);
    match statement.get_mut(key) {
        Some(Value::Array(items)) if !dice.one_in(4) && key != "Comment" => {
            // Like a narrowing: some go, few come.
            items.retain(|_| !dice.one_in(3));
            items.extend(value.as_array().and_then(|new| new.first()).filter(|_| dice.one_in(2)).cloned());
        }
        _ => _ = statement.insert(key.to_owned(), value),
    }
}

fn random_statement(dice: &mut Dice) -> Map<String, Value> {
    let mut statement = Map::new();
    for keys in [&["Effect"][..], &["Action", "NotAction"], &["Resource", "NotResource"]] {
        change(dice, &mut statement, keys);
    }
    for _ in 0..dice.below(4) {
        change(dice, &mut statement, &["Sid", "Condition", "Condition", "Principal", "NotPrincipal", "Comment"]);
    }
    let mut keys: Vec<_> = statement.into_iter().collect();
    if !dice.one_in(3) {
        (1..keys.len()).rev().for_each(|at| keys.swap(at, dice.below(at + 1)));
    }
    keys.into_iter().collect()
}

fn changed(dice: &mut Dice, statement: &Map<String, Value>) -> Map<String, Value> {
    let mut statement = statement.clone();
    for _ in 0..dice.below(3) {
        match dice.below(4) {
            0 => _ = statement.shift_remove(dice.pick(&["Sid", "Condition", "Comment"])),
            1 => change(dice, &mut statement, &["Effect", "Sid", "Condition", "Principal", "Comment"]),
            _ => change(dice, &mut statement, &["Action", "Action", "Resource", "NotAction", "NotResource"]),
        }
    }
    statement
}

/// Prints JSON the way a person might.
struct Printer {
    dice: Dice,
    text: String,
    newline: &'static str,
    unit: &'static str,
    colon: &'static str,
    comma: &'static str,
    /// Nothing leaves its line.
    flat: bool,
    /// Each container has its own way.
    messy: bool,
    /// The statements: each on lines of its own.
    lines: bool,
}

#[derive(Clone, Copy)]
enum Way {
    Flat,
    Lines,
    Wrapped,
    CommaFirst,
}

impl Printer {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        Self {
            text: dice.pick(&["", "", "\u{feff}"]).to_owned(),
            newline: dice.pick(&["\n", "\n", "\r\n"]),
            unit: dice.pick(&["  ", "    ", "\t", "   "]),
            colon: dice.pick(&[": ", ": ", ":", " : "]),
            comma: dice.pick(&[" ", " ", ""]),
            flat: dice.one_in(4),
            messy: dice.one_in(2),
            lines: dice.one_in(2),
            dice,
        }
    }

    fn string(&mut self, text: &str) {
        let mut json = Value::from(text).to_string();
        if self.messy && self.dice.one_in(4) {
            json = json.replace('a', "\\u0061").replace('/', "\\/");
        }
        self.text.push_str(&json);
    }

    fn line(&mut self, level: usize) {
        if self.messy && self.dice.one_in(6) {
            self.text.push_str(self.dice.pick(&[" ", "\t", "  "]));
        }
        let blank = self.messy && self.dice.one_in(6);
        self.text.extend([self.newline, if blank { self.newline } else { "" }, &self.unit.repeat(level)]);
    }

    fn value(&mut self, value: &Value, level: usize, flat: bool) {
        match value {
            Value::Array(items) => {
                let items: Vec<_> = items.iter().map(|item| (None, item)).collect();
                self.container(('[', ']'), &items, level, flat);
            }
            Value::Object(map) => {
                let members: Vec<_> = map.iter().map(|(key, value)| (Some(key.as_str()), value)).collect();
                self.container(('{', '}'), &members, level, flat);
            }
            Value::String(text) => self.string(text),
            other => self.text.push_str(&other.to_string()),
        }
    }

    fn container(&mut self, brackets: (char, char), items: &[(Option<&str>, &Value)], level: usize, flat: bool) {
        let way = match self.dice.below(if self.messy { 6 } else { 4 }) {
            _ if self.flat || flat => Way::Flat,
            _ if level < 2 && self.lines => Way::Lines,
            3 => Way::Flat,
            4 => Way::Wrapped,
            5 => Way::CommaFirst,
            _ => Way::Lines,
        };
        self.text.push(brackets.0);
        for (at, (key, value)) in items.iter().enumerate() {
            let first = at == 0;
            match way {
                Way::CommaFirst if !first => {
                    self.line(level + 1);
                    self.text.push_str(", ");
                }
                Way::Flat | Way::CommaFirst | Way::Wrapped if first => {}
                Way::Wrapped if self.dice.one_in(2) => {
                    self.text.push(',');
                    self.line(level + 2);
                }
                Way::Flat | Way::Wrapped | Way::CommaFirst => self.text.extend([",", self.comma]),
                Way::Lines => {
                    self.text.push_str(if first { "" } else { "," });
                    self.line(level + 1);
                }
            }
            if let Some(key) = key {
                self.string(key);
                self.text.push_str(self.colon);
            }
            let flat = flat || (matches!(way, Way::Flat) && self.dice.one_in(2));
            self.value(value, level + 1, flat);
        }
        if matches!(way, Way::Lines | Way::CommaFirst) {
            self.line(level);
        }
        self.text.push(brackets.1);
    }
}

struct Case {
    text: String,
    statements: Vec<Map<String, Value>>,
    edits: BTreeMap<usize, Vec<Map<String, Value>>>,
    single: bool,
}

impl Case {
    fn new(seed: u64) -> Self {
        Self::of(seed, false)
    }

    /// `lines` begins a line with each statement.
    fn of(seed: u64, lines: bool) -> Self {
        let mut dice = Dice(seed);
        let statements: Vec<_> = (0..=dice.below(5)).map(|_| random_statement(&mut dice)).collect();
        let single = statements.len() == 1 && !lines && dice.one_in(2);
        let all = if single { json!(statements[0]) } else { json!(statements) };
        let document = [
            json!({"Version": "2012-10-17", "Statement": all}),
            json!({"Statement": all, "Id": "x", "Owner": {"team": ["a"]}}),
        ];
        let mut printer = Printer::new(dice.0);
        (printer.lines, printer.flat) = (printer.lines || lines, printer.flat && !lines);
        printer.value(&document[dice.below(2)], 0, false);
        printer.text.push_str(dice.pick(&["", printer.newline]));
        let mut edits = BTreeMap::new();
        for (at, statement) in statements.iter().enumerate() {
            match dice.below(5) {
                0 if at > 0 || statements.len() > 3 => _ = edits.insert(at, Vec::new()),
                0 | 1 => {}
                count => {
                    let by = (0..count.min(3) - 1).map(|_| changed(&mut dice, statement)).collect();
                    edits.insert(at, by);
                }
            }
        }
        let removes = edits.values().filter(|by| by.is_empty()).count();
        if removes == statements.len() {
            edits.clear();
        }
        Self { text: printer.text, statements, edits, single }
    }

    fn edit(&self) -> String {
        let parsed = |map: &Map<String, Value>| statement(&Value::Object(map.clone()).to_string());
        let edit = |by: &Vec<_>| match by.as_slice() {
            [] => StatementEdit::Remove,
            by => StatementEdit::Replace(by.iter().map(parsed).collect()),
        };
        let edits = self.edits.iter().map(|(at, by)| (*at, edit(by))).collect();
        PolicySource::parse(self.text.as_str())
            .unwrap()
            .edit(&edits)
            .unwrap_or_else(|error| panic!("{error}\n{}", self.text))
    }

    /// The statements that are to come out, and for each the one that it is the first to be written over.
    fn expected(&self) -> Vec<(&Map<String, Value>, Option<usize>)> {
        let mut all = Vec::new();
        for (at, statement) in self.statements.iter().enumerate() {
            match self.edits.get(&at) {
                None => all.push((statement, Some(at))),
                Some(by) => all.extend(by.iter().enumerate().map(|(place, new)| (new, (place == 0).then_some(at)))),
            }
        }
        all
    }
}

#[derive(Deserialize)]
struct RawDocument<'a> {
    #[serde(rename = "Statement", borrow)]
    statement: &'a RawValue,
}

fn raw_statements(text: &str) -> (&str, Vec<&str>) {
    let document: RawDocument<'_> = serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
    let all = document.statement.get();
    match serde_json::from_str::<Vec<&RawValue>>(all) {
        Ok(several) => (all, several.into_iter().map(RawValue::get).collect()),
        Err(_) => (all, vec![all]),
    }
}

fn raw_fields(statement: &str) -> IndexMap<String, &RawValue> {
    serde_json::from_str(statement).unwrap()
}

fn is_subsequence<T: PartialEq>(part: impl IntoIterator<Item = T>, whole: impl IntoIterator<Item = T>) -> bool {
    let mut whole = whole.into_iter();
    part.into_iter().all(|wanted| whole.any(|found| found == wanted))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn the_result_says_what_was_asked(seed: u64) {
        let case = Case::new(seed);
        let after = case.edit();
        let mut expected = PolicyDocument::parse(&case.text).unwrap();
        let all = case.expected().into_iter().map(|(new, _)| statement(&Value::Object(new.clone()).to_string()));
        expected.statements = all.collect();
        prop_assert_eq!(PolicyDocument::parse(&after).unwrap(), expected, "{}\n{}", case.text, after);
    }

    #[test]
    fn untouched_text_stays_to_the_byte(seed: u64) {
        let case = Case::new(seed);
        let after = case.edit();
        let (all, originals) = raw_statements(&case.text);
        let (new_all, found) = raw_statements(&after);
        let at = all.as_ptr().addr() - case.text.as_ptr().addr();
        let (head, tail) = case.text.split_at(at);
        prop_assert!(after.starts_with(head), "{}\n{}", case.text, after);
        prop_assert!(after.ends_with(&tail.replacen(all, "", 1)), "{}\n{}", case.text, after);
        if case.edits.is_empty() {
            prop_assert_eq!(new_all, all);
        }
        let expected = case.expected();
        prop_assert_eq!(found.len(), expected.len());
        for (raw, (_, origin)) in found.iter().zip(&expected) {
            if let Some(origin) = origin.filter(|origin| !case.edits.contains_key(origin) && !case.single) {
                prop_assert_eq!(*raw, originals[origin]);
            }
        }
    }

    #[test]
    fn equal_fields_and_elements_stay_to_the_byte(seed: u64) {
        let case = Case::new(seed);
        let after = case.edit();
        let ((_, originals), (_, found)) = (raw_statements(&case.text), raw_statements(&after));
        for (raw, (new, origin)) in found.iter().zip(case.expected()) {
            // A statement that moves into an array is indented deeper, and so are its parts.
            let Some(origin) = origin.filter(|_| !case.single || found.len() == 1) else { continue };
            let (before, after_fields) = (raw_fields(originals[origin]), raw_fields(raw));
            prop_assert!(is_subsequence(before.keys().filter(|key| after_fields.contains_key(*key)), after_fields.keys()));
            let [old, new] = [&case.statements[origin], new].map(|map| statement(&Value::Object(map.clone()).to_string()));
            if old == new {
                prop_assert_eq!(*raw, originals[origin]);
            }
            for (key, raw) in &before {
                let Some(raw_after) = after_fields.get(key) else { continue };
                let same = match key.as_str() {
                    "Action" | "NotAction" => old.action == new.action,
                    "Resource" | "NotResource" => old.resource == new.resource,
                    "Condition" => old.conditions == new.conditions,
                    key => case.statements[origin].get(key) == new.to_value().get(key),
                };
                if same {
                    prop_assert_eq!(raw.get(), raw_after.get());
                } else if let (Ok(items), Ok(new_items), true) = (
                    serde_json::from_str::<Vec<&RawValue>>(raw.get()),
                    serde_json::from_str::<Vec<&RawValue>>(raw_after.get()),
                    key.ends_with("Action") || key.ends_with("Resource"),
                ) {
                    let patterns: Vec<String> = match key.as_str() {
                        "Action" | "NotAction" => new.action.patterns().iter().map(|p| p.as_str().to_lowercase()).collect(),
                        _ => new.resource.entries().iter().map(|entry| entry.as_str().to_owned()).collect(),
                    };
                    let stays = |item: &&&RawValue| {
                        let text: String = serde_json::from_str(item.get()).unwrap();
                        patterns.contains(&if key.ends_with("Action") { text.to_lowercase() } else { text })
                    };
                    let kept = items.iter().filter(stays).map(|item| item.get());
                    prop_assert!(is_subsequence(kept, new_items.iter().map(|item| item.get())), "{raw}\n{raw_after}");
                }
            }
        }
    }

    #[test]
    fn line_ends_and_the_one_line_of_minified_text_stay(seed: u64) {
        let case = Case::new(seed);
        let after = case.edit();
        prop_assert!(!after.contains('\n') || case.text.contains('\n'), "{}\n{}", case.text, after);
        if case.text.contains("\r\n") {
            prop_assert_eq!(after.matches('\n').count(), after.matches("\r\n").count(), "{:?}", after);
        } else {
            prop_assert!(!after.contains('\r'));
        }
    }

    #[test]
    fn lines_outside_of_edited_statements_stay(seed: u64) {
        let case = Case::of(seed, true);
        let after = case.edit();
        let (_, originals) = raw_statements(&case.text);
        let line_of = |at: usize| case.text.bytes().take(at).filter(|byte| *byte == b'\n').count();
        let lines_of = |raw: &str| {
            let start = raw.as_ptr().addr() - case.text.as_ptr().addr();
            line_of(start)..=line_of(start + raw.len())
        };
        let mut may_change: Vec<_> = case.edits.keys().map(|at| lines_of(originals[*at])).collect();
        // Where the last statements go, the one before them loses its comma; no other line does.
        let last = (0..originals.len()).rfind(|at| case.edits.get(at).is_none_or(|by| !by.is_empty())).unwrap();
        if last + 1 < originals.len() {
            let end = *lines_of(originals[last]).end();
            may_change.push(end..=end);
        }
        let lines = case.text.lines().enumerate().filter(|(at, line)| {
            !line.trim().is_empty() && !may_change.iter().any(|range| range.contains(at))
        });
        prop_assert!(is_subsequence(lines.map(|(_, line)| line), after.lines()), "{}\n{}", case.text, after);
    }
}
