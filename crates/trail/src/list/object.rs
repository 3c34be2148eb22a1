//! What records are read from.

use std::cmp::Ordering;
use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Something that holds records: a file, an object in a bucket, an answer of an API.
#[derive(Debug, Clone)]
pub struct LogObject {
    /// Its name.
    pub name: ObjectName,
    /// Its size as stored; 0 where nobody knows it, as of a pipe.
    pub size: u64,
    /// The account that it was delivered to, where a native name tells.
    pub account: Option<String>,
    /// The region that it is about, where a native name tells.
    pub region: Option<String>,
    /// The day on which it was delivered, where a native name tells.
    pub date: Option<Date>,
    opener: Opener,
}

/// How the content of log objects is reached.
///
/// One opener may serve all the objects of a store. It is asked once for each object that is read, on the thread that
/// reads it; the reader that it returns may block, and may be read on another thread.
///
/// ```
/// use std::io::{self, Read};
/// use std::sync::Arc;
/// use tighten_trail::{Limits, LogObject, Open, Reader};
///
/// #[derive(Debug)]
/// struct Memory(&'static [u8]);
///
/// impl Open for Memory {
///     fn open(&self, _: &LogObject) -> io::Result<Box<dyn Read + Send>> {
///         Ok(Box::new(self.0))
///     }
/// }
///
/// let log = br#"{"Records": [{"eventSource": "s3.amazonaws.com", "eventName": "ListBuckets"}]}"#;
/// let object = LogObject::new("memory://log.json", log.len() as u64, Arc::new(Memory(log)));
/// let report = Reader::new().read(&object, &Limits::default(), &mut |_| {});
/// assert_eq!((report.records, report.bytes_compressed), (1, log.len() as u64));
/// ```
pub trait Open: fmt::Debug + Send + Sync {
    /// The content of an object, as stored, from its beginning.
    fn open(&self, object: &LogObject) -> io::Result<Box<dyn Read + Send>>;

    /// An object will be opened, after those of which this was said before: where content is far away, it may be fetched
    /// meanwhile. Returns at once. What was announced need not be opened, and what is opened need not have been announced.
    fn announce(&self, _: &LogObject) {}
}

/// Nearly all objects of a long log are files whose name is their path; these keep it once.
#[derive(Debug, Clone)]
enum Opener {
    /// A file whose path is the object's name.
    Named,
    /// A file whose path is not text, so that its name does not lead to it.
    File(Arc<Path>),
    Other(Arc<dyn Open>),
}

impl LogObject {
    /// A file. Its path is its name.
    pub fn file(path: impl AsRef<Path>, size: u64) -> Self {
        let path = path.as_ref();
        let opener = if path.to_str().is_some() { Opener::Named } else { Opener::File(path.into()) };
        Self::with(ObjectName::from(path), size, opener)
    }

    /// An object that this opener leads to.
    pub fn new(name: impl Into<ObjectName>, size: u64, opener: Arc<dyn Open>) -> Self {
        Self::with(name.into(), size, Opener::Other(opener))
    }

    fn with(name: ObjectName, size: u64, opener: Opener) -> Self {
        Self { name, size, account: None, region: None, date: None, opener }
    }

    /// Opens it.
    pub fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        match &self.opener {
            Opener::Named => open_file(Path::new(self.name.as_str())),
            Opener::File(path) => open_file(path),
            Opener::Other(opener) => opener.open(self),
        }
    }

    /// Says that it will be opened, after those of which this was said before.
    pub fn announce(&self) {
        if let Opener::Other(opener) = &self.opener {
            opener.announce(self);
        }
    }

    /// Where it is, if it is a file.
    pub fn path(&self) -> Option<&Path> {
        match &self.opener {
            Opener::Named => Some(Path::new(self.name.as_str())),
            Opener::File(path) => Some(path),
            Opener::Other(_) => None,
        }
    }
}

fn open_file(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    Ok(Box::new(File::open(path)?))
}

/// The name of a log object as reports show it: a file's path, or the address of something else.
///
/// Names are in the order of paths, folder by folder: `a/b` comes before `a.json`.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ObjectName(Arc<str>);

impl ObjectName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Ord for ObjectName {
    fn cmp(&self, other: &Self) -> Ordering {
        // What is one path (`a//b` and `a/b`) may be two keys of a bucket.
        Path::new(&*self.0).cmp(Path::new(&*other.0)).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for ObjectName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl From<&str> for ObjectName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<String> for ObjectName {
    fn from(name: String) -> Self {
        Self(name.into())
    }
}

impl From<ObjectName> for String {
    fn from(name: ObjectName) -> Self {
        name.0.as_ref().to_owned()
    }
}

impl From<&Path> for ObjectName {
    /// What of a path is not text is replaced.
    fn from(path: &Path) -> Self {
        Self(path.to_string_lossy().into())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn names_are_in_the_order_of_paths(one in "[ab./-]{0,8}", other in "[ab./-]{0,8}") {
            let of_paths = PathBuf::from(&one).cmp(&PathBuf::from(&other));
            let of_names = ObjectName::from(one.as_str()).cmp(&ObjectName::from(other.as_str()));
            prop_assert_eq!(of_names.is_eq(), one == other);
            prop_assert!(of_paths.is_eq() || of_paths == of_names);
        }
    }

    fn content(object: &LogObject) -> Vec<u8> {
        let mut content = Vec::new();
        object.open().unwrap().read_to_end(&mut content).unwrap();
        content
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_found_though_its_path_is_not_text() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;

        let dir = tempfile::tempdir().unwrap();
        let (plain, odd) = (dir.path().join("a.json"), dir.path().join(OsStr::from_bytes(b"\xff.json")));
        std::fs::write(&plain, "plain").unwrap();
        let object = LogObject::file(&plain, 5);
        assert_eq!((content(&object), object.path()), (b"plain".to_vec(), Some(plain.as_path())));
        if std::fs::write(&odd, "odd").is_err() {
            // Some file systems have no such names.
            return;
        }
        let object = LogObject::file(&odd, 3);
        assert_eq!((content(&object), object.path()), (b"odd".to_vec(), Some(odd.as_path())));
        assert_eq!(object.name.as_str(), dir.path().join("\u{fffd}.json").to_str().unwrap());
    }
}
