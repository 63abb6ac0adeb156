//! Prompt edits made by hand, and how they read.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::format_collect,
    reason = "a test that goes wrong may stop"
)]

use prompt_diff::{
    CONTEXT_ROWS, Limits, Part, Piece, PromptDiff, Row, RowKind, Side, Span, diff, fold, hidden,
    instructions, pieces, size,
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
    assert!(names.len() >= 12, "the cases are there");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(&folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for path in names {
            let text = fs::read_to_string(&path).unwrap();
            let (before, after) = text.split_once("=== after ===\n").unwrap();
            let name = path.file_stem().unwrap().to_str().unwrap();
            insta::assert_snapshot!(name, drawn(before, after));
        }
    });
}

/// Draws a diff as text: line numbers of both sides, a sign, and the words changed in brackets.
fn drawn(before: &str, after: &str) -> String {
    let diff = diff(before, after, &Limits::default());
    let counts = size(before, after);
    let mut text = format!(
        "+{} -{} in {} hunks\n",
        counts.added,
        counts.removed,
        diff.hunks.len()
    );
    let found = instructions(&diff);
    for one in &found.removed {
        let _ = writeln!(text, "lost: {}", one.text);
    }
    for one in &found.added {
        let _ = writeln!(text, "new: {}", one.text);
    }
    for pair in &found.reworded {
        let _ = writeln!(text, "reworded: {}", pair.after.text);
    }
    for one in hidden(after) {
        let decoded = one.decoded.as_deref().unwrap_or_default();
        let _ = writeln!(text, "hidden: {} {} {decoded}", one.number(), one.name);
    }
    text.push('\n');
    for part in fold(&diff, CONTEXT_ROWS, &[]) {
        match part {
            Part::Fold(fold) => {
                let _ = writeln!(
                    text,
                    "      … {} unchanged · {}",
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

fn draw_row(text: &mut String, diff: &PromptDiff, row: &Row) {
    let body = |side: Side| {
        let number = row.lines.get(side).unwrap_or_default();
        diff.revisions.get(side).body(number)
    };
    let number = |side: Side| row.lines.get(side).unwrap_or_default() + 1;
    let (before, after) = (number(Side::Before), number(Side::After));
    match row.kind {
        RowKind::Same => {
            let _ = writeln!(text, "{before:>3}{after:>3}   {}", seen(body(Side::After)));
        }
        RowKind::Removed => {
            let _ = writeln!(text, "{before:>3}    - {}", seen(body(Side::Before)));
        }
        RowKind::Added => {
            let _ = writeln!(text, "   {after:>3} + {}", seen(body(Side::After)));
        }
        _ => {
            let words = diff.words_of(row);
            let removed = marked(body(Side::Before), &words.spans.before);
            let added = marked(body(Side::After), &words.spans.after);
            let _ = writeln!(text, "{before:>3}    - {removed}   ({:?})", words.edit);
            let _ = writeln!(text, "   {after:>3} + {added}");
        }
    }
}

fn marked(body: &str, spans: &[Span]) -> String {
    let draw = |span: &Span| {
        let part = seen(&body[span.range.clone()]);
        if span.changed {
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
