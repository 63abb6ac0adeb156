//! Two texts side by side, inline or as a document, with what changed, what is folded and what hides.
//!
//! Shared by every page that shows a diff; knows nothing of suggestions and changes. Only what is near the window
//! is on the page: see `docs/adr/` on windowing.

mod chips;
mod editor;
mod facts;
mod finding;
mod findings_read;
mod folds;
mod heads;
mod layout;
mod line;
mod lost;
mod model;
mod notes;
mod parts;
mod picks;
mod placed;
mod prose;
mod rows;
mod search;
mod state;
mod strip;
mod talk_bar;
mod talking;
mod toolbar;
mod tools;
mod unfolding;
mod viewed;
mod viewport;
mod warm_up;
mod window;

pub use facts::{Facts, HiddenList, InstructionList};
pub use findings_read::FindingsRead;
pub use lost::LostPicks;
pub use picks::{Pick, Picks, Tally};
pub use state::DiffNav;
pub use talk_bar::CommentsUnread;
pub use tools::Tools;
pub use viewed::Viewed;
pub use warm_up::warm_up;

use crate::{
    browser::{selection, timing::Span},
    ui::{Notice, Tone},
};
use leptos::prelude::*;
use prompt_diff::{Fallback, Limits, PromptDiff, Sides};
use rows::Rows;
use search::SearchBar;
use std::{collections::BTreeSet, sync::Arc};
use strip::Strip;
use talk_bar::LostTalk;
use talking::Talking;
use toolbar::{SinceLooked, Toolbar};

/// What copying takes of a diff.
const COPIED: &str = ".diff-text, .prose-text";

/// Compares two texts, once for each pair of them.
pub fn compared(texts: Memo<Sides<Arc<str>>>) -> Memo<Arc<PromptDiff>> {
    Memo::new(move |_| {
        texts.with(|texts| {
            let computing = Span::begin("diff:compute");
            let diff = prompt_diff::diff(&texts.before, &texts.after, &Limits::default());
            computing.end();
            Arc::new(diff)
        })
    })
}

/// A diff with its toolbar.
#[component]
pub fn DiffView(
    /// The diff, as [`compared`] makes it.
    #[prop(into)]
    diff: Signal<Arc<PromptDiff>>,
    /// What each side is called, such as `v12` and `proposed`.
    #[prop(into)]
    names: Signal<Sides<String>>,
    /// Where the reader is; made by the page, which may lead there too.
    nav: DiffNav,
    /// What may be done with each change.
    #[prop(optional, into)]
    tools: Signal<Tools>,
) -> impl IntoView {
    move || view! { <Compared diff=diff.get() names nav tools=tools.get() /> }
}

/// The lines of a diff without its toolbar: for one of several on a page.
#[component]
pub fn DiffLines(
    /// The diff.
    diff: Arc<PromptDiff>,
    /// What differs, for those who hear the page: there are several on it.
    of: String,
    /// Where the reader is in it.
    nav: DiffNav,
    /// What may be done with each change.
    #[prop(optional)]
    tools: Tools,
) -> impl IntoView {
    nav.begin(&diff);
    if let Some(viewed) = tools.viewed {
        viewed.begin(&diff);
    }
    let talking = tools
        .comments
        .map(|comments| Talking::begin(&diff, comments, nav));
    let layout = nav.follow();
    let is_open = talking.is_some_and(Talking::may_comment);
    view! {
        <section
            class="diff"
            aria-label=format!("Difference of {of}")
            tabindex="-1"
            data-mode=move || nav.mode().as_str()
            data-talk=is_open.then_some("")
            on:copy=|event| selection::copy(&event, COPIED)
            on:mousedown=|event| selection::choose_side(&event)
        >
            {talking.map(|talking| view! { <LostTalk talking /> })}
            <Rows diff layout nav tools talking />
        </section>
    }
}

/// One pair of texts; made anew when the texts change.
#[component]
fn Compared(
    diff: Arc<PromptDiff>,
    names: Signal<Sides<String>>,
    nav: DiffNav,
    tools: Tools,
) -> impl IntoView {
    let painting = Span::begin("diff:paint");
    warm_up::is_warm();
    // The second frame begins when the first one, with the rows in it, is painted.
    request_animation_frame(move || request_animation_frame(move || painting.end()));
    view! { <Differing diff names nav tools /> }
}

/// What [`Compared`] shows; what is not on the page is drawn by this too.
#[component]
fn Differing(
    diff: Arc<PromptDiff>,
    names: Signal<Sides<String>>,
    nav: DiffNav,
    tools: Tools,
) -> impl IntoView {
    // Of another diff, whose rows are not those of this one.
    nav.notes.update(BTreeSet::clear);
    let talking = tools
        .comments
        .map(|comments| Talking::begin(&diff, comments, nav));
    nav.begin(&diff);
    if diff.hunks.is_empty() {
        return view! { <Equal names /> }.into_any();
    }
    if let Some(viewed) = tools.viewed {
        viewed.begin(&diff);
    }
    tools.offer(nav);
    if let Some(talking) = talking {
        talking.offer();
    }
    let layout = nav.follow();
    let fallbacks = diff.fallbacks.iter();
    let fallbacks = fallbacks
        .map(|fallback| view! { <FallbackNotice fallback=*fallback /> })
        .collect_view();
    let since = tools
        .viewed
        .map(|viewed| view! { <SinceLooked diff=Arc::clone(&diff) nav viewed /> });
    let is_open = talking.is_some_and(Talking::may_comment);
    view! {
        <section
            class="diff"
            aria-label="Difference"
            tabindex="-1"
            data-mode=move || nav.mode().as_str()
            data-talk=is_open.then_some("")
            on:copy=|event| selection::copy(&event, COPIED)
            on:mousedown=|event| selection::choose_side(&event)
        >
            <Toolbar diff=Arc::clone(&diff) nav tools talking />
            <SearchBar nav />
            {since}
            {fallbacks}
            {talking.map(|talking| view! { <CommentsUnread comments=talking.comments /><LostTalk talking /> })}
            <div class="diff-heads" aria-hidden="true">
                <span>{move || names.with(|names| names.before.clone())}</span>
                <span>{move || names.with(|names| names.after.clone())}</span>
            </div>
            <div class="diff-page">
                <Rows diff=Arc::clone(&diff) layout nav tools talking />
                <Strip diff nav />
            </div>
        </section>
    }
    .into_any()
}

#[component]
fn Equal(names: Signal<Sides<String>>) -> impl IntoView {
    let sentence = move || {
        names.with(|names| {
            format!(
                "{} and {} are the same, byte for byte. There is nothing to decide about the text.",
                names.before, names.after
            )
        })
    };
    view! {
        <section class="diff" aria-label="Difference" data-face="equal">
            <p class="diff-equal">{sentence}</p>
        </section>
    }
}

#[component]
fn FallbackNotice(fallback: Fallback) -> impl IntoView {
    view! {
        <Notice tone=Tone::Finding about="fallback">
            {fallback.to_string()} " The text itself is complete."
        </Notice>
    }
}
