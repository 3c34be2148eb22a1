//! The log files in directories.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::Listing;
use super::native;
use super::object::LogObject;
use super::window::Window;
use crate::record::records::lines::stamp_length;
use crate::skipped::SkipReason;

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
/// under any other name, by its first bytes. [`Listing::add`] says what of these is left out by its path.
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
            walk.file(root, if found.is_file() { found.len() } else { 0 });
        }
    }
    let Walk { mut listing, linked, .. } = walk;
    if linked {
        remove_repeated(&mut listing.objects);
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
                    let path = error.path().unwrap_or(root);
                    let reason = unwalkable(path, &error);
                    self.skip(path, reason);
                }
            }
        }
    }

    fn entry(&mut self, entry: &DirEntry) {
        let (path, kind) = (entry.path(), entry.file_type());
        self.linked |= entry.path_is_symlink();
        if kind.is_dir() {
            if entry.depth() > 0 && is_log_name(path) && is_empty(path) {
                self.skip(path, SkipReason::Directory);
            }
            return;
        }
        if !kind.is_file() {
            // Opening a pipe would wait for a writer that may never come.
            self.skip(path, SkipReason::NotAFile);
            return;
        }
        if !is_log_name(path) {
            match looks_like_a_log(path) {
                Ok(true) => {}
                Ok(false) => return self.skip(path, SkipReason::NotALog),
                Err(error) => return self.skip(path, SkipReason::Unreadable(error.to_string())),
            }
        }
        match entry.metadata() {
            Ok(found) => self.file(path, found.len()),
            Err(error) => self.skip(path, unwalkable(path, &error)),
        }
    }

    fn file(&mut self, path: &Path, size: u64) {
        self.listing.add(LogObject::file(path, size), self.window);
    }

    fn skip(&mut self, path: &Path, reason: SkipReason) {
        self.listing.skip(path.into(), reason);
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

fn is_log_name(path: &Path) -> bool {
    native::is_log_name(&path.to_string_lossy())
}

fn is_empty(directory: &Path) -> bool {
    std::fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_none())
}

/// Whether a file whose name says nothing begins like a log: gzip, JSON's `{"` or `[{`, or a time stamp
/// and then `{"`.
fn looks_like_a_log(path: &Path) -> io::Result<bool> {
    let mut head = Vec::with_capacity(512);
    File::open(path)?.take(512).read_to_end(&mut head)?;
    if head.starts_with(&[0x1f, 0x8b]) {
        return Ok(true);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head);
    let text = text.get(stamp_length(text).unwrap_or(0)..).unwrap_or_default();
    let mut marks = text.iter().filter(|byte| !byte.is_ascii_whitespace());
    Ok(matches!((marks.next(), marks.next()), (Some(b'{'), Some(b'"')) | (Some(b'['), Some(b'{'))))
}

fn remove_repeated(objects: &mut Vec<LogObject>) {
    let mut seen = HashSet::new();
    objects.retain(|object| {
        object.path().is_none_or(|path| seen.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())))
    });
}
