//! The shape of what is on its way.

use leptos::prelude::*;

/// Rows of a list.
#[component]
pub fn SkeletonRows(
    /// How many.
    #[prop(default = 6)]
    count: usize,
) -> impl IntoView {
    let rows = (0..count)
        .map(|_| {
            view! {
                <div class="skeleton-row">
                    <span class="skeleton"></span>
                    <span class="skeleton"></span>
                    <span class="skeleton"></span>
                </div>
            }
        })
        .collect_view();
    view! { <div class="skeleton-rows" aria-hidden="true">{rows}</div> }
}

/// Lines of text.
#[component]
pub fn SkeletonText(
    /// How many.
    #[prop(default = 5)]
    lines: usize,
) -> impl IntoView {
    let lines = (0..lines)
        .map(|_| view! { <span class="skeleton skeleton-line"></span> })
        .collect_view();
    view! { <div class="skeleton-text" aria-hidden="true">{lines}</div> }
}
