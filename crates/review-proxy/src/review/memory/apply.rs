//! Applying a change of memories: step by step, each noted before the next one is sent.

use super::look::{look, plan_of, progress_of, rest};
use super::stop::Stop;
use crate::error::{Error, Result};
use crate::platform::{MemoryEdit, MemoryOutcome, PlatformError};
use crate::review::apply::PARTS;
use crate::review::changes::existing;
use crate::review::{Review, record};
use crate::store::attempts::{self, Attempt};
use crate::store::{memory_steps, now};
use review_api::{
    AuditAction, Change, ErrorCode, MemoryChange, MemoryId, MemoryManifest, MemoryOperation,
    MemoryStoreId,
};
use review_core::manifest::{self, Progress, Standing, check_against};
use serde_json::json;
use std::time::Instant;

/// A step that is done, as it is noted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Taken<'a> {
    /// Its place in the plan, from 0.
    pub(super) step: usize,
    /// Steps of the plan.
    pub(super) of: usize,
    /// What was done.
    pub(super) operation: &'a MemoryOperation,
    /// To which memory.
    pub(super) memory_id: &'a MemoryId,
    /// Whether nobody said so and the store showed it.
    pub(super) is_found: bool,
}

impl Review {
    /// Takes the steps of a change that was begun, and returns it as it is then.
    ///
    /// # Errors
    /// With what stopped it before its end: the store moved on, the platform refused, or an answer was lost.
    pub(in crate::review) async fn take_steps(
        &self,
        change: &Change,
        attempt: &Attempt,
        begun: Instant,
    ) -> Result<Change> {
        let Some(memory) = &change.memory else {
            return Err(unexpected());
        };
        let actor = attempt.started_by.as_str();
        match self.walk(change, memory, attempt, begun).await {
            Ok(stop) => self.stop(attempt, actor, stop).await?,
            Err(error) => {
                tracing::error!(
                    attempt.id = attempt.id,
                    "a step of a memory change could not be written down"
                );
                let message = format!(
                    "The proxy could not write down how far it came ({}) What holds is being found \
                     out; reload in a moment.",
                    error.message
                );
                Err(Error::new(ErrorCode::OutcomeUnknown, message))
            }
        }
    }

    /// Takes steps until one cannot be taken or none is left.
    ///
    /// # Errors
    /// If what was done cannot be written down; the reconciler finds it out from the store.
    async fn walk(
        &self,
        change: &Change,
        memory: &MemoryChange,
        attempt: &Attempt,
        begun: Instant,
    ) -> Result<Stop> {
        let plan = plan_of(memory)?;
        let mut progress = progress_of(&plan, memory)?;
        let store_id = &memory.manifest.store_id;
        let look = self.first_look(change, attempt, &mut progress);
        if let Some(stop) = self.while_held(attempt, look).await? {
            return Ok(stop);
        }
        let mut heard = begun;
        while let Some((step, operation)) = progress.next_step() {
            // A process that was held up for longer may have been given up by the others.
            if heard.elapsed() > self.pace.lease / PARTS && !self.holds(attempt).await? {
                return Err(turn_is_over());
            }
            failpoint!("memory.before_step");
            let sent = self
                .while_held(attempt, self.send_step(store_id, operation))
                .await;
            failpoint!("memory.after_reply");
            let (memory_id, is_found) = match sent {
                MemoryOutcome::Done { memory_id } => (MemoryId(memory_id), false),
                MemoryOutcome::Refused(error) | MemoryOutcome::NotSent(error) => {
                    return Ok(Stop::Refused { why: error.into() });
                }
                MemoryOutcome::PreconditionFailed(error)
                | MemoryOutcome::PathTaken(error)
                | MemoryOutcome::Gone(error) => {
                    return Ok(self.why_not(store_id, operation, error).await);
                }
                MemoryOutcome::Unknown(error) => {
                    match self.look_after(store_id, &progress, &error).await {
                        Ok(memory_id) => (memory_id, true),
                        Err(stop) => return Ok(stop),
                    }
                }
            };
            let taken = Taken {
                step,
                of: plan.steps().len(),
                operation,
                memory_id: &memory_id,
                is_found,
            };
            self.note(attempt, attempt.started_by.as_str(), taken)
                .await?;
            heard = Instant::now();
            progress.take(memory_id).map_err(|_| unexpected())?;
        }
        Ok(Stop::Applied)
    }

    /// Looks before anything is sent: half a change is worse than none.
    async fn first_look(
        &self,
        change: &Change,
        attempt: &Attempt,
        progress: &mut Progress<'_>,
    ) -> Result<Option<Stop>> {
        let Some(memory) = &change.memory else {
            return Ok(None);
        };
        let store_id = &memory.manifest.store_id;
        let seen = match look(&self.platform, store_id, progress.undone()).await {
            Ok(seen) => seen,
            Err(why) => return Ok(Some(Stop::Refused { why })),
        };
        let held = seen.held();
        let mut read = self.store.read().await?;
        let id = &change.summary.id;
        let digest = manifest::digest(&memory.manifest);
        let is_again = memory_steps::was_stopped(&mut read, id, &digest).await?;
        drop(read);
        // What an earlier attempt sent may have landed after it was given up. Without one, somebody else
        // who happened to do the same must not pass for us: it would be undone with our change.
        if is_again
            && let Some((step, operation)) = progress.next_step()
            && let Some(Standing::Done(memory_id)) = manifest::standing(progress, &held)
        {
            let taken = Taken {
                step,
                of: memory.steps.len(),
                operation,
                memory_id: &memory_id,
                is_found: true,
            };
            self.note(attempt, attempt.started_by.as_str(), taken)
                .await?;
            progress.take(memory_id).map_err(|_| unexpected())?;
        }
        let conflicts = check_against(&rest(progress, store_id), &held);
        Ok((!conflicts.is_empty()).then_some(Stop::Stale { conflicts }))
    }

    async fn send_step(
        &self,
        store_id: &MemoryStoreId,
        operation: &MemoryOperation,
    ) -> MemoryOutcome {
        let (platform, store) = (&self.platform, store_id.as_str());
        match operation {
            MemoryOperation::Create { path, content } => {
                platform.create_memory(store, path, content).await
            }
            MemoryOperation::Edit {
                memory_id,
                expected_sha256,
                content,
                ..
            } => {
                let edit = MemoryEdit::Content(content);
                platform
                    .update_memory(store, memory_id.as_str(), expected_sha256, edit)
                    .await
            }
            MemoryOperation::Rename {
                memory_id,
                to,
                expected_sha256,
                ..
            } => {
                let edit = MemoryEdit::Path(to);
                platform
                    .update_memory(store, memory_id.as_str(), expected_sha256, edit)
                    .await
            }
            MemoryOperation::Delete {
                memory_id,
                expected_sha256,
                ..
            } => {
                platform
                    .delete_memory(store, memory_id.as_str(), expected_sha256)
                    .await
            }
        }
    }

    /// Reads the store after an answer was lost: returns the memory, if it is as the step makes it.
    async fn look_after(
        &self,
        store_id: &MemoryStoreId,
        progress: &Progress<'_>,
        lost: &PlatformError,
    ) -> Result<MemoryId, Stop> {
        let unknown = || Stop::Unknown {
            why: lost.sentence(),
        };
        let (_, operation) = progress.next_step().ok_or_else(unknown)?;
        let touched = std::slice::from_ref(operation);
        let seen = look(&self.platform, store_id, touched)
            .await
            .map_err(|_| unknown())?;
        match manifest::standing(progress, &seen.held()) {
            Some(Standing::Done(memory_id)) => Ok(memory_id),
            // It may have landed and been written over: the reconciler asks the memory's versions.
            Some(Standing::Blocked(_) | Standing::NotYet) | None => Err(unknown()),
        }
    }

    /// Finds what stands against a step that the platform did not take, without doubt.
    async fn why_not(
        &self,
        store_id: &MemoryStoreId,
        operation: &MemoryOperation,
        refusal: PlatformError,
    ) -> Stop {
        let alone = MemoryManifest {
            store_id: store_id.clone(),
            operations: vec![operation.clone()],
        };
        let conflicts = match look(&self.platform, store_id, &alone.operations).await {
            Ok(seen) => check_against(&alone, &seen.held()),
            Err(_) => Vec::new(),
        };
        if conflicts.is_empty() {
            Stop::Refused {
                why: refusal.into(),
            }
        } else {
            Stop::Stale { conflicts }
        }
    }

    /// Notes a step as done, with its ledger row, unless the attempt was closed or taken over meanwhile.
    pub(super) async fn note(
        &self,
        attempt: &Attempt,
        actor: &str,
        taken: Taken<'_>,
    ) -> Result<()> {
        let now = now();
        let mut write = self.store.write().await?;
        let is_ours = self.lock_at_work().contains(&attempt.id);
        let may_note = if is_ours {
            let until = now + self.pace.lease;
            attempts::renew(&mut write, &attempt.id, &self.instance, until).await?
        } else {
            memory_steps::is_open(&mut write, &attempt.id).await?
        };
        if !may_note {
            return Err(turn_is_over());
        }
        let id = &attempt.change_id;
        let is_new = memory_steps::take(&mut write, id, taken.step, taken.memory_id, now).await?;
        if !is_new {
            return Err(unexpected());
        }
        let change = existing(&mut write, id).await?;
        let detail = json!({
            "attempt_id": attempt.id,
            "step": taken.step + 1,
            "of": taken.of,
            "did": manifest::steps::in_words(taken.operation),
            "memory_id": taken.memory_id,
            "content_sha256": taken.operation.content().map(review_core::digest::sha256_hex),
            "found": taken.is_found,
        });
        let action = AuditAction::MemoryStepTaken;
        record::change(&mut write, actor, action, &change, detail, now).await?;
        failpoint!("memory.before_note");
        write.commit().await?;
        failpoint!("memory.noted");
        Ok(())
    }
}

/// This process was held up for so long that others took the attempt for given up.
fn turn_is_over() -> Error {
    Error::new(
        ErrorCode::OutcomeUnknown,
        "The proxy was held up, and its turn was over: how far it came was found out meanwhile. Reload to \
         see it.",
    )
}

pub(super) fn unexpected() -> Error {
    Error::new(
        ErrorCode::Internal,
        "The steps of this change do not fit together. What holds is being found out; reload in a \
         moment.",
    )
}
