//! Stacked bars over time.

use super::{
    bars::{Bars, series_class},
    frame::{Drawing, Frame},
    table::TableRow,
};
use leptos::prelude::*;
use review_core::{scale::Scale, words};
use std::sync::Arc;

/// Steps of the scale beside the bars.
const MOST_STEPS: u32 = 4;

/// One bar: what happened at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// When or what, in full.
    pub name: String,
    /// The same in a few letters, for below the chart.
    pub short: String,
    /// Where to read more of it.
    pub href: Option<String>,
    /// How many of each series, in their order; nothing where that is not known.
    pub values: Vec<Option<u64>>,
}

impl Bar {
    /// Returns how high the bar is; what is not known adds nothing.
    fn height(&self) -> u64 {
        self.values
            .iter()
            .flatten()
            .fold(0, |sum, value| sum.saturating_add(*value))
    }

    /// Says what the bar shows, in words.
    fn said(&self, series: &[&'static str], write: &Write) -> String {
        let parts = series.iter().zip(self.written(write));
        let parts = parts.map(|(name, value)| format!("{value} {name}"));
        format!("{}: {}", self.name, parts.collect::<Vec<_>>().join(", "))
    }

    /// Returns the values as people read them.
    fn written(&self, write: &Write) -> impl Iterator<Item = String> {
        let values = self.values.iter();
        values.map(|value| value.map_or_else(|| "not known".to_owned(), |value| write(value)))
    }
}

/// Writes a value of a bar.
type Write = Arc<dyn Fn(u64) -> String + Send + Sync>;

/// Stacked bars, oldest first.
#[component]
pub fn BarChart(
    /// What it shows.
    title: &'static str,
    /// For tests, as `data-chart`.
    about: &'static str,
    /// What it is drawn of, with n.
    #[prop(into)]
    lede: Signal<String>,
    /// Names of the parts of each bar, from below.
    series: &'static [&'static str],
    /// The bars.
    #[prop(into)]
    bars: Signal<Arc<[Bar]>>,
    /// What is said where there is no bar at all.
    nothing: &'static str,
    /// Writes a value; a number of things where nothing is given.
    #[prop(optional)]
    write: Option<Write>,
    /// Writes a value beside the scale, where there is little room.
    #[prop(default = words::grouped)]
    on_scale: fn(u64) -> String,
) -> impl IntoView {
    let write = StoredValue::new(write.unwrap_or_else(|| Arc::new(words::grouped)));
    let scale = Memo::new(move |_| {
        let highest = bars.with(|bars| bars.iter().map(Bar::height).max());
        Scale::of_counts(highest.unwrap_or_default(), MOST_STEPS)
    });
    let count = Signal::derive(move || bars.with(|bars| bars.len()));
    let said = Callback::new(move |at: usize| {
        bars.with(|bars| {
            bars.get(at)
                .map(|bar| write.with_value(|write| bar.said(series, write)))
        })
    });
    let ends = Signal::derive(move || {
        bars.with(|bars| {
            let first = bars.first().map(|bar| bar.short.clone());
            let last = bars.last().filter(|_| bars.len() > 1);
            (first, last.map(|bar| bar.short.clone()))
        })
    });
    let label = Callback::new(move |tick| on_scale(whole(tick)));
    let rows = Signal::derive(move || {
        let row = |bar: &Bar| TableRow {
            name: bar.name.clone(),
            href: bar.href.clone(),
            cells: write.with_value(|write| bar.written(write).collect()),
        };
        bars.with(|bars| bars.iter().rev().map(row).collect())
    });
    let drawn = Callback::new(move |drawing: Drawing| {
        let Drawing { at, ids } = drawing;
        view! { <Bars bars scale at ids /> }.into_any()
    });
    let heads = std::iter::once("When")
        .chain(series.iter().copied())
        .collect();
    view! {
        <Frame
            title
            about
            lede
            nothing
            hint="Point at a bar, or use the arrow keys."
            has_some=Signal::derive(move || count.get() > 0)
            scale
            label
            count
            said
            ends
            legend=move || view! { <Legend series /> }
            drawn
            heads
            rows
        />
    }
}

/// What the parts of a bar are; nothing where there is one part, which the title names.
#[component]
fn Legend(series: &'static [&'static str]) -> impl IntoView {
    let parts = series.iter().enumerate().map(|(number, name)| {
        view! {
            <li>
                <svg class="chart-key" aria-hidden="true">
                    <rect width="100%" height="100%" class=series_class(number) />
                </svg>
                {*name}
            </li>
        }
    });
    (series.len() > 1).then(|| view! { <ul class="chart-legend">{parts.collect_view()}</ul> })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates; ticks of counts are whole numbers from 0"
)]
fn whole(tick: f64) -> u64 {
    tick as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_said_with_each_of_its_values_and_what_is_not_known() {
        let bar = Bar {
            name: "24 November".to_owned(),
            short: "24 Nov".to_owned(),
            href: None,
            values: vec![Some(1_200), None],
        };
        let write: Write = Arc::new(words::grouped);
        let said = bar.said(&["positive", "negative"], &write);
        assert_eq!(said, "24 November: 1,200 positive, not known negative");
        assert_eq!(bar.height(), 1_200);
    }
}
