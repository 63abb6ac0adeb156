//! Notices that a memory store moved on under changes that wait.
//!
//! Every write to a store makes one version, so the newest versions tell with one small request whether
//! anything moved, and whether it concerns a change. Only then is the whole store read.

use super::look::{listed, look, plan_of, progress_of, rest};
use super::stop::out_of_date;
use crate::error::Result;
use crate::platform::{MemoryVersion, PageQuery, PlatformError, Trouble};
use crate::review::changes::{check_step, existing};
use crate::review::{Review, record};
use crate::store::memory_steps::Waiting;
use crate::store::{changes, memory_steps};
use jiff::Timestamp;
use review_api::{
    AuditAction, Change, ChangeId, ChangeState, ErrorCode, MemoryManifest, MemoryOperation,
    MemoryStoreId,
};
use review_core::manifest::{Conflict, check_against};
use serde_json::json;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

/// Newest versions of a store that one look reads.
const VERSIONS: u32 = 100;
/// Most stores looked at in one pass; the others follow in the next one.
const MOST_STORES: usize = 20;

/// How far each store was looked at by this process.
#[derive(Debug, Default)]
pub(in crate::review) struct Watched {
    marks: Mutex<HashMap<MemoryStoreId, Mark>>,
}

/// How far a store was looked at.
#[derive(Debug, Clone)]
struct Mark {
    /// Its newest versions. Not just one: versions of one moment come in any order.
    known: Arc<HashSet<String>>,
    /// The pass that looked, to give every store its turn.
    at: Timestamp,
}

impl Watched {
    fn marks(&self) -> std::sync::MutexGuard<'_, HashMap<MemoryStoreId, Mark>> {
        // A panic while it was held cannot have left a map half changed.
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the newest versions of a store tell.
enum News {
    /// Nothing moved that concerns anyone.
    Nothing(HashSet<String>),
    /// Something did, or nobody can say.
    Something(HashSet<String>),
    /// The store is not there any more.
    Gone,
}

impl Review {
    /// Marks waiting changes of memories as out of date whose store moved on.
    ///
    /// # Errors
    /// If the database fails; what the platform does not say is looked at again the next time.
    pub(in crate::review) async fn watch_memories(&self, now: Timestamp) -> Result<()> {
        let mut read = self.store.read().await?;
        let waiting = memory_steps::waiting(&mut read).await?;
        drop(read);
        let mut stores: BTreeMap<MemoryStoreId, Vec<ChangeId>> = BTreeMap::new();
        for Waiting {
            change_id,
            store_id,
        } in waiting
        {
            stores.entry(store_id).or_default().push(change_id);
        }
        let mut turn: Vec<(Option<Timestamp>, MemoryStoreId, Vec<ChangeId>)> = {
            let mut marks = self.watched.marks();
            marks.retain(|store_id, _| stores.contains_key(store_id));
            let at = |store_id: &MemoryStoreId| marks.get(store_id).map(|mark| mark.at);
            stores
                .into_iter()
                .map(|(store_id, ids)| (at(&store_id), store_id, ids))
                .collect()
        };
        turn.sort();
        for (_, store_id, ids) in turn.into_iter().take(MOST_STORES) {
            if let Err(error) = self.watch_store(&store_id, &ids, now).await? {
                tracing::warn!(%store_id, %error, "a memory store could not be looked at");
            }
        }
        Ok(())
    }

    /// Looks at one store. The inner error is the platform's.
    async fn watch_store(
        &self,
        store_id: &MemoryStoreId,
        ids: &[ChangeId],
        now: Timestamp,
    ) -> Result<Result<(), crate::error::Error>> {
        let mut read = self.store.read().await?;
        let mut waiting = Vec::with_capacity(ids.len());
        for id in ids {
            waiting.push(existing(&mut read, id).await?);
        }
        drop(read);
        let known = match self.news(store_id, &waiting).await {
            Ok(News::Nothing(known)) => known,
            Ok(News::Something(known)) => {
                let all: Vec<MemoryOperation> = waiting
                    .iter()
                    .filter_map(|change| change.memory.as_ref())
                    .flat_map(|memory| memory.manifest.operations.clone())
                    .collect();
                let seen = match look(&self.platform, store_id, &all).await {
                    Ok(seen) => seen,
                    Err(error) if error.code == ErrorCode::NotFound => {
                        self.mark_all_gone(&waiting, now).await?;
                        return Ok(Ok(()));
                    }
                    Err(error) => return Ok(Err(error)),
                };
                let held = seen.held();
                for change in &waiting {
                    let conflicts = check_against(&left(change)?, &held);
                    if !conflicts.is_empty() {
                        let trouble = out_of_date(change, &conflicts);
                        self.mark_memory_stale(change, &conflicts, &trouble, now)
                            .await?;
                    }
                }
                known
            }
            Ok(News::Gone) => {
                self.mark_all_gone(&waiting, now).await?;
                return Ok(Ok(()));
            }
            Err(error) => return Ok(Err(error.into())),
        };
        let mark = Mark {
            known: Arc::new(known),
            at: now,
        };
        self.watched.marks().insert(store_id.clone(), mark);
        Ok(Ok(()))
    }

    /// Reads the newest versions of a store, and says whether those since the last look concern a change.
    async fn news(
        &self,
        store_id: &MemoryStoreId,
        waiting: &[Change],
    ) -> Result<News, PlatformError> {
        let page = PageQuery::first(VERSIONS);
        let read = self
            .platform
            .list_memory_versions(store_id.as_str(), None, &page)
            .await;
        let read = match read {
            Ok(read) => read,
            Err(error) if error.trouble == Trouble::NotFound => return Ok(News::Gone),
            Err(error) => return Err(error),
        };
        let newest: HashSet<String> = read.data.iter().map(|it| it.id.clone()).collect();
        let known = self.watched.marks().get(store_id).cloned();
        let is_quiet = known.is_some_and(|Mark { known, .. }| {
            let mut since = read.data.iter().filter(|it| !known.contains(&it.id));
            // Without a version in common there were more than one look reads.
            read.unreadable == 0
                && !known.is_disjoint(&newest)
                && !since.any(|version| concerns(version, waiting))
        });
        Ok(if is_quiet {
            News::Nothing(newest)
        } else {
            News::Something(newest)
        })
    }

    async fn mark_all_gone(&self, waiting: &[Change], now: Timestamp) -> Result<()> {
        for change in waiting {
            let trouble = "The memory store is not on the platform any more, so this cannot be \
                           applied. Withdraw it.";
            self.mark_memory_stale(change, &[], trouble, now).await?;
        }
        Ok(())
    }

    /// Marks a change as out of date that still waits, and records it.
    async fn mark_memory_stale(
        &self,
        seen: &Change,
        conflicts: &[Conflict],
        trouble: &str,
        at: Timestamp,
    ) -> Result<()> {
        let mut write = self.store.write().await?;
        let id = &seen.summary.id;
        let change = existing(&mut write, id).await?;
        let still_waits = matches!(
            change.summary.state,
            ChangeState::Staged | ChangeState::Approved
        );
        // Another manifest, or further steps: what was found is not about what there is now.
        if !still_waits || change.digest != seen.digest || change.memory != seen.memory {
            return Ok(());
        }
        check_step(&change, ChangeState::Stale)?;
        changes::set_state(&mut write, id, ChangeState::Stale, Some(trouble), at).await?;
        let counted = review_core::approvals::counting(&change, at);
        let void: Vec<_> = counted.into_iter().map(|approval| &approval.by).collect();
        let detail = json!({
            "conflicts": listed(conflicts),
            "reason": trouble,
            "digest": change.digest,
            "approvals_void": void,
        });
        let action = AuditAction::ChangeStale;
        record::change(&mut write, record::SYSTEM, action, &change, detail, at).await?;
        write.commit().await?;
        Ok(())
    }
}

/// Returns what is left to do of a change.
fn left(change: &Change) -> Result<MemoryManifest> {
    let Some(memory) = &change.memory else {
        return Err(super::apply::unexpected());
    };
    let plan = plan_of(memory)?;
    let progress = progress_of(&plan, memory)?;
    Ok(rest(&progress, &memory.manifest.store_id))
}

/// Says whether a version concerns one of the changes: it is of a memory that one touches, or at, above or
/// below a path that one needs.
fn concerns(version: &MemoryVersion, waiting: &[Change]) -> bool {
    let operations = waiting
        .iter()
        .filter_map(|change| change.memory.as_ref())
        .flat_map(|memory| &memory.manifest.operations);
    operations.into_iter().any(|operation| {
        let is_touched = operation
            .memory_id()
            .is_some_and(|id| id.as_str() == version.memory_id);
        let is_in_the_way = version.path.as_deref().is_some_and(|path| {
            operation
                .path_after()
                .is_some_and(|wanted| is_at_or_below(path, wanted) || is_at_or_below(wanted, path))
        });
        is_touched || is_in_the_way
    })
}

fn is_at_or_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
