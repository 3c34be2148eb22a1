//! Takes a file's envelope apart and finds the records in it.
//!
//! A file is a sequence of JSON values, with or without something between them. A value is a record, a list of records,
//! or an envelope; what an envelope is, its keys say. Only the value that is being looked at is in memory.

pub(crate) mod lines;
mod rows;
mod wrapped;

use std::borrow::Cow;
use std::ops::Range;

use crate::inflate::buffer::SlidingBuffer;
use crate::limits::Limits;
use crate::reader::FileReport;
use crate::record::decode::{Failure, decode};
use crate::record::envelope::{Place, Role};
use crate::record::found::Found;
use crate::record::repair::repair;
use crate::record::scan::{Scan, is_space, leading_separators, leading_spaces, next_record};
use crate::record::skim::Skimmer;
use crate::shape::Shapes;
use crate::skipped::SkipReason;

/// Why the reading of a value stopped.
enum Stop {
    /// The file ends within it.
    Ended,
    /// It is larger than a record may be.
    TooLarge,
    /// Too much was looked at in vain.
    Hopeless,
}

/// Reads one file's records.
pub(crate) struct Records<'r> {
    json: SlidingBuffer<'r>,
    limits: Limits,
    found: Found<'r>,
    skimmer: &'r mut Skimmer,
    /// `None` where nobody remembers records.
    shapes: Option<&'r mut Shapes>,
    /// Some bracket had no pair, so the next pair need not be one.
    is_unbalanced: bool,
    /// Where the next record was seen to begin, or up to where none does. It is looked for once, not for each value in front
    /// of it.
    seen_ahead: Result<u64, u64>,
    /// How many bytes were looked at in vain, because of what is wrong far behind them.
    in_vain: u64,
    /// Lines with a time stamp in front of each record.
    is_stamped: bool,
    /// What was taken from a record was seen, and how to get the record.
    part: Option<&'static str>,
}

impl<'r> Records<'r> {
    /// How many bytes may be looked at in vain for each that was read, and in any file. What one damaged place costs is at
    /// most a few times what follows it.
    const MOST_IN_VAIN: (u64, u64) = (16, 64 << 20);

    /// How many bytes behind the beginning of a record cost next to nothing.
    const NEAR: usize = 4 << 10;

    pub(crate) fn new(
        json: SlidingBuffer<'r>,
        limits: Limits,
        found: Found<'r>,
        skimmer: &'r mut Skimmer,
        shapes: &'r mut Shapes,
    ) -> Self {
        let shapes = found.remembers().then_some(shapes);
        Self {
            json,
            limits,
            found,
            skimmer,
            shapes,
            is_unbalanced: false,
            seen_ahead: Err(0),
            in_vain: 0,
            is_stamped: false,
            part: None,
        }
    }

    /// Reads the file to its end.
    pub(crate) fn read(mut self) -> FileReport {
        let stopped = self.document();
        let fault = self.json.take_fault().or(stopped.err().map(|stop| match stop {
            Stop::Ended | Stop::TooLarge => SkipReason::Truncated,
            Stop::Hopeless => SkipReason::Corrupt("so much is damaged that the rest is left out".to_owned()),
        }));
        let garbage = self.json.garbage();
        if garbage > 0 {
            self.found.skip_file(SkipReason::TrailingGarbage { bytes: garbage });
        }
        let mut report = self.found.finish(fault);
        report.bytes_json = self.json.total();
        report
    }

    /// The sequence of values that the file is.
    fn document(&mut self) -> Result<(), Stop> {
        if let Some(reason) = self.first_look() {
            self.found.condemn(reason);
            return Ok(());
        }
        while let Some(byte) = self.peek() {
            self.hope()?;
            match byte {
                b'{' => {
                    if !self.skim() {
                        self.object(Place::Top)?;
                    }
                }
                b'[' => {
                    self.json.consume(1);
                    self.list(Place::Element)?;
                }
                // A list without its brackets, and record separators (RFC 7464).
                b',' | 0x1e => self.json.consume(1),
                b'0'..=b'9' if self.stamp() => {}
                _ if self.found.is_log() => self.garbage(),
                _ if self.is_stamped => self.other_line(),
                _ => {
                    let reason = "the text begins with neither `{` nor `[`".to_owned();
                    self.found.condemn(SkipReason::InvalidJson(reason));
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// Whether to go on. What is damaged may look like the beginning of all that follows, and so may each part of it.
    fn hope(&self) -> Result<(), Stop> {
        let (each, any) = Self::MOST_IN_VAIN;
        let is_hopeless = self.in_vain > each.saturating_mul(self.json.total()).saturating_add(any);
        if is_hopeless { Err(Stop::Hopeless) } else { Ok(()) }
    }

    /// Drops a byte order mark, and recognises what is no text.
    fn first_look(&mut self) -> Option<SkipReason> {
        const LONGEST_MARK: usize = 5;
        while self.json.data().len() < LONGEST_MARK && self.json.more() {}
        if self.json.data().starts_with(b"\xef\xbb\xbf") {
            self.json.consume(3);
        }
        let marks: [(&[u8], SkipReason); 9] = [
            (b"\xff\xfe", SkipReason::NotText("UTF-16".into())),
            (b"\xfe\xff", SkipReason::NotText("UTF-16".into())),
            (b"{\0", SkipReason::NotText("UTF-16".into())),
            (b"\x1f\x8b", SkipReason::Compression("gzip within gzip".into())),
            (b"\x28\xb5\x2f\xfd", SkipReason::Compression("zstd".into())),
            (b"\xfd7zXZ", SkipReason::Compression("xz".into())),
            (b"BZh", SkipReason::Compression("bzip2".into())),
            (b"PK\x03\x04", SkipReason::Compression("zip".into())),
            (b"PAR1", SkipReason::NotText("Parquet".into())),
        ];
        let first = self.peek();
        let data = self.json.data();
        match first {
            None => Some(SkipReason::Empty),
            Some(first) => marks
                .into_iter()
                .find_map(|(mark, reason)| data.starts_with(mark).then_some(reason))
                .or((first < b' ' && first != 0x1e || first == 0x7f)
                    .then_some(SkipReason::NotText("binary data".into()))),
        }
    }

    /// The elements of a list whose opening bracket was consumed.
    fn list(&mut self, place: Place) -> Result<(), Stop> {
        loop {
            self.hope()?;
            match self.peek().ok_or(Stop::Ended)? {
                b']' => {
                    self.json.consume(1);
                    return Ok(());
                }
                b',' => self.json.consume(1),
                b'{' if place == Place::Bare => self.bare_record()?,
                b'{' if place == Place::Results => self.object(Place::Splunk)?,
                b'{' if place != Place::Element => self.object(place)?,
                b'[' if matches!(place, Place::Results | Place::LakeRows) => self.row(place)?,
                b'{' => {
                    if !self.skim() && !self.record()? {
                        self.object(Place::Element)?;
                    }
                }
                b'}' | b':' => {
                    self.found.skip_record(SkipReason::InvalidJson("an element ends too early".to_owned()));
                    self.json.consume(1);
                    self.seek(|data| memchr::memchr2(b'{', b']', data).ok_or(data.len()));
                }
                _ => {
                    self.discard(Scan::default())?;
                    self.found.skip_record(SkipReason::NotAnObject);
                }
            }
        }
    }

    /// The usual records that what is at hand begins with, and only commas and white space between them. `false`: there
    /// is none.
    fn skim(&mut self) -> bool {
        // Where a bracket has no pair, looking for it could cost a look at all that follows, for each record.
        if self.is_unbalanced {
            return false;
        }
        let Self { json, found, skimmer, shapes, .. } = self;
        let mut is_first = true;
        loop {
            let data = json.data();
            skimmer.begin(0);
            let mut at = 0;
            // Where the skimmer would go on.
            let mut skimmed_to = 0;
            loop {
                let shaped = shapes.as_mut().and_then(|shapes| shapes.find(data, at));
                if let Some(shaped) = shaped.filter(|shaped| found.shaped(shaped)) {
                    at += shaped.len;
                    at += data.get(at..).map_or(0, leading_separators);
                } else {
                    if at != skimmed_to {
                        skimmer.begin(at);
                    }
                    let Some(record) = skimmer.record(data, at) else { break };
                    if found.skimmed(&record, shaped.as_ref()).is_err() {
                        break;
                    }
                    if let Some(shapes) = shapes
                        && shaped.is_none()
                    {
                        shapes.learn(&record, &|source, parameter| found.is_opaque(source, parameter));
                    }
                    at += record.len();
                    at += data.get(at..).map_or(0, leading_separators);
                    skimmed_to = at;
                }
                is_first = false;
                if data.get(at) != Some(&b'{') {
                    break;
                }
            }
            // A record over the end of what is at hand is looked at again when all of it is.
            let is_left = data.get(at) == Some(&b'{');
            let ran_out = is_left && skimmer.ran_out(data);
            let looked_at = if is_left { skimmer.looked_to().saturating_sub(at + Self::NEAR) } else { 0 };
            json.consume(at);
            if !ran_out || json.data().len() as u64 > self.limits.max_record_size || !json.more() {
                self.in_vain += looked_at as u64;
                return !is_first;
            }
        }
    }

    /// A record, which is what is at hand begins with. `false`: it is an object, but no record, and is still at hand.
    fn record(&mut self) -> Result<bool, Stop> {
        loop {
            let failure = match decode(self.json.data()) {
                Ok((draft, length)) => {
                    let taken = self.found.draft(draft);
                    if taken {
                        self.json.consume(length);
                    }
                    return Ok(taken);
                }
                Err(failure) => failure,
            };
            match failure {
                Failure::Incomplete if self.is_too_large() => {
                    self.in_vain += self.json.data().len() as u64;
                    return self.too_large(Scan::default()).map(|()| true);
                }
                Failure::Incomplete if self.json.more() => {}
                Failure::Incomplete => {
                    self.in_vain += self.json.data().len() as u64;
                    return Err(Stop::Ended);
                }
                Failure::Invalid(error, place) => {
                    self.in_vain += place as u64;
                    self.salvage(error);
                    return Ok(true);
                }
            }
        }
    }

    /// An object that is a record or nothing.
    fn bare_record(&mut self) -> Result<(), Stop> {
        if !self.record()? {
            self.discard(Scan::default())?;
            self.found.skip_record(SkipReason::NotARecord);
        }
        Ok(())
    }

    /// An object that may be an envelope.
    fn object(&mut self, place: Place) -> Result<(), Stop> {
        let mut is_envelope = false;
        match self.keys(place, &mut is_envelope) {
            Err(Stop::TooLarge) if is_envelope => self.too_large(Scan::inside_object()),
            Err(stop @ (Stop::Ended | Stop::TooLarge)) if !is_envelope => {
                self.in_vain += self.json.data().len() as u64;
                // Either it really is that long, or a bracket without its pair hides what follows.
                if let Some(next) = self.next_record_at_hand() {
                    self.is_unbalanced = true;
                    self.found.skip_record(SkipReason::InvalidJson("a bracket is not closed".to_owned()));
                    self.json.consume(next);
                    return Ok(());
                }
                if matches!(stop, Stop::TooLarge) { self.too_large(Scan::default()) } else { Err(stop) }
            }
            result => result,
        }
    }

    /// Where the record after the one that is what is at hand begins with seems to begin, if it is at hand.
    fn next_record_at_hand(&mut self) -> Option<usize> {
        let here = self.json.position();
        let at_hand = |place: u64| usize::try_from(place.saturating_sub(here)).unwrap_or(usize::MAX);
        let from = match self.seen_ahead {
            Ok(next) if next > here => return Some(at_hand(next)),
            Ok(_) => 1,
            Err(none_before) => at_hand(none_before).max(1),
        };
        let next = next_record(self.json.data().get(from..)?);
        let place = |at: usize| here + (from + at) as u64;
        self.seen_ahead = next.map(place).map_err(place);
        next.ok().map(|at| from + at)
    }

    /// Looks at an object's keys until one says what it is. Until then all of it stays at hand; from then on it is an
    /// envelope, of which nothing needs to.
    fn keys(&mut self, place: Place, is_envelope: &mut bool) -> Result<(), Stop> {
        let mut at = 1;
        let mut has_no_records = false;
        // Whether it says that it holds records, and how many were seen before it.
        let (mut holds, before) = (false, self.found.seen());
        loop {
            at = self.after_space(at)?;
            match self.byte(at)? {
                b'"' => {}
                b',' => {
                    at += 1;
                    continue;
                }
                b'}' => {
                    self.json.consume(at + 1);
                    let part = if is_optional(place) { None } else { self.part.take() };
                    match part {
                        _ if has_no_records => self.found.condemn(SkipReason::NoRecords),
                        _ if holds || self.found.seen() > before || is_optional(place) => {}
                        Some(advice) => self.found.skip_part(advice),
                        None => self.found.skip_record(SkipReason::NotARecord),
                    }
                    return Ok(());
                }
                _ => {
                    self.in_vain += at as u64;
                    self.broken("a key is missing", *is_envelope);
                    return Ok(());
                }
            }
            let key = at;
            at = self.value_end(at)?;
            let key = self.key(key..at);
            at = self.after_space(at)?;
            if self.byte(at)? != b':' {
                self.in_vain += at as u64;
                self.broken("a value is missing", *is_envelope);
                return Ok(());
            }
            at = self.after_space(at + 1)?;
            let (role, search) = Role::of(&key, self.byte(at)?, place);
            if role == Role::Record && !*is_envelope {
                self.in_vain += at as u64;
                // With such a key it is taken for a record, whatever else it has.
                return self.bare_record();
            }
            let may_hold = matches!(role, Role::Perhaps(_) | Role::Part(_));
            if may_hold && place == Place::Top && !*is_envelope && self.record()? {
                return Ok(());
            }
            holds |= matches!(role, Role::List(_) | Role::Object(_) | Role::Text(_) | Role::Names | Role::Digest);
            *is_envelope |= holds || may_hold;
            if !*is_envelope {
                has_no_records |= role == Role::NoRecords;
                at = self.undecided_end(at)?;
                continue;
            }
            self.json.consume(at);
            at = 0;
            if role == Role::List(Place::Element) && key == "Records" {
                self.found.mark_log();
            }
            let taken = self.found.taken();
            let result = self.wrapped(role);
            if let Some(search) = search
                && self.found.taken() > taken
            {
                self.found.searched(search);
            }
            result?;
        }
    }

    /// A record that is all of the bytes; repaired if needs be. `error` says what is known to be wrong with it.
    fn whole_record(&mut self, bytes: &[u8], error: Option<String>) {
        let mut error = error.unwrap_or_default();
        let bytes = &mut Cow::Borrowed(bytes);
        for is_repaired in [false, true] {
            if is_repaired {
                *bytes = Cow::Owned(repair(bytes).into_bytes());
            } else if !error.is_empty() {
                continue;
            }
            match decode(bytes) {
                Ok((draft, _)) => {
                    if !self.found.draft(draft) {
                        self.found.skip_record(SkipReason::NotARecord);
                    }
                    return;
                }
                Err(Failure::Incomplete) => "the text ends too early".clone_into(&mut error),
                Err(Failure::Invalid(reason, _)) => error = reason,
            }
        }
        self.found.skip_record(SkipReason::InvalidJson(error));
    }

    /// Makes the best of an object that is not valid JSON, which is what is at hand begins with.
    fn salvage(&mut self, error: String) {
        if let Some(end) = self.balanced_end() {
            let bytes = self.json.data().get(..end).unwrap_or_default().to_vec();
            self.json.consume(end);
            self.whole_record(&bytes, Some(error));
            return;
        }
        self.is_unbalanced = true;
        self.found.skip_record(SkipReason::InvalidJson(error));
        self.json.consume(1);
        self.seek(next_record);
    }

    /// The end of the object that is what is at hand begins with, if all its brackets are in pairs.
    ///
    /// In a file where some were not, only as far as the next record seems to be: otherwise each bad record
    /// could cost a look at all that follows.
    fn balanced_end(&mut self) -> Option<usize> {
        let mut scan = Scan::default();
        if self.is_unbalanced {
            let next = self.next_record_at_hand();
            let data = self.json.data();
            let next = next.unwrap_or(data.len());
            return scan.next(data.get(..next)?).filter(|_| scan.is_balanced());
        }
        let mut scanned = 0;
        loop {
            let data = self.json.data();
            if let Some(length) = scan.next(data.get(scanned..)?) {
                return scan.is_balanced().then_some(scanned + length);
            }
            scanned = data.len();
            if self.is_too_large() || !self.json.more() {
                self.in_vain += scanned as u64;
                return None;
            }
        }
    }

    /// An object in which something stands where it may not.
    fn broken(&mut self, error: &str, is_envelope: bool) {
        if !is_envelope {
            return self.salvage(error.to_owned());
        }
        self.found.skip_record(SkipReason::InvalidJson(error.to_owned()));
        self.seek(next_record);
    }

    /// Something at the top that is no JSON, behind good records.
    fn garbage(&mut self) {
        let bytes = self.seek(next_record);
        let reason = match self.peek() {
            None => SkipReason::TrailingGarbage { bytes },
            Some(_) => SkipReason::InvalidJson(format!("{bytes} bytes between the records are no JSON")),
        };
        self.found.skip_file(reason);
    }

    /// Leaves out a value that is larger than a record may be.
    fn too_large(&mut self, scan: Scan) -> Result<(), Stop> {
        self.found.skip_record(SkipReason::RecordTooLarge { limit: self.limits.max_record_size });
        self.discard(scan)
    }

    fn is_too_large(&self) -> bool {
        self.json.data().len() as u64 > self.limits.max_record_size
    }

    /// The next byte that is no white space; `None` at the end.
    fn peek(&mut self) -> Option<u8> {
        loop {
            let data = self.json.data();
            let spaces = leading_spaces(data);
            let next = data.get(spaces).copied();
            self.json.consume(spaces);
            if next.is_some() || !self.json.more() {
                return next;
            }
        }
    }

    /// Drops a value, however large.
    fn discard(&mut self, mut scan: Scan) -> Result<(), Stop> {
        loop {
            let data = self.json.data();
            let end = scan.next(data);
            let length = end.unwrap_or(data.len());
            self.json.consume(length);
            if end.is_some() {
                return Ok(());
            }
            if !self.json.more() {
                return Err(Stop::Ended);
            }
        }
    }

    /// Drops what is at hand up to where `find` says, and says how much that was. `find` answers with the place, or
    /// with how much it need not see again.
    fn seek(&mut self, find: impl Fn(&[u8]) -> Result<usize, usize>) -> u64 {
        let mut dropped = 0;
        loop {
            let data = self.json.data();
            let result = find(data);
            let (Ok(length) | Err(length)) = result;
            dropped += length as u64;
            self.json.consume(length);
            if result.is_ok() {
                return dropped;
            }
            if !self.json.more() {
                let rest = self.json.data().len();
                self.json.consume(rest);
                return dropped + rest as u64;
            }
        }
    }

    /// The byte at a place.
    fn byte(&mut self, at: usize) -> Result<u8, Stop> {
        loop {
            if let Some(byte) = self.json.data().get(at) {
                return Ok(*byte);
            }
            self.more()?;
        }
    }

    fn after_space(&mut self, mut at: usize) -> Result<usize, Stop> {
        while is_space(self.byte(at)?) {
            at += 1;
        }
        Ok(at)
    }

    /// Where the value ends that begins at a place.
    fn value_end(&mut self, at: usize) -> Result<usize, Stop> {
        let mut scan = Scan::default();
        let mut scanned = at;
        loop {
            let data = self.json.data();
            if let Some(length) = scan.next(data.get(scanned..).unwrap_or_default()) {
                return Ok(scanned + length);
            }
            scanned = data.len();
            self.more()?;
        }
    }

    /// Where the value ends that begins at a place of an object that may still be anything.
    ///
    /// In a file where some bracket had no pair, only as far as the next record seems to be, for the same reason
    /// as in [`Self::balanced_end`].
    fn undecided_end(&mut self, at: usize) -> Result<usize, Stop> {
        let next = if self.is_unbalanced { self.next_record_at_hand() } else { None };
        match next {
            None => self.value_end(at),
            Some(next) => {
                let value = self.json.data().get(at..next).unwrap_or_default();
                Scan::default().next(value).map(|length| at + length).ok_or(Stop::Ended)
            }
        }
    }

    /// More bytes, with all that is at hand kept.
    fn more(&mut self) -> Result<(), Stop> {
        if self.is_too_large() {
            return Err(Stop::TooLarge);
        }
        if self.json.more() { Ok(()) } else { Err(Stop::Ended) }
    }

    fn key(&self, at: Range<usize>) -> String {
        let quoted = self.json.data().get(at).unwrap_or_default();
        serde_json::from_slice(quoted).unwrap_or_else(|_| String::from_utf8_lossy(quoted).into_owned())
    }
}

/// Whether an object at this place need not hold a record.
fn is_optional(place: Place) -> bool {
    matches!(place, Place::Original | Place::Parsed)
}
