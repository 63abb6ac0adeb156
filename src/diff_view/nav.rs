//! Where the reader is in a diff: which change, what is unfolded, which view.

use super::layout::{Item, Mode, Opened, gap_rows, items};
use crate::{
    browser::{focus, media, storage},
    keyboard::{Command, Keyboard},
};
use leptos::prelude::*;
use prompt_diff::{PromptDiff, Side};
use std::sync::Arc;

/// Where this browser keeps which view was chosen.
const CHOSEN_MODE: &str = "dream-review:diff-mode";

/// Below this width there is no room for two sides.
const NARROW: &str = "(max-width: 799px)";

/// Rows that one press unfolds.
const UNFOLDED_AT_ONCE: usize = 20;

/// Handle to where the reader is; `Copy`, lives as long as the page that made it.
#[derive(Debug, Clone, Copy)]
pub struct DiffNav {
    diff: RwSignal<Option<Arc<PromptDiff>>>,
    chosen: RwSignal<Mode>,
    narrow: RwSignal<bool>,
    opened: RwSignal<Vec<Opened>>,
    current: RwSignal<Option<usize>>,
    /// Items that have to be drawn without waiting for their turn.
    wanted: RwSignal<usize>,
}

/// Which end of a fold to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unfold {
    /// Rows below what stands above the fold.
    Top,
    /// Rows above what stands below the fold.
    Bottom,
    /// All of them.
    All,
}

impl DiffNav {
    /// Creates the handle, and offers the keys `n` and `p` as long as the page lives.
    pub fn open() -> Self {
        let chosen = storage::kept_value(CHOSEN_MODE).and_then(|word| Mode::parse(&word));
        let nav = Self {
            diff: RwSignal::new(None),
            chosen: RwSignal::new(chosen.unwrap_or_default()),
            narrow: RwSignal::new(media::matches(NARROW)),
            opened: RwSignal::default(),
            current: RwSignal::new(None),
            wanted: RwSignal::new(0),
        };
        let resized = window_event_listener(leptos::ev::resize, move |_| {
            let narrow = media::matches(NARROW);
            if nav.narrow.try_get_untracked() != Some(narrow) {
                nav.narrow.try_set(narrow);
            }
        });
        on_cleanup(move || resized.remove());
        let keyboard = Keyboard::use_context();
        keyboard.add(Command::new("Previous change", Some("p"), move || {
            nav.step(-1);
        }));
        keyboard.add(Command::new("Next change", Some("n"), move || nav.step(1)));
        nav
    }

    /// Begins with a diff: nothing unfolded, before the first change.
    pub(super) fn begin(self, diff: &Arc<PromptDiff>) {
        self.opened
            .set(vec![Opened::default(); diff.hunks.len() + 1]);
        self.current.set(None);
        self.wanted.set(0);
        self.diff.set(Some(Arc::clone(diff)));
    }

    /// Returns everything to draw.
    pub(super) fn items(self) -> Memo<Vec<Item>> {
        Memo::new(move |_| {
            let mode = self.mode();
            let Some(diff) = self.diff.get() else {
                return Vec::new();
            };
            self.opened.with(|opened| items(&diff, mode, opened))
        })
    }

    /// Returns how the diff is shown: as chosen, where there is room for it.
    pub fn mode(self) -> Mode {
        if self.narrow.get() {
            Mode::Inline
        } else {
            self.chosen.get()
        }
    }

    /// Says whether there is room for two sides.
    pub fn is_wide(self) -> bool {
        !self.narrow.get()
    }

    /// Shows the diff another way, in this browser from now on.
    pub fn choose(self, mode: Mode) {
        storage::set_kept_value(CHOSEN_MODE, mode.as_str());
        self.chosen.set(mode);
    }

    /// Returns the number of the change where the reader is, from 0.
    pub fn current(self) -> Option<usize> {
        self.current.get()
    }

    pub(super) fn wanted_items(self) -> usize {
        self.wanted.get()
    }

    fn changes(self) -> usize {
        self.diff
            .with_untracked(|diff| diff.as_ref().map_or(0, |diff| diff.hunks.len()))
    }

    /// Goes to the next change or the one before; stays at the last and at the first.
    pub fn step(self, by: isize) {
        let Some(last) = self.changes().checked_sub(1) else {
            return;
        };
        let next = match self.current.get_untracked() {
            None if by > 0 => 0,
            None => last,
            Some(here) => here.saturating_add_signed(by).min(last),
        };
        self.go(next);
    }

    /// Goes to the change that line `line` of `side` belongs to.
    pub fn go_to_line(self, side: Side, line: usize) {
        let hunk = self.diff.with_untracked(|diff| {
            let hunks = &diff.as_ref()?.hunks;
            hunks
                .iter()
                .position(|hunk| hunk.lines.get(side).contains(&line))
        });
        if let Some(hunk) = hunk {
            self.go(hunk);
        }
    }

    /// Goes to change number `hunk`.
    pub fn go(self, hunk: usize) {
        let place = self.diff.with_untracked(|diff| {
            let diff = diff.as_ref()?;
            let items = self
                .opened
                .with_untracked(|opened| items(diff, self.mode_untracked(), opened));
            items
                .iter()
                .position(|item| matches!(item, Item::Lines { hunk: Some(at), .. } if *at == hunk))
        });
        if let Some(place) = place {
            self.wanted
                .update(|wanted| *wanted = (*wanted).max(place + 2));
        }
        self.current.set(Some(hunk));
        // The change may be drawn only after the effects have run.
        request_animation_frame(move || {
            focus::show(&format!("[data-hunk-start=\"{hunk}\"]"));
        });
    }

    fn mode_untracked(self) -> Mode {
        if self.narrow.get_untracked() {
            Mode::Inline
        } else {
            self.chosen.get_untracked()
        }
    }

    /// Shows rows of the fold before change number `gap`; the keyboard goes to the diff if the bar goes.
    pub(super) fn unfold(self, gap: usize, what: Unfold) {
        let rows = self
            .diff
            .with_untracked(|diff| diff.as_ref().map(|diff| gap_rows(diff, gap)));
        let Some(rows) = rows else { return };
        let context = prompt_diff::CONTEXT_ROWS;
        self.opened.update(|opened| {
            let Some(opened) = opened.get_mut(gap) else {
                return;
            };
            match what {
                Unfold::Top => opened.top = opened.top.max(context) + UNFOLDED_AT_ONCE,
                Unfold::Bottom => opened.bottom = opened.bottom.max(context) + UNFOLDED_AT_ONCE,
                Unfold::All => opened.top = rows.len(),
            }
        });
        request_animation_frame(|| {
            if focus::is_nowhere() {
                focus::first(".diff");
            }
        });
    }

    /// Unfolds everything, or folds everything again.
    pub(super) fn unfold_all(self, open: bool) {
        let top = if open { usize::MAX } else { 0 };
        self.opened
            .update(|opened| opened.fill(Opened { top, bottom: 0 }));
    }

    /// Says whether nothing is folded.
    pub(super) fn is_unfolded(self) -> bool {
        self.opened
            .with(|opened| opened.iter().all(|opened| opened.top == usize::MAX))
    }
}
