//! What so many answers will take, by what earlier ones took.

use review_api::TokenRange;

/// One-sided 5 % points of Student's distribution for 1 to 30 degrees of freedom: R. A. Fisher and F. Yates,
/// "Statistical tables for biological, agricultural and medical research", table III.
const T_95: [f64; 30] = [
    6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771,
    1.761, 1.753, 1.746, 1.740, 1.734, 1.729, 1.725, 1.721, 1.717, 1.714, 1.711, 1.708, 1.706,
    1.703, 1.701, 1.699, 1.697,
];
/// The normal distribution's, for more.
const Z_95: f64 = 1.645;

/// Returns what `draws` more of the kind of `seen` will take together; nothing where nothing was seen.
///
/// The range is the 90 % prediction interval of the sum: it grows with how much those seen differ, and with how
/// few they are. It never begins below the smallest one seen, so many times. Of one alone nothing is known but
/// itself, so its range has no width.
pub fn of_sum(seen: &[u64], draws: u64) -> Option<TokenRange> {
    if seen.is_empty() {
        return None;
    }
    let (n, k) = (float(u64::try_from(seen.len()).ok()?), float(draws));
    let mean = seen.iter().copied().map(float).sum::<f64>() / n;
    let about = mean * k;
    let reach = if seen.len() < 2 {
        0.0
    } else {
        let squares = seen.iter().map(|&it| (float(it) - mean).powi(2));
        let spread = (squares.sum::<f64>() / (n - 1.0)).sqrt();
        let t = T_95.get(seen.len() - 2).copied().unwrap_or(Z_95);
        t * spread * (k + k * k / n).sqrt()
    };
    let least = float(seen.iter().copied().min().unwrap_or_default()) * k;
    Some(TokenRange {
        low: whole((about - reach).max(least)),
        about: whole(about),
        high: whole(about + reach),
    })
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an estimate of tokens may be a few off in 2^53"
)]
fn float(number: u64) -> f64 {
    number as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and no estimate is negative"
)]
fn whole(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seen: &[u64], draws: u64, low: u64, about: u64, high: u64) {
        assert_eq!(
            of_sum(seen, draws),
            Some(TokenRange { low, about, high }),
            "{seen:?}"
        );
    }

    #[test]
    fn nothing_seen_is_nothing_known_and_one_has_no_width() {
        assert_eq!(of_sum(&[], 4), None);
        check(&[700], 4, 2_800, 2_800, 2_800);
        check(&[100, 100, 100], 6, 600, 600, 600);
    }

    #[test]
    fn the_range_is_the_prediction_interval_of_the_sum() {
        // Mean 200, standard deviation 100, t(2) = 2.920: 2.920 × 100 × √(6 + 36 ÷ 3) = 1,238.9.
        check(&[100, 200, 300], 6, 600, 1_200, 2_439);
        // t(4) = 2.132, standard deviation 15.811: 2.132 × 15.811 × √(2 + 4 ÷ 5) = 56.4.
        check(&[80, 90, 100, 110, 120], 2, 160, 200, 256);
    }

    #[test]
    fn more_that_was_seen_narrows_it() {
        let few: Vec<u64> = [90, 110].repeat(2);
        let many: Vec<u64> = [90, 110].repeat(200);
        let width = |seen: &[u64]| of_sum(seen, 100).map(|it| it.high - it.low).unwrap();
        assert!(width(&many) * 2 < width(&few));
    }

    #[test]
    fn nothing_overflows() {
        let most = of_sum(&[u64::MAX, 0], u64::MAX).unwrap();
        assert_eq!((most.low, most.high), (0, u64::MAX));
    }

    /// How often the sum lies in the range, over many worlds with as skewed a distribution as sessions have.
    #[test]
    fn the_range_holds_what_it_promises() {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut uniform = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            float(state >> 11) / float(1 << 53)
        };
        let mut draw = move || whole(2_000.0 + 8_000.0 * -(1.0 - uniform()).ln());
        for n in [5, 20, 100] {
            let held = (0..2_000).filter(|_| {
                let seen: Vec<u64> = (0..n).map(|_| draw()).collect();
                let sum: u64 = (0..40).map(|_| draw()).sum();
                let range = of_sum(&seen, 40).unwrap();
                (range.low..=range.high).contains(&sum)
            });
            let held = held.count();
            assert!((1_640..=1_960).contains(&held), "{n}: {held} of 2,000");
        }
    }
}
