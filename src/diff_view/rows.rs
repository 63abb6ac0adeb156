//! The pieces of a diff, drawn as they are needed.

use super::{
    layout::{Item, Line},
    line::line,
    nav::{DiffNav, Unfold},
};
use leptos::prelude::*;
use prompt_diff::{Fold, PromptDiff};
use std::sync::Arc;

/// With more items than this the browser may skip those that are off screen.
const FEW_ITEMS: usize = 60;

/// All items, as far as they are to be drawn by now.
#[component]
pub(super) fn Items(
    diff: Arc<PromptDiff>,
    items: Memo<Vec<Item>>,
    nav: DiffNav,
    #[prop(into)] drawn: Signal<usize>,
) -> impl IntoView {
    let last_gap = diff.hunks.len();
    let is_long = Memo::new(move |_| items.with(Vec::len) > FEW_ITEMS);
    let shown = move || {
        let mode = nav.mode();
        let drawn = drawn.get();
        let items = items.get().into_iter().take(drawn);
        items.map(|item| (mode, item)).collect::<Vec<_>>()
    };
    view! {
        <div class="diff-body" data-many=move || is_long.get().then_some("")>
            <For
                each=shown
                key=|(mode, item)| (mode.as_str(), item.key())
                children=move |(mode, item)| match item {
                    Item::Fold { gap, .. } => view! { <FoldBar items gap last_gap nav /> }.into_any(),
                    Item::Lines { hunk, is_first, lines } => {
                        let lines = lines
                            .into_iter()
                            .map(|it: Line| line(&diff, mode, it))
                            .collect_view();
                        let is_current = move || hunk.is_some() && nav.current() == hunk;
                        view! {
                            <div
                                class="diff-piece"
                                data-hunk=hunk
                                data-hunk-start=hunk.filter(|_| is_first)
                                data-current=move || is_current().then_some("")
                            >
                                {lines}
                            </div>
                        }
                            .into_any()
                    }
                }
            />
        </div>
    }
}

/// A bar in place of unchanged rows: how many, under which headings, and buttons to see them.
#[component]
fn FoldBar(items: Memo<Vec<Item>>, gap: usize, last_gap: usize, nav: DiffNav) -> impl IntoView {
    let fold = Memo::new(move |_| {
        items.with(|items| {
            items.iter().find_map(|item| match item {
                Item::Fold { gap: at, fold } if *at == gap => Some(fold.clone()),
                _ => None,
            })
        })
    });
    let rows = move || fold.with(|fold| fold.as_ref().map_or(0, |fold: &Fold| fold.rows.len()));
    let words = move || match rows() {
        1 => "1 unchanged line".to_owned(),
        rows => format!("{rows} unchanged lines"),
    };
    let path = move || {
        fold.with(|fold| {
            fold.as_ref()
                .map(|fold| fold.path.join(" › "))
                .unwrap_or_default()
        })
    };
    let is_long = Memo::new(move |_| rows() > 20);
    let button = move |action: &'static str, what: Unfold, label: &'static str| {
        view! {
            <button type="button" class="diff-unfold" data-action=action on:click=move |_| nav.unfold(gap, what)>
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
