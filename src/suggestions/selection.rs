//! The line over the diff: what is taken of the suggestion, and what comes of it.

use super::state::OpenSuggestion;
use crate::{
    diff_view::{DiffNav, LostPicks},
    ui::{Button, Tab, Tabs},
};
use leptos::prelude::*;

const SHOWN: [Tab; 2] = [
    Tab {
        value: "proposal",
        label: "Suggestion",
    },
    Tab {
        value: "result",
        label: "Result",
    },
];

#[component]
pub(super) fn Selection(open: OpenSuggestion, nav: DiffNav) -> impl IntoView {
    let picks = open.picks();
    let words = move || {
        let tally = picks.tally();
        if tally.is_everything() {
            format!("All {} as suggested", tally.hunks())
        } else {
            tally.words()
        }
    };
    let is_changed = move || !picks.tally().is_everything();
    let shown = Signal::derive(move || {
        let word = if open.shows_result.get() {
            "result"
        } else {
            "proposal"
        };
        word.to_owned()
    });
    let show = Callback::new(move |word| open.shows_result.set(word == "result"));
    view! {
        <div class="selection" data-about="selection">
            <p class="selection-words" role="status">{words}</p>
            <Show when=is_changed>
                <Button on_press=Callback::new(move |()| picks.clear()) action="take-all">
                    "Take all as suggested"
                </Button>
            </Show>
            <Tabs label="What the difference shows" tabs=SHOWN.to_vec() chosen=shown on_choose=show />
        </div>
        <LostPicks picks nav />
    }
}
