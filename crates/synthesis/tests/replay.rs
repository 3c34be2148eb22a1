//! Replay by needs says of a principal what replay call by call says, as far as it can.
#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tighten_catalog::Catalog;
use tighten_iam::{PolicyDocument, Principal};
use tighten_mapping::Mapper;
use tighten_synthesis::replay::{CallCounts, CallReplay, CallReplayer, Calls, Judge, NeedReplay, names_in_full};
use tighten_synthesis::{EntityPaths, Subject};
use tighten_trail::{Arrived, Event, Listing, Window, list};
use tighten_usage::{FoldOptions, Judged, Progress, Usage, fold, for_each_event};

const POLICIES: [&str; 7] =
    ["administrator", "conditions", "power-user", "read-only", "resource-scoped", "service-wildcards", "with-deny"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

struct Logs {
    mapper: Mapper,
    listing: Listing,
    usage: Usage,
    paths: EntityPaths,
    subjects: Vec<Subject>,
}

impl Logs {
    fn read(trail: &str) -> Self {
        let mapper = Mapper::new(Catalog::embedded());
        let listing = list(&[fixtures().join(trail).join("trail")], &Window::ALL).unwrap();
        let usage = fold(&listing, FoldOptions::default(), &mapper, &Progress::default()).into_usage();
        let (paths, principals) = (EntityPaths::of(&usage), usage.principals.iter());
        let subjects = principals.map(|(principal, used)| Subject::of(principal, used)).collect();
        Self { mapper, listing, usage, paths, subjects }
    }

    fn by_calls(&self, documents: &[PolicyDocument]) -> BTreeMap<Principal, Calls> {
        let names = names_in_full(&self.usage);
        let replay = CallReplay::new(documents, (&self.usage, &self.subjects), &names, &self.paths);
        let fold = FoldOptions { principals: replay.principals(), ..FoldOptions::default() };
        let visit = |replayer: &mut CallReplayer<'_>, event: &Event<'_>, judged: &Judged| replayer.see(event, judged);
        let mut source = Arrived::new(self.listing.clone());
        let replayers =
            for_each_event(&mut source, &fold, &self.mapper, || replay.replayer(), visit, &Progress::default());
        let mut calls: BTreeMap<Principal, Calls> = BTreeMap::new();
        for (principal, tally) in replayers.into_iter().flat_map(CallReplayer::finish) {
            *calls.entry(principal.clone()).or_default() += tally.calls;
        }
        calls
    }

    fn by_needs(&self, subject: &Subject, documents: &[PolicyDocument]) -> NeedReplay {
        let judge = Judge::new(documents, &subject.principal, &self.paths);
        let calls = CallCounts::of_entity(&self.usage, &subject.principal, &[]);
        NeedReplay::of(subject, calls, &judge, &judge)
    }
}

#[test]
fn needs_and_calls_agree_on_whether_all_is_allowed_and_whether_anything_is_denied() {
    let mut seen = [0; 3];
    for trail in ["organisation", "sst-deploy", "jets-deploy", "data-plane-worker"] {
        let logs = Logs::read(trail);
        for name in POLICIES {
            let text = std::fs::read_to_string(fixtures().join("policies").join(format!("{name}.json"))).unwrap();
            let documents = [PolicyDocument::parse(&text).unwrap()];
            let all_calls = logs.by_calls(&documents);
            for subject in &logs.subjects {
                let (calls, replay) = (all_calls[&subject.principal], logs.by_needs(subject, &documents));
                let (needs, who) = (replay.before, format!("{name}, {}: {replay:?}, {calls:?}", subject.principal));
                let (calls_in_doubt, needs_in_doubt) = (calls.depends + calls.partly, needs.open());
                assert_eq!(calls.total(), replay.calls.authorised, "{who}");
                if needs.denied == 0 && needs_in_doubt == 0 {
                    assert_eq!((calls.denied, calls_in_doubt), (0, 0), "{who}");
                    seen[0] += 1;
                }
                if calls.denied > 0 {
                    assert!(needs.denied > 0 || needs_in_doubt > 0, "{who}");
                    seen[1] += 1;
                }
                if needs.denied > 0 {
                    assert!(calls.denied > 0 || calls_in_doubt > 0, "{who}");
                    seen[2] += 1;
                }
            }
        }
    }
    assert!(seen.iter().all(|times| *times > 10), "{seen:?}");
}
