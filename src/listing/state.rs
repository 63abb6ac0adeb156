//! The pages of a list that were asked for so far.

use crate::{
    api::{ApiError, PageOf},
    query::Query,
};
use leptos::{prelude::*, task::spawn_local};
use review_api::{Freshness, Page};
use std::{fmt, pin::Pin, sync::Arc};

type Fetch<T> =
    Arc<dyn Fn(PageOf) -> Pin<Box<dyn Future<Output = Result<Page<T>, ApiError>>>> + Send + Sync>;

/// The pages of one list that were asked for so far.
///
/// `Copy`; lives as long as the owner that made it. When a signal that the question reads changes,
/// it begins again at the first page.
pub struct Listing<T: Send + Sync + 'static> {
    first: Query<Page<T>>,
    fetch: StoredValue<Fetch<T>>,
    further: RwSignal<Further<T>>,
}

/// What came after the first page.
#[derive(Debug)]
struct Further<T> {
    /// The first page that these follow.
    follows: Option<Arc<Page<T>>>,
    items: Vec<T>,
    next_cursor: Option<String>,
    busy: bool,
    failure: Option<ApiError>,
}

impl<T> Default for Further<T> {
    fn default() -> Self {
        Self {
            follows: None,
            items: Vec::new(),
            next_cursor: None,
            busy: false,
            failure: None,
        }
    }
}

impl<T> Further<T> {
    fn belongs_to(&self, first: &Arc<Page<T>>) -> bool {
        self.follows
            .as_ref()
            .is_some_and(|followed| Arc::ptr_eq(followed, first))
    }
}

impl<T: Send + Sync + 'static> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing").finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> Clone for Listing<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Listing<T> {}

impl<T: Clone + PartialEq + Send + Sync + 'static> Listing<T> {
    /// Asks for the first page at once; `ask` may read signals, before its future begins.
    pub fn new<F>(ask: impl Fn(PageOf) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Page<T>, ApiError>> + 'static,
    {
        let fetch: Fetch<T> = Arc::new(move |page| Box::pin(ask(page)));
        let first = {
            let fetch = Arc::clone(&fetch);
            Query::new(move || fetch(PageOf::default()))
        };
        Self {
            first,
            fetch: StoredValue::new(fetch),
            further: RwSignal::new(Further::default()),
        }
    }

    /// Returns the query of the first page, for the four faces.
    pub fn first(self) -> Query<Page<T>> {
        self.first
    }

    /// Returns the items that have come so far.
    pub fn items(self) -> Vec<T> {
        let Some(first) = self.first.value() else {
            return Vec::new();
        };
        self.further.with(|further| {
            let more: &[T] = if further.belongs_to(&first) {
                &further.items
            } else {
                &[]
            };
            first.items.iter().chain(more).cloned().collect()
        })
    }

    /// Returns how old the items are.
    pub fn freshness(self) -> Option<Freshness> {
        self.first.value()?.freshness.clone()
    }

    /// Returns how the rest of the list stands, for [`crate::ui::ShowMore`].
    pub fn rest(self) -> Rest {
        let Some(first) = self.first.value() else {
            return Rest::Nothing;
        };
        self.further.with(|further| {
            let belongs = further.belongs_to(&first);
            let next = if belongs {
                &further.next_cursor
            } else {
                &first.next_cursor
            };
            match (next, belongs && further.busy, &further.failure) {
                (None, ..) => Rest::Nothing,
                (_, true, _) => Rest::Coming,
                (_, _, Some(failure)) if belongs => Rest::Failed(failure.clone()),
                _ => Rest::More,
            }
        })
    }

    /// Asks for the next page.
    pub fn more(self) {
        let (Some(first), Some(fetch)) = (self.first.value_untracked(), self.fetch.try_get_value())
        else {
            return;
        };
        let cursor = self.further.try_update(|further| {
            if !further.belongs_to(&first) {
                *further = Further {
                    follows: Some(Arc::clone(&first)),
                    next_cursor: first.next_cursor.clone(),
                    ..Further::default()
                };
            }
            if further.busy {
                return None;
            }
            further.busy = true;
            further.failure = None;
            further.next_cursor.clone()
        });
        let Some(cursor) = cursor.flatten() else {
            return;
        };
        spawn_local(async move {
            let answer = fetch(PageOf::after(Some(cursor))).await;
            self.further.try_update(|further| {
                // Another first page came meanwhile: this one belongs to a list that is gone.
                if !further.belongs_to(&first) {
                    return;
                }
                further.busy = false;
                match answer {
                    Ok(page) => {
                        further.items.extend(page.items);
                        further.next_cursor = page.next_cursor;
                    }
                    Err(error) => further.failure = Some(error),
                }
            });
        });
    }

    /// Begins again at the first page; what is shown stays until it is there.
    pub fn reload(self) {
        self.first.reload();
    }
}

/// How the rest of a list stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest {
    /// Everything is here.
    Nothing,
    /// There is more to ask for.
    More,
    /// The next page is on its way.
    Coming,
    /// The next page did not come.
    Failed(ApiError),
}
