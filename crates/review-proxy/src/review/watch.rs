//! Watches the prompts on which changes wait, and what was changed past this console.

use super::staleness::mark_outdated;
use super::{Review, drift};
use crate::dreaming::copy;
use crate::error::Result;
use crate::platform::Trouble;
use crate::store::{agents, changes, now};
use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;
use review_api::AgentId;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Most agents asked for in one pass; the next pass goes on with the others.
const MOST_AGENTS: usize = 50;
/// Agents asked for at the same time.
const AT_ONCE: usize = 4;

impl Review {
    /// Watches every `interval`, until `stop`.
    pub async fn watch_until(&self, interval: Duration, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(interval) => {}
                () = stop.cancelled() => return,
            }
            if let Err(error) = self.watch(now()).await {
                tracing::warn!(%error, "watching the prompts failed; it goes on in a moment");
            }
        }
    }

    /// Asks the platform once for the agents and memory stores on which changes wait, marks changes whose base
    /// moved, and notes prompts that were changed past this console.
    ///
    /// # Errors
    /// If the database fails; an agent that the platform does not tell about is asked for the next time.
    pub async fn watch(&self, now: Timestamp) -> Result<()> {
        let mut read = self.store.read().await?;
        let mut waiting = changes::agents_with_waiting(&mut read).await?;
        drop(read);
        // Where there are more than one pass takes, each gets its turn.
        if waiting.len() > MOST_AGENTS {
            let turn = self.turn.fetch_add(MOST_AGENTS, Ordering::Relaxed) % waiting.len();
            waiting.rotate_left(turn);
            waiting.truncate(MOST_AGENTS);
        }
        let moved: Vec<_> = stream::iter(waiting)
            .map(|(id, known)| self.moved(id, known))
            .buffer_unordered(AT_ONCE)
            .filter_map(std::future::ready)
            .collect()
            .await;
        self.watch_memories(now).await?;
        let mut read = self.store.read().await?;
        let is_outdated = !changes::outdated(&mut read).await?.is_empty();
        let has_news = !agents::unexplained(&mut read).await?.is_empty();
        drop(read);
        if moved.is_empty() && !is_outdated && !has_news {
            return Ok(());
        }
        let mut write = self.store.write().await?;
        for agent in &moved {
            agents::keep(&mut write, agent).await?;
        }
        mark_outdated(&mut write, now).await?;
        drift::look(&mut write, now).await?;
        write.commit().await?;
        Ok(())
    }

    /// Returns an agent that has another version than the one known.
    async fn moved(&self, id: AgentId, known: u32) -> Option<agents::AgentCopy> {
        match self.platform.agent(id.as_str()).await {
            Ok(agent) => (agent.version != known).then(|| copy::agent(&agent)),
            // Gone or archived: what waits shows that when it is applied.
            Err(error) if error.trouble == Trouble::NotFound => None,
            Err(error) => {
                tracing::debug!(agent = id.as_str(), %error, "an agent could not be watched");
                None
            }
        }
    }
}
