//! Times the engine beside the line diff of `imara-diff` alone, on texts like the prompts it is for.
//!
//! `cargo run --release -p prompt-diff --example speed`
#![expect(clippy::print_stdout, reason = "a table for people is what it makes")]

use imara_diff::{Algorithm, Diff, InternedInput};
use prompt_diff::{Layout, Limits, Mode, diff, finding_counts, instructions, measures};
use std::{
    fmt::Write as _,
    hint::black_box,
    time::{Duration, Instant},
};

/// Times each thing is done; the median counts.
const ROUNDS: usize = 15;

/// Lines of a view that a screen shows.
const SCREEN: usize = 60;

fn main() {
    println!(
        "median of {ROUNDS}, in microseconds; screen: layout and the words of {SCREEN} lines\n"
    );
    println!(
        "{:<34}{:>9}{:>9}{:>9}{:>9}{:>9}",
        "case", "imara", "diff", "screen", "measures", "findings"
    );
    for (name, before, after) in cases() {
        row(&name, &before, &after);
    }
    println!("\ntypical edits at growing size");
    for times in [1, 2, 4, 8] {
        let (before, after) = typical(25_000 * times);
        row(&format!("{} kB", 25 * times), &before, &after);
    }
}

fn row(name: &str, before: &str, after: &str) {
    let lines = median(|| lines_alone(before, after));
    let limits = Limits::default();
    let eager = median(|| diff(before, after, &limits).row_count());
    let screen = median_of(
        || diff(before, after, &limits),
        |diff| {
            let layout = Layout::new(diff, Mode::SideBySide, &[], &[]);
            let rows = layout.lines(0..SCREEN).filter_map(|line| match line {
                prompt_diff::Line::Row(row)
                | prompt_diff::Line::Before(row)
                | prompt_diff::Line::After(row)
                | prompt_diff::Line::Beside(row, _) => diff.row(row),
                prompt_diff::Line::Fold(_) => None,
            });
            rows.map(|row| diff.words_of(&row).spans.after.len())
                .sum::<usize>()
        },
    );
    let measured = median_of(
        || diff(before, after, &limits),
        |diff| measures(diff).words.added + instructions(diff).removed.len(),
    );
    let found = median(|| finding_counts(before, after).len());
    println!("{name:<34}{lines:>9.0}{eager:>9.0}{screen:>9.0}{measured:>9.0}{found:>9.0}");
}

/// The line diff alone: what any engine on top of it takes at least.
fn lines_alone(before: &str, after: &str) -> usize {
    let input = InternedInput::new(before, after);
    let mut lines = Diff::compute(Algorithm::Histogram, &input);
    lines.postprocess_lines(&input);
    lines.hunks().count()
}

fn median<T>(run: impl Fn() -> T) -> f64 {
    median_of(|| (), |()| run())
}

/// Takes the time of `run` on what `prepare` makes anew each time.
fn median_of<S, T>(prepare: impl Fn() -> S, run: impl Fn(&S) -> T) -> f64 {
    let mut taken: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let prepared = prepare();
            let start = Instant::now();
            black_box(run(black_box(&prepared)));
            start.elapsed()
        })
        .collect();
    taken.sort_unstable();
    taken
        .get(ROUNDS / 2)
        .map_or(0.0, |taken| taken.as_secs_f64() * 1e6)
}

fn cases() -> Vec<(String, String, String)> {
    let mut cases = Vec::new();
    for size in [2_000, 20_000, 100_000] {
        let (before, after) = typical(size);
        cases.push((format!("typical edits, {} kB", size / 1_000), before, after));
    }
    let (before, _) = typical(100_000);
    cases.push((
        "every paragraph rewritten, 100 kB".to_owned(),
        before.clone(),
        rewritten(&before),
    ));
    let one_line = |text: &str| text.replace('\n', " ");
    let (before, after) = typical(100_000);
    cases.push((
        "one line, 100 kB".to_owned(),
        one_line(&before),
        one_line(&after),
    ));
    let reversed = |up: bool| {
        (0..20_000).fold(String::new(), |mut text, n| {
            let _ = writeln!(text, "line {}", if up { n } else { 19_999 - n });
            text
        })
    };
    cases.push((
        "20,000 lines reversed".to_owned(),
        reversed(true),
        reversed(false),
    ));
    cases.push((
        "20,000 equal lines, 19,000 left".to_owned(),
        "same\n".repeat(20_000),
        "same\n".repeat(19_000),
    ));
    let long =
        |salt: usize| (0..60).fold(String::new(), |text, n| text + &words(700, n + salt) + "\n");
    cases.push(("60 lines of 4,000 characters".to_owned(), long(0), long(99)));
    let ideographs = |salt: u32| -> String {
        (0..33_000)
            .map(|n: u32| {
                char::from_u32(0x4E00 + (n * 31 + salt * (n / 997)) % 997).unwrap_or('一')
            })
            .collect()
    };
    cases.push((
        "100 kB of ideographs on one line".to_owned(),
        ideographs(0),
        ideographs(5),
    ));
    cases
}

fn words(count: usize, salt: usize) -> String {
    (0..count).fold(String::new(), |mut text, n| {
        let _ = write!(text, "w{} ", (n * 7_919 + salt) % 4_001);
        text
    })
}

const WORDS: [&str; 48] = [
    "ask",
    "for",
    "the",
    "order",
    "number",
    "before",
    "any",
    "refund",
    "customer",
    "never",
    "promise",
    "a",
    "date",
    "that",
    "warehouse",
    "has",
    "not",
    "confirmed",
    "when",
    "parcel",
    "is",
    "late",
    "look",
    "up",
    "carrier",
    "and",
    "say",
    "where",
    "it",
    "write",
    "short",
    "friendly",
    "answers",
    "in",
    "language",
    "of",
    "quote",
    "clause",
    "exactly",
    "escalate",
    "to",
    "person",
    "if",
    "amount",
    "above",
    "limit",
    "check",
    "policy",
];

/// Makes a prompt of about `size` bytes with headings, lists and paragraphs, and an edit of one line in forty.
fn typical(size: usize) -> (String, String) {
    let mut random = 1_u64;
    let mut next = |below: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(random >> 33).unwrap_or_default() % below
    };
    let mut before = String::with_capacity(size + 1_000);
    let mut after = String::with_capacity(size + 1_000);
    while before.len() < size {
        let mut sentence = |long: usize| {
            let sentence: Vec<&str> = (0..6 + next(long))
                .filter_map(|_| WORDS.get(next(WORDS.len())).copied())
                .collect();
            sentence.join(" ") + "."
        };
        let mut line = match sentence(12).len() % 7 {
            0 => format!("## {}", sentence(3)),
            1 | 2 => format!("- {}", sentence(12)),
            3 => String::new(),
            4 => [sentence(14), sentence(14), sentence(14), sentence(14)].join(" "),
            _ => sentence(14),
        };
        line.push('\n');
        before += &line;
        match next(160) {
            0 => {}
            1 => after += &(line.clone() + "- " + &words(9, before.len()) + "\n"),
            2 | 3 => {
                after += &line
                    .replacen(' ', " kindly ", 1)
                    .replacen("the ", "each ", 1);
            }
            _ => after += &line,
        }
    }
    (before, after)
}

/// Changes words in every line.
fn rewritten(text: &str) -> String {
    text.lines()
        .fold(String::with_capacity(text.len()), |mut all, line| {
            for (number, word) in line.split(' ').enumerate() {
                if number % 3 == 1 {
                    let _ = write!(all, "re{word} ");
                } else {
                    let _ = write!(all, "{word} ");
                }
            }
            all.push('\n');
            all
        })
}
