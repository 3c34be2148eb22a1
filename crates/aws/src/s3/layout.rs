//! What the folders of a bucket are, by their names.

use jiff::civil::Date;
use tighten_iam::Partition;
use tighten_trail::Window;

/// What a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Folder {
    /// Anything may be in here.
    Any,
    /// `AWSLogs`, or an organisation's folder in it.
    AwsLogs,
    /// An account's folder in `AWSLogs`, where other services put their logs beside CloudTrail's.
    Account,
    /// `CloudTrail`.
    Trail,
    /// A region's folder of a trail.
    Region,
    /// A year of it.
    Year(i16),
    /// A month of it.
    Month(i16, i8),
    /// A day of it.
    Day(Date),
    /// No logs of calls.
    LeftOut(Other),
}

/// What is no log of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Other {
    /// Checksums.
    Digest,
    /// Unusual activity.
    Insight,
    /// Summaries.
    Aggregated,
    /// Another service's logs.
    Service,
}

/// Which folders need not be looked into.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) window: Window,
    /// All when empty.
    pub(crate) accounts: Vec<String>,
    /// All when empty.
    pub(crate) regions: Vec<String>,
}

impl Folder {
    /// What a folder in this one is.
    pub(crate) fn child(self, name: &str) -> Self {
        match self {
            Self::AwsLogs if is_account(name) => Self::Account,
            Self::AwsLogs if is_organization(name) => Self::AwsLogs,
            Self::Account => trail_kind(name).unwrap_or(Self::LeftOut(Other::Service)),
            Self::Trail if is_region(name) => Self::Region,
            Self::Region => number(name, 4).map_or(Self::Any, Self::Year),
            Self::Year(year) => match month(name) {
                Some(month) => Self::Month(year, month),
                None => Self::Any,
            },
            Self::Month(year, month) => day(year, month, name).map_or(Self::Any, Self::Day),
            Self::LeftOut(_) | Self::Day(_) => self,
            Self::Any | Self::AwsLogs | Self::Trail if name == "AWSLogs" => Self::AwsLogs,
            // A copy may begin anywhere.
            Self::Any | Self::AwsLogs | Self::Trail => trail_kind(name).unwrap_or(Self::Any),
        }
    }

    /// What the folder of a prefix is.
    pub(crate) fn of(prefix: &str) -> Self {
        let names = prefix.split('/').filter(|name| !name.is_empty());
        names.fold(Self::Any, Self::child)
    }
}

impl Wanted {
    /// Whether objects in a folder may hold records that are asked for. `parent` is what the folder is in.
    pub(crate) fn may_hold(&self, parent: Folder, name: &str, folder: Folder) -> bool {
        match folder {
            Folder::Account => {
                parent != Folder::AwsLogs || self.accounts.is_empty() || self.accounts.iter().any(|own| own == name)
            }
            Folder::Region => self.may_hold_region(name),
            Folder::Year(year) => self.overlaps(Date::new(year, 1, 1).ok(), Date::new(year, 12, 31).ok()),
            Folder::Month(year, month) => {
                let first = Date::new(year, month, 1).ok();
                self.overlaps(first, first.map(Date::last_of_month))
            }
            Folder::Day(day) => self.window.may_hold_file_of(day),
            _ => true,
        }
    }

    /// Whether all objects in a folder of a region, a year or a month were delivered when records that are asked for may have been.
    pub(crate) fn wants_all(&self, folder: Folder) -> bool {
        let may_hold = |day: Option<Date>| day.is_some_and(|day| self.window.may_hold_file_of(day));
        match folder {
            Folder::Region => self.window.is_all(),
            Folder::Year(year) => may_hold(Date::new(year, 1, 1).ok()) && may_hold(Date::new(year, 12, 31).ok()),
            Folder::Month(year, month) => {
                let first = Date::new(year, month, 1).ok();
                may_hold(first) && may_hold(first.map(Date::last_of_month))
            }
            _ => false,
        }
    }

    fn overlaps(&self, first: Option<Date>, last: Option<Date>) -> bool {
        let (since, until) = self.window.deliveries();
        let (Some(first), Some(last)) = (first, last) else { return true };
        since.is_none_or(|since| since <= last) && until.is_none_or(|until| first <= until)
    }

    /// A trail of one region delivers the events of global services into the folder of its own, and these say that they are
    /// from the partition's first region. So where that one is asked for, they may be anywhere.
    fn may_hold_region(&self, name: &str) -> bool {
        let may_be_anywhere = |own: &String| Partition::of_region(own).global_region().is_none_or(|home| home == own);
        self.regions.is_empty() || self.regions.iter().any(|own| own == name || may_be_anywhere(own))
    }
}

fn trail_kind(name: &str) -> Option<Folder> {
    match name {
        "CloudTrail" => Some(Folder::Trail),
        "CloudTrail-Digest" => Some(Folder::LeftOut(Other::Digest)),
        "CloudTrail-Insight" => Some(Folder::LeftOut(Other::Insight)),
        "CloudTrail-Aggregated" => Some(Folder::LeftOut(Other::Aggregated)),
        _ => None,
    }
}

fn is_account(name: &str) -> bool {
    name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_organization(name: &str) -> bool {
    name.strip_prefix("o-").is_some_and(|id| id.len() >= 10 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

fn is_region(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.bytes().all(legal) && name.bytes().filter(|byte| *byte == b'-').count() >= 2
}

fn number(name: &str, digits: usize) -> Option<i16> {
    let is_number = name.len() == digits && name.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { name.parse().ok() } else { None }
}

fn month(name: &str) -> Option<i8> {
    i8::try_from(number(name, 2)?).ok().filter(|month| (1..=12).contains(month))
}

fn day(year: i16, month: i8, name: &str) -> Option<Date> {
    Date::new(year, month, i8::try_from(number(name, 2)?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Folder {
        Folder::Day(text.parse().unwrap())
    }

    #[test]
    fn the_layouts_of_trails_are_known() {
        for root in ["", "some/prefix/", "o-abcdefghij/"] {
            for inside in ["AWSLogs/111122223333/", "AWSLogs/o-abcdefghij/111122223333/"] {
                let account = format!("{root}{inside}");
                assert_eq!(Folder::of(&account), Folder::Account, "{account}");
                let trail = format!("{account}CloudTrail/");
                assert_eq!(Folder::of(&trail), Folder::Trail);
                assert_eq!(Folder::of(&format!("{trail}eu-west-1/")), Folder::Region);
                assert_eq!(Folder::of(&format!("{trail}eu-west-1/2026/")), Folder::Year(2026));
                assert_eq!(Folder::of(&format!("{trail}eu-west-1/2026/05/")), Folder::Month(2026, 5));
                assert_eq!(Folder::of(&format!("{trail}eu-west-1/2026/05/07/")), day("2026-05-07"));
                assert_eq!(Folder::of(&format!("{trail}eu-west-1/2026/05/07/12/")), day("2026-05-07"));
                for (name, other) in [
                    ("CloudTrail-Digest", Other::Digest),
                    ("CloudTrail-Insight", Other::Insight),
                    ("CloudTrail-Aggregated", Other::Aggregated),
                    ("Config", Other::Service),
                    ("elasticloadbalancing", Other::Service),
                ] {
                    assert_eq!(Folder::of(&format!("{account}{name}/eu-west-1/")), Folder::LeftOut(other));
                }
            }
        }
    }

    #[test]
    fn a_copy_may_begin_anywhere() {
        assert_eq!(Folder::of("CloudTrail/eu-west-1/2026/05/07/"), day("2026-05-07"));
        assert_eq!(Folder::of("111122223333/CloudTrail/"), Folder::Trail);
        assert_eq!(Folder::of("111122223333/Config/"), Folder::Any);
        assert_eq!(Folder::of("backup/2026/05/"), Folder::Any);
        assert_eq!(Folder::of("CloudTrail/eu-west-1/2026/13/"), Folder::Any);
        assert_eq!(Folder::of("CloudTrail/eu-west-1/2026/02/30/"), Folder::Any);
    }

    #[test]
    fn folders_outside_of_what_is_asked_for_are_not_looked_into() {
        let window = Window {
            since: Some("2026-05-01T00:00:00Z".parse().unwrap()),
            until: Some("2026-05-02T00:00:00Z".parse().unwrap()),
        };
        let wanted = Wanted { window, accounts: vec!["111122223333".into()], regions: vec!["eu-west-1".into()] };
        let may = |prefix: &str, name: &str| {
            let parent = Folder::of(prefix);
            wanted.may_hold(parent, name, parent.child(name))
        };
        assert!(may("AWSLogs/", "111122223333") && !may("AWSLogs/", "444455556666"));
        let trail = "AWSLogs/111122223333/CloudTrail/";
        assert!(may(trail, "eu-west-1") && !may(trail, "us-east-1"));
        let region = format!("{trail}eu-west-1/");
        assert!(may(&region, "2026") && !may(&region, "2025") && !may(&region, "2027"));
        let year = format!("{region}2026/");
        assert!(may(&year, "04") && may(&year, "05") && !may(&year, "03") && !may(&year, "06"));
        let days = |month: &str| -> Vec<i8> {
            (1..=30).filter(|day| may(&format!("{year}{month}/"), &format!("{day:02}"))).collect()
        };
        assert_eq!((days("04"), days("05")), (vec![30], vec![1, 2, 3]));
        // Something else than a year.
        assert!(may(&region, "backup"));
    }

    #[test]
    fn folders_that_are_wanted_as_a_whole_are_known() {
        let all = Wanted::default();
        assert!(all.wants_all(Folder::Region) && all.wants_all(Folder::Year(2026)) && !all.wants_all(Folder::Trail));
        let since = Some("2026-05-02T00:00:00Z".parse().unwrap());
        let some = Wanted { window: Window { since, until: None }, ..Wanted::default() };
        let months: Vec<i8> = (1..=12).filter(|month| some.wants_all(Folder::Month(2026, *month))).collect();
        // A log of the first of May may hold records of the second.
        assert_eq!(months, (5..=12).collect::<Vec<_>>());
        assert!(
            some.wants_all(Folder::Year(2027))
                && !some.wants_all(Folder::Year(2026))
                && !some.wants_all(Folder::Region)
        );
    }

    #[test]
    fn the_events_of_global_services_may_be_in_any_region() {
        let wanted = Wanted { regions: vec!["us-east-1".into()], ..Wanted::default() };
        assert!(wanted.may_hold(Folder::Trail, "eu-west-1", Folder::Region));
    }
}
