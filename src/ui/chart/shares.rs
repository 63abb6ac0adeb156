//! Shares by version: a point with its interval for each, from zero to all, and marks where something was applied.

use super::{
    bars::place,
    draw_lines,
    frame::{Drawing, Frame, Ids},
    from_top, percent,
    table::TableRow,
};
use leptos::prelude::*;
use review_core::{regression::share_in_words, scale::Scale, words};
use std::sync::Arc;

/// Most points that have their names written below them; of more only the first and the last have.
const MOST_NAMED: usize = 8;

/// How something came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Came {
    /// By a change that was applied here, in words.
    Applied(String),
    /// Past the console, in words.
    Past(String),
}

impl Came {
    /// Says how, in words.
    pub fn said(&self) -> &str {
        let (Self::Applied(said) | Self::Past(said)) = self;
        said
    }
}

/// A share of cases, with its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// How many it is true of.
    pub hits: u32,
    /// Cases in all.
    pub cases: u32,
    /// Lower end of the interval, 0 to 1.
    pub low: f64,
    /// Upper end of the interval, 0 to 1.
    pub high: f64,
    /// What measured it.
    pub measured_by: String,
}

impl Share {
    fn value(&self) -> f64 {
        f64::from(self.hits) / f64::from(self.cases.max(1))
    }
}

/// One point: a version and what was measured of it.
#[derive(Debug, Clone, PartialEq)]
pub struct SharePoint {
    /// Its name, in a few letters.
    pub name: String,
    /// Where to read more of it.
    pub href: Option<String>,
    /// How it came to be.
    pub came: Came,
    /// What was measured; nothing where nothing was.
    pub share: Option<Share>,
}

impl SharePoint {
    /// Says what the point shows, in words.
    fn said(&self, counted: &str) -> String {
        let (name, came) = (&self.name, self.came.said());
        match &self.share {
            None => format!("{name}: not measured. {came}"),
            Some(share) => format!(
                "{name}: {} of {} {counted}, {}; {}. {came}",
                words::grouped(share.hits.into()),
                words::grouped(share.cases.into()),
                share_in_words(share.hits, share.cases, share.low, share.high),
                share.measured_by
            ),
        }
    }
}

/// Shares with their intervals, oldest first.
#[component]
pub fn ShareChart(
    /// What it shows.
    title: &'static str,
    /// For tests, as `data-chart`.
    about: &'static str,
    /// What it is drawn of, with n.
    #[prop(into)]
    lede: Signal<String>,
    /// What is counted, such as `negative`.
    counted: &'static str,
    /// The points.
    #[prop(into)]
    points: Signal<Arc<[SharePoint]>>,
    /// What is said where nothing was measured at all.
    nothing: &'static str,
) -> impl IntoView {
    let scale = Memo::new(|_| Scale::of_shares());
    let count = Signal::derive(move || points.with(|points| points.len()));
    let said = Callback::new(move |at: usize| {
        points.with(|points| points.get(at).map(|it| it.said(counted)))
    });
    let ends = Signal::derive(move || {
        points.with(|points| {
            if points.len() <= MOST_NAMED {
                return (None, None);
            }
            let name = |point: Option<&SharePoint>| point.map(|point| point.name.clone());
            (name(points.first()), name(points.last()))
        })
    });
    let rows = Signal::derive(move || points.with(|points| points.iter().rev().map(row).collect()));
    let drawn = Callback::new(move |drawing: Drawing| {
        let Drawing { at, ids } = drawing;
        view! { <Drawn points scale at ids /> }.into_any()
    });
    let is_measured = Signal::derive(move || {
        points.with(|points| points.iter().any(|point| point.share.is_some()))
    });
    view! {
        <Frame
            title
            about
            lede
            nothing
            hint="Point at a version, or use the arrow keys."
            class="chart-frame chart-shares"
            has_some=is_measured
            scale
            label=Callback::new(words::percent)
            count
            said
            ends
            legend=|| view! { <Legend /> }
            drawn
            heads=vec!["Version", counted, "n", "share", "95 % interval", "measured by", "how it came"]
            rows
        />
    }
}

/// What the marks are.
#[component]
fn Legend() -> impl IntoView {
    view! {
        <ul class="chart-legend">
            <li>
                <svg class="chart-key" viewBox="-6 -6 12 12" aria-hidden="true">
                    <line x1="0" x2="0" y1="-6" y2="6" class="chart-whisker" />
                    <circle r="3.5" class="chart-share" />
                </svg>
                "share with its 95 % interval; below it, n"
            </li>
            <li>
                <svg class="chart-key" viewBox="-6 -3 12 12" aria-hidden="true">
                    <path d=MARK class="chart-applied" />
                </svg>
                "applied here"
            </li>
            <li>
                <svg class="chart-key" viewBox="-6 -3 12 12" aria-hidden="true">
                    <path d=MARK class="chart-past" />
                </svg>
                "made past the console"
            </li>
        </ul>
    }
}

/// A triangle that points down, around the middle of its upper edge.
const MARK: &str = "M-5 0H5L0 8Z";

#[component]
fn Drawn(
    points: Signal<Arc<[SharePoint]>>,
    scale: Memo<Scale>,
    at: Signal<Option<usize>>,
    ids: Ids,
) -> impl IntoView {
    let lines = move || draw_lines(scale.get());
    let drawn = move || {
        let scale = scale.get();
        points.with(|points| {
            let count = points.len();
            let one = |(number, point): (usize, &SharePoint)| {
                let (left, width) = place(number, count);
                draw(point, left + width / 2.0, scale, count <= MOST_NAMED)
            };
            points.iter().enumerate().map(one).collect_view()
        })
    };
    let pointed_at = move || {
        let (left, width) = place(at.get()?, points.with(|points| points.len()));
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

fn draw(point: &SharePoint, middle: f64, scale: Scale, is_named: bool) -> impl IntoView + use<> {
    let x = percent(middle);
    let class = match point.came {
        Came::Applied(_) => "chart-applied",
        Came::Past(_) => "chart-past",
    };
    let share = point.share.as_ref().map(|share| {
        let y = |value: f64| from_top(scale.position(value));
        view! {
            <line x1=x.clone() x2=x.clone() y1=y(share.high) y2=y(share.low) class="chart-whisker" />
            <circle cx=x.clone() cy=y(share.value()) r="4" class="chart-share" />
        }
    });
    let below = is_named.then(|| {
        let cases = point.share.as_ref().map(|share| share.cases.into());
        let n = cases.map_or_else(|| "\u{2013}".to_owned(), words::grouped);
        view! {
            <text x=x.clone() y="100%" dy="1.4em" text-anchor="middle">
                {point.name.clone()}
            </text>
            <text x=x.clone() y="100%" dy="2.7em" text-anchor="middle">
                {n}
            </text>
        }
    });
    view! {
        <line x1=x.clone() x2=x.clone() y1="0" y2="100%" class="chart-when" />
        <svg x=x.clone() y="0" overflow="visible">
            <path d=MARK class=class />
        </svg>
        {share}
        {below}
    }
}

/// Returns the row of a point in the table.
fn row(point: &SharePoint) -> TableRow {
    let cells = match &point.share {
        Some(share) => [
            words::grouped(share.hits.into()),
            words::grouped(share.cases.into()),
            words::percent(share.value()),
            format!("{:.0} to {:.0} %", share.low * 100.0, share.high * 100.0),
            share.measured_by.clone(),
        ],
        None => ["\u{2013}", "0", "not measured", "\u{2013}", "\u{2013}"].map(str::to_owned),
    };
    let mut cells = cells.to_vec();
    cells.push(point.came.said().to_owned());
    TableRow {
        name: point.name.clone(),
        href: point.href.clone(),
        cells,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_said_with_n_interval_and_where_it_comes_from() {
        let mut point = SharePoint {
            name: "v13".to_owned(),
            href: None,
            came: Came::Applied("Applied by ann.".to_owned()),
            share: Some(Share {
                hits: 18,
                cases: 40,
                low: 0.307,
                high: 0.602,
                measured_by: "by ratings".to_owned(),
            }),
        };
        assert_eq!(
            point.said("negative"),
            "v13: 18 of 40 negative, 45 %, 95 % interval 31 to 60 %; by ratings. Applied by ann."
        );
        point.share = None;
        assert_eq!(point.said("negative"), "v13: not measured. Applied by ann.");
    }
}
