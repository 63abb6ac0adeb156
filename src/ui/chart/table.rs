//! The numbers of a chart, for whoever would rather read.

use leptos::prelude::*;

/// A row: a bar or a point with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableRow {
    /// When or what.
    pub(super) name: String,
    /// Where to read more of it.
    pub(super) href: Option<String>,
    /// Its values, as people read them.
    pub(super) cells: Vec<String>,
}

#[component]
pub(super) fn Table(
    /// Names of the columns.
    heads: Vec<&'static str>,
    /// The rows, as they are shown; worked out once somebody opens the table.
    rows: Signal<Vec<TableRow>>,
    /// What it shows.
    title: &'static str,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let heads = StoredValue::new(heads);
    let drawn_heads = move || {
        let head = |name: &'static str| view! { <th scope="col">{name}</th> };
        heads.get_value().into_iter().map(head).collect_view()
    };
    let drawn_rows = move || rows.get().into_iter().map(row).collect_view();
    view! {
        <details class="chart-table" on:toggle=move |_| open.set(true)>
            <summary>"The numbers as a table"</summary>
            <Show when=move || open.get()>
                <div class="chart-scroll" tabindex="0" role="region" aria-label=format!("{title}, as a table")>
                    <table>
                        <thead>
                            <tr>{drawn_heads()}</tr>
                        </thead>
                        <tbody>{drawn_rows}</tbody>
                    </table>
                </div>
            </Show>
        </details>
    }
}

fn row(row: TableRow) -> impl IntoView {
    let name = match row.href {
        Some(href) => view! { <a href=href>{row.name}</a> }.into_any(),
        None => row.name.into_any(),
    };
    let cells = row.cells.into_iter().map(|cell| view! { <td>{cell}</td> });
    view! {
        <tr>
            <th scope="row">{name}</th>
            {cells.collect_view()}
        </tr>
    }
}
