//! A dream's raw log: what it read, wrote and said, step by step.

use super::state::DreamLog;
use crate::{
    browser::focus,
    events::SearchNotice,
    keyboard::{Command, Keyboard},
    routes::{QueryParam, Route},
    ui::{
        Button, ButtonKind, Crumb, Empty, Faces, LogEventItem, PageTitle, ShowMore, SkeletonRows,
        TextField,
    },
};
use leptos::prelude::*;
use review_api::{DreamId, LogEvent};
use review_core::{
    transcript::{EventGroup, found},
    words::grouped,
};
use std::sync::Arc;

/// The whole page.
#[component]
pub fn DreamLogPage(
    /// Which dream.
    id: DreamId,
) -> impl IntoView {
    let named = QueryParam::new("event");
    let wanted = Some(untrack(|| named.get())).filter(|wanted| !wanted.is_empty());
    let needle = QueryParam::new("q");
    let log = DreamLog::open(id.clone(), wanted, &untrack(|| needle.get()));
    let query = log.events().listing().first();
    let crumbs = vec![
        Crumb::new("Agents", Route::Agents),
        Crumb::new("Dream", Route::Dream { id: id.clone() }),
    ];
    let place = StoredValue::new(Route::DreamLog { id });
    view! {
        <div class="page log">
            <PageTitle title="Raw log" crumbs=Signal::stored(crumbs) />
            <Faces query what="the raw log" skeleton=|| view! { <SkeletonRows count=12 /> } let:first>
                <Show
                    when=move || first.with(|first| !first.items.is_empty())
                    fallback=|| {
                        view! {
                            <Empty title="The log is empty">
                                "The platform keeps a dream’s steps from the moment that it begins. A dream that never began has none."
                            </Empty>
                        }
                    }
                >
                    <Log log named needle place=place.get_value() />
                </Show>
            </Faces>
        </div>
    }
}

#[component]
fn Log(log: DreamLog, named: QueryParam, needle: QueryParam, place: Route) -> impl IntoView {
    let events = log.events().all();
    let group = QueryParam::new("kind");
    let chosen = Memo::new(move |_| EventGroup::parse(&group.get()));
    let text = log.needle();
    // One pass over all events, so that each row only looks its own place up.
    let shown = Memo::new(move |_| {
        let (group, text) = (chosen.get(), text.get());
        let pass = |event: &Arc<LogEvent>| found(event, group, &text);
        events.with(|events| events.iter().map(pass).collect::<Vec<bool>>())
    });
    let item = move |(index, event): (usize, Arc<LogEvent>)| {
        let id = event.id.clone();
        let href = place.href_with("event", &id);
        let hidden = Memo::new(move |_| shown.with(|shown| shown.get(index) == Some(&false)));
        let marked = Memo::new(move |_| named.get() == id);
        // A row that is left out has nothing to mark, so it need not be drawn again with each word.
        let row_needle = Memo::new(move |_| {
            if hidden.get() {
                String::new()
            } else {
                text.get()
            }
        });
        view! {
            <LogEventItem
                event=event.as_ref().clone()
                href
                on_link=Callback::new(move |id| named.set(id))
                marked
                hidden
                needle=row_needle
            />
        }
    };
    view! {
        <Toolbar log group needle shown />
        <SearchNotice events=log.events() named />
        <ol class="events" data-look="log">
            <For
                each=move || events.get().into_iter().enumerate()
                key=|(index, event)| (*index, event.id.clone())
                children=item
            />
        </ol>
        <Show when=move || shown.with(|shown| !shown.contains(&true))>
            <Empty title="No loaded event matches">
                "Only what is loaded is searched. Load all events, or look for something else."
            </Empty>
        </Show>
        <ShowMore listing=log.events().listing() />
    }
}

#[component]
fn Toolbar(
    log: DreamLog,
    group: QueryParam,
    needle: QueryParam,
    shown: Memo<Vec<bool>>,
) -> impl IntoView {
    Keyboard::use_context().add(Command::new("Find in the log", Some("/"), || {
        focus::first("[name=find]");
    }));
    let events = log.events().all();
    let more = Memo::new(move |_| log.events().listing().rest() != crate::listing::Rest::Nothing);
    let count = move || {
        let loaded = events.with(Vec::len);
        let passing = shown.with(|shown| shown.iter().filter(|shown| **shown).count());
        let loaded_words = match (loaded, more.get()) {
            (1, false) => "1 event".to_owned(),
            (count, false) => format!("{} events", grouped(count as u64)),
            (count, true) => format!("{} events loaded, more to come", grouped(count as u64)),
        };
        if passing == loaded {
            loaded_words
        } else {
            format!("{} match, of {loaded_words}", grouped(passing as u64))
        }
    };
    let groups = EventGroup::ALL.map(Some).into_iter();
    let buttons = std::iter::once(None)
        .chain(groups)
        .map(|choice: Option<EventGroup>| {
            let value = choice.map_or("", EventGroup::as_str);
            let count = Memo::new(move |_| {
                let has = |event: &&Arc<LogEvent>| choice.is_none_or(|group| group.has(event.kind));
                events.with(|events| events.iter().filter(has).count())
            });
            view! {
                <button
                    type="button"
                    class="tab"
                    data-kind-filter=if value.is_empty() { "all" } else { value }
                    aria-pressed=move || (group.get() == value).to_string()
                    on:click=move |_| group.set(value.to_owned())
                >
                    <span class="tab-word">{if value.is_empty() { "all" } else { value }}</span>
                    <span class="tab-count">{move || grouped(count.get() as u64)}</span>
                </button>
            }
        });
    view! {
        <div class="toolbar" role="search" aria-label="Events of the log">
            <div class="tabs" role="group" aria-label="Kinds of events">
                {buttons.collect_view()}
            </div>
            <TextField
                label="Find in what is loaded"
                name="find"
                value=Signal::derive(move || needle.get())
                on_input=Callback::new(move |text: String| {
                    log.find(&text);
                    needle.set(text);
                })
            />
        </div>
        <p class="log-count">
            <span role="status" data-about="count">{count}</span>
            " "
            <Show when=move || more.get()>
                <Show
                    when=move || log.loading_all().get()
                    fallback=move || {
                        view! {
                            <Button
                                kind=ButtonKind::Bare
                                action="load-all"
                                on_press=Callback::new(move |()| log.load_all())
                            >
                                "Load all"
                            </Button>
                        }
                    }
                >
                    <Button
                        kind=ButtonKind::Bare
                        action="stop"
                        on_press=Callback::new(move |()| log.stop())
                    >
                        "Stop loading"
                    </Button>
                </Show>
            </Show>
        </p>
    }
}
