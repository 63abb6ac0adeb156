//! Places at which a test build ends, stands still or misbehaves on demand.
//!
//! Only with the cargo feature `failpoints`, which no release build can have. Then the variable
//! `FAILPOINTS` names a file that is read each time a place is passed, line by line:
//!
//! | line | effect |
//! |---|---|
//! | `abort PLACE` | the process ends there, at once, as by a crash |
//! | `stop PLACE` | the process stands still there until the line is gone and it is sent `SIGCONT` |
//! | `break PLACE` | the protection of that name is off: for tests that must see it missing |
//!
//! Without the feature the macro leaves nothing behind: neither the places nor their names.

/// Marks a place, with a number where it is passed several times; see [the module](self).
macro_rules! failpoint {
    ($place:literal) => {
        #[cfg(feature = "failpoints")]
        $crate::failpoint::reached($place);
    };
    ($place:literal, $number:expr) => {
        #[cfg(feature = "failpoints")]
        $crate::failpoint::reached(&format!(concat!($place, ".{}"), $number));
    };
}

#[cfg(feature = "failpoints")]
mod order {
    use crate::pace::Pace;
    use rustix::process::{Signal, getpid, kill_process};
    use std::time::Duration;

    /// Names the file with the order.
    const ORDER: &str = "FAILPOINTS";
    /// Waiting times in milliseconds, such as `deadline=400,grace=200,reconcile=100`.
    const PACE: &str = "FAILPOINT_PACE";

    fn is_ordered(what: &str, place: &str) -> bool {
        let text = std::env::var_os(ORDER).and_then(|file| std::fs::read_to_string(file).ok());
        text.is_some_and(|text| {
            text.lines()
                .any(|line| line.split_once(' ') == Some((what, place)))
        })
    }

    /// Does what is ordered for `place`.
    pub(crate) fn reached(place: &str) {
        if is_ordered("abort", place) {
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
                _ => {}
            }
        }
        pace
    }
}

#[cfg(feature = "failpoints")]
pub(crate) use order::{is_broken, pace, reached};
