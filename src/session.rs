//! Who is asking. Every feature may read it; only the start-up makes it.

mod switch;

pub use switch::UserSwitch;

use crate::{api::ApiClient, browser::storage};
use leptos::prelude::*;
use review_api::{User, UserName};
use std::sync::Arc;

/// Where a tab keeps whom it acts as.
const ACTING_AS: &str = "dream-review:acting-as";

/// Handle to who is asking; `Copy`, lives as long as the app.
#[derive(Clone, Copy)]
pub struct Session {
    api: StoredValue<ApiClient>,
    facts: RwSignal<Arc<review_api::Session>>,
}

impl Session {
    /// Provides the session that the proxy answered with. Call once, after start-up.
    pub fn provide(api: ApiClient, facts: review_api::Session) -> Self {
        let session = Self {
            api: StoredValue::new(api),
            facts: RwSignal::new(Arc::new(facts)),
        };
        provide_context(session);
        session
    }

    /// Returns the handle that start-up provided.
    pub fn use_context() -> Self {
        expect_context()
    }

    /// Returns who is asking and whom they talk to.
    pub fn facts(self) -> Arc<review_api::Session> {
        self.facts.get()
    }

    /// Returns who is asking.
    pub fn user(self) -> User {
        self.facts.with(|facts| facts.user.clone())
    }

    /// Returns the currency of the proxy's prices; empty where it has none.
    pub fn currency(self) -> String {
        self.facts
            .with_untracked(|facts| facts.prices.currency.clone())
    }

    /// Returns who is asking, for a handler.
    pub fn user_untracked(self) -> User {
        self.facts.with_untracked(|facts| facts.user.clone())
    }

    /// Acts as another user from here on, in this tab. Everything on screen is asked for anew.
    pub fn switch(self, name: &UserName) {
        let facts = self.facts.get_untracked();
        let Some(user) = facts.switchable.iter().find(|user| user.name == *name) else {
            return;
        };
        storage::set_tab_value(ACTING_AS, Some(name.as_str()));
        self.api.get_value().act_as(Some(name.clone()));
        self.facts.set(Arc::new(review_api::Session {
            user: user.clone(),
            ..(*facts).clone()
        }));
    }
}

/// Asks the proxy who is asking, as the user that this tab acted as before where that still works.
///
/// # Errors
/// As [`crate::api::ApiError`] says.
pub async fn begin(api: &ApiClient) -> Result<review_api::Session, crate::api::ApiError> {
    let Some(chosen) = storage::tab_value(ACTING_AS) else {
        return api.session().await;
    };
    api.act_as(Some(chosen.into()));
    match api.session().await {
        Err(error) if error.code().is_some() => {
            // The proxy was started with other users since.
            storage::set_tab_value(ACTING_AS, None);
            api.act_as(None);
            api.session().await
        }
        answer => answer,
    }
}
