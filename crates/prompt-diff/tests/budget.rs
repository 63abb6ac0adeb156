//! Promise P33: texts made to be slow take no more work than they may, and say what was left out.
//!
//! Work is counted and not timed: the same texts take the same units on every machine.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that goes wrong may stop"
)]

use prompt_diff::{Fallback, Layout, Limits, Mode, apply, diff};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

/// Units that any pair of texts up to 100,000 characters may take: about a tenth of a second in a browser.
const MOST_WORK: u64 = 40_000_000;

#[track_caller]
fn check(what: &str, before: &str, after: &str) {
    let diff = diff(before, after, &Limits::default());
    assert!(
        diff.work() < MOST_WORK,
        "{what} takes {} units",
        diff.work()
    );
    let all: BTreeSet<_> = diff.ids().iter().cloned().collect();
    assert_eq!(
        apply(&diff, &all, &BTreeMap::new()),
        after,
        "{what}: all of the text is there"
    );
    // Rows stay short enough to be drawn and compared one by one, whatever the lines are.
    let longest = diff.rows(0..diff.row_count()).flat_map(|row| {
        let before = row
            .lines
            .before
            .map(|line| diff.revisions.before.line(line).len());
        let after = row
            .lines
            .after
            .map(|line| diff.revisions.after.line(line).len());
        [before, after].into_iter().flatten()
    });
    assert!(
        longest.max().unwrap_or_default() <= 2_000,
        "{what}: a row is long"
    );
    for mode in [Mode::SideBySide, Mode::Inline, Mode::Reading] {
        let layout = Layout::new(&diff, mode, &[], &[]);
        for row in layout.lines(0..60).filter_map(|line| match line {
            prompt_diff::Line::Row(row)
            | prompt_diff::Line::Before(row)
            | prompt_diff::Line::Beside(row, _) => diff.row(row),
            _ => None,
        }) {
            assert!(diff.words_of(&row).spans.after.len() <= 2_000);
        }
    }
}

fn words(count: usize, salt: usize) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        let _ = write!(text, "w{} ", (n * 7_919 + salt) % 4_001);
        text
    })
}

fn numbered(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).map(|n| line(n) + "\n").collect()
}

#[test]
fn p33_texts_made_to_be_slow_take_bounded_work() {
    check(
        "20,000 reversed lines",
        &numbered(20_000, |n| format!("line {n}")),
        &numbered(20_000, |n| format!("line {}", 19_999 - n)),
    );
    check(
        "one line of 100 kB",
        &words(20_000, 0),
        &words(20_000, 1_234),
    );
    check(
        "one line of one letter",
        &"x".repeat(100_000),
        &"x".repeat(99_000),
    );
    let long = |salt: usize| numbered(60, |n| words(700, n + salt));
    check("60 lines of 4,000 characters", &long(0), &long(99));
    check(
        "all lines equal",
        &"same\n".repeat(20_000),
        &"same\n".repeat(19_000),
    );
    check(
        "all lines blank",
        &"\n".repeat(100_000),
        &" \n".repeat(50_000),
    );
    let ideographs = |salt: u32| -> String {
        let letter = |n: u32| char::from_u32(0x4E00 + (n * 31 + salt * (n / 997)) % 997).unwrap();
        (0..100_000).map(letter).collect()
    };
    check(
        "100,000 ideographs on one line",
        &ideographs(0),
        &ideographs(5),
    );
    check(
        "two letters over and over",
        &"a ".repeat(50_000),
        &"b a ".repeat(25_000),
    );
    check(
        "3,000 lines rewritten",
        &numbered(3_000, |n| format!("- rule {n} of {}", n % 7)),
        &numbered(3_000, |n| format!("- rule {n} of {}", n % 7 + 100)),
    );
    check(
        "lines of few words in every order",
        &numbered(5_000, |n| format!("the rule of {} and {}", n % 13, n % 17)),
        &numbered(5_000, |n| format!("the rule of {} and {}", n % 17, n % 13)),
    );
    check(
        "marks without end",
        &"e\u{301}\u{301}\u{301}".repeat(20_000),
        &"e\u{301}\u{302}\u{301}".repeat(20_000),
    );
    check(
        "one grapheme",
        &format!("e{}", "\u{301}".repeat(900)),
        &format!("e{}", "\u{302}".repeat(900)),
    );
    let nested = |tag: &str| (0..5_000).fold(String::new(), |text, _| text + "<" + tag + ">\n");
    check("tags that no one closes", &nested("a"), &nested("b"));
    let deep = |word: &str| nested("a") + &nested("/b") + word + "\n" + &nested("/a");
    check("tags in one another", &deep("old"), &deep("new"));
}

#[test]
fn p33_what_was_left_out_is_said_and_the_text_is_whole() {
    let before = numbered(1_000, |n| format!("- rule {n} says yes"));
    let after = numbered(1_000, |n| {
        format!("- rule {n} says {}", if n % 3 == 0 { "no" } else { "yes" })
    });
    let coarse = diff(&before, &after, &Limits { work: 1_000 });
    assert!(coarse.work() <= 1_000);
    assert!(matches!(coarse.fallbacks[0], Fallback::LinesNotCompared { lines } if lines > 1_000));
    assert!(
        coarse.fallbacks[0]
            .to_string()
            .contains("shown as removed and added")
    );
    let all: BTreeSet<_> = coarse.ids().iter().cloned().collect();
    assert_eq!(apply(&coarse, &all, &BTreeMap::new()), after);
    let fine = diff(&before, &after, &Limits::default());
    assert_eq!(fine.fallbacks, []);
}

#[test]
fn p33_work_grows_as_the_text_does() {
    let prompt = |times: usize, word: &str| {
        numbered(1_000 * times, |n| {
            if n % 40 == 7 {
                format!("- rule {n} says {word} to all of them")
            } else {
                format!("- rule {n} stays as it is")
            }
        })
    };
    let work = |times: usize| {
        diff(
            &prompt(times, "yes"),
            &prompt(times, "no"),
            &Limits::default(),
        )
        .work()
    };
    let (one, eight) = (work(1), work(8));
    assert!(eight <= one * 16, "{one} units for one, {eight} for eight");
}
