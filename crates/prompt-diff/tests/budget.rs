//! Texts made to be slow end in time, and say what was left out.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test that goes wrong may stop"
)]

use prompt_diff::{Limits, diff};
use std::time::{Duration, Instant};

/// Generous, for unoptimised code on a busy machine; a quadratic step would take minutes.
const DEADLINE: Duration = Duration::from_secs(10);

#[track_caller]
fn check(what: &str, before: &str, after: &str) {
    let start = Instant::now();
    let diff = diff(before, after, &Limits::default());
    let taken = start.elapsed();
    assert!(
        taken < DEADLINE,
        "{what} took {taken:?} for {} rows",
        diff.row_count()
    );
}

fn words(count: usize, salt: usize) -> String {
    let word = |n: usize| format!("w{} ", (n * 7_919 + salt) % 4_001);
    (0..count).map(word).collect()
}

#[test]
fn p33_texts_made_to_be_slow_end_in_time() {
    let reversed = |up: bool| -> String {
        (0..20_000)
            .map(|n| format!("line {}\n", if up { n } else { 19_999 - n }))
            .collect()
    };
    check("20,000 reversed lines", &reversed(true), &reversed(false));
    check(
        "one line of 100 kB",
        &words(20_000, 0),
        &words(20_000, 1_234),
    );
    let long = |salt: usize| -> String { (0..60).map(|n| words(700, n + salt) + "\n").collect() };
    check("60 lines of 4,000 characters", &long(0), &long(99));
    check(
        "all lines equal",
        &"same\n".repeat(20_000),
        &"same\n".repeat(19_000),
    );
    let cjk = |salt: u32| -> String {
        let letter = |n: u32| char::from_u32(0x4E00 + (n * 31 + salt) % 997).unwrap_or('一');
        (0..100_000).map(letter).collect()
    };
    check("100,000 ideographs on one line", &cjk(0), &cjk(5));
    check(
        "one letter over and over",
        &"a ".repeat(50_000),
        &"b a ".repeat(25_000),
    );
    let short = |salt: usize| -> String {
        (0..3_000)
            .map(|n| format!("- rule {} of {}\n", n, n % 7 + salt))
            .collect()
    };
    check("3,000 lines rewritten", &short(0), &short(100));
}
