//! Fetches objects before they are asked for.
//!
//! What is announced is fetched about in that order, as far as the budget of bytes goes. A small object comes as a whole; a large one
//! comes in parts, of which the first three are in the budget and the others follow as they are read. Whoever opens an object that
//! nobody fetches yet has it fetched at once, beside the budget, announced or not: so nobody ever waits for what is behind him,
//! whoever of those that wait for the budget gets it first.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use tighten_trail::{LogObject, ObjectName, Open};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::address::S3Address;
use super::bucket::{Bucket, GET};
use super::stop::Stop;
use crate::error::{AwsError, Problem};

/// How many bytes are fetched before they are read.
const AHEAD: usize = 24 << 20;
/// How many objects are fetched at a time.
const AT_ONCE: usize = 32;
/// What is fetched with one request, and what an object has that comes as a whole.
const PART: u64 = 4 << 20;
/// What an object takes beside its bytes.
const BESIDE: u64 = 4 << 10;
/// The unit of the budget.
const UNIT: u64 = 1 << 10;
/// How often an answer may break off.
const ATTEMPTS: u32 = 6;
/// From how many refusals on, without anything that was let through, the others are not tried.
const REFUSALS: u64 = 64;

/// Fetches the objects of a bucket.
#[derive(Debug)]
pub(super) struct Fetcher {
    shared: Arc<Shared>,
    runtime: Handle,
    budget: Arc<Semaphore>,
    units: u64,
    fetched: Mutex<HashMap<ObjectName, Announced>>,
}

/// An object that is fetched, or waits for the budget.
#[derive(Debug)]
struct Announced {
    parts: Receiver<Part>,
    /// Somebody waits for it, so that it must not wait any more.
    opened: Arc<Notify>,
}

#[derive(Debug)]
struct Shared {
    bucket: Bucket,
    at_once: Semaphore,
    stop: Stop,
    read: AtomicU64,
    refused: AtomicU64,
    /// What the first refusal was.
    refusal: OnceLock<Problem>,
}

/// The version of an object that is read: the one that there was when its first part came.
struct Version {
    size: u64,
    tag: Option<String>,
}

/// A part of an object, with what it holds of the budget.
type Part = Result<(Vec<bytes::Bytes>, Option<Arc<OwnedSemaphorePermit>>), Arc<AwsError>>;

impl Fetcher {
    pub(super) fn new(bucket: Bucket, runtime: Handle, ahead: usize, stop: Stop) -> Self {
        let units = (if ahead == 0 { AHEAD } else { ahead }) as u64 / UNIT;
        let shared = Shared {
            bucket,
            at_once: Semaphore::new(AT_ONCE),
            stop,
            read: AtomicU64::default(),
            refused: AtomicU64::default(),
            refusal: OnceLock::new(),
        };
        Self {
            shared: Arc::new(shared),
            runtime,
            budget: Arc::new(Semaphore::new(usize::try_from(units).unwrap_or(Semaphore::MAX_PERMITS))),
            units,
            fetched: Mutex::default(),
        }
    }

    /// What refused all objects, if that is so.
    pub(super) fn refusal(&self) -> Option<AwsError> {
        let Shared { bucket, read, refusal, .. } = &*self.shared;
        let problem = refusal.get().filter(|_| read.load(Ordering::Relaxed) == 0)?;
        Some(AwsError::new(GET, S3Address::of_key(&bucket.name, "*"), problem.clone()))
    }

    fn begin(&self, object: &LogObject) -> Announced {
        let (out, parts) = mpsc::channel(1);
        let (shared, key, size) = (Arc::clone(&self.shared), self.key(object), object.size);
        let (budget, opened) = (Arc::clone(&self.budget), Arc::new(Notify::new()));
        // One is read, one waits, and one comes.
        let units = ((size.min(3 * PART) + BESIDE) / UNIT).min(self.units);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        let announced = Announced { parts, opened: Arc::clone(&opened) };
        self.runtime.spawn(async move {
            let permit = tokio::select! {
                biased;
                permit = budget.acquire_many_owned(units) => permit.ok().map(Arc::new),
                () = opened.notified() => None,
            };
            shared.fetch(&key, size, permit, &out).await;
        });
        announced
    }

    fn key(&self, object: &LogObject) -> String {
        let address = S3Address::of_key(&self.shared.bucket.name, "");
        object.name.as_str().strip_prefix(&address).unwrap_or_default().to_owned()
    }
}

impl Open for Fetcher {
    fn announce(&self, object: &LogObject) {
        if self.shared.stop.is_set() {
            return;
        }
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        if !fetched.contains_key(&object.name) {
            fetched.insert(object.name.clone(), self.begin(object));
        }
    }

    fn open(&self, object: &LogObject) -> io::Result<Box<dyn Read + Send>> {
        let fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner).remove(&object.name);
        let Announced { parts, opened } = fetched.unwrap_or_else(|| self.begin(object));
        opened.notify_one();
        let mut content =
            ObjectContent { parts, at_hand: Vec::new().into_iter(), chunk: bytes::Bytes::new(), permit: None };
        // What cannot be opened is told here, and not in the middle.
        content.next()?;
        Ok(Box::new(content))
    }
}

impl Shared {
    /// Fetches an object and hands out its parts. Whoever wants it may have gone.
    async fn fetch(&self, key: &str, size: u64, permit: Option<Arc<OwnedSemaphorePermit>>, out: &Sender<Part>) {
        if size <= PART {
            let whole = self.part(key, None, &mut Version { size, tag: None }).await;
            let _ = out.send(whole.map(|chunks| (chunks, permit))).await;
            return;
        }
        let (mut from, mut version) = (0, Version { size, tag: None });
        while from < version.size {
            let to = (from + PART).min(version.size);
            let part = self.part(key, Some((from, to)), &mut version).await;
            let is_good = part.is_ok();
            if out.send(part.map(|chunks| (chunks, permit.clone()))).await.is_err() || !is_good {
                return;
            }
            from += PART;
        }
    }

    /// Fetches a part, however often its answer breaks off.
    async fn part(
        &self,
        key: &str,
        part: Option<(u64, u64)>,
        version: &mut Version,
    ) -> Result<Vec<bytes::Bytes>, Arc<AwsError>> {
        let failed = |problem| Arc::new(AwsError::new(GET, S3Address::of_key(&self.bucket.name, key), problem));
        if self.read.load(Ordering::Relaxed) == 0
            && self.refused.load(Ordering::Relaxed) >= REFUSALS
            && let Some(problem) = self.refusal.get()
        {
            return Err(failed(problem.clone()));
        }
        let Ok(_turn) = self.at_once.acquire().await else { return Err(failed(Problem::Interrupted)) };
        let mut attempt = 0;
        loop {
            let answer = tokio::select! {
                answer = self.attempt(key, part, version) => answer,
                () = self.stop.wanted() => return Err(failed(Problem::Interrupted)),
            };
            attempt += 1;
            match answer {
                Ok(chunks) => {
                    self.read.fetch_add(1, Ordering::Relaxed);
                    return Ok(chunks);
                }
                Err(error) if *error.problem() == Problem::Cut && attempt < ATTEMPTS => {
                    tracing::debug!(key, attempt, "the answer broke off");
                    tokio::time::sleep(wait(attempt, key)).await;
                }
                Err(error) => {
                    use Problem::{BadCredentials, Denied, Expired, KeyDenied};
                    if let problem @ (Denied | KeyDenied | Expired | BadCredentials) = error.problem() {
                        self.refusal.get_or_init(|| problem.clone());
                        self.refused.fetch_add(1, Ordering::Relaxed);
                    }
                    return Err(Arc::new(error));
                }
            }
        }
    }

    async fn attempt(
        &self,
        key: &str,
        part: Option<(u64, u64)>,
        version: &mut Version,
    ) -> Result<Vec<bytes::Bytes>, AwsError> {
        let range = part.map(|(from, to)| from..to);
        let answer = self.bucket.get(key, range, version.tag.clone()).await?;
        let GetObjectOutput { body, e_tag, content_length, content_range, .. } = answer;
        if part.is_some() && version.tag.is_none() {
            version.tag = e_tag;
            // It may have been written anew since it was listed.
            let size = content_range.and_then(|range| range.rsplit('/').next()?.parse().ok());
            version.size = size.unwrap_or(version.size);
        }
        let cut = || AwsError::new(GET, S3Address::of_key(&self.bucket.name, key), Problem::Cut);
        let (chunks, bytes) = collect(body).await.ok_or_else(cut)?;
        let of_part = part.map(|(from, to)| to.min(version.size).saturating_sub(from));
        let wanted = of_part.or_else(|| content_length.and_then(|own| u64::try_from(own).ok()));
        if wanted.is_some_and(|wanted| wanted != bytes) { Err(cut()) } else { Ok(chunks) }
    }
}

async fn collect(mut body: ByteStream) -> Option<(Vec<bytes::Bytes>, u64)> {
    let (mut chunks, mut bytes) = (Vec::new(), 0);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.ok()?;
        bytes += chunk.len() as u64;
        chunks.push(chunk);
    }
    Some((chunks, bytes))
}

/// Longer each time, and not for all the same.
fn wait(attempt: u32, key: &str) -> Duration {
    let spread = key.bytes().fold(u64::from(attempt), |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)));
    Duration::from_millis((50 << attempt.min(6)) + spread % 100)
}

/// An object's content, part after part.
struct ObjectContent {
    parts: Receiver<Part>,
    at_hand: std::vec::IntoIter<bytes::Bytes>,
    chunk: bytes::Bytes,
    /// Held until the part is read.
    permit: Option<Arc<OwnedSemaphorePermit>>,
}

impl ObjectContent {
    /// Gets the next bytes. `false`: there are no more.
    fn next(&mut self) -> io::Result<bool> {
        loop {
            if !self.chunk.is_empty() {
                return Ok(true);
            }
            if let Some(chunk) = self.at_hand.next() {
                self.chunk = chunk;
                continue;
            }
            match self.parts.blocking_recv() {
                Some(Ok((chunks, permit))) => {
                    self.at_hand = chunks.into_iter();
                    self.permit = permit;
                }
                Some(Err(error)) => return Err(io::Error::other(error.to_string())),
                None => {
                    self.permit = None;
                    return Ok(false);
                }
            }
        }
    }
}

impl Read for ObjectContent {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || !self.next()? {
            return Ok(0);
        }
        let count = self.chunk.len().min(buffer.len());
        let taken = self.chunk.split_to(count);
        if let Some(to) = buffer.get_mut(..count) {
            to.copy_from_slice(&taken);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use tighten_testkit::server::{Fault, Proxy};

    use super::*;

    /// Every object is this.
    const TEXT: &str = "{\"Records\": []}";

    #[test]
    fn whoever_opens_an_object_gets_it_whatever_waits_before_it() {
        let proxy = Proxy::start(1, |_, _| Fault::Instead(200, "application/json", TEXT.to_owned())).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        // Two objects are all that the budget has room for.
        let ahead = usize::try_from(2 * (BESIDE + UNIT)).unwrap();
        let fetcher = Fetcher::new(Bucket::for_tests(&proxy.url()), runtime.handle().clone(), ahead, Stop::default());
        let fetcher = Arc::new(fetcher);
        let object = |number: usize| {
            LogObject::new(format!("s3://logs/{number}.json"), TEXT.len() as u64, Arc::clone(&fetcher) as _)
        };
        let objects: Vec<LogObject> = (0..50).map(object).collect();
        objects.iter().for_each(LogObject::announce);
        let (done, ended) = channel();
        thread::spawn(move || {
            // The last first, each while all of those before it have the budget or wait for it.
            let mut open = Vec::new();
            for object in objects.iter().rev() {
                let mut content = object.open().unwrap();
                let mut text = String::new();
                content.read_to_string(&mut text).unwrap();
                assert_eq!(text, TEXT);
                open.push(content);
            }
            done.send(open.len()).unwrap();
        });
        assert_eq!(ended.recv_timeout(Duration::from_mins(1)).unwrap(), 50);
        assert_eq!(proxy.requests().len(), 50, "each is fetched once");
    }
}
