//! The line over a diff: where the reader is, and how it is shown.

use super::{Viewed, state::DiffNav, talk_bar::TalkSteps, talking::Talking, tools::Tools};
use crate::ui::{Button, Tab, Tabs};
use leptos::prelude::*;
use prompt_diff::{Mode, PromptDiff};
use std::sync::Arc;

const WIDE: [Tab; 3] = [
    Tab {
        value: "split",
        label: "Side by side",
    },
    Tab {
        value: "inline",
        label: "Inline",
    },
    Tab {
        value: "reading",
        label: "Reading",
    },
];

/// Stays at the top while the diff is read.
#[component]
pub(super) fn Toolbar(
    diff: Arc<PromptDiff>,
    nav: DiffNav,
    tools: Tools,
    /// Where people comment on lines; nothing where they do not.
    talking: Option<Talking>,
) -> impl IntoView {
    let changes = diff.hunks.len();
    let viewed = {
        let diff = Arc::clone(&diff);
        move || {
            let count = tools.viewed?.count(&diff);
            (count > 0).then(|| format!("{count} viewed"))
        }
    };
    let place = move || match nav.current() {
        None if changes == 1 => "1 change".to_owned(),
        None => format!("{changes} changes"),
        Some(current) => format!("change {} of {changes}", current + 1),
    };
    let top = nav.place();
    let path = move || {
        let here = nav.current().filter(|_| top.with(Vec::is_empty));
        match here {
            Some(hunk) => diff.hunk_path(hunk).join(" › "),
            None => top.with(|top| top.join(" › ")),
        }
    };
    let choose = Callback::new(move |word| {
        if let Some(mode) = Mode::parse(word) {
            nav.choose(mode);
        }
    });
    let tabs = move || {
        let tabs = if nav.is_wide() {
            &WIDE[..]
        } else {
            WIDE.get(1..).unwrap_or_default()
        };
        view! {
            <Tabs
                label="How the difference is shown"
                tabs=tabs.to_vec()
                chosen=Signal::derive(move || nav.mode().as_str().to_owned())
                on_choose=choose
            />
        }
    };
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
                <span class="diff-place-viewed">{viewed}</span>
            </p>
            {talking.map(|talking| view! { <TalkSteps talking /> })}
            <p class="diff-place-path" dir="auto">{path}</p>
            <div class="diff-ways">
                <Button
                    on_press=Callback::new(move |()| nav.open_search())
                    kind=crate::ui::ButtonKind::Bare
                    action="open-search"
                    keys="/"
                >
                    "Find"
                </Button>
                <button
                    type="button"
                    class="button button-bare"
                    data-action="unfold-all"
                    aria-pressed=move || nav.is_unfolded().to_string()
                    on:click=move |_| nav.unfold_all(!nav.is_unfolded())
                >
                    {move || if nav.is_unfolded() { "Fold unchanged" } else { "Show whole text" }}
                </button>
                {tabs}
            </div>
        </div>
    }
}

/// Says that something changed since the reader last looked, and shows only that.
#[component]
pub(super) fn SinceLooked(diff: Arc<PromptDiff>, nav: DiffNav, viewed: Viewed) -> impl IntoView {
    let fresh = {
        let diff = Arc::clone(&diff);
        Memo::new(move |_| viewed.fresh(&diff))
    };
    let words = move || match fresh.with(std::collections::BTreeSet::len) {
        1 => "1 change is new since you looked.".to_owned(),
        more => format!("{more} changes are new since you looked."),
    };
    let see = {
        let diff = Arc::clone(&diff);
        Callback::new(move |()| {
            nav.only.set(None);
            viewed.see_all(&diff);
        })
    };
    view! {
        <Show when=move || !fresh.with(std::collections::BTreeSet::is_empty)>
            <div class="diff-since" data-about="since">
                <p>{words}</p>
                <button
                    type="button"
                    class="button button-bare"
                    data-action="only-fresh"
                    aria-pressed=move || nav.only.with(Option::is_some).to_string()
                    on:click=move |_| {
                        nav.only.update(|only| {
                            *only = if only.is_some() { None } else { Some(fresh.get_untracked()) };
                        });
                    }
                >
                    {move || if nav.only.with(Option::is_some) { "Show all changes" } else { "Show only these" }}
                </button>
                <Button on_press=see action="see-all">"I know them"</Button>
            </div>
        </Show>
    }
}
