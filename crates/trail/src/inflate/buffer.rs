//! The bytes of JSON that are at hand, and more of them.

use crate::inflate::Content;
use crate::limits::Limits;
use crate::skipped::SkipReason;

/// Memory that is kept from file to file.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    /// How much is read at a time, at least.
    chunk: usize,
}

impl Buffer {
    /// Small enough for the cache, large enough that few records lie across the end of a chunk and are decoded twice.
    const CHUNK: usize = 256 << 10;

    pub(crate) fn with_chunk(chunk: usize) -> Self {
        Self { bytes: Vec::new(), chunk: chunk.max(1) }
    }

    /// Room for so many bytes.
    pub(crate) fn room(&mut self, length: usize) -> &mut [u8] {
        if self.bytes.len() < length {
            self.bytes.resize(length, 0);
        }
        self.bytes.get_mut(..length).unwrap_or_default()
    }

    /// A file with a huge record must not keep its memory for good.
    pub(crate) fn shrink(&mut self, limits: &Limits) {
        if self.bytes.len() as u64 > limits.whole_size.max(Self::CHUNK as u64) {
            self.bytes = Vec::new();
        }
    }
}

impl Default for Buffer {
    fn default() -> Self {
        Self::with_chunk(Self::CHUNK)
    }
}

/// A part of an object's JSON that moves on: bytes are read at its end and consumed at its beginning.
pub(crate) struct SlidingBuffer<'s> {
    content: Content<'s>,
    buffer: &'s mut Buffer,
    /// What is at hand lies between these.
    start: usize,
    end: usize,
    total: u64,
    limit: u64,
    /// How much is worth having at hand.
    enough: usize,
    ended: bool,
    fault: Option<SkipReason>,
}

impl<'s> SlidingBuffer<'s> {
    pub(crate) fn new(content: Content<'s>, buffer: &'s mut Buffer, limits: &Limits) -> Self {
        let enough = usize::try_from(limits.max_record_size).unwrap_or(usize::MAX);
        let whole = match content {
            Content::Whole(length) => length,
            Content::Plain(_) | Content::Gzip(..) | Content::Ahead(_) => 0,
        };
        Self {
            content,
            buffer,
            start: 0,
            end: whole,
            total: whole as u64,
            limit: limits.max_file_size,
            enough,
            ended: whole > 0,
            fault: None,
        }
    }

    /// What is at hand.
    pub(crate) fn data(&self) -> &[u8] {
        self.buffer.bytes.get(self.start..self.end).unwrap_or_default()
    }

    /// Drops bytes from the beginning.
    pub(crate) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
    }

    /// Reads more bytes, as many as there are at hand already and at least a chunk, so that looking at a value again
    /// after each call costs no more than twice. `false` at the end.
    pub(crate) fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let at_hand = self.end - self.start;
        self.buffer.bytes.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, at_hand);
        let further = at_hand.min(self.enough.saturating_sub(at_hand)).max(self.buffer.chunk);
        let wanted = at_hand.saturating_add(further);
        if self.buffer.bytes.len() < wanted {
            self.buffer.bytes.resize(wanted, 0);
        }
        while self.end < wanted && !self.ended {
            self.read(wanted);
        }
        self.end > at_hand
    }

    fn read(&mut self, wanted: usize) {
        let left = usize::try_from(self.limit - self.total).unwrap_or(usize::MAX);
        if left == 0 {
            // Whether the file goes on is only known by asking for more.
            let mut probe = [0];
            match self.content.read(&mut probe) {
                Ok(0) => {}
                Ok(_) => self.fault = Some(SkipReason::TooLarge { limit: self.limit }),
                Err(fault) => self.fault = Some(fault),
            }
            self.ended = true;
            return;
        }
        let room = self.buffer.bytes.get_mut(self.end..wanted.min(self.end.saturating_add(left))).unwrap_or_default();
        match self.content.read(room) {
            Ok(0) => self.ended = true,
            Ok(read) => {
                self.end += read;
                self.total += read as u64;
            }
            Err(fault) => {
                self.fault = Some(fault);
                self.ended = true;
            }
        }
    }

    /// How many bytes of JSON come before what is at hand.
    pub(crate) fn position(&self) -> u64 {
        self.total - (self.end - self.start) as u64
    }

    /// How many bytes of JSON were read.
    pub(crate) fn total(&self) -> u64 {
        self.total
    }

    /// Why the end is not the real one.
    pub(crate) fn take_fault(&mut self) -> Option<SkipReason> {
        self.fault.take()
    }

    /// How many bytes of something else follow the content.
    pub(crate) fn garbage(&self) -> u64 {
        self.content.garbage()
    }
}
