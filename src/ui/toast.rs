//! Where good news shows.

use crate::toasts::Toasts;
use leptos::prelude::*;

/// Where the lines show and are read out.
#[component]
pub fn ToastRegion(
    /// The lines.
    toasts: Toasts,
) -> impl IntoView {
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <For each=move || toasts.lines() key=|(number, _)| *number let((_, message))>
                <p class="toast">{message}</p>
            </For>
        </div>
    }
}
