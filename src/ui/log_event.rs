//! One event of a transcript or of a raw log: who, what, when; tools folded, errors open.

use super::long_text::{LongText, marked_parts};
use crate::browser::clock::{exact, time_of_day};
use leptos::{ev::MouseEvent, prelude::*};
use review_api::{LogEvent, LogEventKind};
use review_core::{
    transcript::{EventGroup, gist, kind_word, readable, snippet},
    words::grouped,
};

/// Returns the id of the element that shows the event of that id.
pub fn event_anchor(event_id: &str) -> String {
    format!("event-{event_id}")
}

/// What a reader opened of an event; outlives its row, which comes and goes with the window.
#[derive(Debug, Clone, Default)]
pub struct OpenParts {
    fold: ArcRwSignal<bool>,
    whole: ArcRwSignal<bool>,
}

/// An event as an item of a list.
#[component]
pub fn LogEventItem(
    /// What happened.
    event: LogEvent,
    /// Link to this very event.
    href: String,
    /// Called with the event's id when the link is followed in place.
    on_link: Callback<String>,
    /// Whether the same voice goes on, so that its name need not stand again.
    #[prop(optional)]
    continues: bool,
    /// Whether the event is the one that the address names.
    #[prop(into)]
    marked: Signal<bool>,
    /// Which row of how many it is, where not all rows are on the page.
    #[prop(optional)]
    place: Option<(usize, Signal<usize>)>,
    /// What of it is open.
    #[prop(optional)]
    parts: OpenParts,
    /// Text to mark wherever it stands.
    #[prop(optional, into)]
    needle: Signal<String>,
) -> impl IntoView {
    let word = kind_word(event.kind);
    let anchor = event_anchor(&event.id);
    let when = event.at.map_or("queued".to_owned(), time_of_day);
    let link_words = format!("{word}, {when}: link to this event");
    let id = event.id.clone();
    let follow = move |click: MouseEvent| {
        // With a key held, the browser opens the link elsewhere.
        if !(click.ctrl_key() || click.meta_key() || click.shift_key()) {
            click.prevent_default();
            on_link.run(id.clone());
        }
    };
    let cut = (event.cut_chars > 0).then(|| {
        let count = grouped(event.cut_chars);
        let words = format!("{count} more characters are not shown here; the platform has them.");
        view! { <p class="event-cut">{words}</p> }
    });
    view! {
        <li
            class="event"
            id=anchor
            tabindex="-1"
            data-event=event.id
            data-kind=word.to_lowercase().replace(' ', "-")
            data-continues=continues.then_some("")
            data-marked=move || marked.get().then_some("")
            aria-current=move || marked.get().then_some("true")
            aria-posinset=place.map(|(row, _)| row + 1)
            aria-setsize=place.map(|(_, rows)| move || rows.get())
        >
            <span class="event-kind">{word}</span>
            <a class="event-time" href=href aria-label=link_words on:click=follow>
                <time datetime=event.at.map(|at| at.to_string()) title=event.at.map(exact)>
                    {when}
                </time>
            </a>
            <div class="event-body">
                <EventBody kind=event.kind label=event.label text=event.text needle parts />
                {cut}
            </div>
        </li>
    }
}

#[component]
fn EventBody(
    kind: LogEventKind,
    label: String,
    text: String,
    needle: Signal<String>,
    parts: OpenParts,
) -> impl IntoView {
    let open = RwSignal::from(parts.whole);
    let fold = RwSignal::from(parts.fold);
    let label = (!label.is_empty() && kind != LogEventKind::Thinking)
        .then(|| view! { <code class="event-label">{label}</code> });
    match kind {
        _ if text.is_empty() => label.into_any(),
        _ if EventGroup::Messages.has(kind) => view! { <LongText text needle open /> }.into_any(),
        LogEventKind::Error | LogEventKind::ToolError => {
            let mono = kind == LogEventKind::ToolError;
            view! {
                {label}
                <LongText text=readable(&text) needle mono open />
            }
            .into_any()
        }
        _ => view! { <FoldedText label=label.into_any() text needle fold open /> }.into_any(),
    }
}

/// A tool's input or answer: one line that tells what it is about, the whole on demand.
#[component]
fn FoldedText(
    label: AnyView,
    text: String,
    needle: Signal<String>,
    fold: RwSignal<bool>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let readable = readable(&text);
    let gist = gist(&text);
    let whole = text == gist && readable == text;
    let line = move || {
        needle.with(|needle| {
            let line = snippet(&text, needle).unwrap_or_else(|| gist.clone());
            marked_parts(&line, needle)
        })
    };
    if whole {
        return view! {
            <p class="event-line">
                {label} <span class="event-gist">{line}</span>
            </p>
        }
        .into_any();
    }
    view! {
        <button
            type="button"
            class="event-line event-fold"
            aria-expanded=move || fold.get().to_string()
            on:click=move |_| fold.update(|fold| *fold = !*fold)
        >
            {label}
            <span class="event-gist">{line}</span>
        </button>
        <Show when=move || fold.get()>
            <LongText text=readable.clone() needle mono=true open />
        </Show>
    }
    .into_any()
}
