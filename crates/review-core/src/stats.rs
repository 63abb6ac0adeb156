//! Statistics of shares: intervals, tests of pairs and of groups, and what a staging test came to.
//!
//! All of it is exact or has a published formula with known coverage; nothing is simulated at run time.
//! `docs/STATISTICS.md` has the figures by which each was checked.

mod interval;
mod paired;
mod unpaired;
mod verdict;

pub use interval::{Interval, wilson};
pub use paired::{Pairs, mcnemar_exact, paired_difference};
pub use unpaired::{Group, fisher_more};
pub use verdict::{Outcome, Rule, Verdict, verdict};

/// The standard normal quantile of a two-sided 95 % interval.
pub const Z_95: f64 = 1.959_963_984_540_054;
