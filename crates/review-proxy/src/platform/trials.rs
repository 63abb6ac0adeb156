//! Sessions that try a prompt without publishing it (`agent_with_overrides`), or another memory store.

use super::Platform;
use super::error::PlatformError;
use super::transport::Area;
use super::wire::{List, Session, SessionEvent, TEST_MARK};
use serde_json::{Map, Value, json};

/// A session to be begun for a staging test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// The agent, which stays as it is.
    pub agent_id: String,
    /// The version whose tools and model it has.
    pub version: u32,
    /// The prompt that it has in place of its own, if any.
    pub prompt: Option<String>,
    /// Where it runs.
    pub environment_id: String,
    /// A memory store that it may read, and only read.
    pub memory_store_id: Option<String>,
    /// The test, by which it is told from interactions.
    pub test_id: String,
}

impl Platform {
    /// Begins a session that tries a prompt. Sent once.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn begin_trial(&self, trial: &Trial) -> Result<Session, PlatformError> {
        let agent = match &trial.prompt {
            None => json!({ "type": "agent", "id": trial.agent_id, "version": trial.version }),
            Some(prompt) => json!({
                "type": "agent_with_overrides",
                "id": trial.agent_id,
                "version": trial.version,
                // No prompt is null there, not the empty text.
                "system": Some(prompt).filter(|prompt| !prompt.is_empty()),
            }),
        };
        let mut metadata = Map::new();
        metadata.insert(TEST_MARK.to_owned(), json!(trial.test_id));
        let resources: Vec<Value> = trial
            .memory_store_id
            .iter()
            .map(|id| json!({"type": "memory_store", "memory_store_id": id, "access": "read_only"}))
            .collect();
        let body = json!({
            "agent": agent,
            "environment_id": trial.environment_id,
            "title": "Staging test",
            "metadata": metadata,
            "resources": resources,
        });
        let request = self.list(Area::Sessions, "begin a session for a staging test");
        self.post(request, &body).await
    }

    /// Says something in a session as its user, and returns the id of that event. Sent once.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn say(&self, session: &str, text: &str) -> Result<Option<String>, PlatformError> {
        let content = json!([{"type": "text", "text": text}]);
        let body = json!({"events": [{"type": "user.message", "content": content}]});
        let request = self.object(Area::Sessions, "ask the agent", session)?;
        let sent: List<SessionEvent> = self.post(request.under("events"), &body).await?;
        Ok(sent.data.into_iter().next().map(|event| event.id))
    }

    /// Puts a session away.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn archive_session(&self, session: &str) -> Result<Session, PlatformError> {
        let request = self.object(Area::Sessions, "put the session away", session)?;
        self.act(request.under("archive")).await
    }
}
