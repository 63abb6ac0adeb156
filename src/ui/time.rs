//! A time in words, exact on demand.

use crate::browser::clock::{Clock, exact};
use leptos::prelude::*;
use review_api::Timestamp;
use review_core::words;

/// How long ago something was, with the exact time on hover and for programs.
#[component]
pub fn Time(
    /// When it was.
    #[prop(into)]
    at: Signal<Timestamp>,
) -> impl IntoView {
    let clock = Clock::here();
    view! {
        <time datetime=move || at.get().to_string() title=move || exact(at.get())>
            {move || words::ago(at.get(), clock.get())}
        </time>
    }
}

/// As [`Time`], or a word where there is no time.
#[component]
pub fn TimeOr(
    /// When it was, if it was.
    #[prop(into)]
    at: Signal<Option<Timestamp>>,
    /// What to say where it was not.
    #[prop(default = "never")]
    otherwise: &'static str,
) -> impl IntoView {
    move || match at.get() {
        Some(at) => view! { <Time at /> }.into_any(),
        None => otherwise.into_any(),
    }
}
