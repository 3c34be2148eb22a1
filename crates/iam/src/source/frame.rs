//! An array or object taken apart into its items and what stands between them, and put together again.

use indexmap::IndexMap;

use super::scan::{Kind, Node};
use super::style::{fits, last_line, width};

/// The text of an array or object around its items.
pub(super) struct Frame<'a> {
    open: &'a str,
    pieces: Vec<Piece<'a>>,
    /// From the end of the last item's line to the closing bracket.
    closing: &'a str,
    close: &'a str,
}

struct Piece<'a> {
    /// White space before the item: from the line end on, if there is one after the previous comma.
    lead: &'a str,
    body: &'a str,
    /// White space before the comma.
    before_comma: &'a str,
    /// What else stands on the line after the comma.
    rest: &'a str,
}

/// An item of the container to be.
pub(super) enum Part {
    /// The item of this index, with another text if one is given.
    Kept(usize, Option<String>),
    /// A further one.
    New(String),
}

impl<'a> Frame<'a> {
    /// Takes an array or object apart; nothing if it is neither, or has no items.
    pub(super) fn of(text: &'a str, node: &Node) -> Option<Self> {
        let spans: Vec<_> = match &node.kind {
            Kind::Scalar => return None,
            Kind::Array(items) => items.iter().map(|item| item.span.clone()).collect(),
            Kind::Object(members) => members.iter().map(|member| member.key.start..member.value.span.end).collect(),
        };
        let inner = node.span.start + 1..node.span.end - 1;
        let mut lead = text.get(inner.start..spans.first()?.start)?;
        let mut pieces = Vec::with_capacity(spans.len());
        for (at, span) in spans.iter().enumerate() {
            let body = text.get(span.clone())?;
            let Some(next) = spans.get(at + 1) else {
                let (rest, closing) = split_line(text.get(span.end..inner.end)?);
                pieces.push(Piece { lead, body, before_comma: "", rest });
                return Some(Self {
                    open: text.get(node.span.start..inner.start)?,
                    pieces,
                    closing,
                    close: text.get(inner.end..node.span.end)?,
                });
            };
            let (before_comma, after) = text.get(span.end..next.start)?.split_once(',')?;
            let (rest, next_lead) = split_line(after);
            pieces.push(Piece { lead, body, before_comma, rest });
            lead = next_lead;
        }
        None
    }

    /// Whether the items stand on one line.
    pub(super) fn is_flat(&self) -> bool {
        self.pieces.iter().all(|piece| !piece.lead.contains('\n') && !piece.before_comma.contains('\n'))
    }

    /// The white space before the first item.
    pub(super) fn first_lead(&self) -> &'a str {
        self.pieces.first().map_or("", |piece| piece.lead)
    }

    /// The white space after each comma that has the next item on its line.
    pub(super) fn commas(&self) -> impl Iterator<Item = &'a str> {
        self.pieces.iter().skip(1).map(|piece| piece.lead).filter(|lead| !lead.contains('\n'))
    }

    /// The text of an item.
    pub(super) fn body(&self, at: usize) -> &'a str {
        self.pieces.get(at).map_or("", |piece| piece.body)
    }

    /// What stands before an item that is not the first, as most of them have it; `comma` where there is no telling.
    pub(super) fn usual_lead<'b>(&'b self, comma: &'b str) -> &'b str {
        let first = self.first_lead();
        let alone = if first.contains('\n') { first } else { comma };
        most_common(self.pieces.iter().skip(1).map(|piece| piece.lead)).unwrap_or(alone)
    }

    /// The container with these parts in the place of its items.
    pub(super) fn assemble(&self, parts: &[Part], comma: &str) -> String {
        let usual_lead = self.usual_lead(comma);
        let others = self.pieces.len().saturating_sub(1);
        let usual_before_comma =
            most_common(self.pieces.iter().take(others).map(|piece| piece.before_comma)).unwrap_or_default();
        // Where lines are broken between items, a line that gets too long is broken too.
        let broken_lead =
            most_common(self.pieces.iter().skip(1).map(|piece| piece.lead).filter(|lead| lead.contains('\n')));
        let mut text = self.open.to_owned();
        // The items that have been passed: those after it and before the next that is kept are cut.
        let mut passed = 0;
        let mut comma_due = "";
        let mut rest = "";
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                text.extend([comma_due, ",", rest]);
            }
            let (lead, body);
            (lead, body, comma_due, rest) = match part {
                Part::Kept(at, other) => {
                    let lead = self.lead_of(*at, passed).unwrap_or(usual_lead);
                    passed = at + 1;
                    let (before_comma, rest) =
                        self.pieces.get(*at).map_or(("", ""), |piece| (piece.before_comma, piece.rest));
                    let before_comma = if *at < others { before_comma } else { usual_before_comma };
                    (lead, other.as_deref().unwrap_or(self.body(*at)), before_comma, rest)
                }
                Part::New(new) => {
                    let next_kept = parts.iter().skip(place).find_map(|part| match part {
                        Part::Kept(at, _) => Some(*at),
                        Part::New(_) => None,
                    });
                    // It takes the place of an item that is cut, if there is one.
                    let replaced = self.pieces.get(passed..next_kept.unwrap_or(self.pieces.len()));
                    let replaced = replaced.and_then(|pieces| pieces.first());
                    passed += usize::from(replaced.is_some());
                    (replaced.map_or(usual_lead, |piece| piece.lead), new.as_str(), usual_before_comma, "")
                }
            };
            let wraps = || matches!(part, Part::New(_)) && !lead.contains('\n') && !fits(width(last_line(&text)), body);
            text.push_str(match broken_lead {
                _ if place == 0 => self.first_lead(),
                Some(broken) if wraps() => broken,
                _ => lead,
            });
            text.push_str(body);
        }
        if !parts.is_empty() {
            text.extend([rest, self.closing]);
        }
        text.push_str(self.close);
        text
    }

    /// What stands before a kept item when those from `cut_from` on are cut: where one of them began a line, it now does.
    fn lead_of(&self, at: usize, cut_from: usize) -> Option<&'a str> {
        let own = self.pieces.get(at).filter(|_| at > 0)?.lead;
        if own.contains('\n') {
            return Some(own);
        }
        let cut = self.pieces.get(cut_from.max(1)..at).unwrap_or_default();
        Some(cut.iter().map(|piece| piece.lead).find(|lead| lead.contains('\n')).unwrap_or(own))
    }
}

/// The value that occurs most often, the earliest of several.
pub(super) fn most_common<'a>(values: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut counts: IndexMap<&str, usize> = IndexMap::new();
    for value in values {
        *counts.entry(value).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(value, _)| value)
}

/// Splits before the first line end; all is the second part if there is none.
fn split_line(white_space: &str) -> (&str, &str) {
    let end = white_space.find('\n').unwrap_or(0);
    let line = white_space.get(..end).unwrap_or_default();
    let line = line.strip_suffix('\r').unwrap_or(line);
    white_space.split_at(line.len())
}
