//! Where the logs are.

use std::path::PathBuf;

use anyhow::Result;
use tighten_trail::{Arrived, Arriving, Listing, United, Window};
#[cfg(feature = "aws")]
use {
    crate::account::explained,
    tighten_aws::{AwsError, S3Address, S3Lister, S3Options, Stop},
};

use crate::config::InputConfig;
use crate::error::Explained;
use crate::input;

/// The sources that were asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources {
    pub(crate) roots: Vec<PathBuf>,
    #[cfg(feature = "aws")]
    pub(crate) buckets: Vec<S3Address>,
    /// What was read of the event history, and what of it could not be had.
    pub(crate) history: Listing,
}

/// The sources, opened: what they have arrives while it is read.
pub(crate) struct Opened {
    pub(crate) source: United,
    #[cfg(feature = "aws")]
    stop: Stop,
    #[cfg(feature = "aws")]
    refusals: Vec<Box<dyn Fn() -> Option<AwsError>>>,
}

impl Sources {
    /// Whether none was asked for.
    pub(crate) fn is_empty(&self) -> bool {
        self.roots.is_empty() && self.are_files()
    }

    /// Whether all is there before anything is read.
    #[cfg_attr(not(feature = "aws"), expect(clippy::unused_self, reason = "without AWS there is nothing but files"))]
    pub(crate) fn are_files(&self) -> bool {
        #[cfg(feature = "aws")]
        if !self.buckets.is_empty() {
            return false;
        }
        true
    }

    /// Whether there is something of the event history.
    fn has_history(&self) -> bool {
        !self.history.objects.is_empty() || !self.history.skips.is_empty()
    }

    /// Their names, quoted.
    pub(crate) fn names(&self) -> String {
        let names = self.roots.iter().map(|root| format!("`{}`", root.display()));
        #[cfg(feature = "aws")]
        let names = names.chain(self.buckets.iter().map(|address| format!("`{address}`")));
        let names = names.chain(self.has_history().then(|| "the event history".to_owned()));
        names.collect::<Vec<_>>().join(", ")
    }

    /// Lists the files, if there may be any.
    pub(crate) fn files(&self, window: &Window) -> Result<Listing> {
        let mut listing = if self.roots.is_empty() { Listing::default() } else { input::list(&self.roots, window)? };
        listing.merge(self.history.clone());
        Ok(listing)
    }
}

impl Opened {
    /// Opens all sources.
    pub(crate) fn new(input: &InputConfig) -> Result<Self> {
        let window = &input.fold.window;
        let mut sources: Vec<Box<dyn Arriving>> = Vec::new();
        if !input.sources.roots.is_empty() || input.sources.has_history() {
            sources.push(Box::new(Arrived::new(input.sources.files(window)?)));
        }
        #[cfg(feature = "aws")]
        let (stop, refusals) = open_buckets(input, &mut sources)?;
        Ok(Self {
            source: United::new(sources),
            #[cfg(feature = "aws")]
            stop,
            #[cfg(feature = "aws")]
            refusals,
        })
    }

    /// To be called when all was read: if it was not, because the user interrupted it or nothing may be read, that is an error.
    #[cfg_attr(
        not(feature = "aws"),
        expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "without AWS nothing interrupts or refuses")
    )]
    pub(crate) fn require_all(&self, objects: u64) -> Result<()> {
        #[cfg(feature = "aws")]
        {
            if self.stop.is_set() {
                let message = format!("interrupted, when {objects} log objects were known; nothing was written");
                return Err(Explained::new(message, "a part of the logs says nothing of what is unused").into());
            }
            if let Some(error) = self.refusals.iter().find_map(|refusal| refusal()) {
                return Err(explained(error).into());
            }
        }
        let _ = objects;
        Ok(())
    }

    /// All objects, once they are listed.
    pub(crate) fn listing(&mut self) -> Listing {
        let mut listing = Listing::default();
        while let tighten_trail::Arrival::Objects(objects) = self.source.more(true) {
            listing.objects.extend(objects);
        }
        listing.merge(self.source.rest());
        listing
    }
}

/// What stops the listing of buckets, and what each of them refused.
#[cfg(feature = "aws")]
type OpenBuckets = (Stop, Vec<Box<dyn Fn() -> Option<AwsError>>>);

/// Begins to list the buckets.
#[cfg(feature = "aws")]
fn open_buckets(input: &InputConfig, sources: &mut Vec<Box<dyn Arriving>>) -> Result<OpenBuckets> {
    let stop = Stop::default();
    let mut refusals: Vec<Box<dyn Fn() -> Option<AwsError>>> = Vec::new();
    if input.sources.buckets.is_empty() {
        return Ok((stop, refusals));
    }
    let connection = input.account.connection()?;
    let fold = &input.fold;
    let options = S3Options {
        window: fold.window,
        accounts: fold.accounts.iter().cloned().collect(),
        regions: fold.regions.iter().cloned().collect(),
        // An eighth of what may be used.
        ahead: fold.memory_limit.map_or(0, |limit| usize::try_from(limit / 8).unwrap_or_default()),
        stop: stop.clone(),
    };
    for address in &input.sources.buckets {
        let lister = S3Lister::start(connection, address, &options).map_err(explained)?;
        refusals.push(Box::new(lister.refusal()));
        sources.push(Box::new(lister));
    }
    S3Lister::stop_on_interrupt(connection, &stop);
    Ok((stop, refusals))
}

/// No objects at all: a mistyped name must not read as "nothing was used".
pub(crate) fn none_found(sources: &Sources, listing: &Listing) -> Explained {
    let left_out = listing.skips.weighing(tighten_trail::Weight::LeftOut);
    if listing.archived.objects > 0 {
        let objects = counted(listing.archived.objects, "object");
        let message = format!("all logs in {} are archived: {objects}", sources.names());
        return Explained::new(message, "restore those of the days that you need with `aws s3api restore-object`");
    }
    if listing.pruned_files > 0 || listing.pruned_folders > 0 {
        let message = format!("no logs of that time, account and region in {}", sources.names());
        let tip = format!(
            "outside of `--since`, `--until`, `--account` and `--region`: {} and {}",
            counted(listing.pruned_folders, "folder"),
            counted(listing.pruned_files, "log file")
        );
        return Explained::new(message, tip);
    }
    let mut tip = "log objects are recognised by .json, .jsonl, .ndjson or .gz in their names; any other address is that of a folder".to_owned();
    if left_out > 0 {
        tip = format!(
            "{tip}\nleft out as something else (digests, Insight files, other services): {}",
            counted(left_out, "name")
        );
    }
    Explained::new(format!("no CloudTrail logs in {}", sources.names()), tip)
}

/// `1 object`, `2 objects`.
fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
