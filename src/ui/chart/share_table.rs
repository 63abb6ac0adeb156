//! The numbers of a chart of shares, for whoever would rather read.

use super::shares::SharePoint;
use leptos::prelude::*;
use review_core::words;
use std::sync::Arc;

#[component]
pub(super) fn ShareTable(
    /// The rows, oldest first; shown newest first.
    points: Signal<Arc<[SharePoint]>>,
    /// What is counted.
    counted: &'static str,
    /// What it shows.
    title: &'static str,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let rows = move || points.with(|points| points.iter().rev().map(row).collect_view());
    view! {
        <details class="chart-table" on:toggle=move |_| open.set(true)>
            <summary>"The numbers as a table"</summary>
            <Show when=move || open.get()>
                <div class="chart-scroll" tabindex="0" role="region" aria-label=format!("{title}, as a table")>
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Version"</th>
                                <th scope="col">{counted}</th>
                                <th scope="col">"n"</th>
                                <th scope="col">"share"</th>
                                <th scope="col">"95 % interval"</th>
                                <th scope="col">"measured by"</th>
                                <th scope="col">"how it came"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </Show>
        </details>
    }
}

fn row(point: &SharePoint) -> impl IntoView + use<> {
    let name = point.name.clone();
    let name = match point.href.clone() {
        Some(href) => view! { <a href=href>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let cells = match &point.share {
        Some(share) => [
            words::grouped(share.hits.into()),
            words::grouped(share.cases.into()),
            words::percent(f64::from(share.hits) / f64::from(share.cases.max(1))),
            format!("{:.0} to {:.0} %", share.low * 100.0, share.high * 100.0),
            share.measured_by.clone(),
        ],
        None => ["\u{2013}", "0", "not measured", "\u{2013}", "\u{2013}"].map(str::to_owned),
    };
    let cells = cells.map(|cell| view! { <td>{cell}</td> }).collect_view();
    let came = point.came.said().to_owned();
    view! {
        <tr>
            <th scope="row">{name}</th>
            {cells}
            <td>{came}</td>
        </tr>
    }
}
