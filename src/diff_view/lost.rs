//! Decisions on changes that are there no longer, because the text has moved on.

use super::{DiffNav, Pick, Picks, chips};
use crate::ui::{Button, Notice, Tone};
use leptos::prelude::*;

/// Says which decisions found no change to stand on; what was written is kept until one lets it go.
#[component]
pub fn LostPicks(
    /// The decisions.
    picks: Picks,
    /// Where the reader is; they are told once something is shown.
    nav: DiffNav,
) -> impl IntoView {
    let lost = Memo::new(move |_| {
        if nav.has_changes() {
            picks.lost()
        } else {
            Vec::new()
        }
    });
    let words = move || {
        match lost.with(Vec::len) {
        1 => "1 decision was about text that has changed since. It is kept here, and is not part of the result.".to_owned(),
        more => {
            format!("{more} decisions were about text that has changed since. They are kept here, and are not part of the result.")
        }
    }
    };
    let texts = move || {
        let draw = |pick: Pick| match pick {
            Pick::Edited(text) => {
                view! { <li><pre class="diff-lost">{lines(&text)}</pre></li> }.into_any()
            }
            Pick::LeftOut | Pick::Taken => view! { <li>"A change was left out."</li> }.into_any(),
        };
        lost.get().into_iter().map(draw).collect_view()
    };
    view! {
        <Show when=move || !lost.with(Vec::is_empty)>
            <Notice tone=Tone::Finding about="lost-picks">
                <div>
                    <p class="notice-title">"The text has moved on"</p>
                    <p>{words}</p>
                    <ul class="diff-lost-list">{texts}</ul>
                    <Button on_press=Callback::new(move |()| picks.forget_lost()) action="forget-lost">
                        "Let them go"
                    </Button>
                </div>
            </Notice>
        </Show>
    }
}

fn lines(text: &str) -> AnyView {
    let draw = |line: &str| {
        view! {
            <bdi>{chips::text(line)}</bdi>
            "\n"
        }
    };
    text.lines().map(draw).collect_view().into_any()
}
