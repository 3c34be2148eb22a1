//! A record read without looking at what nobody asks for.
//!
//! Only where the fields are is found out; everything else is stepped over by its quotes and brackets. The keys of
//! records come in the same order nearly always, so the key that came next last time is tried first. Whatever is not
//! quite as usual (a key twice or with an escape, a number where none is expected, text that is not UTF-8) is left to
//! [`decode`](crate::record::decode), so the two agree on all JSON. Of what is no JSON, this takes what is wrong only inside
//! of a part that is stepped over.

use crate::record::envelope::{Place, Role};
use crate::record::index::Index;
use crate::record::scan::is_space;
use crate::record::skimmed::{Skimmed, Value, context, issuer, top, user};
use crate::shape::plain::number_length;

/// Reads records.
#[derive(Debug)]
pub(crate) struct Skimmer {
    index: Index,
    /// The number of the mark that the next record begins with.
    next: usize,
    top: Order<24>,
    user: Order<10>,
    context: Order<4>,
    issuer: Order<5>,
}

/// Which keys are known, and which came after which the last time.
#[derive(Debug)]
struct Order<const N: usize> {
    keys: [&'static str; N],
    /// The first and last eight bytes of each key, which are all that most have.
    ends: [(u64, u64); N],
    next: [u8; N],
    first: u8,
}

impl Default for Skimmer {
    fn default() -> Self {
        Self {
            index: Index::default(),
            next: 0,
            top: Order::new(top::KEYS),
            user: Order::new(user::KEYS),
            context: Order::new(context::KEYS),
            issuer: Order::new(issuer::KEYS),
        }
    }
}

impl Skimmer {
    /// Begins with other data, at a place where a record begins.
    pub(crate) fn begin(&mut self, at: usize) {
        self.index.begin(at);
        self.next = 0;
    }

    /// Steps over the record that begins at a place. `None`: it is for others to read, or the data ends within it.
    pub(crate) fn record<'a>(&mut self, data: &'a [u8], at: usize) -> Option<Skimmed<'a>> {
        if self.index.is_long(at) {
            self.begin(at);
        }
        let Self { index, next, top, user, context, issuer } = self;
        let mut walk = Walk { index, data, base: at, at, mark: *next };
        let mut fields = [Value::MISSING; 24];
        let mut who = [Value::MISSING; 10];
        let mut session = [Value::MISSING; 4];
        let mut issued = [Value::MISSING; 5];
        // With such a key, it is a record whatever else it has, unless a key before it says that it is something else,
        // which none that is known does.
        let decides = |key: usize| matches!(key, top::VERSION..=top::NAME | top::ID | top::TYPE);
        let mut is_record = false;
        walk.object(top, &mut fields, |walk, key, name| {
            let Some(key) = key else {
                let is_other =
                    is_record || Role::of(std::str::from_utf8(name).ok()?, walk.byte()?, Place::Top).0 == Role::Other;
                return if is_other { walk.unknown() } else { None };
            };
            is_record |= decides(key);
            if key != top::USER || walk.byte()? != b'{' {
                return walk.value();
            }
            let from = walk.at;
            walk.object(user, &mut who, |walk, key, _| {
                if key != Some(user::CONTEXT) || walk.byte()? != b'{' {
                    return walk.value();
                }
                let from = walk.at;
                walk.object(context, &mut session, |walk, key, _| {
                    if key != Some(context::ISSUER) || walk.byte()? != b'{' {
                        return walk.value();
                    }
                    let from = walk.at;
                    walk.object(issuer, &mut issued, |walk, _, _| walk.value())?;
                    Some(walk.nested_from(from))
                })?;
                Some(walk.nested_from(from))
            })?;
            Some(walk.nested_from(from))
        })?;
        *next = walk.mark;
        let end = walk.at;
        if !is_record || end - at > Value::LAST || index.may_control(at) {
            return None;
        }
        let text = std::str::from_utf8(data.get(at..end)?).ok()?;
        Some(Skimmed { text, may_escape: index.may_escape(at), fields, who, session, issued })
    }

    /// How far it has looked into the data.
    pub(crate) fn looked_to(&self) -> usize {
        self.index.looked_to()
    }

    /// Whether the last record was not decoded because the data ends.
    pub(crate) fn ran_out(&self, data: &[u8]) -> bool {
        self.index.is_at_end(data)
    }
}

impl<const N: usize> Order<N> {
    fn new(keys: [&'static str; N]) -> Self {
        let mut next = [0; N];
        for (after, before) in (1..).zip(&mut next) {
            *before = after;
        }
        Self { keys, ends: keys.map(|key| ends(key.as_bytes())), next, first: 0 }
    }

    /// Which of the known keys this is, most probably the one that came after `before` the last time.
    #[inline]
    fn find(&mut self, key: &[u8], before: Option<usize>) -> Option<usize> {
        let guess = match before {
            Some(before) => self.next.get_mut(before)?,
            None => &mut self.first,
        };
        let number = usize::from(*guess);
        if let (Some(guessed), Some(own)) = (self.keys.get(number), self.ends.get(number))
            && guessed.len() == key.len()
            && *own == ends(key)
            && (key.len() <= 16 || guessed.as_bytes() == key)
        {
            return Some(number);
        }
        let found = self.keys.iter().position(|known| known.as_bytes() == key)?;
        *guess = u8::try_from(found).unwrap_or_default();
        Some(found)
    }
}

/// The first and the last eight bytes; of fewer, all.
#[inline]
fn ends(key: &[u8]) -> (u64, u64) {
    match (key.first_chunk(), key.last_chunk()) {
        (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
        _ => (key.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)), 0),
    }
}

/// A place that moves over JSON text.
struct Walk<'i, 'a> {
    index: &'i mut Index,
    data: &'a [u8],
    /// Where the record begins; values are noted from there.
    base: usize,
    at: usize,
    /// The number of the next mark.
    mark: usize,
}

impl Walk<'_, '_> {
    #[inline]
    fn byte(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    /// The next byte that is no white space.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = self.byte()?;
            if !is_space(byte) {
                return Some(byte);
            }
            self.at += 1;
        }
    }

    /// Steps over an object and notes where the values of the known keys are. `value` steps over the value of a key, which
    /// is told by its number, if it is known, and by its name.
    #[inline]
    fn object<const N: usize>(
        &mut self,
        order: &mut Order<N>,
        fields: &mut [Value; N],
        mut value: impl FnMut(&mut Self, Option<usize>, &[u8]) -> Option<Value>,
    ) -> Option<()> {
        let mut before = None;
        self.bracket()?;
        if self.next()? == b'}' {
            return self.bracket();
        }
        loop {
            if self.next()? != b'"' {
                return None;
            }
            let (from, to) = self.text()?;
            let name = self.data.get(from..to)?;
            if self.index.may_escape(from) && name.contains(&b'\\') {
                return None;
            }
            let key = order.find(name, before);
            if self.next()? != b':' {
                return None;
            }
            self.at += 1;
            self.next()?;
            let value = value(self, key, name)?;
            if let Some(key) = key {
                let field = fields.get_mut(key)?;
                if *field != Value::MISSING {
                    return None;
                }
                *field = value;
                before = Some(key);
            }
            match self.next()? {
                b',' => self.at += 1,
                b'}' => return self.bracket(),
                _ => return None,
            }
        }
    }

    #[inline]
    fn value(&mut self) -> Option<Value> {
        match self.byte()? {
            b'"' => self.text().map(|(from, to)| Value::text(from - self.base, to - self.base)),
            b'{' | b'[' => self.nested(),
            b'n' => self.word(b"null", Value::NULL),
            b't' => self.word(b"true", Value::TRUE),
            b'f' => self.word(b"false", Value::FALSE),
            _ => None,
        }
    }

    /// Steps over the value of a key that nobody asks for, which may be a whole number too.
    #[inline]
    fn unknown(&mut self) -> Option<Value> {
        if !self.byte()?.is_ascii_digit() {
            return self.value();
        }
        self.at += number_length(self.data.get(self.at..)?)?;
        Some(Value::NULL)
    }

    #[inline]
    fn nested_from(&self, from: usize) -> Value {
        Value::nested(from - self.base, self.at - self.base)
    }

    #[inline]
    fn text(&mut self) -> Option<(usize, usize)> {
        let from = self.index.mark(self.data, self.mark)?;
        // Between two quotes is nothing that is marked.
        let to = self.index.mark(self.data, self.mark + 1)?;
        if from != self.at {
            return None;
        }
        self.mark += 2;
        self.at = to + 1;
        Some((from + 1, to))
    }

    /// Steps over the bracket that is next.
    #[inline]
    fn bracket(&mut self) -> Option<()> {
        if self.index.mark(self.data, self.mark)? != self.at {
            return None;
        }
        self.mark += 1;
        self.at += 1;
        Some(())
    }

    /// A word is one only if nothing else follows that belongs to it; the caller looks at what does.
    #[inline]
    fn word(&mut self, word: &[u8], value: Value) -> Option<Value> {
        let end = self.at + word.len();
        if self.data.get(self.at..end)? != word {
            return None;
        }
        self.at = end;
        Some(value)
    }

    /// Steps over an object or a list, whose brackets have to be in pairs.
    #[inline]
    fn nested(&mut self) -> Option<Value> {
        let from = self.at;
        if self.index.mark(self.data, self.mark)? != from {
            return None;
        }
        let mut open = 0i64;
        loop {
            let at = self.index.mark(self.data, self.mark)?;
            self.mark += 1;
            open += level(*self.data.get(at)?);
            if open == 0 {
                self.at = at + 1;
                return Some(self.nested_from(from));
            }
        }
    }
}

/// What a mark adds to the open brackets, of either kind; quotes add nothing.
#[inline]
fn level(mark: u8) -> i64 {
    match mark {
        b'{' => 1,
        b'}' => -1,
        b'[' => 1 << 32,
        b']' => -(1 << 32),
        _ => 0,
    }
}
