//! Comments on the lines of a diff: where one writes, and how one gets there.

use super::{
    DiffNav,
    layout::{Slot, first_row, last_row},
    placed::{Standing, Talk, anchor_of, lines_in_words, side_of_row, side_word},
};
use crate::{
    browser::{focus, gutter},
    comments::Comments,
    keyboard::{Command, Keyboard},
    toasts::Toasts,
};
use leptos::prelude::*;
use prompt_diff::{Line, PromptDiff, Side};
use review_core::rules::may_comment;
use std::sync::Arc;

/// The rows that a comment will be about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    side: Side,
    /// Where it began.
    from: usize,
    /// Where it was taken to.
    to: usize,
}

impl Mark {
    fn rows(self) -> (usize, usize) {
        (self.from.min(self.to), self.from.max(self.to))
    }

    fn has(self, row: usize) -> bool {
        let (first, last) = self.rows();
        (first..=last).contains(&row)
    }
}

/// Handle to the talk about one diff; `Copy`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Talking {
    pub(super) comments: Comments,
    pub(super) talk: Memo<Arc<Talk>>,
    diff: StoredValue<Arc<PromptDiff>>,
    nav: DiffNav,
    mark: RwSignal<Option<Mark>>,
    pressed: StoredValue<Option<Mark>>,
    /// The row of the comments that were gone to last.
    at: StoredValue<Option<usize>>,
    toasts: Toasts,
}

impl Talking {
    /// Begins with a diff; call before it is laid out.
    pub(super) fn begin(diff: &Arc<PromptDiff>, comments: Comments, nav: DiffNav) -> Self {
        let anchor = Memo::new(move |_| comments.writing().map(|writing| writing.anchor));
        let talk = {
            let diff = Arc::clone(diff);
            Memo::new(move |_| {
                let all = comments.all();
                Arc::new(anchor.with(|anchor| Talk::of(&diff, &all, anchor.as_ref())))
            })
        };
        nav.notes.set(talk.with_untracked(|talk| talk.rows()));
        Effect::new(move |_| {
            let rows = talk.with(|talk| talk.rows());
            if nav.notes.with_untracked(|notes| *notes != rows) {
                nav.notes.set(rows);
            }
        });
        Self {
            comments,
            talk,
            diff: StoredValue::new(Arc::clone(diff)),
            nav,
            mark: RwSignal::new(None),
            pressed: StoredValue::new(None),
            at: StoredValue::new(None),
            toasts: Toasts::use_context(),
        }
    }

    /// Offers the keys for it, as long as the diff is shown.
    pub(super) fn offer(self) {
        let keyboard = Keyboard::use_context();
        let refusal = Signal::derive(move || {
            let verdict = may_comment(&self.comments.user());
            verdict.err().map(|refusal| refusal.sentence)
        });
        let command = |label: &'static str, keys: Option<&'static str>, run: Callback<()>| {
            keyboard.add(Command::new(label, keys, move || run.run(())));
        };
        let step = move |by| Callback::new(move |()| self.step_mark(by));
        let take = move |by| Callback::new(move |()| self.extend(by));
        let visit = move |by| Callback::new(move |()| self.visit(by));
        command("Previous comment", None, visit(-1));
        command("Next comment", None, visit(1));
        command(
            "Mark one line less, or one above",
            Some("Shift+ArrowUp"),
            take(-1),
        );
        command("Mark one line more", Some("Shift+ArrowDown"), take(1));
        command("Mark the line above", Some("K"), step(-1));
        command("Mark the line below", Some("J"), step(1));
        let comment = Command::new("Comment on the marked line", Some("c"), move || {
            self.comment();
        });
        keyboard.add(comment.unless(refusal));
    }

    /// Says whether this person may comment at all.
    pub(super) fn may_comment(self) -> bool {
        may_comment(&self.comments.user()).is_ok()
    }

    /// Returns which side of a line of the page is marked.
    pub(super) fn marked(self, line: Line) -> Option<&'static str> {
        let mark = self.mark.get()?;
        match mark.side {
            Side::Before => mark.has(first_row(line)).then_some("before"),
            Side::After => mark.has(last_row(line)).then_some("after"),
        }
    }

    /// Says which lines are marked, for those who do not see it.
    pub(super) fn mark_in_words(self) -> Option<String> {
        let mark = self.mark.get()?;
        self.diff.with_value(|diff| {
            let anchor = anchor_of(diff, mark.side, mark.rows())?;
            let lines = (anchor.first_line, anchor.last_line);
            let lines = lines_in_words(
                (lines.0.try_into().ok()?, lines.1.try_into().ok()?),
                anchor.side,
            );
            let text: String = anchor.quote.chars().take(200).collect();
            Some(format!("Marked {lines}: {text}"))
        })
    }

    /// Takes a press in the gutter: the line, or all lines to it with Shift.
    pub(super) fn press(self, event: &web_sys::MouseEvent) {
        let Some(place) = self.pressed_mark(event) else {
            return;
        };
        let mark = match self.mark.get_untracked() {
            Some(mark) if event.shift_key() => Mark {
                to: place.to,
                ..mark
            },
            _ => place,
        };
        self.write_on(mark);
    }

    /// Notes where a stroke over several numbers begins.
    pub(super) fn stroke(self, event: &web_sys::MouseEvent) {
        self.pressed.set_value(self.pressed_mark(event));
    }

    /// Takes all lines of a stroke.
    pub(super) fn end_stroke(self, event: &web_sys::MouseEvent) {
        let begun = self.pressed.try_update_value(Option::take).flatten();
        let ended = self.pressed_mark(event);
        if let (Some(begun), Some(ended)) = (begun, ended)
            && begun.to != ended.to
        {
            self.write_on(Mark {
                to: ended.to,
                ..begun
            });
        }
    }

    fn pressed_mark(self, event: &web_sys::MouseEvent) -> Option<Mark> {
        if !untrack(|| self.may_comment()) {
            return None;
        }
        let (row, side) = gutter::number_of(event)?;
        let side = match side.as_deref() {
            Some("before") => Side::Before,
            Some(_) => Side::After,
            None => self.diff.with_value(|diff| side_of_row(diff, row))?,
        };
        Some(Mark {
            side,
            from: row,
            to: row,
        })
    }

    /// Begins a comment on what is marked, else on the change where the reader is.
    pub(super) fn comment(self) {
        let here = || self.nav.meant().and_then(|hunk| self.mark_of(hunk));
        if let Some(mark) = self.mark.get_untracked().or_else(here) {
            self.write_on(mark);
        }
    }

    /// Begins a comment on change `hunk`, on the marked lines where they are in it.
    pub(super) fn comment_on(self, hunk: usize) {
        let marked = self.mark.get_untracked();
        let is_inside = |mark: &Mark| {
            let (first, last) = mark.rows();
            self.diff.with_value(|diff| {
                let rows = diff.hunks.get(hunk).map(|hunk| hunk.rows.clone());
                rows.is_some_and(|rows| rows.contains(&first) && rows.contains(&last))
            })
        };
        self.nav.stand_at(hunk);
        if let Some(mark) = marked.filter(is_inside).or_else(|| self.mark_of(hunk)) {
            self.write_on(mark);
        }
    }

    /// Marks the first line that a change adds, or that it takes away where it adds none.
    fn mark_of(self, hunk: usize) -> Option<Mark> {
        self.diff.with_value(|diff| {
            let rows = diff.hunks.get(hunk)?.rows.clone();
            let has = |side: Side| {
                rows.clone().find(|row| {
                    diff.row(*row)
                        .is_some_and(|row| row.lines.get(side).is_some())
                })
            };
            let (side, row) = match has(Side::After) {
                Some(row) => (Side::After, row),
                None => (Side::Before, has(Side::Before)?),
            };
            Some(Mark {
                side,
                from: row,
                to: row,
            })
        })
    }

    /// Begins to write on the lines of `mark`.
    fn write_on(self, mark: Mark) {
        let anchor = self
            .diff
            .with_value(|diff| anchor_of(diff, mark.side, mark.rows()));
        let Some(anchor) = anchor else {
            self.toasts
                .say("One comment takes at most 8 kB of lines. Mark fewer of them.");
            return;
        };
        self.mark.set(Some(mark));
        self.comments.begin(anchor);
        self.show_writing();
    }

    /// Begins to write on the lines of a comment that is there.
    pub(super) fn reply(self, anchor: review_api::CommentAnchor) {
        self.mark.set(None);
        self.comments.begin(anchor);
        self.show_writing();
    }

    fn show_writing(self) {
        let standing = self.talk.with_untracked(|talk| talk.writing);
        let Standing::Row(row) = standing else { return };
        let viewport = self.nav.viewport;
        request_animation_frame(move || {
            if !viewport.is_on_screen(|slot| *slot == Slot::Notes(row)) {
                viewport.show(|slot| *slot == Slot::Notes(row));
            }
            request_animation_frame(move || {
                focus::first(&format!("[data-notes=\"{row}\"] textarea"));
            });
        });
    }

    /// Sends what is written.
    pub(super) fn send(self) {
        let Some(writing) = untrack(|| self.comments.writing()) else {
            return;
        };
        self.diff.with_value(|diff| {
            let side = [Side::Before, Side::After]
                .into_iter()
                .find(|side| side_word(*side) == writing.anchor.side);
            if let Some(side) = side {
                self.comments.send(diff.revisions.get(side).text());
            }
        });
    }

    /// Lets what is written go, and the marks with it.
    pub(super) fn discard(self) {
        self.mark.set(None);
        self.comments.discard();
        request_animation_frame(|| {
            if focus::is_nowhere() {
                focus::first(".diff");
            }
        });
    }

    /// Marks the next line, or the one before; the first time a line of the change where the reader is.
    fn step_mark(self, by: isize) {
        let here = self.nav.meant().and_then(|hunk| self.mark_of(hunk));
        let next = match self.mark.get_untracked() {
            None => here,
            Some(mark) => self.diff.with_value(|diff| {
                let row = mark.to.checked_add_signed(by)?;
                Some(Mark {
                    side: side_of_row(diff, row)?,
                    from: row,
                    to: row,
                })
            }),
        };
        if let Some(next) = next {
            self.mark.set(Some(next));
            self.see(next.to);
        }
    }

    /// Takes one line more, or one less; what is being written comes along.
    pub(super) fn extend(self, by: isize) {
        let is_writing = self
            .talk
            .with_untracked(|talk| talk.writing != Standing::Nowhere);
        let here = || self.nav.meant().and_then(|hunk| self.mark_of(hunk));
        let next = match self.mark.get_untracked().or_else(|| self.mark_of_writing()) {
            None => here(),
            Some(mark) => self.diff.with_value(|diff| {
                let to = mark.to.checked_add_signed(by)?;
                (to < diff.row_count()).then_some(Mark { to, ..mark })
            }),
        };
        let Some(next) = next else { return };
        if is_writing {
            self.write_on(next);
        } else {
            self.mark.set(Some(next));
            self.see(next.to);
        }
    }

    /// Returns the rows of what is being written, as after a reload.
    fn mark_of_writing(self) -> Option<Mark> {
        let writing = untrack(|| self.comments.writing())?;
        let Standing::Row(row) = self.talk.with_untracked(|talk| talk.writing) else {
            return None;
        };
        let lines = writing
            .anchor
            .last_line
            .saturating_sub(writing.anchor.first_line);
        let side = [Side::Before, Side::After]
            .into_iter()
            .find(|side| side_word(*side) == writing.anchor.side)?;
        Some(Mark {
            side,
            from: row.saturating_sub(usize::try_from(lines).ok()?),
            to: row,
        })
    }

    /// Brings a row on screen where it is not.
    fn see(self, row: usize) {
        let is_here = move |slot: &Slot| match slot {
            Slot::Line { line, .. } => first_row(*line) == row || last_row(*line) == row,
            _ => false,
        };
        if !self.nav.viewport.is_on_screen(is_here) {
            self.nav.go_to_row(row);
        }
    }

    /// Goes to the next comments that are open, or those before; round the end.
    pub(super) fn visit(self, by: isize) {
        let rows = self.talk.with_untracked(|talk| talk.open_rows());
        let Some(last) = rows.last().copied() else {
            focus::first("[data-about=lost-comments]");
            return;
        };
        let first = rows.first().copied().unwrap_or(last);
        let at = self.at.get_value();
        let next = match at {
            None if by > 0 => first,
            None => last,
            Some(at) if by > 0 => rows.iter().copied().find(|row| *row > at).unwrap_or(first),
            Some(at) => rows.iter().copied().rfind(|row| *row < at).unwrap_or(last),
        };
        self.at.set_value(Some(next));
        self.nav.viewport.show(|slot| *slot == Slot::Notes(next));
        request_animation_frame(move || {
            request_animation_frame(move || {
                focus::first(&format!("[data-notes=\"{next}\"]"));
            });
        });
    }
}
