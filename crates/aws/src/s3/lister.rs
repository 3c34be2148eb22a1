//! A bucket as a source of log objects.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, PoisonError};

use tighten_trail::{Arrival, Arriving, Listing, LogObject, Window};
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{self, Receiver};

use super::address::S3Address;
use super::bucket::Bucket;
use super::fetch::Fetcher;
use super::layout::Wanted;
use super::stop::Stop;
use super::walk::Walk;
use crate::connect::Connection;
use crate::error::AwsError;

/// What is wanted of buckets, and what may be spent on it.
#[derive(Debug, Clone, Default)]
pub struct S3Options {
    /// Objects of other days are not listed.
    pub window: Window,
    /// The folders of other accounts are not looked into; all are when empty.
    pub accounts: Vec<String>,
    /// Nor those of other regions; all are when empty. Where the home of global services is asked for, all are, too: their
    /// events may be in the folder of any region.
    pub regions: Vec<String>,
    /// How many bytes may be fetched before they are read; a good default when 0.
    pub ahead: usize,
    /// Ends it early.
    pub stop: Stop,
}

/// The objects of a bucket, which are listed and fetched while others are read.
#[derive(Debug)]
pub struct S3Lister {
    pages: Receiver<Vec<LogObject>>,
    rest: Arc<Mutex<Listing>>,
    stop: Stop,
    fetcher: Arc<Fetcher>,
}

/// How many pages of keys wait to be taken.
const PAGES: usize = 8;

impl S3Lister {
    /// Begins to list an address. Fails if the bucket is not there or may not be listed.
    pub fn start(connection: &Connection, address: &S3Address, options: &S3Options) -> Result<Self, AwsError> {
        let bucket = connection.wait(Bucket::open(connection, address))?;
        let S3Options { window, accounts, regions, ahead, stop } = options.clone();
        let fetcher = Fetcher::new(bucket.clone(), connection.runtime().handle().clone(), ahead, stop.clone());
        let fetcher = Arc::new(fetcher);
        let rest: Arc<Mutex<Listing>> = Arc::default();
        let walk = Arc::new(Walk {
            bucket,
            wanted: Wanted { window, accounts, regions },
            opener: Arc::clone(&fetcher) as _,
            stop: stop.clone(),
            rest: Arc::clone(&rest),
            only: address.key().map(str::to_owned),
            loose: AtomicUsize::new(0),
        });
        let (out, pages) = mpsc::channel(PAGES);
        connection.runtime().spawn(walk.run(address.prefix().to_owned(), out));
        Ok(Self { pages, rest, stop, fetcher })
    }

    /// From now on the user's interrupt stops whoever has this.
    pub fn stop_on_interrupt(connection: &Connection, stop: &Stop) {
        connection.runtime().spawn(stop.clone().on_interrupt());
    }

    /// What refused all content, if nothing could be read at all.
    pub fn refusal(&self) -> impl Fn() -> Option<AwsError> + use<> {
        let fetcher = Arc::clone(&self.fetcher);
        move || fetcher.refusal()
    }
}

impl Arriving for S3Lister {
    fn more(&mut self, wait: bool) -> Arrival {
        if self.stop.is_set() {
            return Arrival::End;
        }
        if wait {
            return self.pages.blocking_recv().map_or(Arrival::End, Arrival::Objects);
        }
        match self.pages.try_recv() {
            Ok(objects) => Arrival::Objects(objects),
            Err(TryRecvError::Empty) => Arrival::Later,
            Err(TryRecvError::Disconnected) => Arrival::End,
        }
    }

    fn rest(&mut self) -> Listing {
        std::mem::take(&mut self.rest.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
