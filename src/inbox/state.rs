//! State of the inbox: the rows shown, and what came since they were shown.

use crate::{
    api::{ApiClient, ApiError, PageOf},
    browser::timers,
    query::Query,
    session::Session,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{InboxItem, InboxSubject, MAX_PAGE_ITEMS, UserName};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// How often the inbox is asked for while somebody can see it.
const PERIOD: Duration = Duration::from_secs(8);

/// Handle to the inbox; `Copy`, lives as long as the app.
///
/// Rows do not move under the reader: new ones are counted and wait to be asked for, rows that no
/// longer wait stay in their place and say so.
#[derive(Clone, Copy)]
pub struct Inbox {
    api: StoredValue<ApiClient>,
    /// What the proxy said last.
    latest: Query<review_api::Inbox>,
    /// The rows as they were last put in order.
    shown: RwSignal<Shown>,
    /// Whether the next answer puts the rows in order anew.
    adopts_next: StoredValue<bool>,
}

#[derive(Debug, Clone, Default)]
struct Shown {
    first: Option<Arc<review_api::Inbox>>,
    further: Vec<InboxItem>,
    next_cursor: Option<String>,
    busy: bool,
    failure: Option<ApiError>,
}

impl Shown {
    fn items(&self) -> impl Iterator<Item = &InboxItem> {
        let first = self.first.iter().flat_map(|first| &first.items);
        first.chain(&self.further)
    }
}

impl Inbox {
    /// Creates the inbox, asks for it and goes on asking. Call once, in the shell.
    pub fn provide(api: ApiClient) -> Self {
        let session = Session::use_context();
        let shown = RwSignal::new(Shown::default());
        let adopts_next = StoredValue::new(true);
        let asked_as: StoredValue<Option<UserName>> = StoredValue::new(None);
        let client = api.clone();
        let latest = Query::new(move || {
            let user = session.user().name;
            if asked_as.get_value().as_ref() != Some(&user) {
                asked_as.set_value(Some(user));
                adopts_next.set_value(true);
            }
            let client = client.clone();
            async move {
                let inbox = client.inbox(PageOf::first(MAX_PAGE_ITEMS)).await?;
                if adopts_next.try_get_value() == Some(true) {
                    adopts_next.try_set_value(false);
                    adopt(shown, Arc::new(inbox.clone()));
                }
                Ok(inbox)
            }
        });
        let inbox = Self {
            api: StoredValue::new(api),
            latest,
            shown,
            adopts_next,
        };
        timers::every_while_visible(PERIOD, move || latest.reload());
        provide_context(inbox);
        inbox
    }

    /// Returns the handle that the shell provided.
    pub fn use_context() -> Self {
        expect_context()
    }

    /// Returns what the proxy said last, for the four faces.
    pub fn latest(self) -> Query<review_api::Inbox> {
        self.latest
    }

    /// Says how many things wait in all.
    pub fn total(self) -> Option<u64> {
        Some(self.latest.value()?.total)
    }

    /// Returns what the rows are about, in order.
    pub fn rows(self) -> Vec<InboxSubject> {
        let mut seen = BTreeSet::new();
        self.shown.with(|shown| {
            shown
                .items()
                .filter(|item| seen.insert(item.subject.clone()))
                .map(|item| item.subject.clone())
                .collect()
        })
    }

    /// Returns the row about `subject`, as new as it is known.
    pub fn item(self, subject: InboxSubject) -> Memo<Option<InboxItem>> {
        Memo::new(move |_| {
            let newest = self
                .latest
                .value()
                .and_then(|inbox| find(&inbox.items, &subject));
            newest.or_else(|| {
                self.shown
                    .with(|shown| shown.items().find(|item| item.subject == subject).cloned())
            })
        })
    }

    /// Says whether what `subject` names waits no longer.
    pub fn is_gone(self, subject: InboxSubject) -> Memo<bool> {
        Memo::new(move |_| {
            self.latest.value().is_some_and(|inbox| {
                // With more pages behind the first, a row that is not on it may be on a later one.
                inbox.next_cursor.is_none() && find(&inbox.items, &subject).is_none()
            })
        })
    }

    /// Counts what came since the rows were put in order.
    pub fn news(self) -> usize {
        let Some(latest) = self.latest.value() else {
            return 0;
        };
        self.shown.with(|shown| {
            let known: BTreeSet<_> = shown.items().map(|item| &item.subject).collect();
            let is_new = |item: &&InboxItem| !known.contains(&item.subject);
            latest.items.iter().filter(is_new).count()
        })
    }

    /// Puts the rows in order as the proxy last said.
    pub fn adopt(self) {
        if let Some(latest) = self.latest.value_untracked() {
            adopt(self.shown, latest);
        }
    }

    /// Asks anew and puts the rows in order by what is known now and by the answer: somebody came to look.
    pub fn visit(self) {
        self.adopts_next.set_value(true);
        self.adopt();
        if self.latest.value_untracked().is_some() {
            self.latest.reload();
        }
    }

    /// Says whether there are more rows to ask for.
    pub fn has_more(self) -> bool {
        self.shown.with(|shown| shown.next_cursor.is_some())
    }

    /// Says whether more rows are on their way.
    pub fn is_busy(self) -> bool {
        self.shown.with(|shown| shown.busy)
    }

    /// Says why more rows did not come.
    pub fn more_failure(self) -> Option<ApiError> {
        self.shown.with(|shown| shown.failure.clone())
    }

    /// Asks for more rows.
    pub fn more(self) {
        let cursor = self.shown.try_update(|shown| {
            let cursor = shown.next_cursor.clone().filter(|_| !shown.busy)?;
            shown.busy = true;
            shown.failure = None;
            Some(cursor)
        });
        let Some(cursor) = cursor.flatten() else {
            return;
        };
        let api = self.api.get_value();
        spawn_local(async move {
            let answer = api.inbox(PageOf::after(Some(cursor.clone()))).await;
            self.shown.try_update(|shown| {
                // The rows were put in order anew meanwhile.
                if shown.next_cursor.as_ref() != Some(&cursor) {
                    return;
                }
                shown.busy = false;
                match answer {
                    Ok(page) => {
                        shown.further.extend(page.items);
                        shown.next_cursor = page.next_cursor;
                    }
                    Err(error) => shown.failure = Some(error),
                }
            });
        });
    }
}

fn adopt(shown: RwSignal<Shown>, inbox: Arc<review_api::Inbox>) {
    shown.try_set(Shown {
        next_cursor: inbox.next_cursor.clone(),
        first: Some(inbox),
        ..Shown::default()
    });
}

fn find(items: &[InboxItem], subject: &InboxSubject) -> Option<InboxItem> {
    items.iter().find(|item| item.subject == *subject).cloned()
}
