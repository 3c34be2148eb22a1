//! One statement of a policy.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::action::{ActionName, ActionPattern};
use crate::arn::Arn;
use crate::conditions::Conditions;
use crate::policy_error::{PolicyError, PolicyProblem};
use crate::resource::ResourcePattern;

/// One statement: what it says, and how its source wrote it down.
///
/// The order of keys, keys that IAM does not define, and whether a single value stood in an array are kept, so that
/// printing gives back what was parsed. Equality looks through all of that, and through the order and repetition of
/// actions and resources.
///
/// ```
/// use tighten_iam::{Effect, Statement};
/// let statement = Statement::allow(["sqs:SendMessage".parse()?], ["arn:aws:sqs:*:*:jobs".parse()?]).with_sid("Enqueue");
/// assert_eq!(
///     serde_json::to_string(&statement)?,
///     r#"{"Sid":"Enqueue","Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:*:*:jobs"}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Statement {
    /// `Sid`
    pub sid: Option<String>,
    /// `Effect`
    pub effect: Effect,
    /// `Principal` of a resource policy or trust policy, carried as it is.
    pub principal: Option<Value>,
    /// `NotPrincipal`, likewise.
    pub not_principal: Option<Value>,
    /// `Action` or `NotAction`
    pub action: Actions,
    /// `Resource` or `NotResource`
    pub resource: Resources,
    /// `Condition`
    pub conditions: Conditions,
    layout: Layout,
}

/// `Allow` or `Deny`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// What matches is allowed, unless something denies it.
    Allow,
    /// What matches is denied, whatever allows it.
    Deny,
}

/// Which actions a statement is about.
#[derive(Debug, Clone)]
pub enum Actions {
    /// These.
    Action(Vec<ActionPattern>),
    /// All but these.
    NotAction(Vec<ActionPattern>),
}

/// Which resources a statement is about.
#[derive(Debug, Clone)]
pub enum Resources {
    /// These.
    Resource(Vec<ResourceEntry>),
    /// All but these.
    NotResource(Vec<ResourceEntry>),
    /// Not said, as in a trust policy: the resource is the one that the policy is attached to.
    Implied,
}

/// One entry of `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceEntry {
    /// A pattern that IAM understands.
    Pattern(ResourcePattern),
    /// Text that is neither `*` nor an ARN, such as a template's `${BUCKET_ARN}/*` before it is filled. Carried as it is;
    /// what it matches is not known.
    Verbatim(String),
}

/// How the source wrote a statement.
#[derive(Debug, Clone, Default)]
struct Layout {
    /// The keys in order, unknown ones included.
    keys: Vec<String>,
    /// Keys that IAM does not define.
    unknown: Map<String, Value>,
    /// Whether a single action stood in an array.
    action_array: bool,
    /// Whether a single resource stood in an array.
    resource_array: bool,
}

/// The keys of a statement in the order in which IAM's documentation writes them.
pub(crate) const KEYS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

impl Effect {
    /// `Allow` or `Deny`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Actions {
    /// The patterns, whichever way they count, those that match nothing included.
    pub fn patterns(&self) -> &[ActionPattern] {
        match self {
            Self::Action(patterns) | Self::NotAction(patterns) => patterns,
        }
    }

    /// Whether the statement is about all but the patterns.
    pub fn is_negated(&self) -> bool {
        matches!(self, Self::NotAction(_))
    }

    /// Whether the statement is about this action.
    pub fn matches(&self, action: &ActionName) -> bool {
        self.patterns().iter().any(|pattern| pattern.matches(action)) != self.is_negated()
    }
}

impl Resources {
    /// The entries, whichever way they count.
    pub fn entries(&self) -> &[ResourceEntry] {
        match self {
            Self::Resource(entries) | Self::NotResource(entries) => entries,
            Self::Implied => &[],
        }
    }

    /// The entries that IAM understands.
    pub fn patterns(&self) -> impl Iterator<Item = &ResourcePattern> {
        self.entries().iter().filter_map(ResourceEntry::pattern)
    }

    /// Whether the statement is about all but the entries.
    pub fn is_negated(&self) -> bool {
        matches!(self, Self::NotResource(_))
    }
}

impl ResourceEntry {
    /// The text as it is written.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Pattern(pattern) => pattern.as_str(),
            Self::Verbatim(text) => text,
        }
    }

    /// The pattern, if it is one.
    pub fn pattern(&self) -> Option<&ResourcePattern> {
        match self {
            Self::Pattern(pattern) => Some(pattern),
            Self::Verbatim(_) => None,
        }
    }
}

impl From<ResourcePattern> for ResourceEntry {
    fn from(pattern: ResourcePattern) -> Self {
        Self::Pattern(pattern)
    }
}

impl From<&Arn> for ResourceEntry {
    fn from(arn: &Arn) -> Self {
        Self::Pattern(arn.into())
    }
}

impl From<&str> for ResourceEntry {
    fn from(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Verbatim(text.to_owned()), Self::Pattern)
    }
}

impl fmt::Display for ResourceEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Statement {
    /// A statement that allows the actions on the resources.
    pub fn allow(
        actions: impl IntoIterator<Item = ActionPattern>,
        resources: impl IntoIterator<Item = ResourcePattern>,
    ) -> Self {
        Self::new(Effect::Allow, actions, resources)
    }

    /// A statement that denies the actions on the resources.
    pub fn deny(
        actions: impl IntoIterator<Item = ActionPattern>,
        resources: impl IntoIterator<Item = ResourcePattern>,
    ) -> Self {
        Self::new(Effect::Deny, actions, resources)
    }

    /// Names the statement.
    #[must_use]
    pub fn with_sid(mut self, sid: impl Into<String>) -> Self {
        self.sid = Some(sid.into());
        self
    }

    /// Puts the statement under conditions.
    #[must_use]
    pub fn with_conditions(mut self, conditions: Conditions) -> Self {
        self.conditions = conditions;
        self
    }

    /// The keys that IAM does not define, with their values.
    pub fn unknown_keys(&self) -> &Map<String, Value> {
        &self.layout.unknown
    }

    /// The statement as JSON, laid out as its source was.
    pub fn to_value(&self) -> Value {
        let mut map = Map::new();
        for key in self.key_order() {
            if let Some(value) = self.value_of(key) {
                map.insert(key.to_owned(), value);
            }
        }
        Value::Object(map)
    }

    fn new(
        effect: Effect,
        actions: impl IntoIterator<Item = ActionPattern>,
        resources: impl IntoIterator<Item = ResourcePattern>,
    ) -> Self {
        Self {
            sid: None,
            effect,
            principal: None,
            not_principal: None,
            action: Actions::Action(actions.into_iter().collect()),
            resource: Resources::Resource(resources.into_iter().map(ResourceEntry::Pattern).collect()),
            conditions: Conditions::new(),
            layout: Layout::default(),
        }
    }

    /// The source's keys, with those that it did not have where IAM's documentation would put them.
    fn key_order(&self) -> Vec<&str> {
        if self.layout.keys.is_empty() {
            return KEYS.to_vec();
        }
        let rank = |key: &str| KEYS.iter().position(|known| *known == key);
        let mut order: Vec<&str> = self.layout.keys.iter().map(String::as_str).collect();
        for (at, key) in KEYS.iter().enumerate().filter(|(_, key)| !self.layout.keys.iter().any(|have| have == *key)) {
            let before = order.iter().position(|have| rank(have).is_some_and(|have| have > at));
            order.insert(before.unwrap_or(order.len()), key);
        }
        order
    }

    fn value_of(&self, key: &str) -> Option<Value> {
        let had_key = || self.layout.keys.iter().any(|have| have == key);
        let actions = || one_or_many(self.action.patterns(), ActionPattern::as_str, self.layout.action_array);
        let resources = || one_or_many(self.resource.entries(), ResourceEntry::as_str, self.layout.resource_array);
        match key {
            "Sid" => self.sid.clone().map(Value::String),
            "Effect" => Some(Value::String(self.effect.to_string())),
            "Principal" => self.principal.clone(),
            "NotPrincipal" => self.not_principal.clone(),
            "Action" => (!self.action.is_negated()).then(actions),
            "NotAction" => self.action.is_negated().then(actions),
            "Resource" => matches!(self.resource, Resources::Resource(_)).then(resources),
            "NotResource" => matches!(self.resource, Resources::NotResource(_)).then(resources),
            "Condition" => (!self.conditions.is_empty() || had_key()).then(|| self.conditions.to_value()),
            unknown => self.layout.unknown.get(unknown).cloned(),
        }
    }

    pub(crate) fn from_value(value: Value, path: &str) -> Result<Self, PolicyError> {
        let Value::Object(map) = value else {
            return Err(PolicyError::new(path, PolicyProblem::expected("an object", &value)));
        };
        let mut layout = Layout { keys: map.keys().cloned().collect(), ..Layout::default() };
        let (mut sid, mut effect, mut principal, mut not_principal) = (None, None, None, None);
        let (mut action, mut resource, mut conditions) = (None, None, Conditions::new());
        let twice = |key: &str, other: &'static str| {
            Err(PolicyError::new(&format!("{path}.{key}"), PolicyProblem::Both { other }))
        };
        for (key, value) in map {
            let path = format!("{path}.{key}");
            match key.as_str() {
                "Sid" => sid = Some(string(value, &path)?),
                "Effect" => effect = Some(parse_effect(value, &path)?),
                "Principal" => principal = Some(value),
                "NotPrincipal" => not_principal = Some(value),
                "Action" | "NotAction" => {
                    layout.action_array = value.is_array();
                    let patterns = strings(value, &path)?
                        .map(|(text, path)| {
                            ActionPattern::in_policy(&text).map_err(|error| PolicyError::new(&path, error.into()))
                        })
                        .collect::<Result<_, _>>()?;
                    let parsed = if key == "Action" { Actions::Action(patterns) } else { Actions::NotAction(patterns) };
                    if action.replace(parsed).is_some() {
                        return twice(&key, if key == "Action" { "NotAction" } else { "Action" });
                    }
                }
                "Resource" | "NotResource" => {
                    layout.resource_array = value.is_array();
                    let entries = strings(value, &path)?.map(|(text, _)| text.as_str().into()).collect();
                    let parsed =
                        if key == "Resource" { Resources::Resource(entries) } else { Resources::NotResource(entries) };
                    if resource.replace(parsed).is_some() {
                        return twice(&key, if key == "Resource" { "NotResource" } else { "Resource" });
                    }
                }
                "Condition" => conditions = Conditions::from_value(value, &path)?,
                _ => {
                    layout.unknown.insert(key, value);
                }
            }
        }
        let missing = |what| PolicyError::new(path, PolicyProblem::Missing(what));
        let resource = match resource {
            Some(resource) => resource,
            None if principal.is_some() || not_principal.is_some() => Resources::Implied,
            None => return Err(missing("`Resource` or `NotResource`")),
        };
        Ok(Self {
            sid,
            effect: effect.ok_or_else(|| missing("`Effect`"))?,
            principal,
            not_principal,
            action: action.ok_or_else(|| missing("`Action` or `NotAction`"))?,
            resource,
            conditions,
            layout,
        })
    }
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.sid == other.sid
            && self.effect == other.effect
            && self.principal == other.principal
            && self.not_principal == other.not_principal
            && self.action == other.action
            && self.resource == other.resource
            && self.conditions == other.conditions
            && self.layout.unknown == other.layout.unknown
    }
}

impl Eq for Statement {}

impl PartialEq for Actions {
    fn eq(&self, other: &Self) -> bool {
        self.is_negated() == other.is_negated() && same_set(self.patterns(), other.patterns())
    }
}

impl Eq for Actions {}

impl PartialEq for Resources {
    fn eq(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other) && same_set(self.entries(), other.entries())
    }
}

impl Eq for Resources {}

impl Serialize for Statement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

fn same_set<T: Ord>(left: &[T], right: &[T]) -> bool {
    fn sorted<T: Ord>(items: &[T]) -> Vec<&T> {
        let mut items: Vec<&T> = items.iter().collect();
        items.sort_unstable();
        items.dedup();
        items
    }
    sorted(left) == sorted(right)
}

fn one_or_many<T>(items: &[T], text: impl Fn(&T) -> &str, array: bool) -> Value {
    match items {
        [only] if !array => Value::String(text(only).to_owned()),
        many => many.iter().map(|item| Value::String(text(item).to_owned())).collect(),
    }
}

pub(crate) fn string(value: Value, path: &str) -> Result<String, PolicyError> {
    match value {
        Value::String(text) => Ok(text),
        other => Err(PolicyError::new(path, PolicyProblem::expected("a string", &other))),
    }
}

/// One string or an array of them, each with its path.
fn strings(value: Value, path: &str) -> Result<impl Iterator<Item = (String, String)> + use<>, PolicyError> {
    let all = match value {
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(at, item)| {
                let path = format!("{path}[{at}]");
                string(item, &path).map(|text| (text, path))
            })
            .collect::<Result<Vec<_>, _>>()?,
        Value::String(text) => vec![(text, path.to_owned())],
        other => {
            return Err(PolicyError::new(path, PolicyProblem::expected("a string or an array of strings", &other)));
        }
    };
    Ok(all.into_iter())
}

fn parse_effect(value: Value, path: &str) -> Result<Effect, PolicyError> {
    match string(value, path)?.as_str() {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => Err(PolicyError::new(path, PolicyProblem::Effect(other.to_owned()))),
    }
}
