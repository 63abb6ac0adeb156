//! Where the reader is in a diff: which change, what is unfolded, which view.

use super::{
    finding::Search,
    layout::{Extras, Slot, Slots, first_row, last_row},
    viewport::Viewport,
};
use crate::{
    browser::{focus, media, storage, viewport as page},
    keyboard::{Command, Keyboard},
};
use leptos::prelude::*;
use prompt_diff::{Line, Mode, Opened, PromptDiff, Side, Sides};
use std::{collections::BTreeSet, ops::Range, sync::Arc};

/// Where this browser keeps which view was chosen.
const CHOSEN_MODE: &str = "dream-review:diff-mode";

/// Below this width there is no room for two sides.
const NARROW: &str = "(max-width: 799px)";

/// Handle to where the reader is; `Copy`, lives as long as the page that made it.
#[derive(Debug, Clone, Copy)]
pub struct DiffNav {
    diff: RwSignal<Option<Arc<PromptDiff>>>,
    chosen: RwSignal<Mode>,
    narrow: RwSignal<bool>,
    width_px: RwSignal<f64>,
    pub(super) opened: RwSignal<Vec<Opened>>,
    pub(super) editors: RwSignal<BTreeSet<usize>>,
    pub(super) notes: RwSignal<BTreeSet<usize>>,
    pub(super) only: RwSignal<Option<BTreeSet<usize>>>,
    current: RwSignal<Option<usize>>,
    search: Search,
    pub(super) viewport: Viewport,
    /// Whether keys move about in it.
    has_keys: bool,
}

impl DiffNav {
    /// Creates the handle, and offers the keys for moving about as long as the page lives.
    pub fn open() -> Self {
        let nav = Self {
            has_keys: true,
            ..Self::silent()
        };
        let keyboard = Keyboard::use_context();
        let step = |by| move || nav.step(by);
        keyboard.add(Command::new("Previous change", Some("p"), step(-1)));
        keyboard.add(Command::new("Next change", Some("n"), step(1)));
        keyboard.add(Command::new("Previous change", Some("k"), step(-1)));
        keyboard.add(Command::new("Next change", Some("j"), step(1)));
        keyboard.add(Command::new("Find in both texts", Some("/"), move || {
            nav.open_search();
        }));
        nav
    }

    /// As [`Self::open`], without keys: for a diff that is one of several on its page.
    pub fn silent() -> Self {
        let chosen = storage::kept_value(CHOSEN_MODE).and_then(|word| Mode::parse(&word));
        let diff = RwSignal::new(None);
        let nav = Self {
            diff,
            chosen: RwSignal::new(chosen.unwrap_or_default()),
            narrow: RwSignal::new(media::matches(NARROW)),
            width_px: RwSignal::new(page::wide_px().min(1_200.0)),
            opened: RwSignal::default(),
            editors: RwSignal::default(),
            notes: RwSignal::default(),
            only: RwSignal::new(None),
            current: RwSignal::new(None),
            search: Search::new(diff),
            viewport: Viewport::new(),
            has_keys: false,
        };
        let resized = window_event_listener(leptos::ev::resize, move |_| nav.resized());
        on_cleanup(move || resized.remove());
        nav
    }

    /// Returns the key of a button, where there are keys.
    pub(super) fn key(self, key: &'static str) -> Option<&'static str> {
        self.has_keys.then_some(key)
    }

    fn resized(self) {
        let narrow = media::matches(NARROW);
        if self.narrow.try_get_untracked() != Some(narrow) {
            self.narrow.try_set(narrow);
        }
        let width = self.viewport.width_px();
        if let Some(width) = width
            && self.width_px.try_get_untracked() != Some(width)
        {
            self.width_px.try_set(width);
        }
        self.viewport.refresh();
    }

    /// Begins with a diff: nothing unfolded, before the first change.
    pub(super) fn begin(self, diff: &Arc<PromptDiff>) {
        self.viewport.begin(diff);
        self.opened
            .set(vec![Opened::default(); diff.hunks.len() + 1]);
        self.editors.update(BTreeSet::clear);
        self.current.set(None);
        self.diff.set(Some(Arc::clone(diff)));
        let layout = self.layout_untracked();
        self.viewport
            .lay(self.mode_untracked(), layout, self.width_px.get_untracked());
    }

    /// Lays the diff out again whenever what is open, or how it is shown, becomes something else.
    pub(super) fn follow(self) -> Memo<Arc<Slots>> {
        let layout = Memo::new(move |_| {
            let mode = self.mode();
            let extras = self.extras();
            let diff = self.diff.get();
            Arc::new(diff.map_or_else(Slots::default, |diff| Slots::new(&diff, mode, &extras)))
        });
        Effect::new(move |_| {
            let (layout, mode, width_px) = (layout.get(), self.mode(), self.width_px.get());
            // What `begin` laid out is drawn already; but something may have been opened since.
            if !self.viewport.is_laid(mode, &layout, width_px) {
                self.viewport.lay(mode, layout, width_px);
            }
        });
        layout
    }

    fn extras(self) -> Extras {
        Extras {
            opened: self.opened.get(),
            editors: self.editors.get(),
            notes: self.notes.get(),
            only: self.only.get(),
        }
    }

    fn layout_untracked(self) -> Arc<Slots> {
        let extras = untrack(|| self.extras());
        let mode = self.mode_untracked();
        self.diff.with_untracked(|diff| {
            let laid = diff.as_ref().map(|diff| Slots::new(diff, mode, &extras));
            Arc::new(laid.unwrap_or_default())
        })
    }

    /// Returns how the diff is shown: as chosen, where there is room for it.
    pub fn mode(self) -> Mode {
        fitting(self.chosen.get(), self.narrow.get())
    }

    fn mode_untracked(self) -> Mode {
        fitting(self.chosen.get_untracked(), self.narrow.get_untracked())
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

    /// Returns the diff that is shown, for a handler.
    pub(super) fn diff_untracked(self) -> Option<Arc<PromptDiff>> {
        self.diff.get_untracked()
    }

    /// Returns the search in it.
    pub(super) fn search(self) -> Search {
        self.search
    }

    /// Shows where to write what to find.
    pub(super) fn open_search(self) {
        self.search.open();
        request_animation_frame(|| {
            focus::first(".diff-search input");
        });
    }

    /// Opens the place to write another text for change `hunk`.
    pub(super) fn edit(self, hunk: usize) {
        self.current.set(Some(hunk));
        self.editors.update(|editors| {
            editors.insert(hunk);
        });
        let opened = move |slot: &Slot| *slot == Slot::Editor(hunk);
        request_animation_frame(move || {
            if !self.viewport.is_on_screen(opened) {
                self.viewport.show(opened);
            }
            request_animation_frame(move || {
                focus::first(&format!("[data-editor=\"{hunk}\"] textarea"));
            });
        });
    }

    /// Closes it; what was written stays.
    pub(super) fn close_editor(self, hunk: usize) {
        self.editors.update(|editors| {
            editors.remove(&hunk);
        });
    }

    /// Notes that the reader is at change `hunk`, without moving anything.
    pub(super) fn stand_at(self, hunk: usize) {
        if self.current.get_untracked() != Some(hunk) {
            self.current.set(Some(hunk));
        }
    }

    /// Returns the number of the change where the reader is, from 0.
    pub fn current(self) -> Option<usize> {
        self.current.get()
    }

    /// Returns the number of the change that a key means: where the reader is, else the first.
    pub(super) fn meant(self) -> Option<usize> {
        let here = self.current.get_untracked();
        here.or_else(|| (self.changes() > 0).then_some(0))
    }

    /// Says whether a diff with changes is shown.
    pub(super) fn has_changes(self) -> bool {
        self.diff
            .with(|diff| diff.as_ref().is_some_and(|diff| !diff.hunks.is_empty()))
    }

    fn changes(self) -> usize {
        self.diff
            .with_untracked(|diff| diff.as_ref().map_or(0, |diff| diff.hunks.len()))
    }

    /// Goes to the next change or the one before; stays at the last and at the first.
    ///
    /// Whoever has scrolled away goes on from what is on screen.
    pub fn step(self, by: isize) {
        let Some(last) = self.changes().checked_sub(1) else {
            return;
        };
        let here = self.current.get_untracked();
        let is_seen =
            here.is_some_and(|here| self.viewport.is_on_screen(|slot| *slot == Slot::Head(here)));
        let scrolled = (!is_seen).then(|| self.change_below_top()).flatten();
        let from_scroll = scrolled.map(|below| {
            if by > 0 {
                below
            } else {
                below.saturating_sub(1)
            }
        });
        // A key always leads somewhere else, where there is something else.
        let next = match (here, from_scroll.filter(|next| Some(*next) != here)) {
            (_, Some(next)) => next,
            (Some(here), None) => here.saturating_add_signed(by),
            (None, None) if by > 0 => 0,
            (None, None) => last,
        };
        self.go(next.min(last));
    }

    /// Returns the first change that begins below the top of the window; nothing where the diff begins below it.
    fn change_below_top(self) -> Option<usize> {
        let row = match self.viewport.top_untracked()? {
            Slot::Line { line, .. } => first_row(line),
            Slot::Notes(row) => row,
            Slot::Head(hunk) | Slot::Editor(hunk) => return Some(hunk),
            Slot::Fold(bar) => return Some(bar.gap),
        };
        self.diff.with_untracked(|diff| {
            let hunks = &diff.as_ref()?.hunks;
            (row > 0).then(|| hunks.partition_point(|hunk| hunk.rows.start < row))
        })
    }

    /// Goes to line `line` of `side`, from 0, wherever it is.
    pub fn go_to_line(self, side: Side, line: usize) {
        let place = self.diff.with_untracked(|diff| {
            let diff = diff.as_ref()?;
            let row = diff.row_of_line(side, line)?;
            Some((row, diff.hunk_of_row(row)))
        });
        match place {
            Some((_, Some(hunk))) => self.go(hunk),
            Some((row, None)) => self.go_to_row(row),
            None => {}
        }
    }

    /// Goes to change number `hunk`.
    pub fn go(self, hunk: usize) {
        self.current.set(Some(hunk));
        self.viewport.show(|slot| *slot == Slot::Head(hunk));
    }

    /// Goes to row number `row`; unfolds it where it is folded.
    pub(super) fn go_to_row(self, row: usize) {
        let is_here = move |slot: &Slot| match slot {
            Slot::Line { line, .. } => first_row(*line) == row || last_row(*line) == row,
            _ => false,
        };
        if self.viewport.show(is_here) {
            return;
        }
        self.reveal(row);
        // The rows are laid out when the effects have run.
        request_animation_frame(move || {
            self.viewport.show(is_here);
        });
    }

    /// Goes to the next place found, or the one before.
    pub(super) fn step_hit(self, by: isize) {
        let from = match self.viewport.top_untracked() {
            Some(Slot::Line { line, .. }) => first_row(line),
            _ => 0,
        };
        if let Some(hit) = self.search.step(by, from) {
            self.go_to_row(hit.row);
        }
    }

    /// Returns the headings over what is at the top of the window.
    pub(super) fn place(self) -> Memo<Vec<String>> {
        Memo::new(move |_| {
            let slot = self.viewport.top();
            self.diff
                .with(|diff| {
                    let diff = diff.as_ref()?;
                    match slot? {
                        Slot::Line { line, .. } => Some(diff.path(last_row(line))),
                        Slot::Notes(row) => Some(diff.path(row)),
                        Slot::Head(hunk) | Slot::Editor(hunk) => Some(diff.hunk_path(hunk)),
                        Slot::Fold(bar) => Some(diff.hunk_path(bar.gap)),
                    }
                })
                .unwrap_or_default()
        })
    }

    /// Returns the bytes of each side that a part of a line shows.
    pub(super) fn part_of(self, line: Line, part: usize) -> Option<Sides<Range<usize>>> {
        self.viewport.part(line, part)
    }
}

/// Returns `chosen`, or what there is room for.
fn fitting(chosen: Mode, narrow: bool) -> Mode {
    match chosen {
        Mode::SideBySide if narrow => Mode::Inline,
        chosen => chosen,
    }
}
