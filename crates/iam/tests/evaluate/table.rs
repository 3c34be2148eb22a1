//! The table of decisions that IAM's documentation leads to, `cases.json`.
//!
//! Its sections read, a row a line:
//! - `actions`, `resources`: `[rule, pattern, action or ARN, whether it matches]`
//! - `conditions`: `{rule, op, policy, request?, key?, open?, holds}`; without `request` the key is missing
//! - `variables`: `{rule, resource, on, context?, open?, not?, version?, holds}`: one entry of `Resource` or, with `not`, `NotResource`
//! - `decisions`: everything; documents are lists of statements, each written out or named in `statements`

use std::error::Error;

use serde_json::{Map, Value, json};

use crate::case::{Case, document};

/// A case and what it must come to.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) case: Case,
    /// `allowed`, `denied`, `not allowed` or `depends`.
    pub(crate) expect: String,
    /// The rest of what is expected: `by`, `lacking`, `missing`.
    pub(crate) details: Map<String, Value>,
    /// Whether one statement that allows is all there is.
    single: bool,
}

const ROLE: &str = "arn:aws:iam::111122223333:role/ci/deploy";
const OBJECT: &str = "arn:aws:s3:::logs/a";
const QUEUE: &str = "arn:aws:sqs:eu-west-1:111122223333:jobs";
const TABLE: &str = include_str!("cases.json");

/// Every row of the table.
pub(crate) fn rows() -> Result<Vec<Row>, Box<dyn Error>> {
    let table: Value = serde_json::from_str(TABLE)?;
    let section = |name: &str| table[name].as_array().into_iter().flatten();
    let mut rows = Vec::new();
    for row in section("actions") {
        let action = text(&row[2])?;
        let on = if action.starts_with("sqs:") { QUEUE } else { OBJECT }.to_owned();
        let case = Case { action, on, ..matching(&row[0], allow("Action", &row[1]))? };
        rows.push(Row::holding(case, &row[3])?);
    }
    for row in section("resources") {
        let on = text(&row[2])?;
        let case = Case { action: action_on(&on), on, ..matching(&row[0], allow("Resource", &row[1]))? };
        rows.push(Row::holding(case, &row[3])?);
    }
    for row in section("conditions") {
        rows.push(condition(row)?);
    }
    for row in section("variables") {
        let on = text(&row["on"])?;
        let element = if row["not"] == true { "NotResource" } else { "Resource" };
        let mut case = Case { action: action_on(&on), on, ..matching(&row["rule"], allow(element, &row["resource"]))? };
        case.context = row["context"].as_object().cloned().unwrap_or_default();
        case.open = row["open"] == true;
        set_version(&mut case.identity, row);
        rows.push(Row::holding(case, &row["holds"])?);
    }
    for row in section("decisions") {
        rows.push(decision(row, &table)?);
    }
    Ok(rows)
}

impl Row {
    /// A case that is allowed exactly if something holds.
    fn holding(case: Case, holds: &Value) -> Result<Self, Box<dyn Error>> {
        let expect = match holds {
            Value::Bool(true) => "allowed",
            Value::Bool(false) => "not allowed",
            Value::String(depends) if depends == "depends" => "depends",
            odd => return Err(format!("{}: {odd} is neither true, false nor \"depends\"", case.name).into()),
        };
        Ok(Self { case, expect: expect.to_owned(), details: Map::new(), single: true })
    }

    /// The same in a statement that denies beside one that allows everything.
    pub(crate) fn denying(&self) -> Option<Self> {
        if !self.single {
            return None;
        }
        let mut case = self.case.clone();
        case.name += ", denying";
        let statements = case.identity.first_mut()?["Statement"].as_array_mut()?;
        statements.first_mut()?["Effect"] = json!("Deny");
        statements.push(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
        let expect = match self.expect.as_str() {
            "allowed" => "denied",
            "not allowed" => "allowed",
            other => other,
        };
        Some(Self { case, expect: expect.to_owned(), details: Map::new(), single: false })
    }
}

fn matching(rule: &Value, statement: Value) -> Result<Case, Box<dyn Error>> {
    Ok(Case {
        name: text(rule)?,
        identity: vec![document([statement])],
        principal: ROLE.to_owned(),
        action: "s3:GetObject".to_owned(),
        on: OBJECT.to_owned(),
        ..Case::default()
    })
}

fn allow(element: &str, value: &Value) -> Value {
    let mut statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    if element == "NotResource" {
        statement.as_object_mut().map(|keys| keys.remove("Resource"));
    }
    statement[element] = value.clone();
    statement
}

fn condition(row: &Value) -> Result<Row, Box<dyn Error>> {
    let operator = text(&row["op"])?;
    let key = row["key"].as_str().unwrap_or_else(|| key_for(&operator));
    let mut statement = allow("Resource", &json!("*"));
    statement["Condition"] = json!({ operator: { key: row["policy"] } });
    let mut case = matching(&row["rule"], statement)?;
    case.context = row["context"].as_object().cloned().unwrap_or_default();
    if let Some(value) = row.get("request") {
        case.context.insert(key.to_owned(), value.clone());
    }
    case.open = row["open"] == true;
    set_version(&mut case.identity, row);
    Row::holding(case, &row["holds"])
}

/// A key whose values are what the operator compares.
fn key_for(operator: &str) -> &'static str {
    let (quantifier, base) = operator.split_once(':').unwrap_or(("", operator));
    match base.trim_start_matches("Not") {
        _ if !quantifier.is_empty() => "aws:TagKeys",
        base if base.starts_with("Numeric") => "aws:MultiFactorAuthAge",
        base if base.starts_with("Date") => "aws:CurrentTime",
        base if base.starts_with("Bool") => "aws:SecureTransport",
        base if base.starts_with("Ip") => "aws:SourceIp",
        base if base.starts_with("Arn") => "aws:SourceArn",
        _ => "aws:UserAgent",
    }
}

/// An action that takes such a resource.
fn action_on(on: &str) -> String {
    let service = on.split(':').nth(2).unwrap_or("s3");
    let action = match service {
        "s3" if on == "*" => "s3:ListAllMyBuckets",
        "s3" if !on.contains('/') => "s3:ListBucket",
        "sqs" => "sqs:SendMessage",
        "iam" if on.contains(":role") => "iam:PassRole",
        "iam" => "iam:GetUser",
        "lambda" => "lambda:InvokeFunction",
        "logs" => "logs:PutLogEvents",
        "sns" => "sns:Publish",
        _ => "s3:GetObject",
    };
    action.to_owned()
}

fn decision(row: &Value, table: &Value) -> Result<Row, Box<dyn Error>> {
    let statement = |entry: &Value| match entry.as_str() {
        Some(name) => Some(table["statements"][name].clone()).filter(Value::is_object),
        None => Some(entry.clone()),
    };
    let document_of = |entries: &Value| -> Result<Value, Box<dyn Error>> {
        let statements = entries.as_array().into_iter().flatten().map(statement).collect::<Option<Vec<_>>>();
        Ok(document(statements.ok_or_else(|| format!("{}: a statement has no such name", row["rule"]))?))
    };
    let documents =
        |value: &Value| value.as_array().into_iter().flatten().map(document_of).collect::<Result<Vec<_>, _>>();
    let levels = |value: &Value| value.as_array().into_iter().flatten().map(documents).collect::<Result<Vec<_>, _>>();
    let given = |key: &str| row.get(key).filter(|value| !value.is_null());
    let named = |key: &str, default: &str| {
        let value = row[key].as_str().unwrap_or(default);
        table["names"][value].as_str().unwrap_or(value).to_owned()
    };
    let mut case = Case {
        name: text(&row["rule"])?,
        identity: documents(&row["identity"])?,
        boundary: given("boundary").map(document_of).transpose()?,
        session: given("session").map(documents).transpose()?,
        service_control: levels(&row["scp"])?,
        resource_control: levels(&row["rcp"])?,
        resource: given("resource").map(document_of).transpose()?,
        principal: named("who", ROLE),
        action: named("action", "s3:GetObject"),
        on: named("on", OBJECT),
        context: row["context"].as_object().cloned().unwrap_or_default(),
        open: row["open"] == true,
    };
    set_version(&mut case.identity, row);
    let details =
        ["by", "lacking", "missing"].into_iter().filter_map(|key| Some((key.to_owned(), given(key)?.clone())));
    Ok(Row { case, expect: text(&row["expect"])?, details: details.collect(), single: false })
}

/// `version` of a row: another version, or null for none.
fn set_version(documents: &mut [Value], row: &Value) {
    let Some(version) = row.get("version") else { return };
    for document in documents {
        match version {
            Value::Null => {
                document.as_object_mut().map(|keys| keys.remove("Version"));
            }
            other => document["Version"] = other.clone(),
        }
    }
}

fn text(value: &Value) -> Result<String, Box<dyn Error>> {
    value.as_str().map(str::to_owned).ok_or_else(|| format!("{value} is no text").into())
}
