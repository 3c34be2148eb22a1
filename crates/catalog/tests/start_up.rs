//! Alone in its program, so that nothing has been unpacked before.

use std::time::{Duration, Instant};

use tighten_catalog::Catalog;

/// The aim is 5 ms in an optimised build; the bounds are loose because tests run in another one, on busy machines.
#[test]
fn nothing_is_unpacked_before_it_is_asked_for() {
    let start = Instant::now();
    let catalog = Catalog::embedded();
    let index = start.elapsed();
    assert!(catalog.service("s3").is_some());
    let service = start.elapsed();
    let rules = catalog.rules();
    rules.prefix("monitoring.amazonaws.com");
    rules.call("s3.amazonaws.com", "PutObject");
    rules.pass_roles("lambda", "CreateFunction");
    rules.id_prefixes();
    rules.data_events();
    let all = start.elapsed();
    println!("index {index:?}, with one service {service:?}, with all rules {all:?}");
    assert!(index < Duration::from_millis(50), "{index:?}");
    assert!(all < Duration::from_secs(1), "{all:?}");
}
