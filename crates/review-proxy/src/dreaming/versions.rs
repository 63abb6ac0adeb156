//! Versions of prompts, read from the platform when someone asks and kept from then on.

use super::pages::{MOST_ITEMS, Pages};
use super::{SyncError, Syncer, copy};
use crate::platform::Trouble;
use crate::store::{Store, agents, prompts};
use review_api::{AgentId, Prompt};

/// Most pages of versions read at once: 2,000 versions.
const MOST_PAGES: usize = 20;

impl Syncer {
    fn store(&self) -> &Store {
        self.store_and_platform().0
    }

    /// Returns one version of an agent's prompt, or nothing where there is none.
    ///
    /// # Errors
    /// As [`SyncError`] says.
    pub async fn prompt(
        &self,
        agent_id: &AgentId,
        version: u32,
    ) -> Result<Option<Prompt>, SyncError> {
        let mut read = self.store().read().await?;
        let kept = prompts::get(&mut read, agent_id, version).await?;
        drop(read);
        if let Some(kept) = kept {
            return Ok(Some(kept.prompt));
        }
        let (store, platform) = self.store_and_platform();
        let agent = match platform.agent_version(agent_id.as_str(), version).await {
            Ok(agent) if agent.version == version => agent,
            Ok(_) => return Ok(None),
            Err(error) if error.trouble == Trouble::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let version = copy::prompt_version(&agent);
        let mut write = store.write().await?;
        prompts::keep(&mut write, agent_id, &version).await?;
        write.commit().await?;
        Ok(Some(version.prompt))
    }

    /// Copies the versions of an agent that are missing here.
    ///
    /// # Errors
    /// As [`SyncError`] says; what was read before the failure is kept.
    pub async fn fill_versions(&self, agent_id: &AgentId) -> Result<(), SyncError> {
        let (store, platform) = self.store_and_platform();
        let mut pages = Pages::new(MOST_ITEMS, MOST_PAGES);
        while let Some(query) = pages.query() {
            let answer = platform.agent_versions(agent_id.as_str(), &query).await;
            let versions = pages.turn(answer, "versions")?;
            let mut write = store.write().await?;
            for agent in &versions {
                prompts::keep(&mut write, agent_id, &copy::prompt_version(agent)).await?;
            }
            write.commit().await?;
        }
        Ok(())
    }

    /// Reads one agent as it is now and keeps it; nothing where the platform has none of this id.
    ///
    /// # Errors
    /// As [`SyncError`] says.
    pub async fn refresh_agent(&self, agent_id: &AgentId) -> Result<Option<Prompt>, SyncError> {
        let (store, platform) = self.store_and_platform();
        let agent = match platform.agent(agent_id.as_str()).await {
            Ok(agent) => agent,
            Err(error) if error.trouble == Trouble::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut write = store.write().await?;
        agents::keep(&mut write, &copy::agent(&agent)).await?;
        write.commit().await?;
        Ok(Some(copy::prompt(&agent)))
    }
}
