//! How much memory the programs take.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tighten_testkit::bench::{self, Options};

use crate::support::analyze;

/// The most memory that a program had while it ran, in bytes. Its last millisecond is not looked at.
fn peak(command: &mut Command) -> u64 {
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        if let Some(done) = child.try_wait().unwrap() {
            assert!(done.success(), "{done}");
            return peak;
        }
        let status = fs::read_to_string(&status).unwrap_or_default();
        let kilobytes =
            status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")?.trim().parse().ok());
        peak = peak.max(1_024 * kilobytes.unwrap_or(0));
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_memory_limit_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    bench::write(&Options { bytes: 48 << 20, ..Options::new(dir.path().to_owned()) }).unwrap();
    let arguments = ["--format", "json", "--quiet", "--threads", "2", "--trail-dir"];
    let free = peak(analyze().args(arguments).arg(dir.path()));
    let limited = peak(analyze().args(arguments).arg(dir.path()).args(["--memory-limit", "64MiB"]));
    assert!(limited <= 64 << 20, "{limited}");
    // Otherwise it could not have been more, whatever the limit does.
    assert!(free > limited, "{free} {limited}");
}
