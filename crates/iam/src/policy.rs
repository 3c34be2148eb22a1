//! Policy documents: parsing, printing, building.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::policy_error::{PolicyError, PolicyProblem};
use crate::statement::{Statement, string};

/// A policy document.
///
/// Parsing keeps what printing needs to give the same JSON back: the order of keys, keys that IAM does not define, and
/// whether a single statement, action or resource stood in an array. Equality looks through all of that.
///
/// ```
/// use tighten_iam::{PolicyDocument, Statement};
/// let text = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*", "Action": ["ec2:Describe*"]}}"#;
/// let document = PolicyDocument::parse(text)?;
/// assert_eq!(document.to_value(), serde_json::from_str::<serde_json::Value>(text)?);
///
/// let built = PolicyDocument::new([Statement::allow(["ec2:Describe*".parse()?], ["*".parse()?])]);
/// assert_eq!(built, document);
///
/// let error = PolicyDocument::parse(r#"{"Statement": [{"Effect": "Allow", "Action": ["s3"], "Resource": "*"}]}"#).unwrap_err();
/// assert_eq!(error.path(), "Statement[0].Action[0]");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct PolicyDocument {
    /// `Version`; a document without it is read as `2008-10-17`, which has no policy variables.
    pub version: Option<String>,
    /// `Id`
    pub id: Option<String>,
    /// `Statement`
    pub statements: Vec<Statement>,
    layout: Layout,
}

/// How the source wrote a document.
#[derive(Debug, Clone, Default)]
struct Layout {
    keys: Vec<String>,
    unknown: Map<String, Value>,
    /// Whether a single statement stood without an array.
    single: bool,
    indent: Indent,
}

/// How printed JSON is indented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Indent {
    /// By two spaces.
    Two,
    /// By four spaces, as the AWS console prints.
    #[default]
    Four,
    /// By one tab.
    Tab,
}

impl PolicyDocument {
    /// A document of the current version with these statements.
    pub fn new(statements: impl IntoIterator<Item = Statement>) -> Self {
        Self {
            version: Some("2012-10-17".to_owned()),
            id: None,
            statements: statements.into_iter().collect(),
            layout: Layout::default(),
        }
    }

    /// Reads JSON text.
    pub fn parse(text: &str) -> Result<Self, PolicyError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let value = serde_json::from_str(text).map_err(|error| PolicyError::new("", error.into()))?;
        let mut document = Self::from_value(value)?;
        document.layout.indent = Indent::of(text);
        Ok(document)
    }

    /// Reads URL-encoded JSON text, as IAM's API returns it.
    pub fn parse_url_encoded(text: &str) -> Result<Self, PolicyError> {
        let decoded = percent_decode(text).ok_or_else(|| PolicyError::new("", PolicyProblem::UrlEncoding))?;
        Self::parse(&decoded)
    }

    /// Reads JSON that is parsed already.
    pub fn from_value(value: Value) -> Result<Self, PolicyError> {
        let Value::Object(map) = value else {
            return Err(PolicyError::new("", PolicyProblem::expected("an object", &value)));
        };
        let mut layout = Layout { keys: map.keys().cloned().collect(), ..Layout::default() };
        let (mut version, mut id, mut statements) = (None, None, None);
        for (key, value) in map {
            match key.as_str() {
                "Version" => version = Some(string(value, &key)?),
                "Id" => id = Some(string(value, &key)?),
                "Statement" => {
                    layout.single = !value.is_array();
                    let all = match value {
                        Value::Array(items) => items
                            .into_iter()
                            .enumerate()
                            .map(|(at, item)| Statement::from_value(item, &format!("{key}[{at}]")))
                            .collect::<Result<_, _>>()?,
                        only => vec![Statement::from_value(only, &key)?],
                    };
                    statements = Some(all);
                }
                _ => {
                    layout.unknown.insert(key, value);
                }
            }
        }
        let statements = statements.ok_or_else(|| PolicyError::new("", PolicyProblem::Missing("`Statement`")))?;
        Ok(Self { version, id, statements, layout })
    }

    /// The document as JSON, laid out as its source was.
    pub fn to_value(&self) -> Value {
        let mut order: Vec<&str> = self.layout.keys.iter().map(String::as_str).collect();
        for (at, key) in ["Version", "Id", "Statement"].into_iter().enumerate() {
            if !order.contains(&key) {
                order.insert(at.min(order.len()), key);
            }
        }
        let mut map = Map::new();
        for key in order {
            let value = match key {
                "Version" => self.version.clone().map(Value::String),
                "Id" => self.id.clone().map(Value::String),
                "Statement" => Some(match self.statements.as_slice() {
                    [only] if self.layout.single => only.to_value(),
                    all => all.iter().map(Statement::to_value).collect(),
                }),
                unknown => self.layout.unknown.get(unknown).cloned(),
            };
            map.extend(value.map(|value| (key.to_owned(), value)));
        }
        Value::Object(map)
    }

    /// The document as text, indented as its source was, without a final newline.
    pub fn to_string_pretty(&self) -> String {
        self.to_string_indented(self.layout.indent)
    }

    /// The document as text with the given indentation, without a final newline.
    pub fn to_string_indented(&self, indent: Indent) -> String {
        let mut text = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(indent.as_str().as_bytes());
        let written = self.to_value().serialize(&mut serde_json::Serializer::with_formatter(&mut text, formatter));
        // Writing a JSON value of string keys into memory has nothing that can fail.
        written.ok().and_then(|()| String::from_utf8(text).ok()).unwrap_or_default()
    }

    /// The document as text without white space between its parts.
    pub fn to_string_compact(&self) -> String {
        self.to_value().to_string()
    }

    /// The indentation of the source, or of printing.
    pub fn indent(&self) -> Indent {
        self.layout.indent
    }

    /// The keys that IAM does not define, with their values.
    pub fn unknown_keys(&self) -> &Map<String, Value> {
        &self.layout.unknown
    }

    /// Whether `${…}` means anything in this document: the language of 2008 has no variables.
    pub fn has_variables(&self) -> bool {
        self.version.as_deref() == Some("2012-10-17")
    }
}

impl PartialEq for PolicyDocument {
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
            && self.id == other.id
            && self.statements == other.statements
            && self.layout.unknown == other.layout.unknown
    }
}

impl Eq for PolicyDocument {}

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PolicyDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_value(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

impl Indent {
    /// One level of indentation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Two => "  ",
            Self::Four => "    ",
            Self::Tab => "\t",
        }
    }

    /// The indentation of JSON text, by its first indented line.
    fn of(text: &str) -> Self {
        let first = text.lines().find(|line| line.starts_with([' ', '\t']) && !line.trim().is_empty());
        match first {
            Some(line) if line.starts_with('\t') => Self::Tab,
            Some(line) if line.len() - line.trim_start_matches(' ').len() <= 2 => Self::Two,
            _ => Self::Four,
        }
    }
}

fn percent_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
        let (high, low) = (digit()?, digit()?);
        decoded.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_encoded_documents_are_decoded_and_plus_stays() {
        let document = PolicyDocument::parse_url_encoded(
            "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Action%22%3A%22*%22%2C%22Resource%22%3A%22arn%3Aaws%3As3%3A%3A%3Aa+b%22%7D%5D%7D",
        )
        .unwrap();
        assert_eq!(document.statements[0].resource.entries()[0].as_str(), "arn:aws:s3:::a+b");
        assert!(PolicyDocument::parse_url_encoded("%7").is_err() && PolicyDocument::parse_url_encoded("%ff").is_err());
    }

    #[test]
    fn printing_follows_the_indentation_of_the_source() {
        for indent in [Indent::Two, Indent::Four, Indent::Tab] {
            let document = PolicyDocument::new([Statement::allow(["sqs:*".parse().unwrap()], ["*".parse().unwrap()])]);
            let text = document.to_string_indented(indent);
            let parsed = PolicyDocument::parse(&text).unwrap();
            assert_eq!((parsed.indent(), parsed.to_string_pretty()), (indent, text));
        }
    }

    #[test]
    fn templates_keep_their_placeholders() {
        let text = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":["${BUCKET_ARN}/*","arn:aws:s3:::${PREFIX}-*"]}]}"#;
        let document = PolicyDocument::parse(text).unwrap();
        assert_eq!(document.to_string_compact(), text);
        let entries = document.statements[0].resource.entries();
        assert!(entries[0].pattern().is_none() && entries[1].pattern().is_some());
    }

    #[test]
    fn trust_policies_do_without_a_resource() {
        let text = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
        let document = PolicyDocument::parse(text).unwrap();
        assert_eq!(document.statements[0].resource, crate::Resources::Implied);
        assert_eq!(document.to_string_compact(), text);
    }
}
