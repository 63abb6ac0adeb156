//! Intervals of one share.

use super::Z_95;

/// The ends of an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Returns Wilson's 95 % interval of a share of `successes` in `n`; nothing for no cases.
///
/// Wilson's score interval without continuity correction: E. B. Wilson, "Probable inference, the law of
/// succession, and statistical inference", JASA 22 (1927), 209–212. It stays honest for few cases and near 0
/// and 1, where the textbook interval does not. `successes` above `n` count as `n`.
pub fn wilson(successes: u32, n: u32) -> Option<Interval> {
    if n == 0 {
        return None;
    }
    let (cases, z) = (f64::from(n), Z_95);
    let share = f64::from(successes.min(n)) / cases;
    let weight = 1.0 + z * z / cases;
    let middle = (share + z * z / (2.0 * cases)) / weight;
    let reach = z / weight * (share * (1.0 - share) / cases + z * z / (4.0 * cases * cases)).sqrt();
    Some(Interval {
        // At the ends the formula gives 0 and 1 up to rounding; rounding must not leave the range.
        low: if successes == 0 {
            0.0
        } else {
            (middle - reach).max(0.0)
        },
        high: if successes >= n {
            1.0
        } else {
            (middle + reach).min(1.0)
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(successes: u32, n: u32, low: f64, high: f64) {
        let interval = wilson(successes, n).unwrap();
        let near = |a: f64, b: f64| (a - b).abs() < 0.000_05;
        assert!(
            near(interval.low, low) && near(interval.high, high),
            "{successes} of {n}: {interval:?}"
        );
    }

    #[test]
    fn published_intervals_come_out() {
        // R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
        // Medicine 17 (1998), 857–872, table I, method 3.
        check(81, 263, 0.2553, 0.3662);
        check(15, 148, 0.0624, 0.1605);
        check(0, 20, 0.0, 0.1611);
        check(1, 29, 0.0061, 0.1718);
    }

    #[test]
    fn nothing_is_said_of_no_cases() {
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn an_interval_holds_its_share_and_stays_within_0_and_1() {
        for n in 1..=200_u32 {
            for successes in 0..=n {
                let share = f64::from(successes) / f64::from(n);
                let Interval { low, high } = wilson(successes, n).unwrap();
                assert!(0.0 <= low && low <= share && share <= high && high <= 1.0);
            }
        }
    }

    /// Returns the chance that the interval of `n` cases holds the true `share`, by adding up all outcomes.
    fn coverage(n: u32, share: f64) -> f64 {
        let mut chance = (1.0 - share).powi(i32::try_from(n).unwrap());
        let mut covered = 0.0;
        for successes in 0..=n {
            let Interval { low, high } = wilson(successes, n).unwrap();
            if low <= share && share <= high {
                covered += chance;
            }
            chance *= f64::from(n - successes) / f64::from(successes + 1) * share / (1.0 - share);
        }
        covered
    }

    #[test]
    fn the_interval_covers_as_often_as_it_says() {
        for n in [12, 24, 36, 60, 120] {
            let shares: Vec<f64> = (1..=99).map(|percent| f64::from(percent) / 100.0).collect();
            let covered: Vec<f64> = shares.iter().map(|share| coverage(n, *share)).collect();
            let mean = covered.iter().sum::<f64>() / 99.0;
            let least = covered.iter().copied().fold(1.0, f64::min);
            // On average 95 %; near 0 and 1 the worst case of Wilson's interval is known to be lower.
            assert!((0.945..0.965).contains(&mean), "n = {n}: mean {mean}");
            assert!(least > 0.83, "n = {n}: least {least}");
        }
    }
}
