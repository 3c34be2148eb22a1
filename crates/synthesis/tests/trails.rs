//! The laws on real logs, where they are present beside the project.

use std::path::PathBuf;

use tighten_catalog::Catalog;
use tighten_iam::quota;
use tighten_mapping::Mapper;
use tighten_synthesis::{EntityPaths, Options, ResourceMode, Subject, generate, input_findings, prove_generated};
use tighten_trail::{Window, list};
use tighten_usage::{FoldOptions, Progress, fold};

#[test]
fn every_need_in_real_logs_is_proven_in_every_mode() {
    let trails = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/trails");
    if !trails.exists() {
        println!("skipped: {} is not there", trails.display());
        return;
    }
    let catalog = Catalog::embedded();
    let mapper = Mapper::new(catalog);
    let listing = list(&[trails], &Window::default()).unwrap();
    let usage = fold(&listing, FoldOptions::default(), &mapper, &Progress::default()).into_usage();
    assert!(usage.principals.len() > 100);
    assert!(input_findings(&usage).iter().all(|finding| finding.principal.is_none()));
    let paths = EntityPaths::of(&usage);
    for resources in ResourceMode::ALL {
        let options = Options { resources, name_prefixes: vec!["my-cool-prefix".into()], ..Options::default() };
        let (mut required, mut documents) = (0, 0);
        for (principal, used) in &usage.principals {
            let subject = Subject::of(principal, used);
            let proposal = generate(catalog, &subject, &paths, &options);
            match prove_generated(&proposal, &subject.needs, &paths) {
                Ok(proof) => required += proof.required,
                Err(error) => panic!("{principal} ({resources}): {error}"),
            }
            documents += proposal.documents.len();
            for document in &proposal.documents {
                assert!(quota::size(document) <= quota::limit(options.kind));
                for statement in &document.statements {
                    for action in statement.action.patterns() {
                        let name = action.to_name().unwrap();
                        assert!(catalog.action(&name).is_some(), "{name} does not exist");
                    }
                }
            }
        }
        println!(
            "{resources}: {required} permissions of {} principals in {documents} documents",
            usage.principals.len()
        );
    }
}
