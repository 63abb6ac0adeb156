//! Finds out how far an interrupted change of memories came, and stops it there.
//!
//! At most one step was on its way when an application was interrupted, so the store needs to be asked about
//! one step only. Once that is known the change is applied, if it was the last one, or goes back to the people:
//! nothing more is sent by itself, hours later perhaps, that somebody approved for another moment.

use super::apply::{Taken, unexpected};
use super::look::{look, plan_of, progress_of};
use super::stop::Stop;
use crate::error::{Error, Result};
use crate::platform::{PageQuery, PlatformError};
use crate::review::changes::existing;
use crate::review::{Review, record};
use crate::store::attempts::Attempt;
use jiff::Timestamp;
use review_api::{ChangeState, ErrorCode, MemoryChange, MemoryId, MemoryOperation, MemoryStoreId};
use review_core::digest::sha256_hex;
use review_core::manifest::{self, Progress, Standing};

/// Versions of a memory that are looked through.
const VERSIONS: u32 = 100;

/// What is known of the step that may have been on its way.
enum Found {
    /// It is done, to this memory.
    Done(MemoryId),
    /// Nothing more comes of this attempt.
    Stopped(Stop),
}

impl Review {
    /// Asks the store what became of an attempt that nobody is at work on, and writes that down; says `false`
    /// if it is not of a change of memories. What fails is looked at again the next time.
    pub(in crate::review) async fn find_out_memory(
        &self,
        attempt: &Attempt,
        now: Timestamp,
    ) -> bool {
        self.how_far(attempt, now).await.unwrap_or_else(|error| {
            tracing::warn!(attempt.id, %error, "how far an attempt came could not be found out");
            true
        })
    }

    async fn how_far(&self, attempt: &Attempt, now: Timestamp) -> Result<bool> {
        let mut read = self.store.read().await?;
        let change = existing(&mut read, &attempt.change_id).await?;
        drop(read);
        let Some(memory) = &change.memory else {
            return Ok(false);
        };
        let plan = plan_of(memory)?;
        let mut progress = progress_of(&plan, memory)?;
        let stop = match self.next(attempt, memory, &progress, now).await {
            Found::Stopped(stop) => stop,
            Found::Done(memory_id) => {
                if let Some((step, operation)) = progress.next_step() {
                    let taken = Taken {
                        step,
                        of: plan.steps().len(),
                        operation,
                        memory_id: &memory_id,
                        is_found: true,
                    };
                    self.note(attempt, record::SYSTEM, taken).await?;
                    progress.take(memory_id).map_err(|_| unexpected())?;
                }
                if progress.is_complete() {
                    Stop::Applied
                } else {
                    Stop::Refused {
                        why: interrupted(progress.done().count()),
                    }
                }
            }
        };
        let says_so = change.summary.state == ChangeState::NeedsALook;
        if says_so && matches!(stop, Stop::Unknown { .. }) {
            return Ok(true);
        }
        // The one who applied was told that it is being found out; nobody waits for an answer.
        if let Err(error) = self.stop(attempt, record::SYSTEM, stop).await? {
            tracing::warn!(attempt.id, %error, "an attempt did not succeed");
        }
        Ok(true)
    }

    /// Finds out about the step that may have been on its way.
    async fn next(
        &self,
        attempt: &Attempt,
        memory: &MemoryChange,
        progress: &Progress<'_>,
        now: Timestamp,
    ) -> Found {
        let Some((_, operation)) = progress.next_step() else {
            return Found::Stopped(Stop::Applied);
        };
        let store_id = &memory.manifest.store_id;
        let seen = match look(&self.platform, store_id, std::slice::from_ref(operation)).await {
            Ok(seen) => seen,
            Err(why) if why.code == ErrorCode::NotFound => {
                return Found::Stopped(Stop::Refused { why });
            }
            Err(why) => return Found::Stopped(Stop::Unknown { why: why.message }),
        };
        match manifest::standing(progress, &seen.held()) {
            None => Found::Stopped(Stop::Applied),
            Some(Standing::Done(memory_id)) => Found::Done(memory_id),
            Some(Standing::Blocked(conflicts)) => {
                match self.was_written_over(store_id, operation).await {
                    Ok(Some(memory_id)) => Found::Done(memory_id),
                    Ok(None) => Found::Stopped(Stop::Stale { conflicts }),
                    Err(error) => Found::Stopped(Stop::Unknown {
                        why: error.sentence(),
                    }),
                }
            }
            Some(Standing::NotYet) => {
                let grace = self.platform.deadline() + self.pace.grace;
                let passed = now.duration_since(last_sign(attempt, memory));
                Found::Stopped(if passed.unsigned_abs() < grace {
                    let why = "The platform does not have it so far; the request may still arrive.";
                    Stop::Unknown {
                        why: why.to_owned(),
                    }
                } else {
                    Stop::GivenUp {
                        why: interrupted(progress.done().count()),
                    }
                })
            }
        }
    }

    /// Says whether a step on a memory landed and somebody else wrote over it: whether what the step makes is
    /// among the memory's versions, and not before what the step found.
    async fn was_written_over(
        &self,
        store_id: &MemoryStoreId,
        operation: &MemoryOperation,
    ) -> Result<Option<MemoryId>, PlatformError> {
        let (Some(memory_id), Some(expected), Some(path_after)) = (
            operation.memory_id(),
            operation.expected_sha256(),
            operation.path_after(),
        ) else {
            return Ok(None);
        };
        let made = operation
            .content()
            .map_or_else(|| expected.to_owned(), sha256_hex);
        let page = PageQuery::first(VERSIONS);
        let versions = self
            .platform
            .list_memory_versions(store_id.as_str(), Some(memory_id.as_str()), &page)
            .await?;
        // By time, not by place: versions of one moment come in any order.
        let newest = |path: &str, sha256: &str| {
            let like_it = versions.data.iter().filter(|version| {
                version.path.as_deref() == Some(path)
                    && version.content_sha256.as_deref() == Some(sha256)
            });
            like_it.map(|version| version.created_at).max()
        };
        let has_landed = newest(path_after, &made)
            .is_some_and(|made| newest(operation.path(), expected).is_none_or(|was| was <= made));
        Ok(has_landed.then(|| memory_id.clone()))
    }
}

/// Returns when the next step can have been sent at the latest, as far as is known.
fn last_sign(attempt: &Attempt, memory: &MemoryChange) -> Timestamp {
    let steps = memory.steps.iter().filter_map(|step| step.done_at);
    steps.fold(attempt.started_at, Timestamp::max)
}

fn interrupted(done: usize) -> Error {
    let message = if done == 0 {
        "The request did not reach the platform: the memory store is as it was. Apply it again."
    } else {
        "The proxy was interrupted, and the rest was not sent."
    };
    Error::new(ErrorCode::PlatformUnavailable, message)
}
