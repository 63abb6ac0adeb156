//! Charts drawn as SVG, of bars over time and of shares by version: from zero, with every value in words, one key press apart, and in a table below.

mod bars;
mod points;
mod share_table;
mod shares;
mod table;

pub use shares::{Came, Share, ShareChart, SharePoint};

use super::unique_id;
use bars::Bars;
use leptos::prelude::*;
use points::Points;
use review_core::{scale::Scale, words};
use std::sync::Arc;
use table::Table;

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
    fn said(&self, series: &[&'static str]) -> String {
        let value =
            |value: &Option<u64>| value.map_or_else(|| "not known".to_owned(), words::grouped);
        let parts = series.iter().zip(&self.values);
        let parts = parts.map(|(name, count)| format!("{} {name}", value(count)));
        format!("{}: {}", self.name, parts.collect::<Vec<_>>().join(", "))
    }
}

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
) -> impl IntoView {
    let (title_id, lede_id) = (unique_id("chart"), unique_id("chart"));
    let scale = Memo::new(move |_| {
        let highest = bars.with(|bars| bars.iter().map(Bar::height).max());
        Scale::of_counts(highest.unwrap_or_default(), MOST_STEPS)
    });
    let at = RwSignal::new(None::<usize>);
    let count = Signal::derive(move || bars.with(|bars| bars.len()));
    let said = Signal::derive(move || {
        let at = at.get()?;
        bars.with(|bars| bars.get(at).map(|bar| bar.said(series)))
    });
    let ends = move || {
        bars.with(|bars| {
            let first = bars.first().map(|bar| bar.short.clone());
            let last = bars.last().filter(|_| bars.len() > 1);
            (first, last.map(|bar| bar.short.clone()))
        })
    };
    let drawing = {
        let (title_id, lede_id) = (title_id.clone(), lede_id.clone());
        move || {
            let (title_id, lede_id) = (title_id.clone(), lede_id.clone());
            view! {
                <Legend series />
                <div class="chart-frame">
                    <Axis scale label=whole_grouped />
                    <div class="chart-plot">
                        <Bars bars scale at labelled_by=title_id.clone() described_by=lede_id />
                        <Points count at said labelled_by=title_id />
                    </div>
                </div>
                <div class="chart-ends" aria-hidden="true">
                    <span>{move || ends().0}</span>
                    <span>{move || ends().1}</span>
                </div>
                <p class="chart-said" data-about="said">
                    {move || said.get().unwrap_or_else(|| "Point at a bar, or use the arrow keys.".to_owned())}
                </p>
                <Table series bars title />
            }
        }
    };
    let heading_id = title_id.clone();
    view! {
        <section class="page-section chart" aria-labelledby=title_id data-chart=about>
            <div class="section-head">
                <h2 id=heading_id>{title}</h2>
                <span class="section-note" id=lede_id>
                    {move || lede.get()}
                </span>
            </div>
            <Show
                when=move || bars.with(|bars| !bars.is_empty())
                fallback=move || view! { <p class="section-note">{nothing}</p> }
            >
                {drawing()}
            </Show>
        </section>
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

/// The values beside the chart.
#[component]
fn Axis(
    scale: Memo<Scale>,
    /// Writes a value.
    label: fn(f64) -> String,
) -> impl IntoView {
    let ticks = move || {
        let scale = scale.get();
        let tick = |tick: f64| {
            view! {
                <text x="100%" y=from_top(scale.position(tick)) text-anchor="end" dominant-baseline="middle">
                    {label(tick)}
                </text>
            }
        };
        scale.ticks().into_iter().map(tick).collect_view()
    };
    view! {
        <svg class="chart-axis" aria-hidden="true">
            {ticks}
        </svg>
    }
}

fn series_class(number: usize) -> &'static str {
    match number {
        0 => "series-1",
        1 => "series-2",
        2 => "series-3",
        _ => "series-4",
    }
}

/// Lines to read values by; that of zero is stronger.
fn draw_lines(scale: Scale) -> impl IntoView {
    let line = |tick: f64| {
        let y = from_top(scale.position(tick));
        let class = if tick > 0.0 {
            "chart-line"
        } else {
            "chart-zero"
        };
        view! { <line x1="0" x2="100%" y1=y.clone() y2=y class=class /> }
    };
    scale.ticks().into_iter().map(line).collect_view()
}

/// Returns where something is that lies `position` of the way up.
fn from_top(position: f64) -> String {
    percent(1.0 - position)
}

fn percent(share: f64) -> String {
    format!("{:.3}%", share * 100.0)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates; ticks of counts are whole numbers from 0"
)]
fn whole_grouped(tick: f64) -> String {
    words::grouped(tick as u64)
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
        let said = bar.said(&["positive", "negative"]);
        assert_eq!(said, "24 November: 1,200 positive, not known negative");
        assert_eq!(bar.height(), 1_200);
    }
}
