//! A file's bytes, inflated if they are gzip.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::GzDecoder;

use crate::skipped::SkipReason;

/// How much of a file is read at a time.
const READ: usize = 64 << 10;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// The content of a stored object. Its first bytes decide how it is stored, not its name.
pub(crate) enum Content<'r> {
    Plain(Stored<'r>),
    Gzip(Box<Gunzip<'r>>),
}

type Stored<'r> = Chain<Cursor<Vec<u8>>, BufReader<Counted<'r>>>;

impl<'r> Content<'r> {
    pub(crate) fn open(input: &'r mut dyn Read, stored: &'r mut u64) -> Result<Self, SkipReason> {
        let mut input = BufReader::with_capacity(READ, Counted { input, count: stored });
        let mut head = Vec::with_capacity(GZIP.len());
        // `take` and `read_to_end` wait for both bytes, however short the reads are.
        input.by_ref().take(GZIP.len() as u64).read_to_end(&mut head).map_err(|error| unreadable(&error))?;
        let is_gzip = head == GZIP;
        let stored = Cursor::new(head).chain(input);
        Ok(if is_gzip { Self::Gzip(Box::new(Gunzip::new(stored))) } else { Self::Plain(stored) })
    }

    /// Reads some bytes; 0 at the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, SkipReason> {
        match self {
            Self::Gzip(gunzip) => gunzip.read(buffer),
            Self::Plain(stored) => loop {
                match stored.read(buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    read => return read.map_err(|error| unreadable(&error)),
                }
            },
        }
    }

    /// How many bytes that are no gzip follow the gzip.
    pub(crate) fn garbage(&self) -> u64 {
        match self {
            Self::Gzip(gunzip) => gunzip.garbage,
            Self::Plain(_) => 0,
        }
    }
}

/// Gzip of any number of members, which are one stream.
pub(crate) struct Gunzip<'r> {
    /// `None` after the last member.
    member: Option<GzDecoder<Stored<'r>>>,
    garbage: u64,
}

impl<'r> Gunzip<'r> {
    fn new(stored: Stored<'r>) -> Self {
        Self { member: Some(GzDecoder::new(stored)), garbage: 0 }
    }

    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, SkipReason> {
        while let Some(member) = &mut self.member {
            match member.read(buffer) {
                Ok(0) => self.next_member()?,
                Ok(read) => return Ok(read),
                Err(error) => match error.kind() {
                    io::ErrorKind::Interrupted => {}
                    io::ErrorKind::UnexpectedEof => return Err(SkipReason::Truncated),
                    io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                        return Err(SkipReason::Corrupt(error.to_string()));
                    }
                    _ => return Err(unreadable(&error)),
                },
            }
        }
        Ok(0)
    }

    /// Begins with the next member, if there is one. Zeros may pad the file, as on tapes.
    fn next_member(&mut self) -> Result<(), SkipReason> {
        let Some(mut stored) = self.member.take().map(GzDecoder::into_inner) else { return Ok(()) };
        let fill = |stored: &mut Stored<'r>| loop {
            match stored.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(unreadable(&error)),
                // Only the first two bytes matter, and only of what is no padding.
                Ok(bytes) => {
                    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
                    return Ok((bytes.len(), zeros, bytes.get(zeros).copied()));
                }
            }
        };
        let mut padding = 0;
        loop {
            match fill(&mut stored)? {
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
                        self.member = Some(GzDecoder::new(stored));
                        return Ok(());
                    }
                    break;
                }
            }
        }
        self.garbage = padding;
        loop {
            match fill(&mut stored)? {
                (0, ..) => return Ok(()),
                (length, ..) => {
                    stored.consume(length);
                    self.garbage += length as u64;
                }
            }
        }
    }
}

/// Counts what is read.
pub(crate) struct Counted<'r> {
    input: &'r mut dyn Read,
    count: &'r mut u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        *self.count += read as u64;
        Ok(read)
    }
}

fn unreadable(error: &io::Error) -> SkipReason {
    SkipReason::Unreadable(error.to_string())
}
