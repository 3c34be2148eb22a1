//! A directory of logs, and what else lies in it.

#![expect(clippy::unwrap_used, reason = "helpers of tests may fail like tests")]

use std::fs;
use std::path::{Path, PathBuf};

use tighten_trail::{Listing, TrailError, Window, list};

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn names(listing: &Listing, root: &Path) -> Vec<String> {
    let name = |path: &Path| path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
    listing.objects.iter().map(|object| name(object.path().unwrap())).collect()
}

fn window(since: &str, until: &str) -> Window {
    Window::parse(Some(since), Some(until), jiff::Timestamp::UNIX_EPOCH).unwrap()
}

#[test]
fn files_are_chosen_by_name_then_by_content_in_the_order_of_names() {
    let folder = folder(&[
        ("b/2.json.gz", b"x"),
        ("b/10.json", b"x"),
        ("a.jsonl", b"x"),
        ("c.ndjson.gz", b"x"),
        ("z.JSON", b"x"),
        ("events", b" {\"Records\": []}"),
        ("list", b"\xef\xbb\xbf[\n{}]"),
        ("packed", b"\x1f\x8b..."),
        ("notes.txt", b"not a log"),
        ("README.md", b"[link](x)"),
        ("empty", b""),
        ("code", b"{ x }"),
    ]);
    let listing = list(&[folder.path().to_path_buf()], &Window::ALL).unwrap();
    assert_eq!(
        names(&listing, folder.path()),
        ["a.jsonl", "b/10.json", "b/2.json.gz", "c.ndjson.gz", "events", "list", "packed", "z.JSON"]
    );
    assert_eq!(listing.skips.count("not-a-log"), 4);
    assert_eq!(listing.objects[0].size, 1);
}

#[test]
fn native_paths_tell_account_region_and_day() {
    let name = "AWSLogs/o-abc/111122223333/CloudTrail/eu-west-1/2026/05/01/111122223333_CloudTrail_eu-west-1_20260501T1401Z_x.json.gz";
    let folder = folder(&[
        (name, b"x"),
        ("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/05/01/d.json.gz", b"x"),
        ("AWSLogs/111122223333/CloudTrail-Insight/eu-west-1/2026/05/01/i.json.gz", b"x"),
        ("AWSLogs/111122223333/CloudTrail-Aggregated/eu-west-1/2026/05/01/a.json.gz", b"x"),
    ]);
    let listing = list(&[folder.path().to_path_buf()], &Window::ALL).unwrap();
    let [file] = listing.objects.as_slice() else { panic!("{listing:?}") };
    assert_eq!((file.account.as_deref(), file.region.as_deref()), (Some("111122223333"), Some("eu-west-1")));
    assert_eq!(file.date, Some("2026-05-01".parse().unwrap()));
    for code in ["digest", "insight", "aggregated"] {
        assert_eq!(listing.skips.count(code), 1, "{code}");
    }
}

#[test]
fn a_window_prunes_by_the_day_of_delivery_with_a_day_to_spare() {
    let day = |day: u8| format!("111122223333/CloudTrail/eu-west-1/2026/05/{day:02}/x.json");
    let days: Vec<_> = (1..=9).map(day).collect();
    let mut files: Vec<(&str, &[u8])> = days.iter().map(|name| (name.as_str(), &b"xx"[..])).collect();
    files.push(("no-day.json", b"x"));
    // Copied to the folder of another day: either day keeps it.
    files.push((
        "111122223333/CloudTrail/eu-west-1/2026/05/01/111122223333_CloudTrail_eu-west-1_20260505T0000Z_x.json",
        b"x",
    ));
    let folder = folder(&files);
    let listing = list(&[folder.path().to_path_buf()], &window("2026-05-04", "2026-05-05T12:00:00Z")).unwrap();
    let kept: Vec<_> = names(&listing, folder.path());
    let expected: Vec<String> =
        [files[10].0.to_owned()].into_iter().chain((3..=6).map(day)).chain(["no-day.json".to_owned()]).collect();
    assert_eq!(kept, expected);
    assert_eq!((listing.pruned_files, listing.pruned_bytes), (5, 10));
}

#[test]
fn a_root_may_be_one_file_and_a_missing_one_is_an_error() {
    let folder = folder(&[("trail.log", b"anything")]);
    let file = folder.path().join("trail.log");
    assert_eq!(list(std::slice::from_ref(&file), &Window::ALL).unwrap().objects.len(), 1);
    let missing = folder.path().join("missing");
    let Err(TrailError::Root { path, .. }) = list(&[file, missing.clone()], &Window::ALL) else { panic!() };
    assert_eq!(path, missing);
}

#[test]
fn what_is_reached_twice_is_listed_once() {
    let folder = folder(&[("a/x.json", b"x"), ("b/y.json", b"x")]);
    let root = folder.path().to_path_buf();
    let roots = [root.join("a"), root.clone(), root.join("b/../b"), root.join("a/x.json")];
    let listing = list(&roots, &Window::ALL).unwrap();
    assert_eq!(names(&listing, &root), ["a/x.json", "b/y.json"]);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_odd_entries_reported() {
    use std::os::unix::fs::symlink;
    let folder = folder(&[("a/x.json", b"x")]);
    let at = |name: &str| folder.path().join(name);
    symlink("a", at("b")).unwrap();
    symlink(".", at("loop")).unwrap();
    symlink("nowhere", at("gone.json")).unwrap();
    symlink(at("a/x.json"), at("same.json")).unwrap();
    fs::create_dir(at("dir.json.gz")).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(at("socket.json")).unwrap();
    let listing = list(&[folder.path().to_path_buf()], &Window::ALL).unwrap();
    assert_eq!(names(&listing, folder.path()), ["a/x.json"]);
    for code in ["link-loop", "dangling-link", "directory", "not-a-file"] {
        assert_eq!(listing.skips.count(code), 1, "{code}: {:?}", listing.skips);
    }
}

#[test]
fn listing_is_the_same_every_time() {
    let names: Vec<String> = (0..50).map(|number| format!("{}/{number}.json", number % 7)).collect();
    let folder = folder(&names.iter().map(|name| (name.as_str(), &b"x"[..])).collect::<Vec<_>>());
    let roots: [PathBuf; 1] = [folder.path().to_path_buf()];
    let printed = || format!("{:?}", list(&roots, &Window::ALL).unwrap());
    assert!(printed().contains("6/48.json"));
    assert_eq!(printed(), printed());
}
