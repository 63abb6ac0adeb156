//! What holds for any two texts.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test that goes wrong may stop"
)]

use prompt_diff::{
    CONTEXT_ROWS, Limits, Part, PromptDiff, RowKind, Side, apply, diff, fold, instructions, pieces,
    size,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use unicode_segmentation::UnicodeSegmentation as _;

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

fn pair() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        edited(),
        (prompt(), prompt()),
        (any::<String>(), any::<String>())
    ]
}

/// Puts one side's text together again from its rows.
fn rebuilt(diff: &PromptDiff, side: Side) -> String {
    let numbers = diff
        .rows(0..diff.row_count())
        .filter_map(|row| *row.lines.get(side));
    numbers
        .map(|number| diff.revisions.get(side).line(number))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn both_sides_can_be_rebuilt_from_the_rows((before, after) in pair()) {
        let diff = diff(&before, &after, &Limits::default());
        prop_assert_eq!(rebuilt(&diff, Side::Before), before);
        prop_assert_eq!(rebuilt(&diff, Side::After), after);
    }

    #[test]
    fn unchanged_rows_are_unchanged_and_changed_ones_are_not((before, after) in pair()) {
        let diff = diff(&before, &after, &Limits::default());
        for row in diff.rows(0..diff.row_count()) {
            let lines = row.lines;
            if let (Some(old), Some(new)) = (lines.before, lines.after) {
                let equal = diff.revisions.before.line(old) == diff.revisions.after.line(new);
                prop_assert_eq!(row.is_same(), equal);
            }
        }
    }

    #[test]
    fn spans_give_the_line_and_end_at_graphemes((before, after) in pair()) {
        let diff = diff(&before, &after, &Limits::default());
        for row in diff.rows(0..diff.row_count()) {
            if row.kind != RowKind::Changed { continue }
            let words = diff.words_of(&row);
            let lines = row.lines.map(Option::unwrap);
            for side in [Side::Before, Side::After] {
                let body = diff.revisions.get(side).body(*lines.get(side));
                let mut borders: BTreeSet<usize> = body.grapheme_indices(true).map(|(at, _)| at).collect();
                borders.insert(body.len());
                let mut place = 0;
                for span in words.spans.get(side) {
                    prop_assert_eq!(span.range.start, place);
                    prop_assert!(span.range.end > place, "no empty spans");
                    prop_assert!(borders.contains(&span.range.end));
                    place = span.range.end;
                }
                prop_assert_eq!(place, body.len());
            }
            let common = |side: Side| -> String {
                let body = diff.revisions.get(side).body(*lines.get(side));
                let spans = words.spans.get(side).iter().filter(|span| !span.changed);
                spans.map(|span| &body[span.range.clone()]).collect()
            };
            prop_assert_eq!(common(Side::Before), common(Side::After));
        }
    }

    #[test]
    fn any_hunks_apply((before, after) in pair(), seed in any::<u64>()) {
        let diff = diff(&before, &after, &Limits::default());
        let none = BTreeMap::new();
        let all: BTreeSet<_> = diff.ids().iter().cloned().collect();
        prop_assert_eq!(all.len(), diff.hunks.len(), "ids are unique");
        prop_assert_eq!(apply(&diff, &all, &none), after);
        prop_assert_eq!(apply(&diff, &BTreeSet::new(), &none), before);
        let some: BTreeSet<_> = diff.ids().iter().enumerate()
            .filter(|(place, _)| seed.rotate_right(u32::try_from(*place % 64).unwrap()) & 1 == 1)
            .map(|(_, id)| id.clone()).collect();
        let text = apply(&diff, &some, &none);
        // What was chosen is there in whole, and what was not is as before.
        for (hunk, id) in diff.hunks.iter().zip(diff.ids()) {
            let (side, lines) = if some.contains(id) {
                (Side::After, hunk.lines.after.clone())
            } else {
                (Side::Before, hunk.lines.before.clone())
            };
            prop_assert!(text.contains(diff.revisions.get(side).lines(lines)));
        }
    }

    #[test]
    fn folding_hides_no_change_and_nothing_opened(
        (before, after) in pair(), context in 0_usize..5, open in prop::collection::vec((0_usize..30, 0_usize..6), 0..3),
    ) {
        let diff = diff(&before, &after, &Limits::default());
        let open: Vec<_> = open.into_iter().map(|(start, length)| start..start + length).collect();
        let mut place = 0;
        for part in fold(&diff, context, &open) {
            let rows = match part {
                Part::Rows(rows) => rows,
                Part::Fold(fold) => {
                    for row in fold.rows.clone() {
                        prop_assert!(diff.row(row).unwrap().is_same());
                        prop_assert!(!open.iter().any(|open| open.contains(&row)));
                    }
                    fold.rows
                }
            };
            prop_assert_eq!(rows.start, place, "no gap and no overlap");
            prop_assert!(!rows.is_empty());
            place = rows.end;
        }
        prop_assert_eq!(place, diff.row_count());
    }

    #[test]
    fn counts_agree_with_the_rows((before, after) in pair()) {
        let diff = diff(&before, &after, &Limits::default());
        let counts = size(&before, &after);
        let of = |side: Side| diff.hunks.iter().map(|hunk| hunk.lines.get(side).len()).sum::<usize>();
        prop_assert_eq!(counts.removed as usize, of(Side::Before));
        prop_assert_eq!(counts.added as usize, of(Side::After));
    }

    #[test]
    fn equal_texts_have_no_change(text in prompt()) {
        let diff = diff(&text, &text, &Limits::default());
        prop_assert!(diff.hunks.is_empty());
        prop_assert!(fold(&diff, CONTEXT_ROWS, &[]).len() <= 1);
    }

    #[test]
    fn instructions_and_pieces_take_any_text((before, after) in pair()) {
        let diff = diff(&before, &after, &Limits::default());
        let found = instructions(&diff);
        for one in found.removed {
            prop_assert!(diff.revisions.before.body(one.line).contains(&one.text));
        }
        prop_assert!(pieces(&after).len() <= after.chars().count());
    }
}
