//! When principals last used services and actions, by IAM's own records.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_iam::Client;
use aws_sdk_iam::types::{AccessAdvisorUsageGranularityType, JobStatusType, ServiceLastAccessed};
use aws_smithy_types::DateTime;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::connect::Connection;
use crate::error::{AwsError, Problem};
use crate::permissions::calls::{GENERATE_LAST_ACCESSED, GET_LAST_ACCESSED};

/// A service that a principal used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessedService {
    /// Its prefix in actions.
    pub service: String,
    /// When it was last used.
    pub at: Timestamp,
    /// Those of its actions that IAM records one by one, without the prefix; with the last use, if there was one.
    pub actions: Vec<(String, Option<Timestamp>)>,
}

/// The services that a principal used within the time that IAM looks back, or why that is not known.
pub type AccessReport = Result<Vec<AccessedService>, AwsError>;

/// How many reports are made at a time.
const TOGETHER: usize = 4;

/// How many services a page holds: the most that IAM hands out at once.
const PAGE: i32 = 1000;

/// How long to wait before asking again whether a report is ready: at first, and at most.
const FIRST: Duration = Duration::from_millis(200);
const MOST: Duration = Duration::from_secs(5);

/// How long a report may take.
const PATIENCE: Duration = Duration::from_mins(5);

/// What each of these users and roles last used, in their order. `each` hears how many reports have come.
pub fn last_accessed(connection: &Connection, arns: &[String], mut each: impl FnMut(usize)) -> Vec<AccessReport> {
    let client = Client::new(connection.config());
    let places = Arc::new(Semaphore::new(TOGETHER));
    connection.wait(async {
        let mut tasks = JoinSet::new();
        for (at, arn) in arns.iter().cloned().enumerate() {
            let (client, places) = (client.clone(), Arc::clone(&places));
            tasks.spawn(async move {
                // The semaphore is never closed; were it, one more at a time would do no harm.
                let _place = places.acquire_owned().await.ok();
                (at, report(&client, &arn).await)
            });
        }
        let mut reports: Vec<AccessReport> =
            arns.iter().map(|arn| Err(AwsError::new(GET_LAST_ACCESSED, arn.as_str(), Problem::Odd))).collect();
        let mut done = 0;
        while let Some(ended) = tasks.join_next().await {
            done += 1;
            each(done);
            if let Ok((at, report)) = ended
                && let Some(place) = reports.get_mut(at)
            {
                *place = report;
            }
        }
        reports
    })
}

async fn report(client: &Client, arn: &str) -> AccessReport {
    let granularity = AccessAdvisorUsageGranularityType::ActionLevel;
    let job = client.generate_service_last_accessed_details().arn(arn).granularity(granularity).send().await;
    let job = job.map_err(|error| AwsError::of(GENERATE_LAST_ACCESSED, arn, error))?.job_id;
    let job = job.ok_or_else(|| AwsError::new(GENERATE_LAST_ACCESSED, arn, Problem::Odd))?;
    let begun = Instant::now();
    let mut wait = FIRST;
    let mut services = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let request = client.get_service_last_accessed_details().job_id(&job).max_items(PAGE);
        let page = request
            .set_marker(marker.clone())
            .send()
            .await
            .map_err(|error| AwsError::of(GET_LAST_ACCESSED, arn, error))?;
        match page.job_status {
            JobStatusType::Completed => {}
            JobStatusType::InProgress if begun.elapsed() < PATIENCE => {
                sleep(wait).await;
                wait = (wait * 2).min(MOST);
                continue;
            }
            JobStatusType::InProgress => {
                let problem = Problem::Other(format!("no report within {} minutes", PATIENCE.as_secs() / 60));
                return Err(AwsError::new(GET_LAST_ACCESSED, arn, problem));
            }
            _ => {
                let why = page.error.map_or_else(|| "the report failed".to_owned(), |error| error.message);
                return Err(AwsError::new(GET_LAST_ACCESSED, arn, Problem::Other(why)));
            }
        }
        services.extend(page.services_last_accessed.iter().filter_map(service));
        match page.marker.filter(|next| !next.is_empty()) {
            _ if !page.is_truncated => return Ok(services),
            Some(next) if Some(&next) != marker.as_ref() => marker = Some(next),
            _ => return Err(AwsError::new(GET_LAST_ACCESSED, arn, Problem::Odd)),
        }
    }
}

/// A service, if it was used at all.
fn service(one: &ServiceLastAccessed) -> Option<AccessedService> {
    let at = time(one.last_authenticated.as_ref()?)?;
    let actions = one.tracked_actions_last_accessed().iter().filter_map(|action| {
        let name = action.action_name.as_deref()?;
        let name = name.rsplit(':').next().unwrap_or(name);
        Some((name.to_owned(), action.last_accessed_time.as_ref().and_then(time)))
    });
    Some(AccessedService { service: one.service_namespace.clone(), at, actions: actions.collect() })
}

fn time(time: &DateTime) -> Option<Timestamp> {
    Timestamp::from_second(time.secs()).ok()
}
