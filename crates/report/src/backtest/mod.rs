//! How the proposals of earlier dates fared, and what follows for those that are written.

mod assemble;
mod model;
mod page;

pub(crate) use assemble::backtest;
pub use model::{BacktestReport, CutReport, DeniedShareReport, DeniedUseReport, PrincipalBacktestReport};
pub(crate) use page::backtest as page;
pub use page::backtest_lines;
