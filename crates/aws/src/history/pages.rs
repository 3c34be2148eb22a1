//! The pages of one region, the latest events first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::operation::lookup_events::{LookupEventsError, LookupEventsOutput};
use aws_sdk_cloudtrail::types::{LookupAttribute, LookupAttributeKey};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::DateTime;
use serde::Deserialize;
use tokio::time::{Interval, MissedTickBehavior, interval};

use super::progress::Meter;
use super::spans::TimeSpan;
use super::store::{Store, StoreError};
use crate::error::{AwsError, Problem};
use crate::permissions::calls::LOOKUP_EVENTS;

/// AWS answers two requests a second in each region. A little more time than that, since clocks are not the same.
const PACE: Duration = Duration::from_millis(510);

/// How many events a page has at most.
const PAGE: i32 = 50;

/// After so many events what there is is kept, ten seconds' worth.
const CHUNK: usize = 20 * PAGE as usize;

/// How often a token may be refused where nothing was fetched in between.
const RESTARTS: usize = 3;

/// One region, to be read.
pub(super) struct Pages {
    pub(super) region: String,
    pub(super) client: Client,
    pub(super) username: Option<String>,
    /// What is wanted, the latest first.
    pub(super) missing: Vec<TimeSpan>,
    /// The moment after the last for which all events are surely there already.
    pub(super) settled: i64,
    pub(super) store: Arc<Mutex<Store>>,
    pub(super) meter: Arc<Meter>,
}

/// Why reading a region ended early.
#[derive(Debug)]
pub(super) enum Ended {
    /// A request failed for good.
    Failed(AwsError),
    /// What was fetched cannot be kept.
    Store(StoreError),
    /// The user has interrupted the program.
    Interrupted,
}

impl Pages {
    /// Reads all of them. What was fetched before an error is kept; the error comes with the span that it leaves open.
    pub(super) async fn read(self) -> Result<(), (TimeSpan, Ended)> {
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let earliest = self.missing.last().map(|span| span.from());
        for span in &self.missing {
            let mut fetch =
                Fetch { pages: &self, span: *span, kept_from: span.to(), reached: span.to(), events: Vec::new() };
            if let Err(ended) = fetch.run(&mut pace).await {
                // What was fetched counts, whatever comes after it.
                let kept = fetch.keep(fetch.reached + 1);
                let open = TimeSpan::new(earliest.unwrap_or(span.from()), fetch.kept_from).unwrap_or(*span);
                return Err((open, kept.map_or_else(Ended::Store, |()| ended)));
            }
        }
        self.meter.done(&self.region);
        Ok(())
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One span of a region.
struct Fetch<'p> {
    pages: &'p Pages,
    span: TimeSpan,
    /// From here on all is kept.
    kept_from: i64,
    /// The earliest second of which there are events.
    reached: i64,
    /// What is fetched and not kept.
    events: Vec<String>,
}

impl Fetch<'_> {
    async fn run(&mut self, pace: &mut Interval) -> Result<(), Ended> {
        let mut token: Option<String> = None;
        let mut last = self.span.to() - 1;
        let mut restarts = 0;
        loop {
            pace.tick().await;
            if self.pages.meter.is_stopped() {
                return Err(Ended::Interrupted);
            }
            let answer = self.request(last, token.as_deref()).await;
            if restarts < RESTARTS && token.is_some() && answer.as_ref().is_err_and(is_stale) {
                // Tokens are good for a while only. The events of that second come once more, and count once.
                (token, last, restarts) = (None, self.reached.min(last), restarts + 1);
                continue;
            }
            let failed = |error| Ended::Failed(AwsError::of(LOOKUP_EVENTS, self.pages.region.as_str(), error));
            let found = answer.map_err(failed)?;
            if !found.events().is_empty() {
                restarts = 0;
            }
            let next = found.next_token.clone();
            self.take(found);
            self.pages.meter.page(&self.pages.region, self.span.to() - self.reached.max(self.span.from()));
            match next {
                None => {
                    self.keep(self.span.from()).map_err(Ended::Store)?;
                    self.pages.meter.span(&self.pages.region, self.span.seconds());
                    return Ok(());
                }
                Some(next) if token.as_ref() == Some(&next) => {
                    let odd = AwsError::new(LOOKUP_EVENTS, self.pages.region.as_str(), Problem::Odd);
                    return Err(Ended::Failed(odd));
                }
                next => token = next,
            }
            if self.events.len() >= CHUNK {
                // There may be more of the last second on the next page.
                self.keep(self.reached + 1).map_err(Ended::Store)?;
            }
        }
    }

    async fn request(&self, last: i64, token: Option<&str>) -> Result<LookupEventsOutput, LookupError> {
        let attribute = self.pages.username.as_ref().and_then(|name| {
            let attribute = LookupAttribute::builder().attribute_key(LookupAttributeKey::Username);
            attribute.attribute_value(name).build().ok()
        });
        let request = self.pages.client.lookup_events();
        let request = request.start_time(DateTime::from_secs(self.span.from())).end_time(DateTime::from_secs(last));
        let request = request.set_lookup_attributes(attribute.map(|attribute| vec![attribute]));
        request.max_results(PAGE).set_next_token(token.map(str::to_owned)).send().await
    }

    fn take(&mut self, page: LookupEventsOutput) {
        for event in page.events.unwrap_or_default() {
            if let Some(time) = event.event_time {
                self.reached = self.reached.min(time.secs());
            }
            // An event without its record is an object without a record's fields, which is counted when it is read.
            self.events.push(event.cloud_trail_event.unwrap_or_else(|| "{}".to_owned()));
        }
    }

    /// Keeps what there is; from this second on it is all that there is.
    fn keep(&mut self, from: i64) -> Result<(), StoreError> {
        let Pages { region, settled, .. } = self.pages;
        let account = self.events.iter().find_map(|event| account(event));
        let from = from.clamp(self.span.from(), self.kept_from);
        // Events come up to a quarter of an hour late, so the last minutes are not claimed.
        let whole = TimeSpan::new(from, self.kept_from.min(*settled));
        let events = std::mem::take(&mut self.events);
        self.pages.store().keep(region, &events, account.as_deref(), whole)?;
        self.kept_from = from;
        Ok(())
    }
}

type LookupError = SdkError<LookupEventsError, aws_smithy_runtime_api::client::orchestrator::HttpResponse>;

fn is_stale(error: &LookupError) -> bool {
    error.as_service_error().is_some_and(LookupEventsError::is_invalid_next_token_exception)
}

/// The account that an event tells.
fn account(event: &str) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Recipient {
        recipient_account_id: Option<String>,
    }
    serde_json::from_str::<Recipient>(event).ok()?.recipient_account_id
}
