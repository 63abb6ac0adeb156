//! What the proxy said to one question, kept while it is asked again.

use crate::api::ApiError;
use leptos::prelude::*;
use std::{fmt, sync::Arc};

/// An answer, or why there is none.
pub type Answer<T> = Result<Arc<T>, ApiError>;

/// One question to the proxy: its last good answer, and how asking goes.
///
/// `Copy`; lives as long as the owner that made it. Asks again by itself when a signal that the
/// question reads changes. A failed reload never takes a good answer from the screen.
pub struct Query<T: Send + Sync + 'static> {
    answer: LocalResource<Answer<T>>,
    kept: Memo<Option<Answer<T>>>,
}

impl<T: Send + Sync + 'static> fmt::Debug for Query<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query").finish_non_exhaustive()
    }
}

impl<T: Send + Sync + 'static> Clone for Query<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Query<T> {}

impl<T: PartialEq + Send + Sync + 'static> Query<T> {
    /// Asks at once; `ask` may read signals, before its future begins.
    pub fn new<F>(ask: impl Fn() -> F + 'static) -> Self
    where
        F: Future<Output = Result<T, ApiError>> + 'static,
    {
        let answer = LocalResource::new(move || {
            let asked = ask();
            async move { asked.await.map(Arc::new) }
        });
        let kept = Memo::new(move |old: Option<&Option<Answer<T>>>| {
            match (answer.get(), old.cloned().flatten()) {
                (None | Some(Err(_)), Some(Ok(good))) => Some(Ok(good)),
                (answer, _) => answer,
            }
        });
        Self { answer, kept }
    }

    /// Returns the last good answer, or why there never was one; nothing before the first.
    pub fn get(self) -> Option<Answer<T>> {
        self.kept.get()
    }

    /// Returns the last good answer.
    pub fn value(self) -> Option<Arc<T>> {
        self.kept.get().and_then(Result::ok)
    }

    /// Returns the last good answer, for a handler.
    pub fn value_untracked(self) -> Option<Arc<T>> {
        self.kept.try_get_untracked().flatten().and_then(Result::ok)
    }

    /// Says why what is shown may be old: the failure of the last reload over a good answer.
    pub fn reload_failure(self) -> Option<ApiError> {
        let failure = self.answer.get()?.err()?;
        matches!(self.kept.get(), Some(Ok(_))).then_some(failure)
    }

    /// Asks again; what is shown stays until the answer is there.
    pub fn reload(self) {
        self.answer.refetch();
    }

    /// Shows `value`, which a write returned, and drops a reload under way.
    pub fn set(self, value: T) {
        // The page that asked may be gone.
        self.answer.try_set(Some(Ok(Arc::new(value))));
    }
}
