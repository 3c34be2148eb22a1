//! What commands that read a trail have in common.

use std::path::PathBuf;

use anyhow::Result;
use tighten_mapping::Mapper;
use tighten_trail::{Listing, Skips, TrailError, Weight, Window};
use tighten_usage::{Ledger, fold, fold_arriving};

use crate::config::InputConfig;
use crate::error::Explained;
use crate::exit::Exit;
use crate::progress;
use crate::sources::{Opened, Sources, none_found};
use crate::terminal::Terminal;

/// The reason for leaving out what is no log.
pub(crate) const NOT_A_LOG: &str = "not-a-log";

/// Lists the log files. No files at all is an error: a mistyped path must not read as "nothing was used".
pub(crate) fn list(roots: &[PathBuf], window: &Window) -> Result<Listing> {
    let listing = tighten_trail::list(roots, window).map_err(|error| {
        let TrailError::Root { path, .. } = &error;
        let tip =
            format!("`--trail-dir {}` has to name a directory of CloudTrail logs, or one log file", path.display());
        Explained::new("no logs to read", tip).because(error)
    })?;
    tracing::info!(
        files = listing.objects.len(),
        pruned = listing.pruned_files,
        left_out = listing.skips.weighing(Weight::LeftOut),
        "listed"
    );
    if !listing.objects.is_empty() {
        return Ok(listing);
    }
    let names: Vec<String> = roots.iter().map(|root| format!("`{}`", root.display())).collect();
    let names = names.join(", ");
    let left_out = listing.skips.weighing(Weight::LeftOut);
    Err(if listing.pruned_files > 0 {
        let message = format!("no logs of that time in {names}");
        let tip = format!("{} log files were delivered outside `--since` and `--until`", listing.pruned_files);
        Explained::new(message, tip)
    } else {
        let message = format!("no CloudTrail logs in {names}");
        let mut tip =
            "`--trail-dir` recognises files by .json, .jsonl or .ndjson in their names, also with .gz, or by \
                       content: gzip or JSON"
                .to_owned();
        if left_out > 0 {
            tip = format!("{tip}\n{left_out} files are something else (digests, Insight files, other names)");
        }
        Explained::new(message, tip)
    }
    .into())
}

/// What was read, beside the ledger.
pub(crate) struct LogsRead {
    /// What the listing says of what was not read.
    pub(crate) rest: Listing,
    /// How many objects were.
    pub(crate) objects: u64,
}

/// Reads the logs that are asked for, once, and says how far it is.
pub(crate) fn read(input: &InputConfig, mapper: &Mapper, terminal: Terminal) -> Result<(LogsRead, Ledger)> {
    let (shown, sources) = (terminal.shows_progress(), &input.sources);
    if sources.are_files() {
        let mut rest = sources.files(&input.fold.window)?;
        require_objects(&rest)?;
        let ledger = progress::during(shown, rest.objects.len() as u64, bytes(&rest), |progress| {
            fold(&rest, input.fold.clone(), mapper, progress)
        });
        let objects = std::mem::take(&mut rest.objects).len() as u64;
        return Ok((LogsRead { rest, objects }, ledger));
    }
    let mut opened = Opened::new(input)?;
    let (ledger, rest, objects) = progress::during(shown, 0, 0, |progress| {
        fold_arriving(&mut opened.source, input.fold.clone(), mapper, progress)
    });
    opened.require_all(objects)?;
    tracing::info!(objects, pruned = rest.pruned_folders, "listed");
    if objects == 0 {
        return Err(none_found(sources, &rest).into());
    }
    Ok((LogsRead { rest, objects }, ledger))
}

/// Directories without logs are refused when they are listed; an event history may be empty as well.
fn require_objects(listing: &Listing) -> Result<()> {
    if !listing.objects.is_empty() {
        return Ok(());
    }
    let tip = "look at `--since`, `--until`, `--region`, and at whose credentials are used";
    Err(Explained::new("no events of that time and of these regions in the event history", tip).into())
}

/// The objects that are asked for, once more or for the first time.
pub(crate) fn listing(input: &InputConfig) -> Result<Listing> {
    if input.sources.are_files() {
        let listing = input.sources.files(&input.fold.window)?;
        require_objects(&listing)?;
        return Ok(listing);
    }
    let mut opened = Opened::new(input)?;
    let listing = opened.listing();
    opened.require_all(listing.objects.len() as u64)?;
    if listing.objects.is_empty() { Err(none_found(&input.sources, &listing).into()) } else { Ok(listing) }
}

/// Files were read, and none was a log: that must not read as "nothing was used" either. Files that were left out by their
/// names were not read; however many lie beside the logs, they say nothing of these.
pub(crate) fn require_logs(sources: &Sources, objects: u64, left_out: u64, skips: &Skips) -> Result<()> {
    let others = skips.count(NOT_A_LOG).saturating_sub(left_out);
    if objects == 0 || others < objects {
        return Ok(());
    }
    let tip = "`--trail-dir` takes files of CloudTrail records: `{\"Records\": […]}`, one record per line, an array, or the \
               output of lookup-events";
    Err(Explained::new(format!("no CloudTrail logs in {}", sources.names()), tip).into())
}

/// The end of a command that read what it could: says what it could not, of logs and of so many policies of today.
pub(crate) fn end(skips: &Skips, policies: usize, allow_partial: bool, terminal: Terminal) -> Exit {
    if skips.weighing(Weight::Lost) == 0 && policies == 0 {
        return Exit::Done;
    }
    for example in skips.examples().filter(|example| example.reason.weight() == Weight::Lost) {
        tracing::info!("not read: {}", tighten_report::escape::terminal(&example.to_string()));
    }
    let mut reasons: Vec<String> = skips
        .groups()
        .filter(|(_, group)| group.weight == Weight::Lost)
        .map(|(code, group)| format!("{code} {}", group.count))
        .collect();
    if policies > 0 {
        reasons.push(format!("unreadable-policy {policies}"));
    }
    terminal.note(&format!("warning: not all input could be read ({})", reasons.join(", ")));
    if allow_partial { Exit::Done } else { Exit::Partial }
}

/// The objects' size as stored.
pub(crate) fn bytes(listing: &Listing) -> u64 {
    listing.objects.iter().map(|object| object.size).sum()
}
