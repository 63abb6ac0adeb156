//! State of one dream's report, followed while it is being dreamt.

use super::words::may_change;
use crate::{
    api::{ApiClient, ApiError, InteractionFilter, PageOf},
    browser::{clock, timers},
    query::Query,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{AgentId, DreamId, DreamReport, InteractionId, MAX_PAGE_ITEMS};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// How often a dream that is not over is looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Most pages of interactions read for the titles of those that patterns name.
const MOST_PAGES_OF_TITLES: usize = 5;

/// Handle to one dream; `Copy`, lives as long as its page.
#[derive(Debug, Clone, Copy)]
pub struct Dream {
    api: StoredValue<ApiClient>,
    id: StoredValue<DreamId>,
    report: Query<DreamReport>,
    /// Whether a reflection is being asked for.
    pub(super) asking: RwSignal<bool>,
    /// Why it was not taken.
    pub(super) refused: RwSignal<Option<ApiError>>,
}

impl Dream {
    /// Loads the dream and follows it until nothing more comes, while somebody can see the tab: its report comes some
    /// seconds after its end, and a reflection later.
    pub fn open(id: DreamId) -> Self {
        let api = ApiClient::use_context();
        let (kept_api, kept_id) = (api.clone(), id.clone());
        let report = Query::new(move || {
            let (api, id) = (api.clone(), id.clone());
            async move { api.dream(&id).await }
        });
        timers::every_while_visible(LOOK_EVERY, move || {
            if report
                .value_untracked()
                .is_some_and(|report| may_change(&report, clock::now()))
            {
                report.reload();
            }
        });
        Self {
            api: StoredValue::new(kept_api),
            id: StoredValue::new(kept_id),
            report,
            asking: RwSignal::new(false),
            refused: RwSignal::new(None),
        }
    }

    /// Asks for a reflection on it.
    pub fn reflect(self) {
        if self.asking.get_untracked() {
            return;
        }
        self.asking.set(true);
        self.refused.set(None);
        let (api, id) = (self.api.get_value(), self.id.get_value());
        spawn_local(async move {
            let answer = api.reflect(&id).await;
            self.asking.try_set(false);
            match answer {
                Ok(report) => self.report.set(report),
                Err(error) => {
                    self.refused.try_set(Some(error));
                }
            }
        });
    }

    /// Returns the report, for the four faces.
    pub fn report(self) -> Query<DreamReport> {
        self.report
    }
}

/// Handle to the titles of an agent's interactions, which patterns name by id only.
#[derive(Debug, Clone, Copy)]
pub struct Titles(Query<BTreeMap<InteractionId, String>>);

impl Titles {
    /// Loads the titles of the `named` interactions from the agent's list, newest first.
    ///
    /// Those that are older than the pages read keep their id.
    pub fn open(agent: AgentId, named: BTreeSet<InteractionId>) -> Self {
        let api = ApiClient::use_context();
        Self(Query::new(move || {
            let (api, agent, mut missing) = (api.clone(), agent.clone(), named.clone());
            async move {
                let mut titles = BTreeMap::new();
                let mut next = PageOf::first(MAX_PAGE_ITEMS);
                for _ in 0..MOST_PAGES_OF_TITLES {
                    let any = InteractionFilter::default();
                    let page = api.agent_interactions(&agent, &any, next).await?;
                    for item in page.items {
                        if missing.remove(&item.id) {
                            titles.insert(item.id, item.title);
                        }
                    }
                    if page.next_cursor.is_none() || missing.is_empty() {
                        break;
                    }
                    let limit = Some(MAX_PAGE_ITEMS);
                    next = PageOf {
                        cursor: page.next_cursor,
                        limit,
                    };
                }
                Ok(titles)
            }
        }))
    }

    /// Returns the title of an interaction; nothing while, or where, it is not known.
    pub fn of(self, id: InteractionId) -> Memo<Option<String>> {
        Memo::new(move |_| {
            let titles = self.0.value()?;
            titles.get(&id).filter(|title| !title.is_empty()).cloned()
        })
    }
}
