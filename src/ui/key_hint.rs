//! The key that does what stands beside it.

use leptos::prelude::*;

/// A key or two, such as `g i`; for the eye only, since `aria-keyshortcuts` is poorly read out.
#[component]
pub fn KeyHint(
    /// The keys, parted by spaces.
    #[prop(into)]
    keys: String,
) -> impl IntoView {
    let keys = keys
        .split(' ')
        .map(|key| view! { <kbd>{key.to_owned()}</kbd> })
        .collect_view();
    view! { <span class="keys" aria-hidden="true">{keys}</span> }
}
