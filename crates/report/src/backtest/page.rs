//! How the proposals of earlier dates fared, to read: a sentence, what is to be expected, and the worst.

use super::model::{BacktestReport, CutReport, DeniedShareReport, PrincipalBacktestReport};
use crate::format::Ink;
use crate::page::{Block, Cell, Field, Prose, Table, Width};
use crate::prose;
use crate::words::{count, counted};

/// How many principals are shown without details.
const ROWS: usize = 5;
/// How many are shown with them.
const ROWS_OF_DETAILS: usize = 25;

/// The backtest as facts of a proof: what would have been, and what is to be expected.
pub(crate) fn backtest(report: &BacktestReport, details: bool) -> Vec<Field> {
    let (cuts, estimate, principals, too_few_days) = match report {
        BacktestReport::Made { cuts, estimate, principals, too_few_days } => (cuts, estimate, principals, too_few_days),
        BacktestReport::NotPossible { why } => {
            let text = Prose::from(format!("not possible: {why}")).ink(Ink::Warning);
            return vec![Field::new("backtest", text)];
        }
    };
    let Some(first) = cuts.first() else {
        let text = Prose::from("not possible: too few days are known of each principal").ink(Ink::Warning);
        return vec![Field::new("backtest", text)];
    };
    let ink = if first.is_clean() { Ink::Good } else { Ink::Warning };
    let mut field = Field::new("backtest", Prose::from(sentence(first)).ink(ink));
    if details {
        field.asides = cuts.iter().skip(1).map(|cut| Prose::from(sentence(cut))).collect();
    }
    if !too_few_days.is_empty() {
        field.asides.push(format!("too few days of {}", counted(too_few_days.len(), "other principal")).into());
    }
    field.inner = worst(principals, details);
    let ahead = estimate.as_ref().map(|estimate| Field::new("next 30 days", expectation(estimate)));
    std::iter::once(field).chain(ahead).collect()
}

/// The same as lines, for those who print a policy and nothing else.
pub fn backtest_lines(report: &BacktestReport) -> Vec<Prose> {
    let fields = backtest(report, false).into_iter();
    fields.map(|field| prose![field.label, ": ", field.text.ink(Ink::Plain)]).collect()
}

fn sentence(cut: &CutReport) -> String {
    let CutReport { midnight, days_before, days_after, calls, denied, .. } = cut;
    let made = format!("policies made from the {} before {midnight}", counted(*days_before, "day"));
    let of = format!("of {} in the {} after", counted(*calls, "call"), counted(*days_after, "day"));
    let verdict = match denied {
        0 => "none would have been denied".to_owned(),
        _ => format!("{} would have been denied ({}): {}", count(*denied), percent_of(*denied, *calls), kinds(cut)),
    };
    format!("{made}: {of}, {verdict}")
}

fn kinds(cut: &CutReport) -> String {
    let kinds = [(cut.new_names, "on new names"), (cut.new_actions, "with new actions")];
    let kinds: Vec<String> = kinds
        .into_iter()
        .filter(|(calls, _)| *calls > 0)
        .map(|(calls, why)| format!("{} {why}", count(calls)))
        .collect();
    kinds.join(", ")
}

fn expectation(estimate: &DeniedShareReport) -> String {
    let DeniedShareReport { expected, low, high } = estimate;
    format!(
        "about {} of the calls denied by the policies that are made from all days; {} to {} with a probability of 90 %",
        percent(*expected),
        percent(*low),
        percent(*high)
    )
}

/// One row for each principal of which something would have been denied.
fn worst(principals: &[PrincipalBacktestReport], details: bool) -> Vec<Block> {
    let first = |principal: &PrincipalBacktestReport| principal.cuts.first().cloned();
    let denied: Vec<(&PrincipalBacktestReport, CutReport)> = principals
        .iter()
        .filter_map(|principal| Some((principal, first(principal)?)))
        .filter(|(_, cut)| !cut.is_clean())
        .collect();
    if denied.is_empty() {
        return Vec::new();
    }
    let columns = [("denied", Width::Number), ("calls", Width::Number), ("principal", Width::Long)];
    let mut table = Table::new(&[&columns[..], &[("most for", Width::Long)]].concat());
    let rows = if details { ROWS_OF_DETAILS } else { ROWS };
    for (principal, cut) in denied.iter().take(rows) {
        let worst = cut
            .worst
            .first()
            .map(|worst| prose![Prose::data(worst.action.as_str()), " on ", Prose::data(worst.resource.as_str())]);
        table.row([
            Cell::number(cut.denied),
            Cell::number(cut.calls),
            Cell::data(principal.name.as_str()),
            worst.map_or(Cell::Nothing, Cell::words),
        ]);
    }
    std::iter::once(table.into()).chain(Block::rest_in_json(denied.len(), rows)).collect()
}

/// `1.2 %`; less than a hundredth of a per cent is not told as nothing.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    match percent {
        0.0 => "0 %".to_owned(),
        percent if percent < 0.01 => "< 0.01 %".to_owned(),
        percent if percent < 1.0 => format!("{percent:.2} %"),
        percent => format!("{percent:.1} %"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "two digits of it are shown")]
fn percent_of(part: u64, all: u64) -> String {
    percent(part as f64 / all.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::model::DeniedUseReport;

    fn cut(midnight: &str, days: (usize, usize), (calls, names, actions): (u64, u64, u64)) -> CutReport {
        let worst = DeniedUseReport {
            action: "s3:GetObject".to_owned(),
            resource: "arn:aws:s3:::in/a\u{7}".to_owned(),
            kind: "new-name",
            calls: names,
            first: None,
            learnt: false,
        };
        CutReport {
            midnight: midnight.parse().unwrap(),
            days_before: days.0,
            days_after: days.1,
            calls,
            denied: names + actions,
            new_names: names,
            new_actions: actions,
            worst: vec![worst],
        }
    }

    fn made(first: (u64, u64, u64)) -> BacktestReport {
        let cuts = vec![cut("2026-05-16", (15, 15), first), cut("2026-05-24", (23, 1), (1, 0, 0))];
        let estimate = DeniedShareReport { expected: 0.004_321, low: 0.0, high: 0.0123 };
        let principal = PrincipalBacktestReport {
            principal: "arn:aws:iam::111122223333:role/worker".to_owned(),
            account: "111122223333".to_owned(),
            name: "worker".to_owned(),
            cuts: cuts.clone(),
            estimate: Some(estimate),
        };
        let too_few_days = vec!["arn:aws:iam::111122223333:role/new".to_owned()];
        BacktestReport::Made { cuts, estimate: Some(estimate), principals: vec![principal], too_few_days }
    }

    fn lines(report: &BacktestReport) -> Vec<String> {
        backtest_lines(report).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn one_line_tells_what_would_have_been_and_one_what_will_be() {
        assert_eq!(
            lines(&made((1_200, 11, 1))),
            [
                "backtest: policies made from the 15 days before 2026-05-16: of 1,200 calls in the 15 days after, 12 would \
                 have been denied (1.0 %): 11 on new names, 1 with new actions",
                "next 30 days: about 0.43 % of the calls denied by the policies that are made from all days; 0 % to 1.2 % with \
                 a probability of 90 %"
            ]
        );
        let nothing = "policies made from the 15 days before 2026-05-16: of 1 call in the 15 days after, none would have been \
                       denied";
        assert_eq!(lines(&made((1, 0, 0)))[0], format!("backtest: {nothing}"));
        let too_few = BacktestReport::NotPossible { why: "the records span fewer than 14 days" };
        assert_eq!(lines(&too_few), ["backtest: not possible: the records span fewer than 14 days"]);
    }

    #[test]
    fn other_midnights_are_details_and_the_worst_is_named() {
        let fields = |details| backtest(&made((1_200, 11, 1)), details);
        assert_eq!((fields(false)[0].asides.len(), fields(true)[0].asides.len()), (1, 2));
        let short = fields(false);
        let [Block::Table(table)] = short[0].inner.as_slice() else { panic!("one table") };
        let Cell::Text(worst) = &table.rows[0].cells[3] else { panic!("the worst") };
        assert_eq!(worst.to_string(), "s3:GetObject on arn:aws:s3:::in/a\u{7}");
        assert!(backtest(&made((1_200, 0, 0)), false)[0].inner.is_empty());
    }

    #[test]
    fn little_is_not_nothing() {
        let shares = [0.0, 0.000_01, 0.000_2, 0.012_34, 1.0].map(percent);
        assert_eq!(shares, ["0 %", "< 0.01 %", "0.02 %", "1.2 %", "100.0 %"]);
    }
}
