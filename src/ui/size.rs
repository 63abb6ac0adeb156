//! How much something would change.

use leptos::prelude::*;
use review_api::ChangeSize;

/// Lines added and removed, such as `+3 −1`.
#[component]
pub fn Size(
    /// How much.
    #[prop(into)]
    size: Signal<ChangeSize>,
) -> impl IntoView {
    view! {
        <span class="size">
            <span class="size-added">{move || format!("+{}", size.get().lines_added)}</span>
            " "
            <span class="size-removed">{move || format!("\u{2212}{}", size.get().lines_removed)}</span>
        </span>
    }
}
