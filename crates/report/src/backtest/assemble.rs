//! From the backtest to the value.

use std::cmp::Reverse;

use tighten_synthesis::{Backtest, CutResult, DeniedShare, DeniedUse, NoBacktest, PrincipalBacktest};

use super::model::{BacktestReport, CutReport, DeniedShareReport, DeniedUseReport, PrincipalBacktestReport};

pub(crate) fn backtest(made: Result<&Backtest, NoBacktest>) -> BacktestReport {
    let Backtest { cuts, principals, too_few_days, estimate } = match made {
        Ok(made) => made,
        Err(why) => return BacktestReport::NotPossible { why: why.why() },
    };
    let mut principals: Vec<PrincipalBacktestReport> = principals.iter().map(principal).collect();
    // They came in the order of their ARNs, and the sort is stable.
    principals.sort_by_key(|principal| Reverse(principal.cuts.first().map_or(0, |cut| cut.denied)));
    BacktestReport::Made {
        cuts: cuts.iter().map(cut).collect(),
        estimate: estimate.map(share),
        principals,
        too_few_days: too_few_days.iter().map(ToString::to_string).collect(),
    }
}

fn principal(made: &PrincipalBacktest) -> PrincipalBacktestReport {
    PrincipalBacktestReport {
        principal: made.principal.to_string(),
        account: made.principal.account().to_owned(),
        name: made.principal.name().to_owned(),
        cuts: made.cuts.iter().map(cut).collect(),
        estimate: made.estimate.map(share),
    }
}

fn cut(result: &CutResult) -> CutReport {
    CutReport {
        midnight: result.cut.midnight,
        days_before: result.cut.days_before,
        days_after: result.cut.days_after,
        calls: result.calls,
        denied: result.denied(),
        new_names: result.new_names,
        new_actions: result.new_actions,
        worst: result.worst.iter().map(denied).collect(),
    }
}

fn denied(denied: &DeniedUse) -> DeniedUseReport {
    DeniedUseReport {
        action: denied.action.to_string(),
        resource: denied.resource.to_string(),
        kind: if denied.is_new_action { "new-action" } else { "new-name" },
        calls: denied.calls,
        first: denied.first,
        learnt: denied.is_learnt,
    }
}

fn share(share: DeniedShare) -> DeniedShareReport {
    // More places would say more than is known.
    let rounded = |share: f64| (share * 1e6).round() / 1e6;
    DeniedShareReport { expected: rounded(share.expected), low: rounded(share.low), high: rounded(share.high) }
}
