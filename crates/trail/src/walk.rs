//! Which files there are to read.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use walkdir::{DirEntry, WalkDir};

use crate::native::{self, Kind};
use crate::skipped::{SkipReason, Skipped, Skips};
use crate::window::Window;

/// The files of a trail, in the order of the roots and then of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The files to read.
    pub files: Vec<TrailFile>,
    /// What is not to be read, and why.
    pub skips: Skips,
    /// How many files were delivered too far outside the window to hold any of its records.
    pub pruned_files: u64,
    /// Their size.
    pub pruned_bytes: u64,
}

/// One file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its size as stored.
    pub bytes: u64,
    /// The account that it was delivered to, where a native path or name tells.
    pub account: Option<String>,
    /// The region that it is about, where a native path or name tells.
    pub region: Option<String>,
    /// The day on which it was delivered, where a native path or name tells.
    pub date: Option<Date>,
}

/// Why there is nothing to list.
#[derive(Debug, thiserror::Error)]
pub enum TrailError {
    /// A root is not there or cannot be looked at.
    #[error("cannot read `{}`", path.display())]
    Root {
        /// The root.
        path: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// Lists the log files under the roots: directories, searched through, or single files, always read.
///
/// In a directory a file counts by its name (`.json`, `.jsonl`, `.ndjson`, followed by anything such as `.gz`) or,
/// under any other name, by its first bytes. Digest, Insight and aggregated files are left out by their folder
/// or name. Files that were delivered outside the window are pruned by the day in native paths and names, as
/// [`Window::may_hold_file_of`] says; where folder and name have different days, either one keeps the file. Nothing
/// is pruned by account or region: the path has the account that the log was delivered *to* and the region it was
/// delivered *from*, and a record's own need not be the same.
///
/// Links are followed. A file that is reached in two ways is listed once.
pub fn list(roots: &[PathBuf], window: &Window) -> Result<Listing, TrailError> {
    let mut walk = Walk { window, listing: Listing::default(), linked: roots.len() > 1 };
    for root in roots {
        let found = std::fs::metadata(root).map_err(|source| TrailError::Root { path: root.clone(), source })?;
        if found.is_dir() {
            walk.directory(root);
        } else {
            // A root may be a pipe: whoever names one wants it read.
            walk.file(root, found.len());
        }
    }
    let Walk { mut listing, linked, .. } = walk;
    if linked {
        remove_repeated(&mut listing.files);
    }
    Ok(listing)
}

struct Walk<'w> {
    window: &'w Window,
    listing: Listing,
    /// Whether some file may be reached in two ways.
    linked: bool,
}

impl Walk<'_> {
    fn directory(&mut self, root: &Path) {
        let walk = WalkDir::new(root).follow_links(true).sort_by_file_name();
        for entry in walk {
            match entry {
                Ok(entry) => self.entry(&entry),
                Err(error) => {
                    let path = error.path().unwrap_or(root).to_path_buf();
                    let reason = unwalkable(&path, &error);
                    self.skip(path, reason);
                }
            }
        }
    }

    fn entry(&mut self, entry: &DirEntry) {
        let (path, kind) = (entry.path(), entry.file_type());
        self.linked |= entry.path_is_symlink();
        if kind.is_dir() {
            if entry.depth() > 0 && native::is_log_name(path) && is_empty(path) {
                self.skip(path.to_path_buf(), SkipReason::Directory);
            }
            return;
        }
        if !kind.is_file() {
            // Opening a pipe would wait for a writer that may never come.
            self.skip(path.to_path_buf(), SkipReason::NotAFile);
            return;
        }
        if !native::is_log_name(path) {
            match looks_like_a_log(path) {
                Ok(true) => {}
                Ok(false) => return self.skip(path.to_path_buf(), SkipReason::NotALog),
                Err(error) => return self.skip(path.to_path_buf(), SkipReason::Unreadable(error.to_string())),
            }
        }
        match entry.metadata() {
            Ok(found) => self.file(path, found.len()),
            Err(error) => self.skip(path.to_path_buf(), unwalkable(path, &error)),
        }
    }

    fn file(&mut self, path: &Path, bytes: u64) {
        let native = native::read(path);
        let left_out = match native.kind {
            Kind::Log => None,
            Kind::Digest => Some(SkipReason::Digest),
            Kind::Insight => Some(SkipReason::Insight),
            Kind::Aggregated => Some(SkipReason::Aggregated),
        };
        if let Some(reason) = left_out {
            return self.skip(path.to_path_buf(), reason);
        }
        let mut days = native.date.into_iter().chain(native.folder_date).peekable();
        if days.peek().is_some() && !days.any(|day| self.window.may_hold_file_of(day)) {
            self.listing.pruned_files += 1;
            self.listing.pruned_bytes += bytes;
            return;
        }
        self.listing.files.push(TrailFile {
            path: path.to_path_buf(),
            bytes,
            account: native.account,
            region: native.region,
            date: native.date,
        });
    }

    fn skip(&mut self, file: PathBuf, reason: SkipReason) {
        self.listing.skips.push(Skipped { file, record: None, reason });
    }
}

fn unwalkable(path: &Path, error: &walkdir::Error) -> SkipReason {
    if error.loop_ancestor().is_some() {
        return SkipReason::LinkLoop;
    }
    let is_link = std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_symlink());
    match error.io_error() {
        Some(error) if is_link && error.kind() == io::ErrorKind::NotFound => SkipReason::DanglingLink,
        Some(error) => SkipReason::Unreadable(error.to_string()),
        None => SkipReason::Unreadable("unknown error".to_owned()),
    }
}

fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether a file whose name says nothing begins like a log: gzip, or JSON's `{"` or `[{`.
fn looks_like_a_log(path: &Path) -> io::Result<bool> {
    let mut head = Vec::with_capacity(512);
    File::open(path)?.take(512).read_to_end(&mut head)?;
    if head.starts_with(&[0x1f, 0x8b]) {
        return Ok(true);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    let mut marks = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    Ok(matches!((marks.next(), marks.next()), (Some(b'{'), Some(b'"')) | (Some(b'['), Some(b'{'))))
}

fn remove_repeated(files: &mut Vec<TrailFile>) {
    let mut seen = HashSet::new();
    files.retain(|file| seen.insert(std::fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone())));
}
