//! What was measured before and after: a figure never stands without the cases behind it.

use super::words::{Figure, MetricRow, metric_row};
use leptos::prelude::*;
use review_api::DreamReport;
use std::sync::Arc;

/// The metrics of a report that has come.
#[component]
pub(super) fn Metrics(
    /// The report.
    report: Signal<Arc<DreamReport>>,
) -> impl IntoView {
    let rows = Memo::new(move |_| {
        let come = report.with(|report| report.reported_at.is_some());
        let rows =
            || report.with(|report| report.metrics.iter().map(metric_row).collect::<Vec<_>>());
        come.then(rows)
    });
    move || {
        let rows = rows.get()?;
        let body = if rows.is_empty() {
            view! {
                <p class="dream-none" data-about="metrics">
                    "Not measured: the report has no figures from before or after."
                </p>
            }
            .into_any()
        } else {
            view! { <Table rows /> }.into_any()
        };
        Some(view! {
            <section class="page-section" aria-labelledby="dream-metrics">
                <div class="section-head">
                    <h2 id="dream-metrics">"Metrics"</h2>
                </div>
                {body}
            </section>
        })
    }
}

#[component]
fn Table(rows: Vec<MetricRow>) -> impl IntoView {
    let with_interval = |figure: &Option<Figure>| {
        figure
            .as_ref()
            .is_some_and(|figure| figure.interval.is_some())
    };
    let intervals = rows
        .iter()
        .any(|row| with_interval(&row.before) || with_interval(&row.after));
    let rows = rows.into_iter().map(|row| {
        let name = row.name.clone();
        view! {
            <tr data-metric=name>
                <th scope="row">
                    {row.name} <span class="metric-by">{format!("measured by {}", row.measured_by)}</span>
                </th>
                <td>
                    <Cell figure=row.before />
                </td>
                <td>
                    <Cell figure=row.after />
                </td>
                <td class="metric-points">
                    {match row.points {
                        Some(points) => {
                            view! {
                                {points}
                                <span class="metric-cases">"points"</span>
                            }
                                .into_any()
                        }
                        None => view! { <span class="visually-hidden">"no difference known"</span> }.into_any(),
                    }}
                </td>
            </tr>
        }
    });
    view! {
        <table class="metrics">
            <thead>
                <tr>
                    <th scope="col">"Metric"</th>
                    <th scope="col">"Before"</th>
                    <th scope="col">"After"</th>
                    <th scope="col">"Difference"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
        {intervals
            .then(|| {
                view! {
                    <p class="metric-note">
                        "The ranges are 95 % intervals, worked out here from the share and n (Wilson): where two of them overlap, chance alone may explain the difference."
                    </p>
                }
            })}
    }
}

#[component]
fn Cell(figure: Option<Figure>) -> impl IntoView {
    match figure {
        None => view! { <span class="metric-none">"not measured"</span> }.into_any(),
        Some(figure) => view! {
            <span class="metric-share">{figure.share}</span>
            <span class="metric-cases">{figure.cases}</span>
            {figure.interval.map(|interval| view! { <span class="metric-cases">{interval}</span> })}
        }
        .into_any(),
    }
}
