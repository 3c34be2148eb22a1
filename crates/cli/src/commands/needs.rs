//! `tighten needs`: record by record, which permissions a call needed.

use std::io::{self, Write};

use anyhow::Result;
use rayon::prelude::*;
use tighten_catalog::Catalog;
use tighten_mapping::Mapper;
use tighten_report::needs::line;
use tighten_trail::{Listing, LogObject};
use tighten_usage::{FoldOptions, RecordsReport, for_each_record};

use crate::args::{InputArgs, PlaceArgs};
use crate::config::InputConfig;
use crate::exit::Exit;
use crate::input;
use crate::read::pool;
use crate::terminal::{Terminal, write_out};

/// Print which permissions each record needed, as JSON lines.
///
/// One line per record, files in the order of their paths: {"eventID", "eventSource", "eventName", "principal", "outcome",
/// "via", "needs": [{"action", "resources", "context", "certainty", "unsettled", "rule"}], "none"}. A denied record shows what it
/// wanted; `none` says why a record has no needs.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct NeedsArgs {
    #[command(flatten)]
    places: PlaceArgs,
    #[command(flatten)]
    input: InputArgs,
}

/// Stored bytes that are read at once, and so whose lines are held in memory; a larger object is a batch of its own and is
/// written as it is read.
const BATCH: u64 = 8 << 20;

/// Runs the command.
pub(crate) fn run(args: NeedsArgs, terminal: Terminal) -> Result<Exit> {
    let mut input = InputConfig::new(args.input.with(args.places), terminal)?;
    input.ask_account(false, terminal)?;
    let pool = pool(&input)?;
    let Listing { mut objects, mut skips, .. } = input::listing(&input)?;
    let InputConfig { sources, mut fold, principals, allow_partial, .. } = input;
    fold.principals = principals;
    objects.sort_by(|one, other| one.name.cmp(&other.name));
    let left_out = skips.count(input::NOT_A_LOG);
    let mapper = Mapper::new(Catalog::embedded());
    write_out(|out| {
        let mut announced = batches(&objects);
        announced.by_ref().take(2).flatten().for_each(LogObject::announce);
        for batch in batches(&objects) {
            announced.next().into_iter().flatten().for_each(LogObject::announce);
            if let [object] = batch {
                skips += write_object(object, &fold, &mapper, out)?.skips;
                continue;
            }
            let texts = pool.install(|| {
                batch
                    .par_iter()
                    .map(|object| {
                        let mut text = Vec::new();
                        // Writing to memory does not fail.
                        write_object(object, &fold, &mapper, &mut text).map(|report| (text, report))
                    })
                    .collect::<io::Result<Vec<_>>>()
            })?;
            for (text, report) in texts {
                out.write_all(&text)?;
                skips += report.skips;
            }
        }
        Ok(())
    })?;
    input::require_logs(&sources, objects.len() as u64, left_out, &skips)?;
    Ok(input::end(&skips, 0, allow_partial, terminal))
}

fn write_object(
    object: &LogObject,
    fold: &FoldOptions,
    mapper: &Mapper,
    out: &mut dyn Write,
) -> io::Result<RecordsReport> {
    let one = Listing { objects: vec![object.clone()], ..Listing::default() };
    let mut result = Ok(());
    let report = for_each_record(&one, fold, mapper, &mut |record| {
        if result.is_ok() {
            result = line(record.event, &record.judged, out);
        }
    });
    result.map(|()| report)
}

fn batches(objects: &[LogObject]) -> impl Iterator<Item = &[LogObject]> {
    let mut sum = 0;
    objects.chunk_by(move |one, next| {
        sum += one.size;
        let together = sum + next.size <= BATCH;
        if !together {
            sum = 0;
        }
        together
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_bounded_and_lose_nothing() {
        let object = |size| LogObject::file("x", size);
        let sizes = [1, 2, BATCH, 5, BATCH - 5, 1, 2 * BATCH, 3];
        let objects: Vec<LogObject> = sizes.into_iter().map(object).collect();
        let batches: Vec<Vec<u64>> =
            batches(&objects).map(|batch| batch.iter().map(|object| object.size).collect()).collect();
        assert_eq!(batches, [vec![1, 2], vec![BATCH], vec![5, BATCH - 5], vec![1], vec![2 * BATCH], vec![3]]);
    }
}
