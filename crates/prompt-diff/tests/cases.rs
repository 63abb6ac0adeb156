//! Prompt edits made by hand, and how they read.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test that goes wrong may stop"
)]

use prompt_diff::{
    CONTEXT_ROWS, Edit, Label, Limits, Part, Piece, PromptDiff, References, Row, RowKind, Side,
    Span, Weight, diff, finding_counts, fold, instructions, measures, pieces, sections, size,
};
use std::{fmt::Write as _, fs, path::Path};

#[test]
fn every_case_reads_as_pinned() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut names: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .collect();
    names.sort();
    assert!(names.len() >= 40, "the cases are there");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in names {
            let text = fs::read_to_string(&path).unwrap();
            let (expected, texts) = text.split_once("=== before ===\n").unwrap();
            let (before, after) = texts.split_once("=== after ===\n").unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap();
            insta::assert_snapshot!(name, format!("{expected}\n{}", drawn(before, after)));
        }
    });
}

/// Draws a diff as text, as a reviewer reads it: the head first, then the rows.
///
/// Rows have the line numbers of both sides (`3.2` is the second part of line 3), a sign, and the words changed in
/// brackets: `-` and `+` removed and added, `<` and `>` moved away and here, `~` wrapped anew.
fn drawn(before: &str, after: &str) -> String {
    let diff = diff(before, after, &Limits::default());
    let mut text = String::new();
    draw_head(&mut text, &diff);
    text.push('\n');
    for part in fold(&diff, CONTEXT_ROWS, &[]) {
        match part {
            Part::Fold(fold) => {
                let _ = writeln!(
                    text,
                    "          … {} unchanged · {}",
                    fold.rows.len(),
                    fold.path.join(" › ")
                );
            }
            Part::Rows(rows) => diff
                .rows(rows)
                .for_each(|row| draw_row(&mut text, &diff, &row)),
        }
    }
    text
}

fn draw_head(text: &mut String, diff: &PromptDiff) {
    let (before, after) = (diff.revisions.before.text(), diff.revisions.after.text());
    let counts = size(before, after);
    let measures = measures(diff);
    let words = measures.words;
    let tokens = measures.estimated_tokens;
    let _ = writeln!(
        text,
        "lines +{} -{} in {} hunks, words +{} -{} moved {}, about {} > {} tokens",
        counts.added,
        counts.removed,
        diff.hunks.len(),
        words.added,
        words.removed,
        words.moved,
        tokens.before,
        tokens.after
    );
    for section in sections(diff) {
        let _ = writeln!(
            text,
            "section: {} ({:?} +{} -{} moved {})",
            section.path.join(" › "),
            section.change,
            section.lines.added,
            section.lines.removed,
            section.moved
        );
    }
    let found = instructions(diff);
    for one in &found.removed {
        let _ = writeln!(text, "lost: {}", one.text);
    }
    for one in &found.added {
        let _ = writeln!(text, "new: {}", one.text);
    }
    for pair in &found.reworded {
        let _ = writeln!(text, "reworded: {} > {}", pair.before.text, pair.after.text);
    }
    let references = measures.references;
    for one in &references.changed {
        let _ = writeln!(
            text,
            "changed: {:?} {} > {}",
            one.before.kind, one.before.text, one.after.text
        );
    }
    for one in &references.dropped {
        let still = if References::is_gone_for_good(one, diff) {
            ""
        } else {
            " (still elsewhere)"
        };
        let _ = writeln!(text, "dropped: {:?} {}{still}", one.kind, one.text);
    }
    for one in &references.added {
        let _ = writeln!(text, "added: {:?} {}", one.kind, one.text);
    }
    for one in finding_counts(before, after) {
        let _ = writeln!(
            text,
            "{}: {} {} {}, {} > {} times",
            if one.first.weight == Weight::Blocking {
                "must be acknowledged"
            } else {
                "shown"
            },
            one.first.name,
            one.code_points,
            one.first.reads_as.as_deref().unwrap_or_default(),
            one.count.before,
            one.count.after
        );
    }
    for fallback in &diff.fallbacks {
        let _ = writeln!(text, "left out: {fallback}");
    }
}

fn draw_row(text: &mut String, diff: &PromptDiff, row: &Row) {
    let label = |side: Side| {
        let label = row
            .lines
            .get(side)
            .map(|line| diff.revisions.get(side).label(line));
        match label {
            None => String::new(),
            Some(Label { number, part: None }) => number.to_string(),
            Some(Label {
                number,
                part: Some(part),
            }) => format!("{number}.{part}"),
        }
    };
    let (before, after) = (label(Side::Before), label(Side::After));
    let words = diff.words_of(row);
    let line = |side: Side| {
        let line = (*row.lines.get(side))?;
        Some(marked(
            diff.revisions.get(side).body(line),
            words.spans.get(side),
            words.edit,
        ))
    };
    let note = match (row.kind, words.edit) {
        (RowKind::Changed, Edit::Words) => "",
        (RowKind::Rewrapped { .. }, Edit::Wrapped) => "   (Wrapped)",
        (RowKind::Changed, edit) => &format!("   ({edit:?})"),
        _ => "",
    };
    match row.kind {
        RowKind::Same => {
            let body = seen(diff.revisions.after.body(row.lines.after.unwrap()));
            let _ = writeln!(text, "{before:>5}{after:>5}   {body}");
        }
        RowKind::MovedAway { to } => {
            let to = diff.revisions.after.label(to).number;
            let body = diff.revisions.before.body(row.lines.before.unwrap());
            let _ = writeln!(text, "{before:>5}      < to {to}: {}", seen(body));
        }
        RowKind::MovedHere { from } => {
            let from = diff.revisions.before.label(from).number;
            let _ = writeln!(
                text,
                "     {after:>5} > from {from}: {}",
                line(Side::After).unwrap()
            );
        }
        kind => {
            let signs = if matches!(kind, RowKind::Rewrapped { .. }) {
                ["~-", "~+"]
            } else {
                ["-", "+"]
            };
            if let Some(removed) = line(Side::Before) {
                let _ = writeln!(text, "{before:>5}      {} {removed}{note}", signs[0]);
            }
            if let Some(added) = line(Side::After) {
                let _ = writeln!(text, "     {after:>5} {} {added}", signs[1]);
            }
        }
    }
}

/// Writes a line with its changed words in brackets; a line that is new or gone as a whole needs none.
fn marked(body: &str, spans: &[Span], edit: Edit) -> String {
    let draw = |span: &Span| {
        let part = seen(&body[span.range.clone()]);
        if span.changed && edit != Edit::Rewritten {
            format!("[{part}]")
        } else {
            part
        }
    };
    spans.iter().map(draw).collect()
}

fn seen(body: &str) -> String {
    let draw = |piece: Piece| match piece {
        Piece::Text(range) => body[range].to_owned(),
        Piece::Hidden(hidden) => format!("⟨{}⟩", hidden.number()),
    };
    pieces(body).into_iter().map(draw).collect()
}
