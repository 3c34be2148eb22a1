//! The generated facts as text: one tab-separated line per fact, one file per service.

use std::collections::BTreeMap;

use super::Problems;

/// Everything that AWS defines, by prefix.
#[derive(Debug, Default)]
pub struct Facts {
    /// Name, version and contribution of the packages.
    pub sources: Vec<[String; 3]>,
    pub services: BTreeMap<String, FactService>,
}

#[derive(Debug, Default)]
pub struct FactService {
    /// Name and value type.
    pub keys: Vec<(String, String)>,
    pub types: Vec<FactType>,
    pub actions: Vec<FactAction>,
    pub operations: Vec<FactOperation>,
    /// Lower-case name to place in `actions`.
    by_name: BTreeMap<String, usize>,
}

#[derive(Debug)]
pub struct FactType {
    pub name: String,
    pub formats: Vec<String>,
    pub keys: Vec<String>,
}

#[derive(Debug)]
pub struct FactAction {
    pub name: String,
    /// As AWS writes them.
    pub levels: Vec<String>,
    /// Type, whether required, condition keys.
    pub resources: Vec<(String, bool, Vec<String>)>,
    /// For each of several resource types the members of requests that have room for it; `+` for what the call makes.
    pub places: Vec<Vec<String>>,
    pub keys: Vec<String>,
    pub dependents: Vec<String>,
    pub permission_only: bool,
    pub withdrawn: bool,
}

#[derive(Debug)]
pub struct FactOperation {
    pub name: String,
    pub sdk_service: String,
    pub unsigned: bool,
    pub needs_input: bool,
    /// Verb and path.
    pub http: Option<(String, String)>,
}

impl Facts {
    /// Parses all files: `SOURCES` and `<prefix>.facts`.
    pub fn read(files: &[(String, String)]) -> Result<Self, Problems> {
        let mut facts = Self::default();
        let mut problems = Problems::new();
        for (file, text) in files {
            let prefix = file.strip_suffix(".facts");
            let mut service = FactService::default();
            for (at, line) in text.lines().enumerate() {
                let columns: Vec<&str> = line.split('\t').collect();
                let read = match prefix {
                    Some(_) => service.read(&columns),
                    None => source(&columns).map(|source| facts.sources.push(source)),
                };
                if read.is_none() {
                    problems.push(format!("facts/{file}:{}: cannot read `{line}`", at + 1));
                }
            }
            if let Some(prefix) = prefix {
                service.finish().into_iter().for_each(|problem| problems.push(format!("facts/{file}: {problem}")));
                facts.services.insert(prefix.to_owned(), service);
            }
        }
        facts.check_dependents(&mut problems);
        if problems.is_empty() { Ok(facts) } else { Err(problems) }
    }

    /// The action of a full name such as `s3:PutObject`, ignoring ASCII case.
    pub fn action(&self, name: &str) -> Option<&FactAction> {
        let (prefix, name) = name.split_once(':')?;
        self.services.get(&prefix.to_ascii_lowercase())?.action(name)
    }

    fn check_dependents(&self, problems: &mut Problems) {
        for (prefix, service) in &self.services {
            for action in &service.actions {
                for dependent in action.dependents.iter().filter(|name| self.action(name).is_none()) {
                    let name = &action.name;
                    problems
                        .push(format!("facts/{prefix}.facts: `{name}` depends on `{dependent}`, which is no action"));
                }
            }
        }
    }
}

impl FactService {
    /// The action of that name, ignoring ASCII case.
    pub fn action(&self, name: &str) -> Option<&FactAction> {
        self.actions.get(*self.by_name.get(&name.to_ascii_lowercase())?)
    }

    /// Whether an action or an operation has that name, ignoring ASCII case.
    pub fn knows(&self, name: &str) -> bool {
        self.action(name).is_some() || self.operations.iter().any(|known| known.name.eq_ignore_ascii_case(name))
    }

    /// The resource type of exactly that name.
    pub fn resource_type(&self, name: &str) -> Option<&FactType> {
        self.types.iter().find(|kind| kind.name == name)
    }

    fn read(&mut self, columns: &[&str]) -> Option<()> {
        match *columns {
            ["key", name, value_type] => self.keys.push((name.to_owned(), value_type.to_owned())),
            ["type", name, formats, keys] => {
                let (name, formats, keys) = (name.to_owned(), words(formats), words(keys));
                self.types.push(FactType { name, formats, keys });
            }
            ["action", name, levels, resources, keys, dependents, flags] => {
                let flags = words(flags);
                self.actions.push(FactAction {
                    name: name.to_owned(),
                    levels: levels.split(", ").map(str::to_owned).collect(),
                    resources: split(resources, "; ").map(resource).collect::<Option<_>>()?,
                    places: Vec::new(),
                    keys: words(keys),
                    dependents: words(dependents),
                    permission_only: flags.iter().any(|flag| flag == "permission-only"),
                    withdrawn: flags.iter().any(|flag| flag == "withdrawn"),
                });
            }
            ["operation", name, sdk_service, flags, http] => {
                let flags = words(flags);
                self.operations.push(FactOperation {
                    name: name.to_owned(),
                    sdk_service: sdk_service.to_owned(),
                    unsigned: flags.iter().any(|flag| flag == "unsigned"),
                    needs_input: flags.iter().all(|flag| flag != "empty-input"),
                    http: http.split_once(' ').map(|(verb, path)| (verb.to_owned(), path.to_owned())),
                });
            }
            ["place", name, places] => {
                let action = self.actions.iter_mut().find(|action| action.name == name)?;
                let kinds = places.split("; ").map(|place| place.split_once('=')).collect::<Option<Vec<_>>>()?;
                let taken = action.resources.iter().map(|(kind, _, _)| kind.as_str());
                if !taken.eq(kinds.iter().map(|(kind, _)| *kind)) {
                    return None;
                }
                action.places = kinds.into_iter().map(|(_, members)| words(members)).collect();
            }
            _ => return None,
        }
        Some(())
    }

    /// Fills the index; what is not sorted, doubled or undefined is a problem.
    fn finish(&mut self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut last = String::new();
        for (at, action) in self.actions.iter().enumerate() {
            let lower = action.name.to_ascii_lowercase();
            if lower <= last {
                problems.push(format!("action `{}` is doubled or out of order", action.name));
            }
            self.by_name.insert(lower.clone(), at);
            last = lower;
            if action.resources.len() > 1 && action.places.is_empty() {
                problems.push(format!(
                    "action `{}` takes several types, and no line says where requests name them",
                    action.name
                ));
            }
            for (kind, _, _) in action.resources.iter().filter(|(kind, _, _)| self.resource_type(kind).is_none()) {
                problems.push(format!("action `{}` names `{kind}`, which is no resource type", action.name));
            }
        }
        problems
    }
}

fn source(columns: &[&str]) -> Option<[String; 3]> {
    match *columns {
        ["source", name, version, what] => Some([name.to_owned(), version.to_owned(), what.to_owned()]),
        _ => None,
    }
}

/// `instance`, optional `instance?`, with its own condition keys `instance?(ec2:A,ec2:B)`.
fn resource(text: &str) -> Option<(String, bool, Vec<String>)> {
    let (name, keys) = match text.split_once('(') {
        Some((name, keys)) => (name, keys.strip_suffix(')')?.split(',').map(str::to_owned).collect()),
        None => (text, Vec::new()),
    };
    let (name, required) = name.strip_suffix('?').map_or((name, true), |name| (name, false));
    Some((name.to_owned(), required, keys))
}

fn words(text: &str) -> Vec<String> {
    split(text, " ").map(str::to_owned).collect()
}

/// The parts of a column, where `-` stands for none.
fn split<'a>(text: &'a str, separator: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(separator).filter(|part| *part != "-")
}
