//! From a statement to its rules.

use super::circumstances::Mode;
use super::lines::{ConditionLine, Line, LineId, Variable, value_of};
use super::rules::{Rule, Rules, Side};
use super::targets::Target;
use super::tokens::{self, SegmentToken};
use crate::policy::PolicyDocument;
use crate::resource::ResourcePattern;
use crate::statement::{ResourceEntry, Resources, Statement};
use crate::wildcard::{Token, Tokens};

/// A statement on its way to its rules.
pub(super) struct Builder<'a> {
    pub(super) side: Side,
    pub(super) document: &'a PolicyDocument,
    /// The indices of document and statement.
    pub(super) at: (usize, usize),
    pub(super) statement: &'a Statement,
    pub(super) mode: Mode<'a>,
}

/// What an entry means.
enum Meaning {
    Known(Target),
    /// It matches nothing for sure.
    Nothing,
    /// It matches the target at most, and exactly if the line holds.
    Open(Target, Line),
}

impl Builder<'_> {
    pub(super) fn add_to(&self, rules: &mut Rules) {
        let statement = self.statement;
        let actions = rules.actions(&statement.action);
        let mut guard: Vec<LineId> = statement
            .conditions
            .iter()
            .map(|condition| rules.lines.id(Line::Condition(ConditionLine::new(condition, self.document))))
            .collect();
        guard.extend(self.carried().map(|line| rules.lines.id(line)));
        let add = |rules: &mut Rules, negated, targets: Vec<Target>, line: Option<Line>| {
            let mut lines = guard.clone();
            lines.extend(line.map(|line| rules.lines.id(line)));
            let guard = rules.guard(lines);
            let body = rules.body(self.body(actions, negated, &targets));
            let (document, statement) = self.at;
            let (side, effect) = (self.side, self.statement.effect);
            rules.all.push(Rule { side, effect, document, statement, actions, negated, targets, guard, body });
        };
        let meanings: Vec<Meaning> = statement.resource.entries().iter().map(|entry| self.meaning(entry)).collect();
        let mut known = Vec::new();
        let mut open = Vec::new();
        let mut nothing = false;
        for meaning in meanings {
            match meaning {
                Meaning::Known(target) => known.push(target),
                Meaning::Nothing => nothing = true,
                Meaning::Open(target, line) => open.push((target, line)),
            }
        }
        match &statement.resource {
            Resources::Resource(_) => {
                if !known.is_empty() {
                    add(rules, false, known, None);
                }
                for (target, line) in open {
                    add(rules, false, vec![target], Some(line));
                }
            }
            Resources::NotResource(_) if open.is_empty() && !nothing => add(rules, true, known, None),
            Resources::NotResource(entries) => {
                // Where a variable has no value, IAM may take the whole statement for invalid, so that nothing is sure of
                // one that excludes by variables but that it is not about what it excludes otherwise.
                let texts: Vec<&str> = entries.iter().map(ResourceEntry::as_str).collect();
                let line = Line::Other(format!("NotResource {}", texts.join(" ")));
                add(rules, true, known, Some(line));
            }
            Resources::Implied => {
                add(rules, false, vec![Target::everything(None)], Some(Line::Other("Resource".to_owned())));
            }
        }
    }

    /// Actions and targets as text that does not depend on their order.
    fn body(&self, actions: usize, negated: bool, targets: &[Target]) -> String {
        let mut resources: Vec<&str> =
            targets.iter().map(|target| target.pattern.as_ref().map_or("", ResourcePattern::as_str)).collect();
        resources.sort_unstable();
        resources.dedup();
        format!("{actions} {negated} {} {}", self.document.has_variables(), resources.join("\n"))
    }

    /// What a statement holds that identity policies do not have.
    fn carried(&self) -> impl Iterator<Item = Line> {
        let statement = self.statement;
        let principals = [("Principal", &statement.principal), ("NotPrincipal", &statement.not_principal)];
        let principals = principals.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
        let unknown = statement.unknown_keys().iter().map(|(key, value)| (key.as_str(), value));
        principals.chain(unknown).map(|(key, value)| Line::Other(format!("{key} {value}")))
    }

    fn meaning(&self, entry: &ResourceEntry) -> Meaning {
        let ResourceEntry::Pattern(pattern) = entry else {
            return Meaning::Open(Target::everything(None), Line::Verbatim(entry.as_str().to_owned()));
        };
        let Some([_, segments @ ..]) = pattern.segments() else {
            return Meaning::Known(Target::everything(Some(pattern.clone())));
        };
        let mut open = false;
        let mut compiled: [Vec<SegmentToken>; 5] = Default::default();
        for (segment, compiled) in segments.into_iter().zip(&mut compiled) {
            if !self.document.has_variables() {
                *compiled = tokens::loose(&segment.replace('$', "${$}")).collect();
                continue;
            }
            for token in Tokens::new(segment) {
                match token {
                    Token::Char(c) => compiled.push(SegmentToken::Char(c)),
                    Token::One => compiled.push(SegmentToken::One),
                    Token::Many => compiled.push(SegmentToken::Many),
                    Token::Variable(variable) => match self.value_of(variable) {
                        Variable::Value(value) => compiled.extend(value.chars().map(SegmentToken::Char)),
                        Variable::None => return Meaning::Nothing,
                        Variable::Unknown => {
                            compiled.push(SegmentToken::Many);
                            open = true;
                        }
                    },
                }
            }
        }
        let (cover, generator) = tokens::arn(compiled);
        let target = Target { pattern: Some(pattern.clone()), any: false, cover, generator };
        if open { Meaning::Open(target, Line::Pattern(pattern.clone())) } else { Meaning::Known(target) }
    }

    fn value_of(&self, variable: &str) -> Variable {
        match self.mode {
            Mode::Every => Variable::Unknown,
            Mode::Only(given) => value_of(variable, given),
        }
    }
}
