//! A bar in place of unchanged rows.

use super::{
    layout::{Bar, Slots},
    state::DiffNav,
    unfolding::Unfold,
};
use leptos::prelude::*;
use std::sync::Arc;

/// How many rows, under which headings, and buttons to see them.
#[component]
pub(super) fn FoldBar(
    layout: Memo<Arc<Slots>>,
    bar: Bar,
    last_gap: usize,
    nav: DiffNav,
) -> impl IntoView {
    let gap = bar.gap;
    let folded =
        move || layout.with_untracked(|layout| layout.fold_of(bar).map(|fold| fold.rows.clone()));
    let unfold = move |what: Unfold| {
        if let Some(rows) = folded() {
            nav.unfold(gap, &rows, what);
        }
    };
    let rows = Memo::new(move |_| {
        layout.with(|layout| layout.fold_of(bar).map_or(0, |fold| fold.rows.len()))
    });
    let words = move || match rows.get() {
        1 => "1 unchanged line".to_owned(),
        rows => format!("{rows} unchanged lines"),
    };
    let path = move || {
        layout.with(|layout| {
            let fold = layout.fold_of(bar);
            fold.map(|fold| fold.path.join(" › ")).unwrap_or_default()
        })
    };
    let is_long = Memo::new(move |_| rows.get() > 20);
    let button = move |action: &'static str, what: Unfold, label: &'static str| {
        view! {
            <button type="button" class="diff-unfold" data-action=action on:click=move |_| unfold(what)>
                {label}
            </button>
        }
    };
    view! {
        <div class="diff-fold" data-fold=gap>
            <span class="diff-fold-words">{words}</span>
            <span class="diff-fold-path">{path}</span>
            <span class="diff-fold-actions">
                <Show when=move || is_long.get() && gap != 0>
                    {button("unfold-top", Unfold::Top, "20 more below")}
                </Show>
                <Show when=move || is_long.get() && gap != last_gap>
                    {button("unfold-bottom", Unfold::Bottom, "20 more above")}
                </Show>
                {button("unfold-gap", Unfold::All, "Show all")}
            </span>
        </div>
    }
}
