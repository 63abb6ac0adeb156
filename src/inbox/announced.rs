//! Which acts of policies a person has marked as seen, in this browser.

use crate::browser::storage;
use jiff::Timestamp;
use leptos::prelude::*;
use review_api::{AutomaticAct, UserName};

/// Handle to what is seen; `Copy`, lives as long as the page that shows the acts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Announced {
    key: StoredValue<String>,
    /// The newest act that was there when they were marked.
    seen_until: RwSignal<Option<Timestamp>>,
}

impl Announced {
    /// Opens what `user` has seen.
    pub(super) fn open(user: &UserName) -> Self {
        let key = format!("dream-review:announced:{user}");
        let seen_until = storage::kept_value(&key).and_then(|kept| kept.parse().ok());
        Self {
            key: StoredValue::new(key),
            seen_until: RwSignal::new(seen_until),
        }
    }

    /// Says whether an act came since.
    pub(super) fn is_new(self, act: &AutomaticAct) -> bool {
        self.seen_until.get().is_none_or(|until| act.at > until)
    }

    /// Marks these acts as seen, and whatever is older.
    pub(super) fn mark(self, acts: &[AutomaticAct]) {
        if let Some(newest) = acts.iter().map(|act| act.at).max() {
            self.key
                .with_value(|key| storage::set_kept_value(key, &newest.to_string()));
            self.seen_until.set(Some(newest));
        }
    }
}
