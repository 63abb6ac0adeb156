//! An interaction that shows a pattern or uses a memory, read beside the diff.

use super::{
    reading::{Reading, Shows},
    state::OpenSuggestion,
};
use crate::{
    api::{ApiClient, PageOf},
    browser::focus,
    events::Events,
    keyboard::{Command, Keyboard},
    routes::Route,
    ui::{Button, Empty, Faces, LogEventItem, ShowMore, SkeletonText, event_anchor},
};
use leptos::prelude::*;
use review_api::LogEvent;
use review_core::{
    likeness::most_like,
    transcript::{EventGroup, continues},
};
use std::sync::Arc;

/// The panel, while an interaction is read.
#[component]
pub(super) fn TranscriptPanel(open: OpenSuggestion) -> impl IntoView {
    let refusal = Signal::derive(move || {
        let none = open.first_reading().is_none();
        none.then(|| "No interaction is named.".to_owned())
    });
    let toggle = move || {
        if open.reading.get_untracked().is_some() {
            open.reading.set(None);
        } else {
            open.reading.set(untrack(|| open.first_reading()));
        }
    };
    Keyboard::use_context()
        .add(Command::new("Read what led to it", Some("t"), toggle).unless(refusal));
    move || {
        let reading = open.reading.get()?;
        Some(view! { <Panel open reading /> })
    }
}

#[component]
fn Panel(open: OpenSuggestion, reading: Reading) -> impl IntoView {
    let opener = StoredValue::new_local(focus::active());
    let close = move || {
        open.reading.set(None);
        if let Some(opener) = opener.try_get_value().flatten() {
            focus::on(&opener);
        }
    };
    let api = ApiClient::use_context();
    let id = reading.interaction.clone();
    let ask = {
        let id = id.clone();
        move |page: PageOf| {
            let (api, id) = (api.clone(), id.clone());
            async move { api.transcript(&id, page).await }
        }
    };
    let events = Events::open(ask, None);
    let shows = reading.shows.clone();
    // From what has come first: what is loaded later does not move the reader.
    let marked = Memo::new(move |before: Option<&Option<String>>| {
        let known = before.cloned().flatten();
        known.or_else(|| events.all().with(|all| showing(&shows, all)))
    });
    Effect::new(move |_| {
        let come = events.listing().first().value().is_some();
        let event = marked.get();
        if come {
            // The rows are drawn by the time of the next frame.
            request_animation_frame(move || {
                let found = event.is_some_and(|event| focus::by_id(&event_anchor(&event)));
                if !found {
                    focus::first(".side-panel");
                }
            });
        }
    });
    let (says, what, note) = match reading.shows {
        Shows::Pattern { title, .. } => (
            "Shows",
            title,
            "Marked: what shares most words with the pattern, found by this console.",
        ),
        Shows::Memory { path, .. } => (
            "Uses",
            path,
            "Marked: where the memory is named, found by reading the transcript.",
        ),
    };
    let title = open.title_of(id.clone());
    let place = Route::Interaction { id: id.clone() };
    let whole = place.href();
    let name = {
        let id = id.clone();
        move || title.get().unwrap_or_else(|| id.0.clone())
    };
    view! {
        <aside
            class="side-panel"
            aria-labelledby="side-panel-title"
            tabindex="-1"
            data-reading=id.0.clone()
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.prevent_default();
                    close();
                }
            }
        >
            <header class="side-panel-head">
                <div class="side-panel-names">
                    <h2 id="side-panel-title" dir="auto">{name}</h2>
                    <p class="section-note">
                        {says} " " <q dir="auto">{what}</q> ". "
                        <a href=whole>"Open the interaction"</a>
                    </p>
                </div>
                <Button on_press=Callback::new(move |()| close()) action="close-transcript">
                    "Close"
                </Button>
            </header>
            <div class="side-panel-body">
                <Faces
                    query=events.listing().first()
                    what="the transcript"
                    skeleton=|| view! { <SkeletonText lines=10 /> }
                    let:_first
                >
                    <Rows events marked note place=place.clone() />
                    <ShowMore listing=events.listing() />
                </Faces>
            </div>
        </aside>
    }
}

#[component]
fn Rows(
    events: Events,
    marked: Memo<Option<String>>,
    note: &'static str,
    place: Route,
) -> impl IntoView {
    let all = events.all();
    let rows = Memo::new(move |_| {
        let mut previous: Option<Arc<LogEvent>> = None;
        let rows = all.get().into_iter().map(|event| {
            let goes_on = continues(&event, previous.as_deref());
            previous = Some(Arc::clone(&event));
            (event, goes_on)
        });
        rows.collect::<Vec<_>>()
    });
    let go = {
        let place = place.clone();
        move |event: String| place.href_with("event", &event)
    };
    view! {
        <Show when=move || marked.with(Option::is_some)>
            <p class="section-note" data-about="likest">
                {note}
            </p>
        </Show>
        <Show
            when=move || !all.with(Vec::is_empty)
            fallback=|| {
                view! { <Empty title="Nothing was said">"The platform has no events of this interaction."</Empty> }
            }
        >
            <ol class="events" data-look="conversation">
                <For
                    each=move || rows.get().into_iter().enumerate()
                    key=|(index, (event, _))| (*index, event.id.clone())
                    children={
                        let go = go.clone();
                        move |(_, (event, goes_on)): (usize, (Arc<LogEvent>, bool))| {
                            let id = event.id.clone();
                            let is_marked = Memo::new(move |_| {
                                marked.with(|marked| marked.as_deref() == Some(&*id))
                            });
                            view! {
                                <LogEventItem
                                    href=go(event.id.clone())
                                    event=event.as_ref().clone()
                                    on_link=Callback::new(|id: String| {
                                        focus::by_id(&event_anchor(&id));
                                    })
                                    continues=goes_on
                                    marked=is_marked
                                />
                            }
                        }
                    }
                />
            </ol>
        </Show>
    }
}

/// Returns the id of the event that shows it, as far as it has come.
fn showing(shows: &Shows, all: &[Arc<LogEvent>]) -> Option<String> {
    match shows {
        Shows::Pattern { about, .. } => likest_of(about, all),
        Shows::Memory { event_id, .. } => {
            let has_come = all.iter().any(|event| event.id == *event_id);
            has_come.then(|| event_id.clone())
        }
    }
}

/// Returns the id of the message that is most like the pattern.
fn likest_of(about: &str, all: &[Arc<LogEvent>]) -> Option<String> {
    let is_message = |event: &&Arc<LogEvent>| EventGroup::Messages.has(event.kind);
    let messages: Vec<&Arc<LogEvent>> = all.iter().filter(is_message).collect();
    let texts = messages.iter().map(|event| event.text.as_str());
    let found = most_like(about, texts)?;
    messages.get(found).map(|event| event.id.clone())
}
