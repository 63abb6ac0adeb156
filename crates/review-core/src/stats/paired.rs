//! The same cases before and after: what changed, and whether chance alone explains it.

use super::{Interval, wilson};

/// Cases run twice, with the base and with the proposal.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Right both times.
    pub both_right: u32,
    /// Wrong before, right after.
    pub fixed: u32,
    /// Right before, wrong after.
    pub broken: u32,
    /// Wrong both times.
    pub both_wrong: u32,
}

impl Pairs {
    /// Returns the pairs of these results, each as right before and right after.
    pub fn of(results: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut pairs = Self::default();
        for result in results {
            match result {
                (true, true) => pairs.both_right += 1,
                (false, true) => pairs.fixed += 1,
                (true, false) => pairs.broken += 1,
                (false, false) => pairs.both_wrong += 1,
            }
        }
        pairs
    }

    /// Returns how many cases there are.
    pub fn total(self) -> u32 {
        self.both_right + self.fixed + self.broken + self.both_wrong
    }

    /// Returns how many were right with the base.
    pub fn right_before(self) -> u32 {
        self.both_right + self.broken
    }

    /// Returns how many were right with the proposal.
    pub fn right_after(self) -> u32 {
        self.both_right + self.fixed
    }
}

/// Returns the two-sided p-value of McNemar's exact test: how often chance alone would split the cases that
/// changed at least as unevenly as this.
///
/// Under chance each case that changed is fixed or broken with one half, so the p-value is twice the smaller
/// tail of a binomial distribution, at most 1. Q. McNemar, Psychometrika 12 (1947), 153–157, in its exact
/// form; it never rejects a true hypothesis more often than it says. 1 where no case changed.
pub fn mcnemar_exact(pairs: Pairs) -> f64 {
    let changed = pairs.fixed + pairs.broken;
    let fewer = pairs.fixed.min(pairs.broken);
    // In logarithms: 2^-n is no number from n = 1,075 on.
    let mut log_term = -f64::from(changed) * std::f64::consts::LN_2;
    let mut tail = 0.0;
    for k in 0..=fewer {
        tail += log_term.exp();
        log_term += (f64::from(changed - k) / f64::from(k + 1)).ln();
    }
    (2.0 * tail).min(1.0)
}

/// Returns the 95 % interval of the difference in shares, after less before; nothing for no cases.
///
/// R. G. Newcombe, "Improved confidence intervals for the difference between binomial proportions based on
/// paired data", Statistics in Medicine 17 (1998), 2635–2650, method 10: Wilson's intervals of both shares,
/// joined with the correlation of the pairs.
pub fn paired_difference(pairs: Pairs) -> Option<Interval> {
    let n = pairs.total();
    let after = wilson(pairs.right_after(), n)?;
    let before = wilson(pairs.right_before(), n)?;
    let cases = f64::from(n);
    let share_after = f64::from(pairs.right_after()) / cases;
    let share_before = f64::from(pairs.right_before()) / cases;
    let difference = share_after - share_before;
    let correlation = correlation(pairs);
    let reach = |one: f64, other: f64| {
        (one * one - 2.0 * correlation * one * other + other * other)
            .max(0.0)
            .sqrt()
    };
    let down = reach(share_after - after.low, before.high - share_before);
    let up = reach(share_before - before.low, after.high - share_after);
    Some(Interval {
        low: (difference - down).max(-1.0),
        high: (difference + up).min(1.0),
    })
}

/// Returns the correlation of before and after, with Newcombe's correction towards 0 where it is positive.
fn correlation(pairs: Pairs) -> f64 {
    let [a, b, c, d] = [
        pairs.both_right,
        pairs.fixed,
        pairs.broken,
        pairs.both_wrong,
    ]
    .map(f64::from);
    let margins = (a + b) * (c + d) * (a + c) * (b + d);
    if margins == 0.0 {
        return 0.0;
    }
    let product = a * d - b * c;
    let half = (a + b + c + d) / 2.0;
    let corrected = if product > half {
        product - half
    } else if product >= 0.0 {
        0.0
    } else {
        product
    };
    corrected / margins.sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(both_right: u32, fixed: u32, broken: u32, both_wrong: u32) -> Pairs {
        Pairs {
            both_right,
            fixed,
            broken,
            both_wrong,
        }
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 0.000_05
    }

    #[test]
    fn published_p_values_come_out() {
        // The example of mcnemar.exact in R's package exact2x2: 9 against 2.
        assert!(near(mcnemar_exact(pairs(21, 9, 2, 12)), 0.06543));
        // By hand: 2 (1 + 10) / 2^10.
        assert!(near(mcnemar_exact(pairs(0, 9, 1, 0)), 22.0 / 1024.0));
        assert!(near(mcnemar_exact(pairs(5, 0, 0, 5)), 1.0));
        assert!(near(mcnemar_exact(pairs(0, 3, 3, 0)), 1.0));
    }

    #[test]
    fn thousands_of_cases_are_no_trouble() {
        let p = mcnemar_exact(pairs(0, 3_000, 2_000, 0));
        assert!(p > 0.0 && p < 1e-40, "{p}");
        assert!(near(mcnemar_exact(pairs(0, 2_500, 2_500, 0)), 1.0));
    }

    #[test]
    fn the_test_rejects_a_true_hypothesis_no_more_often_than_it_says() {
        for changed in 1..=200_u32 {
            let mut log_term = -f64::from(changed) * std::f64::consts::LN_2;
            let mut rejected = 0.0;
            for fixed in 0..=changed {
                if mcnemar_exact(pairs(0, fixed, changed - fixed, 0)) <= 0.05 {
                    rejected += log_term.exp();
                }
                log_term += (f64::from(changed - fixed) / f64::from(fixed + 1)).ln();
            }
            assert!(rejected <= 0.05 + 1e-9, "{changed} changed: {rejected}");
        }
    }

    #[test]
    fn published_intervals_of_differences_come_out() {
        // Newcombe's example of 36, 12, 2, 0, method 10.
        let interval = paired_difference(pairs(36, 12, 2, 0)).unwrap();
        assert!(
            near(interval.low, 0.0569) && near(interval.high, 0.3404),
            "{interval:?}"
        );
    }

    #[test]
    fn a_difference_turns_round_with_its_pairs() {
        for (a, b, c, d) in [(10, 5, 2, 3), (0, 7, 1, 4), (20, 0, 0, 16), (3, 3, 3, 3)] {
            let there = paired_difference(pairs(a, b, c, d)).unwrap();
            let back = paired_difference(pairs(a, c, b, d)).unwrap();
            assert!(near(there.low, -back.high) && near(there.high, -back.low));
        }
    }

    #[test]
    fn pairs_are_counted() {
        let counted = Pairs::of([(true, true), (false, true), (true, false), (true, true)]);
        assert_eq!(counted, pairs(2, 1, 1, 0));
        assert_eq!((counted.right_before(), counted.right_after()), (3, 3));
    }
}
