//! A list with nothing in it.

use leptos::prelude::*;

/// Says that there is nothing, what will fill the place, and what to do.
#[component]
pub fn Empty(
    /// That there is nothing, in a few words.
    #[prop(into)]
    title: Signal<String>,
    /// What will fill it, and what to do.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty" data-face="empty">
            <p class="empty-title">{move || title.get()}</p>
            <div class="empty-text">{children()}</div>
        </div>
    }
}
