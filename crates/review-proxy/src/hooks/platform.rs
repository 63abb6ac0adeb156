//! The platform's own webhooks: hints, never news. What they name is read from the platform itself, a little
//! sooner than the next pass would; a hint that is lost, doubled, late or a lie changes nothing but that.

use super::{HookError, once};
use crate::dreaming::Syncer;
use crate::platform::is_sound_id;
use crate::store::{Store, hints};
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use jiff::{SignedDuration, Timestamp};
use review_api::AgentId;
use review_core::webhook::{
    self, BadDelivery, ID_HEADER, SIGNATURE_HEADER, Secret, TIMESTAMP_HEADER,
};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Largest event taken, in bytes: it names an object and holds nothing of it.
pub const EVENT_LIMIT_BYTES: usize = 64 * 1024;
/// How long ids are kept, so that a second copy is known: longer than any sender tries.
const KEPT: SignedDuration = SignedDuration::from_hours(8 * 24);
/// Most agents that wait to be read; with more, the next pass reads them all anyway.
const MOST_WAITING: usize = 1_000;

/// The platform's envelope, as far as it is used.
#[derive(Debug, Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    data: Named,
}

/// What an event is about.
#[derive(Debug, Deserialize)]
struct Named {
    #[serde(rename = "type")]
    event: String,
    id: String,
}

/// Takes hints and follows them; clones share the work.
#[derive(Debug, Clone)]
pub struct Hints {
    store: Store,
    syncer: Syncer,
    secrets: Arc<[Secret]>,
    /// Agents to read anew.
    agents: Arc<Mutex<BTreeSet<AgentId>>>,
    arrived: Arc<Notify>,
}

impl Hints {
    /// Makes a receiver that accepts what is signed with any of `secrets`.
    pub fn new(store: Store, syncer: Syncer, secrets: Vec<Secret>) -> Self {
        Self {
            store,
            syncer,
            secrets: secrets.into(),
            agents: Arc::default(),
            arrived: Arc::new(Notify::new()),
        }
    }

    /// Takes an event; says `false` where it came before.
    ///
    /// # Errors
    /// As [`HookError`] says; nothing was kept then.
    pub async fn receive(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Timestamp,
    ) -> Result<bool, HookError> {
        if self.secrets.is_empty() {
            return Err(HookError::NoPlatformSecret);
        }
        if headers.contains_key(CONTENT_ENCODING) {
            return Err(HookError::Encoded);
        }
        let id = once(headers, ID_HEADER)?;
        let timestamp = once(headers, TIMESTAMP_HEADER)?;
        let signatures = once(headers, SIGNATURE_HEADER)?;
        let secrets = &self.secrets;
        webhook::verify(secrets, id, timestamp, signatures, body, now.as_second())
            .map_err(HookError::Refused)?;
        let malformed = |why: String| HookError::NoEvent(why);
        let text = std::str::from_utf8(body).map_err(|_| malformed("it is not UTF-8".into()))?;
        super::strict::check(text).map_err(|error| malformed(error.to_string()))?;
        let event: Envelope =
            serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
        if event.kind != "event" {
            return Err(malformed("its type must be \"event\"".to_owned()));
        }
        // The header is what was signed; an envelope of another name is another message.
        if event.id != id {
            return Err(HookError::Refused(BadDelivery::Id));
        }
        let Named { event, id: object } = event.data;
        let mut write = self.store.write().await?;
        let is_new = hints::insert(&mut write, id, &event, &object, now).await?;
        if is_new {
            hints::forget(&mut write, now.checked_sub(KEPT).unwrap_or(now)).await?;
        }
        write.commit().await?;
        if is_new {
            self.note(&event, &object);
        }
        Ok(is_new)
    }

    /// Notes what an event is about, to be read once it was answered.
    fn note(&self, event: &str, object: &str) {
        let is_agents = event.starts_with("agent.") && is_sound_id(object);
        let mut agents = self.agents.lock().unwrap_or_else(PoisonError::into_inner);
        if is_agents && agents.len() < MOST_WAITING {
            agents.insert(object.into());
            self.arrived.notify_one();
        } else if is_of_use(event) {
            // Everything else is found by a pass, which costs a few requests however many hints come.
            self.syncer.nudge();
        }
    }

    /// Follows hints as they come, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            tokio::select! {
                () = self.arrived.notified() => {}
                () = stop.cancelled() => return,
            }
            tokio::select! {
                () = self.follow() => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Reads what the hints so far are about.
    async fn follow(&self) {
        let agents =
            std::mem::take(&mut *self.agents.lock().unwrap_or_else(PoisonError::into_inner));
        for id in agents {
            if let Err(error) = self.syncer.refresh_agent(&id).await {
                tracing::warn!(agent.id = id.as_str(), %error, "a hint could not be followed; the next pass will");
            }
        }
    }
}

/// Says whether an event can mean that something is copied which is not there yet.
fn is_of_use(event: &str) -> bool {
    ["agent.", "session.", "memory_store."]
        .iter()
        .any(|kind| event.starts_with(kind))
}

impl From<HookError> for crate::error::Error {
    fn from(error: HookError) -> Self {
        Self::new(error.code(), error.to_string())
    }
}
