//! One line of the reading view: a heading, a list item, a paragraph; what changed is marked in the prose.
//!
//! The signs of the markup stay in the text, only quieter: what is shown is what is applied.

use super::{
    chips,
    layout::last_row,
    line::{Drawing, Hit, found, fragments, kind_word},
    model,
};
use leptos::prelude::*;
use prompt_diff::{Edit, Line, LineKind, Row, RowKind, Side, Words, spoken};
use std::ops::Range;

impl Drawing<'_> {
    /// Draws the line as a part of a document.
    pub(super) fn prose(&self) -> AnyView {
        let Some(row) = model::row(self.diff, self.line, Side::After) else {
            return view! { <div></div> }.into_any();
        };
        let side = match row.lines.after {
            Some(_) => Side::After,
            None => Side::Before,
        };
        let line = row.lines.get(side).unwrap_or_default();
        let words = model::words(self.diff, &row);
        let content = match row.kind {
            RowKind::Same => self.stretch(side, self.ranges.get(side).clone()),
            RowKind::Rewrapped { .. } => self.rewrapped(&row),
            RowKind::Changed => self.merged(&row, words.as_ref()),
            _ => self.one_sided(&row, side, words.as_ref()),
        };
        let notes = (row.kind != RowKind::Same).then(|| self.notes(&row, words.as_ref(), side));
        let kind = match row.kind {
            RowKind::Changed => "changed",
            kind => kind_word(kind, side),
        };
        let structure = self.diff.structures().get(side);
        let (block, level) = block(structure.kind(line));
        view! {
            <div class="prose" data-kind=kind data-block=block data-level=level data-half-row=last_row(self.line)>
                <span class="prose-number" aria-hidden="true">
                    {self.label(side, line)}
                </span>
                <div class="prose-text" dir="auto">
                    {content}
                    {notes}
                </div>
            </div>
        }
        .into_any()
    }

    /// Draws a stretch of one side, its markup signs quieter.
    fn stretch(&self, side: Side, range: Range<usize>) -> AnyView {
        let body = self.body(side);
        let hits: Vec<Hit> = self.hits(side);
        let sign = signs(body);
        if range.start >= sign {
            return found(body, range, &hits);
        }
        let (quiet, rest) = (
            range.start..range.end.min(sign),
            range.end.min(sign)..range.end,
        );
        view! {
            <span class="prose-sign">{found(body, quiet, &hits)}</span>
            {found(body, rest, &hits)}
        }
        .into_any()
    }

    /// Draws a line that only one side has here: new, gone, or moved with the words that changed on the way.
    fn one_sided(&self, row: &Row, side: Side, words: Option<&Words>) -> AnyView {
        let range = self.ranges.get(side).clone();
        let is_moved = matches!(
            row.kind,
            RowKind::MovedAway { .. } | RowKind::MovedHere { .. }
        );
        if range.is_empty() && !is_moved && self.is_of_empty_lines() {
            // A change that cannot be seen in prose is said.
            let note = match side {
                Side::Before => "empty line removed",
                Side::After => "empty line added",
            };
            return view! { <span class="diff-note">{note}</span> }.into_any();
        }
        let spans = words.filter(|words| model::is_marked(words));
        let Some(spans) = spans.map(|words| words.spans.get(side).as_slice()) else {
            return self.marked(row, side, range, self.part == 0);
        };
        let text = fragments(self.body(side), range, spans, &self.hits(side));
        self.mark(row, side, text, self.part == 0)
    }

    /// Says whether the change that this line is part of has empty lines only.
    fn is_of_empty_lines(&self) -> bool {
        let hunk = self.diff.hunk_of_row(last_row(self.line));
        let Some(hunk) = hunk.and_then(|hunk| self.diff.hunks.get(hunk)) else {
            return false;
        };
        hunk.rows.clone().all(|row| {
            let bodies = model::bodies(self.diff, Line::Row(row));
            bodies.before.is_empty() && bodies.after.is_empty()
        })
    }

    /// Draws a stretch that only one side has; `is_named` where it is read out with its line.
    fn marked(&self, row: &Row, side: Side, range: Range<usize>, is_named: bool) -> AnyView {
        if range.is_empty() {
            return ().into_any();
        }
        let text = self.stretch(side, range);
        self.mark(row, side, text, is_named)
    }

    fn mark(&self, row: &Row, side: Side, text: AnyView, is_named: bool) -> AnyView {
        let word = match side {
            Side::Before => "removed: ",
            Side::After => "added: ",
        };
        let heard = match spoken(self.diff, row, side) {
            Some(words) if is_named => words,
            _ => word.to_owned(),
        };
        let content = view! {
            <span class="visually-hidden">{heard}</span>
            {text}
        };
        match side {
            Side::Before => view! { <del class="prose-mark">{content}</del> }.into_any(),
            Side::After => view! { <ins class="prose-mark">{content}</ins> }.into_any(),
        }
    }

    /// Draws a line of a paragraph that was wrapped anew: the text after, with what is gone at its place. Where the
    /// lines ended before is not shown.
    fn rewrapped(&self, row: &Row) -> AnyView {
        let Some(line) = row.lines.after else {
            return ().into_any();
        };
        let start = self.diff.revisions.after.range(line).start;
        let part = &self.ranges.after;
        let is_last_part = part.end == self.body(Side::After).len();
        let (mut drawn, mut place) = (Vec::new(), 0);
        for stretch in self.diff.reading_of(row) {
            if stretch.side == Side::Before {
                // It may have gone over several lines, none of which is this row's.
                if part.contains(&place) || (is_last_part && place >= part.end) {
                    let whole = self.diff.revisions.before.text();
                    let gone = whole.get(stretch.range).unwrap_or_default();
                    drawn.push(removed(gone.replace('\n', " ")));
                }
                continue;
            }
            let range = stretch.range.start - start..stretch.range.end - start;
            place = range.end;
            let shown = range.start.max(part.start)..range.end.min(part.end);
            if shown.is_empty() {
                continue;
            }
            drawn.push(if stretch.changed {
                self.marked(row, Side::After, shown, false)
            } else {
                self.stretch(Side::After, shown)
            });
        }
        drawn.into_any()
    }

    /// Draws both sides as one text.
    fn merged(&self, row: &Row, words: Option<&Words>) -> AnyView {
        if words.is_some_and(|words| words.edit == Edit::LineEnd) {
            return self.stretch(Side::After, self.ranges.after.clone());
        }
        if !words.is_some_and(model::is_marked) {
            let sides = [Side::Before, Side::After].map(|side| {
                let range = self.ranges.get(side).clone();
                self.marked(row, side, range, self.part == 0)
            });
            return view! { <div class="prose-pair">{sides.collect_view()}</div> }.into_any();
        }
        let starts = row.lines.as_ref().map(|line| line.unwrap_or_default());
        let mut drawn = Vec::new();
        for stretch in self.diff.reading_of(row) {
            let side = stretch.side;
            let revision = self.diff.revisions.get(side);
            let start = revision.range(*starts.get(side)).start;
            let part = self.ranges.get(side);
            let range = (stretch.range.start - start).max(part.start)
                ..(stretch.range.end - start).min(part.end);
            if range.is_empty() {
                continue;
            }
            drawn.push(if stretch.changed {
                self.marked(row, side, range, false)
            } else {
                self.stretch(side, range)
            });
        }
        drawn.into_any()
    }
}

/// Draws a text that is gone.
fn removed(gone: String) -> AnyView {
    view! {
        <del class="prose-mark">
            <span class="visually-hidden">"removed: "</span>
            {chips::text(&gone)}
        </del>
    }
    .into_any()
}

/// Returns how a line is drawn, and the level of a heading or the depth of an item.
fn block(kind: LineKind) -> (&'static str, Option<u8>) {
    match kind {
        LineKind::Blank => ("blank", None),
        LineKind::Text => ("text", None),
        LineKind::Heading { level } => ("heading", Some(level)),
        LineKind::Item { depth, .. } => ("item", Some(depth)),
        LineKind::Quote => ("quote", None),
        LineKind::Fence => ("fence", None),
        LineKind::Code => ("code", None),
        LineKind::TagOpen | LineKind::TagClose => ("tag", None),
    }
}

/// Returns how many bytes at the beginning of a line are signs of a heading or a quotation.
fn signs(body: &str) -> usize {
    let marks = body.trim_start_matches(['#', '>']);
    let rest = marks.trim_start_matches(' ');
    if marks.len() == body.len() || rest.len() == marks.len() {
        0
    } else {
        body.len() - rest.len()
    }
}
