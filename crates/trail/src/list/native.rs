//! What CloudTrail writes into the names of its log objects, which are paths of files or keys of a bucket.

use std::ops::Range;
use std::path::Path;

use jiff::civil::Date;

/// What a name tells about a log object before it is opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Native {
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    /// The day of delivery by the name, else by the folders.
    pub(crate) date: Option<Date>,
    /// The day by the folders, where the name has another.
    pub(crate) folder_date: Option<Date>,
    pub(crate) kind: Kind,
}

/// What kind of object the name speaks of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Kind {
    #[default]
    Log,
    Digest,
    Insight,
    Aggregated,
}

/// Reads `…/AWSLogs/[o-xxx/]<account>/CloudTrail/<region>/<yyyy>/<mm>/<dd>/` and
/// `<account>_CloudTrail_<region>_<yyyymmdd>T<hhmm>Z_<random>.json.gz`, whichever is there.
pub(crate) fn read(name: &str) -> Native {
    let mut native = Native::default();
    let parts: Vec<&str> = Path::new(name).iter().map(|part| part.to_str().unwrap_or_default()).collect();
    let Some((name, folders)) = parts.split_last() else { return native };
    // The last folder of such a name is the nearest, and so the one that speaks of this file.
    let at = folders.iter().rposition(|folder| kind(folder).is_some());
    if let Some(at) = at {
        native.kind = folders.get(at).and_then(|folder| kind(folder)).unwrap_or_default();
        native.account = at.checked_sub(1).and_then(|before| folders.get(before)).and_then(|text| account(text));
        let mut after = folders.iter().skip(at + 1);
        native.region = after.next().and_then(|text| region(text));
        let mut number = || after.next().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok();
        native.date = date(number(), number(), number());
    }
    read_name(name, &mut native);
    native
}

fn read_name(name: &str, native: &mut Native) {
    let mut parts = name.split('_');
    let (Some(first), Some(second), Some(third)) = (parts.next(), parts.next(), parts.next()) else { return };
    let (Some(account), Some(kind)) = (account(first), kind(second)) else { return };
    native.account = Some(account);
    if kind != Kind::Log {
        native.kind = kind;
    }
    // Digest files have the trail's name and the bucket's region in between.
    native.region = region(third).or_else(|| native.region.take());
    let stamped = parts.find_map(|part| {
        let (day, time) = part.split_once('T')?;
        let time = time.split('.').next()?;
        let whole = day.len() == 8 && time.ends_with('Z') && day.bytes().all(|byte| byte.is_ascii_digit());
        let part = |range: Range<usize>| day.get(range)?.parse::<i16>().ok();
        whole.then(|| date(part(0..4), part(4..6), part(6..8)))?
    });
    if stamped.is_some() {
        native.folder_date = native.date.filter(|date| Some(*date) != stamped);
        native.date = stamped;
    }
}

fn kind(text: &str) -> Option<Kind> {
    match text {
        "CloudTrail" => Some(Kind::Log),
        "CloudTrail-Digest" => Some(Kind::Digest),
        "CloudTrail-Insight" => Some(Kind::Insight),
        "CloudTrail-Aggregated" => Some(Kind::Aggregated),
        _ => None,
    }
}

fn account(text: &str) -> Option<String> {
    (text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
}

/// `us-east-1`, `us-gov-west-1`, `ap-southeast-2`.
fn region(text: &str) -> Option<String> {
    let mut parts = text.rsplit('-');
    let number = parts.next()?;
    let words = parts.clone().count() >= 2
        && parts.all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase()));
    (words && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.to_owned())
}

fn date(year: Option<i16>, month: Option<i16>, day: Option<i16>) -> Option<Date> {
    Date::new(year?, i8::try_from(month?).ok()?, i8::try_from(day?).ok()?).ok()
}

/// Whether the name is that of a log, so that unreadable content is a loss.
pub fn is_log_name(name: &str) -> bool {
    let name = Path::new(name).file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    name.split('.').skip(1).any(|part| matches!(part, "json" | "jsonl" | "ndjson"))
}

#[cfg(test)]
#[expect(clippy::unnecessary_wraps, reason = "what it is compared with is an `Option`")]
mod tests {
    use super::*;

    const NAME: &str = "123456789012_CloudTrail_eu-west-1_20210909T1401Z_x7.json.gz";

    fn of(path: &str) -> Native {
        read(path)
    }

    fn day(text: &str) -> Option<Date> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn folders_and_name_are_read() {
        for root in ["", "/logs/", "b/AWSLogs/", "b/AWSLogs/o-abc123/"] {
            let native = of(&format!("{root}123456789012/CloudTrail/eu-west-1/2021/09/08/x.json.gz"));
            assert_eq!(native.account.as_deref(), Some("123456789012"), "{root}");
            assert_eq!(native.region.as_deref(), Some("eu-west-1"));
            assert_eq!((native.date, native.folder_date), (day("2021-09-08"), None));
        }
        let native = of(NAME);
        assert_eq!((native.account.as_deref(), native.region.as_deref()), (Some("123456789012"), Some("eu-west-1")));
        assert_eq!(native.date, day("2021-09-09"));
    }

    #[test]
    fn the_names_day_is_preferred_and_the_folders_kept() {
        let native = of(&format!("123456789012/CloudTrail/eu-west-1/2021/09/08/{NAME}"));
        assert_eq!((native.date, native.folder_date), (day("2021-09-09"), day("2021-09-08")));
        let native = of(&format!("123456789012/CloudTrail/eu-west-1/2021/09/09/{NAME}"));
        assert_eq!((native.date, native.folder_date), (day("2021-09-09"), None));
    }

    #[test]
    fn other_kinds_are_told_apart_by_folder_and_name() {
        assert_eq!(of("1/CloudTrail-Digest/us-east-1/2026/05/01/d.json.gz").kind, Kind::Digest);
        assert_eq!(of("1/CloudTrail-Insight/us-east-1/2026/05/01/d.json.gz").kind, Kind::Insight);
        assert_eq!(of("1/CloudTrail-Aggregated/x.json.gz").kind, Kind::Aggregated);
        let digest = of("123456789012_CloudTrail-Digest_us-east-1_trail_us-east-1_20260501T000000Z.json.gz");
        assert_eq!((digest.kind, digest.date), (Kind::Digest, day("2026-05-01")));
        assert_eq!(of("my-CloudTrail-Digest/x.json.gz").kind, Kind::Log);
    }

    #[test]
    fn odd_paths_tell_nothing() {
        for path in [
            "",
            "x.json",
            "a_b_c_d",
            "123_CloudTrail_x_y",
            "123456789012/CloudTrail",
            "1/CloudTrail/x/y/z/w/v",
            "2021/13/45/x.json",
        ] {
            assert_eq!(of(path), Native::default(), "{path}");
        }
        assert_eq!(of("123456789012/CloudTrail/eu-west-1/2021/02/30/x.json").date, None);
        assert_eq!(of("123456789012/CloudTrail/+1/+2/+3/+4/x.json").date, None);
    }

    #[test]
    fn log_names() {
        for name in ["a.json", "a.JSON.gz", "a.jsonl", "a.ndjson.gz", "a.json.zst", ".x.json"] {
            assert!(is_log_name(name), "{name}");
        }
        for name in ["notes.txt", "json", "a.gz", "a.tar.gz", "jsonl.md", ""] {
            assert!(!is_log_name(name), "{name}");
        }
    }
}
