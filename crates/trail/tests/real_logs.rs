//! Real logs, where they lie beside the repository.

#![expect(clippy::print_stdout, reason = "says which inputs are not there")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tighten_trail::{
    DeniedResource, Identity, Limits, NameIndex, NoPrincipal, Outcome, Reader, Weight, Window, denial, identify, list,
    outcome, outcome_rule,
};

fn real_logs() -> Option<PathBuf> {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/trails");
    if !logs.exists() {
        println!("skipped: {} is not there", logs.display());
        return None;
    }
    Some(logs)
}

#[test]
fn every_file_is_read_and_every_record_accounted_for() {
    let Some(logs) = real_logs() else { return };
    let listing = list(&[logs], &Window::ALL).unwrap();
    let mut reader = Reader::new();
    let (mut logs, mut records, mut without_time) = (0, 0, 0);
    let mut skips = listing.skips;
    for file in &listing.objects {
        let report = reader.read(file, &Limits::default(), &mut |_| {});
        logs += u32::from(report.records > 0);
        records += report.records;
        without_time += report.without_time;
        skips += report.skips;
    }
    assert_eq!((logs, records), (404, 4_329));
    // 111 records have no time, and seven a placeholder or a misspelt one.
    assert_eq!(without_time, 118);
    // The manifest is the only file that is no log.
    assert_eq!(skips.weighing(Weight::LeftOut), 1);
    assert_eq!(skips.weighing(Weight::Notice) + skips.weighing(Weight::Lost), 0, "{skips:#?}");
}

#[test]
fn every_identity_is_a_principal_or_a_stated_reason() {
    let Some(logs) = real_logs() else { return };
    let listing = list(&[logs], &Window::ALL).unwrap();
    let (mut kinds, mut roles) = (BTreeMap::new(), NameIndex::default());
    let mut uncertain = Vec::new();
    for file in &listing.objects {
        Reader::new().read(file, &Limits::default(), &mut |event| {
            roles.observe(&event);
            let kind = match identify(&event) {
                Identity::Principal { principal, certain: false, .. } => {
                    uncertain.push((principal, event.user_identity.role_id().map(str::to_owned)));
                    "by-name"
                }
                Identity::Principal { .. } => "principal",
                Identity::None(reason) => reason.code(),
            };
            *kinds.entry(kind).or_insert(0_u32) += 1;
        });
    }
    println!("{kinds:#?}");
    let resolved = uncertain.iter().filter(|(principal, id)| roles.resolve(principal, id.as_deref()).is_some()).count();
    println!("{} known by name, {resolved} of them found in full", uncertain.len());
    assert_eq!(kinds.values().sum::<u32>(), 4_329);
    // Invented records with redacted accounts, or without any identity, are what may be missing.
    assert!(kinds.get(NoPrincipal::Missing.code()).copied().unwrap_or(0) <= 60, "{kinds:#?}");
}

#[test]
fn refusals_are_recognised_and_their_actions_read() {
    let Some(logs) = real_logs() else { return };
    let listing = list(&[logs], &Window::ALL).unwrap();
    let (mut denied, mut naming, mut read, mut on_resource) = (0, 0, 0, 0);
    let (mut unread, mut unlisted) = (Vec::new(), BTreeMap::new());
    for file in &listing.objects {
        Reader::new().read(file, &Limits::default(), &mut |event| {
            if let Some(code) = event.error_code.as_deref().filter(|_| outcome_rule(&event).id == "unlisted") {
                *unlisted.entry(code.to_owned()).or_insert(0) += 1;
            }
            let Some(denial) = denial(&event) else { return };
            assert_eq!(outcome(&event), Outcome::Denied);
            denied += 1;
            let message = event.error_message.as_deref().unwrap_or_default();
            if let Some((_, action)) = message.split_once("is not authorized to perform: ") {
                naming += 1;
                let action = action.split_whitespace().next().unwrap_or_default();
                match &denial.action {
                    Some(found) if found == action.trim_end_matches('.') => read += 1,
                    _ => unread.push(message.to_owned()),
                }
            }
            if message.contains(" on resource: ") {
                on_resource += 1;
                let is_read = match &denial.resource {
                    Some(DeniedResource::Arn(arn)) => arn.starts_with("arn:") && !arn.contains(' '),
                    other => other.is_some(),
                };
                assert!(is_read, "{message}: {denial:?}");
            }
        });
    }
    println!(
        "{denied} refused, {naming} name an action, {read} read; {on_resource} name a resource; unlisted {unlisted:?}"
    );
    assert!(unread.is_empty(), "{unread:#?}");
    assert!(denied >= 150 && naming >= 90, "{denied} refused, {naming} name an action");
}
