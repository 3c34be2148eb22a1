//! Lists a bucket folder by folder, as far as records that are asked for may be in there, day by day.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::civil::Date;
use tighten_trail::{Listing, LogObject, ObjectName, Open, SkipReason, is_log_name};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{JoinHandle, JoinSet};

use super::address::{S3Address, is_gzip};
use super::bucket::{Bucket, Key, Storage};
use super::layout::{Folder, Other, Wanted};
use super::stop::Stop;
use crate::error::AwsError;

/// How many objects are kept in memory rather than listed day by day.
const LOOSE: usize = 100_000;
/// How many folders are listed at a time.
const AT_ONCE: usize = 32;
/// How many pages of a day wait until those before them are taken.
const PAGES: usize = 2;

/// A walk through one bucket.
pub(super) struct Walk {
    pub(super) bucket: Bucket,
    pub(super) wanted: Wanted,
    pub(super) opener: Arc<dyn Open>,
    pub(super) stop: Stop,
    /// Nothing but this key is wanted.
    pub(super) only: Option<String>,
    /// What else there is to say.
    pub(super) rest: Arc<Mutex<Listing>>,
    /// How many objects are known before the days are listed.
    pub(super) loose: AtomicUsize,
}

/// What the folders above the days hold.
#[derive(Default)]
struct Explored {
    /// The prefixes of regions' folders.
    regions: Vec<String>,
    /// By the day, the regions that have a folder of it: numbers in `regions`.
    days: BTreeMap<Date, Vec<usize>>,
    /// Objects that are in no folder of a day.
    loose: Vec<LogObject>,
}

/// A folder to look into.
struct FolderToList {
    prefix: String,
    folder: Folder,
    /// The number of its region, from there on.
    region: Option<usize>,
}

/// What is directly in a folder.
struct Level {
    branch: FolderToList,
    /// The prefixes of its folders, with their names.
    folders: Vec<(String, String)>,
    objects: Vec<LogObject>,
}

impl Walk {
    /// Sends everything below a prefix, in the order of days. Ends early when nobody listens or wants it any more.
    pub(super) async fn run(self: Arc<Self>, prefix: String, out: Sender<Vec<LogObject>>) {
        let explored = self.explore(&prefix).await;
        let Explored { regions, days, mut loose } = explored;
        // The last is the first to go.
        loose.sort_by(|one, other| (other.date, &other.name).cmp(&(one.date, &one.name)));
        let mut folders = days
            .into_iter()
            .flat_map(|(day, in_regions)| in_regions.into_iter().map(move |region| (day, region)))
            .filter_map(|(day, region)| {
                let folder = format!("{}{:04}/{:02}/{:02}/", regions.get(region)?, day.year(), day.month(), day.day());
                Some((day, folder))
            });
        let mut listed: VecDeque<(Date, Receiver<Vec<LogObject>>, JoinHandle<()>)> = VecDeque::new();
        loop {
            while listed.len() < AT_ONCE
                && let Some((day, folder)) = folders.next()
            {
                let (pages, own) = mpsc::channel(PAGES);
                let listing = tokio::spawn(Arc::clone(&self).list(folder, pages));
                listed.push_back((day, own, listing));
            }
            let Some((day, mut pages, listing)) = listed.pop_front() else { break };
            let before = loose.partition_point(|object| object.date > Some(day));
            if !send_in_pages(loose.split_off(before), &out).await {
                return;
            }
            while let Some(page) = pages.recv().await {
                if out.send(page).await.is_err() || self.stop.is_set() {
                    return;
                }
            }
            if listing.await.is_err() {
                self.lose(&prefix);
            }
        }
        send_in_pages(loose, &out).await;
    }

    /// Looks into folders until it comes to those of days.
    async fn explore(self: &Arc<Self>, prefix: &str) -> Explored {
        let mut explored = Explored::default();
        let mut waiting = VecDeque::from([first(prefix, &mut explored)]);
        let mut running = JoinSet::new();
        loop {
            while running.len() < AT_ONCE
                && !self.stop.is_set()
                && let Some(branch) = waiting.pop_front()
            {
                running.spawn(Arc::clone(self).level(branch));
            }
            let Some(level) = running.join_next().await else { return explored };
            let Ok(Level { branch, folders, objects }) = level else {
                self.lose(prefix);
                continue;
            };
            explored.loose.extend(objects);
            for (prefix, name) in folders {
                let folder = branch.folder.child(&name);
                if let Folder::LeftOut(other) = folder {
                    self.leave_out(&prefix, other);
                } else if !self.wanted.may_hold(branch.folder, &name, folder) {
                    self.with_rest(|rest| rest.pruned_folders += 1);
                } else {
                    match (folder, branch.region) {
                        (Folder::Day(day), Some(region)) => explored.days.entry(day).or_default().push(region),
                        (Folder::Region, _) => {
                            explored.regions.push(prefix.clone());
                            let region = Some(explored.regions.len() - 1);
                            waiting.push_back(FolderToList { prefix, folder, region });
                        }
                        (_, region) => waiting.push_back(FolderToList { prefix, folder, region }),
                    }
                }
            }
        }
    }

    /// All that is below a folder, where that is one page and all of it is wanted. Most regions of most accounts have few logs,
    /// and would cost a request for each of their days.
    async fn small(&self, branch: &FolderToList) -> Option<Vec<LogObject>> {
        if !self.wanted.wants_all(branch.folder) || self.loose.load(Ordering::Relaxed) >= LOOSE {
            return None;
        }
        let page = self.bucket.page(&branch.prefix, false, None).await.ok().filter(|page| page.next.is_none())?;
        let objects = self.objects(page.keys);
        self.loose.fetch_add(objects.len(), Ordering::Relaxed);
        Some(objects)
    }

    /// What is directly in a folder. A folder of a day, and one that is small, has everything in it.
    async fn level(self: Arc<Self>, branch: FolderToList) -> Level {
        if let Some(objects) = self.small(&branch).await {
            return Level { branch, folders: Vec::new(), objects };
        }
        let by_folder = !matches!(branch.folder, Folder::Day(_));
        let (mut folders, mut objects, mut from) = (Vec::new(), Vec::new(), None);
        loop {
            let page = match self.bucket.page(&branch.prefix, by_folder, from.as_deref()).await {
                Ok(page) => page,
                Err(error) => {
                    self.fail(&branch.prefix, &error);
                    break;
                }
            };
            objects.extend(self.objects(page.keys));
            for folder in page.folders {
                let name = folder.strip_prefix(&branch.prefix).unwrap_or(&folder).trim_end_matches('/').to_owned();
                folders.push((folder, name));
            }
            from = page.next;
            if from.is_none() || self.stop.is_set() {
                break;
            }
        }
        Level { branch, folders, objects }
    }

    /// Sends all that is below a prefix, page by page.
    async fn list(self: Arc<Self>, prefix: String, out: Sender<Vec<LogObject>>) {
        let mut from: Option<String> = None;
        loop {
            match self.bucket.page(&prefix, false, from.as_deref()).await {
                Ok(page) => {
                    from = page.next;
                    let objects = self.objects(page.keys);
                    if out.send(objects).await.is_err() || from.is_none() || self.stop.is_set() {
                        return;
                    }
                }
                Err(error) => return self.fail(&prefix, &error),
            }
        }
    }

    /// The log objects among keys.
    fn objects(&self, keys: Vec<Key>) -> Vec<LogObject> {
        let mut listing = Listing::default();
        // Some tools make objects of folders.
        for Key { name: key, size, storage } in keys.into_iter().filter(|key| !key.name.ends_with('/')) {
            if self.only.as_ref().is_some_and(|only| *only != key) {
                continue;
            }
            let name = S3Address::of_key(&self.bucket.name, &key);
            // Without the content, the name has to do; of other services' logs there would be no end.
            if !is_log_name(&key) && !is_gzip(&key) {
                listing.skip(name.into(), SkipReason::NotALog);
                continue;
            }
            let object = LogObject::new(name, size, Arc::clone(&self.opener));
            let window = &self.wanted.window;
            match storage {
                Storage::Ready => listing.add(object, window),
                Storage::Archived => listing.add_archived(object, false, window),
                Storage::DeeplyArchived => listing.add_archived(object, true, window),
            }
        }
        let objects = std::mem::take(&mut listing.objects);
        self.with_rest(|rest| rest.merge(listing));
        objects
    }

    fn leave_out(&self, prefix: &str, other: Other) {
        let reason = match other {
            Other::Digest => SkipReason::Digest,
            Other::Insight => SkipReason::Insight,
            Other::Aggregated => SkipReason::Aggregated,
            Other::Service => SkipReason::NotALog,
        };
        self.with_rest(|rest| rest.skip(self.name(prefix), reason));
    }

    /// A part of the listing ended by itself, which must not read as if nothing were there.
    fn lose(&self, prefix: &str) {
        let reason = SkipReason::Unreadable("listing a part of it ended unexpectedly".to_owned());
        self.with_rest(|rest| rest.skip(self.name(prefix), reason));
    }

    fn fail(&self, prefix: &str, error: &AwsError) {
        if !self.stop.is_set() {
            self.with_rest(|rest| rest.skip(self.name(prefix), SkipReason::Unreadable(error.to_string())));
        }
    }

    fn name(&self, prefix: &str) -> ObjectName {
        S3Address::of_key(&self.bucket.name, prefix).into()
    }

    fn with_rest(&self, change: impl FnOnce(&mut Listing)) {
        change(&mut self.rest.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Where to begin: a prefix may be anywhere in a trail's folders.
fn first(prefix: &str, explored: &mut Explored) -> FolderToList {
    let folder = Folder::of(prefix);
    let above = |levels: usize| {
        let names: Vec<&str> = prefix.trim_end_matches('/').split('/').collect();
        let kept = names.len().checked_sub(levels).and_then(|kept| names.get(..kept)).unwrap_or_default();
        format!("{}/", kept.join("/"))
    };
    let region = match folder {
        Folder::Region => Some(prefix.to_owned()),
        Folder::Year(_) => Some(above(1)),
        Folder::Month(..) => Some(above(2)),
        _ => None,
    };
    let region = region.map(|region| {
        explored.regions.push(region);
        explored.regions.len() - 1
    });
    // Whoever names a folder wants what is in it.
    let folder = if matches!(folder, Folder::LeftOut(_)) { Folder::Any } else { folder };
    FolderToList { prefix: prefix.to_owned(), folder, region }
}

/// Sends objects, the last first, in parts of one day each. `false`: nobody listens.
async fn send_in_pages(mut objects: Vec<LogObject>, out: &Sender<Vec<LogObject>>) -> bool {
    const PAGE: usize = 1_000;
    while let Some(day) = objects.last().map(|object| object.date) {
        let mut page = Vec::new();
        while page.len() < PAGE
            && let Some(object) = objects.pop_if(|object| object.date == day)
        {
            page.push(object);
        }
        if out.send(page).await.is_err() {
            return false;
        }
    }
    true
}
