//! What a rig came to, and how long it may take.

use std::io::Write as _;
use std::time::{Duration, Instant};

/// Says whether the long forms are wanted.
pub(crate) fn is_long() -> bool {
    std::env::var("DREAM_REVIEW_LONG").is_ok_and(|value| !matches!(&*value, "" | "0" | "false"))
}

/// When a rig that began now stops beginning new runs.
pub(crate) fn end() -> Option<Instant> {
    let minutes: u64 = std::env::var("DREAM_REVIEW_LONG_MINUTES")
        .ok()?
        .parse()
        .ok()?;
    is_long().then(|| Instant::now() + Duration::from_mins(minutes))
}

/// Prints figures past the test harness, which keeps what passing tests print to itself.
pub(crate) fn print(promise: &str, what: &str, started: Instant, figures: &[(&str, usize)]) {
    let numbers: Vec<String> = figures
        .iter()
        .map(|(name, number)| format!("{name}={number}"))
        .collect();
    let (numbers, seconds) = (numbers.join(" "), started.elapsed().as_secs());
    let _unheard = writeln!(
        std::io::stderr(),
        "\npromise-figure {promise} {what} {numbers} seconds={seconds}"
    );
}
