//! The bar over a change: which one it is, where it stands, and what to do with it.

use super::{Pick, Picks, Viewed, state::DiffNav, talking::Talking, tools::Tools};
use crate::ui::KeyHint;
use leptos::prelude::*;
use prompt_diff::{HunkId, PromptDiff};
use std::sync::Arc;

#[component]
pub(super) fn HunkHead(
    diff: Arc<PromptDiff>,
    hunk: usize,
    nav: DiffNav,
    tools: Tools,
    /// Where people comment on lines; nothing where they do not.
    talking: Option<Talking>,
) -> impl IntoView {
    let Some(id) = diff.ids().get(hunk).cloned() else {
        return view! { <div></div> }.into_any();
    };
    let (number, all) = (hunk + 1, diff.hunks.len());
    let path = diff.hunk_path(hunk).join(" › ");
    let is_current = move || nav.current() == Some(hunk);
    let heard = format!("Change {number} of {all}");
    let picks = tools.picks.map(|picks| {
        view! { <PickButtons picks id=id.clone() hunk nav tools /> }
    });
    let viewed = tools.viewed.map(|viewed| {
        view! { <ViewedButton viewed id=id.clone() hunk nav tools /> }
    });
    let comment = talking
        .filter(|talking| talking.may_comment())
        .map(|talking| {
            view! {
                <button
                    type="button"
                    class="diff-comment"
                    data-action="comment-hunk"
                    on:click=move |_| talking.comment_on(hunk)
                >
                    "Comment"
                    {nav.key("c").map(|keys| view! { <KeyHint keys /> })}
                </button>
            }
        });
    view! {
        <div
            class="diff-head"
            role="group"
            aria-label=heard
            data-hunk=hunk
            data-hunk-start=hunk
            data-current=move || is_current().then_some("")
            on:click=move |_| nav.stand_at(hunk)
        >
            <span class="diff-head-number" aria-hidden="true">{number}</span>
            <span class="diff-head-path" dir="auto">{path}</span>
            {picks}
            {comment}
            {viewed}
        </div>
    }
    .into_any()
}

#[component]
fn PickButtons(picks: Picks, id: HunkId, hunk: usize, nav: DiffNav, tools: Tools) -> impl IntoView {
    let pick = {
        let id = id.clone();
        Memo::new(move |_| picks.of(&id))
    };
    let is_edited = move || pick.with(|pick| matches!(pick, Pick::Edited(_)));
    let word = move || match pick.get() {
        Pick::Taken => "taken",
        Pick::LeftOut => "left out",
        Pick::Edited(_) => "edited",
    };
    let button = move |label: &'static str,
                       action: &'static str,
                       keys: &'static str,
                       on: Signal<bool>,
                       run: Callback<()>| {
        view! {
            <button
                type="button"
                class="diff-pick"
                data-action=action
                aria-pressed=move || on.get().to_string()
                on:click=move |_| run.run(())
            >
                {label}
                {nav.key(keys).map(|keys| view! { <KeyHint keys /> })}
            </button>
        }
    };
    let choose = move |pick: fn() -> Pick| Callback::new(move |()| tools.pick(nav, hunk, pick()));
    let is_taken = Signal::derive(move || pick.with(|pick| *pick == Pick::Taken));
    let is_left = Signal::derive(move || pick.with(|pick| *pick == Pick::LeftOut));
    view! {
        <span class="diff-picks" data-pick=word>
            {button("Accept", "take-hunk", "a", is_taken, choose(|| Pick::Taken))}
            {button("Leave out", "leave-hunk", "x", is_left, choose(|| Pick::LeftOut))}
            {button(
                "Edit",
                "edit-hunk",
                "i",
                Signal::derive(is_edited),
                Callback::new(move |()| nav.edit(hunk)),
            )}
        </span>
    }
}

#[component]
fn ViewedButton(
    viewed: Viewed,
    id: HunkId,
    hunk: usize,
    nav: DiffNav,
    tools: Tools,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="diff-viewed"
            data-action="viewed"
            aria-pressed=move || viewed.is_viewed(&id).to_string()
            on:click=move |_| tools.toggle_viewed(nav, hunk)
        >
            <span class="diff-viewed-box" aria-hidden="true"></span>
            "Viewed"
            {nav.key("v").map(|keys| view! { <KeyHint keys /> })}
        </button>
    }
}
