//! Where fetched events are kept: in a folder, to be gone on with, or in memory.
//!
//! A folder holds, for each region, files of JSON lines (`eu-west-1/….jsonl.gz`), and `state.json`, which says of which spans of time
//! all events are in them. A file is there whole before the state tells of it, so a run that is killed loses what it fetched last, and
//! nothing is missing that is said to be there; what it left is fetched once more, and copies count once.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use tighten_trail::{LogObject, Open};

use super::spans::{Covered, TimeSpan};

/// Why a folder of events cannot be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// It cannot be read or written.
    #[error("cannot use `{path}`")]
    File {
        /// What.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Its state is none.
    #[error("`{path}` is not the state of an event history")]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// It holds something else than what is asked for.
    #[error("`{folder}` holds the event history of {holds}, and not of {wanted}")]
    Other {
        /// The folder.
        folder: PathBuf,
        /// Whose events it holds.
        holds: String,
        /// Whose are asked for.
        wanted: String,
    },
}

/// What the folder holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    /// The account, once an event told it.
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<String>,
    /// The user whose events alone it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    /// For each region the spans of which all events are there.
    regions: BTreeMap<String, Covered>,
}

/// What is kept.
#[derive(Debug)]
pub(super) struct Store {
    folder: Option<PathBuf>,
    state: State,
    /// What is kept in memory, by region and in the order of fetching.
    kept: Vec<(String, Arc<[u8]>)>,
}

const STATE: &str = "state.json";
const EVENTS: &str = ".jsonl.gz";

impl Store {
    /// Opens a folder, which need not be there yet, or memory. Fails if the folder holds the events of another user.
    pub(super) fn open(folder: Option<&Path>, username: Option<&str>) -> Result<Self, StoreError> {
        let mut state = State { username: username.map(str::to_owned), ..State::default() };
        if let Some(folder) = folder {
            let path = folder.join(STATE);
            match fs::read(&path) {
                Ok(text) => {
                    state = serde_json::from_slice(&text)
                        .map_err(|source| StoreError::State { path: path.clone(), source })?;
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(source) => return Err(StoreError::File { path, source }),
            }
            // The events of all serve those who ask for one; the other way round they do not.
            if state.username.is_some() && state.username.as_deref() != username {
                let user = |name: Option<&str>| name.map_or("everybody".to_owned(), |name| format!("user {name}"));
                let (holds, wanted) = (user(state.username.as_deref()), user(username));
                return Err(StoreError::Other { folder: folder.to_owned(), holds, wanted });
            }
        }
        Ok(Self { folder: folder.map(Path::to_owned), state, kept: Vec::new() })
    }

    /// The user whose events alone are kept.
    pub(super) fn username(&self) -> Option<&str> {
        self.state.username.as_deref()
    }

    /// The account of the events, if there are any.
    pub(super) fn account(&self) -> Option<&str> {
        self.state.account.as_deref()
    }

    /// What of a span has to be fetched, the latest first.
    pub(super) fn missing(&self, region: &str, span: TimeSpan) -> Vec<TimeSpan> {
        self.state.regions.get(region).map_or_else(|| vec![span], |covered| covered.missing(span))
    }

    /// Keeps events, and that there are no others in a span. The account is what one of them tells.
    pub(super) fn keep(
        &mut self,
        region: &str,
        events: &[String],
        account: Option<&str>,
        whole: Option<TimeSpan>,
    ) -> Result<(), StoreError> {
        if let (Some(folder), Some(own), Some(account)) = (&self.folder, &self.state.account, account)
            && own != account
        {
            let (holds, wanted) = (format!("account {own}"), format!("account {account}"));
            return Err(StoreError::Other { folder: folder.clone(), holds, wanted });
        }
        if self.state.account.is_none() {
            self.state.account = account.map(str::to_owned);
        }
        if !events.is_empty() {
            let bytes = compressed(events).map_err(|source| StoreError::File { path: region.into(), source })?;
            match &self.folder {
                None => self.kept.push((region.to_owned(), bytes.into())),
                Some(folder) => write_new(&folder.join(region), &bytes)?,
            }
        }
        if let Some(span) = whole {
            self.state.regions.entry(region.to_owned()).or_default().add(span);
        }
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.join(STATE);
        let text = serde_json::to_vec_pretty(&self.state)
            .map_err(|source| StoreError::State { path: path.clone(), source })?;
        replace(&path, &text)
    }

    /// All that is kept of these regions.
    pub(super) fn objects(&self, regions: &[String]) -> Result<Vec<LogObject>, StoreError> {
        let Some(folder) = &self.folder else {
            let object = |(at, (region, bytes)): (usize, &(String, Arc<[u8]>))| {
                let name = format!("event-history/{region}/{at}{EVENTS}");
                LogObject::new(name, bytes.len() as u64, Arc::new(Memory(Arc::clone(bytes))))
            };
            return Ok(self.kept.iter().enumerate().map(object).collect());
        };
        let mut objects = Vec::new();
        for region in regions {
            let path = folder.join(region);
            let failed = |source| StoreError::File { path: path.clone(), source };
            let entries = match fs::read_dir(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                entries => entries.map_err(failed)?,
            };
            for entry in entries {
                let entry = entry.map_err(failed)?;
                if entry.file_name().to_str().is_some_and(|name| name.ends_with(EVENTS)) {
                    let size = entry.metadata().map_err(failed)?.len();
                    objects.push(LogObject::file(entry.path(), size));
                }
            }
        }
        objects.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(objects)
    }
}

/// Events that are kept in memory.
#[derive(Debug)]
struct Memory(Arc<[u8]>);

impl Open for Memory {
    fn open(&self, _: &LogObject) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::Cursor::new(Arc::clone(&self.0))))
    }
}

/// JSON lines.
fn compressed(events: &[String]) -> io::Result<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::fast());
    for event in events {
        // No text in JSON holds a line end, so those that there are stand between its parts.
        out.write_all(event.replace(['\n', '\r'], " ").as_bytes())?;
        out.write_all(b"\n")?;
    }
    out.finish()
}

/// Writes a file under a name that is not taken.
fn write_new(folder: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(|source| StoreError::File { path: folder.to_owned(), source })?;
    let stamp = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let mut names = (0..).map(|number| folder.join(format!("{stamp}-{number:03}{EVENTS}")));
    match names.find(|path| !path.exists()) {
        Some(path) => replace(&path, bytes),
        None => Ok(()),
    }
}

/// A reader sees the file as it was or as it is, never a part.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let failed = |source| StoreError::File { path: path.to_owned(), source };
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let written = || {
        let mut file = fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    written().map_err(|error| {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
        failed(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(object: &LogObject) -> String {
        let mut text = String::new();
        flate2::read::MultiGzDecoder::new(object.open().unwrap()).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn a_folder_knows_what_it_has() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("history");
        let span = |from, to| TimeSpan::new(from, to).unwrap();
        let regions = ["eu-west-1".to_owned()];
        let mut store = Store::open(Some(&folder), None).unwrap();
        assert_eq!(store.missing("eu-west-1", span(0, 100)), [span(0, 100)]);
        let events = ["{\"a\":\n1}".to_owned(), "{}".to_owned()];
        store.keep("eu-west-1", &events, Some("111122223333"), Some(span(50, 100))).unwrap();
        store.keep("eu-west-1", &[], None, Some(span(40, 50))).unwrap();

        let mut again = Store::open(Some(&folder), Some("ada")).unwrap();
        assert_eq!(again.missing("eu-west-1", span(0, 120)), [span(100, 120), span(0, 40)]);
        assert_eq!(again.account(), Some("111122223333"));
        let objects = again.objects(&regions).unwrap();
        assert_eq!(objects.iter().map(text).collect::<Vec<_>>(), ["{\"a\": 1}\n{}\n"]);
        let other = again.keep("eu-west-1", &events, Some("444455556666"), None).unwrap_err();
        assert!(other.to_string().contains("account 111122223333"), "{other}");
        assert_eq!(again.objects(&regions).unwrap().len(), 1);
    }

    #[test]
    fn the_events_of_one_user_are_not_those_of_all() {
        let dir = tempfile::tempdir().unwrap();
        let span = TimeSpan::new(0, 10);
        Store::open(Some(dir.path()), Some("ada")).unwrap().keep("us-east-1", &[], None, span).unwrap();
        assert!(Store::open(Some(dir.path()), Some("ada")).is_ok());
        let error = Store::open(Some(dir.path()), None).unwrap_err();
        assert!(error.to_string().ends_with("of user ada, and not of everybody"), "{error}");
        fs::write(dir.path().join(STATE), "[]").unwrap();
        assert!(matches!(Store::open(Some(dir.path()), None), Err(StoreError::State { .. })));
    }
}
