//! A file's bytes, inflated if they are gzip.

use std::fmt;
use std::io::{self, BufRead, BufReader, Chain, Read};

use flate2::Crc;
use flate2::bufread::{DeflateDecoder, GzDecoder};
use libdeflater::Decompressor;
use memchr::memmem;

use crate::limits::Limits;
use crate::skipped::SkipReason;

pub(crate) mod ahead;
pub(crate) mod buffer;

use ahead::Ahead;
use buffer::Buffer;

/// How much of a file is read at a time.
const READ: usize = 64 << 10;
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// How a gzip member begins: the only method that there is follows.
const MEMBER: [u8; 3] = [0x1f, 0x8b, 8];

/// The flags that no member has.
const RESERVED: u8 = 0xe0;

/// Opens stored objects. Its memory is kept from file to file.
pub(crate) struct Inflater {
    decompressor: Decompressor,
    /// The beginning of what is stored: all of it, if it is to be inflated at once.
    stored: Vec<u8>,
}

/// The content of a stored object. Its first bytes decide how it is stored, not its name.
pub(crate) enum Content<'r> {
    Plain(Stored<'r>),
    Gzip(Box<Gunzip<'r>>, Check),
    /// All of it is in the buffer: so many bytes.
    Whole(usize),
    /// Another thread inflates it.
    Ahead(Ahead),
}

type Stored<'r> = Chain<&'r [u8], BufReader<Rest<'r>>>;

impl Inflater {
    /// How much of a file is kept as it is stored. A larger one is never inflated at once.
    pub(crate) fn stored(limits: &Limits) -> usize {
        usize::try_from(limits.whole_size / 4).unwrap_or(usize::MAX).max(READ)
    }

    pub(crate) fn open<'r>(
        &'r mut self,
        input: &'r mut dyn Read,
        count: &'r mut u64,
        buffer: &mut Buffer,
        limits: &Limits,
    ) -> Result<Content<'r>, SkipReason> {
        let mut fault = None;
        let mut filled = 0;
        let mut ended = false;
        let mut wanted = READ;
        // Enough to tell whether it is gzip, and then all of it if that is not too much.
        while !ended && fault.is_none() && filled < wanted {
            if self.stored.len() < wanted {
                self.stored.resize(wanted, 0);
            }
            match input.read(self.stored.get_mut(filled..wanted).unwrap_or_default()) {
                Ok(0) => ended = true,
                Ok(read) => filled += read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => fault = Some(error),
            }
            if filled == wanted && self.stored.starts_with(&GZIP) {
                wanted = (2 * wanted).min(Self::stored(limits));
            }
        }
        *count = filled as u64;
        if let Some(error) = fault.take_if(|_| filled < GZIP.len()) {
            return Err(unreadable(&error));
        }
        if ended && let Some(length) = self.whole(filled, buffer, limits) {
            return Ok(Content::Whole(length));
        }
        let head = self.stored.get(..filled).unwrap_or_default();
        let rest = BufReader::with_capacity(READ, Rest { input, ended, fault, count });
        let stored = head.chain(rest);
        Ok(if head.starts_with(&GZIP) {
            Content::Gzip(Box::new(Gunzip::new(stored)?), Check::default())
        } else {
            Content::Plain(stored)
        })
    }

    /// Inflates all of the bytes, if they are one intact member of moderate size.
    fn whole(&mut self, filled: usize, buffer: &mut Buffer, limits: &Limits) -> Option<usize> {
        let stored = self.stored.get(..filled)?;
        let body = stored.strip_prefix(&MEMBER)?;
        // A member tells its size at its end, so that of a file of several would be that of the last. Compressed bytes look
        // like the beginning of a member once in a hundred megabytes.
        let may_begin = |at: usize| body.get(at + MEMBER.len()).is_none_or(|flags| flags & RESERVED == 0);
        if memmem::find_iter(body, &MEMBER).any(may_begin) {
            return None;
        }
        let length = u32::from_le_bytes(*body.last_chunk()?);
        let most = limits.max_file_size.min(limits.max_record_size).min(limits.whole_size);
        if length == 0 || u64::from(length) > most {
            return None;
        }
        let length = length as usize;
        let inflated = self.decompressor.gzip_decompress(stored, buffer.room(length)).ok()?;
        (inflated == length).then_some(length)
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Self { decompressor: Decompressor::new(), stored: Vec::new() }
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").finish_non_exhaustive()
    }
}

impl Content<'_> {
    /// Reads some bytes; 0 at the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, SkipReason> {
        loop {
            match (self.read_unchecked(buffer)?, &mut *self) {
                (Inflated::Bytes(read), Self::Gzip(_, check)) => {
                    check.update(buffer.get(..read).unwrap_or_default());
                    return Ok(read);
                }
                (Inflated::Bytes(read), _) => return Ok(read),
                (Inflated::MemberEnd(trailer), Self::Gzip(_, check)) => check.end(trailer)?,
                (Inflated::MemberEnd(_), _) => {}
            }
        }
    }

    /// Reads some bytes, or comes to the end of a member, whose checksum is the caller's to look at.
    pub(crate) fn read_unchecked(&mut self, buffer: &mut [u8]) -> Result<Inflated, SkipReason> {
        match self {
            Self::Gzip(gunzip, _) => gunzip.read(buffer),
            Self::Whole(_) => Ok(Inflated::Bytes(0)),
            Self::Ahead(ahead) => ahead.read(buffer).map(Inflated::Bytes),
            Self::Plain(stored) => stored.read(buffer).map(Inflated::Bytes).map_err(|error| unreadable(&error)),
        }
    }

    /// How many bytes that are no gzip follow the gzip.
    pub(crate) fn garbage(&self) -> u64 {
        match self {
            Self::Gzip(gunzip, _) => gunzip.garbage,
            Self::Plain(_) | Self::Whole(_) => 0,
            Self::Ahead(ahead) => ahead.garbage(),
        }
    }
}

/// What comes next of the content.
pub(crate) enum Inflated {
    /// So many bytes; 0 at the end.
    Bytes(usize),
    /// The end of a member of gzip.
    MemberEnd(Trailer),
}

/// What a member of gzip says of its content, at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Trailer {
    crc: u32,
    length: u32,
}

/// Checks the content of members, which need not be done on the thread that inflates it.
#[derive(Debug, Default)]
pub(crate) struct Check(Crc);

impl Check {
    /// Takes in bytes of a member.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// At the end of a member: whether its content is what was stored.
    pub(crate) fn end(&mut self, trailer: Trailer) -> Result<(), SkipReason> {
        let own = Trailer { crc: self.0.sum(), length: self.0.amount() };
        self.0.reset();
        if own == trailer {
            return Ok(());
        }
        Err(SkipReason::Corrupt(
            "the content does not have the checksum and the length that the gzip stream names".to_owned(),
        ))
    }
}

/// Gzip of any number of members, which are one stream.
pub(crate) struct Gunzip<'r> {
    member: DeflateDecoder<Stored<'r>>,
    place: Place,
    /// What is wrong behind the bytes that were handed out.
    fault: Option<SkipReason>,
    garbage: u64,
}

/// Where in the stored bytes the next ones are.
enum Place {
    InMember,
    BehindMember,
    AtEnd,
}

impl<'r> Gunzip<'r> {
    fn new(mut stored: Stored<'r>) -> Result<Self, SkipReason> {
        header(&mut stored)?;
        Ok(Self { member: DeflateDecoder::new(stored), place: Place::InMember, fault: None, garbage: 0 })
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<Inflated, SkipReason> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        if let Place::BehindMember = self.place {
            self.next_member()?;
        }
        if let Place::AtEnd = self.place {
            return Ok(Inflated::Bytes(0));
        }
        let before = self.member.total_out();
        let result = self.member.read(buffer);
        // There may be bytes in front of damage, however many are read at a time.
        let read = usize::try_from(self.member.total_out() - before).unwrap_or_default();
        match result {
            Err(error) if read == 0 => return Err(fault(&error)),
            Err(error) => self.fault = Some(fault(&error)),
            Ok(_) => {}
        }
        if read > 0 || buffer.is_empty() {
            return Ok(Inflated::Bytes(read));
        }
        self.place = Place::BehindMember;
        // The file may be cut off within it.
        let stored = self.member.get_mut();
        let mut number = || {
            let mut bytes = [0; 4];
            stored.read_exact(&mut bytes).map(|()| u32::from_le_bytes(bytes)).map_err(|error| fault(&error))
        };
        Ok(Inflated::MemberEnd(Trailer { crc: number()?, length: number()? }))
    }

    /// Begins with the next member, if there is one. Zeros may pad the file, as on tapes.
    fn next_member(&mut self) -> Result<(), SkipReason> {
        let stored = self.member.get_mut();
        let fill = |stored: &mut Stored<'r>| {
            let bytes = stored.fill_buf().map_err(|error| unreadable(&error))?;
            // Only the first two bytes matter, and only of what is no padding.
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            Ok((bytes.len(), zeros, bytes.get(zeros).copied()))
        };
        self.place = Place::AtEnd;
        let mut padding = 0;
        loop {
            match fill(stored)? {
                (0, ..) => return Ok(()),
                (_, zeros, None) => {
                    stored.consume(zeros);
                    padding += zeros as u64;
                }
                (_, zeros, Some(first)) => {
                    stored.consume(zeros);
                    padding += zeros as u64;
                    if first == GZIP[0] {
                        // If this is no member after all, its header does not read, and that is reported.
                        header(stored)?;
                        self.member.reset_data();
                        self.place = Place::InMember;
                        return Ok(());
                    }
                    break;
                }
            }
        }
        self.garbage = padding;
        loop {
            match fill(stored)? {
                (0, ..) => return Ok(()),
                (length, ..) => {
                    stored.consume(length);
                    self.garbage += length as u64;
                }
            }
        }
    }
}

/// Steps over the header of a member.
fn header(stored: &mut Stored<'_>) -> Result<(), SkipReason> {
    // It reads the header at once, and no more than that.
    let mut member = GzDecoder::new(stored);
    if member.header().is_some() {
        return Ok(());
    }
    match member.read_exact(&mut [0]) {
        Err(error) => Err(fault(&error)),
        Ok(()) => Err(SkipReason::Corrupt("the gzip stream has no header".to_owned())),
    }
}

/// What is behind the bytes that were read already, counted as it is read.
pub(crate) struct Rest<'r> {
    input: &'r mut dyn Read,
    ended: bool,
    /// What happened behind them.
    fault: Option<io::Error>,
    count: &'r mut u64,
}

impl Read for Rest<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(fault) = self.fault.take() {
            self.ended = true;
            return Err(fault);
        }
        if self.ended {
            return Ok(0);
        }
        loop {
            match self.input.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read.inspect(|read| *self.count += *read as u64),
            }
        }
    }
}

/// Why compressed bytes cannot be read on.
fn fault(error: &io::Error) -> SkipReason {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => SkipReason::Truncated,
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => SkipReason::Corrupt(error.to_string()),
        _ => unreadable(error),
    }
}

fn unreadable(error: &io::Error) -> SkipReason {
    SkipReason::Unreadable(error.to_string())
}
