//! One line of a diff, side by side or inline: numbers, sign, text.

use super::{
    chips,
    layout::{first_row, kind, last_row},
    model,
    search::Marks,
};
use leptos::prelude::*;
use prompt_diff::{Edit, Line, Mode, PromptDiff, Row, RowKind, Side, Sides, Span, Words, spoken};
use std::ops::Range;

/// A part of a line, with all that is needed to draw it.
pub(super) struct Drawing<'a> {
    pub(super) diff: &'a PromptDiff,
    pub(super) mode: Mode,
    pub(super) line: Line,
    /// Which part of the line, from 0, and its bytes on each side.
    pub(super) part: usize,
    pub(super) ranges: Sides<Range<usize>>,
    pub(super) marks: &'a Marks,
}

/// Returns the word for programs of what one side of a row is.
pub(super) fn kind_word(kind: RowKind, side: Side) -> &'static str {
    match (kind, side) {
        (RowKind::Same, _) => "same",
        (RowKind::MovedAway { .. } | RowKind::MovedHere { .. }, _) => "moved",
        (RowKind::Rewrapped { .. }, _) => "rewrapped",
        (RowKind::Changed | RowKind::Removed | RowKind::Added, Side::Before) => "removed",
        (RowKind::Changed | RowKind::Removed | RowKind::Added, Side::After) => "added",
    }
}

/// Returns the sign that stands in the text, so that colour carries no meaning of its own.
fn sign(kind: RowKind, side: Side) -> &'static str {
    match (kind, side) {
        (RowKind::Same, _) => "",
        (RowKind::MovedAway { .. }, _) => "\u{2197}",
        (RowKind::MovedHere { .. }, _) => "\u{2198}",
        (RowKind::Rewrapped { .. }, _) => "\u{21B5}",
        (_, Side::Before) => "\u{2212}",
        (_, Side::After) => "+",
    }
}

impl Drawing<'_> {
    /// Draws the line.
    pub(super) fn halves(&self) -> AnyView {
        let is_same = kind(self.diff, self.line) == RowKind::Same;
        let halves = match (self.mode, self.line) {
            (Mode::SideBySide, Line::Row(_)) if is_same => {
                vec![self.same(Some(Side::Before)), self.same(Some(Side::After))]
            }
            (_, Line::Row(_)) if is_same => vec![self.same(None)],
            (Mode::SideBySide, Line::Before(_)) => vec![self.changed(Side::Before), missing()],
            (Mode::SideBySide, Line::After(_)) => vec![missing(), self.changed(Side::After)],
            (_, Line::Before(_)) => vec![self.changed(Side::Before)],
            (_, Line::After(_)) => vec![self.changed(Side::After)],
            (_, Line::Row(_) | Line::Beside(..) | Line::Fold(_)) => {
                vec![self.changed(Side::Before), self.changed(Side::After)]
            }
        };
        view! { <div class="diff-line">{halves}</div> }.into_any()
    }

    /// Draws an unchanged line: the half of one side, or the line with the numbers of both.
    fn same(&self, side: Option<Side>) -> AnyView {
        let numbers = match side {
            Some(side) => vec![self.number(side)],
            None => vec![self.number(Side::Before), self.number(Side::After)],
        };
        // Side by side the same text stands twice; once is enough to hear.
        let unheard = (side == Some(Side::Before)).then_some("true");
        let text = self.text(side.unwrap_or(Side::After), &[]);
        view! {
            <div
                class="diff-half"
                data-kind="same"
                data-side=side.map(side_word)
                data-half-row=first_row(self.line)
                aria-hidden=unheard
            >
                {numbers}
                <span class="diff-sign"></span>
                <span class="diff-text" dir="auto">
                    {text}
                </span>
            </div>
        }
        .into_any()
    }

    /// Draws one side of a changed line.
    fn changed(&self, side: Side) -> AnyView {
        let number = match side {
            Side::Before => first_row(self.line),
            Side::After => last_row(self.line),
        };
        let row = model::row(self.diff, self.line, side);
        let has_line = model::numbers(self.diff, self.line).get(side).is_some();
        let Some(row) = row.filter(|_| has_line) else {
            return missing();
        };
        let words = model::words(self.diff, &row);
        let marked = words.as_ref().filter(|words| model::is_marked(words));
        let spans = marked.map(|words| words.spans.get(side).as_slice());
        let text = self.text(side, spans.unwrap_or_default());
        let heard = (self.part == 0)
            .then(|| spoken(self.diff, &row, side))
            .flatten();
        let content = view! {
            <span class="visually-hidden">{heard}</span>
            {text}
            {self.notes(&row, words.as_ref(), side)}
        };
        let content = match side {
            Side::Before => view! { <del class="diff-text" dir="auto">{content}</del> }.into_any(),
            Side::After => view! { <ins class="diff-text" dir="auto">{content}</ins> }.into_any(),
        };
        let empty = || view! { <span class="diff-number"></span> }.into_any();
        let numbers = match (self.mode, side) {
            (Mode::SideBySide, _) => vec![self.number(side)],
            (_, Side::Before) => vec![self.number(side), empty()],
            (_, Side::After) => vec![empty(), self.number(side)],
        };
        view! {
            <div
                class="diff-half"
                data-kind=kind_word(row.kind, side)
                data-side=side_word(side)
                data-half-row=number
            >
                {numbers}
                <span class="diff-sign" aria-hidden="true">
                    {sign(row.kind, side)}
                </span>
                {content}
            </div>
        }
        .into_any()
    }

    /// Draws the number of a side's line; a part after the first says that the line goes on.
    fn number(&self, side: Side) -> AnyView {
        let line = *model::numbers(self.diff, self.line).get(side);
        let words = line.map(|line| self.label(side, line));
        view! {
            <span class="diff-number" aria-hidden="true">
                {words}
            </span>
        }
        .into_any()
    }

    /// Returns what line `line` of `side` is called; a part after the first of a long line only says that it goes on.
    pub(super) fn label(&self, side: Side, line: usize) -> String {
        let label = self.diff.revisions.get(side).label(line);
        if self.part > 0 || label.part.is_some_and(|part| part > 1) {
            "\u{22EF}".to_owned()
        } else {
            label.number.to_string()
        }
    }

    pub(super) fn body(&self, side: Side) -> &str {
        model::bodies(self.diff, self.line).get(side)
    }

    /// Returns the places of the search in one side.
    pub(super) fn hits(&self, side: Side) -> Vec<Hit> {
        let row = match side {
            Side::Before => first_row(self.line),
            Side::After => last_row(self.line),
        };
        let is_same = kind(self.diff, self.line) == RowKind::Same;
        self.marks.of(row, side, is_same)
    }

    /// Draws the part of a side with the words that changed in it, and what is searched for.
    fn text(&self, side: Side, spans: &[Span]) -> AnyView {
        let (body, range) = (self.body(side), self.ranges.get(side).clone());
        fragments(body, range, spans, &self.hits(side))
    }

    /// Says what the eye would miss: a move, that only spaces changed, or the line feed at the end.
    pub(super) fn notes(&self, row: &Row, words: Option<&Words>, side: Side) -> AnyView {
        if self.ranges.get(side).end != self.body(side).len() {
            return ().into_any();
        }
        let (here, other) = match side {
            Side::Before => (&self.diff.revisions.before, &self.diff.revisions.after),
            Side::After => (&self.diff.revisions.after, &self.diff.revisions.before),
        };
        let moved = match row.kind {
            RowKind::MovedAway { to } => Some(format!("moved to line {}", other.label(to).number)),
            RowKind::MovedHere { from } => {
                Some(format!("moved from line {}", other.label(from).number))
            }
            RowKind::Rewrapped { .. } if side == Side::After => {
                let is_all = words.is_some_and(|words| words.edit == Edit::Wrapped);
                let note = if is_all {
                    "only wrapped otherwise"
                } else {
                    "wrapped otherwise"
                };
                Some(note.to_owned())
            }
            _ => None,
        };
        let line = row.lines.get(side).unwrap_or_default();
        let is_last = line + 1 == here.line_count();
        let ends_bare = is_last && !here.ends_in_line_feed(line) && other.text().ends_with('\n');
        let end = ends_bare.then(|| "no line feed at the end".to_owned());
        let edit = words.map(|words| words.edit);
        let is_spaces = edit == Some(Edit::Spaces) && row.kind == RowKind::Changed;
        let spaces = (is_spaces && side == Side::After).then(|| "only spaces changed".to_owned());
        let note = |words: String| view! { <span class="diff-note">{words}</span> };
        [moved, end, spaces]
            .into_iter()
            .flatten()
            .map(note)
            .collect_view()
            .into_any()
    }
}

/// Returns the word for programs.
pub(super) fn side_word(side: Side) -> &'static str {
    match side {
        Side::Before => "before",
        Side::After => "after",
    }
}

fn missing() -> AnyView {
    view! {
        <div class="diff-half" data-kind="missing" aria-hidden="true">
            <span class="diff-number"></span>
            <span class="diff-sign"></span>
            <span class="diff-text"></span>
        </div>
    }
    .into_any()
}

/// A place that is searched for: its bytes in the body, and whether the reader is there.
pub(super) type Hit = (Range<usize>, bool);

/// Draws `range` of `body`: spans that changed and hits are marked, hidden characters are chips.
pub(super) fn fragments(body: &str, range: Range<usize>, spans: &[Span], hits: &[Hit]) -> AnyView {
    if spans.is_empty() {
        return found(body, range, hits);
    }
    let first = spans.partition_point(|span| span.range.end <= range.start);
    let mut drawn = Vec::new();
    for span in spans.get(first..).unwrap_or_default() {
        if span.range.start >= range.end {
            break;
        }
        let inside = span.range.start.max(range.start)..span.range.end.min(range.end);
        let text = found(body, inside, hits);
        drawn.push(if span.changed {
            view! { <mark class="diff-word">{text}</mark> }.into_any()
        } else {
            text
        });
    }
    drawn.into_any()
}

/// Draws `range` of `body` with its hits marked.
pub(super) fn found(body: &str, range: Range<usize>, hits: &[Hit]) -> AnyView {
    let text = |range: Range<usize>| chips::text(body.get(range).unwrap_or_default());
    if hits.is_empty() {
        return text(range);
    }
    let mut place = range.start;
    let mut drawn = Vec::new();
    for (hit, is_current) in hits {
        let inside = hit.start.max(place)..hit.end.min(range.end);
        if inside.is_empty() {
            continue;
        }
        drawn.push(text(place..inside.start));
        place = inside.end;
        let current = is_current.then_some("");
        drawn.push(
            view! { <mark class="diff-hit" data-current-hit=current>{text(inside)}</mark> }
                .into_any(),
        );
    }
    drawn.push(text(place..range.end));
    drawn.into_any()
}
