//! Agents and their versions.

use super::error::{PlatformError, Trouble};
use super::transport::Area;
use super::wire::{Agent, List};
use super::{PageQuery, Platform};
use serde_json::{Map, Value, json};

/// An agent to be made.
#[derive(Debug, Clone)]
pub struct NewAgent {
    /// Its name, 1 to 256 characters.
    pub name: String,
    /// Its model's id.
    pub model: String,
    /// What it is for.
    pub description: Option<String>,
    /// Its first prompt; an empty one is left out.
    pub system: String,
}

/// How a guarded update ended.
#[derive(Debug, Clone)]
pub enum UpdateOutcome {
    /// The platform has the prompt; this is the agent now.
    Updated(Box<Agent>),
    /// The agent had another version; nothing was changed.
    VersionMismatch {
        /// What the platform said, in a sentence for people.
        message: String,
    },
    /// The platform refused; nothing was changed.
    Refused(PlatformError),
    /// The request never left; nothing was changed.
    NotSent(PlatformError),
    /// It may have been changed or not; only reading the agent later can tell.
    Unknown(PlatformError),
}

impl Platform {
    /// Reads one page of the agents, archived ones too: how else would one learn that they are.
    ///
    /// # Errors
    /// As [`PlatformError`] says; likewise below.
    pub async fn list_agents(&self, page: &PageQuery) -> Result<List<Agent>, PlatformError> {
        let request = self
            .list(Area::Agents, "read the agents")
            .query("include_archived", true)
            .query_if("limit", page.limit)
            .query_if("page", page.page.as_deref());
        self.get(request).await
    }

    /// Reads an agent as it is now.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn agent(&self, id: &str) -> Result<Agent, PlatformError> {
        self.get(self.object(Area::Agents, "read the agent", id)?)
            .await
    }

    /// Reads one version of an agent.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn agent_version(&self, id: &str, version: u32) -> Result<Agent, PlatformError> {
        let request = self
            .object(Area::Agents, "read a version of the agent", id)?
            .query("version", version);
        self.get(request).await
    }

    /// Reads one page of an agent's versions.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn agent_versions(
        &self,
        id: &str,
        page: &PageQuery,
    ) -> Result<List<Agent>, PlatformError> {
        let request = self
            .object(Area::Agents, "read the agent's versions", id)?
            .under("versions")
            .query_if("limit", page.limit)
            .query_if("page", page.page.as_deref());
        self.get(request).await
    }

    /// Makes an agent. Never tried twice: [`PlatformError::may_have_had_an_effect`] says whether one may exist
    /// in spite of the error.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn create_agent(&self, new: &NewAgent) -> Result<Agent, PlatformError> {
        let mut body = Map::new();
        body.insert("name".to_owned(), json!(new.name));
        body.insert("model".to_owned(), json!(new.model));
        if let Some(description) = &new.description {
            body.insert("description".to_owned(), json!(description));
        }
        if !new.system.is_empty() {
            body.insert("system".to_owned(), json!(new.system));
        }
        self.post(
            self.list(Area::Agents, "create the agent"),
            &Value::Object(body),
        )
        .await
    }

    /// Replaces an agent's prompt if the agent still has `expected_version`. Never tried twice.
    ///
    /// The version always goes along: without it the platform overwrites whatever it has.
    pub async fn update_prompt(
        &self,
        id: &str,
        expected_version: u32,
        new_prompt: &str,
    ) -> UpdateOutcome {
        let doing = "update the agent's prompt";
        let request = match self.object(Area::Agents, doing, id) {
            Ok(request) => request,
            Err(error) => return UpdateOutcome::NotSent(error),
        };
        let body = json!({ "version": expected_version, "system": new_prompt });
        #[cfg(feature = "failpoints")]
        let body = if crate::failpoint::is_broken("send.version") {
            json!({ "system": new_prompt })
        } else {
            body
        };
        match self.post::<Agent>(request, &body).await {
            Ok(agent) if agent.id == id && agent.prompt() == new_prompt => {
                UpdateOutcome::Updated(Box::new(agent))
            }
            // It said yes to something else: only reading the agent again can tell what holds.
            Ok(_) => UpdateOutcome::Unknown(PlatformError::bare(Trouble::Garbled, doing)),
            Err(error) => match error.trouble {
                Trouble::Conflict => UpdateOutcome::VersionMismatch {
                    message: error.sentence(),
                },
                Trouble::Unreachable => UpdateOutcome::NotSent(error),
                _ if error.may_have_had_an_effect() => UpdateOutcome::Unknown(error),
                _ => UpdateOutcome::Refused(error),
            },
        }
    }
}
