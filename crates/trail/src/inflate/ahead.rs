//! Inflates a large object on a thread of its own, ahead of whoever reads it.

use std::io::Read;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use crate::inflate::buffer::Buffer;
use crate::inflate::{Check, Content, Inflated, Inflater, Trailer};
use crate::limits::Limits;
use crate::skipped::SkipReason;

/// How much is handed over at a time.
const CHUNK: usize = 256 << 10;
/// How many members may end in what is handed over at a time.
const ENDS: usize = 1 << 10;
/// How many chunks wait to be read at most.
const WAITING: usize = 8;

/// The end of the thread that reads.
pub(crate) struct Ahead {
    chunks: Receiver<Message>,
    used: Sender<Vec<u8>>,
    chunk: Vec<u8>,
    taken: usize,
    check: Check,
    /// What comes behind the chunk.
    fault: Option<SkipReason>,
    garbage: u64,
    ended: bool,
}

/// The end of the thread that inflates.
pub(crate) struct Producer {
    limits: Limits,
    chunks: SyncSender<Message>,
    used: Receiver<Vec<u8>>,
}

enum Message {
    /// Bytes, and where in them which members end if they are to be checked.
    Chunk(Vec<u8>, Option<Vec<(usize, Trailer)>>),
    Fault(SkipReason),
    /// How many bytes of something else follow the content.
    End(u64),
}

/// The two ends of reading an object.
pub(crate) fn ends(limits: Limits) -> (Producer, Ahead) {
    let (to_reader, chunks) = sync_channel(WAITING);
    let (used, from_reader) = channel();
    let (check, chunk) = (Check::default(), Vec::new());
    let ahead = Ahead { chunks, used, chunk, taken: 0, check, fault: None, garbage: 0, ended: false };
    (Producer { limits, chunks: to_reader, used: from_reader }, ahead)
}

impl Producer {
    /// Inflates what is stored until its end, or until nobody reads any more. How many stored bytes were read.
    pub(crate) fn run(self, input: &mut dyn Read) -> u64 {
        let Self { limits, chunks, used } = self;
        let mut stored = 0;
        let (mut inflater, mut buffer) = (Inflater::default(), Buffer::default());
        // Nobody reads any more if sending fails; that ends the work.
        match inflater.open(input, &mut stored, &mut buffer, &limits) {
            Err(fault) => drop(chunks.send(Message::Fault(fault))),
            Ok(Content::Whole(length)) => {
                drop(
                    chunks
                        .send(Message::Chunk(buffer.room(length).to_vec(), None))
                        .and_then(|()| chunks.send(Message::End(0))),
                );
            }
            Ok(mut content) => drop(pass_on(&mut content, &chunks, &used)),
        }
        stored
    }
}

/// `None`: nobody reads any more.
fn pass_on(content: &mut Content<'_>, chunks: &SyncSender<Message>, used: &Receiver<Vec<u8>>) -> Option<()> {
    loop {
        let mut chunk = used.try_recv().unwrap_or_default();
        chunk.resize(CHUNK, 0);
        let (mut filled, mut ends) = (0, Vec::new());
        let mut last = None;
        while last.is_none() && filled < CHUNK && ends.len() < ENDS {
            match content.read_unchecked(chunk.get_mut(filled..).unwrap_or_default()) {
                Ok(Inflated::Bytes(0)) => last = Some(Message::End(content.garbage())),
                Ok(Inflated::Bytes(read)) => filled += read,
                Ok(Inflated::MemberEnd(trailer)) => ends.push((filled, trailer)),
                Err(fault) => last = Some(Message::Fault(fault)),
            }
        }
        chunk.truncate(filled);
        let ends = matches!(content, Content::Gzip(..)).then_some(ends);
        chunks.send(Message::Chunk(chunk, ends)).ok()?;
        if let Some(last) = last {
            return chunks.send(last).ok();
        }
    }
}

impl Ahead {
    /// Reads some bytes; 0 at the end.
    pub(crate) fn read(&mut self, buffer: &mut [u8]) -> Result<usize, SkipReason> {
        loop {
            let rest = self.chunk.get(self.taken..).unwrap_or_default();
            if self.ended || buffer.is_empty() || !rest.is_empty() {
                let count = rest.len().min(buffer.len());
                if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
                    to.copy_from_slice(from);
                }
                self.taken += count;
                return Ok(count);
            }
            if let Some(fault) = self.fault.take() {
                self.ended = true;
                return Err(fault);
            }
            match self.chunks.recv() {
                Ok(Message::Chunk(chunk, ends)) => {
                    self.taken = 0;
                    // Where the other thread has ended, nobody needs it.
                    drop(self.used.send(std::mem::replace(&mut self.chunk, chunk)));
                    if let Some(ends) = ends {
                        self.look_at(&ends);
                    }
                }
                Ok(Message::Fault(fault)) => {
                    self.ended = true;
                    return Err(fault);
                }
                Ok(Message::End(garbage)) => {
                    self.garbage = garbage;
                    self.ended = true;
                }
                Err(_) => {
                    self.ended = true;
                    return Err(SkipReason::Unreadable("the thread that inflates it ended".to_owned()));
                }
            }
        }
    }

    /// Checks the chunk. What is behind a member that is not as it was stored is left out.
    fn look_at(&mut self, ends: &[(usize, Trailer)]) {
        let mut from = 0;
        for (to, trailer) in ends {
            self.check.update(self.chunk.get(from..*to).unwrap_or_default());
            from = *to;
            if let Err(fault) = self.check.end(*trailer) {
                self.chunk.truncate(from);
                self.fault = Some(fault);
                return;
            }
        }
        self.check.update(self.chunk.get(from..).unwrap_or_default());
    }

    /// How many bytes of something else follow the content.
    pub(crate) fn garbage(&self) -> u64 {
        self.garbage
    }
}
