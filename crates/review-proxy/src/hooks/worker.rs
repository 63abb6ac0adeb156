//! Works on what was received: one report, its suggestions and its audit row in one transaction.

use super::prepare::{Context, Prepared, SENDER, prepare};
use super::{Receiver, parse};
use crate::dreaming::{SyncError, Syncer};
use crate::outgoing::announce;
use crate::platform::{PlatformError, is_sound_id};
use crate::store::deliveries::{self, Delivery};
use crate::store::{StoreError, agents, audit, dreams, interactions, now, reports};
use review_api::{
    AgentId, AuditAction, DreamId, DreamingReport, InteractionId, Prompt, SubjectKind,
};
use review_core::digest::sha256_hex;
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Deliveries taken up at once.
const BATCH: u32 = 1_000;
/// Pause before deliveries that had to wait are tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(15);

/// Works on deliveries, those too that an earlier process left behind.
#[derive(Debug, Clone)]
pub struct Worker {
    receiver: Receiver,
    syncer: Syncer,
}

/// Why a delivery was not made into a report.
#[derive(Debug, thiserror::Error)]
enum Problem {
    /// It never will be.
    #[error("{0}")]
    ForGood(String),
    /// The platform has to be asked and does not answer.
    #[error("{}", .0.sentence())]
    Platform(#[from] PlatformError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Platform(error) => Self::Platform(error),
            SyncError::Store(error) => Self::Store(error),
        }
    }
}

/// The agent that a report is about, and whose dream it was.
struct Known {
    name: String,
    current: Prompt,
}

impl Worker {
    /// Makes a worker for what `receiver` takes.
    pub fn new(receiver: Receiver, syncer: Syncer) -> Self {
        Self { receiver, syncer }
    }

    /// Works on deliveries as they come, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        loop {
            let work = tokio::select! {
                work = self.work() => work,
                () = stop.cancelled() => return,
            };
            let must_retry = match work {
                Ok(waiting) => waiting > 0,
                Err(error) => {
                    tracing::error!(%error, "deliveries cannot be worked on");
                    true
                }
            };
            tokio::select! {
                () = self.receiver.arrived.notified() => {}
                () = tokio::time::sleep(RETRY_PAUSE), if must_retry => {}
                () = stop.cancelled() => return,
            }
        }
    }

    /// Works once on everything that waits, and returns how many have to wait on.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn work(&self) -> Result<usize, StoreError> {
        let store = &self.receiver.store;
        let waiting = deliveries::waiting(&mut *store.read().await?, BATCH).await?;
        let mut still_waiting = 0;
        for delivery in waiting {
            match self.work_on(&delivery).await {
                Ok(()) => {}
                Err(Problem::ForGood(reason)) => self.give_up(&delivery, &reason).await?,
                Err(Problem::Platform(error)) => {
                    still_waiting += 1;
                    let mut write = store.write().await?;
                    let sentence = error.sentence();
                    deliveries::failed(&mut write, &delivery.id, &sentence, false, now()).await?;
                    write.commit().await?;
                }
                Err(Problem::Store(error)) => return Err(error),
            }
        }
        Ok(still_waiting)
    }

    async fn work_on(&self, delivery: &Delivery) -> Result<(), Problem> {
        // It was read before it was stored; what fails now was stored by another release.
        let report = parse(&delivery.body).map_err(|error| Problem::ForGood(error.to_string()))?;
        let known = self.agent(&report.agent_id).await?;
        let dream_id = self.dream(&report, delivery).await?;
        let interactions = self.interactions(&report).await?;
        let Known { name, current } = known;
        let (delivery_id, received_at) = (delivery.id.clone(), delivery.received_at);
        // Diffs of long prompts take their time, which no request should have to wait for.
        let work = tokio::task::spawn_blocking(move || {
            prepare(
                &report,
                Context {
                    dream_id,
                    current: &current,
                    known: &interactions,
                    delivery_id: &delivery_id,
                    received_at,
                },
            )
        });
        let prepared = work.await.map_err(|error| {
            Problem::ForGood(format!("A defect kept it from being read: {error}"))
        })?;
        self.keep(delivery, &name, &prepared).await?;
        Ok(())
    }

    async fn keep(
        &self,
        delivery: &Delivery,
        agent_name: &str,
        prepared: &Prepared,
    ) -> Result<(), StoreError> {
        let report = &prepared.report;
        let now = now();
        let mut write = self.receiver.store.write().await?;
        if reports::exists(&mut write, &report.dream_id).await? {
            tracing::info!(
                delivery.id = delivery.id,
                dream.id = %report.dream_id,
                "this dream has a report already; the one that came now is not used",
            );
        } else {
            reports::insert(&mut write, report).await?;
            let (agent_id, dream_id) = (&report.agent_id, &report.dream_id);
            let sent_on = announce::report(&mut write, agent_id, dream_id, now).await?;
            let entry = audit::NewEntry {
                at: now,
                actor: SENDER,
                action: AuditAction::ReportReceived,
                subject_kind: SubjectKind::Dream,
                subject_id: report.dream_id.as_str(),
                subject_title: &format!("Report for {agent_name}"),
                agent_id: Some(&report.agent_id),
                detail: json!({
                    "delivery_id": delivery.id,
                    "sent_on_as": sent_on,
                    "agent_version": report.agent_version,
                    "suggestions": report.suggestions.len(),
                    "left_out": prepared.left_out,
                    "unknown_interactions": prepared.unknown_interactions,
                    "unknown_patterns": prepared.unknown_patterns,
                    "metrics_left_out": prepared.metrics_left_out,
                }),
            };
            audit::append(&mut write, entry).await?;
        }
        deliveries::done(&mut write, &delivery.id, &report.dream_id, now).await?;
        write.commit().await
    }

    async fn give_up(&self, delivery: &Delivery, reason: &str) -> Result<(), StoreError> {
        tracing::warn!(delivery.id = delivery.id, reason, "a report cannot be used");
        let now = now();
        let report = parse(&delivery.body).ok();
        let named = report.as_ref().and_then(|report| report.dream_id.as_ref());
        let mut write = self.receiver.store.write().await?;
        let entry = audit::NewEntry {
            at: now,
            actor: SENDER,
            action: AuditAction::ReportReceived,
            subject_kind: SubjectKind::Dream,
            subject_id: named.map_or(&delivery.id, |id| &id.0),
            subject_title: "Report that cannot be used",
            agent_id: report.as_ref().map(|report| &report.agent_id),
            detail: json!({ "delivery_id": delivery.id, "problem": reason }),
        };
        audit::append(&mut write, entry).await?;
        deliveries::failed(&mut write, &delivery.id, reason, true, now).await?;
        write.commit().await
    }

    /// Returns the agent, asking the platform for one that was not copied yet.
    async fn agent(&self, id: &AgentId) -> Result<Known, Problem> {
        if let Some(known) = self.copied_agent(id).await? {
            return Ok(known);
        }
        if is_sound_id(id.as_str()) {
            self.syncer.refresh_agent(id).await?;
            if let Some(known) = self.copied_agent(id).await? {
                return Ok(known);
            }
        }
        let id = super::prepare::line(id.as_str(), 140);
        Err(Problem::ForGood(format!(
            "The platform has no agent {id}. Check agent_id in the pipeline that reports."
        )))
    }

    async fn copied_agent(&self, id: &AgentId) -> Result<Option<Known>, StoreError> {
        let mut read = self.receiver.store.read().await?;
        let freshness = review_api::Freshness {
            read_at: None,
            problem: None,
        };
        let agent = agents::get(&mut read, id, freshness, now()).await?;
        Ok(agent.map(|agent| Known {
            name: agent.summary.name,
            current: agent.prompt,
        }))
    }

    /// Returns the dream to keep the report under: the one it names, or a stand-in of its own.
    async fn dream(
        &self,
        report: &DreamingReport,
        delivery: &Delivery,
    ) -> Result<DreamId, Problem> {
        let Some(id) = &report.dream_id else {
            let name = sha256_hex(&delivery.id);
            return Ok(DreamId(format!("rpt_{}", name.get(..32).unwrap_or(&name))));
        };
        if !is_sound_id(id.as_str()) || id.as_str().starts_with("rpt_") {
            let reason = "Its dream_id is not one of the platform's ids (drm_\u{2026}).";
            return Err(Problem::ForGood(reason.to_owned()));
        }
        let mut read = self.receiver.store.read().await?;
        let mut dreamer = dreams::get(&mut read, id)
            .await?
            .map(|dream| dream.agent_id);
        drop(read);
        if dreamer.is_none() {
            dreamer = self.syncer.refresh_dream(id).await?;
        }
        if dreamer.is_some_and(|dreamer| dreamer != report.agent_id) {
            let reason = format!("The dream {id} is another agent's.");
            return Err(Problem::ForGood(reason));
        }
        Ok(id.clone())
    }

    /// Returns those of the interactions named that are the agent's.
    async fn interactions(
        &self,
        report: &DreamingReport,
    ) -> Result<HashSet<InteractionId>, StoreError> {
        let named: HashSet<&InteractionId> = report
            .patterns
            .iter()
            .flat_map(|pattern| &pattern.interaction_ids)
            .collect();
        let known = self.copied_interactions(&named, &report.agent_id).await?;
        if known.len() == named.len() {
            return Ok(known);
        }
        // They may be newer than the last pass; if the platform does not answer, the rest is still of use.
        if self.syncer.sync_now().await.is_err() {
            return Ok(known);
        }
        self.copied_interactions(&named, &report.agent_id).await
    }

    async fn copied_interactions(
        &self,
        named: &HashSet<&InteractionId>,
        agent_id: &AgentId,
    ) -> Result<HashSet<InteractionId>, StoreError> {
        let mut read = self.receiver.store.read().await?;
        let mut known = HashSet::new();
        for id in named {
            let interaction = interactions::get(&mut read, id).await?;
            if interaction.is_some_and(|interaction| interaction.agent_id == *agent_id) {
                known.insert((*id).clone());
            }
        }
        Ok(known)
    }
}
