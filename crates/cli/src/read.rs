//! What commands that judge principals have in common: the logs, read, and what follows from them.

use anyhow::Result;
use rayon::{ThreadPool, ThreadPoolBuilder};
use tighten_catalog::Catalog;
use tighten_mapping::Mapper;
use tighten_report::Pruned;
use tighten_synthesis::EntityPaths;
use tighten_trail::Listing;
use tighten_usage::{Ledger, Usage};

use crate::config::InputConfig;
use crate::exit::Exit;
use crate::input::{self, LogsRead};
use crate::terminal::Terminal;

/// The logs that were asked for, read.
pub(crate) struct Read {
    pub(crate) input: InputConfig,
    pub(crate) mapper: Mapper,
    pub(crate) found: LogsRead,
    /// What was used on all days.
    pub(crate) usage: Usage,
    /// The IAM entities that are named in full, also by principals that were not asked for.
    pub(crate) paths: EntityPaths,
    /// The threads for everything that comes after reading.
    pub(crate) pool: ThreadPool,
}

impl Read {
    pub(crate) fn new(input: InputConfig, terminal: Terminal) -> Result<Self> {
        Self::with_windows(input, terminal, |_| ()).map(|(read, ())| read)
    }

    /// The same with what is wanted of some days alone.
    pub(crate) fn with_windows<T>(
        input: InputConfig,
        terminal: Terminal,
        windows: impl FnOnce(&Ledger) -> T,
    ) -> Result<(Self, T)> {
        let mapper = Mapper::new(Catalog::embedded());
        let (found, ledger) = input::read(&input, &mapper, terminal)?;
        let windows = windows(&ledger);
        let usage = ledger.into_usage();
        let left_out = found.rest.skips.count(input::NOT_A_LOG);
        input::require_logs(&input.sources, found.objects, left_out, &usage.skips)?;
        tracing::info!(records = usage.counts.records, principals = usage.principals.len(), "read");
        let (paths, pool) = (EntityPaths::of(&usage), pool(&input)?);
        Ok((Self { input, mapper, found, usage, paths, pool }, windows))
    }

    /// What was left unread because of its date.
    pub(crate) fn pruned(&self) -> Pruned {
        let Listing { pruned_files, pruned_bytes, pruned_folders, .. } = self.found.rest;
        Pruned { files: pruned_files, bytes: pruned_bytes, folders: pruned_folders }
    }

    /// The end of the command, if it did what it was asked for. So many policies of today could not be read.
    pub(crate) fn end(&self, policies: usize, terminal: Terminal) -> Exit {
        input::end(&self.usage.skips, policies, self.input.allow_partial, terminal)
    }
}

/// As many threads as were asked for.
pub(crate) fn pool(input: &InputConfig) -> Result<ThreadPool> {
    let threads = input.fold.threads.map_or(0, usize::from);
    Ok(ThreadPoolBuilder::new().num_threads(threads).build()?)
}
