//! The bars themselves, and lines to read them by.

use super::{Bar, draw_lines, frame::Ids, from_top, percent};
use leptos::prelude::*;
use review_core::scale::Scale;
use std::sync::Arc;

/// Share of its place that a bar takes.
const BAR: f64 = 0.8;
/// Widest place of a bar, as a share of the chart: one bar alone is not a wall.
const WIDEST: f64 = 0.1;

#[component]
pub(super) fn Bars(
    /// The bars.
    bars: Signal<Arc<[Bar]>>,
    /// How high a value is.
    scale: Memo<Scale>,
    /// The bar that is pointed at.
    at: Signal<Option<usize>>,
    /// Ids of the chart's words.
    ids: Ids,
) -> impl IntoView {
    let lines = move || draw_lines(scale.get());
    let drawn = move || {
        let scale = scale.get();
        bars.with(|bars| {
            let count = bars.len();
            let one = |(number, bar): (usize, &Bar)| draw(bar, place(number, count), scale);
            bars.iter().enumerate().map(one).collect_view()
        })
    };
    let pointed_at = move || {
        let (left, width) = place(at.get()?, bars.with(|bars| bars.len()));
        let mark = view! {
            <rect x=percent(left) width=percent(width) y="0" height="100%" class="chart-mark" />
        };
        Some(mark)
    };
    view! {
        <svg class="chart-bars" role="img" aria-labelledby=ids.title aria-describedby=ids.lede>
            {pointed_at} {lines} {drawn}
        </svg>
    }
}

/// Returns the style class of a part of a bar.
pub(super) fn series_class(number: usize) -> &'static str {
    match number {
        0 => "series-1",
        1 => "series-2",
        2 => "series-3",
        _ => "series-4",
    }
}

/// Returns where the place of a bar begins and how wide it is, as shares of the chart.
pub(super) fn place(number: usize, count: usize) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "no chart has so many bars")]
    let (number, count) = (number as f64, count.max(1) as f64);
    let width = 1.0 / count;
    let shown = width.min(WIDEST);
    (number * width + (width - shown) / 2.0, shown)
}

fn draw(bar: &Bar, (left, width): (f64, f64), scale: Scale) -> impl IntoView + use<> {
    let gap = width * (1.0 - BAR);
    let mut below = 0_u64;
    let parts = bar.values.iter().enumerate().filter_map(|(number, value)| {
        let value = value.filter(|value| *value > 0)?;
        let from = position(scale, below);
        below = below.saturating_add(value);
        let to = position(scale, below);
        Some(view! {
            <rect
                x=percent(left + gap / 2.0)
                width=percent(width - gap)
                y=from_top(to)
                height=percent(to - from)
                class=series_class(number)
            />
        })
    });
    parts.collect_view()
}

#[expect(clippy::cast_precision_loss, reason = "a pixel more or less")]
fn position(scale: Scale, value: u64) -> f64 {
    scale.position(value as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lie_side_by_side_within_the_chart() {
        for count in [1, 2, 9, 10, 400] {
            let mut end = 0.0;
            for number in 0..count {
                let (left, width) = place(number, count);
                assert!(left >= end - 1e-9 && width > 0.0 && width <= WIDEST);
                end = left + width;
            }
            assert!(end <= 1.0 + 1e-9, "{count}: {end}");
        }
    }
}
