//! The wildcard language of IAM: `*` is any run of characters, `?` is one, `${*}` `${?}` `${$}` are the characters
//! themselves, and `${aws:username}` is a policy variable.
//!
//! A variable has no value until a request gives it one, so here it matches nothing, and is contained only by `*`
//! and by the same variable at the same place.

use std::borrow::Cow;
use std::collections::HashSet;

/// Writes literal text so that a pattern holding it matches that text alone.
///
/// ```
/// use tighten_iam::escape_literal;
/// assert_eq!(escape_literal("reports/2026"), "reports/2026");
/// assert_eq!(escape_literal("what?/*.csv"), "what${?}/${*}.csv");
/// ```
pub fn escape_literal(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut pattern = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        push_literal(&mut pattern, c);
    }
    Cow::Owned(pattern)
}

/// One element of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Token<'a> {
    /// A character that stands for itself.
    Char(char),
    /// `?`
    One,
    /// `*`
    Many,
    /// `${name}`, without its braces.
    Variable(&'a str),
}

/// Reads a pattern's tokens from its text, without allocating.
#[derive(Debug, Clone)]
pub(crate) struct Tokens<'a> {
    rest: std::str::Chars<'a>,
}

impl<'a> Tokens<'a> {
    pub(crate) fn new(pattern: &'a str) -> Self {
        Self { rest: pattern.chars() }
    }

    /// What has not been read yet.
    pub(crate) fn rest(&self) -> &'a str {
        self.rest.as_str()
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        match self.rest.next()? {
            '*' => Some(Token::Many),
            '?' => Some(Token::One),
            '$' => {
                let braced = self.rest.as_str().strip_prefix('{').and_then(|inner| inner.split_once('}'));
                let Some((name, after)) = braced else { return Some(Token::Char('$')) };
                self.rest = after.chars();
                Some(match name {
                    "*" => Token::Char('*'),
                    "?" => Token::Char('?'),
                    "$" => Token::Char('$'),
                    variable => Token::Variable(variable),
                })
            }
            c => Some(Token::Char(c)),
        }
    }
}

/// Whether every character of the pattern stands for itself and is spelled as itself.
pub(crate) fn is_plain(pattern: &str) -> bool {
    !pattern.bytes().any(|b| matches!(b, b'*' | b'?' | b'$'))
}

/// The one text that the pattern matches, if it has neither wildcards nor variables.
pub(crate) fn literal(pattern: &str) -> Option<Cow<'_, str>> {
    if is_plain(pattern) {
        return Some(Cow::Borrowed(pattern));
    }
    let chars = Tokens::new(pattern).map(|token| match token {
        Token::Char(c) => Some(c),
        Token::One | Token::Many | Token::Variable(_) => None,
    });
    chars.collect::<Option<String>>().map(Cow::Owned)
}

pub(crate) fn has_wildcard(pattern: &str) -> bool {
    // Most patterns tell it without being read by token.
    pattern.contains(['*', '?']) && Tokens::new(pattern).any(|token| matches!(token, Token::One | Token::Many))
}

/// Appends the character in pattern spelling.
pub(crate) fn push_literal(pattern: &mut String, c: char) {
    if matches!(c, '*' | '?' | '$') {
        pattern.extend(['$', '{', c, '}']);
    } else {
        pattern.push(c);
    }
}

/// Whether the pattern matches the whole text.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    let Some((pattern, text)) = without_plain(pattern, text) else { return false };
    match pattern {
        "" => return text.is_empty(),
        "*" => return true,
        _ => {}
    }
    run(Tokens::new(pattern), text, |expected, found| expected == found)
}

/// Whether a pattern of names matches the whole text, whatever the case: `*` is any run of characters and `?` is one, and
/// nothing else stands for anything but itself. This is how people name principals and messages; policies have variables
/// and escaped characters beside.
///
/// ```
/// use tighten_iam::matches_ignoring_case;
/// assert!(matches_ignoring_case("deploy-*", "Deploy-Prod"));
/// assert!(matches_ignoring_case("*not authorized*", "You are Not Authorized to do this"));
/// assert!(!matches_ignoring_case("deploy-?", "deploy-prod"));
/// ```
pub fn matches_ignoring_case(pattern: &str, text: &str) -> bool {
    let tokens = pattern.chars().map(|c| match c {
        '*' => Token::Many,
        '?' => Token::One,
        c => Token::Char(c),
    });
    run(tokens, text, |expected, found| {
        expected.eq_ignore_ascii_case(&found)
            || !(expected.is_ascii() && found.is_ascii()) && expected.to_lowercase().eq(found.to_lowercase())
    })
}

/// Whether the tokens match the whole text.
fn run<'p>(mut tokens: impl Iterator<Item = Token<'p>> + Clone, text: &str, same: impl Fn(char, char) -> bool) -> bool {
    let mut chars = text.chars();
    // Where to go on when the run of the last `*` must take one more character. An earlier `*` never needs to be
    // reconsidered: whatever it could still take, the last one can take too.
    let mut retry = None;
    loop {
        let token = tokens.next();
        if token == Some(Token::Many) {
            retry = Some((tokens.clone(), chars.clone()));
            continue;
        }
        let c = chars.next();
        let fits = match (token, c) {
            (None, None) => return true,
            (Some(Token::One), Some(_)) => true,
            (Some(Token::Char(expected)), Some(found)) => same(expected, found),
            _ => false,
        };
        if fits {
            continue;
        }
        let Some((after, from)) = &mut retry else { return false };
        if from.next().is_none() {
            return false;
        }
        tokens = after.clone();
        chars = from.clone();
    }
}

/// How many positions `contains` looks at before it gives up and answers no.
const BUDGET: usize = 1_000_000;

/// Whether every text matched by `inner` is matched by `outer`, for every value of their variables.
pub(crate) fn contains(outer: &str, inner: &str) -> bool {
    if outer == inner {
        return true;
    }
    let Some((outer, inner)) = without_plain(outer, inner) else { return false };
    match outer {
        "" => return inner.is_empty(),
        "*" => return true,
        _ => {}
    }
    if let Some(text) = literal(inner) {
        return matches(outer, &text);
    }
    without_fixed(outer, inner).is_some_and(|(outer, inner)| outer == [Token::Many] || accepts_all(&outer, &inner))
}

/// What is left of both behind the plain text that `outer` begins with and before the plain text that it ends with.
/// `None`: `inner`, be it a pattern or a text, does not begin or end so, and matches what `outer` does not.
fn without_plain<'a>(outer: &'a str, inner: &'a str) -> Option<(&'a str, &'a str)> {
    let start = outer.find(['*', '?', '$']).unwrap_or(outer.len());
    let (plain, outer) = outer.split_at_checked(start)?;
    let inner = inner.strip_prefix(plain)?;
    // Neither a variable nor an escaped character ends in it, nor does one of `inner`.
    let end = outer.rfind(['*', '?', '$', '}']).map_or(0, |last| last + 1);
    let (outer, plain) = outer.split_at_checked(end)?;
    Some((outer, inner.strip_suffix(plain)?))
}

/// Whether every text matched by `inner` is matched by `outer`; both are canonical.
///
/// Runs `outer` as a nondeterministic automaton over `inner` read as a text in which a wildcard's characters are
/// ones that occur in no pattern: such a character takes `outer` nowhere that any other character would not take it
/// as well, so the answer for it is the answer for all. What is left open is how many of them a `*` stands for, and
/// each count that leads to a new set of states is tried. Patterns made to be costly run into a budget, and the answer
/// is then no, which is the safe one.
fn accepts_all(outer: &[Token<'_>], inner: &[Token<'_>]) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![(0, States::start(outer))];
    let mut spent = 0;
    while let Some((at, states)) = open.pop() {
        spent += states.0.len();
        if states.0.is_empty() || spent > BUDGET {
            return false;
        }
        if !seen.insert((at, states.clone())) {
            continue;
        }
        match inner.get(at) {
            None if states.accept(outer) => {}
            None => return false,
            Some(Token::Many) => {
                open.push((at, states.step(outer, None)));
                open.push((at + 1, states));
            }
            Some(Token::One) => open.push((at + 1, states.step(outer, None))),
            Some(&token) => open.push((at + 1, states.step(outer, Some(token)))),
        }
    }
    true
}

/// What is left of both behind what `outer` begins with and before what it ends with, where neither is a wildcard.
/// `None`: `inner` is not the same there, so it matches what `outer` does not.
fn without_fixed<'a>(outer: &'a str, inner: &'a str) -> Option<(Vec<Token<'a>>, Vec<Token<'a>>)> {
    let is_fixed = |token: &Token<'_>| !matches!(token, Token::One | Token::Many);
    let (mut outer, mut inner) = (Tokens::new(outer).peekable(), Tokens::new(inner));
    while let Some(token) = outer.next_if(is_fixed) {
        if inner.next() != Some(token) {
            return None;
        }
    }
    let (mut outer, mut inner) = (canonical(outer), canonical(inner));
    while let Some(token) = outer.pop_if(|token| is_fixed(token)) {
        if inner.pop() != Some(token) {
            return None;
        }
    }
    Some((outer, inner))
}

/// Whether some text may be matched by both. A variable may have any value, so it overlaps with everything.
pub(crate) fn overlaps(left: &str, right: &str) -> bool {
    let loose = |pattern| {
        let tokens = Tokens::new(pattern);
        tokens.map(|token| if matches!(token, Token::Variable(_)) { Token::Many } else { token }).collect::<Vec<_>>()
    };
    let (left, right) = (loose(left), loose(right));
    let mut seen = HashSet::new();
    let mut open = vec![(0_usize, 0_usize)];
    while let Some((i, j)) = open.pop() {
        if !seen.insert((i, j)) {
            continue;
        }
        match (left.get(i), right.get(j)) {
            (None, None) => return true,
            (Some(Token::Many), other) => {
                open.push((i + 1, j));
                if other.is_some() {
                    open.push((i, j + 1));
                }
            }
            (other, Some(Token::Many)) => {
                open.push((i, j + 1));
                if other.is_some() {
                    open.push((i + 1, j));
                }
            }
            (Some(Token::Char(a)), Some(Token::Char(b))) if a != b => {}
            (Some(_), Some(_)) => open.push((i + 1, j + 1)),
            (None, Some(_)) | (Some(_), None) => {}
        }
    }
    false
}

/// The same language with each run of wildcards as its `?`s followed by at most one `*`.
fn canonical<'a>(pattern: impl Iterator<Item = Token<'a>>) -> Vec<Token<'a>> {
    let mut tokens = Vec::new();
    let mut many = false;
    for token in pattern {
        match token {
            Token::Many => many = true,
            Token::One => tokens.push(Token::One),
            other => {
                if std::mem::take(&mut many) {
                    tokens.push(Token::Many);
                }
                tokens.push(other);
            }
        }
    }
    if many {
        tokens.push(Token::Many);
    }
    tokens
}

/// The positions of a pattern at which its automaton may stand, ascending.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct States(Vec<usize>);

impl States {
    fn start(pattern: &[Token<'_>]) -> Self {
        Self::closed(pattern, [0])
    }

    /// Reads one symbol: a token of the inner pattern, or a character that no pattern names.
    fn step(&self, pattern: &[Token<'_>], symbol: Option<Token<'_>>) -> Self {
        let next = self.0.iter().filter_map(|&at| match pattern.get(at)? {
            Token::Many => Some(at),
            // A variable's value may be of any length, so `?` does not stand for it.
            Token::One => (!matches!(symbol, Some(Token::Variable(_)))).then_some(at + 1),
            token => (Some(*token) == symbol).then_some(at + 1),
        });
        Self::closed(pattern, next)
    }

    fn accept(&self, pattern: &[Token<'_>]) -> bool {
        self.0.last() == Some(&pattern.len())
    }

    /// Adds what a `*` that takes nothing leads to, and drops what stands before the last `*` reached: the rest of
    /// the pattern after that `*` accepts all that the dropped positions do.
    fn closed(pattern: &[Token<'_>], from: impl IntoIterator<Item = usize>) -> Self {
        let mut states = Vec::new();
        for at in from {
            let is_many = matches!(pattern.get(at), Some(Token::Many));
            states.push(at);
            if is_many {
                states.push(at + 1);
            }
        }
        states.sort_unstable();
        states.dedup();
        let last = states.iter().rposition(|&at| matches!(pattern.get(at), Some(Token::Many)));
        states.drain(..last.unwrap_or(0));
        Self(states)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn naive_ignoring_case(pattern: &[char], text: &[char]) -> bool {
        match (pattern, text) {
            ([], []) => true,
            (['*', rest @ ..], _) => (0..=text.len()).any(|taken| naive_ignoring_case(rest, &text[taken..])),
            (['?', pattern @ ..], [_, text @ ..]) => naive_ignoring_case(pattern, text),
            ([one, pattern @ ..], [other, text @ ..]) => {
                one.eq_ignore_ascii_case(other) && naive_ignoring_case(pattern, text)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn matching_whatever_the_case_equals_the_definition(pattern in "[aAb*?]{0,8}", text in "[abB]{0,10}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(matches_ignoring_case(&pattern, &text), naive_ignoring_case(&chars(&pattern), &chars(&text)));
        }
    }

    #[test]
    fn patterns_of_names_match_whatever_the_case() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a", "A", true),
            ("a", "ab", false),
            ("a*", "AB", true),
            ("*b", "ab", true),
            ("*b", "b", true),
            ("a*a", "a", false),
            ("a*a", "aa", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "acb", false),
            ("*b*b*", "ab", false),
            ("*b*b*", "bb", true),
            ("", "", true),
            ("", "a", false),
            ("*é", "É", true),
            ("${*}", "${x}", true),
            ("$?", "$?", true),
        ] {
            assert_eq!(matches_ignoring_case(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn dollar_signs_without_braces_are_characters() {
        assert!(matches("a$b${", "a$b${"));
        assert!(matches("${$}{x}", "${x}"));
        assert_eq!(literal("a$${*}").as_deref(), Some("a$*"));
        assert_eq!(literal("${aws:username}"), None);
    }

    #[test]
    fn variables_match_nothing_and_are_contained_by_themselves_and_by_a_star() {
        assert!(!matches("${aws:username}", "${aws:username}"));
        assert!(!matches("a*${aws:username}", "ab"));
        assert!(contains("home/${aws:username}/*", "home/${aws:username}/x?"));
        assert!(contains("home/*", "home/${aws:username}/x"));
        assert!(contains("*${a}", "${b}${a}"));
        assert!(!contains("home/?", "home/${aws:username}"));
        assert!(!contains("home/${aws:username}", "home/*"));
        assert!(!contains("home/${aws:username}", "home/${aws:userid}"));
        assert!(overlaps("home/${aws:username}", "home/bob"));
        assert!(!overlaps("home/${aws:username}", "logs/*"));
    }

    #[test]
    fn question_marks_and_stars_trade_places() {
        for (left, right) in [("*?", "?*"), ("**", "*"), ("*?*?*", "??*")] {
            assert!(contains(left, right) && contains(right, left), "{left} {right}");
        }
        assert!(!contains("a??*z", "a*z"));
        assert!(contains("*a*b*", "?a*?b"));
        assert!(!contains("*ab*", "a*b"));
    }

    #[test]
    fn what_is_fixed_is_compared_as_the_automaton_does() {
        let mut contained = 0;
        for (parts, length) in [
            (["a", "b", "?", "*", "${v}", "${*}"].as_slice(), 4),
            (["a", "?", "*", "$", "{", "}", "${v}", "${*}"].as_slice(), 3),
        ] {
            let mut patterns = vec![String::new()];
            let mut longest = patterns.clone();
            for _ in 0..length {
                let longer = longest.iter().flat_map(|one| parts.iter().map(move |part| format!("{one}{part}")));
                longest = longer.collect();
                patterns.extend_from_slice(&longest);
            }
            for outer in &patterns {
                for inner in &patterns {
                    let expected = accepts_all(&canonical(Tokens::new(outer)), &canonical(Tokens::new(inner)));
                    assert_eq!(contains(outer, inner), expected, "{outer} {inner}");
                    if let Some(text) = literal(inner) {
                        assert_eq!(matches(outer, &text), expected, "{outer} {text}");
                    }
                    contained += u32::from(expected);
                }
            }
        }
        assert!(contained > 10_000, "{contained}");
    }

    #[test]
    fn costly_patterns_end_in_time() {
        let outer = format!("*{}b*", "a*?".repeat(200));
        let inner = format!("{}c*", "*a?".repeat(200));
        assert!(!contains(&outer, &inner));
        let text = "a".repeat(20_000);
        assert!(!matches(&format!("{}b", "a*".repeat(40)), &text));
        let stars = "?a*".repeat(300);
        assert!(contains(&stars, &stars.replace('a', "aa").replace("?aa", "?a")));
        let _ = contains(&"*?a".repeat(60), &"*??a?".repeat(60));
    }
}
