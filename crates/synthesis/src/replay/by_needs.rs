//! Replay by needs: what usage knows of a principal, judged by two sets of documents.
//!
//! No record is read for it. It tells which of the distinct permissions that were needed are still allowed; how many calls
//! needed one of them on one of its resources, only the records tell, which a [`Replayer`](super::Replayer) judges one by
//! one.

use std::collections::BTreeMap;

use serde::Serialize;
use tighten_iam::{ActionName, Principal, ResourcePattern};
use tighten_mapping::{Certainty, NoNeed};
use tighten_usage::Usage;

use super::caller::CalledBy;
use super::judge::{Asked, Judge};
use super::verdict::{Outcome, Verdict};
use crate::generate::{Subject, is_service};
use crate::subject::usages_of;
use crate::used::{ConditionKeys, Seen, Used};

/// What a principal needed, judged by the documents before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NeedReplay {
    /// The calls that the needs are from.
    pub calls: CallCounts,
    /// The distinct needs by the documents before.
    pub before: NeedCounts,
    /// The same needs by the documents after.
    pub after: NeedCounts,
    /// What was allowed before and is not surely allowed after, by action and resource.
    pub lost: Vec<LostNeed>,
}

/// How many distinct calls somebody made. What services did on its behalf is among them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct CallCounts {
    /// Those that were let through.
    pub authorised: u64,
    /// Those of which it is not known what they needed, or would have needed.
    pub unmapped: u64,
    /// Some of those that were let through are not judged, and nobody knows how many: what services do that have roles of their
    /// own, and what failed of somebody of whose calls nearly all were refused.
    pub some_not_judged: bool,
}

/// How many distinct needs, by what documents say to them. A need is an action on one resource, or on the wildcard that
/// stands for many, with what is known of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct NeedCounts {
    /// Surely allowed.
    pub allowed: usize,
    /// Denied.
    pub denied: usize,
    /// Condition keys decide that the records do not show.
    pub depends: usize,
    /// It matters which resource was used, and the records do not tell.
    pub partly: usize,
}

/// A need that was allowed before and is not surely allowed after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LostNeed {
    /// What the documents after say to it.
    pub verdict: Verdict,
    /// The action.
    pub action: ActionName,
    /// The resource, or the wildcard that stands for many.
    pub resource: ResourcePattern,
    /// The service that called for the principal.
    pub via: Option<String>,
    /// The records behind it.
    pub seen: Seen,
    /// These records used the action on other resources, too: which of them used which, usage does not know.
    pub shared: bool,
}

impl CallCounts {
    /// Those of a role or user. What these services do, by prefix, is for roles of theirs.
    pub fn of_entity(usage: &Usage, principal: &Principal, services: &[String]) -> Self {
        let mut counts = Self::default();
        for (_, used) in usages_of(usage, principal) {
            counts.authorised += used.outcomes().authorised;
            let unmapped = used.unmapped.iter().filter(|((_, reason), _)| *reason != NoNeed::NoPermission);
            counts.unmapped += unmapped.map(|(_, evidence)| evidence.count).sum::<u64>();
            let is_theirs = |via: &str| services.iter().any(|service| is_service(via, service));
            let is_for_others =
                used.needs.keys().filter_map(|need| need.via.as_ref()).any(|via| is_theirs(via.as_str()));
            counts.some_not_judged |= is_for_others || !used.failed.is_empty();
        }
        counts
    }
}

impl NeedCounts {
    /// All of them.
    pub fn total(self) -> usize {
        self.allowed + self.denied + self.depends + self.partly
    }

    /// Those that the records alone do not decide.
    pub fn open(self) -> usize {
        self.depends + self.partly
    }

    fn count(&mut self, verdict: &Verdict) {
        match verdict.outcome() {
            Outcome::Allowed => self.allowed += 1,
            Outcome::Denied => self.denied += 1,
            Outcome::Depends => self.depends += 1,
            Outcome::Partly => self.partly += 1,
        }
    }
}

impl NeedReplay {
    /// Judges all that the principal is known to have needed.
    pub fn of(subject: &Subject, calls: CallCounts, before: &Judge<'_>, after: &Judge<'_>) -> Self {
        let mut replay = Self { calls, ..Self::default() };
        let unchanged = before.documents() == after.documents();
        for (need, Records { seen, shared }) in distinct(&subject.needs) {
            let was = need.verdict(&seen, before);
            let is = if unchanged { was.clone() } else { need.verdict(&seen, after) };
            replay.before.count(&was);
            replay.after.count(&is);
            if was.is_allowed() && !is.is_allowed() {
                replay.lost.push(LostNeed {
                    verdict: is,
                    action: need.action.clone(),
                    resource: need.resource.clone(),
                    via: need.via.map(str::to_owned),
                    seen,
                    shared,
                });
            }
        }
        replay
    }
}

/// What keeps one need apart from another, as far as documents can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct DistinctNeed<'n> {
    action: &'n ActionName,
    resource: &'n ResourcePattern,
    context: &'n ConditionKeys,
    via: Option<&'n str>,
    certainty: Certainty,
    path_unknown: bool,
}

/// The records behind a need.
#[derive(Debug, Default)]
struct Records {
    seen: Seen,
    shared: bool,
}

/// The needs, each once, but not what is only suspected.
fn distinct(needs: &[Used]) -> BTreeMap<DistinctNeed<'_>, Records> {
    let mut distinct: BTreeMap<DistinctNeed<'_>, Records> = BTreeMap::new();
    for need in needs.iter().filter(|need| !need.suspected) {
        for observed in &need.resources {
            let key = DistinctNeed {
                action: &need.action,
                resource: &observed.pattern,
                context: &need.context,
                via: need.via.as_deref(),
                certainty: need.certainty,
                path_unknown: need.path_unknown,
            };
            let records = distinct.entry(key).or_default();
            records.seen.merge(&need.seen);
            records.shared |= need.resources.len() > 1;
        }
    }
    distinct
}

const REQUESTED_REGION: &str = "aws:requestedregion";
/// Where so many regions are kept, there may have been others.
const MOST_REGIONS: usize = 64;

impl DistinctNeed<'_> {
    fn verdict(self, seen: &Seen, judge: &Judge<'_>) -> Verdict {
        let mut context = self.context.clone();
        // Each of them is one that a call was made in.
        if judge.shown.contains(REQUESTED_REGION)
            && !seen.more_regions
            && (1..MOST_REGIONS).contains(&seen.regions.len())
        {
            context.insert(REQUESTED_REGION.to_owned(), seen.regions.iter().cloned().collect());
        }
        judge.judge(&Asked {
            action: self.action.clone(),
            resource: self.resource.clone(),
            certainty: self.certainty,
            path_unknown: self.path_unknown,
            context,
            called_by: CalledBy::of(self.via, judge.principal()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::EntityPaths;
    use crate::used::Observed;
    use tighten_iam::PolicyDocument;

    fn need(action: &str, resources: &[&str]) -> Used {
        Used {
            action: action.parse().unwrap(),
            resources: resources.iter().map(|one| Observed::one(one.parse().unwrap())).collect(),
            context: ConditionKeys::new(),
            certainty: Certainty::Exact,
            rule: "resources".to_owned(),
            via: None,
            path_unknown: false,
            unsettled: Vec::new(),
            suspected: false,
            seen: Seen { count: 3, event_ids: vec!["e1".to_owned()], ..Seen::default() },
        }
    }

    fn replay(needs: Vec<Used>, before: &str, after: &str) -> NeedReplay {
        let document = |statements: &str| {
            let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statements}]}}"#);
            vec![PolicyDocument::parse(&text).unwrap()]
        };
        let subject = Subject {
            principal: "arn:aws:iam::111122223333:role/worker".parse().unwrap(),
            name_only: false,
            needs,
            wants: Vec::new(),
            unmapped: Vec::new(),
            mostly_refused: None,
        };
        let paths = EntityPaths::default();
        let (before, after) = (document(before), document(after));
        let judge = |documents| Judge::new(documents, &subject.principal, &paths);
        NeedReplay::of(&subject, CallCounts::default(), &judge(&before), &judge(&after))
    }

    const ALL: &str = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#;

    #[test]
    fn a_need_is_one_whatever_rules_found_it_and_suspicions_are_none() {
        let found = Used { rule: "parameter".to_owned(), ..need("s3:GetObject", &["arn:aws:s3:::a/k"]) };
        let guess = Used { suspected: true, ..need("s3:PutObject", &["arn:aws:s3:::a/k"]) };
        let replay =
            replay(vec![need("s3:GetObject", &["arn:aws:s3:::a/k", "arn:aws:s3:::b/*"]), found, guess], ALL, ALL);
        assert_eq!((replay.before.allowed, replay.before.total(), replay.after), (2, 2, replay.before));
        assert!(replay.lost.is_empty());
    }

    #[test]
    fn only_what_was_surely_allowed_can_be_lost() {
        let some = r#"{"Effect": "Allow", "Action": "s3:Get*", "Resource": ["arn:aws:s3:::a/k", "arn:aws:s3:::b/x*"]}"#;
        let resources = ["arn:aws:s3:::a/k", "arn:aws:s3:::b/*", "arn:aws:s3:::c/k"];
        let needs = || vec![need("s3:GetObject", &resources), need("sqs:SendMessage", &["arn:aws:sqs:eu-west-1:1:q"])];
        let found = replay(needs(), ALL, some);
        assert_eq!(found.before, NeedCounts { allowed: 3, denied: 1, ..NeedCounts::default() });
        assert_eq!(found.after, NeedCounts { allowed: 1, partly: 1, denied: 2, ..NeedCounts::default() });
        let lost: Vec<_> = found.lost.iter().map(|one| (one.resource.as_str(), one.verdict.code())).collect();
        assert_eq!(lost, [("arn:aws:s3:::b/*", "partly"), ("arn:aws:s3:::c/k", "implicit-deny")]);
        assert_eq!((found.lost[0].seen.count, &found.lost[0].seen.event_ids[..]), (3, &["e1".to_owned()][..]));
        assert!(found.lost[0].shared);
        let one = replay(vec![need("s3:GetObject", &["arn:aws:s3:::c/k"])], ALL, some);
        assert!(!one.lost[0].shared);
        // What a policy allows that did not before is no loss.
        assert!(replay(needs(), some, ALL).lost.is_empty());
    }

    #[test]
    fn regions_are_known_unless_there_are_too_many() {
        let in_regions = |regions: &[&str]| {
            let mut need = need("s3:GetObject", &["arn:aws:s3:::a/k"]);
            need.seen.regions = regions.iter().map(|&region| region.to_owned()).collect();
            let asks = r#"{"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                           "Condition": {"StringLike": {"aws:RequestedRegion": "eu-west-*"}}}"#;
            let NeedCounts { allowed, denied, depends, partly } = replay(vec![need], asks, ALL).before;
            [allowed, denied, depends, partly]
        };
        assert_eq!(in_regions(&["eu-west-1", "eu-west-2"]), [1, 0, 0, 0]);
        assert_eq!(in_regions(&["us-east-1"]), [0, 1, 0, 0]);
        assert_eq!(in_regions(&["eu-west-1", "us-east-1"]), [0, 0, 1, 0]);
        assert_eq!(in_regions(&[]), [0, 0, 1, 0]);
        let many: Vec<String> = (0..MOST_REGIONS).map(|number| format!("eu-west-1{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert_eq!(in_regions(&many), [0, 0, 1, 0]);
        assert_eq!(in_regions(&many[1..]), [1, 0, 0, 0]);
    }
}
