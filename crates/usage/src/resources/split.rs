//! Where a resource pattern's text is cut into the levels of the trie.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::limits::ResourceLimits;

/// How many levels precede the resource's own name: partition, service, region, account.
pub(super) const HEAD: usize = 4;

/// The text to store: itself, or shortened to a wildcard at a level's end when it is longer than any ARN may be.
pub(super) fn shorten<'a>(text: &'a str, limits: &ResourceLimits) -> Cow<'a, str> {
    let length = usize::from(limits.length);
    if text.len() <= length {
        return Cow::Borrowed(text);
    }
    let mut end = 0;
    let mut levels = 0;
    for segment in segments(text, limits) {
        if end + segment.len() >= length {
            break;
        }
        end += segment.len();
        levels += 1;
    }
    match text.get(..end) {
        Some(kept) if levels >= HEAD => Cow::Owned(format!("{kept}*")),
        _ => Cow::Borrowed("*"),
    }
}

/// The levels of the text. Each but the last ends with the separators that follow it, and together they are the text;
/// so a value and a group of values can never be mistaken for each other.
pub(super) fn segments<'a>(text: &'a str, limits: &ResourceLimits) -> SmallVec<[&'a str; HEAD + 6]> {
    let mut cut = Cut { rest: text };
    let mut segments = SmallVec::new();
    if text.starts_with("arn:") && has_five_colons(text) {
        segments.push(cut.after_colons(2));
        for _ in 1..HEAD {
            segments.push(cut.after_colons(1));
        }
        for _ in 1..limits.levels {
            match cut.level() {
                Some(level) => segments.push(level),
                None => break,
            }
        }
    }
    segments.push(cut.rest);
    segments
}

/// What stands in a pattern for everything below a node that is `depth` segments from the root: the missing parts of
/// the ARN, each a wildcard.
pub(super) fn below(depth: usize) -> Option<&'static str> {
    match depth {
        // IAM takes no wildcard for the service, and a partition says nothing alone.
        0 | 1 => None,
        2 => Some("*:*:*"),
        3 => Some("*:*"),
        _ => Some("*"),
    }
}

fn has_five_colons(text: &str) -> bool {
    boundaries(text).filter(|(_, byte)| *byte == b':').nth(4).is_some()
}

/// The separators outside `${…}`, where they belong to a variable's name.
fn boundaries(text: &str) -> impl Iterator<Item = (usize, u8)> {
    let bytes = text.as_bytes();
    let mut variable = false;
    bytes.iter().enumerate().filter_map(move |(at, &byte)| {
        match byte {
            b'$' if bytes.get(at + 1) == Some(&b'{') => variable = true,
            b'}' => variable = false,
            b':' | b'/' if !variable => return Some((at, byte)),
            _ => {}
        }
        None
    })
}

struct Cut<'a> {
    rest: &'a str,
}

impl<'a> Cut<'a> {
    fn take(&mut self, end: usize) -> &'a str {
        // Separators are ASCII, so `end` is never inside a character.
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn after_colons(&mut self, count: usize) -> &'a str {
        let colon = boundaries(self.rest).filter(|(_, byte)| *byte == b':').nth(count - 1);
        self.take(colon.map_or(self.rest.len(), |(at, _)| at + 1))
    }

    /// The next level with all separators around it, if something follows that can be cut off.
    fn level(&mut self) -> Option<&'a str> {
        let start = self.rest.len() - self.rest.trim_start_matches(is_separator).len();
        let (at, _) = boundaries(self.rest).find(|(at, _)| *at >= start)?;
        let run = self.rest.get(at..)?;
        Some(self.take(at + run.len() - run.trim_start_matches(is_separator).len()))
    }
}

fn is_separator(c: char) -> bool {
    matches!(c, ':' | '/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        segments(text, &ResourceLimits::default()).into_vec()
    }

    #[test]
    fn levels_keep_their_separators() {
        assert_eq!(cut("arn:aws:s3:::b/x/y.txt"), ["arn:aws:", "s3:", ":", ":", "b/", "x/", "y.txt"]);
        assert_eq!(
            cut("arn:aws:logs:us-east-1:1:log-group:/aws/lambda/f:*"),
            ["arn:aws:", "logs:", "us-east-1:", "1:", "log-group:/", "aws/", "lambda/", "f:", "*"]
        );
        assert_eq!(cut("arn:aws:apigateway:r::/restapis/a"), ["arn:aws:", "apigateway:", "r:", ":", "/restapis/", "a"]);
        assert_eq!(cut("arn:aws:sqs:r:1:queue"), ["arn:aws:", "sqs:", "r:", "1:", "queue"]);
        assert_eq!(cut("arn:aws:s3:::b/"), ["arn:aws:", "s3:", ":", ":", "b/", ""]);
    }

    #[test]
    fn what_is_no_arn_is_one_level() {
        assert_eq!(cut("*"), ["*"]);
        assert_eq!(cut("arn:aws:s3"), ["arn:aws:s3"]);
        assert_eq!(cut(""), [""]);
    }

    #[test]
    fn variables_are_not_cut() {
        assert_eq!(
            cut("arn:aws:s3:::b/${aws:username}/${*}"),
            ["arn:aws:", "s3:", ":", ":", "b/", "${aws:username}/", "${*}"]
        );
    }

    #[test]
    fn a_thousand_levels_are_a_dozen() {
        let deep = format!("arn:aws:s3:::b/{}end", "a/".repeat(1000));
        let levels = cut(&deep);
        assert_eq!(levels.len(), HEAD + 12);
        assert_eq!(levels.concat(), deep);
    }

    #[test]
    fn overlong_text_ends_in_a_wildcard() {
        let long = format!("arn:aws:s3:::b/x/{}", "é".repeat(2000));
        assert_eq!(shorten(&long, &ResourceLimits::default()), "arn:aws:s3:::b/x/*");
        assert_eq!(shorten(&"x".repeat(5000), &ResourceLimits::default()), "*");
        let fits = format!("arn:aws:s3:::b/{}", "x".repeat(1000));
        assert_eq!(shorten(&fits, &ResourceLimits::default()), fits);
    }
}
