//! The wildcard language in its plainest form, to hold the real one against.

/// Whether the pattern matches the text: each `*` takes nothing or one more.
pub(crate) fn matches(pattern: &str, text: &str) -> bool {
    run(&tokens(pattern), &text.chars().collect::<Vec<_>>())
}

/// Every text over the alphabet of up to `longest` characters.
pub(crate) fn texts(alphabet: &'static [char], longest: usize) -> impl Iterator<Item = String> {
    let longer = move |texts: &Vec<String>| {
        let all = texts.iter().flat_map(|text| alphabet.iter().map(move |c| format!("{text}{c}")));
        Some(all.collect())
    };
    std::iter::successors(Some(vec![String::new()]), longer).take(longest + 1).flatten()
}

/// Texts that the pattern matches, with `fill` for every wildcard and up to `longest` of it for a `*`.
pub(crate) fn stretched(pattern: &str, fill: char, longest: usize) -> impl Iterator<Item = String> {
    let mut all = vec![String::new()];
    for token in tokens(pattern) {
        all = match token {
            Token::Char(c) => all.into_iter().map(|text| format!("{text}{c}")).collect(),
            Token::One => all.into_iter().map(|text| format!("{text}{fill}")).collect(),
            Token::Many => {
                let repeat = |text: String| {
                    (0..=longest).map(move |n| text.clone() + &std::iter::repeat_n(fill, n).collect::<String>())
                };
                all.into_iter().flat_map(repeat).collect()
            }
        };
    }
    all.into_iter()
}

#[derive(Clone, Copy)]
enum Token {
    Char(char),
    One,
    Many,
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut rest = pattern;
    let mut tokens = Vec::new();
    while let Some(c) = rest.chars().next() {
        let escape = [("${*}", '*'), ("${?}", '?'), ("${$}", '$')].into_iter().find(|(text, _)| rest.starts_with(text));
        let (token, length) = match (escape, c) {
            (Some((text, c)), _) => (Token::Char(c), text.len()),
            (None, '*') => (Token::Many, 1),
            (None, '?') => (Token::One, 1),
            (None, c) => (Token::Char(c), c.len_utf8()),
        };
        tokens.push(token);
        rest = rest.split_at(length).1;
    }
    tokens
}

fn run(pattern: &[Token], text: &[char]) -> bool {
    match (pattern, text) {
        ([], text) => text.is_empty(),
        ([Token::Many, rest @ ..], []) => run(rest, text),
        ([Token::Many, rest @ ..], [_, shorter @ ..]) => run(rest, text) || run(pattern, shorter),
        ([Token::One, rest @ ..], [_, shorter @ ..]) => run(rest, shorter),
        ([Token::Char(expected), rest @ ..], [c, shorter @ ..]) => expected == c && run(rest, shorter),
        (_, []) => false,
    }
}
