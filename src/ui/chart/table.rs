//! The numbers of a chart, for whoever would rather read.

use super::Bar;
use leptos::prelude::*;
use review_core::words;
use std::sync::Arc;

#[component]
pub(super) fn Table(
    /// Names of the columns.
    series: &'static [&'static str],
    /// The rows, oldest first; shown newest first.
    bars: Signal<Arc<[Bar]>>,
    /// What it shows.
    title: &'static str,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let heads = move || {
        let head = |name: &&'static str| view! { <th scope="col">{*name}</th> };
        series.iter().map(head).collect_view()
    };
    let rows = move || bars.with(|bars| bars.iter().rev().map(row).collect_view());
    view! {
        <details class="chart-table" on:toggle=move |_| open.set(true)>
            <summary>"The numbers as a table"</summary>
            <Show when=move || open.get()>
                <div class="chart-scroll" tabindex="0" role="region" aria-label=format!("{title}, as a table")>
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"When"</th>
                                {heads}
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </Show>
        </details>
    }
}

fn row(bar: &Bar) -> impl IntoView + use<> {
    let name = bar.name.clone();
    let name = match bar.href.clone() {
        Some(href) => view! { <a href=href>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let values = bar.values.iter().map(|value| {
        let value = value.map_or_else(|| "not known".to_owned(), words::grouped);
        view! { <td>{value}</td> }
    });
    let values = values.collect_view();
    view! {
        <tr>
            <th scope="row">{name}</th>
            {values}
        </tr>
    }
}
