//! How old the copy of the platform's data is.

use super::{Notice, Time, Tone};
use leptos::prelude::*;
use review_api::Freshness;

/// A quiet line while the copy is good, a notice when the platform could not be read.
#[component]
pub fn FreshnessLine(
    /// How old the copy is; nothing while it is not known.
    #[prop(into)]
    freshness: Signal<Option<Freshness>>,
) -> impl IntoView {
    let read_at = Memo::new(move |_| freshness.with(|freshness| freshness.as_ref()?.read_at));
    let problem =
        Memo::new(move |_| freshness.with(|freshness| freshness.as_ref()?.problem.clone()));
    let age = move || match read_at.get() {
        Some(at) => view! { "Copy of the platform, read " <Time at /> }.into_any(),
        None => "The platform has not been read yet".into_any(),
    };
    move || {
        if freshness.with(Option::is_none) {
            return ().into_any();
        }
        match problem.get() {
            Some(problem) => view! {
                <Notice tone=Tone::Finding about="freshness">
                    <span>{problem} " " {age} "."</span>
                </Notice>
            }
            .into_any(),
            None => view! { <p class="freshness">{age}</p> }.into_any(),
        }
    }
}
