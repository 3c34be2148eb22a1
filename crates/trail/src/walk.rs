//! Which log objects there are to read, and which of them lie in directories.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::native::{self, Kind};
use crate::object::{LogObject, ObjectName};
use crate::skipped::{SkipReason, Skipped, Skips};
use crate::window::Window;

/// The log objects of a trail, in the order in which their sources have them.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    /// What to read.
    pub objects: Vec<LogObject>,
    /// What is not to be read, and why.
    pub skips: Skips,
    /// How many objects were delivered too far outside the window to hold any of its records.
    pub pruned_files: u64,
    /// Their size.
    pub pruned_bytes: u64,
}

impl Listing {
    /// Adds an object that a source has, with what its name tells.
    ///
    /// Digest, Insight and aggregated files are left out by their folder or name. What was delivered outside the window
    /// is pruned by the day in native names, as [`Window::may_hold_file_of`] says; where folder and name have different
    /// days, either one keeps the object. Nothing is pruned by account or region: the name has the account that the log
    /// was delivered *to* and the region it was delivered *from*, and a record's own need not be the same.
    pub fn add(&mut self, mut object: LogObject, window: &Window) {
        let native = native::read(object.name.as_str());
        let left_out = match native.kind {
            Kind::Log => None,
            Kind::Digest => Some(SkipReason::Digest),
            Kind::Insight => Some(SkipReason::Insight),
            Kind::Aggregated => Some(SkipReason::Aggregated),
        };
        if let Some(reason) = left_out {
            return self.skip(object.name, reason);
        }
        let mut days = native.date.into_iter().chain(native.folder_date).peekable();
        if days.peek().is_some() && !days.any(|day| window.may_hold_file_of(day)) {
            self.pruned_files += 1;
            self.pruned_bytes += object.size;
            return;
        }
        (object.account, object.region, object.date) = (native.account, native.region, native.date);
        self.objects.push(object);
    }

    /// Leaves out an object, or what cannot be listed, as a whole.
    pub fn skip(&mut self, object: ObjectName, reason: SkipReason) {
        self.skips.push(Skipped { object, record: None, reason });
    }
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

fn remove_repeated(objects: &mut Vec<LogObject>) {
    let mut seen = HashSet::new();
    objects.retain(|object| {
        object.path().is_none_or(|path| seen.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())))
    });
}
