//! A long list of which only what is near the window is on the page.

use crate::browser::viewport as page;
use leptos::{html, prelude::*};
use review_core::window::Heights;
use std::{collections::HashMap, fmt, ops::Range, sync::Arc};

/// Pixels drawn above and below what is on screen.
const SPARE_PX: f64 = 500.0;

/// How near the end of the page counts as being there, in pixels.
const AT_END_PX: f64 = 80.0;

/// How often a row is aimed at before it is taken to be out of reach.
const MOST_AIMS: u32 = 20;

/// What is drawn, and the room for what is not.
#[derive(Debug, Clone, Default, PartialEq)]
struct Frame {
    drawn: Range<usize>,
    above_px: f64,
    below_px: f64,
}

/// How one kind of row is told apart and how high it probably is.
struct Rows<T> {
    key: fn(&T) -> String,
    estimate_px: fn(&T) -> f64,
}

/// Handle to a list of which only what is near the window is drawn; `Copy`, lives as long as its owner.
///
/// Heights are estimated until they are measured, and stay known while rows come, go and are filtered: what is under
/// the reader's eyes stays there.
pub struct Windowed<T: Send + Sync + 'static> {
    items: Memo<Arc<Vec<T>>>,
    rows: StoredValue<Rows<T>>,
    /// What stays at the top of the window over the rows.
    covered_px: f64,
    /// Whether a reader at the end of the list stays there as it grows.
    keeps_end: Signal<bool>,
    /// Whether the reader was there after the last scroll.
    at_end: StoredValue<bool>,
    heights: StoredValue<Heights>,
    measured: StoredValue<HashMap<String, f64>>,
    frame: RwSignal<Frame>,
    body: NodeRef<html::Div>,
    list: NodeRef<html::Ol>,
}

impl<T: Send + Sync + 'static> fmt::Debug for Windowed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Windowed").finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> Clone for Windowed<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Windowed<T> {}

impl<T: Clone + Send + Sync + 'static> Windowed<T> {
    /// Shows `items`; `key` tells rows apart, `estimate_px` guesses their height before they are drawn, and
    /// `covered_px` at the top of the window are taken by what stays there.
    pub fn new(
        items: Memo<Arc<Vec<T>>>,
        key: fn(&T) -> String,
        estimate_px: fn(&T) -> f64,
        covered_px: f64,
    ) -> Self {
        Self {
            items,
            rows: StoredValue::new(Rows { key, estimate_px }),
            covered_px,
            keeps_end: Signal::stored(false),
            at_end: StoredValue::new(false),
            heights: StoredValue::new(Heights::default()),
            measured: StoredValue::new(HashMap::new()),
            frame: RwSignal::default(),
            body: NodeRef::new(),
            list: NodeRef::new(),
        }
    }

    /// Keeps a reader who is at the end of the list there as it grows, while `keeps` says so.
    #[must_use]
    pub fn keeping_end(self, keeps: Signal<bool>) -> Self {
        Self {
            keeps_end: keeps,
            ..self
        }
    }

    /// Takes the rows as they are now, with the heights that are known.
    fn lay(self) {
        let heights = self.items.with_untracked(|items| {
            self.rows.with_value(|rows| {
                self.measured.with_value(|measured| {
                    let height = |item: &T| {
                        let known = measured.get(&(rows.key)(item)).copied();
                        known.unwrap_or_else(|| (rows.estimate_px)(item))
                    };
                    Heights::new(items.iter().map(height))
                })
            })
        });
        self.heights.set_value(heights);
        self.draw();
        if self.keeps_end.get_untracked() && self.at_end.get_value() {
            self.show_end();
        }
    }

    /// Draws for where the reader has scrolled to.
    fn scrolled(self) {
        let is_at_end = self.is_at_end();
        self.at_end.try_set_value(is_at_end);
        self.draw();
    }

    fn top_px(self) -> f64 {
        let body = self.body.try_get_untracked().flatten();
        body.map_or(0.0, |body| page::top_px(&body))
    }

    fn draw(self) {
        let top = self.top_px();
        let frame = self.heights.try_with_value(|heights| {
            let drawn = heights.rows_between(-top - SPARE_PX, page::height_px() - top + SPARE_PX);
            Frame {
                above_px: heights.top(drawn.start),
                below_px: (heights.total() - heights.top(drawn.end)).max(0.0),
                drawn,
            }
        });
        if let Some(frame) = frame
            && self.frame.try_with_untracked(|old| *old != frame) == Some(true)
        {
            self.frame.set(frame);
        }
    }

    /// Takes the heights from the page, and scrolls by what they differ from those assumed above the reader.
    fn measure(self) {
        let Some(list) = self.list.try_get_untracked().flatten() else {
            return;
        };
        let drawn = self.frame.with_untracked(|frame| frame.drawn.clone());
        let found = page::heights_px(&list);
        if found.len() != drawn.len() {
            return;
        }
        let view_px = self.covered_px - self.top_px();
        let by = self.heights.try_update_value(|heights| {
            let anchor = heights.row_at(view_px);
            let before = heights.top(anchor);
            for (row, px) in drawn.clone().zip(&found) {
                heights.set(row, *px);
            }
            heights.top(anchor) - before
        });
        self.remember(drawn, found);
        if let Some(by) = by
            && view_px > 0.0
            && by.abs() >= 1.0
        {
            page::scroll_to(page::scroll_px() + by);
        }
        self.draw();
    }

    fn remember(self, drawn: Range<usize>, found: Vec<f64>) {
        let keys: Vec<String> = self.items.with_untracked(|items| {
            let items = items.get(drawn).unwrap_or_default();
            self.rows
                .with_value(|rows| items.iter().map(rows.key).collect())
        });
        self.measured.update_value(|measured| {
            measured.extend(keys.into_iter().zip(found));
        });
    }

    /// Brings a row to the top of the window, then calls `reached`, which says whether it found the row.
    ///
    /// The rows above it are measured on the way, so this takes some frames. `reached` is called until it has found
    /// the row twice: where many rows come before it at once, it is put into the page anew and loses the focus.
    pub fn show(self, row: usize, reached: impl Fn() -> bool + 'static) {
        self.aim(row);
        self.settle(row, reached, 0, MOST_AIMS);
    }

    fn aim(self, row: usize) {
        if let Some(px) = self.heights.try_with_value(|heights| heights.top(row)) {
            page::scroll_to(page::scroll_px() + self.top_px() + px - self.covered_px);
            self.draw();
        }
    }

    fn settle(self, row: usize, reached: impl Fn() -> bool + 'static, times: u32, left: u32) {
        // What was drawn is measured by the frame after the next.
        request_animation_frame(move || {
            request_animation_frame(move || {
                let times = if reached() { times + 1 } else { 0 };
                if times == 0 {
                    self.aim(row);
                }
                if times < 2 && left > 0 {
                    self.settle(row, reached, times, left - 1);
                }
            });
        });
    }

    /// Says whether the last row is on screen, or nearly.
    fn is_at_end(self) -> bool {
        let total = self.heights.try_with_value(Heights::total);
        total.is_some_and(|total| self.top_px() + total <= page::height_px() + AT_END_PX)
    }

    /// Brings the last row to the end of the window.
    pub fn show_end(self) {
        let aim = move || {
            if let Some(total) = self.heights.try_with_value(Heights::total) {
                let end = self.top_px() + total - page::height_px() + AT_END_PX / 2.0;
                page::scroll_to((page::scroll_px() + end).max(0.0));
                self.draw();
            }
        };
        aim();
        request_animation_frame(move || request_animation_frame(aim));
    }
}

/// The rows near the window, with the room for all others.
#[component]
pub fn WindowedRows<T, V>(
    /// The list.
    windowed: Windowed<T>,
    /// Class of the list.
    class: &'static str,
    /// How it looks, where a class has several looks.
    #[prop(optional)]
    look: Option<&'static str>,
    /// One row, from its place and what it shows: one element, best a list item.
    children: impl Fn(usize, T) -> V + Clone + Send + 'static,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let key = windowed.rows.with_value(|rows| rows.key);
    windowed.lay();
    Effect::new(move |_| {
        windowed.items.track();
        windowed.lay();
    });
    Effect::new(move |_| {
        if let Some(list) = windowed.list.get() {
            page::on_scroll(move || windowed.scrolled());
            page::on_resize(&list, move || windowed.measure());
        }
    });
    let drawn = move || {
        let range = windowed.frame.with(|frame| frame.drawn.clone());
        windowed.items.with(|items| {
            // Rows may have gone since the frame was cut.
            let range = range.start.min(items.len())..range.end.min(items.len());
            let rows = items.get(range.clone()).unwrap_or_default().to_vec();
            range.zip(rows).collect::<Vec<_>>()
        })
    };
    let room = move |px: fn(&Frame) -> f64| format!("{}px", windowed.frame.with(px));
    view! {
        <div style:overflow-anchor="none" node_ref=windowed.body>
            <div aria-hidden="true" style:height=move || room(|frame| frame.above_px)></div>
            <ol class=class data-look=look node_ref=windowed.list>
                <For
                    each=drawn
                    key=move |(place, item)| (*place, key(item))
                    children=move |(place, item)| children(place, item)
                />
            </ol>
            <div aria-hidden="true" style:height=move || room(|frame| frame.below_px)></div>
        </div>
    }
}
