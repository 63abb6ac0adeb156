//! What must hold for any two texts, as functions that panic where it does not: run under proptest here, and
//! fit for a fuzzer that makes up the texts.

use prompt_diff::{
    Layout, Limits, Line, Merged, Mode, Opened, Part, PromptDiff, Row, RowKind, Side, apply, diff,
    findings, findings_fingerprint, fold, instructions, merge, pieces, search, similar, size,
    spoken,
};
use std::collections::{BTreeMap, BTreeSet};
use unicode_segmentation::UnicodeSegmentation as _;

/// All modes.
const MODES: [Mode; 3] = [Mode::SideBySide, Mode::Inline, Mode::Reading];

fn compared(before: &str, after: &str) -> PromptDiff {
    diff(before, after, &Limits::default())
}

fn all_rows(diff: &PromptDiff) -> Vec<Row> {
    diff.rows(0..diff.row_count()).collect()
}

/// Both texts can be put together again from the rows, and each row can be fetched by its number and its lines.
pub(crate) fn rows_rebuild_both_sides(before: &str, after: &str) {
    let diff = compared(before, after);
    let rows = all_rows(&diff);
    assert_eq!(rows.len(), diff.row_count());
    for (side, text) in [(Side::Before, before), (Side::After, after)] {
        let revision = diff.revisions.get(side);
        let lines: Vec<usize> = rows.iter().filter_map(|row| *row.lines.get(side)).collect();
        assert_eq!(lines, (0..revision.line_count()).collect::<Vec<_>>());
        let rebuilt: String = lines.iter().map(|&line| revision.line(line)).collect();
        assert_eq!(rebuilt, text);
        for line in lines {
            let row = diff.row_of_line(side, line).unwrap();
            assert_eq!(*rows[row].lines.get(side), Some(line));
            assert_eq!(revision.line_at(revision.range(line).start), line);
            assert!(revision.label(line).number >= 1);
        }
    }
    for (number, row) in rows.iter().enumerate() {
        assert_eq!(diff.row(number), Some(*row));
        assert_eq!(diff.hunk_of_row(number).is_none(), row.is_same());
    }
    assert_eq!(diff.row(rows.len()), None);
}

/// A row says that it is unchanged if and only if both its lines are the same, byte for byte; lines that moved
/// point at one another.
pub(crate) fn rows_tell_the_truth(before: &str, after: &str) {
    let diff = compared(before, after);
    for row in all_rows(&diff) {
        match (row.kind, row.lines.before, row.lines.after) {
            (RowKind::Same | RowKind::Changed, Some(old), Some(new)) => {
                let equal = diff.revisions.before.line(old) == diff.revisions.after.line(new);
                assert_eq!(row.is_same(), equal);
            }
            (RowKind::Removed, Some(_), None)
            | (RowKind::Added, None, Some(_))
            | (RowKind::Rewrapped { .. }, _, _) => {}
            (RowKind::MovedAway { to }, Some(old), None) => {
                let there = diff
                    .row_of_line(Side::After, to)
                    .and_then(|row| diff.row(row));
                assert_eq!(
                    there.map(|row| row.kind),
                    Some(RowKind::MovedHere { from: old })
                );
            }
            (RowKind::MovedHere { from }, None, Some(new)) => {
                let there = diff
                    .row_of_line(Side::Before, from)
                    .and_then(|row| diff.row(row));
                assert_eq!(
                    there.map(|row| row.kind),
                    Some(RowKind::MovedAway { to: new })
                );
            }
            other => panic!("no such row: {other:?}"),
        }
        for side in [Side::Before, Side::After] {
            let heard = spoken(&diff, &row, side);
            assert_eq!(
                heard.is_some(),
                !row.is_same() && row.lines.get(side).is_some()
            );
        }
    }
}

/// Spans cover each line without gaps, end at graphemes, and what is unchanged is the same on both sides.
pub(crate) fn spans_are_whole(before: &str, after: &str) {
    let diff = compared(before, after);
    for row in all_rows(&diff) {
        let words = diff.words_of(&row);
        let lines = match row.kind {
            RowKind::MovedAway { to } => [row.lines.before, Some(to)],
            RowKind::MovedHere { from } => [Some(from), row.lines.after],
            _ => [row.lines.before, row.lines.after],
        };
        let mut common = [String::new(), String::new()];
        for ((side, line), common) in [Side::Before, Side::After]
            .into_iter()
            .zip(lines)
            .zip(&mut common)
        {
            let spans = words.spans.get(side);
            let Some(line) = line else {
                assert!(spans.is_empty());
                continue;
            };
            let body = diff.revisions.get(side).body(line);
            let mut borders: BTreeSet<usize> =
                body.grapheme_indices(true).map(|(at, _)| at).collect();
            borders.insert(body.len());
            let mut place = 0;
            for span in spans {
                assert_eq!(span.range.start, place, "no gap in {body:?}");
                assert!(span.range.end > place, "no empty spans in {body:?}");
                assert!(
                    borders.contains(&span.range.end),
                    "{span:?} cuts a grapheme of {body:?}"
                );
                if !span.changed {
                    common.push_str(&body[span.range.clone()]);
                }
                place = span.range.end;
            }
            assert_eq!(place, body.len());
        }
        if matches!(
            row.kind,
            RowKind::Changed | RowKind::MovedAway { .. } | RowKind::MovedHere { .. }
        ) {
            assert_eq!(common[0], common[1]);
        }
    }
}

/// In reading order, what is not gone is the text after, and what is gone and unchanged is the text before.
pub(crate) fn reading_loses_nothing(before: &str, after: &str) {
    let diff = compared(before, after);
    let mut gone = BTreeMap::<usize, usize>::new();
    for row in all_rows(&diff) {
        let stretches = diff.reading_of(&row);
        for stretch in &stretches {
            let text = diff.revisions.get(stretch.side).text();
            assert!(
                text.get(stretch.range.clone())
                    .is_some_and(|text| !text.is_empty())
            );
            if stretch.side == Side::Before {
                gone.insert(stretch.range.start, stretch.range.end);
            }
        }
        if let (Some(line), false) = (
            row.lines.after,
            matches!(row.kind, RowKind::MovedAway { .. }),
        ) {
            let text = diff.revisions.after.text();
            let read: String = stretches
                .iter()
                .filter(|stretch| stretch.side == Side::After)
                .map(|stretch| &text[stretch.range.clone()])
                .collect();
            assert_eq!(read, diff.revisions.after.body(line));
        }
    }
}

/// All hunks give the text after, none the text before, and any others what was chosen and nothing else.
pub(crate) fn any_hunks_apply(before: &str, after: &str, seed: u64) {
    let diff = compared(before, after);
    let none = BTreeMap::new();
    let all: BTreeSet<_> = diff.ids().iter().cloned().collect();
    assert_eq!(all.len(), diff.hunks.len(), "ids are unique");
    assert_eq!(apply(&diff, &all, &none), after);
    assert_eq!(apply(&diff, &BTreeSet::new(), &none), before);
    let is_chosen = |place: usize| seed.rotate_right(u32::try_from(place % 64).unwrap()) & 1 == 1;
    let chosen = |place: &usize| is_chosen(*place);
    let some: BTreeSet<_> = (0..diff.hunks.len())
        .filter(chosen)
        .map(|place| diff.ids()[place].clone())
        .collect();
    let mut expected = String::new();
    let mut place = 0;
    for (number, hunk) in diff.hunks.iter().enumerate() {
        expected += diff.revisions.before.lines(place..hunk.lines.before.start);
        expected += if is_chosen(number) {
            diff.revisions.after.lines(hunk.lines.after.clone())
        } else {
            diff.revisions.before.lines(hunk.lines.before.clone())
        };
        place = hunk.lines.before.end;
    }
    expected += diff
        .revisions
        .before
        .lines(place..diff.revisions.before.line_count());
    assert_eq!(apply(&diff, &some, &none), expected);
    // An edit that says what the hunk says changes nothing, and one that puts the old text back undoes the hunk.
    let unedited: BTreeMap<_, _> = diff
        .hunks
        .iter()
        .zip(diff.ids())
        .map(|(hunk, id)| {
            (
                id.clone(),
                diff.revisions
                    .after
                    .lines(hunk.lines.after.clone())
                    .to_owned(),
            )
        })
        .collect();
    assert_eq!(apply(&diff, &all, &unedited), after);
    let old: BTreeMap<_, _> = diff
        .hunks
        .iter()
        .zip(diff.ids())
        .map(|(hunk, id)| {
            (
                id.clone(),
                diff.revisions
                    .before
                    .lines(hunk.lines.before.clone())
                    .to_owned(),
            )
        })
        .collect();
    assert_eq!(apply(&diff, &all, &old), before);
}

/// Folds hide no changed row and none that is open or a key location; parts and layouts cover all rows in order.
pub(crate) fn folding_hides_no_change(
    before: &str,
    after: &str,
    opened: &[(usize, usize)],
    keys: &[usize],
) {
    let diff = compared(before, after);
    let mut place = 0;
    for part in fold(&diff, 3, &[]) {
        let rows = match part {
            Part::Rows(rows) => rows,
            Part::Fold(fold) => fold.rows,
        };
        assert_eq!(rows.start, place, "no gap and no overlap");
        assert!(!rows.is_empty());
        place = rows.end;
    }
    assert_eq!(place, diff.row_count());
    let opened: Vec<Opened> = opened
        .iter()
        .map(|&(top, bottom)| Opened { top, bottom })
        .collect();
    for mode in MODES {
        let layout = Layout::new(&diff, mode, &opened, keys);
        let lines: Vec<Line> = layout.lines(0..usize::MAX).collect();
        assert_eq!(lines.len(), layout.len());
        let mut shown: BTreeSet<(usize, bool)> = BTreeSet::new();
        for line in lines {
            match line {
                Line::Row(row) => shown.extend([(row, false), (row, true)]),
                Line::Before(row) => drop(shown.insert((row, false))),
                Line::After(row) => drop(shown.insert((row, true))),
                Line::Beside(left, right) => shown.extend([(left, false), (right, true)]),
                Line::Fold(fold) => {
                    for row in layout.folds()[fold].rows.clone() {
                        assert!(diff.row(row).unwrap().is_same(), "a fold hides a change");
                        assert!(!keys.contains(&row), "a fold hides a key location");
                    }
                }
            }
        }
        let folded: usize = layout.folds().iter().map(|fold| fold.rows.len()).sum();
        let drawn: BTreeSet<usize> = shown.iter().map(|(row, _)| *row).collect();
        for (number, row) in all_rows(&diff).into_iter().enumerate() {
            let is_folded = layout
                .folds()
                .iter()
                .any(|fold| fold.rows.contains(&number));
            let is_read =
                mode != Mode::Reading || row.lines.after.is_some() || row.lines.before.is_some();
            if is_folded || (mode == Mode::Reading && matches!(row.kind, RowKind::Rewrapped { .. }))
            {
                continue;
            }
            assert!(
                is_read && drawn.contains(&number),
                "row {number} is not drawn"
            );
            let at = layout.line_of_row(number).unwrap();
            assert!(at < layout.len());
            for side in [Side::Before, Side::After] {
                if row.lines.get(side).is_some() {
                    assert!(
                        shown.contains(&(number, side == Side::After)),
                        "{side:?} of row {number} in {mode:?}"
                    );
                }
            }
        }
        assert!(folded + drawn.len() <= diff.row_count());
        let mut end = 0;
        for mark in layout.marks(&diff) {
            assert!(
                mark.lines.start >= end && mark.lines.end <= layout.len() && !mark.lines.is_empty()
            );
            assert!(mark.hunk < diff.hunks.len());
            end = mark.lines.end;
        }
    }
}

/// A merge with a side that changed nothing gives the other side, and what both agree on is taken.
pub(crate) fn merges_keep_both_sides(base: &str, one: &str, other: &str) {
    assert_eq!(merge(base, base, one).text().as_deref(), Some(one));
    assert_eq!(merge(base, one, base).text().as_deref(), Some(one));
    assert_eq!(merge(base, one, one).text().as_deref(), Some(one));
    let merged = merge(base, one, other);
    let side = |pick: fn(&Merged) -> &str| -> String { merged.pieces().iter().map(pick).collect() };
    if merged.conflict_count() > 0 {
        assert_eq!(merged.text(), None);
    }
    // Conflicts are texts of their sides.
    for piece in merged.pieces() {
        if let Merged::Conflict {
            base: a,
            current: b,
            proposed: c,
            ..
        } = piece
        {
            assert!(
                base.contains(a.as_str()) && one.contains(b.as_str()) && other.contains(c.as_str())
            );
        }
    }
    drop(side(|piece| match piece {
        Merged::Clean(text) => text,
        Merged::Conflict { current, .. } => current,
    }));
}

/// Everything else takes any text, and says nothing that is not so.
pub(crate) fn readings_take_any_text(before: &str, after: &str, needle: &str) {
    let diff = compared(before, after);
    assert!(diff.work() <= Limits::default().work);
    for one in instructions(&diff).removed {
        assert!(one.line < diff.revisions.before.line_count());
        assert!(!one.text.is_empty());
    }
    for hit in search(&diff, needle, 1_000) {
        let row = diff.row(hit.row).unwrap();
        let line = row.lines.get(hit.side).unwrap();
        let text = &diff.revisions.get(hit.side).body(line)[hit.range];
        assert_eq!(text.to_lowercase(), needle.to_lowercase());
    }
    assert!(pieces(after).len() <= after.chars().count());
    for finding in findings(after) {
        assert!(
            after
                .get(finding.range)
                .is_some_and(|text| !text.is_empty())
        );
    }
    assert_eq!(
        findings_fingerprint(before, after),
        findings_fingerprint(before, after)
    );
    let likeness = similar(before, after, after, before);
    assert!((0.0..=1.0).contains(&likeness));
    let counts = size(before, after);
    assert_eq!(counts.added == 0 && counts.removed == 0, before == after);
}

/// With little work allowed the diff is coarse, and still whole.
pub(crate) fn little_work_still_shows_all(before: &str, after: &str, work: u64) {
    let diff = diff(before, after, &Limits { work });
    assert!(diff.work() <= work);
    let all: BTreeSet<_> = diff.ids().iter().cloned().collect();
    assert_eq!(apply(&diff, &all, &BTreeMap::new()), after);
    assert_eq!(apply(&diff, &BTreeSet::new(), &BTreeMap::new()), before);
    for row in all_rows(&diff) {
        drop(diff.words_of(&row));
    }
}
