use super::*;
use prompt_diff::{Limits, diff};

/// Draws slots: lines by row number, `=` a row, `-` before, `+` after, `|` both; heads, notes, folds.
fn drawn(laid: &Slots) -> String {
    let slot = |slot: &Slot| match slot {
        Slot::Head(hunk) => format!("#{hunk}"),
        Slot::Editor(hunk) => format!("edit{hunk}"),
        Slot::Notes(row) => format!("notes{row}"),
        Slot::Fold(bar) => format!("[{}: {:?}]", bar.gap, laid.fold_of(*bar).unwrap().rows),
        Slot::Line { line, .. } => match line {
            Line::Row(row) => format!("={row}"),
            Line::Before(row) => format!("-{row}"),
            Line::After(row) => format!("+{row}"),
            Line::Beside(a, b) => format!("{a}|{b}"),
            Line::Fold(_) => "a fold is no line".to_owned(),
        },
    };
    let slots: Vec<_> = laid.slots.iter().map(slot).collect();
    slots.join(" ")
}

#[track_caller]
fn check(before: &str, after: &str, mode: Mode, extras: &Extras, expected: &str) {
    let diff = diff(before, after, &Limits::default());
    assert_eq!(drawn(&Slots::new(&diff, mode, extras)), expected);
}

fn nothing() -> Extras {
    Extras::default()
}

fn lines(count: usize) -> String {
    (0..count).fold(String::new(), |text, line| text + &format!("line {line}\n"))
}

#[test]
fn a_changed_line_is_one_line_beside_two_inline_and_one_text_to_read() {
    let (before, after) = ("a b c\nx\n", "a B c\nx\n");
    check(before, after, Mode::SideBySide, &nothing(), "#0 0|0 =1");
    check(before, after, Mode::Inline, &nothing(), "#0 -0 +0 =1");
    check(before, after, Mode::Reading, &nothing(), "#0 =0 =1");
}

#[test]
fn strangers_stand_beside_one_another_and_what_is_left_stands_alone() {
    let (before, after) = ("one\ntwo\n", "alpha\nbeta\ngamma\n");
    check(before, after, Mode::SideBySide, &nothing(), "#0 0|2 1|3 +4");
    check(before, after, Mode::Inline, &nothing(), "#0 -0 -1 +2 +3 +4");
}

#[test]
fn a_fold_opens_from_both_ends() {
    let common = lines(50);
    let (before, after) = (format!("old\n{common}old\n"), format!("new\n{common}new\n"));
    let diff = diff(&before, &after, &Limits::default());
    let folded = |extras: &Extras| drawn(&Slots::new(&diff, Mode::SideBySide, extras));
    assert!(folded(&nothing()).contains("[1: "));
    let mut some = Extras {
        opened: vec![Opened::default(); 3],
        ..nothing()
    };
    some.opened[1] = Opened {
        top: 12,
        bottom: 10,
    };
    assert!(folded(&some).contains("=12 [1: 13..41] =41"));
    some.opened[1] = Opened::ALL;
    assert!(Slots::new(&diff, Mode::Inline, &some).folds.is_empty());
}

#[test]
fn a_row_with_notes_is_never_folded_and_the_notes_stand_below_it_once() {
    let common = lines(60);
    let (before, after) = (format!("a b c\n{common}"), format!("a B c\n{common}"));
    let diff = diff(&before, &after, &Limits::default());
    let extras = Extras {
        notes: BTreeSet::from([0, 30]),
        ..nothing()
    };
    for (mode, first) in [
        (Mode::SideBySide, "#0 0|0 notes0 =1"),
        (Mode::Inline, "#0 -0 +0 notes0 =1"),
        (Mode::Reading, "#0 =0 notes0 =1"),
    ] {
        let drawn = drawn(&Slots::new(&diff, mode, &extras));
        assert!(drawn.starts_with(first), "{drawn}");
        assert!(drawn.contains("=30 notes30"), "{drawn}");
        assert_eq!(drawn.matches("notes").count(), 2, "{drawn}");
        assert_eq!(drawn.matches("[1: ").count(), 2, "{drawn}");
    }
}

#[test]
fn a_change_that_is_filtered_out_keeps_its_bar() {
    let extras = Extras {
        only: Some(BTreeSet::from([1])),
        ..nothing()
    };
    check(
        "a\nx\ny\nb\n",
        "A1\nx\ny\nB1\n",
        Mode::Inline,
        &extras,
        "#0 =1 =2 #1 -3 +3",
    );
}

#[test]
fn the_place_to_write_stands_below_its_change() {
    let extras = Extras {
        editors: BTreeSet::from([0]),
        ..nothing()
    };
    check(
        "a b c\nx\n",
        "a B c\nx\n",
        Mode::SideBySide,
        &extras,
        "#0 0|0 edit0 =1",
    );
}

#[test]
fn a_change_with_notes_is_not_filtered_out() {
    let extras = Extras {
        only: Some(BTreeSet::from([1])),
        notes: BTreeSet::from([0]),
        ..nothing()
    };
    check(
        "a b c\nx\ny\nb c d\n",
        "a B c\nx\ny\nb C d\n",
        Mode::SideBySide,
        &extras,
        "#0 0|0 notes0 =1 =2 #1 3|3",
    );
}

#[cfg(not(target_arch = "wasm32"))]
mod properties {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(96))]

        #[test]
        fn folding_and_filtering_hide_no_comment(
            lines in prop::collection::vec("[ab]{1,2}", 1..120),
            changed in prop::collection::btree_set(0_usize..120, 0..6),
            notes in prop::collection::btree_set(0_usize..1_000, 0..6),
            opened in prop::collection::vec((0_usize..30, 0_usize..30), 0..8),
            only in prop::option::of(prop::collection::btree_set(0_usize..6, 0..3)),
        ) {
            let before = lines.join("\n");
            let after = lines.iter().enumerate().map(|(number, line)| {
                if changed.contains(&number) { format!("{line} new") } else { line.clone() }
            }).collect::<Vec<_>>().join("\n");
            let diff = diff(&before, &after, &Limits::default());
            let extras = Extras {
                opened: opened.into_iter().map(|(top, bottom)| Opened { top, bottom }).collect(),
                notes: notes.iter().map(|row| row % diff.row_count()).collect(),
                only,
                ..nothing()
            };
            for mode in [Mode::SideBySide, Mode::Inline, Mode::Reading] {
                let laid = Slots::new(&diff, mode, &extras);
                let shown: Vec<usize> = laid.slots.iter().filter_map(|slot| match slot {
                    Slot::Notes(row) => Some(*row),
                    _ => None,
                }).collect();
                let mut sorted = shown.clone();
                sorted.sort_unstable();
                prop_assert_eq!(&sorted, &extras.notes.iter().copied().collect::<Vec<_>>());
            }
        }
    }
}
