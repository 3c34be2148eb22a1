//! Findings: everything that a reader should know beside the policy itself.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::Value;
use thiserror::Error;
use tighten_iam::Principal;

/// How much a finding matters. Ordered from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// The policy may be wider or narrower than it should be.
    Warning,
    /// The policy cannot be used as it is.
    Error,
}

impl Severity {
    /// The spelling used in JSON and in text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

macro_rules! codes {
    ($(#[doc = $summary:literal] $variant:ident = $code:literal, $severity:ident, $help:literal;)*) => {
        /// What a finding is about. The codes are stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum FindingCode {
            $(#[doc = $summary] $variant,)*
        }

        impl FindingCode {
            /// Every code, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The stable kebab-case code.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// What it means, in one sentence.
            pub fn summary(self) -> &'static str {
                match self {
                    $(Self::$variant => $summary.trim_ascii(),)*
                }
            }

            /// What to do about it; lower-case and without a final stop.
            pub fn help(self) -> &'static str {
                match self {
                    $(Self::$variant => $help,)*
                }
            }

            /// How much findings of this code matter at most.
            pub fn severity(self) -> Severity {
                match self {
                    $(Self::$variant => Severity::$severity,)*
                }
            }
        }
    };
}

codes! {
    /// Logs lie in an archive and were not read.
    ArchivedLogs = "archived-logs", Warning, "restore the logs of these days, or take no permission away for which they matter";
    /// The policy is one of AWS and cannot be changed: the narrowed one has to take its place.
    AwsManagedPolicy = "aws-managed-policy", Info, "attach the narrowed document in the place of the policy";
    /// The principal is the role of a permission set; it is changed there, not in IAM.
    AwsManagedSsoRole = "aws-managed-sso-role", Info, "change the permission set in IAM Identity Center; `--permission-set NAME` makes one policy of what all of its roles used";
    /// A statement holds what is not understood, and that part stays as it is.
    CarriedOver = "carried-over", Info,
        "update `tighten` if the service is new, else write what was meant or remove the pattern";
    /// There are days on which nothing was recorded.
    CoverageHole = "coverage-hole", Warning, "look for the missing logs before taking anything away";
    /// A call was refused. What it wanted is not granted.
    DeniedCall = "denied-call", Info, "if it should be allowed, add it by hand";
    /// The same event was delivered more than once.
    DuplicateEvents = "duplicate-events", Info, "nothing has to be done";
    /// The input is the event history, which holds management events of 90 days at most.
    EventHistory = "event-history", Info, "give the logs of a trail for what is older, and for data events";
    /// A federated user has the permissions of its session policy and of the user that made the session.
    FederatedUser = "federated-user", Info, "use the policy as the session policy, and give the user no less";
    /// Names of which each guards something of its own keep being replaced. They are listed, so the next one falls outside.
    GuardedNamesListed = "guarded-names-listed", Warning,
        "run again when one was replaced, or give the names a prefix of their own and use `--name-prefix`";
    /// Names of which each decides what runs keep being replaced, so a pattern takes their place.
    GuardedNamesOpened = "guarded-names-opened", Warning,
        "add a condition that only what is yours meets: `ec2:Owner` for images, a tag for functions";
    /// The time of a rule that keeps a grant is over.
    KeepExpired = "keep-expired", Warning, "remove the rule, or give it a new date";
    /// Resource patterns stay as the policy's author scoped them, though less was used.
    KeptAsWritten = "kept-as-written", Info, "use `--resources exact` if the policy is meant for nothing else";
    /// Somebody else made the principal, and may undo what is changed in IAM.
    MadeElsewhere = "made-elsewhere", Info, "change the policy where the principal is made";
    /// Nearly all of the principal's calls were refused, so that only its successes count as use.
    MostlyRefused = "mostly-refused", Warning, "if the principal needs what it was refused, let one call succeed";
    /// A rule forbids something to some holders of a policy, and others hold it, too.
    NeverGrantShared = "never-grant-shared", Warning, "give those whom the rule names a policy of their own";
    /// A rule forbids what was used.
    NeverGrantedUsed = "never-granted-used", Warning, "look at the calls before the policy is put in force";
    /// The input holds no data events, so calls on the content of resources are not seen.
    NoDataEvents = "no-data-events", Warning, "add data events to the trail, or the permissions by hand";
    /// The principal's calls needed no permission that is known.
    NoPermissionsUsed = "no-permissions-used", Info, "ask whether the principal is still needed";
    /// Grants stay because the input could not have shown their use.
    NotObservable = "not-observable", Info, "record what is missing, or decide with `--unobservable`";
    /// Grants go whose use the input could not have shown.
    NotObservableDropped = "not-observable-dropped", Warning, "look through the services, and keep what is needed";
    /// Notifications name log objects, which are somewhere else and were not read.
    ObjectNames = "object-names", Warning, "give the objects themselves with `--trail-dir`";
    /// The account has further trails, whose logs were not read.
    OtherTrails = "other-trails", Info, "give those with `--trail`, too, that record what this one does not";
    /// How much of the input was not read.
    PartialInput = "partial-input", Warning, "mend or fetch the files again before taking permissions away";
    /// A role is passed by way of an instance profile; which role it holds is a guess, and that guess is granted.
    PassRoleProfileUnknown = "pass-role-profile-unknown", Warning,
        "ask `aws iam get-instance-profile` which role the profile holds";
    /// A parameter looks as if it passed a role, which is not sure enough to grant.
    PassRoleSuspected = "pass-role-suspected", Warning, "if the role is passed, add the statement by hand";
    /// IAM entities are known by name and not by path.
    PathUnknown = "path-unknown", Info, "nothing has to be done: names are unique in an account";
    /// The permissions do not fit into one document.
    PolicySplit = "policy-split", Info,
        "attach all documents, or shorten them with `--resources type` or `--name-prefix`";
    /// No record names the principal in full; the path in its ARN is a guess.
    PrincipalNameOnly = "principal-name-only", Warning, "check the ARN before it is used elsewhere";
    /// The permissions do not fit into what can be attached.
    QuotaExceeded = "quota-exceeded", Error,
        "generalise with `--resources type` or `--name-prefix`, or split the principal's duties";
    /// The records tell the type of the resource that an action was used on and not its name, so the type is granted.
    ResourceByType = "resource-by-type", Warning, "narrow it by hand to what the principal works on";
    /// A resource could not be written down, or there were too many to keep apart or to list.
    ResourceWidened = "resource-widened", Warning, "compare the pattern with what else bears such names";
    /// The root user acted. No policy restricts it.
    RootUser = "root-user", Warning, "find out why the root user acted, and give the task to a role";
    /// Records are results of a search; what the search left out is not known.
    SearchResults = "search-results", Warning, "take nothing away that the search could not have found";
    /// Access Analyzer finds that a narrowed policy allows something new, or that it is none.
    SecondOpinionDiffers = "second-opinion-differs", Warning,
        "look at the statements that it names, and report it as a defect if it is right";
    /// What the trail records was concluded from the records.
    SelectorsInferred = "selectors-inferred", Warning, "give the trail's selectors with `--event-selectors`";
    /// The principal is a service's own role, whose policy AWS keeps.
    ServiceLinkedRole = "service-linked-role", Info, "nothing has to be done";
    /// What a service did on the principal's behalf is in a policy for a role of that service.
    ServiceRole = "service-role", Info, "make a role of the service with the document, and let the principal pass it";
    /// Several principals hold the policy; it is narrowed to what all of them used.
    SharedPolicy = "shared-policy", Info, "give each holder a policy of its own if that is worth it";
    /// Few days have records.
    ShortWindow = "short-window", Warning, "take more days of records, or set `--min-window`";
    /// A policy lets its holder create something, and no longer change or delete it.
    SiblingRemoved = "sibling-removed", Warning, "keep what goes with it with `--siblings`, or let somebody else clean up";
    /// What goes with creating things is granted, though it was not used.
    SiblingsAdded = "siblings-added", Info, "look through what was inferred, or leave `--siblings` away";
    /// IAM's policy simulator decides otherwise on what was used.
    SimulationDiffers = "simulation-differs", Warning, "find out what else decides: an SCP, a boundary, a condition";
    /// The records are of one region alone.
    SingleRegion = "single-region", Warning, "find out whether the trail records all regions";
    /// Some input could not be read.
    SkippedInput = "skipped-input", Warning, "mend or fetch what could not be read";
    /// The name of a stack was not given and was taken from the name of its template.
    StackNameAssumed = "stack-name-assumed", Warning, "give the name with `--stack`";
    /// Actions that creating a resource may call are left out: the template names nothing that they are called on.
    TemplateActionLeftOut = "template-action-left-out", Info, "add the statement by hand if the deployment is refused";
    /// The code of functions is fetched from a bucket, and uploading it there is no part of the stack.
    TemplateArtifacts = "template-artifacts", Info, "add the upload with `--artifacts s3://BUCKET/PREFIX`";
    /// AWS names resources by ids alone, so that actions are granted on all resources of their type.
    TemplateByType = "template-by-type", Warning, "deploy into an account of its own, or add a condition on `aws:ResourceTag` by hand";
    /// Names depend on parameters whose defaults were taken.
    TemplateDefaultAssumed = "template-default-assumed", Info, "give other values with `--parameter`";
    /// Nothing is known of the names of resources, so that actions are granted on all resources of their type.
    TemplateNamesOpen = "template-names-open", Warning, "give the parameters that the names depend on with `--parameter`";
    /// The template of a nested stack was not read.
    TemplateNestedUnread = "template-nested-unread", Warning, "give the template beside its parent's, or on its own with `--stack`";
    /// Nothing is known of parameters that names depend on.
    TemplateParameterOpen = "template-parameter-open", Info, "give their values with `--parameter`";
    /// A role is handed over, and it is not known to which service.
    TemplatePassedToUnknown = "template-passed-to-unknown", Warning, "add the condition on `iam:PassedToService` by hand";
    /// Nothing is known about what deploying a type of resource calls.
    TemplateTypeUnknown = "template-type-unknown", Warning, "add what it takes by hand";
    /// It is too early to take anything away.
    TooYoung = "too-young", Info, "wait, or set `--min-window` or `--grace`";
    /// A trail cannot deliver its logs.
    TrailDeliveryError = "trail-delivery-error", Warning, "mend the bucket's or the key's policy, and look for days without logs";
    /// A trail leaves out what CloudTrail itself does when it delivers the logs.
    TrailNotRecursive = "trail-not-recursive", Info, "nothing has to be done: no principal of yours makes these calls";
    /// A trail was started within the time that is asked for.
    TrailStartedLate = "trail-started-late", Warning, "take nothing away that may have been used before that";
    /// A trail does not record any more.
    TrailStopped = "trail-stopped", Warning, "start it again with `aws cloudtrail start-logging`";
    /// A placeholder in the policy has no value, so what it stands for stays as it is.
    UnboundPlaceholder = "unbound-placeholder", Warning, "give the value with `--define`";
    /// It is not known which permission a call needed.
    UnmappedCall = "unmapped-call", Warning, "if it is known what the call needs, add that by hand or as a rule";
    /// A policy of today is none, so it stays as it is.
    UnreadablePolicy = "unreadable-policy", Warning, "mend the document, or look through it by hand";
    /// The records do not tell which resource an action was used on, so it is granted on all.
    UnresolvedResource = "unresolved-resource", Warning, "narrow it by hand to what the principal works on";
    /// Calls may have been checked on resources of types that their records do not tell.
    UnsettledType = "unsettled-type", Warning, "add the resources that are known";
    /// Nothing of what the policy allows was used.
    UnusedPolicy = "unused-policy", Warning, "detach or delete the policy";
    /// Something was used that the current policies do not allow.
    UsedNotGranted = "used-not-granted", Warning, "find out which policy allowed it";
    /// A service made calls with the principal's permissions.
    ViaService = "via-service", Info, "restrict it to calls through the service, or move it to a role of the service";
}

/// Text that is no finding's code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not the code of a finding")]
pub struct UnknownCode(String);

impl FromStr for FindingCode {
    type Err = UnknownCode;

    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text).ok_or_else(|| UnknownCode(text.to_owned()))
    }
}

impl fmt::Display for FindingCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for FindingCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One finding. Its facts hold text from logs, which whoever prints it must escape.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub code: FindingCode,
    /// How much it matters.
    pub severity: Severity,
    /// Whom it concerns; nobody where it concerns the input as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// What a reader needs to act, by name.
    pub facts: BTreeMap<&'static str, Value>,
}

impl Finding {
    /// How many resources a finding names.
    pub const RESOURCES: usize = 10;

    /// A finding about the input as a whole, without facts.
    pub fn new(code: FindingCode) -> Self {
        Self { code, severity: code.severity(), principal: None, facts: BTreeMap::new() }
    }

    /// Says whom it concerns.
    #[must_use]
    pub fn about(mut self, principal: &Principal) -> Self {
        self.principal = Some(principal.clone());
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Value>) -> Self {
        self.facts.insert(name, value.into());
        self
    }

    /// Says that it matters no more than this.
    #[must_use]
    pub fn at_most(mut self, severity: Severity) -> Self {
        self.severity = self.severity.min(severity);
        self
    }

    /// Adds a fact that is a list of resources, cut after the first few. Where it is cut, `resource_count` tells how many
    /// there are.
    #[must_use]
    pub(crate) fn with_resources<T: ToString>(self, values: impl IntoIterator<Item = T>) -> Self {
        let mut values: Vec<T> = values.into_iter().collect();
        let count = values.len();
        let cut = count > Self::RESOURCES;
        values.truncate(Self::RESOURCES);
        let finding = self.with_list("resources", values);
        if cut { finding.with("resource_count", count) } else { finding }
    }

    /// Adds a fact that is a list.
    #[must_use]
    pub fn with_list<T: ToString>(self, name: &'static str, values: impl IntoIterator<Item = T>) -> Self {
        let values: Vec<Value> = values.into_iter().map(|value| Value::String(value.to_string())).collect();
        self.with(name, values)
    }

    /// The order in which findings are shown: by what matters most, then by code, principal and facts.
    pub fn sort(findings: &mut Vec<Self>) {
        let key = |finding: &Self| {
            let facts = serde_json::to_string(&finding.facts).unwrap_or_default();
            (Reverse(finding.severity), finding.code, finding.principal.clone(), facts)
        };
        findings.sort_by_cached_key(key);
        findings.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_kebab_case_and_parse_back() {
        let codes: Vec<&str> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
        assert!(codes.is_sorted());
        for (code, text) in FindingCode::ALL.iter().zip(&codes) {
            assert!(text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{text}");
            assert_eq!(text.parse(), Ok(*code));
            let named: String = format!("{code:?}")
                .chars()
                .flat_map(|c| c.is_uppercase().then_some('-').into_iter().chain(c.to_lowercase()))
                .collect();
            assert_eq!(named.trim_start_matches('-'), *text);
        }
        assert!("denied".parse::<FindingCode>().is_err());
    }

    #[test]
    fn many_resources_are_counted_and_few_are_named() {
        let finding =
            |count: u32| Finding::new(FindingCode::PathUnknown).with_resources((0..count).map(|n| n.to_string()));
        assert!(!finding(10).facts.contains_key("resource_count"));
        let many = finding(100);
        assert_eq!(many.facts["resource_count"], 100);
        assert_eq!(many.facts["resources"].as_array().map(Vec::len), Some(Finding::RESOURCES));
    }

    #[test]
    fn what_matters_most_comes_first() {
        let mut findings = vec![
            Finding::new(FindingCode::PolicySplit).with("documents", 2),
            Finding::new(FindingCode::QuotaExceeded),
            Finding::new(FindingCode::PolicySplit).with("documents", 2),
            Finding::new(FindingCode::UnmappedCall),
        ];
        Finding::sort(&mut findings);
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!(codes, ["quota-exceeded", "unmapped-call", "policy-split"]);
    }
}
