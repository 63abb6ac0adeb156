//! Text that somebody else wrote, as it is: whole if short, cut with "show all" if long.

use super::visible_text::visible_parts;
use leptos::prelude::*;
use review_core::{
    transcript::{contains, fold, marked},
    words::grouped,
};

/// A text with its own line breaks; what was searched for is marked.
#[component]
pub fn LongText(
    /// The text.
    text: String,
    /// Text to mark wherever it stands; a hit in the hidden part shows the whole.
    #[prop(optional, into)]
    needle: Signal<String>,
    /// Whether it is something for machines.
    #[prop(optional)]
    mono: bool,
    /// Whether the whole is shown, where that outlives the part.
    #[prop(default = RwSignal::new(false))]
    open: RwSignal<bool>,
) -> impl IntoView {
    let folded = fold(&text);
    let (cut_at, hidden_chars) = (folded.head.len(), folded.hidden_chars);
    let text = StoredValue::new(text);
    let whole = Memo::new(move |_| {
        hidden_chars == 0
            || open.get()
            || needle.with(|needle| {
                let hit = |text: &String| contains(text.get(cut_at..).unwrap_or_default(), needle);
                !needle.is_empty() && text.with_value(hit)
            })
    });
    let parts = move || {
        let draw = |text: &String| {
            let shown = if whole.get() {
                text
            } else {
                text.get(..cut_at).unwrap_or(text)
            };
            needle.with(|needle| marked_parts(shown, needle))
        };
        text.with_value(draw)
    };
    let toggle = (hidden_chars > 0).then(|| {
        let more = format!("Show all, {} more characters", grouped(hidden_chars as u64));
        view! {
            <button
                type="button"
                class="long-text-more"
                aria-expanded=move || whole.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {move || if whole.get() { "Show less".to_owned() } else { more.clone() }}
            </button>
        }
    });
    view! {
        <div class="long-text" data-mono=mono.then_some("") data-cut=move || (!whole.get()).then_some("")>
            {parts}
        </div>
        {toggle}
    }
}

/// Draws `text` with every place marked where `needle` stands, and every hidden character as a chip.
pub(super) fn marked_parts(text: &str, needle: &str) -> Vec<AnyView> {
    let mut drawn = Vec::new();
    for (hit, part) in marked(text, needle) {
        if hit {
            let part = part.to_owned();
            drawn.push(view! { <mark>{part}</mark> }.into_any());
        } else {
            drawn.extend(visible_parts(part));
        }
    }
    drawn
}
