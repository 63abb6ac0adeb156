//! Which slots are drawn, and where they stand; knows heights, not the browser.

use super::{
    layout::{Slot, Slots},
    model,
};
use prompt_diff::{Line, Mode, PromptDiff, Sides};
use review_core::window::Heights;
use std::{
    collections::{HashMap, hash_map::Entry},
    ops::Range,
    sync::Arc,
};

/// Pixels drawn above and below what is on screen.
const SPARE_PX: f64 = 320.0;

/// How near the end of what is drawn may come before more is drawn.
const NEAR_PX: f64 = 120.0;

/// Estimated sizes, until things are measured; CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
#[expect(clippy::struct_field_names, reason = "units stand in names")]
pub(super) struct Sizes {
    /// Width of the diff.
    pub(super) width_px: f64,
    /// Height of one line of text.
    pub(super) line_px: f64,
    /// Width of one letter.
    pub(super) letter_px: f64,
    /// Height of the bar over a change.
    pub(super) head_px: f64,
}

impl Sizes {
    /// Returns what fits the style sheet in `mode` where the diff is `width_px` wide.
    pub(super) fn of(mode: Mode, width_px: f64) -> Self {
        let (line_px, letter_px) = match mode {
            Mode::SideBySide | Mode::Inline => (21.0, 7.8),
            Mode::Reading => (24.0, 7.4),
        };
        Self {
            width_px,
            line_px,
            letter_px,
            head_px: 36.0,
        }
    }

    /// Letters that fit beside the numbers.
    fn columns(self, mode: Mode) -> f64 {
        let text_px = match mode {
            Mode::SideBySide => self.width_px / 2.0 - 80.0,
            Mode::Inline => self.width_px - 120.0,
            Mode::Reading => (self.width_px - 60.0).min(700.0),
        };
        (text_px / self.letter_px).max(10.0)
    }
}

/// What is drawn of a diff.
#[derive(Debug, Default)]
pub(super) struct Window {
    slots: Vec<Slot>,
    heights: Heights,
    measured: HashMap<Slot, f64>,
    parts: HashMap<Line, Arc<[Sides<Range<usize>>]>>,
    layout: Arc<Slots>,
    mode: Mode,
    sizes: Option<Sizes>,
    drawn: Range<usize>,
}

impl Window {
    /// Begins with another pair of texts.
    pub(super) fn forget(&mut self) {
        *self = Self {
            sizes: self.sizes,
            ..Self::default()
        };
    }

    /// Says whether this layout is the one it has.
    pub(super) fn is_laid(&self, mode: Mode, layout: &Slots, sizes: Sizes) -> bool {
        self.mode == mode && self.sizes == Some(sizes) && *self.layout == *layout
    }

    /// Takes a new layout; heights that were measured stay known.
    pub(super) fn lay(&mut self, diff: &PromptDiff, mode: Mode, layout: Arc<Slots>, sizes: Sizes) {
        if self.mode != mode || self.sizes != Some(sizes) {
            self.measured.clear();
        }
        (self.mode, self.layout, self.sizes) = (mode, layout, Some(sizes));
        // Other lines are in the places now; they are cut when they are reached.
        self.drawn = 0..0;
        self.flatten(diff);
    }

    fn flatten(&mut self, diff: &PromptDiff) {
        let mut slots = Vec::with_capacity(self.layout.slots.len());
        for slot in &self.layout.slots {
            match *slot {
                Slot::Line { line, hunk, .. } => {
                    let parts = self.parts.get(&line).map_or(1, |parts| parts.len());
                    slots.extend((0..parts).map(|part| Slot::Line { line, hunk, part }));
                }
                other => slots.push(other),
            }
        }
        self.slots = slots;
        let heights: Vec<f64> = self
            .slots
            .iter()
            .map(|slot| self.estimate(diff, *slot))
            .collect();
        self.heights = Heights::new(heights);
        self.drawn = self.drawn.start.min(self.slots.len())..self.drawn.end.min(self.slots.len());
    }

    fn estimate(&self, diff: &PromptDiff, slot: Slot) -> f64 {
        if let Some(px) = self.measured.get(&slot) {
            return *px;
        }
        let Some(sizes) = self.sizes else { return 21.0 };
        let Slot::Line { line, part, .. } = slot else {
            return sizes.head_px;
        };
        let bytes = match self.parts.get(&line).and_then(|parts| parts.get(part)) {
            Some(ranges) => ranges.before.len().max(ranges.after.len()),
            None => model::longest(diff, line),
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "an estimate of a length far below 2^52"
        )]
        let lines = (bytes as f64 / sizes.columns(self.mode)).ceil().max(1.0);
        lines * sizes.line_px
    }

    /// Returns the parts of a line that has been reached.
    pub(super) fn part(&self, line: Line, part: usize) -> Option<Sides<Range<usize>>> {
        self.parts.get(&line)?.get(part).cloned()
    }

    /// Returns what to draw so that `view` (pixels from the top of the diff) is covered, with some to spare.
    ///
    /// Stays what it was while that is enough. Lines that are reached for the first time are cut.
    pub(super) fn reach(&mut self, diff: &PromptDiff, view: Range<f64>) -> Range<usize> {
        let needed = self
            .heights
            .rows_between(view.start - NEAR_PX, view.end + NEAR_PX);
        let is_small = self.drawn.len() < 4 * needed.len() + 60;
        let covers = self.drawn.start <= needed.start && needed.end <= self.drawn.end;
        if covers && is_small && !self.drawn.is_empty() {
            return self.drawn.clone();
        }
        loop {
            let rows = self
                .heights
                .rows_between(view.start - SPARE_PX, view.end + SPARE_PX);
            if !self.cut(diff, rows.clone()) {
                self.drawn = rows;
                return self.drawn.clone();
            }
            self.flatten(diff);
        }
    }

    /// Cuts the lines among `rows` that were not reached before; says whether one has become several.
    fn cut(&mut self, diff: &PromptDiff, rows: Range<usize>) -> bool {
        let mut is_cut = false;
        for slot in self.slots.get(rows).unwrap_or_default() {
            let Slot::Line { line, .. } = *slot else {
                continue;
            };
            if let Entry::Vacant(place) = self.parts.entry(line) {
                let parts = model::parts(diff, line);
                is_cut |= parts.len() > 1;
                place.insert(parts.into());
            }
        }
        is_cut
    }

    /// Learns how high the slots from `start` on are; returns whether that is news.
    pub(super) fn measure(&mut self, start: usize, heights: &[f64]) -> bool {
        let mut is_news = false;
        for (row, px) in (start..).zip(heights) {
            let Some(slot) = self.slots.get(row) else {
                break;
            };
            if (self.heights.height(row) - px).abs() > 0.01 {
                self.heights.set(row, *px);
                is_news = true;
            }
            self.measured.insert(*slot, *px);
        }
        is_news
    }

    /// Returns the slots of a range.
    pub(super) fn slots(&self, rows: Range<usize>) -> &[Slot] {
        self.slots.get(rows).unwrap_or_default()
    }

    /// Returns where `row` begins, and the last one ends.
    pub(super) fn top(&self, row: usize) -> f64 {
        self.heights.top(row)
    }

    /// Returns how the diff is shown.
    pub(super) fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns the height of everything.
    pub(super) fn total(&self) -> f64 {
        self.heights.total()
    }

    /// Returns the slot at `px` from the top, and where it begins.
    pub(super) fn at(&self, px: f64) -> Option<(Slot, f64)> {
        let row = self.heights.row_at(px);
        Some((*self.slots.get(row)?, self.heights.top(row)))
    }

    /// Returns where `wanted` begins.
    pub(super) fn place(&self, wanted: impl Fn(&Slot) -> bool) -> Option<f64> {
        let row = self.slots.iter().position(wanted)?;
        Some(self.heights.top(row))
    }
}
