//! How far a fold has come.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that a fold moves while it runs, for whoever shows progress to read at any time.
#[derive(Debug, Default)]
pub struct Progress {
    found_files: AtomicU64,
    found_bytes: AtomicU64,
    files: AtomicU64,
    bytes_compressed: AtomicU64,
    bytes_json: AtomicU64,
    records: AtomicU64,
}

/// A reading of a [`Progress`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProgressSnapshot {
    /// Files that a source has listed so far; 0 where all were listed before.
    pub found_files: u64,
    /// Their bytes as stored.
    pub found_bytes: u64,
    /// Files that are done.
    pub files: u64,
    /// Their bytes as stored.
    pub bytes_compressed: u64,
    /// Their bytes of JSON.
    pub bytes_json: u64,
    /// Records that were read, also of files that are not done.
    pub records: u64,
}

impl Progress {
    /// Where the fold is now.
    pub fn snapshot(&self) -> ProgressSnapshot {
        ProgressSnapshot {
            found_files: self.found_files.load(Ordering::Relaxed),
            found_bytes: self.found_bytes.load(Ordering::Relaxed),
            files: self.files.load(Ordering::Relaxed),
            bytes_compressed: self.bytes_compressed.load(Ordering::Relaxed),
            bytes_json: self.bytes_json.load(Ordering::Relaxed),
            records: self.records.load(Ordering::Relaxed),
        }
    }

    pub(crate) fn add_found(&self, files: u64, bytes: u64) {
        self.found_files.fetch_add(files, Ordering::Relaxed);
        self.found_bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn add_records(&self, records: u64) {
        self.records.fetch_add(records, Ordering::Relaxed);
    }

    pub(crate) fn add_file(&self, bytes_compressed: u64, bytes_json: u64) {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes_compressed.fetch_add(bytes_compressed, Ordering::Relaxed);
        self.bytes_json.fetch_add(bytes_json, Ordering::Relaxed);
    }
}
