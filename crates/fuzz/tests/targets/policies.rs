//! Policy documents: reading, printing, editing, deciding.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::Value;
use tighten_fuzz::{Choices, json as edits, seeds, text as bytes_of};
use tighten_iam::{
    ActionName, Arn, Context, Decision, EditError, Effect, Policies, PolicyDocument, PolicySource, Principal, Request,
    RequestResource, Statement, StatementEdit, evaluate,
};

const WORDS: [&str; 44] = [
    "Version",
    "2012-10-17",
    "2008-10-17",
    "Id",
    "Statement",
    "Sid",
    "Effect",
    "Allow",
    "Deny",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
    "StringEquals",
    "StringNotLikeIfExists",
    "ForAllValues:StringLike",
    "ForAnyValue:ArnLike",
    "NumericLessThan",
    "DateGreaterThan",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "Null",
    "aws:SourceIp",
    "aws:PrincipalTag/team",
    "aws:username",
    "s3:prefix",
    "*",
    "s3:*",
    "s3:Get?bject",
    "iam:PassRole",
    "sqs:CreateQueue",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:sqs:*:*:jobs",
    "${BUCKET}/*",
    "203.0.113.0/24",
    "::/0",
    "2026-01-01T00:00:00Z",
    "9999999999999999999999999999999999999999",
];

fn documents() -> &'static [Value] {
    static DOCUMENTS: OnceLock<Vec<Value>> = OnceLock::new();
    DOCUMENTS.get_or_init(|| seeds::documents("policies").unwrap())
}

fn value(choices: &mut Choices<'_>) -> Value {
    edits::document(choices, documents(), &WORDS).unwrap()
}

/// A document that is one.
fn document(choices: &mut Choices<'_>) -> PolicyDocument {
    let edited = PolicyDocument::from_value(value(choices));
    edited.unwrap_or_else(|_| PolicyDocument::from_value(documents()[0].clone()).unwrap())
}

/// Whatever the text, it is an error or a document that prints as what it was read from.
pub(crate) fn text(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let value = value(&mut choices);
    let text = edits::print(&mut choices, &value);
    let text = bytes_of::mangle_text(&mut choices, &text, 3);
    let _ = PolicyDocument::parse_url_encoded(&text);
    let Ok(document) = PolicyDocument::parse(&text) else { return };
    for printed in [document.to_string_compact(), document.to_string_pretty()] {
        assert_eq!(PolicyDocument::parse(&printed).unwrap(), document, "{text}\n{printed}");
    }
    let read: Value = serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(&text)).unwrap();
    assert_eq!(document.to_value().to_string(), read.to_string(), "{text}");
    let source = PolicySource::parse(text.as_str()).unwrap();
    assert_eq!((source.text(), source.edit(&BTreeMap::new()).unwrap()), (text.as_str(), text.clone()));
    // Edits may be refused where the text is odd, such as keys that come twice, but never lead to something else.
    let _ = edited(&mut choices, &source);
}

/// Documents in their own layout take every edit.
pub(crate) fn edits(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let document = document(&mut choices);
    let text = match choices.below(3) {
        0 => document.to_string_compact(),
        1 => document.to_string_pretty(),
        _ => document.to_string_pretty().replace('\n', "\r\n"),
    };
    let source = PolicySource::parse(text.as_str()).unwrap();
    match edited(&mut choices, &source) {
        Ok(()) | Err(EditError::UnusedPolicy) => {}
        Err(error) => panic!("{error}\n{text}"),
    }
}

/// Makes random edits and checks that the text says what was asked.
fn edited(choices: &mut Choices<'_>, source: &PolicySource) -> Result<(), EditError> {
    let own = &source.document().statements;
    let others = document(choices).statements;
    let pool: Vec<&Statement> = own.iter().chain(&others).collect();
    let mut edits = BTreeMap::new();
    let mut expected = source.document().clone();
    expected.statements.clear();
    for (at, statement) in own.iter().enumerate() {
        let by: Option<Vec<Statement>> = match choices.below(4) {
            0 => None,
            1 => Some(Vec::new()),
            _ => Some((0..=choices.below(2)).filter_map(|_| choices.pick(&pool).map(|one| (*one).clone())).collect()),
        };
        match by {
            None => expected.statements.push(statement.clone()),
            Some(by) if by.is_empty() => drop(edits.insert(at, StatementEdit::Remove)),
            Some(by) => {
                expected.statements.extend(by.iter().cloned());
                edits.insert(at, StatementEdit::Replace(by));
            }
        }
    }
    let text = source.edit(&edits)?;
    assert_eq!(PolicyDocument::parse(&text).unwrap(), expected, "{}\n{edits:?}\n{text}", source.text());
    Ok(())
}

/// Every request of every document is decided, and the rules that hold for all of them hold.
pub(crate) fn evaluating(bytes: &[u8]) {
    const VALUES: [&str; 12] = [
        "",
        "a",
        "true",
        "1",
        "-1.5",
        "2026-01-01T00:00:00Z",
        "9999999999",
        "203.0.113.7",
        "::1",
        "arn:aws:iam::111122223333:role/x",
        "b*",
        "é",
    ];
    let mut choices = Choices::new(bytes);
    let documents: Vec<PolicyDocument> = (0..=choices.below(2)).map(|_| document(&mut choices)).collect();
    let action: ActionName =
        choices.word(&["s3:GetObject", "iam:PassRole", "sqs:CreateQueue", "x:y", "S3:getobject"]).parse().unwrap();
    let arns = [
        "arn:aws:s3:::b/k",
        "arn:aws:sqs:eu-west-1:111122223333:jobs",
        "arn:aws:iam::111122223333:role/x",
        "arn:a:b:c:d:e*",
    ];
    let arn: Arn = choices.word(&arns).parse().unwrap();
    let mut context = if choices.chance(50) { Context::open() } else { Context::closed() };
    for _ in 0..choices.below(5) {
        let key = choices.word(&WORDS[27..31]);
        context.insert(key, choices.words(&VALUES, 0, 3));
    }
    let principal = Principal::from_arn("arn:aws:iam::111122223333:role/x").unwrap();
    let request = Request {
        principal: if choices.chance(50) { Some(&principal) } else { None },
        action: &action,
        resource: if choices.chance(20) { RequestResource::Any } else { RequestResource::Arn(&arn) },
        context: &context,
    };
    let decision = evaluate(&documents, &request);
    let statement_at = |document: usize, statement: usize| &documents[document].statements[statement];
    match &decision {
        Decision::Allowed { document, statement } => {
            assert_eq!(statement_at(*document, *statement).effect, Effect::Allow);
        }
        Decision::ExplicitDeny { document, statement } => {
            assert_eq!(statement_at(*document, *statement).effect, Effect::Deny);
        }
        Decision::ImplicitDeny | Decision::Depends { .. } => {}
    }
    let policies = Policies::identity(&documents);
    assert_eq!(policies.decide(&request).is_allowed(), decision.is_allowed(), "{documents:?}");

    // Nothing is allowed against a deny of everything, and nothing is granted by a boundary.
    let all = |effect: &str| {
        let text = format!(r#"{{"Statement": {{"Effect": "{effect}", "Action": "*", "Resource": "*"}}}}"#);
        PolicyDocument::parse(&text).unwrap()
    };
    let denied: Vec<PolicyDocument> = documents.iter().cloned().chain([all("Deny")]).collect();
    assert!(matches!(evaluate(&denied, &request), Decision::ExplicitDeny { .. }));
    let boundary = document(&mut choices);
    let levels = [vec![document(&mut choices)]];
    let resource = document(&mut choices);
    let layered = Policies {
        boundary: Some(&boundary),
        service_control: &levels,
        resource: choices.chance(30).then_some(&resource),
        ..policies
    };
    let ruling = layered.decide(&request);
    if layered.resource.is_none() {
        assert!(!ruling.is_allowed() || decision.is_allowed(), "{ruling:?} {decision:?}");
    }
}
