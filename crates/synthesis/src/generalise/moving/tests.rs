use proptest::prelude::*;
use tighten_catalog::Catalog;
use tighten_iam::Principal;
use tighten_usage::Days;

use crate::generalise::{Granted, Guarded, How, count_others, generalise};
use crate::options::Options;
use crate::others::UsedByOthers;
use crate::used::Observed;

/// 10 February 2026, as days since 1970.
const START: i32 = 20_494;

/// The resources, each with the day on which it was used.
type Uses = Vec<(i32, String)>;

fn used(uses: &Uses) -> Vec<Observed> {
    let one = |(day, text): &(i32, String)| {
        let mut days = Days::default();
        days.insert_number(*day);
        Observed::on(text.parse().unwrap(), days)
    };
    Observed::united(&uses.iter().map(one).collect::<Vec<_>>())
}

fn granted_beside(action: &str, uses: &Uses, others: &Uses) -> Vec<Granted> {
    let [app, other] = ["app", "other"].map(|name| format!("arn:aws:iam::1:role/{name}").parse::<Principal>().unwrap());
    let others = UsedByOthers::from_uses([(app.clone(), used(uses)), (other, used(others))]);
    let action = action.parse().unwrap();
    let others = others.beside([&app]);
    let mut granted = generalise(Catalog::embedded(), &action, &used(uses), &others, &Options::default());
    count_others(&mut granted, &others);
    for (_, text) in uses {
        let text = text.parse().unwrap();
        assert!(granted.iter().any(|granted| granted.pattern.contains(&text)), "{text} is not in {granted:?}");
    }
    granted
}

fn opened_beside(action: &str, uses: &Uses, others: &Uses) -> Vec<(String, How)> {
    let granted = granted_beside(action, uses, others).into_iter();
    granted.map(|granted| (granted.pattern.to_string(), granted.how)).collect()
}

fn opened(action: &str, uses: &Uses) -> Vec<String> {
    opened_beside(action, uses, &Vec::new()).into_iter().map(|(pattern, _)| pattern).collect()
}

/// An S3 key a day.
fn daily(days: i32, key: impl Fn(i32, jiff::civil::Date) -> String) -> Uses {
    let epoch = jiff::civil::Date::constant(1970, 1, 1);
    let date = |day: i32| epoch.checked_add(jiff::Span::new().days(day)).unwrap();
    (START..START + days).map(|day| (day, format!("arn:aws:s3:::b/{}", key(day - START, date(day))))).collect()
}

#[test]
fn dates_are_opened_in_every_form() {
    type Key = fn(i32, jiff::civil::Date) -> String;
    let forms: [(&str, Key); 17] = [
        ("us/??.??.??.csv", |_, d| d.strftime("us/%m.%d.%y.csv").to_string()),
        ("??-??-??/x", |_, d| d.strftime("%y-%m-%d/x").to_string()),
        ("in/year=????/month=??/day=??/x", |_, d| d.strftime("in/year=%Y/month=%m/day=%d/x").to_string()),
        ("dt=????-??-??/x", |_, d| d.strftime("dt=%Y-%m-%d/x").to_string()),
        ("y????m??d??/x", |_, d| d.strftime("y%Ym%md%d/x").to_string()),
        ("????/??/??/x", |_, d| d.strftime("%Y/%m/%d/x").to_string()),
        ("daily/????????/x", |_, d| d.strftime("daily/%Y%m%d/x").to_string()),
        ("r-????Q?.csv", |_, d| format!("r-{}Q{}.csv", d.year(), (d.month() + 2) / 3)),
        ("r/????-W??.pdf", |_, d| d.strftime("r/%G-W%V.pdf").to_string()),
        ("m/*-????.pdf", |_, d| d.strftime("m/%b-%Y.pdf").to_string().to_lowercase()),
        ("run-????????T??????Z/x", |n, d| format!("{}T03{:02}17Z/x", d.strftime("run-%Y%m%d"), n % 60)),
        ("e/??????????.json", |n, _| format!("e/{}.json", i64::from(START + n) * 86_400 + 77)),
        ("e/?????????????.json", |n, _| format!("e/{}.json", i64::from(START + n) * 86_400_000 + 77)),
        ("??-??-????/x", |_, d| d.strftime("%d-%m-%Y/x").to_string()),
        ("????/x", |_, d| d.strftime("%Y/x").to_string()),
        ("????.??.??_nightly", |_, d| d.strftime("%Y.%m.%d_nightly").to_string()),
        ("ledger-????-??-??-03-00", |_, d| d.strftime("ledger-%Y-%m-%d-03-00").to_string()),
    ];
    for (expected, key) in forms {
        assert_eq!(opened("s3:PutObject", &daily(7, key)), [format!("arn:aws:s3:::b/{expected}")]);
    }
}

#[test]
fn what_only_looks_like_a_date_stays() {
    let fixed = |key: &'static str| opened("s3:GetObject", &daily(20, |_, _| key.to_owned()));
    for key in ["model-2024-03-01.bin", "summit-2026/agenda.json", "atlas-2024/x", "v20260214/x", "2026-02-14/x"] {
        assert_eq!(fixed(key), [format!("arn:aws:s3:::b/{key}")]);
    }
    // Two editions in turn are two names.
    let two = daily(20, |n, _| format!("model-2025-{:02}-01.bin", 9 + 3 * (n % 2)));
    assert_eq!(
        opened("s3:GetObject", &two),
        ["09", "12"].map(|month| format!("arn:aws:s3:::b/model-2025-{month}-01.bin"))
    );
}

#[test]
fn counters_are_opened_and_closed_ranges_are_not() {
    let builds = daily(20, |n, _| format!("build-{}/app.zip", 4_101 + n));
    assert_eq!(opened("s3:PutObject", &builds), ["arn:aws:s3:::b/build-????/app.zip"]);
    let longer = daily(20, |n, _| format!("batch-{}/x", 75 + n));
    assert_eq!(opened("s3:PutObject", &longer), ["arn:aws:s3:::b/batch-??/x", "arn:aws:s3:::b/batch-???/x"]);
    // Four shards in use all the time.
    let shards = daily(24, |n, _| format!("orders-{}", [2, 0, 3, 1][usize::try_from(n).unwrap() % 4]));
    assert_eq!(opened("s3:PutObject", &shards).len(), 4);
    // The same numbers below what turns are opened with it.
    let below = daily(20, |n, d| format!("{}/feed-{}.json", d.strftime("%Y%m%d"), n % 5));
    assert_eq!(opened("s3:GetObject", &below), ["arn:aws:s3:::b/????????/feed-?.json"]);
}

#[test]
fn ranges_that_do_not_grow_are_not_opened_where_others_have_theirs() {
    let below = daily(20, |n, d| format!("{}/shard-{}.bin", d.strftime("%Y%m%d"), n % 4));
    let theirs = daily(3, |_, d| format!("{}/shard-7.bin", d.strftime("%Y%m%d")));
    let granted = opened_beside("s3:PutObject", &below, &theirs);
    assert_eq!(granted.len(), 4, "{granted:?}");
    assert_eq!(granted.first().map(|(pattern, _)| pattern.as_str()), Some("arn:aws:s3:::b/????????/shard-0.bin"));
    // Two draw from one counter, so the other's numbers are fresh, too.
    let own = daily(20, |n, _| format!("build-{}/x", 4_100 + 2 * n));
    let others = daily(20, |n, _| format!("build-{}/x", 4_101 + 2 * n));
    assert_eq!(
        opened_beside("s3:PutObject", &own, &others),
        [("arn:aws:s3:::b/build-????/x".to_owned(), How::Counted)]
    );
}

#[test]
fn ids_are_opened_if_they_change() {
    let api = |id: &str| format!("arn:aws:apigateway:eu-west-1::/restapis/{id}/stages/live");
    let day = |n: i32| START + n;
    let fixed: Uses = (0..20).map(|n| (day(n), api("a1b2c3d4e5"))).collect();
    assert_eq!(opened("apigateway:PATCH", &fixed), [api("a1b2c3d4e5")]);
    let anew: Uses = (0..6).map(|n| (day(3 * n), api(&format!("a{n}b2c3d4e{n}")))).collect();
    assert_eq!(opened("apigateway:PATCH", &anew), [api("*")]);
    let key = "arn:aws:s3:::b/550e8400-e29b-41d4-a716-446655440000/settings.json";
    assert_eq!(opened("s3:GetObject", &(0..20).map(|n| (day(n), key.to_owned())).collect()), [key]);
    let subnet = |n: i32| format!("arn:aws:ec2:eu-west-1:1:subnet/subnet-0a1b2c3d4e5f6071{n}");
    let apart: Uses = (0..6).map(|n| (day(4 * n), subnet(n))).collect();
    assert_eq!(opened("ec2:RunInstances", &apart).len(), 6);
}

#[test]
fn images_that_replace_each_other_are_opened_unless_others_have_theirs() {
    let image = |n: i32| format!("arn:aws:ec2:eu-west-1::image/ami-0a1b2c3d4e5f6071{n}");
    let baked: Uses = (0..30).map(|n| (START + n, image(n / 10))).collect();
    let pattern = "arn:aws:ec2:eu-west-1::image/ami-*".to_owned();
    assert_eq!(opened_beside("ec2:RunInstances", &baked, &Vec::new()), [(pattern, How::Turning)]);
    let theirs = vec![(START, image(9))];
    assert_eq!(opened_beside("ec2:RunInstances", &baked, &theirs).len(), 3);
    let guarded =
        |others: &Uses| granted_beside("ec2:RunInstances", &baked, others).iter().map(|one| one.guarded).max();
    assert_eq!(guarded(&Vec::new()), Some(Some(Guarded::Opened)));
    assert_eq!(guarded(&theirs), Some(Some(Guarded::Listed)));
}

#[test]
fn code_of_functions_that_keep_coming_is_told_and_calling_them_is_not() {
    let function = |n: i32| {
        format!(
            "arn:aws:lambda:eu-west-1:1:function:job-{}",
            ["a", "b", "c", "d", "e", "f"][usize::try_from(n).unwrap()]
        )
    };
    let uses: Uses = (0..6).map(|n| (START + 4 * n, function(n))).collect();
    for (action, guarded) in [("lambda:UpdateFunctionCode", Some(Guarded::Opened)), ("lambda:InvokeFunction", None)] {
        let granted = granted_beside(action, &uses, &Vec::new());
        let [only] = granted.as_slice() else { panic!("{granted:?}") };
        assert_eq!((only.pattern.as_str(), only.guarded), ("arn:aws:lambda:eu-west-1:1:function:job-*", guarded));
    }
    let bucket: Uses = (0..6).map(|n| (START + 4 * n, format!("arn:aws:s3:::job-{n}"))).collect();
    let granted = granted_beside("s3:ListBucket", &bucket, &Vec::new());
    assert!(granted.iter().all(|one| one.guarded == Some(Guarded::Listed)) && granted.len() == 6, "{granted:?}");
}

#[test]
fn few_parameters_that_are_seldom_used_are_not_called_replaced() {
    let parameter = |name: &str| format!("arn:aws:ssm:eu-west-1:1:parameter/{name}/prod/config");
    let uses: Uses = ["orders", "billing", "media", "search"]
        .iter()
        .zip((0..).step_by(6))
        .map(|(name, n)| (START + n, parameter(name)))
        .collect();
    let granted = granted_beside("ssm:PutParameter", &uses, &Vec::new());
    assert!(granted.len() == 4 && granted.iter().all(|one| one.guarded.is_none()), "{granted:?}");
}

#[test]
fn what_others_have_is_counted_where_it_is_reached_all_the_same() {
    let instance = |n: i32| format!("arn:aws:ec2:eu-west-1:1:instance/i-0a1b2c3d4e5f6071{n}");
    let granted = granted_beside(
        "ec2:StopInstances",
        &vec![(START, instance(1))],
        &vec![(START, instance(2)), (START, instance(3))],
    );
    let [only] = granted.as_slice() else { panic!("{granted:?}") };
    assert_eq!((only.pattern.as_str(), only.others), ("arn:aws:ec2:eu-west-1:1:instance/*", 2));
}

#[test]
fn words_that_keep_coming_keep_what_they_share() {
    let stack = |name: &str| format!("arn:aws:cloudformation:eu-west-1:1:stack/web-{name}-preview/*");
    let names = ["login", "cart", "search", "basket", "checkout", "profile", "wishlist", "terms"];
    let uses: Uses = names.iter().zip((0..).step_by(3)).map(|(name, n)| (START + n, stack(name))).collect();
    assert_eq!(opened("cloudformation:DeleteStack", &uses), [stack("*")]);
    let theirs = vec![(START, stack("prod"))];
    assert_eq!(opened_beside("cloudformation:DeleteStack", &uses, &theirs).len(), names.len());
    // Three that were there all the time, and a fourth that came on the tenth day.
    let queue = |name: &str| format!("arn:aws:sqs:eu-west-1:1:prod-{name}");
    let all = ["orders", "billing", "search"];
    let mut uses: Uses = (0..30).flat_map(|n| all.map(|name| (START + n, queue(name)))).collect();
    assert_eq!(opened("sqs:SendMessage", &uses).len(), 3);
    uses.extend((12..30).map(|n| (START + n, queue("geo"))));
    assert_eq!(opened("sqs:SendMessage", &uses), [queue("*")]);
}

#[test]
fn what_is_done_once_a_week_is_not_new() {
    let weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let uses = daily(30, |n, _| format!("plans/{}.json", weekdays[usize::try_from(n).unwrap() % 7]));
    assert_eq!(opened("s3:PutObject", &uses).len(), 7);
}

#[test]
fn buckets_keys_and_what_changes_permissions_stay() {
    let bucket = |n: i32| format!("arn:aws:s3:::logs-{}", 20_260_210 + n);
    assert_eq!(opened("s3:ListBucket", &(0..9).map(|n| (START + n, bucket(n))).collect()).len(), 9);
    let role = |n: i32| format!("arn:aws:iam::1:role/deploy-{n}");
    assert_eq!(opened("iam:PassRole", &(0..9).map(|n| (START + n, role(n))).collect()).len(), 9);
}

/// A part of a name of any kind, made from two numbers.
fn part(kind: u8, day: i32, number: u32) -> String {
    let date = jiff::civil::Date::constant(1970, 1, 1).checked_add(jiff::Span::new().days(START + day)).unwrap();
    match kind {
        0 => date.strftime("%Y-%m-%d").to_string(),
        1 => date.strftime("year=%Y/month=%m").to_string(),
        2 => format!("build-{}", 95 + day),
        3 => format!("shard-{}", number % 4),
        4 => format!("{number:08x}-1111-4222-8333-{number:012x}"),
        5 => ["red", "green", "blue"][usize::try_from(number % 3).unwrap()].to_owned(),
        6 => format!("t{number}q{day}z"),
        _ => format!("{}.json", i64::from(START + day) * 86_400),
    }
}

fn uses() -> impl Strategy<Value = Uses> {
    let one = (0..40_i32, prop::collection::vec((0..8_u8, 0..50_u32), 1..4)).prop_map(|(day, parts)| {
        let parts: Vec<String> = parts.into_iter().map(|(kind, number)| part(kind, day, number)).collect();
        (START + day, format!("arn:aws:s3:::b/{}", parts.join("/")))
    });
    prop::collection::vec(one, 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_order_of_names_does_not_show(uses in uses(), others in uses()) {
        let granted = granted_beside("s3:PutObject", &uses, &others);
        let [app, other] = ["app", "other"].map(|name| format!("arn:aws:iam::1:role/{name}").parse::<Principal>().unwrap());
        let all = UsedByOthers::from_uses([(app.clone(), used(&uses)), (other, used(&others))]);
        let others = all.beside([&app]);
        let mut turned = used(&uses);
        turned.reverse();
        let action = "s3:PutObject".parse().unwrap();
        let mut again = generalise(Catalog::embedded(), &action, &turned, &others, &Options::default());
        count_others(&mut again, &others);
        prop_assert_eq!(granted, again);
    }

    #[test]
    fn numbers_and_words_reach_nothing_that_only_others_used(uses in uses(), others in uses()) {
        let theirs = used(&others).into_iter().filter(|one| !used(&uses).iter().any(|own| own.pattern == one.pattern));
        let theirs: Vec<Observed> = theirs.collect();
        for granted in granted_beside("s3:PutObject", &uses, &others) {
            let days = match granted.how {
                How::Turning => 0,
                How::Counted => 3,
                _ => continue,
            };
            for one in theirs.iter().filter(|one| one.days.len() >= days) {
                prop_assert!(!granted.pattern.contains(&one.pattern), "{:?} reaches {:?}", granted, one);
            }
        }
    }

    #[test]
    fn more_records_deny_nothing_that_was_used_before(uses in uses(), more in uses(), others in uses()) {
        let all: Uses = uses.iter().chain(&more).cloned().collect();
        let granted = granted_beside("s3:PutObject", &all, &others);
        for (_, text) in &uses {
            let text = text.parse().unwrap();
            prop_assert!(granted.iter().any(|granted| granted.pattern.contains(&text)), "{:?}", granted);
        }
    }
}
