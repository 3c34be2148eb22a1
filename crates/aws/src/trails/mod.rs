//! Trails by name: where they deliver to, and what they record.

mod selectors;

use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::types::Trail;
use jiff::Timestamp;
use thiserror::Error;
use tighten_iam::Arn;
use tighten_trail::selectors::{Selectors, SelectorsError};

use crate::connect::Connection;
use crate::error::{AwsError, Problem};
use crate::permissions::calls::{DESCRIBE_TRAILS, EVENT_SELECTORS, TRAIL_STATUS};

/// A trail of the account, or one of its organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailDescription {
    /// Its ARN.
    pub arn: String,
    /// The bucket that it delivers to.
    pub bucket: String,
    /// What the keys of its logs begin with, up to the account, or up to the organisation's accounts.
    pub prefix: String,
    /// The key that the logs are encrypted with.
    pub kms_key: Option<String>,
    /// What it records, and of which regions and accounts.
    pub selectors: Selectors,
    /// Whether it records now, and what there is to know besides.
    pub status: TrailStatus,
    /// Whether it leaves out what CloudTrail does when it delivers its logs.
    pub leaves_out_own_deliveries: bool,
    /// The ARNs of further trails that are seen from the trail's home region.
    pub others: Vec<String>,
}

/// Whether a trail records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrailStatus {
    /// Whether it records now.
    pub is_logging: bool,
    /// When it was started last.
    pub started: Option<Timestamp>,
    /// When it was stopped last.
    pub stopped: Option<Timestamp>,
    /// Why it cannot deliver its logs.
    pub delivery_error: Option<String>,
}

/// Why a trail could not be found out about.
#[derive(Debug, Error)]
pub enum TrailError {
    /// A request failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// There is none of that name.
    #[error("there is no trail `{name}` to be seen from {region}")]
    Missing {
        /// The name or ARN.
        name: String,
        /// Where it was looked for.
        region: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// Trails of several regions have the name.
    #[error("several trails are called `{name}`")]
    Ambiguous {
        /// The name.
        name: String,
        /// Their ARNs.
        arns: Vec<String>,
    },
    /// What AWS says of its selectors is none.
    #[error("the event selectors of `{trail}` make no sense")]
    Selectors {
        /// The trail's ARN.
        trail: String,
        /// Why.
        #[source]
        source: SelectorsError,
    },
}

impl TrailError {
    /// The way out.
    pub fn tip(&self) -> String {
        match self {
            Self::Aws(error) => error.tip(),
            Self::Missing { known, .. } if known.is_empty() => {
                "a trail of one region is seen from there alone: give its ARN, or `--aws-region`".to_owned()
            }
            Self::Missing { known, .. } => {
                format!("there are {}; a trail of one region is seen from there alone", known.join(", "))
            }
            Self::Ambiguous { arns, .. } => format!("give the ARN: {}", arns.join(", ")),
            Self::Selectors { .. } => "give them with `--event-selectors`, and the bucket with `--s3`".to_owned(),
        }
    }
}

impl TrailDescription {
    /// Finds the trail of that name or ARN. A trail of several regions is found from each of them, one of an organisation from
    /// each of its accounts.
    pub fn find(connection: &Connection, name: &str) -> Result<Self, TrailError> {
        let arn: Option<Arn> = name.parse().ok();
        let region = arn.as_ref().map_or(connection.region(), Arn::region).to_owned();
        let trails = describe(connection, &region, name)?;
        let trail = choose(&trails, name, &region)?;
        let odd = |call| AwsError::new(call, name, Problem::Odd);
        let arn = trail.trail_arn().ok_or_else(|| odd(DESCRIBE_TRAILS))?;
        let bucket = trail.s3_bucket_name().filter(|bucket| !bucket.is_empty()).ok_or_else(|| odd(DESCRIBE_TRAILS))?;
        // Only there can it be asked for the rest.
        let home = trail.home_region().unwrap_or(&region);
        let client = Client::new(&connection.config_in(home));
        // Trails of that region alone are seen from there.
        let beside = if home == region { trails.clone() } else { describe(connection, home, arn)? };
        let others = beside.iter().filter_map(Trail::trail_arn).filter(|other| *other != arn);
        Ok(Self {
            arn: arn.to_owned(),
            bucket: bucket.to_owned(),
            prefix: prefix(trail, arn),
            kms_key: trail.kms_key_id().filter(|key| !key.is_empty()).map(str::to_owned),
            selectors: selectors_of(connection, &client, trail, arn)?,
            status: status_of(connection, &client, arn)?,
            leaves_out_own_deliveries: trail.recursive_logging() == Some(false),
            others: others.map(str::to_owned).collect(),
        })
    }
}

fn describe(connection: &Connection, region: &str, name: &str) -> Result<Vec<Trail>, AwsError> {
    let client = Client::new(&connection.config_in(region));
    // Names would find the trails of this region and account alone.
    let request = client.describe_trails().include_shadow_trails(true);
    let answer = connection.wait(request.send()).map_err(|error| AwsError::of(DESCRIBE_TRAILS, name, error))?;
    Ok(answer.trail_list.unwrap_or_default())
}

/// The trail of that ARN, or of that name: of several the one whose home is here.
fn choose<'t>(trails: &'t [Trail], name: &str, region: &str) -> Result<&'t Trail, TrailError> {
    let fits = |trail: &&Trail| trail.trail_arn() == Some(name) || trail.name() == Some(name);
    let found: Vec<&Trail> = trails.iter().filter(fits).collect();
    let arns =
        |trails: &mut dyn Iterator<Item = &Trail>| trails.filter_map(Trail::trail_arn).map(str::to_owned).collect();
    match found.as_slice() {
        [] => Err(TrailError::Missing {
            name: name.to_owned(),
            region: region.to_owned(),
            known: arns(&mut trails.iter()),
        }),
        [only] => Ok(only),
        several => {
            let mut at_home = several.iter().filter(|trail| trail.home_region() == Some(region));
            match (at_home.next(), at_home.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(TrailError::Ambiguous { name: name.to_owned(), arns: arns(&mut several.iter().copied()) }),
            }
        }
    }
}

/// What the keys begin with. The organisation's id, which comes next in an organisation's trail, is in no answer that a reader
/// of logs may ask for.
fn prefix(trail: &Trail, arn: &str) -> String {
    let own = trail.s3_key_prefix().map(|own| own.trim_matches('/')).filter(|own| !own.is_empty());
    let own = own.map(|own| format!("{own}/")).unwrap_or_default();
    let account = arn.split(':').nth(4).filter(|account| !account.is_empty());
    match account {
        Some(account) if trail.is_organization_trail() != Some(true) => format!("{own}AWSLogs/{account}/"),
        _ => format!("{own}AWSLogs/"),
    }
}

fn selectors_of(connection: &Connection, client: &Client, trail: &Trail, arn: &str) -> Result<Selectors, TrailError> {
    let request = client.get_event_selectors().trail_name(arn);
    let answer = connection.wait(request.send()).map_err(|error| AwsError::of(EVENT_SELECTORS, arn, error))?;
    let text = selectors::as_the_cli_prints(trail, arn, &answer).to_string();
    Selectors::parse(&text).map_err(|source| TrailError::Selectors { trail: arn.to_owned(), source })
}

fn status_of(connection: &Connection, client: &Client, arn: &str) -> Result<TrailStatus, AwsError> {
    let request = client.get_trail_status().name(arn);
    let answer = connection.wait(request.send()).map_err(|error| AwsError::of(TRAIL_STATUS, arn, error))?;
    let moment =
        |time: Option<&aws_smithy_types::DateTime>| time.and_then(|time| Timestamp::from_second(time.secs()).ok());
    Ok(TrailStatus {
        is_logging: answer.is_logging() == Some(true),
        started: moment(answer.start_logging_time()),
        stopped: moment(answer.stop_logging_time()),
        delivery_error: answer.latest_delivery_error().filter(|error| !error.is_empty()).map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trail(region: &str, name: &str) -> Trail {
        let arn = format!("arn:aws:cloudtrail:{region}:111122223333:trail/{name}");
        Trail::builder().name(name).trail_arn(arn).home_region(region).build()
    }

    #[test]
    fn the_trail_at_home_goes_before_its_namesakes() {
        let trails = [trail("us-east-1", "main"), trail("eu-west-1", "main"), trail("eu-west-1", "audit")];
        let arn =
            |name: &str, region: &str| choose(&trails, name, region).map(|trail| trail.trail_arn().unwrap().to_owned());
        assert_eq!(arn("main", "eu-west-1").unwrap(), "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main");
        assert_eq!(arn("audit", "us-east-1").unwrap(), "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit");
        assert!(matches!(arn("main", "us-west-2"), Err(TrailError::Ambiguous { arns, .. }) if arns.len() == 2));
        let missing = arn("mian", "eu-west-1").unwrap_err();
        assert!(missing.tip().contains("trail/main"), "{}", missing.tip());
    }

    #[test]
    fn the_keys_of_a_trail_begin_with_its_account_unless_it_is_an_organisations() {
        let arn = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main";
        let of = |own: Option<&str>, organisation| {
            let trail = Trail::builder().set_s3_key_prefix(own.map(str::to_owned)).is_organization_trail(organisation);
            prefix(&trail.build(), arn)
        };
        assert_eq!(of(None, false), "AWSLogs/111122223333/");
        assert_eq!(of(Some("team/x"), false), "team/x/AWSLogs/111122223333/");
        assert_eq!(of(Some(""), true), "AWSLogs/");
        assert_eq!(of(Some("o-1"), true), "o-1/AWSLogs/");
    }
}
