//! How far reading has come, shown to whoever watches.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use tighten_usage::{Progress, ProgressSnapshot};

const TICK: Duration = Duration::from_millis(100);

/// Runs `work` and, if `shown`, draws on stderr how far it is: files, bytes, records, the rate, and the time left.
pub(crate) fn during<T: Send>(shown: bool, files: u64, bytes: u64, work: impl FnOnce(&Progress) -> T + Send) -> T {
    let progress = Progress::default();
    if !shown {
        return work(&progress);
    }
    thread::scope(|scope| {
        let (done, ended) = channel::<()>();
        let progress = &progress;
        scope.spawn(move || {
            let bar = bar(bytes);
            while ended.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let now = progress.snapshot();
                let (files, bytes) = (files.max(now.found_files), bytes.max(now.found_bytes));
                bar.set_length(bytes);
                bar.set_position(now.bytes_compressed.min(bytes));
                bar.set_message(message(now, files, bar.elapsed()));
            }
            bar.finish_and_clear();
        });
        let result = work(progress);
        // The channel closes, and with it the bar.
        drop(done);
        result
    })
}

fn bar(bytes: u64) -> ProgressBar {
    let bar = ProgressBar::new(bytes);
    // The message is cut where the terminal is narrow; a wrapped line could not be drawn over.
    let template = "  {bar:20} {percent:>3}%  {eta} left  {wide_msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

fn message(now: ProgressSnapshot, files: u64, elapsed: Duration) -> String {
    let milliseconds = elapsed.as_millis().max(1);
    let rate = u128::from(now.bytes_json) * 1000 / milliseconds;
    format!(
        "{}/{} files, {} of JSON, {} records, {}/s",
        HumanCount(now.files),
        HumanCount(files),
        HumanBytes(now.bytes_json),
        HumanCount(now.records),
        HumanBytes(u64::try_from(rate).unwrap_or(u64::MAX)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_with_and_without_a_bar() {
        for shown in [false, true] {
            assert_eq!(during(shown, 1, 10, |progress| progress.snapshot().files), 0);
        }
    }

    #[test]
    fn the_message_has_rate_and_counts() {
        let now = ProgressSnapshot {
            files: 3,
            bytes_compressed: 1,
            bytes_json: 4 << 20,
            records: 12_345,
            ..ProgressSnapshot::default()
        };
        let text = message(now, 1200, Duration::from_secs(2));
        assert_eq!(text, "3/1,200 files, 4.00 MiB of JSON, 12,345 records, 2.00 MiB/s");
    }
}
