use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::split::{below, segments};
use super::*;

const TIGHT: ResourceLimits = ResourceLimits { head: 3, names: [3, 3, 2, 2, 2], share: 2, levels: 4, length: 60 };

fn set<'a>(limits: ResourceLimits, values: impl IntoIterator<Item = &'a str>) -> ResourceSet {
    let mut set = ResourceSet::new(limits);
    for value in values {
        set.insert_text(value, &day_of(value));
    }
    set
}

/// A day by which a value is known again.
fn day_of(value: &str) -> Days {
    let mut days = Days::default();
    days.insert_day(value.bytes().map(i32::from).sum::<i32>() % 90);
    days
}

fn texts(set: &ResourceSet) -> Vec<String> {
    set.texts().into_iter().map(|(text, _)| text).collect()
}

/// The definition: from the whole set of values, without any history.
fn naive(values: &BTreeSet<String>, limits: &ResourceLimits) -> BTreeMap<String, Option<Vec<String>>> {
    let cut: Vec<(String, Vec<String>)> = values
        .iter()
        .map(|value| split::shorten(value, limits).into_owned())
        .map(|value| (value.clone(), segments(&value, limits).into_iter().map(str::to_owned).collect()))
        .collect();
    let mut out = BTreeMap::new();
    naive_below(&cut.iter().collect::<Vec<_>>(), "", 0, limits, &mut out);
    out
}

type Cut = (String, Vec<String>);
type Patterns = BTreeMap<String, Option<Vec<String>>>;

fn naive_below(values: &[&Cut], prefix: &str, depth: usize, limits: &ResourceLimits, out: &mut Patterns) -> u32 {
    let mut children: BTreeMap<&str, Vec<&Cut>> = BTreeMap::new();
    for value in values {
        children.entry(&value.1[depth]).or_default().push(value);
    }
    let mut inside = Patterns::new();
    let mut weight = 0;
    for (segment, values) in children {
        let path = format!("{prefix}{segment}");
        if values[0].1.len() == depth + 1 {
            inside.insert(path, None);
            weight += 1;
        } else {
            weight += naive_below(&values, &path, depth + 1, limits, &mut inside);
        }
    }
    if weight > limits.below(depth) {
        let all: BTreeSet<String> = values.iter().map(|value| value.0.clone()).collect();
        let pattern = below(depth).map_or("*".to_owned(), |wildcards| format!("{prefix}{wildcards}"));
        out.insert(pattern, Some(all.into_iter().take(5).collect()));
        limits.share_at(depth)
    } else {
        out.append(&mut inside);
        weight.min(limits.share_at(depth))
    }
}

fn arns() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        "[ab]",
        "[ab]/[abc]",
        "[ab]{1,2}/[ab]/[abc]",
        "f:[a-f]",
        "f:[ab]/:[ab]",
        "[ab]//[ab]:?",
        "[ab]/[ab]/[ab]/[ab]/[ab]",
        "(a/){40}"
    ];
    let arn = ("aws|cn", "s3|ec2", "|r1|r2", "|1|2", name).prop_map(|(partition, service, region, account, name)| {
        format!("arn:{partition}:{service}:{region}:{account}:{name}")
    });
    prop_oneof![1 => Just("*".to_owned()), 30 => arn]
}

proptest! {
    #[test]
    fn equals_the_definition_over_the_set(values in prop::collection::vec(arns(), 0..40)) {
        let trie = set(TIGHT, values.iter().map(String::as_str));
        let patterns: Patterns = trie
            .texts()
            .into_iter()
            .map(|(text, entry)| match entry.behind {
                Behind::Exact => (text, None),
                Behind::Collapsed { samples, .. } => (text, Some(samples.iter().map(ToString::to_string).collect())),
            })
            .collect();
        prop_assert_eq!(patterns, naive(&values.into_iter().collect(), &TIGHT));
    }

    #[test]
    fn order_splits_and_repeats_do_not_show(
        (values, shuffled) in prop::collection::vec(arns(), 0..40)
            .prop_flat_map(|values| (Just(values.clone()), Just(values).prop_shuffle())),
        cut in 0usize..40,
    ) {
        let whole = set(TIGHT, values.iter().map(String::as_str));
        let (left, right) = shuffled.split_at(cut.min(shuffled.len()));
        let mut merged = set(TIGHT, left.iter().map(String::as_str));
        merged.merge(set(TIGHT, right.iter().map(String::as_str)));
        prop_assert_eq!(&merged, &whole);
        merged.merge(whole.clone());
        prop_assert_eq!(&merged, &whole);
    }

    #[test]
    fn days_are_those_of_the_values_behind(values in prop::collection::vec(arns(), 0..40)) {
        let trie = set(TIGHT, values.iter().map(String::as_str));
        for (pattern, entry) in trie.entries() {
            let mut days = Days::default();
            let mut drawn = BTreeSet::new();
            let kept = |value: &str| split::shorten(value, &TIGHT).into_owned();
            let inside = |value: &&String| match entry.behind {
                Behind::Exact => kept(value) == pattern.as_str(),
                Behind::Collapsed { crowd, .. } => crowd.drawn().any(|(text, _)| text == kept(value)),
            };
            for value in values.iter().filter(inside) {
                days.merge(&day_of(value));
                drawn.insert(kept(value));
            }
            prop_assert_eq!(entry.days, &days, "{}", pattern);
            if let Behind::Collapsed { crowd, .. } = entry.behind {
                prop_assert_eq!(crowd.distinct(), drawn.len() as u64);
            }
        }
    }

    #[test]
    fn a_window_covers_what_was_used_in_it_and_is_equal_where_nothing_collapsed(
        values in prop::collection::vec(arns(), 0..40),
    ) {
        let window = DayWindow { since: Some("1970-01-21".parse().unwrap()), until: Some("1970-03-12".parse().unwrap()) };
        let whole = set(TIGHT, values.iter().map(String::as_str));
        let inside = set(
            TIGHT,
            values.iter().map(String::as_str).filter(|value| !day_of(value).within(&window).is_empty()),
        );
        let own = whole.within(&window);
        prop_assert!(inside.iter().all(|(value, _)| own.iter().any(|(pattern, _)| pattern.contains(&value))));
        if !whole.is_collapsed() {
            prop_assert_eq!(&own, &inside);
        }
        prop_assert_eq!(whole.within(&DayWindow::ALL), whole);
    }

    #[test]
    fn every_value_is_covered_by_a_pattern(values in prop::collection::vec(arns(), 0..40)) {
        let trie = set(TIGHT, values.iter().map(String::as_str));
        for value in &values {
            let value: ResourcePattern = value.parse().unwrap();
            prop_assert!(trie.iter().any(|(pattern, _)| pattern.contains(&value)), "{value} in {:?}", texts(&trie));
        }
    }
}

#[test]
fn a_key_space_ends_in_its_bucket_and_leaves_other_buckets_alone() {
    let mut trie = ResourceSet::new(ResourceLimits::default());
    for number in 0..100_000 {
        trie.insert_text(
            &format!("arn:aws:s3:::lake/raw/{}/{}/{number}.gz", number % 12, number % 31),
            &Days::default(),
        );
    }
    for name in ["one", "two"] {
        trie.insert_text(&format!("arn:aws:s3:::{name}/config.json"), &Days::default());
    }
    assert_eq!(
        texts(&trie),
        ["arn:aws:s3:::lake/raw/*", "arn:aws:s3:::one/config.json", "arn:aws:s3:::two/config.json"]
    );
    let (_, behind) = trie.iter().next().unwrap();
    let Behind::Collapsed { samples, more_than, .. } = behind else { panic!("{behind:?}") };
    assert_eq!(more_than, 256);
    assert_eq!(&**samples.iter().next().unwrap(), "arn:aws:s3:::lake/raw/0/0/0.gz");
    assert_eq!((samples.len(), samples.more()), (5, true));
}

#[test]
fn names_are_kept_apart_up_to_the_limit() {
    let names: Vec<String> = (0..512).map(|n| format!("arn:aws:lambda:us-east-1:1:function:f{n:03}")).collect();
    let mut trie = set(ResourceLimits::default(), names.iter().map(String::as_str));
    assert_eq!(trie.len(), 512);
    assert!(!trie.is_collapsed());
    trie.insert_text("arn:aws:lambda:us-east-1:1:function:one-more", &Days::default());
    assert_eq!(texts(&trie), ["arn:aws:lambda:us-east-1:1:function:*"]);
}

#[test]
fn too_many_regions_and_services_end_in_patterns_that_iam_reads() {
    let limits = ResourceLimits::uniform(2);
    let regions =
        set(limits, ["arn:aws:ec2:a:1:instance/i", "arn:aws:ec2:b:1:instance/i", "arn:aws:ec2:c:1:instance/i"]);
    assert_eq!(texts(&regions), ["arn:aws:ec2:*:*:*"]);
    let accounts = set(limits, ["arn:aws:ec2:a:1:i", "arn:aws:ec2:a:2:i", "arn:aws:ec2:a:3:i"]);
    assert_eq!(texts(&accounts), ["arn:aws:ec2:a:*:*"]);
    let services = set(limits, ["arn:aws:a:::x", "arn:aws:b:::x", "arn:aws:c:::x"]);
    assert_eq!(texts(&services), ["*"]);
    for trie in [regions, accounts, services] {
        assert_eq!(trie.iter().map(|(pattern, _)| pattern.to_string()).collect::<Vec<_>>(), texts(&trie));
    }
}

#[test]
fn hostile_names_are_bounded_in_depth_and_length() {
    let deep = format!("arn:aws:s3:::b/{}", "a/".repeat(100_000));
    let mut trie = set(ResourceLimits::default(), [deep.as_str()]);
    for number in 0..300 {
        trie.insert_text(&format!("arn:aws:s3:::b/{}{number}", "x".repeat(5000)), &Days::default());
    }
    assert!(texts(&trie).iter().all(|text| text.len() <= 2_048));
    assert!(trie.len() <= 2);
}
