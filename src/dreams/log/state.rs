//! State of one dream's raw log, followed while the dream goes on.

use super::super::{
    state::{Dream, LOOK_EVERY},
    words::may_change,
};
use crate::{
    api::{ApiClient, ApiError, PageOf},
    browser::{
        clock,
        timers::{self, Timer},
    },
    events::Events,
    listing::Rest,
    query::Query,
};
use jiff::Timestamp;
use leptos::{prelude::*, task::spawn_local};
use review_api::{DreamId, DreamReport, LogEvent, MAX_PAGE_ITEMS};
use std::time::Duration;

/// How long typing has to pause before the log is searched.
const TYPING_PAUSE: Duration = Duration::from_millis(120);

/// Most pages of newer events read in one go; the rest comes with the next.
const MOST_NEW_PAGES: usize = 20;

/// Handle to one dream's raw log; `Copy`, lives as long as its page.
#[derive(Debug, Clone, Copy)]
pub struct DreamLog {
    events: Events,
    report: Query<DreamReport>,
    loading_all: RwSignal<bool>,
    needle: RwSignal<String>,
    typing: StoredValue<Option<Timer>, LocalStorage>,
    /// Whether newer events are being asked for.
    looking: StoredValue<bool>,
    lost: RwSignal<Option<ApiError>>,
}

impl DreamLog {
    /// Loads the first page of the log, and further ones until the event `wanted` is there.
    ///
    /// While the dream may go on, all of its log is loaded, and what it adds after that.
    pub fn open(id: DreamId, wanted: Option<String>, needle: &str) -> Self {
        let api = ApiClient::use_context();
        let dream = Dream::open(id.clone());
        let report = dream.report();
        let newer = (api.clone(), id.clone());
        let ask = move |page: PageOf| {
            let (api, id) = (api.clone(), id.clone());
            let limit = Some(MAX_PAGE_ITEMS);
            async move { api.dream_log(&id, None, PageOf { limit, ..page }).await }
        };
        let events = Events::open(ask, wanted);
        let loading_all = RwSignal::new(false);
        Effect::new(move |_| {
            if loading_all.get() {
                match events.listing().rest() {
                    Rest::More => events.listing().more(),
                    Rest::Coming => {}
                    Rest::Nothing | Rest::Failed(_) => loading_all.set(false),
                }
            }
        });
        let log = Self {
            events,
            report,
            loading_all,
            needle: RwSignal::new(needle.trim().to_owned()),
            typing: StoredValue::new_local(None),
            looking: StoredValue::new(false),
            lost: RwSignal::new(None),
        };
        let runs = log.is_live();
        Effect::new(move |_| {
            if runs.get() {
                loading_all.set(true);
            }
        });
        timers::every_while_visible(LOOK_EVERY, move || log.look_for_newer(&newer.0, &newer.1));
        log
    }

    /// Returns the dream itself, for its name and its state.
    pub fn report(self) -> Query<DreamReport> {
        self.report
    }

    /// Says whether the dream is not over, so that its log grows.
    pub fn is_live(self) -> Memo<bool> {
        Memo::new(move |_| {
            let report = self.report.value();
            report.is_some_and(|report| !report.status.is_final())
        })
    }

    /// Returns why newer events could not be read the last time.
    pub fn lost(self) -> Signal<Option<ApiError>> {
        self.lost.into()
    }

    /// Asks for what the dream has added since, where all before it is here.
    fn look_for_newer(self, api: &ApiClient, id: &DreamId) {
        let report = self.report.value_untracked();
        let may_grow = report.is_some_and(|report| may_change(&report, clock::now()));
        if !may_grow || self.looking.get_value() {
            return;
        }
        let first = self.events.listing().first();
        if first
            .value_untracked()
            .is_some_and(|page| page.items.is_empty())
        {
            // It had not begun.
            first.reload();
            return;
        }
        let Some(since) = self.events.read_until() else {
            return;
        };
        self.looking.set_value(true);
        let (api, id) = (api.clone(), id.clone());
        spawn_local(async move {
            let answer = newer(&api, &id, since).await;
            self.looking.try_set_value(false);
            match answer {
                Ok(events) => {
                    self.lost.try_set(None);
                    if !self.lost.is_disposed() {
                        self.events.add(events);
                    }
                }
                Err(error) => {
                    self.lost.try_set(Some(error));
                }
            }
        });
    }

    /// Returns what has come, and the pages.
    pub fn events(self) -> Events {
        self.events
    }

    /// Returns what is looked for; empty for nothing.
    pub fn needle(self) -> Signal<String> {
        self.needle.into()
    }

    /// Looks for `text` in what is loaded, once typing pauses: each look goes through every event.
    pub fn find(self, text: &str) {
        let needle = text.trim().to_owned();
        let pause = Timer::once(TYPING_PAUSE, move || {
            self.needle.try_set(needle);
        });
        self.typing.set_value(Some(pause));
    }

    /// Says whether all pages are being loaded, one after the other.
    pub fn loading_all(self) -> Signal<bool> {
        self.loading_all.into()
    }

    /// Loads page after page until the end, a failure, or [`Self::stop`].
    pub fn load_all(self) {
        self.loading_all.set(true);
    }

    /// Lets [`Self::load_all`] end with the page that is on its way.
    pub fn stop(self) {
        self.loading_all.set(false);
    }
}

/// Reads what a log has from `since` on.
async fn newer(api: &ApiClient, id: &DreamId, since: Timestamp) -> Result<Vec<LogEvent>, ApiError> {
    let mut events = Vec::new();
    let mut cursor = None;
    for _ in 0..MOST_NEW_PAGES {
        let limit = Some(MAX_PAGE_ITEMS);
        let page = api
            .dream_log(id, Some(since), PageOf { cursor, limit })
            .await?;
        events.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(events)
}
