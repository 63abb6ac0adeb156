//! Reports that go out: each is kept in the transaction that made it, posted to its agent's `feedback_webhook`,
//! signed as Standard Webhooks asks, and tried again for three days until the receiver takes it.
//!
//! Every process may post; a delivery is one process's for as long as it is leased to it. What a lease leaves
//! open (a process that was held up may post after all) is what "at least once" means: the `webhook-id` is the
//! same on each attempt.

mod acts;
pub(crate) mod announce;
mod keys;
mod post;
mod reach;

#[cfg(test)]
mod tests;

pub use keys::{BadWebhookKey, WebhookKey};
pub use reach::Reach;

use crate::store::audit::{self, NewEntry};
use crate::store::endpoints::{self, Endpoint};
use crate::store::outgoing::{self, Due, Outcome};
use crate::store::{Conn, Kind, Store, StoreResult, agents, now};
use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};
use post::{Poster, Sent};
use review_api::{AgentId, AuditAction, DeliveryAttempt, DeliveryId, DeliveryState, SubjectKind};
use review_core::retry;
use review_core::webhook::Secret;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Time that a receiver gets to answer: what the Standard Webhooks specification recommends, 15 to 30 s.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);
/// How long a delivery is one process's: longer than any attempt takes.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// How long the former secret counts after a new one was made.
const OVERLAP: SignedDuration = SignedDuration::from_hours(24);
/// Deliveries taken up at once, and posted at the same time.
const BATCH: u32 = 16;
/// See [`BATCH`].
const AT_ONCE: usize = 8;
/// Longest pause between two looks: other processes put deliveries in as well.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// The `type` of a delivery by which a webhook is tried.
const TEST: &str = "test";
/// Who does what no person did.
const SYSTEM: &str = "system";
/// Why nothing is posted to an address that answered 410.
const OFF: &str = "The address answered 410: it wants nothing more. Set another address, or send a test to this \
                   one; once it takes that, it is on again.";
/// Why nothing is posted where nobody wants it.
const NO_URL: &str = "The agent has no webhook.";

/// Posts what goes out; clones share the work.
#[derive(Debug, Clone)]
pub struct Dispatcher {
    store: Store,
    key: Arc<WebhookKey>,
    poster: Poster,
    /// Rung when there is something new to post.
    bell: Arc<Notify>,
}

/// A delivery taken, ready to be posted.
#[derive(Debug)]
struct Taken {
    due: Due,
    url: String,
    number: u32,
    secrets: Vec<Secret>,
}

impl Dispatcher {
    /// Makes a dispatcher that signs with secrets of `key` and goes where `reach` lets it.
    pub fn new(store: Store, key: WebhookKey, reach: Reach) -> Self {
        Self {
            store,
            key: Arc::new(key),
            poster: Poster::new(reach, ANSWER_WITHIN),
            bell: Arc::new(Notify::new()),
        }
    }

    /// Takes up what a process left behind that was alone on this database.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn take_over(&self) -> StoreResult<()> {
        if self.store.kind() != Kind::Sqlite {
            return Ok(());
        }
        let mut write = self.store.write().await?;
        outgoing::release_all(&mut write).await?;
        write.commit().await
    }

    /// Posts what is due, until `stop`; what is on its way then comes to its end.
    pub async fn run(self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            match self.batch(now()).await {
                Ok(0) => {}
                Ok(_) => continue,
                Err(error) => tracing::error!(%error, "reports cannot be sent out"),
            }
            tokio::select! {
                () = self.bell.notified() => {}
                () = tokio::time::sleep(self.pause().await) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Returns how long there is nothing to do.
    async fn pause(&self) -> Duration {
        let due = async { outgoing::next_due(&mut *self.store.read().await?).await };
        let due = due.await.ok().flatten();
        let rest = due.and_then(|due| Duration::try_from(due.duration_since(now())).ok());
        // What is due and was not taken is another process's, which may need its time.
        rest.unwrap_or(LOOK_EVERY)
            .clamp(Duration::from_millis(200), LOOK_EVERY)
    }

    /// Posts everything that is due as of `now`, and returns how many deliveries that were.
    ///
    /// # Errors
    /// If the database fails; what was posted and not noted is posted again once its lease is over.
    pub async fn work(&self, now: Timestamp) -> StoreResult<usize> {
        let mut count = 0;
        loop {
            match self.batch(now).await? {
                0 => return Ok(count),
                more => count += more,
            }
        }
    }

    async fn batch(&self, now: Timestamp) -> StoreResult<usize> {
        let mut read = self.store.read().await?;
        let is_idle = outgoing::due(&mut read, self.key.id(), now, 1)
            .await?
            .is_empty();
        drop(read);
        // Looking must not hold up those who write.
        if is_idle {
            return Ok(0);
        }
        let mut write = self.store.write().await?;
        let due = outgoing::due(&mut write, self.key.id(), now, BATCH).await?;
        let count = due.len();
        let mut taken = Vec::with_capacity(count);
        for due in due {
            taken.extend(self.take(&mut write, due, now).await?);
        }
        write.commit().await?;
        let posts = taken.into_iter().map(|taken| self.post(taken, now));
        let mut posts = stream::iter(posts).buffer_unordered(AT_ONCE);
        let mut outcome = Ok(count);
        // All of them, whatever becomes of one: each is at work already.
        while let Some(noted) = posts.next().await {
            if let Err(error) = noted {
                outcome = Err(error);
            }
        }
        outcome
    }

    /// Takes one delivery, or gives it up where nobody wants it.
    async fn take(&self, write: &mut Conn, due: Due, now: Timestamp) -> StoreResult<Option<Taken>> {
        let Some(url) = due.url.clone() else {
            self.give_up(write, &due, NO_URL, now).await?;
            return Ok(None);
        };
        let endpoint = self.endpoint(write, &due.agent_id, now).await?;
        // A test finds out whether the address is on again.
        if endpoint.is_off(&url) && due.event != TEST {
            self.give_up(write, &due, OFF, now).await?;
            return Ok(None);
        }
        let number = outgoing::take(write, &due, &url, now, LEASE).await?;
        let secrets = self.key.secrets(&due.agent_id, &endpoint, now);
        Ok(Some(Taken {
            due,
            url,
            number,
            secrets,
        }))
    }

    /// Returns an agent's webhook, which is made at its first use.
    async fn endpoint(
        &self,
        write: &mut Conn,
        id: &AgentId,
        now: Timestamp,
    ) -> StoreResult<Endpoint> {
        if let Some(endpoint) = endpoints::get(write, id).await? {
            return Ok(endpoint);
        }
        let endpoint = Endpoint::first(self.key.id(), now);
        endpoints::set(write, id, &endpoint).await?;
        Ok(endpoint)
    }

    async fn post(&self, taken: Taken, now: Timestamp) -> StoreResult<()> {
        let Taken {
            due,
            url,
            number,
            secrets,
        } = taken;
        let sent = self.poster.post(&url, &due.id, &secrets, &due.body).await;
        let attempt = DeliveryAttempt {
            number,
            at: now,
            url,
            took_ms: Some(u64::try_from(sent.took.as_millis()).unwrap_or(u64::MAX)),
            status: sent.status,
            problem: sent.problem.clone(),
            answer: sent.answer.clone(),
        };
        let outcome = outcome(&due, &sent, now);
        let mut write = self.store.write().await?;
        if !outgoing::settle(&mut write, &due.id, &attempt, outcome).await? {
            // Another process has begun anew; what comes of that counts.
            return write.commit().await;
        }
        self.record(&mut write, &due, &attempt, outcome, now)
            .await?;
        write.commit().await?;
        if let Some(problem) = &attempt.problem {
            tracing::warn!(
                delivery.id = due.id.as_str(),
                agent.id = due.agent_id.as_str(),
                number,
                status = attempt.status,
                problem,
                "a report was not taken",
            );
        }
        Ok(())
    }

    /// Writes down what came of a delivery that is over, and what the answer means for its address.
    async fn record(
        &self,
        write: &mut Conn,
        due: &Due,
        attempt: &DeliveryAttempt,
        outcome: Outcome,
        now: Timestamp,
    ) -> StoreResult<()> {
        let detail = json!({
            "delivery_id": due.id,
            "event": due.event,
            "dream_id": due.dream_id,
            "attempts": attempt.number,
            "status": attempt.status,
            "problem": attempt.problem,
        });
        match outcome.state {
            DeliveryState::Delivered => {
                let action = AuditAction::ReportDelivered;
                line(write, SYSTEM, action, &due.agent_id, detail, now).await?;
                self.switch_on(write, &due.agent_id, &attempt.url, now)
                    .await
            }
            DeliveryState::GivenUp => {
                let action = AuditAction::ReportUndelivered;
                line(write, SYSTEM, action, &due.agent_id, detail, now).await?;
                if attempt.status == Some(GONE) {
                    self.switch_off(write, due, &attempt.url, now).await?;
                }
                Ok(())
            }
            DeliveryState::Waiting | DeliveryState::Unknown => Ok(()),
        }
    }

    async fn switch_off(
        &self,
        write: &mut Conn,
        due: &Due,
        url: &str,
        now: Timestamp,
    ) -> StoreResult<()> {
        let mut endpoint = self.endpoint(write, &due.agent_id, now).await?;
        if endpoint.is_off(url) {
            return Ok(());
        }
        endpoint.off_url = Some(url.to_owned());
        endpoint.off_at = Some(now);
        endpoints::set(write, &due.agent_id, &endpoint).await?;
        let others = outgoing::give_up_all(write, &due.agent_id, OFF, now).await?;
        let detail = json!({ "url": url, "delivery_id": due.id, "given_up_with_it": others });
        let action = AuditAction::WebhookSwitchedOff;
        line(write, SYSTEM, action, &due.agent_id, detail, now).await
    }

    async fn switch_on(
        &self,
        write: &mut Conn,
        id: &AgentId,
        url: &str,
        now: Timestamp,
    ) -> StoreResult<()> {
        let mut endpoint = self.endpoint(write, id, now).await?;
        if !endpoint.is_off(url) {
            return Ok(());
        }
        endpoint.off_url = None;
        endpoint.off_at = None;
        endpoints::set(write, id, &endpoint).await?;
        let action = AuditAction::WebhookSwitchedOn;
        line(write, SYSTEM, action, id, json!({ "url": url }), now).await
    }

    async fn give_up(
        &self,
        write: &mut Conn,
        due: &Due,
        why: &str,
        now: Timestamp,
    ) -> StoreResult<()> {
        outgoing::give_up(write, &due.id, why).await?;
        let detail = json!({
            "delivery_id": due.id,
            "event": due.event,
            "dream_id": due.dream_id,
            "attempts": due.attempts,
            "problem": why,
        });
        let action = AuditAction::ReportUndelivered;
        line(write, SYSTEM, action, &due.agent_id, detail, now).await
    }
}

/// The answer of an address that wants nothing more.
const GONE: u16 = 410;

/// Decides what becomes of a delivery after an attempt.
fn outcome(due: &Due, sent: &Sent, now: Timestamp) -> Outcome {
    if sent.problem.is_none() {
        return Outcome {
            state: DeliveryState::Delivered,
            next_attempt_at: None,
        };
    }
    let tries = due.tries.saturating_add(1);
    // Whoever tries a webhook is looking on.
    let is_over = sent.status == Some(GONE) || due.event == TEST;
    let wait = retry::wait_after(tries, fastrand::f64(), sent.retry_after).filter(|_| !is_over);
    let next = wait.and_then(|wait| now.checked_add(wait).ok());
    Outcome {
        state: match next {
            Some(_) => DeliveryState::Waiting,
            None => DeliveryState::GivenUp,
        },
        next_attempt_at: next,
    }
}

/// Writes a line of the ledger about an agent.
async fn line(
    write: &mut Conn,
    actor: &str,
    action: AuditAction,
    id: &AgentId,
    detail: Value,
    at: Timestamp,
) -> StoreResult<()> {
    let name = agents::name(write, id).await?;
    let entry = NewEntry {
        at,
        actor,
        action,
        subject_kind: SubjectKind::Agent,
        subject_id: id.as_str(),
        subject_title: name.as_deref().unwrap_or(id.as_str()),
        agent_id: Some(id),
        detail,
    };
    audit::append(write, entry).await?;
    Ok(())
}

/// Returns a new `webhook-id`.
fn new_delivery_id() -> DeliveryId {
    DeliveryId(crate::store::new_id("msg"))
}
