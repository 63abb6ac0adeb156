//! What holds for any two texts.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test that goes wrong may stop"
)]

mod support;

use proptest::prelude::*;
use support::targets;

/// Texts made of few words and lines, so that two of them have much in common.
fn prompt() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        8 => prop::sample::select(vec![
            "ask", "refund", "Never", "always ", ". ", " ", "  ", "\t", "# Tone", "<rules>", "</rules>",
            "- ", "```", "กำ", "👩‍👩‍👧", "注文", "e\u{301}", "\u{200B}", "\r", "don’t", "$200", "{name}",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let line = prop::collection::vec(word, 0..6).prop_map(|words| words.join(" "));
    (prop::collection::vec(line, 0..24), any::<bool>()).prop_map(|(lines, ends)| {
        let end = if ends { "\n" } else { "" };
        lines.join("\n") + end
    })
}

/// A text and an edit of it: lines dropped, doubled, and changed.
fn edited() -> impl Strategy<Value = (String, String)> {
    (
        prompt(),
        prop::collection::vec((0_usize..24, 0_u8..4, "[a-z ]{0,12}"), 0..6),
    )
        .prop_map(|(before, edits)| {
            let mut lines: Vec<String> = before.split_inclusive('\n').map(str::to_owned).collect();
            for (place, kind, text) in edits {
                let Some(line) = lines.get(place).cloned() else {
                    continue;
                };
                match kind {
                    0 => drop(lines.remove(place)),
                    1 => lines.insert(place, line),
                    2 => lines[place] = format!("{text}{line}"),
                    _ => lines.insert(place, format!("{text}\n")),
                }
            }
            (before, lines.concat())
        })
}

/// Long lines of sentences, and paragraphs that are wrapped, of which some are cut, moved and wrapped anew.
fn prose() -> impl Strategy<Value = (String, String)> {
    let sentence = prop::sample::select(vec![
        "Ask for the order number before you refund anything. ",
        "Never promise a date that the warehouse has not confirmed. ",
        "If the customer is angry, stay calm and do not argue with them. ",
        "返金の前に注文番号を必ず確認する。",
        "Refunds above $200 need a manager; below, you may grant them yourself. ",
        "Write {name} and 👩\u{200D}👩\u{200D}👧 as they are.\r",
        "Yes. ",
    ]);
    let paragraph = (prop::collection::vec(sentence, 1..14), 0_usize..100);
    (
        prop::collection::vec(paragraph, 1..6),
        prop::collection::vec((0_usize..6, 0_u8..5), 0..5),
    )
        .prop_map(|(paragraphs, edits)| {
            let before: Vec<(String, usize)> = paragraphs
                .into_iter()
                .map(|(sentences, width)| (sentences.concat(), width))
                .collect();
            let mut after = before.clone();
            for (place, kind) in edits {
                let Some(one) = after.get(place).cloned() else {
                    continue;
                };
                match kind {
                    0 => drop(after.remove(place)),
                    1 => after.push(one),
                    2 => after[place].1 = 37,
                    3 => after[place].0 = one.0.replacen("the", "their very own", 2),
                    _ => after.rotate_left(1),
                }
            }
            (wrapped(&before), wrapped(&after))
        })
}

fn wrapped(paragraphs: &[(String, usize)]) -> String {
    let wrap = |(text, width): &(String, usize)| {
        if *width < 20 {
            return text.clone() + "\n";
        }
        let mut lines = vec![String::new()];
        for word in text.split_inclusive(' ') {
            if lines.last().unwrap().len() > *width {
                lines.push(String::new());
            }
            lines.last_mut().unwrap().push_str(word);
        }
        lines.join("\n") + "\n"
    };
    paragraphs.iter().map(wrap).collect::<Vec<_>>().join("\n")
}

fn pair() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        2 => edited(),
        2 => prose(),
        1 => (prompt(), prompt()),
        1 => (any::<String>(), any::<String>())
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if std::env::var_os("DREAM_REVIEW_LONG").is_some() { 4_096 } else { 192 }))]

    #[test]
    fn both_sides_can_be_rebuilt_from_the_rows((before, after) in pair()) {
        targets::rows_rebuild_both_sides(&before, &after);
    }

    #[test]
    fn unchanged_rows_are_unchanged_and_changed_ones_are_not((before, after) in pair()) {
        targets::rows_tell_the_truth(&before, &after);
    }

    #[test]
    fn spans_give_the_line_and_end_at_graphemes((before, after) in pair()) {
        targets::spans_are_whole(&before, &after);
    }

    #[test]
    fn reading_order_loses_nothing((before, after) in pair()) {
        targets::reading_loses_nothing(&before, &after);
    }

    #[test]
    fn any_hunks_apply((before, after) in pair(), seed in any::<u64>()) {
        targets::any_hunks_apply(&before, &after, seed);
    }

    #[test]
    fn folding_hides_no_change_and_no_key_location(
        (before, after) in pair(),
        opened in prop::collection::vec((0_usize..30, 0_usize..30), 0..4),
        keys in prop::collection::vec(0_usize..40, 0..4),
    ) {
        targets::folding_hides_no_change(&before, &after, &opened, &keys);
    }

    #[test]
    fn merges_keep_both_sides((base, one) in pair(), (_, other) in pair()) {
        targets::merges_keep_both_sides(&base, &one, &other);
    }

    #[test]
    fn all_that_reads_a_diff_takes_any_text((before, after) in pair(), needle in "[a-zA-Z ]{0,3}") {
        targets::readings_take_any_text(&before, &after, &needle);
    }

    #[test]
    fn with_little_work_all_of_the_text_is_still_shown((before, after) in pair(), work in 0_u64..20_000) {
        targets::little_work_still_shows_all(&before, &after, work);
    }
}
