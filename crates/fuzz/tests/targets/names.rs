//! Names and patterns.

use tighten_fuzz::{Choices, text};
use tighten_iam::{ActionName, ActionPattern, Arn, Principal, ResourcePattern, escape_literal};

use crate::naive;

const PIECES: [&str; 26] = [
    "arn",
    ":",
    "::",
    "aws",
    "*",
    "?",
    "${*}",
    "${?}",
    "${$}",
    "${aws:username}",
    "${",
    "}",
    "$",
    "s3",
    "a",
    "b",
    "/",
    "role",
    "user",
    "iam",
    "sts",
    "111122223333",
    "eu-west-1",
    "é日",
    " ",
    "assumed-role",
];

fn name(choices: &mut Choices<'_>) -> String {
    let start = choices.word(&["arn:aws:", "arn:aws:s3:::", "arn:aws:iam::111122223333:role/", "arn:", "", "s3:"]);
    let text = format!("{start}{}", choices.concat(&PIECES, 0, 7));
    if choices.chance(10) { text::mangle_text(choices, &text, 2) } else { text }
}

/// What can be read prints as it was read, and patterns agree with each other.
pub(crate) fn arns(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    let texts = [name(&mut choices), name(&mut choices), name(&mut choices)];
    for text in &texts {
        if let Ok(arn) = text.parse::<Arn>() {
            assert_eq!((arn.as_str(), arn.segments().join(":")), (text.as_str(), text.clone()));
            let mut pattern = ResourcePattern::from(&arn);
            assert!(pattern.matches(&arn), "{pattern} does not match {arn}");
            assert_eq!(pattern.to_arn().as_ref(), Some(&arn), "{pattern}");
            let exact = pattern.clone();
            pattern.widen_illegal();
            assert!(pattern.matches(&arn) && pattern.contains(&exact), "{pattern} is not wider than {exact}");
        }
        if let Ok(principal) = Principal::from_arn(text) {
            let again = Principal::from_arn(&principal.to_string());
            assert_eq!(again.as_ref(), Ok(&principal), "{text}");
        }
        if let Ok(action) = text.parse::<ActionName>() {
            let (service, name) = text.split_once(':').unwrap();
            assert_eq!(action.as_str(), format!("{}:{name}", service.to_ascii_lowercase()));
            assert_eq!(ActionName::new(action.service(), action.name()).as_ref(), Ok(&action));
        }
        if let Ok(pattern) = text.parse::<ActionPattern>() {
            assert_eq!(pattern.to_string(), *text);
            assert!(pattern.contains(&pattern) && ActionPattern::any().contains(&pattern));
        }
    }
    let patterns: Vec<ResourcePattern> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    let arns: Vec<Arn> = texts.iter().filter_map(|text| text.parse().ok()).collect();
    for one in &patterns {
        assert!(one.contains(one) && ResourcePattern::any().contains(one), "{one}");
        for other in &patterns {
            assert_eq!(one.overlaps(other), other.overlaps(one), "{one} {other}");
            assert!(!one.contains(other) || one.overlaps(other) || other.to_string().contains("${"), "{one} {other}");
            for arn in &arns {
                assert!(!(one.contains(other) && other.matches(arn)) || one.matches(arn), "{one} {other} {arn}");
                assert!(!(one.matches(arn) && other.matches(arn)) || one.overlaps(other), "{one} {other} {arn}");
            }
            for third in &patterns {
                assert!(
                    !(one.contains(other) && other.contains(third)) || one.contains(third),
                    "{one} {other} {third}"
                );
            }
        }
    }
}

/// On a small alphabet, containment and overlap are what enumerating says.
pub(crate) fn wildcards(bytes: &[u8]) {
    const TOKENS: [&str; 9] = ["a", "b", "*", "?", "a", "*", "${*}", "${?}", "${$}"];
    let mut choices = Choices::new(bytes);
    let (outer, inner) = (choices.concat(&TOKENS, 0, 6), choices.concat(&TOKENS, 0, 6));
    let pattern = |text: &str| format!("arn:aws:s3:::x{text}").parse::<ResourcePattern>().unwrap();
    let (wide, narrow) = (pattern(&outer), pattern(&inner));

    // `z` occurs in no pattern, so that it shows what a wildcard takes beyond the letters.
    let mut made = naive::stretched(&inner, 'z', 5);
    let outside = made.find(|text| !naive::matches(&outer, text));
    assert_eq!(wide.contains(&narrow), outside.is_none(), "{outer} {inner} {outside:?}");
    let mut made =
        naive::stretched(&inner, 'z', 3).chain(naive::stretched(&outer, 'z', 3)).chain(fillings(&outer, &inner));
    let shared = made.find(|text| naive::matches(&inner, text) && naive::matches(&outer, text));
    assert!(wide.overlaps(&narrow) || shared.is_none(), "{outer} {inner} {shared:?}");

    let text = choices.concat(&["a", "b", "*", "?", "$", "{", "}"], 0, 8);
    let arn: Arn = format!("arn:aws:s3:::x{text}").parse().unwrap();
    assert_eq!(wide.matches(&arn), naive::matches(&outer, &text), "{outer} {text}");
    assert!(pattern(&escape_literal(&text)).matches(&arn), "{text}");
}

/// Texts that the outer pattern matches, with what the inner one is made of in place of its wildcards.
fn fillings<'p>(outer: &'p str, inner: &'p str) -> impl Iterator<Item = String> + 'p {
    let plain: String = inner.replace("${*}", "*").replace("${?}", "?").replace("${$}", "$");
    let cuts: Vec<usize> = plain.char_indices().map(|(at, _)| at).chain([plain.len()]).collect();
    let parts: Vec<String> = cuts
        .iter()
        .flat_map(|start| cuts.iter().filter(move |end| *end >= start).map(move |end| (*start, *end)))
        .map(|(start, end)| plain[start..end].to_owned())
        .collect();
    parts.into_iter().map(|part| outer.replace("${*}", "\u{1}").replace('*', &part).replace('\u{1}', "*"))
}
