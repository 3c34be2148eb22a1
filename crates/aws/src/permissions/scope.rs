//! What the permissions are narrowed to.

use tighten_iam::{Arn, Conditions, Partition, ResourceError, ResourcePattern, escape_literal};

use super::table::Target;

/// What the permissions are narrowed to. What is empty narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Names of buckets.
    pub buckets: Vec<String>,
    /// What the keys of the logs begin with, in each of the buckets.
    pub prefixes: Vec<String>,
    /// KMS keys that the logs are encrypted with.
    pub keys: Vec<Arn>,
    /// Accounts whose trails and principals are looked at.
    pub accounts: Vec<String>,
    /// Trails.
    pub trails: Vec<Arn>,
    /// Regions of trails and of the event history.
    pub regions: Vec<String>,
}

impl Scope {
    /// The resources of a call; none if it is not made.
    pub(super) fn resources(&self, target: Target) -> Result<Vec<ResourcePattern>, ResourceError> {
        let partition = self.partition();
        let texts: Vec<String> = match target {
            Target::Anything | Target::Regions => vec!["*".to_owned()],
            Target::Buckets => any(&self.buckets, str::to_owned)
                .into_iter()
                .map(|bucket| format!("arn:{partition}:s3:::{bucket}"))
                .collect(),
            Target::Objects => {
                let prefixes = any(&self.prefixes, |prefix| format!("{}*", escape_literal(prefix)));
                let of_bucket = |bucket: String| {
                    prefixes.iter().map(move |prefix| format!("arn:{partition}:s3:::{bucket}/{prefix}"))
                };
                any(&self.buckets, str::to_owned).into_iter().flat_map(of_bucket).collect()
            }
            Target::Keys => self.keys.iter().map(Arn::to_string).collect(),
            Target::Trails if !self.trails.is_empty() => self.trails.iter().map(Arn::to_string).collect(),
            Target::Trails => {
                let accounts = any(&self.accounts, str::to_owned);
                let of_region = |region: String| {
                    accounts.iter().map(move |account| format!("arn:{partition}:cloudtrail:{region}:{account}:trail/*"))
                };
                any(&self.regions, str::to_owned).into_iter().flat_map(of_region).collect()
            }
            Target::Members => of_organization(partition, &["account", "ou"]),
            Target::ControlTargets => of_organization(partition, &["account", "ou", "root"]),
            Target::ControlPolicies => of_organization(partition, &["policy"]),
            Target::Identities => {
                let of_account =
                    |account: String| ["role", "user"].map(|kind| format!("arn:{partition}:iam::{account}:{kind}/*"));
                any(&self.accounts, str::to_owned).into_iter().flat_map(of_account).collect()
            }
        };
        texts.iter().map(|text| text.parse()).collect()
    }

    /// What has to hold besides.
    pub(super) fn conditions(&self, target: Target) -> Conditions {
        let mut conditions = Conditions::new();
        match target {
            Target::Regions if !self.regions.is_empty() => {
                conditions.insert("StringEquals", "aws:RequestedRegion", self.regions.iter().cloned());
            }
            Target::Buckets if !self.prefixes.is_empty() => {
                let prefixes = self.prefixes.iter().map(|prefix| format!("{}*", escape_literal(prefix)));
                conditions.insert("StringLike", "s3:prefix", prefixes);
            }
            Target::Keys => {
                let mut services: Vec<String> = self.keys.iter().map(s3_near).collect();
                services.sort_unstable();
                services.dedup();
                if !services.is_empty() {
                    conditions.insert("StringEquals", "kms:ViaService", services);
                }
            }
            _ => {}
        }
        conditions
    }

    /// The partition that everything is in.
    pub fn partition(&self) -> &str {
        let arn = self.trails.iter().chain(&self.keys).next();
        let region = self.regions.first().map_or("", String::as_str);
        arn.map_or_else(|| Partition::of_region(region).as_str(), Arn::partition)
    }
}

/// All things of these kinds in whatever organisation: who asks knows no more of it than that.
fn of_organization(partition: &str, kinds: &[&str]) -> Vec<String> {
    kinds.iter().map(|kind| format!("arn:{partition}:organizations::*:{kind}/*")).collect()
}

/// S3 as the key's region knows it.
fn s3_near(key: &Arn) -> String {
    let domain = if key.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    format!("s3.{}.{domain}", key.region())
}

/// These, or `*` if there are none.
fn any(given: &[String], pattern: impl Fn(&str) -> String) -> Vec<String> {
    if given.is_empty() { vec!["*".to_owned()] } else { given.iter().map(|one| pattern(one)).collect() }
}
