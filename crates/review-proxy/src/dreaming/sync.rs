//! The syncer: copies what lists need, so that they are quick and show how old they are.

use super::copy;
use super::pages::{MOST_ITEMS, Pages};
use crate::platform::{Agent, Dream, Platform, PlatformError, Session, SessionFilter, Trouble};
use crate::store::{Store, StoreError, agents, dreams, interactions, now, sync, unsettled};
use jiff::{SignedDuration, Timestamp};
use review_api::{AgentId, DreamId, InteractionId};
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Notify};
use tokio_util::sync::CancellationToken;

/// Most pages of one list that one pass reads: 20,000 items.
const MOST_PAGES: usize = 200;
/// How far before the newest item known a pass begins, for items that appear late.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Most unfinished dreams asked for one by one in one pass.
const MOST_UNFINISHED: usize = 50;
/// Most interactions under way asked for one by one in one pass.
const MOST_UNSETTLED: u32 = 20;
/// Sessions of a dream asked for, where none is known, to find whose dream it is.
const MOST_GUESSES: usize = 5;
/// Longest pause after failures, in multiples of the interval.
const LONGEST_BACKOFF: u32 = 6;
/// Longest pause before there is anything to show: both may just be starting.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// Names of the copies in the store.
const INTERACTIONS: &str = "interactions";
const DREAMS: &str = "dreams";

/// Why a pass ended early.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The platform did not answer.
    #[error(transparent)]
    Platform(#[from] PlatformError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What one pass found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Agents that are new or have changed.
    pub agents: usize,
    /// Interactions read.
    pub interactions: usize,
    /// Dreams read.
    pub dreams: usize,
    /// Why there are no dreams, where the platform does not offer them.
    pub dreams_off: Option<String>,
}

/// Copies the platform's lists into the store; clones share the work.
#[derive(Debug, Clone)]
pub struct Syncer {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    platform: Platform,
    interval: Duration,
    wake: Notify,
    /// Held during a pass: there is never more than one.
    memory: Mutex<Memory>,
}

/// What earlier passes learnt, so that the next one writes only what changed.
#[derive(Debug)]
struct Memory {
    /// Agents as they were last written, as hashes: prompts are long.
    agents: HashMap<String, u64>,
    /// Items that a page of agents, and of interactions, may have to be small enough.
    agents_at_once: u32,
    interactions_at_once: u32,
    /// Dreams that could not be traced to an agent.
    nobodys: HashSet<String>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            agents: HashMap::new(),
            agents_at_once: MOST_ITEMS,
            interactions_at_once: MOST_ITEMS,
            nobodys: HashSet::new(),
        }
    }
}

impl Syncer {
    /// Makes a syncer that reads every `interval` once it runs.
    pub fn new(store: Store, platform: Platform, interval: Duration) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                platform,
                interval,
                wake: Notify::new(),
                memory: Mutex::default(),
            }),
        }
    }

    /// Returns what it reads from and writes to.
    pub(super) fn store_and_platform(&self) -> (&Store, &Platform) {
        (&self.inner.store, &self.inner.platform)
    }

    /// Asks for a pass soon, without waiting for it.
    pub fn nudge(&self) {
        self.inner.wake.notify_one();
    }

    /// Reads at once and then every interval, until `stop`; slower while the platform is in trouble.
    pub async fn run(self, stop: CancellationToken) {
        let mut failures = 0_u32;
        let mut has_read = false;
        loop {
            let outcome = tokio::select! {
                outcome = self.sync_now() => outcome,
                () = stop.cancelled() => return,
            };
            has_read |= outcome.is_ok();
            failures = if outcome.is_ok() {
                0
            } else {
                failures.saturating_add(1)
            };
            let pause = if has_read {
                self.inner.interval * failures.clamp(1, LONGEST_BACKOFF)
            } else {
                self.inner.interval.min(FIRST_PAUSE * failures)
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.inner.wake.notified() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Reads everything that is new, and notes how that went.
    ///
    /// # Errors
    /// As [`SyncError`] says; what was read before the failure is kept.
    pub async fn sync_now(&self) -> Result<Report, SyncError> {
        let mut memory = self.inner.memory.lock().await;
        let begun = now();
        let outcome = self.pass(&mut memory).await;
        let mut write = self.inner.store.write().await?;
        match &outcome {
            Ok(_) => sync::succeeded(&mut write, sync::PLATFORM, begun, None).await?,
            Err(error) => {
                let problem = match error {
                    SyncError::Platform(error) => error.sentence(),
                    SyncError::Store(_) => {
                        "The proxy's database could not keep what was read.".to_owned()
                    }
                };
                tracing::warn!(%error, "the platform could not be copied");
                sync::failed(&mut write, sync::PLATFORM, begun, &problem).await?;
            }
        }
        write.commit().await?;
        outcome
    }

    async fn pass(&self, memory: &mut Memory) -> Result<Report, SyncError> {
        let agents = self.agents(memory).await?;
        let interactions = self.interactions(memory).await?;
        let (dreams, dreams_off) = match self.dreams(memory).await {
            Ok(dreams) => (dreams, None),
            // A platform without dreams is no outage: agents and interactions are still worth showing.
            Err(SyncError::Platform(error)) if error.trouble == Trouble::FeatureOff => {
                let problem = error.sentence();
                let mut write = self.inner.store.write().await?;
                sync::failed(&mut write, DREAMS, now(), &problem).await?;
                write.commit().await?;
                (0, Some(problem))
            }
            Err(error) => return Err(error),
        };
        self.derive().await?;
        Ok(Report {
            agents,
            interactions,
            dreams,
            dreams_off,
        })
    }

    async fn agents(&self, memory: &mut Memory) -> Result<usize, SyncError> {
        let mut changed: Vec<Agent> = Vec::new();
        let mut pages = Pages::new(memory.agents_at_once, MOST_PAGES);
        while let Some(query) = pages.query() {
            let agents = pages.turn(self.inner.platform.list_agents(&query).await, "agents")?;
            memory.agents_at_once = pages.items;
            let is_new = |agent: &Agent| memory.agents.get(&agent.id) != Some(&hash(agent));
            changed.extend(agents.into_iter().filter(is_new));
        }
        if changed.is_empty() {
            return Ok(0);
        }
        let mut write = self.inner.store.write().await?;
        for agent in &changed {
            agents::keep(&mut write, &copy::agent(agent)).await?;
        }
        write.commit().await?;
        let count = changed.len();
        let entries = changed.into_iter().map(|agent| (hash(&agent), agent.id));
        memory.agents.extend(entries.map(|(hash, id)| (id, hash)));
        Ok(count)
    }

    async fn interactions(&self, memory: &mut Memory) -> Result<usize, SyncError> {
        let watermark = self.watermark(INTERACTIONS).await?;
        let filter = SessionFilter {
            agent_id: None,
            created_from: begin_at(watermark),
        };
        let begun = now();
        let mut newest = watermark;
        let mut seen: HashSet<String> = HashSet::new();
        let mut pages = Pages::new(memory.interactions_at_once, MOST_PAGES);
        while let Some(query) = pages.query() {
            let answer = self.inner.platform.list_sessions(&filter, &query).await;
            let sessions = pages.turn(answer, "interactions")?;
            memory.interactions_at_once = pages.items;
            newest = newest.max(sessions.iter().map(|session| session.created_at).max());
            self.keep_sessions(&sessions).await?;
            seen.extend(sessions.into_iter().map(|session| session.id));
        }
        self.unsettled(&seen).await?;
        self.reached(INTERACTIONS, begun, newest).await?;
        Ok(seen.len())
    }

    /// Reads again what was under way and is too old for the pass to show.
    async fn unsettled(&self, seen: &HashSet<String>) -> Result<(), SyncError> {
        let mut read = self.inner.store.read().await?;
        let ids = unsettled::list(&mut read, MOST_UNSETTLED).await?;
        drop(read);
        for id in ids.iter().filter(|id| !seen.contains(id.as_str())) {
            match self.inner.platform.session(id.as_str()).await {
                Ok(session) => self.keep_sessions(&[session]).await?,
                // Gone upstream: what is known of it stays.
                Err(error) if error.trouble == Trouble::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn keep_sessions(&self, sessions: &[Session]) -> Result<(), SyncError> {
        if sessions.is_empty() {
            return Ok(());
        }
        let mut write = self.inner.store.write().await?;
        for session in sessions.iter().filter(|session| !session.is_test()) {
            interactions::keep(&mut write, &copy::interaction(session), now()).await?;
        }
        write.commit().await?;
        Ok(())
    }

    async fn dreams(&self, memory: &mut Memory) -> Result<usize, SyncError> {
        let watermark = self.watermark(DREAMS).await?;
        let from = begin_at(watermark);
        let begun = now();
        let mut newest = watermark;
        let mut seen: HashSet<String> = HashSet::new();
        let mut pages = Pages::new(MOST_ITEMS, MOST_PAGES);
        while let Some(query) = pages.query() {
            let answer = self.inner.platform.list_dreams(from, &query).await;
            let dreams = pages.turn(answer, "dreams")?;
            newest = newest.max(dreams.iter().map(|dream| dream.created_at).max());
            self.keep_dreams(&dreams, memory).await?;
            seen.extend(dreams.into_iter().map(|dream| dream.id));
        }
        let mut read = self.inner.store.read().await?;
        let unfinished = dreams::unfinished(&mut read).await?;
        drop(read);
        let older = unfinished.iter().filter(|id| !seen.contains(id.as_str()));
        for id in older.take(MOST_UNFINISHED) {
            self.dream(id, memory).await?;
        }
        if watermark.is_none() {
            self.leave_history(begun).await?;
        }
        self.reached(DREAMS, begun, newest).await?;
        Ok(seen.len())
    }

    async fn dream(&self, id: &DreamId, memory: &mut Memory) -> Result<(), SyncError> {
        match self.inner.platform.dream(id.as_str()).await {
            Ok(dream) => self.keep_dreams(&[dream], memory).await,
            // Gone upstream: what is known of it stays.
            Err(error) if error.trouble == Trouble::NotFound => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads one dream as it is now and keeps it; returns whose it is, as far as that can be known.
    ///
    /// # Errors
    /// As [`SyncError`] says.
    pub async fn refresh_dream(&self, id: &DreamId) -> Result<Option<AgentId>, SyncError> {
        let mut memory = self.inner.memory.lock().await;
        match self.dream(id, &mut memory).await {
            Err(SyncError::Platform(error)) if error.trouble == Trouble::FeatureOff => {}
            outcome => outcome?,
        }
        let dream = dreams::get(&mut *self.inner.store.read().await?, id).await?;
        Ok(dream.map(|dream| dream.agent_id))
    }

    async fn keep_dreams(&self, dreams: &[Dream], memory: &mut Memory) -> Result<(), SyncError> {
        if dreams.is_empty() {
            return Ok(());
        }
        let mut copies = Vec::with_capacity(dreams.len());
        for dream in dreams {
            let agent_id = self.dreamer(dream, memory).await?;
            copies.push(copy::dream(dream, agent_id));
        }
        let mut write = self.inner.store.write().await?;
        for copy in &copies {
            dreams::keep(&mut write, copy).await?;
        }
        write.commit().await?;
        Ok(())
    }

    /// Finds whose dream it is: the agent of one of the sessions that it reads.
    async fn dreamer(
        &self,
        dream: &Dream,
        memory: &mut Memory,
    ) -> Result<Option<AgentId>, SyncError> {
        let ids: Vec<InteractionId> = dream.session_ids().map(Into::into).collect();
        let mut read = self.inner.store.read().await?;
        let known = interactions::agent_of_any(&mut read, &ids).await?;
        drop(read);
        if known.is_some() || memory.nobodys.contains(&dream.id) {
            return Ok(known);
        }
        for id in ids.iter().take(MOST_GUESSES) {
            match self.inner.platform.session(id.as_str()).await {
                Ok(session) => {
                    let agent_id = AgentId(session.agent.id.clone());
                    self.keep_sessions(&[session]).await?;
                    return Ok(Some(agent_id));
                }
                Err(error) if error.trouble == Trouble::NotFound => {}
                Err(error) => return Err(error.into()),
            }
        }
        memory.nobodys.insert(dream.id.clone());
        Ok(None)
    }

    async fn watermark(&self, name: &str) -> Result<Option<Timestamp>, SyncError> {
        let state = sync::state(&mut *self.inner.store.read().await?, name).await?;
        let position = state.and_then(|state| state.position);
        Ok(position.and_then(|position| position.parse().ok()))
    }

    async fn reached(
        &self,
        name: &str,
        at: Timestamp,
        newest: Option<Timestamp>,
    ) -> Result<(), SyncError> {
        let position = newest.map(|newest| newest.to_string());
        let mut write = self.inner.store.write().await?;
        sync::succeeded(&mut write, name, at, position.as_deref()).await?;
        write.commit().await?;
        Ok(())
    }
}

/// Returns where a pass begins. The watermark moves only when a pass is complete, so that one which was
/// cut short leaves no hole behind.
fn begin_at(watermark: Option<Timestamp>) -> Option<Timestamp> {
    watermark.map(|watermark| watermark.checked_sub(OVERLAP).unwrap_or(watermark))
}

fn hash(agent: &Agent) -> u64 {
    let mut hasher = DefaultHasher::new();
    agent.hash(&mut hasher);
    hasher.finish()
}
