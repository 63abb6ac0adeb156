//! The line over a diff: where the reader is, and how it is shown.

use super::{layout::Mode, nav::DiffNav};
use crate::ui::{Button, Tab, Tabs};
use leptos::prelude::*;
use prompt_diff::PromptDiff;
use std::sync::Arc;

const TABS: [Tab; 2] = [
    Tab {
        value: "split",
        label: "Side by side",
    },
    Tab {
        value: "inline",
        label: "Inline",
    },
];

/// Stays at the top while the diff is read.
#[component]
pub(super) fn Toolbar(diff: Arc<PromptDiff>, nav: DiffNav) -> impl IntoView {
    let changes = diff.hunks.len();
    let place = move || match nav.current() {
        None if changes == 1 => "1 change".to_owned(),
        None => format!("{changes} changes"),
        Some(current) => format!("change {} of {changes}", current + 1),
    };
    let path = move || {
        let path = diff.hunk_path(nav.current()?);
        (!path.is_empty()).then(|| path.join(" › "))
    };
    let choose = Callback::new(move |word| {
        if let Some(mode) = Mode::parse(word) {
            nav.choose(mode);
        }
    });
    view! {
        <div class="diff-toolbar">
            <div class="diff-steps">
                <Button on_press=Callback::new(move |()| nav.step(-1)) action="previous-change" keys="p">
                    "Previous"
                </Button>
                <Button on_press=Callback::new(move |()| nav.step(1)) action="next-change" keys="n">
                    "Next"
                </Button>
            </div>
            <p class="diff-place" role="status">
                <span data-about="place">{place}</span>
                <span class="diff-place-path">{path}</span>
            </p>
            <div class="diff-ways">
                <button
                    type="button"
                    class="button button-bare"
                    data-action="unfold-all"
                    aria-pressed=move || nav.is_unfolded().to_string()
                    on:click=move |_| nav.unfold_all(!nav.is_unfolded())
                >
                    {move || if nav.is_unfolded() { "Fold unchanged" } else { "Show whole text" }}
                </button>
                <Show when=move || nav.is_wide()>
                    <Tabs
                        label="How the difference is shown"
                        tabs=TABS.to_vec()
                        chosen=Signal::derive(move || nav.mode().as_str().to_owned())
                        on_choose=choose
                    />
                </Show>
            </div>
        </div>
    }
}
