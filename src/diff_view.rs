//! Two texts side by side or inline, with what changed, what is folded and what hides.
//!
//! Shared by every page that shows a diff; knows nothing of suggestions and changes.

mod chips;
mod facts;
mod layout;
mod line;
mod nav;
mod rows;
mod toolbar;

pub use facts::{Facts, HiddenList, InstructionList};
pub use layout::Mode;
pub use nav::DiffNav;

use crate::{
    browser::timers::Timer,
    ui::{Notice, Tone},
};
use layout::Item;
use leptos::prelude::*;
use prompt_diff::{Fallback, Limits, PromptDiff, Sides};
use rows::Items;
use std::{sync::Arc, time::Duration};
use toolbar::Toolbar;

/// Items that are drawn at once; the rest follows in turns, so that typing and scrolling go on.
const DRAWN_AT_ONCE: usize = 12;

/// Compares two texts, once for each pair of them.
pub fn compared(texts: Memo<Sides<Arc<str>>>) -> Memo<Arc<PromptDiff>> {
    Memo::new(move |_| {
        texts.with(|texts| {
            Arc::new(prompt_diff::diff(
                &texts.before,
                &texts.after,
                &Limits::default(),
            ))
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
) -> impl IntoView {
    move || view! { <Compared diff=diff.get() names nav /> }
}

/// One pair of texts; made anew when the texts change.
#[component]
fn Compared(diff: Arc<PromptDiff>, names: Signal<Sides<String>>, nav: DiffNav) -> impl IntoView {
    nav.begin(&diff);
    let items = nav.items();
    let fallback: Vec<_> = diff
        .fallbacks
        .iter()
        .map(|fallback| view! { <FallbackNotice fallback=*fallback /> })
        .collect();
    if diff.hunks.is_empty() {
        return view! { <Equal names /> }.into_any();
    }
    let drawn = draw_in_turns(items, nav);
    view! {
        <section
            class="diff"
            aria-label="Difference"
            tabindex="-1"
            data-mode=move || nav.mode().as_str()
        >
            <Toolbar diff=Arc::clone(&diff) nav />
            {fallback}
            <div class="diff-heads" aria-hidden="true">
                <span>{move || names.with(|names| names.before.clone())}</span>
                <span>{move || names.with(|names| names.after.clone())}</span>
            </div>
            <Items diff items nav drawn />
        </section>
    }
    .into_any()
}

/// Counts up how many items to draw, a few each turn, until all are there.
fn draw_in_turns(items: Memo<Vec<Item>>, nav: DiffNav) -> Signal<usize> {
    let drawn = RwSignal::new(DRAWN_AT_ONCE);
    let turn = StoredValue::new_local(None::<Timer>);
    Effect::new(move |_| {
        let wanted = nav.wanted_items();
        if drawn.get() < wanted {
            drawn.set(wanted);
        }
        if drawn.get() < items.with(Vec::len) {
            let next = Timer::once(Duration::ZERO, move || {
                drawn.try_update(|drawn| *drawn += DRAWN_AT_ONCE);
            });
            turn.set_value(Some(next));
        }
    });
    drawn.into()
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
