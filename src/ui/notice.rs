//! A line that has to be read, in its place on the page.

use super::{Tone, icon::FindingIcon};
use leptos::prelude::*;

/// A line over the thing that it is about.
#[component]
pub fn Notice(
    /// What it means.
    #[prop(optional)]
    tone: Tone,
    /// What it is about, as `data-about` for tests.
    about: &'static str,
    /// The words, and a button where there is something to do.
    children: Children,
) -> impl IntoView {
    let role = if tone == Tone::Bad { "alert" } else { "status" };
    view! {
        <div class="notice" role=role data-about=about data-tone=tone.as_str()>
            {matches!(tone, Tone::Finding | Tone::Bad).then(|| view! { <FindingIcon /> })}
            <div class="notice-text">{children()}</div>
        </div>
    }
}
