//! The scheduler: asks the platform for dreams when their slots come, and never twice for one slot.
//!
//! A slot is claimed by its row in the database, in the transaction that picks what to read and writes the
//! ledger, so that of several proxies one asks. The platform takes no idempotency key: where its answer is
//! lost, the list of dreams tells whether there is one, and nothing is asked for again.

mod find_out;
mod weigh;

use super::{Syncer, copy};
use crate::error::{Error, Result};
use crate::platform::{Dream, DreamOutcome, Platform, Trouble};
use crate::store::audit::{self, NewEntry};
use crate::store::dream_runs::{self, KeptRun};
use crate::store::settings;
use crate::store::{Conn, Store, agents, dreams, now};
use jiff::Timestamp;
use review_api::{
    AgentId, AuditAction, DreamId, DreamRun, DreamRunState, ErrorCode, Prices, SubjectKind, User,
};
use serde_json::json;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use weigh::{Asking, due, weigh};

/// How often the clock is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// Actor of dreams that nobody asked for by hand.
const SCHEDULE: &str = "schedule";
/// Actor of what the proxy finds out.
const SYSTEM: &str = "system";

/// Asks for dreams; clones share the work.
#[derive(Debug, Clone)]
pub struct Scheduler {
    store: Store,
    platform: Platform,
    syncer: Syncer,
    /// What tokens cost.
    prices: Arc<Prices>,
    /// Requests that must come to their end, whoever hangs up meanwhile.
    tasks: TaskTracker,
    /// Runs that this process is asking for at the moment.
    at_work: Arc<Mutex<HashSet<String>>>,
}

impl Scheduler {
    /// Makes a scheduler for the agents in `store`.
    pub fn new(store: Store, platform: Platform, syncer: Syncer, prices: Arc<Prices>) -> Self {
        Self {
            store,
            platform,
            syncer,
            prices,
            tasks: TaskTracker::new(),
            at_work: Arc::default(),
        }
    }

    /// Waits for requests that are on their way.
    pub async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Looks at the clock until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            if let Err(error) = self.tick(now()).await {
                tracing::warn!(%error, "the dreams' schedule could not be looked after; it goes on in a moment");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Asks for every dream that is due as of `now`, and finds out what became of earlier requests.
    ///
    /// # Errors
    /// If the database fails; what the platform does not say is looked at again the next time.
    pub async fn tick(&self, now: Timestamp) -> Result<()> {
        self.find_out(now).await?;
        let ids = settings::dreamers(&mut *self.store.read().await?).await?;
        for id in ids {
            let mut read = self.store.read().await?;
            let settings = settings::get(&mut read, &id).await?;
            let Some(slot) = due(&mut read, &id, &settings, now).await? else {
                continue;
            };
            drop(read);
            if let Some(kept) = self.claim(&id, slot, now).await? {
                // What comes of it stands in the run; nobody waits for an answer.
                if let Err(error) = self.ask(kept).await {
                    tracing::warn!(agent.id = %id, %error, "a dream that was due was not begun");
                }
            }
        }
        Ok(())
    }

    /// Claims a slot; returns what to ask for, or nothing where it was passed over or is another's.
    async fn claim(
        &self,
        id: &AgentId,
        slot: Timestamp,
        now: Timestamp,
    ) -> Result<Option<KeptRun>> {
        let mut write = self.store.write().await?;
        // Read again now that nobody else writes: the settings may have changed, the slot may be taken.
        let settings = settings::get(&mut write, id).await?;
        if due(&mut write, id, &settings, now).await? != Some(slot) {
            return Ok(None);
        }
        let asking = Asking {
            slot: Some(slot),
            by: SCHEDULE,
            prices: &self.prices,
        };
        let kept = weigh(&mut write, id, &settings, asking, now).await?;
        self.keep(&mut write, &kept).await?;
        let is_wanted = kept.run.state == DreamRunState::Asked;
        if is_wanted {
            // Before the commit: whoever finds out must never see the run without knowing that it is ours.
            self.lock_at_work().insert(kept.run.id.clone());
        }
        if let Err(error) = write.commit().await {
            self.lock_at_work().remove(&kept.run.id);
            return Err(error.into());
        }
        Ok(is_wanted.then_some(kept))
    }

    /// Asks for a dream now, whatever the schedule says.
    ///
    /// # Errors
    /// If there is no such agent, one dreams already, there is nothing to read, the month's tokens are used
    /// up, the platform does not take it, or its answer was lost.
    pub async fn dream_now(&self, user: &User, id: &AgentId) -> Result<DreamRun> {
        review_core::rules::may_dream(user)?;
        let now = now();
        let mut write = self.store.write().await?;
        let settings = settings::get(&mut write, id).await?;
        let asking = Asking {
            slot: None,
            by: user.name.as_str(),
            prices: &self.prices,
        };
        let kept = weigh(&mut write, id, &settings, asking, now).await?;
        if let Some(reason) = &kept.run.reason {
            // Nothing is kept: whoever asked is told at once.
            return Err(Error::new(ErrorCode::Conflict, reason.clone()));
        }
        self.keep(&mut write, &kept).await?;
        self.lock_at_work().insert(kept.run.id.clone());
        if let Err(error) = write.commit().await {
            self.lock_at_work().remove(&kept.run.id);
            return Err(error.into());
        }
        self.ask(kept).await
    }

    /// Calls a dream off.
    ///
    /// # Errors
    /// If there is none, `user` may not, it has ended, or the platform does not answer.
    pub async fn cancel(&self, user: &User, id: &DreamId) -> Result<()> {
        review_core::rules::may_dream(user)?;
        let mut write = self.store.write().await?;
        let dream = dreams::get(&mut write, id).await?;
        let dream = dream.ok_or_else(|| Error::not_found("dream", id.as_str()))?;
        let is_over = || {
            let message =
                "The dream has ended already, so there is nothing to call off. Reload to see it.";
            Error::new(ErrorCode::Conflict, message)
        };
        if dream.ended_at.is_some() {
            return Err(is_over());
        }
        // Before it is sent: what cannot be recorded is not done.
        let entry = NewEntry {
            at: now(),
            actor: user.name.as_str(),
            action: AuditAction::DreamCancelAsked,
            subject_kind: SubjectKind::Dream,
            subject_id: id.as_str(),
            subject_title: &dream.agent_name,
            agent_id: Some(&dream.agent_id),
            detail: json!({ "status": dream.status }),
        };
        audit::append(&mut write, entry).await?;
        write.commit().await?;
        // To its end, even if the one who asked hangs up.
        let (this, id) = (self.clone(), id.clone());
        let work = self.tasks.spawn(async move {
            match this.platform.cancel_dream(id.as_str()).await {
                Ok(dream) => this.keep_dream(&dream).await,
                Err(error) if error.trouble == Trouble::Refused => Err(is_over()),
                Err(error) => Err(error.into()),
            }
        });
        work.await.unwrap_or_else(|error| {
            tracing::error!(%error, "calling off a dream ended by a defect");
            let message =
                "The proxy failed while it called the dream off. Reload to see whether it ended.";
            Err(Error::new(ErrorCode::OutcomeUnknown, message))
        })
    }

    /// Keeps a dream as the platform answered, so that nobody waits for the next pass over its list.
    async fn keep_dream(&self, dream: &Dream) -> Result<()> {
        let mut write = self.store.write().await?;
        dreams::keep(&mut write, &copy::dream(dream, None)).await?;
        write.commit().await?;
        Ok(())
    }

    async fn keep(&self, write: &mut Conn, kept: &KeptRun) -> Result<()> {
        let run = &kept.run;
        dream_runs::insert(write, kept).await?;
        let action = match run.state {
            DreamRunState::Skipped => AuditAction::DreamSkipped,
            _ => AuditAction::DreamAsked,
        };
        let detail = json!({
            "run_id": run.id,
            "slot": run.slot,
            "reason": run.reason,
            "interactions": run.interactions,
            "memory_store_id": run.memory_store_id,
            "model": kept.model,
            "estimated_tokens": run.estimated_tokens,
            "estimated_cost": run.estimated_cost,
        });
        record(
            write,
            run,
            run.asked_by.as_str(),
            action,
            detail,
            run.asked_at,
        )
        .await
    }

    /// Sends what was claimed, to its end even if the one who asked hangs up.
    async fn ask(&self, kept: KeptRun) -> Result<DreamRun> {
        let this = self.clone();
        let work = self.tasks.spawn(async move {
            let outcome = this.send(&kept).await;
            this.lock_at_work().remove(&kept.run.id);
            outcome
        });
        work.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request for a dream ended by a defect");
            let message = "The proxy failed while it asked for the dream. What came of it is being found out.";
            Err(Error::new(ErrorCode::OutcomeUnknown, message))
        })
    }

    async fn send(&self, kept: &KeptRun) -> Result<DreamRun> {
        let Some(request) = kept.request() else {
            return Err(Error::new(
                ErrorCode::Conflict,
                "There is nothing to ask for.",
            ));
        };
        match self.platform.create_dream(&request).await {
            DreamOutcome::Created(dream) => {
                self.started(kept, &dream).await?;
                self.syncer.nudge();
                Ok(DreamRun {
                    state: DreamRunState::Started,
                    dream_id: Some(dream.id.as_str().into()),
                    ..kept.run.clone()
                })
            }
            DreamOutcome::Refused(error) => {
                self.failed(kept, &error.sentence()).await?;
                Err(error.into())
            }
            DreamOutcome::Unknown(error) => Err(Error::new(
                ErrorCode::OutcomeUnknown,
                format!(
                    "{} Whether the platform dreams is being found out; nothing is asked for twice.",
                    error.sentence()
                ),
            )),
        }
    }

    async fn started(&self, kept: &KeptRun, dream: &Dream) -> Result<()> {
        let id: DreamId = dream.id.as_str().into();
        let mut write = self.store.write().await?;
        dreams::keep(
            &mut write,
            &copy::dream(dream, Some(kept.run.agent_id.clone())),
        )
        .await?;
        let run = &kept.run;
        if dream_runs::settle(&mut write, &run.id, DreamRunState::Started, None, Some(&id)).await? {
            let detail = json!({ "run_id": run.id, "slot": run.slot, "dream_id": id });
            let action = AuditAction::DreamStarted;
            record(&mut write, run, SYSTEM, action, detail, now()).await?;
        }
        write.commit().await?;
        Ok(())
    }

    async fn failed(&self, kept: &KeptRun, why: &str) -> Result<()> {
        let mut write = self.store.write().await?;
        let run = &kept.run;
        if dream_runs::settle(&mut write, &run.id, DreamRunState::Failed, Some(why), None).await? {
            let detail = json!({ "run_id": run.id, "slot": run.slot, "reason": why });
            record(
                &mut write,
                run,
                SYSTEM,
                AuditAction::DreamFailed,
                detail,
                now(),
            )
            .await?;
        }
        write.commit().await?;
        Ok(())
    }

    fn lock_at_work(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        // A panic while it was held cannot have left a set half changed.
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn record(
    conn: &mut Conn,
    run: &DreamRun,
    actor: &str,
    action: AuditAction,
    detail: serde_json::Value,
    at: Timestamp,
) -> Result<()> {
    let name = agents::name(conn, &run.agent_id).await?;
    let entry = NewEntry {
        at,
        actor,
        action,
        subject_kind: SubjectKind::Agent,
        subject_id: run.agent_id.as_str(),
        subject_title: name.as_deref().unwrap_or(run.agent_id.as_str()),
        agent_id: Some(&run.agent_id),
        detail,
    };
    audit::append(conn, entry).await?;
    Ok(())
}
