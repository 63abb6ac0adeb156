//! What became of a change since the reader looked: in words, and where the text moved, as a diff.

use crate::{
    browser::clock,
    changes::{state::OpenChange, words::moved_on},
    diff_view::{DiffNav, DiffView, compared},
    ui::{Button, Notice, Tone},
};
use leptos::prelude::*;
use prompt_diff::Sides;
use review_api::Change;
use std::sync::Arc;

#[component]
pub(super) fn SinceLooked(
    open: OpenChange,
    /// The change as the reader saw it.
    seen: Arc<Change>,
    change: Signal<Arc<Change>>,
) -> impl IntoView {
    let news = {
        let seen = Arc::clone(&seen);
        Memo::new(move |_| change.with(|now| moved_on(&seen, now, clock::now())))
    };
    let texts = Memo::new(move |_| {
        let before: Arc<str> = Arc::from(&*seen.proposed);
        change.with(|now| Sides::new(before, Arc::from(&*now.proposed)))
    });
    let is_other_text = Memo::new(move |_| texts.with(|texts| texts.before != texts.after));
    view! {
        <Notice tone=Tone::Finding about="since-looked">
            <div class="since-looked">
                <p class="notice-title">"It changed since you looked"</p>
                <ul>{move || news.get().into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul>
                <p>"What you had typed here is kept."</p>
                <Show when=move || is_other_text.get()>
                    <OtherText texts />
                </Show>
            </div>
            <Button on_press=Callback::new(move |()| open.take_as_seen()) action="take-as-seen">
                "I have read it"
            </Button>
        </Notice>
    }
}

#[component]
fn OtherText(texts: Memo<Sides<Arc<str>>>) -> impl IntoView {
    let nav = DiffNav::open();
    let names = Signal::stored(Sides::new(
        "proposed when you looked".to_owned(),
        "proposed now".to_owned(),
    ));
    view! { <DiffView diff=compared(texts) names nav /> }
}
