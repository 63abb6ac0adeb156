//! One line of a diff: numbers, sign, text.

use super::{
    chips,
    layout::{Line, Mode},
};
use leptos::prelude::*;
use prompt_diff::{Edit, PromptDiff, RowKind, Side, Span};

/// What a half of a line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Same,
    Removed,
    Added,
    /// The other side has a line here and this one has not.
    Missing,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Removed => "removed",
            Self::Added => "added",
            Self::Missing => "missing",
        }
    }

    /// Returns the sign that stands in the text, so that colour carries no meaning of its own.
    fn sign(self) -> &'static str {
        match self {
            Self::Same | Self::Missing => "",
            Self::Removed => "\u{2212}",
            Self::Added => "+",
        }
    }

    fn of(side: Side) -> Self {
        match side {
            Side::Before => Self::Removed,
            Side::After => Self::Added,
        }
    }
}

/// Draws a line.
pub(super) fn line(diff: &PromptDiff, mode: Mode, line: Line) -> AnyView {
    let halves = match (mode, line) {
        (Mode::SideBySide, Line::Same(row)) => {
            vec![
                same(diff, row, Some(Side::Before)),
                same(diff, row, Some(Side::After)),
            ]
        }
        (Mode::Inline, Line::Same(row)) => vec![same(diff, row, None)],
        (Mode::SideBySide, Line::Before(row)) => {
            vec![changed(diff, mode, row, Side::Before), missing()]
        }
        (Mode::SideBySide, Line::After(row)) => {
            vec![missing(), changed(diff, mode, row, Side::After)]
        }
        (Mode::Inline, Line::Before(row)) => vec![changed(diff, mode, row, Side::Before)],
        (Mode::Inline, Line::After(row)) => vec![changed(diff, mode, row, Side::After)],
        (_, Line::Beside(before, after)) => vec![
            changed(diff, mode, before, Side::Before),
            changed(diff, mode, after, Side::After),
        ],
    };
    view! { <div class="diff-line">{halves}</div> }.into_any()
}

/// Draws an unchanged line: the half of one side, or the line with the numbers of both.
fn same(diff: &PromptDiff, row: usize, side: Option<Side>) -> AnyView {
    let lines = diff.row(row).map(|row| row.lines).unwrap_or_default();
    let body = lines
        .after
        .map(|line| diff.revisions.after.body(line))
        .unwrap_or_default();
    let numbers = match side {
        Some(side) => vec![number(*lines.get(side))],
        None => vec![number(lines.before), number(lines.after)],
    };
    // Side by side the same text stands twice; once is enough to hear.
    let unheard = (side == Some(Side::Before)).then_some("true");
    let text = chips::text(body);
    view! {
        <div class="diff-half" data-kind=Kind::Same.as_str() aria-hidden=unheard>
            {numbers}
            <span class="diff-sign"></span>
            <span class="diff-text" dir="auto">
                {text}
            </span>
        </div>
    }
    .into_any()
}

/// Draws one side of a changed row.
fn changed(diff: &PromptDiff, mode: Mode, row: usize, side: Side) -> AnyView {
    let Some(row) = diff.row(row) else {
        return missing();
    };
    let Some(line) = *row.lines.get(side) else {
        return missing();
    };
    let revision = diff.revisions.get(side);
    let body = revision.body(line);
    let words = (row.kind == RowKind::Changed).then(|| diff.words_of(&row));
    let edit = words.as_ref().map(|words| words.edit);
    let spans = words
        .as_ref()
        .map_or(&[] as &[Span], |words| words.spans.get(side));
    let text = match edit {
        Some(Edit::Words | Edit::Spaces) => marked(body, spans),
        _ => chips::text(body),
    };
    let kind = Kind::of(side);
    let notes = notes(diff, edit, side, line);
    let heard = format!("{}, line {}: ", kind.as_str(), line + 1);
    let content = view! {
        <span class="visually-hidden">{heard}</span>
        {text}
        {notes}
    };
    let content = match side {
        Side::Before => view! { <del class="diff-text" dir="auto">{content}</del> }.into_any(),
        Side::After => view! { <ins class="diff-text" dir="auto">{content}</ins> }.into_any(),
    };
    let numbers = match (mode, side) {
        (Mode::SideBySide, _) => vec![number(Some(line))],
        (Mode::Inline, Side::Before) => vec![number(Some(line)), number(None)],
        (Mode::Inline, Side::After) => vec![number(None), number(Some(line))],
    };
    view! {
        <div class="diff-half" data-kind=kind.as_str()>
            {numbers}
            <span class="diff-sign" aria-hidden="true">
                {kind.sign()}
            </span>
            {content}
        </div>
    }
    .into_any()
}

fn missing() -> AnyView {
    view! {
        <div class="diff-half" data-kind=Kind::Missing.as_str() aria-hidden="true">
            {number(None)}
            <span class="diff-sign"></span>
            <span class="diff-text"></span>
        </div>
    }
    .into_any()
}

fn number(line: Option<usize>) -> AnyView {
    view! {
        <span class="diff-number" aria-hidden="true">
            {line.map(|line| line + 1)}
        </span>
    }
    .into_any()
}

/// Draws a line with the words that changed in it.
fn marked(body: &str, spans: &[Span]) -> AnyView {
    let draw = |span: &Span| {
        let text = chips::text(body.get(span.range.clone()).unwrap_or_default());
        if span.changed {
            view! { <mark class="diff-word">{text}</mark> }.into_any()
        } else {
            text
        }
    };
    spans.iter().map(draw).collect_view().into_any()
}

/// Says what the eye would miss: that only spaces changed, or the line feed at the end.
fn notes(diff: &PromptDiff, edit: Option<Edit>, side: Side, line: usize) -> AnyView {
    let other = match side {
        Side::Before => &diff.revisions.after,
        Side::After => &diff.revisions.before,
    };
    let ends_bare = !diff.revisions.get(side).ends_in_line_feed(line);
    let end = (ends_bare && other.text().ends_with('\n')).then_some("no line feed at the end");
    let spaces =
        (edit == Some(Edit::Spaces) && side == Side::After).then_some("only spaces changed");
    let note = |words: &'static str| view! { <span class="diff-note">{words}</span> };
    [end, spaces]
        .into_iter()
        .flatten()
        .map(note)
        .collect_view()
        .into_any()
}
