//! When a delivery that failed is tried again.
//!
//! The waits are those that the Standard Webhooks specification recommends: nine of them after the first
//! attempt, 75 hours and 35 minutes in all.

use std::time::Duration;

const SECOND: u64 = 1;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Waits after each attempt that failed, in seconds.
const WAITS: [u64; 9] = [
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
];

/// Most attempts at one delivery, until somebody asks for more.
pub const MOST_ATTEMPTS: u32 = 10;
/// Longest wait that a receiver can ask for.
pub const LONGEST_WAIT: Duration = Duration::from_secs(24 * HOUR);
/// How far jitter moves a wait, as a share of it, either way.
const JITTER: f64 = 0.1;

/// Returns how long to wait after attempt `tries` (from 1) failed; nothing once it was the last one.
///
/// `random` is from 0 to 1, and keeps deliveries that failed together from coming back together; `asked_for` is
/// what the receiver asked for (`Retry-After`), which is heeded where it is longer, up to a day.
pub fn wait_after(tries: u32, random: f64, asked_for: Option<Duration>) -> Option<Duration> {
    let index = usize::try_from(tries).ok()?.checked_sub(1)?;
    let wait = Duration::from_secs(*WAITS.get(index)?);
    let random = if random.is_finite() {
        random.clamp(0.0, 1.0)
    } else {
        0.5
    };
    let wait = wait.mul_f64(1.0 - JITTER + 2.0 * JITTER * random);
    let asked_for = asked_for.unwrap_or_default().min(LONGEST_WAIT);
    Some(wait.max(asked_for))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_all(random: f64) -> Duration {
        (1..)
            .map_while(|tries| wait_after(tries, random, None))
            .sum()
    }

    #[test]
    fn a_delivery_is_tried_ten_times_over_three_days() {
        assert!(wait_after(MOST_ATTEMPTS - 1, 0.5, None).is_some());
        assert_eq!(wait_after(MOST_ATTEMPTS, 0.5, None), None);
        assert_eq!(wait_after(0, 0.5, None), None);
        assert_eq!(wait_after(1, 0.5, None), Some(Duration::from_secs(5)));
        let days = in_all(0.5).as_secs_f64() / 86_400.0;
        assert!((3.0..3.2).contains(&days), "{days}");
        assert!(in_all(0.0) > Duration::from_secs(68 * HOUR));
        assert!(in_all(1.0) < Duration::from_secs(84 * HOUR));
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_for_more_than_a_day() {
        let asked = |secs| wait_after(1, 0.5, Some(Duration::from_secs(secs)));
        assert_eq!(asked(1), Some(Duration::from_secs(5)));
        assert_eq!(asked(90), Some(Duration::from_secs(90)));
        assert_eq!(asked(u64::MAX), Some(LONGEST_WAIT));
    }

    proptest! {
        #[test]
        fn each_wait_is_longer_than_the_one_before(tries in 1_u32..9, one in 0.0..=1.0, other in 0.0..=1.0) {
            // Of 20 and 24 hours the jitter is wider than what lies between them.
            let other = if tries == 8 { one } else { other };
            prop_assert!(wait_after(tries, one, None) < wait_after(tries + 1, other, None));
        }

        #[test]
        fn no_number_makes_it_panic(tries in any::<u32>(), random in any::<f64>(), secs in any::<u64>()) {
            let wait = wait_after(tries, random, Some(Duration::from_secs(secs)));
            prop_assert_eq!(wait.is_some(), (1..MOST_ATTEMPTS).contains(&tries));
        }
    }
}
