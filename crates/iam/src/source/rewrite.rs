//! Writing statements over the text of others.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::StatementEdit;
use super::frame::{Frame, Part};
use super::lists::{self, Step};
use super::scan::{Kind, Member, Node};
use super::style::{Place, Style, fits, indentation, last_line, string, width};
use crate::statement::{KEYS, Statement};

/// Writes statements over the text of a policy.
pub(super) struct Rewriter<'a> {
    text: &'a str,
    style: Style<'a>,
}

/// What makes two values the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sense {
    /// Nothing but equality.
    Exact,
    /// Action patterns: a set without regard to case.
    Actions,
    /// Resources: a set.
    Resources,
    /// Conditions: names without regard to case, values that are sets of texts.
    Conditions,
}

/// What holds for all that is written inside a statement or an object.
#[derive(Clone, Copy)]
struct Manner {
    /// Whether it stands on one line.
    flat: bool,
    /// Whether it is a further one, for which repetitions in the original are no reason to repeat.
    further: bool,
}

impl<'a> Rewriter<'a> {
    pub(super) fn new(text: &'a str, root: &Node) -> Self {
        Self { text, style: Style::of(text, root) }
    }

    /// The whole text with the edits; nothing if the text is not that of these statements.
    pub(super) fn document(
        &self,
        root: &Node,
        statements: &[Statement],
        edits: &BTreeMap<usize, StatementEdit>,
    ) -> Option<String> {
        let Kind::Object(members) = &root.kind else { return None };
        // Of a key that is there twice, the last counts.
        let all = &members.iter().rfind(|member| member.name == "Statement")?.value;
        let bodies_of = |at: usize, node: &Node, by: &[Statement]| {
            let old = statements.get(at)?;
            let write = |(place, new)| self.statement(node, old, new, place > 0);
            Some(by.iter().enumerate().map(write).collect::<Vec<String>>())
        };
        let edited = match (&all.kind, edits.get(&0)) {
            (Kind::Array(nodes), _) => {
                let mut parts = Vec::with_capacity(nodes.len());
                for (at, node) in nodes.iter().enumerate() {
                    match edits.get(&at) {
                        None => parts.push(Part::Kept(at, None)),
                        Some(StatementEdit::Remove) => {}
                        Some(StatementEdit::Replace(by)) => {
                            let mut bodies = bodies_of(at, node, by)?.into_iter();
                            parts.push(Part::Kept(at, bodies.next()));
                            parts.extend(bodies.map(Part::New));
                        }
                    }
                }
                Frame::of(self.text, all)?.assemble(&parts, self.style.comma)
            }
            (Kind::Object(_), Some(StatementEdit::Replace(by))) => {
                let bodies = bodies_of(0, all, by)?;
                match bodies.as_slice() {
                    [only] => only.clone(),
                    several => self.statement_array(several, all),
                }
            }
            _ => return None,
        };
        Some([self.text.get(..all.span.start)?, &edited, self.text.get(all.span.end..)?].concat())
    }

    /// An array in the place of a statement that stood without one.
    fn statement_array(&self, bodies: &[String], node: &Node) -> String {
        if self.style.flat {
            let bodies: Vec<_> = bodies.iter().map(|body| Cow::Borrowed(body.as_str())).collect();
            return self.style.array(&bodies, Place { indent: "", column: 0, flat: true });
        }
        let bodies: Vec<_> = bodies.iter().map(|body| Cow::Owned(self.style.deeper(body))).collect();
        self.style.lines(('[', ']'), &bodies, indentation(self.text, node.span.start))
    }

    /// A statement over the text of another.
    fn statement(&self, node: &Node, old: &Statement, new: &Statement, further: bool) -> String {
        let (Kind::Object(members), Some(frame)) = (&node.kind, Frame::of(self.text, node)) else {
            return self.raw(node).to_owned();
        };
        let goals = match new.to_value() {
            Value::Object(map) => map,
            _ => Map::new(),
        };
        let manner = Manner { flat: !self.raw(node).contains('\n'), further };
        let place_of = |name: &str| members.iter().rposition(|member| member.name == name);
        // Each goal with the member that it is written over, its opposite's if that goes.
        let mut over: BTreeMap<usize, (&String, &Value)> = BTreeMap::new();
        let mut added = Vec::new();
        for (name, value) in &goals {
            let opposite = opposite(name).filter(|other| !goals.contains_key(*other)).and_then(place_of);
            match place_of(name).or(opposite) {
                Some(at) => _ = over.insert(at, (name, value)),
                None if !is_same_field(old, new, name) => added.push((name, value)),
                None => {}
            }
        }
        let mut parts = Vec::with_capacity(members.len());
        for (at, member) in members.iter().enumerate() {
            let same = is_same_field(old, new, &member.name);
            match over.get(&at) {
                Some((name, value)) if !same => {
                    parts.push((name.as_str(), Part::Kept(at, Some(self.member(member, name, value, manner)))));
                }
                // The earlier of two equal keys says nothing and can stay as long as its key is one of the statement's.
                None if !same && !goals.contains_key(&member.name) => {}
                _ => parts.push((member.name.as_str(), Part::Kept(at, None))),
            }
        }
        for (name, value) in added {
            let before = rank(name)
                .and_then(|own| parts.iter().position(|(other, _)| rank(other).is_some_and(|other| other > own)));
            let part = Part::New(self.new_member(node, &frame, name, value));
            parts.insert(before.unwrap_or(parts.len()), (name, part));
        }
        let parts: Vec<Part> = parts.into_iter().map(|(_, part)| part).collect();
        frame.assemble(&parts, self.style.comma)
    }

    /// A key and value over the text of another.
    fn member(&self, member: &Member, name: &str, goal: &Value, manner: Manner) -> String {
        let key = self.text.get(member.key.clone()).unwrap_or_default();
        let key = if member.name == name { Cow::Borrowed(key) } else { Cow::Owned(string(name)) };
        let colon = self.text.get(member.key.end..member.value.span.start).unwrap_or_default();
        let sense = match name {
            "Action" | "NotAction" => Sense::Actions,
            "Resource" | "NotResource" => Sense::Resources,
            "Condition" => Sense::Conditions,
            _ => Sense::Exact,
        };
        format!("{key}{colon}{}", self.value(&member.value, goal, sense, manner))
    }

    /// A key and value where there was none.
    fn new_member(&self, node: &Node, frame: &Frame<'_>, name: &str, value: &Value) -> String {
        let lead = frame.usual_lead(self.style.comma);
        let around = indentation(self.text, node.span.start);
        let indent = if lead.contains('\n') { last_line(lead) } else { around };
        let key = format!("{}{}", string(name), self.style.colon);
        let column = width(indent) + width(&key);
        key + &self.style.value(value, Place { indent, column, flat: frame.is_flat() })
    }

    /// A value over the text of another.
    fn value(&self, node: &Node, goal: &Value, sense: Sense, manner: Manner) -> String {
        let is_list = sense != Sense::Exact;
        match (&node.kind, goal) {
            (Kind::Array(items), Value::Array(goals)) => self.list(node, items, goals, sense, manner),
            (Kind::Array(items), goal) if is_list && !goal.is_object() => {
                self.list(node, items, std::slice::from_ref(goal), sense, manner)
            }
            (Kind::Object(members), Value::Object(goals)) => self.object(node, members, goals, sense, manner),
            (Kind::Scalar, Value::Array(goals)) if is_list => match goals.as_slice() {
                [only] => self.value(node, only, sense, manner),
                several => {
                    let own = sense.normal(&self.parsed(node));
                    let body = |goal: &Value| {
                        if sense.normal(goal) == own {
                            Cow::Borrowed(self.raw(node))
                        } else {
                            Cow::Owned(goal.to_string())
                        }
                    };
                    self.style.array(&several.iter().map(body).collect::<Vec<_>>(), self.place(node, manner))
                }
            },
            (_, goal) if sense.normal(goal) == sense.normal(&self.parsed(node)) => self.raw(node).to_owned(),
            (_, goal) => self.style.value(goal, self.place(node, manner)),
        }
    }

    fn list(&self, node: &Node, items: &[Node], goals: &[Value], sense: Sense, manner: Manner) -> String {
        let Some(frame) = Frame::of(self.text, node) else {
            let goals: Vec<_> = goals.iter().map(|goal| Cow::Owned(goal.to_string())).collect();
            return self.style.array(&goals, self.place(node, manner));
        };
        let old: Vec<String> = items.iter().map(|item| sense.normal(&self.parsed(item))).collect();
        let new: Vec<String> = goals.iter().map(|goal| sense.normal(goal)).collect();
        let steps = match sense {
            Sense::Exact => lists::of_sequence(&old, &new),
            _ => lists::of_set(&old, &new, manner.further),
        };
        let place = self.place(node, manner);
        let inner = last_line(frame.usual_lead(self.style.comma));
        let inside = Place { indent: inner, column: width(inner), flat: frame.is_flat() };
        let parts: Vec<Part> = steps
            .into_iter()
            .map(|step| match step {
                Step::Keep(at) => Part::Kept(at, None),
                Step::Insert(at) => {
                    Part::New(goals.get(at).map_or_else(String::new, |goal| self.style.value(goal, inside)))
                }
            })
            .collect();
        let text = frame.assemble(&parts, self.style.comma);
        let grown = parts.iter().any(|part| matches!(part, Part::New(_)));
        let raw = self.raw(node);
        // Who writes beyond the columns on one line is left to do so.
        if grown && !manner.flat && !raw.contains('\n') && fits(place.column, raw) && !fits(place.column, &text) {
            let body = |part: &Part| match part {
                Part::Kept(at, _) => Cow::Owned(frame.body(*at).to_owned()),
                Part::New(new) => Cow::Owned(new.clone()),
            };
            let bodies: Vec<_> = parts.iter().map(body).collect();
            return self.style.lines(('[', ']'), &bodies, place.indent);
        }
        text
    }

    fn object(
        &self,
        node: &Node,
        members: &[Member],
        goals: &Map<String, Value>,
        sense: Sense,
        manner: Manner,
    ) -> String {
        let Some(frame) = Frame::of(self.text, node) else {
            return self.style.value(&Value::Object(goals.clone()), self.place(node, manner));
        };
        let manner = Manner { flat: !self.raw(node).contains('\n'), ..manner };
        let mut over: BTreeMap<usize, &Value> = BTreeMap::new();
        let mut added: Vec<(usize, &String, &Value)> = Vec::new();
        let mut after = 0;
        for (name, value) in goals {
            let alike = |member: &Member| {
                sense == Sense::Conditions
                    && member.name.eq_ignore_ascii_case(name)
                    && !goals.contains_key(&member.name)
            };
            let exact = members.iter().rposition(|member| member.name == *name);
            let at = exact.or_else(|| members.iter().rposition(alike)).filter(|at| !over.contains_key(at));
            if let Some(at) = at {
                over.insert(at, value);
                after = at + 1;
            } else {
                added.push((after, name, value));
            }
        }
        let mut parts = Vec::with_capacity(members.len());
        let mut added = added.into_iter().peekable();
        for at in 0..=members.len() {
            while let Some((_, name, value)) = added.next_if(|(after, ..)| *after <= at) {
                parts.push(Part::New(self.new_member(node, &frame, name, value)));
            }
            let Some(member) = members.get(at) else { continue };
            if let Some(goal) = over.get(&at) {
                let key = self.text.get(member.key.start..member.value.span.start).unwrap_or_default();
                let value = self.value(&member.value, goal, sense, manner);
                parts.push(Part::Kept(at, Some(format!("{key}{value}"))));
            } else if goals.contains_key(&member.name) {
                parts.push(Part::Kept(at, None));
            }
        }
        frame.assemble(&parts, self.style.comma)
    }

    fn place(&self, node: &Node, manner: Manner) -> Place<'a> {
        let before = last_line(self.text.get(..node.span.start).unwrap_or_default());
        Place { indent: indentation(self.text, node.span.start), column: width(before), flat: manner.flat }
    }

    fn raw(&self, node: &Node) -> &'a str {
        self.text.get(node.span.clone()).unwrap_or_default()
    }

    fn parsed(&self, node: &Node) -> Value {
        serde_json::from_str(self.raw(node)).unwrap_or_default()
    }
}

impl Sense {
    /// What is equal for values that are the same.
    fn normal(self, value: &Value) -> String {
        match (self, value) {
            (Self::Actions, Value::String(text)) => text.to_ascii_lowercase(),
            (Self::Resources | Self::Conditions, Value::String(text)) => text.clone(),
            (_, value) => value.to_string(),
        }
    }
}

fn is_same_field(old: &Statement, new: &Statement, key: &str) -> bool {
    match key {
        "Sid" => old.sid == new.sid,
        "Effect" => old.effect == new.effect,
        "Principal" => old.principal == new.principal,
        "NotPrincipal" => old.not_principal == new.not_principal,
        "Action" | "NotAction" => old.action == new.action,
        "Resource" | "NotResource" => old.resource == new.resource,
        "Condition" => old.conditions == new.conditions,
        unknown => old.unknown_keys().get(unknown) == new.unknown_keys().get(unknown),
    }
}

/// The key that excludes this one.
fn opposite(key: &str) -> Option<&'static str> {
    Some(match key {
        "Action" => "NotAction",
        "NotAction" => "Action",
        "Resource" => "NotResource",
        "NotResource" => "Resource",
        "Principal" => "NotPrincipal",
        "NotPrincipal" => "Principal",
        _ => return None,
    })
}

fn rank(key: &str) -> Option<usize> {
    KEYS.iter().position(|known| *known == key)
}
