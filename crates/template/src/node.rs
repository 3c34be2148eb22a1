//! Templates as trees, whichever language they are written in.

/// Where something stands in a file. JSON is read without places.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Mark {
    /// The line, from 1; 0: not known.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it begins.
    pub at: Mark,
}

/// A value. Functions are in their long form: `{"Fn::Sub": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Value {
    /// Nothing.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A number, as it is written.
    Number(String),
    /// Text. A date such as `2012-10-17` is text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// Keys and values, in the order of the file, each key once.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Where it stands.
    pub at: Mark,
    /// The value.
    pub value: Node,
}

impl Node {
    /// A text of this program's own.
    pub(crate) fn of_text(text: impl Into<String>) -> Self {
        Self { value: Value::Text(text.into()), at: Mark::default() }
    }

    /// A map of this program's own.
    pub(crate) fn of_map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entry = |(key, value): (K, Self)| Entry { key: key.into(), at: Mark::default(), value };
        Self { value: Value::Map(entries.into_iter().map(entry).collect()), at: Mark::default() }
    }

    /// `{"Ref": name}`.
    pub(crate) fn reference(name: &str) -> Self {
        Self::of_map([("Ref", Self::of_text(name))])
    }

    /// `{"Fn::GetAtt": [name, "Arn"]}`.
    pub(crate) fn arn_of(name: &str) -> Self {
        let list = vec![Self::of_text(name), Self::of_text("Arn")];
        Self::of_map([("Fn::GetAtt", Self { value: Value::List(list), at: Mark::default() })])
    }

    /// The value of a key of a map.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The value at a path of keys with `.` between them.
    pub fn at_path(&self, path: &str) -> Option<&Self> {
        path.split('.').try_fold(self, |node, key| node.get(key))
    }

    /// The entries of a map; of anything else none.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list; of anything else none.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The items of a list, or the value itself.
    pub fn one_or_many(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Null => &[],
            _ => std::slice::from_ref(self),
        }
    }

    /// The text, number, or truth value as text.
    pub fn scalar(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) | Value::Number(text) => Some(text),
            Value::Bool(true) => Some("true"),
            Value::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The function that the value is, and its argument: the only key of a map.
    pub fn function(&self) -> Option<(&str, &Self)> {
        match self.entries() {
            [one] if one.key.starts_with("Fn::") || one.key == "Ref" || one.key == "Condition" => {
                Some((&one.key, &one.value))
            }
            _ => None,
        }
    }

    /// Sets a key of a map to a value, unless it has one.
    pub(crate) fn set_default(&mut self, key: &str, value: Self) {
        if self.get(key).is_some() {
            return;
        }
        if !matches!(self.value, Value::Map(_)) {
            self.value = Value::Map(Vec::new());
        }
        if let Value::Map(entries) = &mut self.value {
            entries.push(Entry { key: key.to_owned(), at: Mark::default(), value });
        }
    }
}
