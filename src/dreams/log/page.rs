//! A dream's raw log: what it read, wrote and said, step by step.

use super::{super::words::title, state::DreamLog};
use crate::{
    browser::focus,
    events::SearchNotice,
    keyboard::{Command, Keyboard},
    routes::{QueryParam, Route},
    ui::{
        Button, ButtonKind, Crumb, Empty, Faces, LogEventItem, OpenParts, PageTitle, ShowMore,
        SkeletonRows, TextField, Windowed, WindowedRows, event_anchor,
    },
};
use leptos::prelude::*;
use review_api::{DreamId, LogEvent};
use review_core::{
    transcript::{EventGroup, found},
    words::grouped,
};
use std::{collections::HashMap, sync::Arc};

/// Height of a row of one line, CSS pixels.
const ROW_PX: f64 = 31.0;

/// What stays at the top of the window over the rows.
const COVERED_PX: f64 = 60.0;

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
    let dream = Route::Dream { id: id.clone() };
    let crumbs = Memo::new(move |_| {
        let report = log.report().value();
        let name = report.map_or("Dream".to_owned(), |report| title(&report));
        vec![
            Crumb::new("Agents", Route::Agents),
            Crumb::new(name, dream.clone()),
        ]
    });
    let place = StoredValue::new(Route::DreamLog { id });
    view! {
        <div class="page log">
            <PageTitle title="Raw log" crumbs />
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

/// An event with its place in the whole log.
type Row = (usize, Arc<LogEvent>);

#[component]
fn Log(log: DreamLog, named: QueryParam, needle: QueryParam, place: Route) -> impl IntoView {
    let events = log.events().all();
    let group = QueryParam::new("kind");
    let chosen = Memo::new(move |_| EventGroup::parse(&group.get()));
    let text = log.needle();
    let rows = Memo::new(move |_| {
        let (group, text) = (chosen.get(), text.get());
        let fits = |(_, event): &(usize, &Arc<LogEvent>)| found(event, group, &text);
        let row = |(place, event): (usize, &Arc<LogEvent>)| (place, Arc::clone(event));
        let fitting = |events: &Vec<Arc<LogEvent>>| {
            let events = events.iter().enumerate();
            Arc::new(events.filter(fits).map(row).collect::<Vec<Row>>())
        };
        events.with(fitting)
    });
    let shown = Memo::new(move |_| rows.with(|rows| rows.len()));
    let key = |(place, event): &Row| format!("{place}:{}", event.id);
    let is_live = log.is_live();
    let windowed = Windowed::new(rows, key, |_| ROW_PX, COVERED_PX).keeping_end(is_live.into());
    let parts = StoredValue::new(HashMap::<String, OpenParts>::new());
    let item = move |row: usize, (_, event): Row| {
        let id = event.id.clone();
        let href = place.href_with("event", &id);
        let parts = parts.try_update_value(|parts| parts.entry(id.clone()).or_default().clone());
        let marked = Memo::new(move |_| named.get() == id);
        view! {
            <LogEventItem
                event=event.as_ref().clone()
                href
                on_link=Callback::new(move |id| named.set(id))
                marked
                needle=text
                place=(row, shown.into())
                parts=parts.unwrap_or_default()
            />
        }
    };
    let reach = Callback::new(move |id: String| {
        let row = rows.with_untracked(|rows| rows.iter().position(|(_, event)| event.id == id));
        if let Some(row) = row {
            windowed.show(row, move || focus::by_id(&event_anchor(&id)));
        }
    });
    view! {
        <Toolbar log group needle shown />
        <SearchNotice events=log.events() named reach />
        <Show when=move || is_live.get()>
            <Live log windowed />
        </Show>
        <WindowedRows windowed class="events" look="log" let:(row, event)>
            {item(row, event)}
        </WindowedRows>
        <Show when=move || shown.get() == 0>
            <Empty title="No loaded event matches">
                "Only what is loaded is searched. Load all events, or look for something else."
            </Empty>
        </Show>
        <ShowMore listing=log.events().listing() />
    }
}

/// That the log grows, and the way to where it does.
#[component]
fn Live(log: DreamLog, windowed: Windowed<Row>) -> impl IntoView {
    let words = move || match log.lost().get() {
        None => "The dream goes on: what it does next shows at the end, as it comes.".to_owned(),
        Some(error) => format!(
            "The dream goes on, but its newest events could not be read: {error} The console keeps trying."
        ),
    };
    view! {
        <p class="log-live">
            <span role="status" data-about="live">{words}</span>
            " "
            <Button
                kind=ButtonKind::Bare
                action="to-end"
                on_press=Callback::new(move |()| windowed.show_end())
            >
                "Go to the end"
            </Button>
        </p>
    }
}

#[component]
fn Toolbar(
    log: DreamLog,
    group: QueryParam,
    needle: QueryParam,
    shown: Memo<usize>,
) -> impl IntoView {
    Keyboard::use_context().add(Command::new("Find in the log", Some("/"), || {
        focus::first("[name=find]");
    }));
    let events = log.events().all();
    let more = Memo::new(move |_| log.events().listing().rest() != crate::listing::Rest::Nothing);
    let count = move || {
        let loaded = events.with(Vec::len);
        let passing = shown.get();
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
