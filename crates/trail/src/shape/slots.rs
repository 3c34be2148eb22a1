//! In which places a record may differ from others of its shape.

use std::ops::Range;

use crate::record::scan::is_space;
use crate::record::skimmed::{Kind, Skimmed, Value, issuer, top, user};
use crate::shape::plain::number_length;

/// A place whose content may differ between records of one shape: a text between its quotes, or a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) is_number: bool,
    pub(crate) says: Says,
}

/// What the content of a slot is to whoever counts records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// Something that decides where the record is counted.
    What,
    When,
    Id,
    /// Which of a role's sessions it is, where the record names the role itself.
    Session,
    /// Nothing.
    Nothing,
}

/// Texts inside of nested values of which there are few: they are part of the shape.
const FEW: [&str; 7] = [
    "type",
    "mfaAuthenticated",
    "SignatureVersion",
    "CipherSuite",
    "AuthenticationMethod",
    "tlsVersion",
    "cipherSuite",
];

/// The slots of a record, in order. Of an opaque parameter's values, none says anything. `None`: it is no JSON.
pub(crate) fn slots(record: &Skimmed<'_>, is_opaque: &dyn Fn(&str, &str) -> bool) -> Option<Vec<Slot>> {
    let Skimmed { text, fields, who, issued, .. } = record;
    let outline = record.outline().unwrap_or_default();
    let about_session = Field::Says(if outline.names_role() { Says::Session } else { Says::What });
    let (what, few) = (Field::Says(Says::What), Field::Few);
    let mut known: Vec<(Value, Field)> = Vec::new();
    let mut add = |values: &[Value], fields: &[(usize, Field)]| {
        known.extend(fields.iter().filter_map(|(number, field)| Some((*values.get(*number)?, *field))));
    };
    add(fields, &[(top::VERSION, few), (top::SOURCE, few), (top::NAME, few), (top::ERROR, few), (top::TYPE, few)]);
    add(fields, &[(top::CATEGORY, few), (top::TIME, Field::Says(Says::When)), (top::ID, Field::Says(Says::Id))]);
    add(fields, &[(top::REGION, what), (top::MESSAGE, what), (top::RESOURCES, what), (top::RECIPIENT, what)]);
    add(fields, &[(top::PARAMETERS, Field::Parameters)]);
    add(who, &[(user::TYPE, few), (user::ID, about_session), (user::ARN, about_session), (user::ACCOUNT, what)]);
    add(who, &[(user::NAME, about_session), (user::INVOKED_BY, what)]);
    add(issued, &[(issuer::TYPE, few), (issuer::ID, what), (issuer::ARN, what), (issuer::ACCOUNT, what)]);
    add(issued, &[(issuer::NAME, what)]);
    known.retain(|(value, _)| matches!(value.kind(), Kind::Text | Kind::Nested));
    known.sort_unstable_by_key(|(value, _)| value.range().start);
    let mut slots = Slots { text, slots: Vec::new() };
    // Everything else says nothing, the session's attributes and source among it.
    let mut at = 0;
    for (value, field) in known {
        let Range { start, end } = value.range();
        let is_text = value.kind() == Kind::Text;
        slots.nested(at..start - usize::from(is_text), |_| Says::Nothing)?;
        match field {
            Field::Few => {}
            Field::Says(says) if is_text => slots.add(start..end, false, says),
            Field::Parameters if is_text => slots.add(start..end, false, Says::What),
            // A time or an id that is no text is none.
            Field::Says(Says::When | Says::Id) => slots.nested(start..end, |_| Says::Nothing)?,
            Field::Says(says) => slots.nested(start..end, |_| says)?,
            Field::Parameters => slots.nested(start..end, |parameter| {
                if is_opaque(outline.event_source, parameter) { Says::Nothing } else { Says::What }
            })?,
        }
        at = end + usize::from(is_text);
    }
    slots.nested(at..text.len(), |_| Says::Nothing)?;
    Some(slots.slots)
}

/// What is known of a field.
#[derive(Debug, Clone, Copy)]
enum Field {
    /// It has one of few values, which are part of the shape.
    Few,
    Says(Says),
    Parameters,
}

struct Slots<'a> {
    text: &'a str,
    slots: Vec<Slot>,
}

impl Slots<'_> {
    fn add(&mut self, at: Range<usize>, is_number: bool, says: Says) {
        self.slots.push(Slot { from: at.start, to: at.end, is_number, says });
    }

    /// The texts and whole numbers inside of a value, but for keys. What they say depends on the outermost key. `None`: a
    /// text has no end, or a backslash stands outside of texts, so that it is not certain where they begin.
    fn nested(&mut self, range: Range<usize>, of_outermost: impl Fn(&str) -> Says) -> Option<()> {
        let bytes = self.text.as_bytes();
        let Range { start: mut at, end } = range;
        let mut key = 0..0;
        let mut depth = 0;
        let mut says = of_outermost("");
        while at < end {
            let rest = bytes.get(at..end).unwrap_or_default();
            match rest.first() {
                Some(b'"') => {
                    let from = at + 1;
                    let to = Some(quote(bytes, from)).filter(|to| *to < end)?;
                    at = to + 1;
                    let behind = bytes.get(at..end).unwrap_or_default();
                    if behind.iter().find(|byte| !is_space(**byte)) == Some(&b':') {
                        key = from..to;
                        if depth == 1 {
                            says = of_outermost(self.text.get(from..to).unwrap_or_default());
                        }
                    } else if !self.text.get(key.clone()).is_some_and(|key| FEW.contains(&key)) {
                        self.add(from..to, false, says);
                    }
                }
                // In front of it is what a value begins after, so it is not the end of something else.
                Some(b'0'..=b'9') if at > 0 && bytes.get(at - 1).is_some_and(|byte| b":,[ \t\r\n".contains(byte)) => {
                    let length = number_length(rest).unwrap_or(1);
                    let is_whole = rest.get(length).is_some_and(|next| b",]} \t\r\n".contains(next));
                    if is_whole {
                        self.add(at..at + length, true, says);
                    }
                    at += length;
                }
                Some(next) => {
                    match next {
                        b'{' | b'[' => depth += 1,
                        b'}' | b']' => depth -= 1,
                        b'\\' => return None,
                        _ => {}
                    }
                    at += 1;
                }
                None => break,
            }
        }
        Some(())
    }
}

/// Where the text ends that begins at a place, behind its opening quote.
fn quote(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    loop {
        match bytes.get(at) {
            None | Some(b'"') => return at,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}
