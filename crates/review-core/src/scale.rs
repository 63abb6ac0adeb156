//! Scales of charts: from zero, with ticks that people can read.

/// Steps that read well, as multiples of a power of ten (Heckbert, "Nice numbers for graph labels",
/// Graphics Gems, 1990).
const STEPS: [f64; 3] = [1.0, 2.0, 5.0];

/// A scale from zero to a round number.
///
/// It always begins at zero: a bar that is twice as long stands for twice as much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    step: f64,
    steps: u32,
}

impl Scale {
    /// Makes the scale of whole numbers up to `max`, with at most `most` steps, which is at least 1.
    ///
    /// Without anything to show it goes to 1, so that nothing is drawn as nothing.
    pub fn of_counts(max: u64, most: u32) -> Self {
        // Beyond 2^53 neighbours are one, which no chart can show.
        #[expect(clippy::cast_precision_loss, reason = "see above")]
        let max = max as f64;
        Self::up_to(max.max(1.0), most, 1.0)
    }

    /// Makes the scale of shares, from 0 to 1.
    pub fn of_shares() -> Self {
        Self {
            step: 0.25,
            steps: 4,
        }
    }

    fn up_to(max: f64, most: u32, least_step: f64) -> Self {
        let most = f64::from(most.max(1));
        let rough = (max / most).max(least_step);
        let power = 10_f64.powf(rough.log10().floor());
        let nice = STEPS.iter().map(|step| step * power);
        let step = nice.into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(10.0 * power).max(least_step);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "`as` saturates; there are at most as many steps as asked for"
        )]
        let steps = (max / step).ceil().clamp(1.0, most) as u32;
        Self { step, steps }
    }

    /// Returns where the scale ends.
    pub fn top(self) -> f64 {
        self.step * f64::from(self.steps)
    }

    /// Returns the values to write beside it, from 0 to the top.
    pub fn ticks(self) -> Vec<f64> {
        (0..=self.steps)
            .map(|number| self.step * f64::from(number))
            .collect()
    }

    /// Returns how far up a value lies, from 0 to 1.
    pub fn position(self, value: f64) -> f64 {
        if value.is_nan() {
            return 0.0;
        }
        (value / self.top()).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_and_end_just_above_the_largest_value() {
        for (max, most, ticks) in [
            (0, 4, vec![0.0, 1.0]),
            (1, 4, vec![0.0, 1.0]),
            (3, 4, vec![0.0, 1.0, 2.0, 3.0]),
            (7, 4, vec![0.0, 2.0, 4.0, 6.0, 8.0]),
            (10, 4, vec![0.0, 5.0, 10.0]),
            (43, 4, vec![0.0, 20.0, 40.0, 60.0]),
            (128_000, 4, vec![0.0, 50_000.0, 100_000.0, 150_000.0]),
        ] {
            assert_eq!(Scale::of_counts(max, most).ticks(), ticks, "{max}");
        }
    }

    #[test]
    fn shares_end_at_one() {
        assert_eq!(Scale::of_shares().ticks(), [0.0, 0.25, 0.5, 0.75, 1.0]);
    }

    proptest! {
        #[test]
        fn every_scale_begins_at_zero_holds_its_largest_value_and_wastes_less_than_a_step(
            max in prop_oneof![0_u64..10_000, any::<u64>()], most in 1_u32..12,
        ) {
            let scale = Scale::of_counts(max, most);
            let ticks = scale.ticks();
            prop_assert!(ticks[0].abs() < f64::EPSILON);
            prop_assert!((ticks.last().unwrap() - scale.top()).abs() <= f64::EPSILON * scale.top());
            prop_assert!((2..=most as usize + 1).contains(&ticks.len()));
            #[expect(clippy::cast_precision_loss, reason = "a share of it, more or less")]
            let max = (max as f64).max(1.0);
            prop_assert!(scale.top() >= max * (1.0 - 1e-12), "{} < {max}", scale.top());
            prop_assert!(scale.top() - max < scale.step * (1.0 + 1e-9));
            prop_assert!(scale.step >= 1.0);
        }

        #[test]
        fn twice_as_much_is_twice_as_high(value in 0_u32..1_000_000, more in 0_u64..1_000_000) {
            let scale = Scale::of_counts(2 * u64::from(value) + more, 4);
            let (one, two) = (f64::from(value), 2.0 * f64::from(value));
            prop_assert!((2.0 * scale.position(one) - scale.position(two)).abs() < 1e-9);
        }

        #[test]
        fn a_position_never_leaves_the_chart(max in any::<u64>(), value in any::<f64>()) {
            let at = Scale::of_counts(max, 4).position(value);
            prop_assert!((0.0..=1.0).contains(&at));
        }
    }
}
