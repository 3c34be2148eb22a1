//! `tighten.toml`, as it is written.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::fields::fields;
use super::written::{Origin, Written, did_you_mean};
use crate::error::Explained;

/// A file of settings.
#[derive(Debug, Default)]
pub(super) struct SettingsFile {
    name: String,
    text: String,
    directory: PathBuf,
    pub(super) keys: Keys,
}

/// The keys at the top of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct Keys {
    pub(super) resources: Option<Spanned<String>>,
    pub(super) name_prefix: List,
    pub(super) risk: Option<Spanned<String>>,
    pub(super) current: List,
    pub(super) account_authorization_details: Option<Spanned<String>>,
    pub(super) event_selectors: List,
    pub(super) holdout: Option<Spanned<String>>,
    pub(super) granularity: Option<Spanned<String>>,
    pub(super) unobservable: Option<Spanned<String>>,
    pub(super) without_known_call: Option<Spanned<String>>,
    pub(super) min_window: Option<Spanned<String>>,
    pub(super) grace: Option<Spanned<String>>,
    pub(super) service_role: List,
    pub(super) define: BTreeMap<String, Spanned<String>>,
    pub(super) keep: Vec<Spanned<KeepKeys>>,
    pub(super) never_grant: Vec<Spanned<NeverGrantKeys>>,
}

/// The keys of one `[[keep]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct KeepKeys {
    #[serde(default)]
    pub(super) action: List,
    #[serde(default)]
    pub(super) resource: List,
    #[serde(default)]
    pub(super) principal: List,
    pub(super) reason: Option<Spanned<String>>,
    pub(super) expires: Option<Spanned<toml::Value>>,
}

/// The keys of one `[[never-grant]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct NeverGrantKeys {
    #[serde(default)]
    pub(super) action: List,
    #[serde(default)]
    pub(super) principal: List,
    pub(super) reason: Option<Spanned<String>>,
}

/// One text or a list of texts, with the place of each.
#[derive(Debug, Default)]
pub(super) struct List(Vec<Spanned<String>>);

/// What the keys take. Texts that name a choice are checked where they are understood.
pub(super) const TAKES: [(&str, &str); 18] = [
    ("resources", "one of \"exact\", \"auto\", \"type\", \"any\""),
    ("name-prefix", "a prefix of names or a list of them, such as [\"my-app-\"]"),
    ("risk", "a percentage in quotes, such as \"0.5%\""),
    ("current", "a file or a list of files, such as [\"policy.json\"]"),
    ("account-authorization-details", "a file, such as \"details.json\""),
    ("event-selectors", "a file or a list of files, such as [\"selectors.json\"]"),
    ("holdout", "days in quotes, such as \"14d\""),
    ("granularity", "one of \"service\", \"action\", \"resource\""),
    ("unobservable", "one of \"keep-used-services\", \"keep\", \"drop\""),
    ("without-known-call", "one of \"drop\", \"keep\""),
    ("min-window", "days in quotes, such as \"30d\""),
    ("grace", "days in quotes, such as \"14d\""),
    ("service-role", "a service or a list of services, such as [\"cloudformation\"]"),
    ("define", "texts in quotes, such as REGION = \"eu-west-1\", below the line [define]"),
    ("keep", "sections that begin with the line [[keep]], in double brackets"),
    ("never-grant", "sections that begin with the line [[never-grant]], in double brackets"),
    ("action", "an action pattern or a list of them, such as \"iam:Get*\""),
    ("principal", "a role's or user's name or ARN or a list of them, * and ? allowed"),
];

impl SettingsFile {
    /// Reads the file; `None` if it is not there.
    pub(super) fn read(path: &Path) -> Result<Option<Self>> {
        let text = match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("cannot read the settings `{}`", path.display()))?,
        };
        let directory = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Self::parse(path.display().to_string(), text, directory).map(Some)
    }

    pub(super) fn parse(name: String, text: String, directory: PathBuf) -> Result<Self> {
        let mut file = Self { name, text, directory, keys: Keys::default() };
        let table = DeTable::parse(&file.text).map_err(|error| file.not_toml(&error))?;
        file.check_keys(table.get_ref())?;
        file.keys = toml::from_str(&file.text).map_err(|error| file.wrong_kind(&error, table.get_ref()))?;
        Ok(file)
    }

    /// A value with the place that it was written at.
    pub(super) fn written(&self, key: &str, value: &Spanned<String>) -> Written {
        Written { text: value.get_ref().clone(), origin: self.origin(key, value.span()) }
    }

    /// The values of a list with the places that they were written at.
    pub(super) fn all(&self, key: &str, list: &List) -> Vec<Written> {
        list.0.iter().map(|value| self.written(key, value)).collect()
    }

    /// Files of a list. Their paths begin where the settings are.
    pub(super) fn paths(&self, list: &List) -> Vec<PathBuf> {
        list.0.iter().map(|path| self.path(path)).collect()
    }

    pub(super) fn path(&self, path: &Spanned<String>) -> PathBuf {
        self.directory.join(path.get_ref())
    }

    pub(super) fn origin(&self, key: &str, span: Range<usize>) -> Origin {
        Origin::File { place: self.place(span.start), key: key.to_owned() }
    }

    /// `tighten.toml:12`
    pub(super) fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(&self.text);
        format!("{}:{}", self.name, before.matches('\n').count() + 1)
    }

    fn not_toml(&self, error: &toml::de::Error) -> Error {
        let place = self.place(error.span().map_or(0, |span| span.start));
        let tip = "texts stand in quotes, lists in brackets; `tighten init --print` shows examples";
        Explained::new(format!("{place}: not TOML: {}", error.message()), tip).into()
    }

    /// A mistyped key must not pass for a setting that is not there.
    fn check_keys(&self, table: &DeTable<'_>) -> Result<()> {
        self.check_section(table, "", fields::<Keys>())?;
        for (section, known) in [("keep", fields::<KeepKeys>()), ("never-grant", fields::<NeverGrantKeys>())] {
            let rows = table.get(section).and_then(|value| value.get_ref().as_array());
            for row in rows.into_iter().flat_map(|rows| rows.iter()).filter_map(|row| row.get_ref().as_table()) {
                self.check_section(row, section, known)?;
            }
        }
        // What follows a section's head belongs to that section, whatever was meant.
        let defined = table.get("define").and_then(|value| value.get_ref().as_table());
        for key in defined.into_iter().flat_map(|defined| defined.keys()) {
            if fields::<Keys>().contains(&key.get_ref().as_ref()) {
                let problem = format!("{}: `{}` stands below `[define]`", self.place(key.span().start), key.get_ref());
                return Err(Explained::new(problem, "move it above the first line in brackets").into());
            }
        }
        Ok(())
    }

    fn check_section(&self, table: &DeTable<'_>, section: &str, known: &[&str]) -> Result<()> {
        for key in table.keys() {
            let name = key.get_ref().as_ref();
            if known.contains(&name) {
                continue;
            }
            let of = if section.is_empty() { String::new() } else { format!(" of `[[{section}]]`") };
            let problem = format!("{}: unknown key `{name}`{of}", self.place(key.span().start));
            let tip = if !section.is_empty() && fields::<Keys>().contains(&name) {
                "move it above the first line in brackets".to_owned()
            } else {
                did_you_mean(name, known.iter().copied(), &format!("the keys are {}", known.join(", ")))
            };
            return Err(Explained::new(problem, tip).into());
        }
        Ok(())
    }

    fn wrong_kind(&self, error: &toml::de::Error, table: &DeTable<'_>) -> Error {
        let span = error.span().unwrap_or_default();
        let path = in_table(table, &span).unwrap_or_default();
        let takes = path.split('.').rev().find_map(|key| TAKES.iter().find(|(known, _)| *known == key));
        let tip =
            takes.map_or_else(|| "texts stand in quotes".to_owned(), |(key, takes)| format!("`{key}` takes {takes}"));
        Explained::new(format!("{}: `{path}`: {}", self.place(span.start), error.message()), tip).into()
    }
}

/// The key of the innermost value that the span lies in.
fn in_table(table: &DeTable<'_>, span: &Range<usize>) -> Option<String> {
    table.iter().find_map(|(key, value)| {
        let inside = match value.get_ref() {
            DeValue::Table(inner) => in_table(inner, span),
            DeValue::Array(items) => items.iter().find_map(|item| in_table(item.get_ref().as_table()?, span)),
            _ => None,
        };
        let own = value.span();
        let holds = own.start <= span.start && span.end <= own.end;
        match inside {
            Some(inside) => Some(format!("{}.{inside}", key.get_ref())),
            None => holds.then(|| key.get_ref().to_string()),
        }
    })
}

impl List {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for List {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let one_or_many = Spanned::<OneOrMany>::deserialize(deserializer)?;
        let span = one_or_many.span();
        Ok(Self(match one_or_many.into_inner() {
            OneOrMany::One(text) => vec![Spanned::new(span, text)],
            OneOrMany::Many(texts) => texts,
        }))
    }
}

enum OneOrMany {
    One(String),
    Many(Vec<Spanned<String>>),
}

impl<'de> Deserialize<'de> for OneOrMany {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor)
    }
}

struct OneOrManyVisitor;

impl<'de> Visitor<'de> for OneOrManyVisitor {
    type Value = OneOrMany;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a list of strings")
    }

    fn visit_str<E>(self, text: &str) -> Result<OneOrMany, E> {
        Ok(OneOrMany::One(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<OneOrMany, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = items.next_element()? {
            texts.push(text);
        }
        Ok(OneOrMany::Many(texts))
    }
}
