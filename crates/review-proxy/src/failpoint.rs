//! Places at which a test build ends, stands still or misbehaves on demand.
//!
//! Only with the cargo feature `failpoints`, which no release build can have. Then the variable
//! `FAILPOINTS` names a file that is read each time a place is passed, line by line:
//!
//! | line | effect |
//! |---|---|
//! | `abort PLACE` | the process ends there, at once, as by a crash |
//! | `abort PLACE 7` | it ends there the seventh time that the place is passed after the order was given |
//! | `stop PLACE` | the process stands still there until the line is gone and it is sent `SIGCONT` |
//! | `break PLACE` | the protection of that name is off: for tests that must see it missing |
//!
//! `FAILPOINT_CLOCK` names a file with the seconds by which the wall clock is ahead of the machine's own, read
//! whenever the time is asked for; no file means none.
//!
//! Without the feature the macro leaves nothing behind: neither the places nor their names.

/// Marks a place; see [the module](self).
macro_rules! failpoint {
    ($place:literal) => {
        #[cfg(feature = "failpoints")]
        $crate::failpoint::reached($place);
    };
}

#[cfg(feature = "failpoints")]
mod order {
    use crate::pace::Pace;
    use jiff::{SignedDuration, Timestamp};
    use rustix::process::{Signal, getpid, kill_process};
    use std::sync::{Mutex, PoisonError};
    use std::time::Duration;

    /// Names the file with the order.
    const ORDER: &str = "FAILPOINTS";
    /// Waiting times in milliseconds, such as `deadline=400,grace=200,reconcile=100`.
    const PACE: &str = "FAILPOINT_PACE";
    /// Names the file with the seconds by which the clock is ahead.
    const CLOCK: &str = "FAILPOINT_CLOCK";

    /// The orders that were read last, and how often a counted place was passed since.
    static PASSED: Mutex<(String, u32)> = Mutex::new((String::new(), 0));

    fn orders() -> String {
        let file = std::env::var_os(ORDER);
        file.and_then(|file| std::fs::read_to_string(file).ok())
            .unwrap_or_default()
    }

    fn is_ordered(what: &str, place: &str) -> bool {
        orders()
            .lines()
            .any(|line| line.split_once(' ') == Some((what, place)))
    }

    /// Says whether the process ends here this time.
    fn ends_at(place: &str) -> bool {
        let orders = orders();
        let mut ordered = orders
            .lines()
            .filter_map(|line| line.strip_prefix("abort "));
        ordered.any(|order| {
            let Some((at, time)) = order.split_once(' ') else {
                return order == place;
            };
            if at != place {
                return false;
            }
            let mut passed = PASSED.lock().unwrap_or_else(PoisonError::into_inner);
            if passed.0 != orders {
                *passed = (orders.clone(), 0);
            }
            passed.1 += 1;
            time.parse() == Ok(passed.1)
        })
    }

    /// Does what is ordered for `place`.
    pub(crate) fn reached(place: &str) {
        if ends_at(place) {
            std::process::abort();
        }
        if is_ordered("stop", place) {
            // It cannot fail: everyone may stop themselves.
            let _stopped = kill_process(getpid(), Signal::STOP);
            // Another thread may take the signal: this one must not run on meanwhile.
            while is_ordered("stop", place) {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }

    /// Says whether the protection `place` is off.
    pub(crate) fn is_broken(place: &str) -> bool {
        is_ordered("break", place)
    }

    /// Returns what the moved clock shows at `now`.
    pub(crate) fn moved(now: Timestamp) -> Timestamp {
        let file = std::env::var_os(CLOCK);
        let text = file.and_then(|file| std::fs::read_to_string(file).ok());
        let ahead = text.and_then(|text| text.trim().parse().ok());
        ahead.map_or(now, |seconds| now + SignedDuration::from_secs(seconds))
    }

    /// Returns the waiting times of this build.
    pub(crate) fn pace() -> Pace {
        let mut pace = Pace::default();
        let text = std::env::var(PACE).unwrap_or_default();
        for (name, value) in text.split(',').filter_map(|part| part.split_once('=')) {
            let Ok(value) = value.parse().map(Duration::from_millis) else {
                continue;
            };
            match name {
                "deadline" => pace.platform.deadline = value,
                "grace" => pace.grace = value,
                "reconcile" => pace.reconcile_every = value,
                "keys" => pace.keys = value,
                "automate" => pace.automate_every = value,
                "lease" => pace.lease = value,
                _ => {}
            }
        }
        // A lease that outlives every other wait would only make a rig wait.
        pace.lease = pace.lease.min(pace.platform.deadline + pace.grace);
        pace
    }
}

#[cfg(feature = "failpoints")]
pub(crate) use order::{is_broken, moved, pace, reached};
