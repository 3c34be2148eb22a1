//! How much of what comes a policy is going to deny.
//!
//! What a policy opens by a pattern it goes on to allow; what it lists name by name, it denies as soon as there is another
//! name. So what counts is how often names of listed kinds, and actions, *arrived*: were used for the first time, a week or
//! more after the principal's first day. Each kind is looked at by itself, since no more than its own calls can be denied:
//!
//! - Names that **stay** (used on several days) add up. Arrivals are taken to be a Poisson process; given those that were
//!   seen in the days that there are, the number in the next 30 days has a negative binomial distribution. Each takes over the
//!   share of the kind's calls that the arrivals so far have taken over.
//! - Names that **pass** (used on one day) are denied at the rate at which they came; how many calls there are on a day
//!   tells how much that varies.
//!
//! Kinds of one principal are taken to change together, and principals independently of each other. The sum over all is
//! approximated by a gamma distribution of the same mean and variance; of the intervals that hold with a probability of 90 % the
//! shortest is taken.

use std::collections::BTreeMap;

use jiff::civil::Date;

/// The share of the calls of the next 30 days that would be denied.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DeniedShare {
    /// What is expected.
    pub expected: f64,
    /// With a probability of 90 % it is this or more, ...
    pub low: f64,
    /// ... and this or less.
    pub high: f64,
}

/// What arrived of one kind: an action on resources of one type, or all actions together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Arrivals {
    /// For how many days they were looked for.
    days: f64,
    /// How many calls a day are of the kind.
    calls_a_day: f64,
    /// Of each day with arrivals that stay: how many calls a day they have had since.
    pub(super) staying: BTreeMap<Date, f64>,
    /// The calls of each day on names that were used on that day alone.
    pub(super) passing: BTreeMap<Date, f64>,
}

/// What is to be expected of one principal, in calls a day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Outlook {
    /// For how many days arrivals were looked at.
    pub(super) days: f64,
    /// All its calls.
    pub(super) calls: f64,
    /// How many kinds of calls it makes.
    pub(super) kinds: f64,
    /// Those that would be denied.
    pub(super) denied: f64,
    /// The standard deviation of that.
    pub(super) deviation: f64,
}

/// The days that are estimated.
const AHEAD: f64 = 30.0;
/// Quantiles of the standard normal distribution with a probability of 90 % between them: with 5 %, 2.5 %, 1 % and nothing below.
const NINETY_PER_CENT: [(f64, f64); 4] =
    [(-1.645, 1.645), (-1.960, 1.440), (-2.326, 1.341), (f64::NEG_INFINITY, 1.282)];
/// How many arrivals are taken to have been missed where all kinds are looked at together, so that nothing seen is not taken
/// for nothing to come. A half, as by Jeffreys' prior of a Poisson rate, is not enough: kinds at which nothing was seen count for
/// nothing else, and in simulations the interval held in three of four only.
const UNSEEN: f64 = 1.0;
/// The share of the calls of its kind that it takes over.
const OF_UNSEEN: f64 = 1.0 / 6.0;
/// More arrivals in a month than this change nothing.
const MOST: u32 = 200;

impl Outlook {
    /// From what arrived of each kind in these days.
    pub(super) fn of<'a>(days: f64, (calls, kinds): (f64, f64), all: impl Iterator<Item = &'a Arrivals>) -> Self {
        let mut outlook = Self { days, calls, kinds, ..Self::default() };
        for arrivals in all {
            let (denied, deviation) = arrivals.denied();
            outlook.denied += denied;
            outlook.deviation += deviation;
        }
        outlook
    }
}

impl Arrivals {
    /// Of a kind of so many calls a day.
    pub(super) fn new(days: f64, calls_a_day: f64) -> Self {
        Self { days, calls_a_day, ..Self::default() }
    }

    /// How many calls of the kind a day are going to be denied, and the standard deviation of that.
    fn denied(&self) -> (f64, f64) {
        let days = self.days;
        if self.calls_a_day <= 0.0 || days <= 0.0 {
            return (0.0, 0.0);
        }
        let share = |calls: f64| (calls / self.calls_a_day).min(1.0);
        let number = float(self.staying.len() as u64);
        let taken_over = share(self.staying.values().sum::<f64>() / number.max(1.0));
        let (staying, of_staying) = taken_over_ahead(number, days, taken_over);
        let passing = share(self.passing.values().sum::<f64>() / days);
        let squares: f64 = self.passing.values().map(|calls| calls * calls).sum();
        let of_passing = squares * (1.0 + days / AHEAD) / (days * self.calls_a_day).powi(2);
        let denied = (staying + passing).min(1.0);
        (denied * self.calls_a_day, (of_staying + of_passing).sqrt() * self.calls_a_day)
    }
}

/// The mean share of a kind's calls of the days ahead that are on names yet to arrive, and its variance: `number` arrived in so
/// many days, and each takes over a share of what there was before it.
fn taken_over_ahead(number: f64, days: f64, share: f64) -> (f64, f64) {
    if number <= 0.0 || share <= 0.0 {
        return (0.0, 0.0);
    }
    let seen = days / (days + AHEAD);
    let mut probability = seen.powf(number);
    let (mut mean, mut square) = (0.0, 0.0);
    for arrivals in 0..MOST {
        let count = f64::from(arrivals);
        // Of the calls at a moment, what is left of the old after each arrival before it; in the mean over all moments.
        let left = (1.0 - (1.0 - share).powf(count + 1.0)) / (share * (count + 1.0));
        let taken_over = 1.0 - left;
        // When each of them arrives is open.
        let timing = count * share * share * left / 12.0;
        mean += probability * taken_over;
        square += probability * (taken_over * taken_over + timing);
        probability *= (number + count) / (count + 1.0) * (1.0 - seen);
    }
    (mean, (square - mean * mean).max(0.0))
}

impl DeniedShare {
    /// Of several principals together.
    pub(super) fn of(all: &[Outlook]) -> Option<Self> {
        let calls: f64 = all.iter().map(|one| one.calls).sum();
        if calls <= 0.0 {
            return None;
        }
        let denied: f64 = all.iter().map(|one| one.denied).sum();
        let variance: f64 = all.iter().map(|one| one.deviation * one.deviation).sum();
        // An arrival that nobody saw, of a kind like the others.
        let days = all.iter().map(|one| one.days).fold(0.0, f64::max);
        let kinds: f64 = all.iter().map(|one| one.kinds).sum();
        let (unseen, of_unseen) = taken_over_ahead(UNSEEN, days, OF_UNSEEN);
        let of_kind = calls / kinds.max(1.0);
        let mean = (denied + unseen * of_kind) / calls;
        let variance = (variance + of_unseen * of_kind * of_kind) / (calls * calls);
        Some(Self::gamma(mean, variance))
    }

    /// The shortest interval between quantiles of a gamma distribution, by the approximation of Wilson and Hilferty.
    fn gamma(mean: f64, variance: f64) -> Self {
        let shape = mean * mean / variance.max(f64::MIN_POSITIVE);
        let quantile = |z: f64| {
            let root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
            (mean * root.max(0.0).powi(3)).clamp(0.0, 1.0)
        };
        let between = NINETY_PER_CENT.into_iter().map(|(low, high)| (quantile(low), quantile(high)));
        let shortest = between.reduce(|a, b| if b.1 - b.0 < a.1 - a.0 { b } else { a });
        let (low, high) = shortest.unwrap_or((0.0, 1.0));
        Self { expected: mean.clamp(0.0, 1.0), low, high }
    }
}

/// Numbers of calls are far below what could not be told apart.
#[expect(clippy::cast_precision_loss, reason = "beyond 2^53 calls nobody counts them one by one")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that look random, always the same.
    struct Draws(u64);

    impl Draws {
        fn unit(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            float(self.0 >> 11) / float(1 << 53)
        }
    }

    /// Kinds of ten calls a day each, in which now and then a name arrives that takes over a share of the calls: what was seen of
    /// the first days, and how much of the calls of the days ahead is on names that came in them.
    fn simulated(draws: &mut Draws, days: i32, rate: f64, share: f64) -> (Vec<Arrivals>, f64) {
        let (mut all, mut denied) = (Vec::new(), 0.0);
        let first: Date = "2026-05-01".parse().unwrap();
        for _ in 0..6 {
            let mut arrivals = Arrivals::new(f64::from(days), 10.0);
            for day in 0..days {
                if draws.unit() < rate {
                    arrivals.staying.insert(first.checked_add(jiff::Span::new().days(day)).unwrap(), 10.0 * share);
                }
            }
            let mut left = 1.0;
            for _ in 0..30 {
                left *= if draws.unit() < rate { 1.0 - share } else { 1.0 };
                denied += (1.0 - left) / 30.0 / 6.0;
            }
            all.push(arrivals);
        }
        (all, denied)
    }

    #[test]
    fn the_interval_holds_whatever_the_rate() {
        for (rate, share) in [(0.005, 1.0 / 6.0), (0.03, 0.2), (0.1, 0.1), (0.2, 1.0)] {
            let mut draws = Draws(7);
            let holds = (0..400).filter(|_| {
                let (all, denied) = simulated(&mut draws, 23, rate, share);
                // Each is a principal of its own, since they are independent.
                let one = |arrivals: &Arrivals| Outlook::of(23.0, (10.0, 1.0), std::iter::once(arrivals));
                let all: Vec<Outlook> = all.iter().map(one).collect();
                let DeniedShare { low, high, .. } = DeniedShare::of(&all).unwrap();
                (low..=high).contains(&denied)
            });
            let holds = holds.count();
            // By what was seen of 23 days, a rate is hardly known; over all rates it is nine times of ten.
            assert!(holds >= 312, "{rate} {share}: {holds} of 400");
        }
    }

    #[test]
    fn more_arrivals_are_expected_where_more_were_seen_and_never_more_than_there_are_calls() {
        let mut before = 0.0;
        for number in [1.0, 2.0, 5.0, 20.0] {
            let (mean, variance) = taken_over_ahead(number, 23.0, 0.25);
            assert!(mean > before && mean < 1.0 && variance > 0.0 && variance < 0.25, "{number}: {mean} {variance}");
            before = mean;
        }
        assert_eq!(taken_over_ahead(0.0, 23.0, 0.25), (0.0, 0.0));
        // Whatever arrives takes over all of it: what is left are the days before the first.
        let (mean, _) = taken_over_ahead(1.0, 30.0, 1.0);
        assert!((0.2..0.35).contains(&mean), "{mean}");
    }

    #[test]
    fn what_passes_goes_on_as_it_was() {
        let mut daily = Arrivals::new(20.0, 4.0);
        for day in 1..=20 {
            daily.passing.insert(format!("2026-05-{day:02}").parse().unwrap(), 4.0);
        }
        let (denied, deviation) = daily.denied();
        assert!((denied - 4.0).abs() < 1e-9 && deviation < 1.5, "{denied} {deviation}");
        assert_eq!(DeniedShare::of(&[]), None);
    }
}
