//! That a change was applied without its approvals, and what was found afterwards.

use crate::ui::{Notice, Time, Tone};
use leptos::prelude::*;
use review_api::{Change, GlassBroken};
use std::sync::Arc;

#[component]
pub(super) fn Glass(change: Signal<Arc<Change>>) -> impl IntoView {
    let glass = Memo::new(move |_| change.with(|it| it.glass.clone()));
    move || glass.get().map(|glass| view! { <Broken glass /> })
}

#[component]
fn Broken(glass: GlassBroken) -> impl IntoView {
    let tone = if glass.review.is_some() {
        Tone::Quiet
    } else {
        Tone::Finding
    };
    let review = match glass.review {
        None => view! { <p data-about="glass-open">"Nobody has reviewed it yet. Another approver is asked to."</p> }
            .into_any(),
        Some(review) => view! {
            <p data-about="glass-reviewed">
                "Reviewed by " {review.by.0} ", " <Time at=review.at /> ":"
            </p>
            <p class="quoted" dir="auto">{review.comment}</p>
        }
        .into_any(),
    };
    view! {
        <Notice tone about="glass">
            <div>
                <p class="notice-title">"Sent without its approvals"</p>
                <p>"By " {glass.by.0} ", " <Time at=glass.at /> ", because:"</p>
                <p class="quoted" dir="auto">{glass.reason}</p>
                {review}
            </div>
        </Notice>
    }
}
