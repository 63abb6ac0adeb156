//! Dreams: read, asked for, called off.

use super::error::PlatformError;
use super::transport::Area;
use super::wire::{Dream, List, first_store};
use super::{PageQuery, Platform};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, json};

/// A dream to be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDream {
    /// The memory store to read; what the dream writes goes into a copy of it.
    pub memory_store_id: String,
    /// The sessions to read, 1 to 100.
    pub session_ids: Vec<String>,
    /// The model that dreams.
    pub model: String,
    /// What to look for.
    pub instructions: Option<String>,
}

/// Where a dream was asked to write.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum OutputBehavior {
    /// Into the store that it reads.
    UpdateExisting {
        /// That store.
        memory_store_id: String,
    },
    /// Into a store of its own, or something that this release does not know.
    #[serde(other)]
    Unknown,
}

impl Dream {
    /// Returns the memory store that it writes: another one, or, where it changes memories in place, the same.
    ///
    /// One that fails or is called off may name none, but what it wrote in place by then stays there.
    pub fn output_store(&self) -> Option<&str> {
        first_store(&self.outputs).or_else(|| match &self.output_behavior {
            Some(OutputBehavior::UpdateExisting { memory_store_id }) => Some(memory_store_id),
            Some(OutputBehavior::Unknown) | None => None,
        })
    }
}

impl NewDream {
    /// Says whether `dream` is what was asked for here; the platform sorts the sessions.
    pub fn is(&self, dream: &Dream) -> bool {
        fn sorted<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
            let mut ids: Vec<&str> = ids.collect();
            ids.sort_unstable();
            ids
        }
        dream.input_store() == Some(&self.memory_store_id)
            && dream.model == self.model
            && dream.instructions.as_deref().unwrap_or_default()
                == self.instructions.as_deref().unwrap_or_default()
            && sorted(dream.session_ids()) == sorted(self.session_ids.iter().map(String::as_str))
    }
}

/// What came of asking for a dream.
#[derive(Debug, Clone)]
pub enum DreamOutcome {
    /// The platform has it.
    Created(Box<Dream>),
    /// The platform did not take it; there is none.
    Refused(PlatformError),
    /// There may be one or not; only the list of dreams can tell.
    Unknown(PlatformError),
}

impl Platform {
    /// Asks for a dream that writes into a store of its own. Never tried twice: each one costs.
    pub async fn create_dream(&self, new: &NewDream) -> DreamOutcome {
        let mut body = Map::new();
        let inputs = json!([
            { "type": "memory_store", "memory_store_id": new.memory_store_id },
            { "type": "sessions", "session_ids": new.session_ids },
        ]);
        body.insert("inputs".to_owned(), inputs);
        body.insert("model".to_owned(), json!(new.model));
        if let Some(instructions) = &new.instructions {
            body.insert("instructions".to_owned(), json!(instructions));
        }
        // Said although it is the default: a dream must never change memories past a review.
        body.insert(
            "output_behavior".to_owned(),
            json!({ "type": "create_new" }),
        );
        let request = self.list(Area::Dreams, "dream");
        match self.post::<Dream>(request, &body.into()).await {
            Ok(dream) => DreamOutcome::Created(Box::new(dream)),
            Err(error) if error.may_have_had_an_effect() => DreamOutcome::Unknown(error),
            Err(error) => DreamOutcome::Refused(error),
        }
    }

    /// Calls a dream off, and returns it as it is then: it may have ended just before.
    ///
    /// # Errors
    /// As [`PlatformError`] says; one that has ended is refused.
    pub async fn cancel_dream(&self, id: &str) -> Result<Dream, PlatformError> {
        let request = self.object(Area::Dreams, "call the dream off", id)?;
        self.act(request.under("cancel")).await
    }

    /// Reads one page of the dreams asked for after `created_after`, newest first; archived ones too, since
    /// their reports stay readable.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn list_dreams(
        &self,
        created_after: Option<Timestamp>,
        page: &PageQuery,
    ) -> Result<List<Dream>, PlatformError> {
        let request = self
            .list(Area::Dreams, "read the dreams")
            .query_if("created_at[gt]", created_after)
            .query_if("limit", page.limit)
            .query("include_archived", true)
            .query_if("page", page.page.as_deref());
        self.get(request).await
    }

    /// Reads a dream.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn dream(&self, id: &str) -> Result<Dream, PlatformError> {
        self.get(self.object(Area::Dreams, "read the dream", id)?)
            .await
    }
}
