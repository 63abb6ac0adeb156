//! Events as they come, and the search for the one that the address names.

use crate::{
    api::{ApiError, PageOf},
    listing::{Listing, Rest},
};
use jiff::Timestamp;
use leptos::prelude::*;
use review_api::{LogEvent, Page};
use std::{collections::HashSet, sync::Arc};

/// Most pages read in search of one event; beyond, the link is taken to be dead.
const MOST_PAGES_SEARCHED: usize = 50;

/// What came of looking for the event that the address names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// The address names none.
    NotAsked,
    /// Pages are being loaded until it turns up.
    Looking,
    /// It is there.
    Found,
    /// There is no such event.
    Missing,
}

/// Handle to a list of events; `Copy`, lives as long as its page.
#[derive(Debug, Clone, Copy)]
pub struct Events {
    listing: Listing<Arc<LogEvent>>,
    /// What came after the last page.
    newer: RwSignal<Vec<Arc<LogEvent>>>,
    all: Memo<Vec<Arc<LogEvent>>>,
    search: RwSignal<Search>,
}

impl Events {
    /// Loads the first page, and further ones until the event `wanted` is there.
    pub fn open<F>(
        ask: impl Fn(PageOf) -> F + Send + Sync + 'static,
        wanted: Option<String>,
    ) -> Self
    where
        F: Future<Output = Result<Page<LogEvent>, ApiError>> + 'static,
    {
        let listing = Listing::new(move |page: PageOf| {
            let asked = ask(page);
            async move { asked.await.map(shared) }
        });
        let start = if wanted.is_some() {
            Search::Looking
        } else {
            Search::NotAsked
        };
        let newer = RwSignal::new(Vec::new());
        let events = Self {
            listing,
            newer,
            all: Memo::new(move |_| {
                let mut all = listing.items();
                newer.with(|newer| all.extend_from_slice(newer));
                all
            }),
            search: RwSignal::new(start),
        };
        if let Some(wanted) = wanted {
            events.look_for(wanted);
        }
        events
    }

    /// Returns the pages, for the four faces.
    pub fn listing(self) -> Listing<Arc<LogEvent>> {
        self.listing
    }

    /// Returns what has come so far, oldest first.
    pub fn all(self) -> Memo<Vec<Arc<LogEvent>>> {
        self.all
    }

    /// Returns the time from which on there may be newer ones: that of the last event that has one. Nothing where
    /// the log is not read to its end.
    pub fn read_until(self) -> Option<Timestamp> {
        if untrack(|| self.listing.rest()) != Rest::Nothing {
            return None;
        }
        let last = |all: &Vec<Arc<LogEvent>>| all.iter().rev().find_map(|event| event.at);
        self.all.try_with_untracked(last).flatten()
    }

    /// Takes events that came after the last page; those that are there already stay as they are.
    pub fn add(self, events: Vec<LogEvent>) {
        let known: HashSet<String> = self
            .all
            .with_untracked(|all| all.iter().map(|event| event.id.clone()).collect());
        let mut news = events
            .into_iter()
            .filter(|event| !known.contains(&event.id))
            .map(Arc::new)
            .peekable();
        if news.peek().is_some() {
            self.newer.update(|newer| newer.extend(news));
        }
    }

    /// Returns what came of looking for the event that the address named.
    pub fn search(self) -> Signal<Search> {
        self.search.into()
    }

    fn look_for(self, event_id: String) {
        Effect::new(move |pages: Option<usize>| {
            let pages = pages.unwrap_or_default();
            let rest = self.listing.rest();
            let is_it = |event: &Arc<LogEvent>| event.id == event_id;
            let found = self.all.with(|events| events.iter().any(is_it));
            let come = self.listing.first().value().is_some();
            if !come || self.search.get_untracked() != Search::Looking {
                return pages;
            }
            match rest {
                _ if found => self.search.set(Search::Found),
                Rest::Coming => {}
                Rest::More if pages < MOST_PAGES_SEARCHED => self.listing.more(),
                Rest::More | Rest::Nothing | Rest::Failed(_) => self.search.set(Search::Missing),
            }
            pages + 1
        });
    }
}

/// Makes each event cheap to hand to the list that draws it.
fn shared(page: Page<LogEvent>) -> Page<Arc<LogEvent>> {
    Page {
        items: page.items.into_iter().map(Arc::new).collect(),
        next_cursor: page.next_cursor,
        freshness: page.freshness,
    }
}
