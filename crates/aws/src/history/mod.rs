//! The event history: the management events of the last 90 days, which every account has, read page by page.
//!
//! AWS answers two requests a second in each region, of 50 events each. Regions are read beside each other, from now back. With a
//! folder, what was fetched is kept there, and the next run fetches what is new or missing.

mod pages;
mod progress;
mod regions;
mod spans;
mod store;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_cloudtrail::Client;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use thiserror::Error;
use tighten_iam::Partition;
use tighten_trail::LogObject;
use tighten_trail::selectors::{Selectors, SelectorsError};
use tokio::task::JoinSet;

pub use progress::HistoryProgress;
pub use spans::TimeSpan;
pub use store::StoreError;

use crate::connect::Connection;
use crate::error::{AwsError, Problem};
use pages::{Ended, Pages};
use progress::Meter;
use store::Store;

/// How far the history goes back.
const DEPTH: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How late events may come.
const DELAY: SignedDuration = SignedDuration::from_mins(15);

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HistoryRequest {
    /// The first moment; by default as far back as there is something.
    pub since: Option<Timestamp>,
    /// The moment after the last; by default now.
    pub until: Option<Timestamp>,
    /// The regions; none: all that there are.
    pub regions: Vec<String>,
    /// The IAM user whose events alone are wanted. Roles cannot be asked for: of theirs, AWS keeps the session's name.
    pub username: Option<String>,
    /// Where events are kept, to be gone on with.
    pub folder: Option<PathBuf>,
}

/// What was read.
#[derive(Debug)]
pub struct History {
    /// The events.
    pub objects: Vec<LogObject>,
    /// The span of time that they are of.
    pub span: TimeSpan,
    /// The regions that they are of.
    pub regions: Vec<String>,
    /// Regions that the account has not enabled, in which nothing can happen.
    pub disabled: Vec<String>,
    /// What is missing.
    pub lost: Vec<LostSpan>,
    /// The user whose events alone they are.
    pub username: Option<String>,
    /// Whether the regions are all that there are.
    is_everywhere: bool,
    /// The account, if there are events.
    account: Option<String>,
}

/// A part of the history that could not be read.
#[derive(Debug)]
pub struct LostSpan {
    /// The region.
    pub region: String,
    /// The span.
    pub span: TimeSpan,
    /// Why.
    pub error: AwsError,
}

/// Why the history could not be read.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// A request failed, and nothing could be read in any region.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The folder cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The span lies before what the history holds, or in the future.
    #[error("the event history holds the last 90 days, and nothing of what is asked for")]
    TooOld,
    /// The user has interrupted the program.
    #[error("interrupted while the event history was read")]
    Interrupted {
        /// Where what was fetched is kept.
        folder: Option<PathBuf>,
    },
}

impl HistoryError {
    /// The way out.
    pub fn tip(&self) -> String {
        match self {
            Self::Aws(error) => error.tip(),
            Self::Store(StoreError::Other { .. }) => "give another folder with `--event-history-dir`".to_owned(),
            Self::Store(_) => "give `--event-history-dir` a folder that can be written, or a new one".to_owned(),
            Self::TooOld => {
                "what is older is in the logs of a trail alone: `--trail`, `--s3`, `--trail-dir`".to_owned()
            }
            Self::Interrupted { folder: Some(folder) } => {
                format!("what was fetched is in `{}`; the same command goes on from there", folder.display())
            }
            Self::Interrupted { folder: None } => {
                "with `--event-history-dir DIR` the next run would go on where this one was".to_owned()
            }
        }
    }
}

impl History {
    /// Reads it. `watch` is told after each request how far it is.
    pub fn read(
        connection: &Connection,
        request: &HistoryRequest,
        watch: impl Fn(HistoryProgress) + Send + Sync + 'static,
    ) -> Result<Self, HistoryError> {
        let now = Timestamp::now();
        let span = span(request, now).ok_or(HistoryError::TooOld)?;
        let store = Store::open(request.folder.as_deref(), request.username.as_deref())?;
        let is_everywhere = request.regions.is_empty();
        let regions = if is_everywhere { regions::beside(connection.region()) } else { request.regions.clone() };
        let missing: Vec<_> = regions.into_iter().map(|region| (store.missing(&region, span), region)).collect();
        let seconds = |spans: &[TimeSpan]| spans.iter().map(|span| span.seconds()).sum();
        let wanted = missing.iter().map(|(spans, region)| (region.clone(), seconds(spans)));
        let meter = Arc::new(Meter::new(wanted, Box::new(watch)));
        let username = store.username().map(str::to_owned);
        let store = Arc::new(Mutex::new(store));
        let settled = now.saturating_sub(DELAY).unwrap_or(now).as_second();
        let pages = missing.into_iter().map(|(missing, region)| Pages {
            client: Client::new(&connection.config_in(&region)),
            region,
            username: username.clone(),
            missing,
            settled,
            store: Arc::clone(&store),
            meter: Arc::clone(&meter),
        });
        let ended = connection.wait(read_all(pages.collect(), &meter));
        let mut history = Self {
            objects: Vec::new(),
            span,
            regions: Vec::new(),
            disabled: Vec::new(),
            lost: Vec::new(),
            username,
            is_everywhere,
            account: None,
        };
        history.judge(ended, request)?;
        let store = store.lock().unwrap_or_else(PoisonError::into_inner);
        history.objects = store.objects(&history.regions)?;
        history.account = store.account().map(str::to_owned);
        Ok(history)
    }

    /// What the regions' ends mean for the whole.
    fn judge(&mut self, ended: Vec<RegionEnd>, request: &HistoryRequest) -> Result<(), HistoryError> {
        let mut unknown = Vec::new();
        for (region, end) in ended {
            match end {
                Ok(()) => self.regions.push(region),
                Err((_, Ended::Interrupted)) => {
                    return Err(HistoryError::Interrupted { folder: request.folder.clone() });
                }
                Err((_, Ended::Store(error))) => return Err(error.into()),
                // That is what a region says to an account that has not enabled it; elsewhere the credentials are good.
                Err((_, Ended::Failed(error))) if self.is_everywhere && *error.problem() == Problem::BadCredentials => {
                    unknown.push((region, error));
                }
                Err((span, Ended::Failed(error))) => self.lost.push(LostSpan { region, span, error }),
            }
        }
        let partly = |lost: &LostSpan| lost.span != self.span;
        if self.regions.is_empty() && !self.lost.iter().any(partly) {
            // Nothing came from anywhere: what was said first is the reason.
            let lost = std::mem::take(&mut self.lost).into_iter().map(|lost| lost.error);
            if let Some(error) = lost.chain(unknown.into_iter().map(|(_, error)| error)).next() {
                return Err(error.into());
            }
            return Ok(());
        }
        // Of some of them a part is there.
        self.regions.extend(self.lost.iter().map(|lost| lost.region.clone()));
        self.regions.sort_unstable();
        self.disabled.extend(unknown.into_iter().map(|(region, _)| region));
        Ok(())
    }

    /// What the history can show: management events of the regions that were read.
    pub fn selectors(&self) -> Result<Selectors, SelectorsError> {
        // Where it is not known whose it is, nothing was recorded that could be judged.
        let account = self.account.as_deref().unwrap_or_default();
        let whole = |region: &&String| !self.lost.iter().any(|lost| lost.region == **region);
        let trail = |region: &str, is_everywhere: bool| {
            let partition = Partition::of_region(region).as_str();
            let arn = format!("arn:{partition}:cloudtrail:{region}:{account}:trail/event-history");
            json!({
                "TrailARN": arn,
                "HomeRegion": region,
                "IsMultiRegionTrail": is_everywhere,
                "IncludeGlobalServiceEvents": true,
                "IsOrganizationTrail": false,
                "EventSelectors": [{ "ReadWriteType": "All", "IncludeManagementEvents": true, "DataResources": [] }],
            })
        };
        let all: Vec<Value> = if self.is_everywhere && self.lost.is_empty() {
            self.regions.first().map(|region| trail(region, true)).into_iter().collect()
        } else {
            self.regions.iter().filter(whole).map(|region| trail(region, false)).collect()
        };
        Selectors::parse(&Value::Array(all).to_string())
    }
}

/// A region, and how reading it ended.
type RegionEnd = (String, Result<(), (TimeSpan, Ended)>);

/// Reads the regions beside each other. In the order of the regions.
async fn read_all(regions: Vec<Pages>, meter: &Arc<Meter>) -> Vec<RegionEnd> {
    let mut tasks = JoinSet::new();
    for pages in regions {
        let region = pages.region.clone();
        tasks.spawn(async move { (region, pages.read().await) });
    }
    tokio::spawn(heed_interrupts(Arc::clone(meter)));
    let mut ended = Vec::new();
    while let Some(one) = tasks.join_next().await {
        // A task that panicked is a defect, and what it has not read would be taken for read.
        match one {
            Ok(one) => ended.push(one),
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        }
    }
    // From here on nothing has to be kept, and an interrupt ends the program as it always does.
    meter.stop();
    ended.sort_by(|(one, _), (other, _)| one.cmp(other));
    ended
}

/// The first interrupt lets what was fetched be kept; the second ends the program.
async fn heed_interrupts(meter: Arc<Meter>) {
    while tokio::signal::ctrl_c().await.is_ok() {
        if meter.stop() {
            end_at_once();
        }
    }
}

#[expect(clippy::exit, reason = "whoever interrupts twice does not want to wait")]
fn end_at_once() -> ! {
    std::process::exit(130)
}

/// What can be asked for of what is wanted.
fn span(request: &HistoryRequest, now: Timestamp) -> Option<TimeSpan> {
    let first = now.saturating_sub(DEPTH).ok()?;
    let since = request.since.map_or(first, |since| since.max(first));
    let until = request.until.map_or(now, |until| until.min(now));
    // The second of the last moment belongs to it.
    TimeSpan::new(since.as_second(), until.as_second() + i64::from(until.subsec_nanosecond() > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_asked_for_than_there_is() {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        let of = |since, until| {
            let request = HistoryRequest { since, until, ..HistoryRequest::default() };
            span(&request, now).map(|span| (span.since().to_string(), span.until().to_string()))
        };
        let pair = |since: &str, until: &str| Some((since.to_owned(), until.to_owned()));
        assert_eq!(of(None, None), pair("2026-09-01T12:00:00Z", "2026-11-30T12:00:00Z"));
        assert_eq!(
            of(at("2026-01-01T00:00:00Z"), at("2026-11-01T00:00:00.5Z")),
            pair("2026-09-01T12:00:00Z", "2026-11-01T00:00:01Z")
        );
        assert_eq!(of(None, at("2026-05-01T00:00:00Z")), None);
    }
}
