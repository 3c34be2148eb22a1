//! One resource's pattern, with what is made up anew replaced by wildcards.

use tighten_catalog::Rules;
use tighten_iam::ResourcePattern;

use super::format::{Kind, Part, Shape};
use super::ids::{self, Known};
use super::{Guarded, How};

/// A resource's text, cut where wildcards may take the place of what follows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path {
    /// All up to the last segment, with its colon.
    pub(super) head: String,
    pub(super) kind: Option<Kind>,
    pub(super) pieces: Vec<Piece>,
    /// Fixed text at the end.
    pub(super) tail: String,
    pub(super) how: How,
    pub(super) guarded: Option<Guarded>,
}

/// A part of a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Piece {
    /// Text of the format before it.
    pub(super) fixed: String,
    /// Separators before it that are part of the name.
    pub(super) separators: String,
    pub(super) text: String,
    /// Which of the format's variables it belongs to.
    pub(super) variable: usize,
    /// People rather than programs choose such names.
    pub(super) chosen: bool,
    /// No number of such names makes a wildcard.
    pub(super) listed: bool,
    /// Nothing makes a wildcard of it.
    pub(super) kept: bool,
}

impl Path {
    pub(super) fn text(&self) -> String {
        let pieces = self.pieces.iter().flat_map(|piece| [&*piece.fixed, &piece.separators, &piece.text]);
        format!("{}{}{}", self.head, pieces.collect::<String>(), self.tail)
    }

    /// The pattern as it is.
    pub(super) fn exact(pattern: &ResourcePattern, shape: &Shape<'_>) -> Option<Self> {
        let [_, partition, service, region, account, _] = pattern.segments()?;
        let head = format!("arn:{partition}:{service}:{region}:{account}:");
        let (mut pieces, mut before, mut variables) = (Vec::new(), String::new(), 0);
        for part in &shape.parts {
            match part {
                Part::Fixed(text) => before.push_str(text),
                Part::Value { variable, text } => {
                    let mut chosen = !matches!(*variable, "ObjectName" | "LogStreamName");
                    let mut first = true;
                    for (separators, text) in split(text) {
                        pieces.push(Piece {
                            fixed: std::mem::take(&mut before),
                            separators: separators.to_owned(),
                            text: text.to_owned(),
                            variable: variables,
                            chosen,
                            listed: ids::is_listed(service, variable, first),
                            kept: ids::is_kept(service, variable),
                        });
                        (chosen, first) = (false, false);
                    }
                    variables += 1;
                }
            }
        }
        Some(Self { head, kind: shape.kind, pieces, tail: before, how: How::Exact, guarded: None })
    }

    /// All resources of the type.
    pub(super) fn of_type(mut self) -> Self {
        for variable in self.variables() {
            self.open(variable);
        }
        self.how = How::Type;
        self
    }

    /// With names that start with `prefix` opened after it, in every region and account.
    ///
    /// The separator that follows the prefix is kept. A name that is the prefix and nothing more stays itself.
    pub(super) fn by_prefix(mut self, prefix: &str) -> Option<Self> {
        let at = self.pieces.iter().position(|piece| piece.text.starts_with(prefix))?;
        let piece = self.pieces.get_mut(at)?;
        let (own, rest) = (piece.variable, piece.text.get(prefix.len()..)?.chars().next());
        let goes_on = self.pieces.get(at + 1).is_some_and(|next| next.variable == own);
        let keep = if let Some(next) = rest {
            let separated = !prefix.ends_with(['-', '_', '.']) && matches!(next, '-' | '_' | '.');
            let separator = if separated { next.to_string() } else { String::new() };
            self.pieces.get_mut(at)?.text = format!("{prefix}{separator}*");
            at
        } else if goes_on {
            "*".clone_into(&mut self.pieces.get_mut(at + 1)?.text);
            at + 1
        } else {
            at
        };
        if rest.is_some() || goes_on {
            let mut index = 0..;
            self.pieces.retain(|piece| index.next().is_some_and(|index| index <= keep) || piece.variable != own);
            for variable in self.variables().into_iter().filter(|variable| *variable > own) {
                self.open(variable);
            }
        }
        self.head = everywhere(&self.head);
        self.how = How::NamePrefix;
        Some(self)
    }

    /// With what AWS or a program makes up anew opened.
    pub(super) fn without_minted(mut self, shape: &Shape<'_>, rules: &Rules, known: Known) -> Self {
        let service = self.head.split(':').nth(2).unwrap_or_default().to_owned();
        let minted_type = self.kind.is_some_and(|(prefix, kind)| prefix == "ec2" && rules.minted(prefix, kind));
        let passing_ec2 =
            self.pieces.first().is_some_and(|piece| ids::is_passing_ec2(piece.fixed.trim_end_matches('/')));
        let values = shape.parts.iter().filter_map(|part| match part {
            Part::Value { variable, text } => Some((*variable, *text)),
            Part::Fixed(_) => None,
        });
        let values: Vec<(&str, &str)> = values.collect();
        for (index, (variable, text)) in values.iter().enumerate() {
            let is_last = index + 1 == values.len();
            if ids::is_kept(&service, variable) || *text == "*" {
                continue;
            }
            let ec2 = service == "ec2" && (ids::is_ec2_id(text) || (minted_type && is_last));
            if ec2 && !passing_ec2 {
                continue;
            }
            if ec2 || (index > 0 && ids::is_version(text)) {
                self.open(index);
                self.how = How::Minted;
                continue;
            }
            let secret = service == "secretsmanager" && is_last;
            let changed = self.replace(index, |piece, last| {
                if secret && last { ids::without_secret_suffix(piece) } else { ids::without_random(piece, known) }
            });
            if changed {
                self.how = How::Minted;
            } else if (ids::is_passing(variable) && service != "datasync")
                || ids::is_deployed(&service, variable)
                || self.kind.is_some_and(ids::is_passing_type)
            {
                self.open(index);
                self.how = How::Minted;
            }
        }
        self
    }

    /// The variables that there are pieces of.
    fn variables(&self) -> Vec<usize> {
        let mut variables: Vec<usize> = self.pieces.iter().map(|piece| piece.variable).collect();
        variables.dedup();
        variables
    }

    /// Puts `*` in the place of a variable's value.
    fn open(&mut self, variable: usize) {
        let mut first = true;
        self.pieces.retain_mut(|piece| {
            if piece.variable != variable {
                return true;
            }
            "*".clone_into(&mut piece.text);
            piece.separators.clear();
            std::mem::take(&mut first)
        });
    }

    fn replace(&mut self, variable: usize, by: impl Fn(&str, bool) -> Option<String>) -> bool {
        let mut changed = false;
        let mut own = self.pieces.iter_mut().filter(|piece| piece.variable == variable).peekable();
        while let Some(piece) = own.next() {
            if let Some(text) = by(&piece.text, own.peek().is_none()).filter(|_| !wild(&piece.text)) {
                piece.text = text;
                changed = true;
            }
        }
        changed
    }
}

/// Whether the text holds wildcards, escapes or variables. Such a piece is left as it is.
fn wild(text: &str) -> bool {
    text.contains(['*', '?', '$'])
}

/// The head with wildcards for region and account, where there are any.
fn everywhere(head: &str) -> String {
    let segments = head.split(':').enumerate();
    let open = segments.map(|(at, text)| if matches!(at, 3 | 4) && !text.is_empty() { "*" } else { text });
    open.collect::<Vec<_>>().join(":")
}

/// Most levels of a name that are told apart. A log can hold names of a thousand levels.
const LEVELS: usize = 16;

/// The text cut before each run of separators: separators and what follows them. The last level holds the rest.
fn split(text: &str) -> Vec<(&str, &str)> {
    let is_separator = |c: char| matches!(c, '/' | ':');
    let mut pieces = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(|c: char| !is_separator(c)).unwrap_or(rest.len());
        let (separators, after) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let last = pieces.len() + 1 == LEVELS;
        let end = after.find(is_separator).filter(|_| !last).unwrap_or(after.len());
        let (piece, after) = after.split_at_checked(end).unwrap_or((after, ""));
        pieces.push((separators, piece));
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_before_its_separators() {
        assert_eq!(split("/aws/lambda/f:*"), [("/", "aws"), ("/", "lambda"), ("/", "f"), (":", "*")]);
        assert_eq!(split("a//b/"), [("", "a"), ("//", "b"), ("/", "")]);
        assert!(split("").is_empty());
    }

    #[test]
    fn a_name_of_a_thousand_levels_is_cut_into_few() {
        let deep = "a/".repeat(1000);
        let pieces = split(&deep);
        assert_eq!(pieces.len(), LEVELS);
        assert_eq!(pieces.iter().flat_map(|(separators, piece)| [*separators, piece]).collect::<String>(), deep);
    }
}
