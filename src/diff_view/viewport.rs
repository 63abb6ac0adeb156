//! What is drawn of a diff as the page scrolls; nothing that is on screen moves when heights become known.

use super::{
    layout::{Slot, Slots, first_row},
    window::{Sizes, Window},
};
use crate::browser::viewport as page;
use leptos::{html, prelude::*};
use prompt_diff::{Line, Mode, PromptDiff, Sides};
use std::{ops::Range, sync::Arc};

/// What stays at the top of the window over the diff: the page's bar, the diff's own, the names of the sides.
const COVERED_PX: f64 = 128.0;

/// What is drawn, and the room for what is not.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Frame {
    /// How the slots are shown.
    pub(super) mode: Mode,
    /// Which slots.
    pub(super) drawn: Range<usize>,
    /// Counts the layouts, because other slots may be drawn in the same places.
    pub(super) layout: u32,
    /// Height of what is above.
    pub(super) above_px: f64,
    /// Height of what is below.
    pub(super) below_px: f64,
}

/// A place on the page that has to stay where it is, or come to where it is wanted.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Target {
    slot: Slot,
    /// Distance from the top of the window.
    from_top_px: f64,
}

/// Handle to what is drawn; `Copy`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Viewport {
    window: StoredValue<Window>,
    frame: RwSignal<Frame>,
    /// Holds the rows and the room above and below them.
    pub(super) body: NodeRef<html::Div>,
    /// Holds one element for each slot drawn.
    pub(super) rows: NodeRef<html::Div>,
    diff: StoredValue<Option<Arc<PromptDiff>>>,
    target: StoredValue<Option<Target>>,
    scrolled_to: StoredValue<f64>,
    is_measuring: StoredValue<bool>,
    top: RwSignal<Option<Slot>>,
}

impl Viewport {
    pub(super) fn new() -> Self {
        Self {
            window: StoredValue::new(Window::default()),
            frame: RwSignal::default(),
            body: NodeRef::new(),
            rows: NodeRef::new(),
            diff: StoredValue::new(None),
            target: StoredValue::new(None),
            scrolled_to: StoredValue::new(f64::NAN),
            is_measuring: StoredValue::new(false),
            top: RwSignal::new(None),
        }
    }

    /// Begins with another diff.
    pub(super) fn begin(self, diff: &Arc<PromptDiff>) {
        self.diff.set_value(Some(Arc::clone(diff)));
        self.window.update_value(Window::forget);
        self.target.set_value(None);
        self.top.set(None);
    }

    /// Returns what to draw.
    pub(super) fn frame(self) -> Frame {
        self.frame.get()
    }

    /// Returns what is at the top of the window.
    pub(super) fn top(self) -> Option<Slot> {
        self.top.get()
    }

    /// Returns what is at the top of the window, for a handler.
    pub(super) fn top_untracked(self) -> Option<Slot> {
        self.top.get_untracked()
    }

    /// Returns the slots to draw, in order.
    pub(super) fn slots(self) -> Vec<Slot> {
        let drawn = self.frame.with(|frame| frame.drawn.clone());
        self.window
            .try_with_value(|window| window.slots(drawn).to_vec())
            .unwrap_or_default()
    }

    /// Returns the bytes of each side that a part of a line shows.
    pub(super) fn part(self, line: Line, part: usize) -> Option<Sides<Range<usize>>> {
        self.window.with_value(|window| window.part(line, part))
    }

    /// Follows the page until the owner is gone; call when the rows are on the page.
    pub(super) fn follow(self) {
        let Some(rows) = self.rows.get_untracked() else {
            return;
        };
        page::on_scroll(move || {
            let here = page::scroll_px();
            let is_ours = self
                .scrolled_to
                .try_get_value()
                .is_some_and(|px| (px - here).abs() < 2.0);
            if !is_ours {
                self.target.try_set_value(None);
            }
            self.refresh();
        });
        page::on_resize(&rows, move || self.measure());
        self.measure_soon();
    }

    /// Says whether this is what is laid out already.
    pub(super) fn is_laid(self, mode: Mode, layout: &Slots, width_px: f64) -> bool {
        let sizes = Sizes::of(mode, width_px);
        self.window
            .with_value(|window| window.is_laid(mode, layout, sizes))
    }

    /// Takes a new layout; what is at the top of the window stays there.
    pub(super) fn lay(self, mode: Mode, layout: Arc<Slots>, width_px: f64) {
        let Some(diff) = self.diff.get_value() else {
            return;
        };
        let anchor = self.anchor();
        self.window.update_value(|window| {
            window.lay(&diff, mode, layout, Sizes::of(mode, width_px));
        });
        self.draw(true);
        if let Some(anchor) = anchor {
            let row = row_of(anchor.slot);
            let same = |slot: &Slot| *slot == anchor.slot;
            let after = |slot: &Slot| row.is_some() && row_of(*slot) >= row;
            let kept = self.window.with_value(|window| {
                window
                    .place(same)
                    .or_else(|| window.place(after))
                    .and_then(|px| window.at(px))
            });
            if let Some((slot, _)) = kept {
                self.target.set_value(Some(Target { slot, ..anchor }));
                self.aim();
            }
        }
        self.measure_soon();
    }

    /// Returns the first slot below what covers the top of the window, where the diff begins above it.
    fn anchor(self) -> Option<Target> {
        let body = self.body.get_untracked()?;
        let top = page::top_px(&body);
        let view_px = COVERED_PX - top;
        if view_px <= 0.0 {
            return None;
        }
        let (slot, px) = self.window.with_value(|window| window.at(view_px))?;
        Some(Target {
            slot,
            from_top_px: top + px,
        })
    }

    /// Brings the first slot that is `wanted` to a good place to read from; says whether there is one.
    pub(super) fn show(self, wanted: impl Fn(&Slot) -> bool) -> bool {
        let place = self.window.with_value(|window| {
            let px = window.place(wanted)?;
            window.at(px)
        });
        let Some((slot, _)) = place else { return false };
        let from_top_px = (page::height_px() * 0.3).max(COVERED_PX + 16.0);
        self.target.set_value(Some(Target { slot, from_top_px }));
        self.aim();
        self.refresh();
        self.measure_soon();
        true
    }

    /// Returns the width of the diff, once it is on the page.
    pub(super) fn width_px(self) -> Option<f64> {
        let body = self.body.try_get_untracked().flatten()?;
        Some(page::width_px(&body))
    }

    /// Says whether the first slot that is `wanted` is on screen.
    pub(super) fn is_on_screen(self, wanted: impl Fn(&Slot) -> bool) -> bool {
        // Before the page knows where anything is, nobody has scrolled away from anything.
        let Some(body) = self.body.get_untracked() else {
            return true;
        };
        let top = page::top_px(&body);
        let place = self.window.with_value(|window| window.place(wanted));
        place.is_some_and(|px| (0.0..page::height_px()).contains(&(top + px)))
    }

    /// Scrolls so that the target is where it is wanted.
    fn aim(self) {
        let (Some(target), Some(body)) = (self.target.get_value(), self.body.get_untracked())
        else {
            return;
        };
        let place = self
            .window
            .with_value(|window| window.place(|slot| *slot == target.slot));
        let Some(px) = place else { return };
        let top = page::top_px(&body);
        let wanted = page::scroll_px() + top + px - target.from_top_px;
        page::scroll_to(wanted);
        self.scrolled_to.set_value(page::scroll_px());
    }

    /// Draws what has come into view.
    pub(super) fn refresh(self) {
        if self.draw(false) {
            self.measure_soon();
        }
    }

    /// Decides what to draw; says whether that is something else than before.
    fn draw(self, is_new: bool) -> bool {
        let Some(diff) = self.diff.try_get_value().flatten() else {
            return false;
        };
        // Before anything is on the page: the diff begins somewhere near its top.
        let body = self.body.try_get_untracked().flatten();
        let is_there = body.is_some();
        let top = body.map_or(0.0, |body| page::top_px(&body));
        let view = -top..page::height_px() - top;
        let frame = self.window.try_update_value(|window| {
            let drawn = window.reach(&diff, view);
            // Nothing is at the top of the window where the diff begins below it.
            let is_scrolled = is_there && top < COVERED_PX;
            let top = window.at(COVERED_PX - top).filter(|_| is_scrolled);
            let slot = top.map(|(slot, _)| slot);
            (frame(window, drawn), slot)
        });
        let Some((mut frame, slot)) = frame else {
            return false;
        };
        let layout = self.frame.with_untracked(|old| old.layout);
        frame.layout = if is_new {
            layout.wrapping_add(1)
        } else {
            layout
        };
        if self.top.try_get_untracked() != Some(slot) {
            self.top.try_set(slot);
        }
        let is_other = self.frame.with_untracked(|old| *old != frame);
        if is_other {
            self.frame.try_set(frame);
        }
        is_other
    }

    /// Measures what was drawn before it is painted.
    fn measure_soon(self) {
        if self.is_measuring.try_get_value() == Some(false) {
            self.is_measuring.set_value(true);
            request_animation_frame(move || {
                if self.is_measuring.try_set_value(false).is_none() {
                    self.measure();
                }
            });
        }
    }

    /// Takes the heights from the page, and scrolls by what they differ from those assumed above the reader.
    fn measure(self) {
        let parts = (self.rows.try_get_untracked(), self.body.try_get_untracked());
        let (Some(Some(rows)), Some(Some(body))) = parts else {
            return;
        };
        // What is drawn beforehand has no size, and nobody's page is scrolled for it.
        if !page::is_on_page(&body) {
            return;
        }
        let drawn = self.frame.with_untracked(|frame| frame.drawn.clone());
        let heights = page::heights_px(&rows);
        // What was decided is not drawn yet; the size of the rows changes when it is.
        if heights.len() != drawn.len() || heights.is_empty() {
            return;
        }
        let view_px = COVERED_PX - page::top_px(&body);
        let moved = self.window.try_update_value(|window| {
            let anchor = window.at(view_px);
            if !window.measure(drawn.start, &heights) {
                return None;
            }
            let (slot, before) = anchor?;
            let after = window.place(|other| *other == slot)?;
            Some((after - before, frame(window, drawn.clone())))
        });
        let Some(Some((by, mut frame))) = moved else {
            return;
        };
        frame.layout = self.frame.with_untracked(|old| old.layout);
        self.frame.set(frame);
        if self.target.get_value().is_some() {
            self.aim();
        } else if view_px > 0.0 && by.abs() >= 1.0 {
            page::scroll_to(page::scroll_px() + by);
            self.scrolled_to.set_value(page::scroll_px());
        }
        self.refresh();
    }
}

fn frame(window: &Window, drawn: Range<usize>) -> Frame {
    Frame {
        above_px: window.top(drawn.start),
        below_px: (window.total() - window.top(drawn.end)).max(0.0),
        mode: window.mode(),
        drawn,
        layout: 0,
    }
}

fn row_of(slot: Slot) -> Option<usize> {
    match slot {
        Slot::Line { line, .. } => Some(first_row(line)),
        Slot::Notes(row) => Some(row),
        Slot::Head(_) | Slot::Editor(_) | Slot::Fold(_) => None,
    }
}
