//! Logs on stderr.

use std::io::{self, IsTerminal};

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::args::{GlobalArgs, When};

/// Starts logging as asked for by `--quiet` and `-v`.
pub(crate) fn start(args: GlobalArgs) {
    let level = match args.verbose {
        _ if args.quiet => LevelFilter::ERROR,
        0 => LevelFilter::WARN,
        1 => LevelFilter::INFO,
        2 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let others = if args.verbose > 1 { level } else { LevelFilter::ERROR };
    let colour = match args.color {
        When::Always => true,
        When::Never => false,
        When::Auto => io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(io::stderr)
        .with_ansi(colour)
        .with_target(false)
        .without_time()
        .finish()
        // What the libraries warn of comes as an error, too, and then in our words.
        .with(Targets::new().with_default(others).with_target("tighten", level));
    // A second start, as in tests within one process, keeps the first one's logger.
    let _ = subscriber.try_init();
}
