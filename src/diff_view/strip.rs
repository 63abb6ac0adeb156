//! The strip beside a diff: where in the whole text its changes are.

use super::state::DiffNav;
use crate::browser::viewport::target_attribute;
use leptos::prelude::*;
use prompt_diff::{PromptDiff, Side};
use std::sync::Arc;

/// Marks on the strip at most: more cannot be told apart.
const MOST_MARKS: usize = 160;

/// A mark: where it begins and ends, in thousandths of the text, what it is, and the change to go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    start: usize,
    end: usize,
    kind: &'static str,
    hunk: usize,
}

/// All changes in the space of one window; pressing a mark leads there, as `n` and `p` do.
///
/// It comes after the first screen of the diff is painted: nobody needs it to begin to read.
#[component]
pub(super) fn Strip(diff: Arc<PromptDiff>, nav: DiffNav) -> impl IntoView {
    let is_due = RwSignal::new(false);
    request_animation_frame(move || {
        request_animation_frame(move || {
            is_due.try_set(true);
        });
    });
    let go = move |event: web_sys::MouseEvent| {
        let mark = target_attribute(&event, "data-mark");
        if let Some(hunk) = mark.and_then(|hunk| hunk.parse().ok()) {
            nav.go(hunk);
        }
    };
    let drawn = move || {
        is_due.get().then(|| {
            let draw = |mark: Mark| {
                let size = (mark.end - mark.start).max(4);
                view! {
                    <span
                        class="diff-strip-mark"
                        data-mark=mark.hunk
                        data-kind=mark.kind
                        style:top=percent(mark.start)
                        style:height=percent(size)
                    ></span>
                }
            };
            marks(&diff).into_iter().map(draw).collect_view()
        })
    };
    view! {
        <div class="diff-strip" aria-hidden="true" on:click=go>
            <div class="diff-strip-marks">{drawn}</div>
        </div>
    }
}

fn percent(thousandths: usize) -> String {
    format!("{}.{}%", thousandths / 10, thousandths % 10)
}

fn marks(diff: &PromptDiff) -> Vec<Mark> {
    let all = diff.row_count().max(1);
    let smallest = 1_000_usize.div_ceil(MOST_MARKS);
    let mut marks: Vec<Mark> = Vec::new();
    for (number, hunk) in diff.hunks.iter().enumerate() {
        let start = hunk.rows.start * 1_000 / all;
        let end = (hunk.rows.end * 1_000 / all).max(start);
        let kind = match (
            hunk.lines.get(Side::Before).is_empty(),
            hunk.lines.get(Side::After).is_empty(),
        ) {
            (true, _) => "added",
            (_, true) => "removed",
            _ => "changed",
        };
        match marks.last_mut() {
            Some(last) if start < last.start + smallest => {
                last.end = last.end.max(end);
                if last.kind != kind {
                    last.kind = "changed";
                }
            }
            _ => marks.push(Mark {
                start,
                end,
                kind,
                hunk: number,
            }),
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;
    use prompt_diff::{Limits, diff};

    #[test]
    fn however_many_changes_there_are_the_marks_are_few_and_all_are_under_one() {
        let before = (0..4_000).fold(String::new(), |text, n| text + &format!("line {n}\nsame\n"));
        let after = before.replace("line", "row");
        let marks = marks(&diff(&before, &after, &Limits::default()));
        assert!(marks.len() <= MOST_MARKS + 1, "{}", marks.len());
        assert_eq!(
            marks.first().map(|mark| (mark.start, mark.hunk)),
            Some((0, 0))
        );
    }

    #[test]
    fn a_mark_says_what_kind_of_change_it_is() {
        let before = "a\nx\nb\ny\nc\n";
        let after = "a\nx\nb\ny\nc\nd\n";
        let marks = marks(&diff(before, after, &Limits::default()));
        assert_eq!(
            marks.iter().map(|mark| mark.kind).collect::<Vec<_>>(),
            ["added"]
        );
        assert_eq!(percent(marks[0].start), "83.3%");
    }
}
