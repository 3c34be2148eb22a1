//! Values of a template, as far as they are known before it is deployed: texts in which `*` stands for what is not.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use tighten_iam::escape_literal;

use crate::node::{Entry, Node, Value};
use crate::physical;
use crate::template::{Resource, Template};

/// What a value may be, in the spelling of resource patterns. Empty: the property is left out.
pub(crate) type Values = BTreeSet<String>;

/// How many values are kept apart before `*` takes their place.
const KEPT_APART: usize = 16;
/// How deeply values may refer to each other.
const DEPTH: usize = 24;
/// How many steps all values of a template may take.
const STEPS: usize = 400_000;

/// Where a stack is deployed. What is not given is `*`.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The stack's name.
    pub stack: Option<String>,
    /// The partition; `None`: `aws`.
    pub partition: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// Values of parameters.
    pub parameters: BTreeMap<String, String>,
}

impl Target {
    pub(crate) fn partition(&self) -> &str {
        self.partition.as_deref().unwrap_or("aws")
    }

    pub(crate) fn region(&self) -> &str {
        self.region.as_deref().unwrap_or("*")
    }

    pub(crate) fn account(&self) -> &str {
        self.account.as_deref().unwrap_or("*")
    }

    pub(crate) fn stack(&self) -> &str {
        self.stack.as_deref().unwrap_or("*")
    }
}

/// Finds values of one template.
pub(crate) struct Resolver<'a> {
    pub(crate) template: &'a Template,
    pub(crate) target: &'a Target,
    steps: Cell<usize>,
    depth: Cell<usize>,
    /// Parameters whose default was taken, with the default.
    pub(crate) defaults: RefCell<BTreeMap<String, String>>,
    /// Parameters of which nothing is known.
    pub(crate) open: RefCell<BTreeSet<String>>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(template: &'a Template, target: &'a Target) -> Self {
        Self {
            template,
            target,
            steps: Cell::new(0),
            depth: Cell::new(0),
            defaults: RefCell::default(),
            open: RefCell::default(),
        }
    }

    /// What a value may be.
    pub(crate) fn values(&self, node: &Node) -> Values {
        if self.steps.get() >= STEPS || self.depth.get() >= DEPTH {
            return any();
        }
        self.steps.set(self.steps.get() + 1);
        self.depth.set(self.depth.get() + 1);
        let found = capped(self.found(node));
        self.depth.set(self.depth.get() - 1);
        found
    }

    fn found(&self, node: &Node) -> Values {
        match &node.value {
            Value::Null => Values::new(),
            Value::List(items) => items.iter().flat_map(|item| self.values(item)).collect(),
            Value::Map(_) => match node.function() {
                Some((name, argument)) => self.called(name, argument),
                None => any(),
            },
            _ => [literal(node.scalar().unwrap_or_default())].into(),
        }
    }

    fn called(&self, function: &str, argument: &Node) -> Values {
        let items = argument.items();
        match (function, items) {
            ("Ref", _) => argument.text().map_or_else(any, |name| self.referred(name)),
            ("Fn::GetAtt", [resource, attribute]) => match (resource.text(), attribute.text()) {
                (Some(name), Some(attribute)) => self.attribute(name, attribute),
                _ => any(),
            },
            ("Fn::GetAtt", _) => match argument.text().and_then(|text| text.split_once('.')) {
                Some((name, attribute)) => self.attribute(name, attribute),
                None => any(),
            },
            ("Fn::Sub", [text, variables]) => self.substituted(text.text().unwrap_or("*"), variables),
            ("Fn::Sub", _) => self.substituted(argument.text().unwrap_or("*"), &Node::default()),
            ("Fn::Join", [separator, list]) => self.joined(separator.text().unwrap_or_default(), list),
            ("Fn::If", [_, yes, no]) => self.values(yes).into_iter().chain(self.values(no)).collect(),
            ("Fn::Select", [at, list]) => self.selected(at, list),
            ("Fn::FindInMap", [map, first, second, ..]) => self.mapped(map, first, second),
            _ => any(),
        }
    }

    fn referred(&self, name: &str) -> Values {
        let target = self.target;
        let pseudo = match name {
            "AWS::StackName" => target.stack(),
            "AWS::Region" => target.region(),
            "AWS::AccountId" => target.account(),
            "AWS::Partition" => target.partition(),
            "AWS::StackId" => {
                let (partition, region, account) = (target.partition(), target.region(), target.account());
                return [format!("arn:{partition}:cloudformation:{region}:{account}:stack/{}/*", target.stack())]
                    .into();
            }
            "AWS::URLSuffix" if target.partition() == "aws-cn" => "amazonaws.com.cn",
            "AWS::URLSuffix" => "amazonaws.com",
            "AWS::NoValue" => return Values::new(),
            _ => return self.named(name),
        };
        [pseudo.to_owned()].into()
    }

    fn named(&self, name: &str) -> Values {
        if let Some(resource) = self.template.resource(name) {
            return physical::referred(self, resource);
        }
        self.parameter(name)
    }

    fn parameter(&self, name: &str) -> Values {
        if let Some(value) = self.target.parameters.get(name) {
            return [literal(value)].into();
        }
        let declared = self.template.parameters.get(name);
        let kind = declared.and_then(|one| one.get("Type")).and_then(Node::text).unwrap_or("String");
        let default = declared.and_then(|one| one.get("Default")).and_then(Node::scalar);
        // The default of a parameter of these types is the name of another one that holds the value.
        let usable = |default: &&str| !default.is_empty() && !kind.starts_with("AWS::SSM::Parameter::Value");
        let Some(default) = default.filter(usable) else {
            self.open.borrow_mut().insert(name.to_owned());
            return any();
        };
        self.defaults.borrow_mut().insert(name.to_owned(), default.to_owned());
        if is_list(kind) { default.split(',').map(literal).collect() } else { [literal(default)].into() }
    }

    fn attribute(&self, name: &str, attribute: &str) -> Values {
        let Some(resource) = self.template.resource(name) else { return any() };
        if attribute == "Arn" || attribute.ends_with("Arn") {
            let arns = physical::own_arns(self, resource);
            return if arns.is_empty() { any() } else { arns };
        }
        match attribute {
            // What is named like the resource.
            "Name" | "QueueName" | "TopicName" | "FunctionName" | "RoleName" => physical::names(self, resource),
            _ => any(),
        }
    }

    fn substituted(&self, text: &str, variables: &Node) -> Values {
        let mut found: Values = [String::new()].into();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, behind)) = after.split_once('}') else { break };
            found = product(&found, &[literal(before)].into());
            let values = match name.strip_prefix('!') {
                Some(kept) => [format!("*{}*", literal(kept))].into(),
                None => self.variable(name.trim(), variables),
            };
            found = product(&found, &values);
            rest = behind;
        }
        product(&found, &[literal(rest)].into())
    }

    fn variable(&self, name: &str, variables: &Node) -> Values {
        if let Some(value) = variables.get(name) {
            return self.values(value);
        }
        match name.split_once('.') {
            Some((resource, attribute)) => self.attribute(resource, attribute),
            None => self.referred(name),
        }
    }

    fn joined(&self, separator: &str, list: &Node) -> Values {
        let Value::List(items) = &list.value else { return any() };
        let mut found: Option<Values> = None;
        for item in items {
            let values = self.values(item);
            if values.is_empty() {
                continue;
            }
            found = Some(match found {
                None => values,
                Some(before) => product(&product(&before, &[literal(separator)].into()), &values),
            });
        }
        found.unwrap_or_default()
    }

    fn selected(&self, at: &Node, list: &Node) -> Values {
        let at = at.scalar().and_then(|text| text.parse::<usize>().ok());
        if let (Value::List(items), Some(at)) = (&list.value, at) {
            return items.get(at).map_or_else(any, |item| self.values(item));
        }
        let Some(("Fn::Split", argument)) = list.function() else { return any() };
        let ([separator, whole], Some(at)) = (argument.items(), at) else { return any() };
        let Some(separator) = separator.text().filter(|text| !text.is_empty()) else { return any() };
        let part = |whole: &String| {
            let before: Vec<&str> = whole.split(separator).take(at + 1).collect();
            // Where the text is open, nobody knows how many separators it has.
            match before.get(at) {
                Some(part) if !before.iter().any(|part| part.contains('*')) => (*part).to_owned(),
                _ => "*".to_owned(),
            }
        };
        self.values(whole).iter().map(part).collect()
    }

    fn mapped(&self, map: &Node, first: &Node, second: &Node) -> Values {
        let mut level: Vec<&Node> = vec![&self.template.mappings];
        for key in [map, first, second] {
            let keys = self.values(key);
            let below: Vec<_> = level.iter().flat_map(|node| node.entries()).collect();
            let meant = |entry: &&&Entry| keys.contains(&literal(&entry.key));
            // Of a key that is not known, or not in the map, it may be any.
            let all = !below.iter().any(|entry| meant(&entry));
            level = below.iter().filter(|entry| all || meant(entry)).map(|entry| &entry.value).collect();
        }
        if level.is_empty() { any() } else { level.into_iter().flat_map(|node| self.values(node)).collect() }
    }

    /// The resources that a value refers to, wherever in it.
    pub(crate) fn references(&self, node: &Node) -> Vec<&'a Resource> {
        let mut names = BTreeSet::new();
        collect(node, &mut names);
        names.iter().filter_map(|name| self.template.resource(name)).collect()
    }

    /// All ARNs that are written in a value, wherever in it.
    pub(crate) fn arns(&self, node: &Node) -> Values {
        let mut found = Values::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let is_value = node.function().is_some() || node.scalar().is_some();
            match &node.value {
                _ if is_value => found.extend(self.values(node).into_iter().filter(|value| value.starts_with("arn:"))),
                Value::List(items) => open.extend(items),
                _ => open.extend(node.entries().iter().map(|entry| &entry.value)),
            }
        }
        found
    }
}

/// The names of resources that a value refers to.
fn collect<'n>(node: &'n Node, names: &mut BTreeSet<&'n str>) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match node.function() {
            Some(("Ref", name)) => names.extend(name.text()),
            Some(("Fn::GetAtt", argument)) => {
                let first = argument.items().first().unwrap_or(argument);
                names.extend(first.text().map(|text| text.split('.').next().unwrap_or(text)));
            }
            Some(("Fn::Sub", argument)) => {
                let text = argument.items().first().unwrap_or(argument).text().unwrap_or_default();
                let variables = text.split("${").skip(1).filter_map(|part| part.split('}').next());
                names.extend(variables.map(|name| name.split('.').next().unwrap_or(name)));
                open.extend(argument.items().iter().skip(1));
            }
            _ => {
                open.extend(node.items());
                open.extend(node.entries().iter().map(|entry| &entry.value));
            }
        }
    }
}

/// Nothing is known.
pub(crate) fn any() -> Values {
    ["*".to_owned()].into()
}

/// Text in the spelling of patterns. What is put in at deployment (`{{resolve:…}}`) is not known.
pub(crate) fn literal(text: &str) -> String {
    match (text.find("{{resolve:"), text.rfind("}}")) {
        (Some(from), Some(to)) if from < to => {
            let (before, after) = (text.get(..from).unwrap_or_default(), text.get(to + 2..).unwrap_or_default());
            format!("{}*{}", escape_literal(before), escape_literal(after))
        }
        _ => escape_literal(text).into_owned(),
    }
}

/// How long a value may become, in bytes.
const LONGEST: usize = 65_536;

/// Every one of the first followed by every one of the second.
pub(crate) fn product(first: &Values, second: &Values) -> Values {
    if first.len().saturating_mul(second.len()) > KEPT_APART {
        return any();
    }
    // Nothing that AWS names is longer.
    let longest = |values: &Values| values.iter().map(String::len).max().unwrap_or_default();
    if longest(first) + longest(second) > LONGEST {
        return any();
    }
    let all = first.iter().flat_map(|one| second.iter().map(move |other| shortened(&format!("{one}{other}"))));
    all.collect()
}

/// Several stars in a row say no more than one.
fn shortened(text: &str) -> String {
    let mut short = text.to_owned();
    while short.contains("**") {
        short = short.replace("**", "*");
    }
    short
}

fn capped(values: Values) -> Values {
    if values.len() > KEPT_APART || values.contains("*") { any() } else { values }
}

fn is_list(kind: &str) -> bool {
    kind == "CommaDelimitedList" || kind.starts_with("List<")
}
