//! Derives what a dream proposes for the memories, which the platform does not report: it compares the store
//! that the dream read with the one that it wrote.

use super::{SyncError, Syncer, reflect};
use crate::outgoing::announce;
use crate::platform::{Memory, MemoryVersion, PageQuery, PlatformError, Trouble};
use crate::store::reports::{self, DERIVED, NewReport, NewSuggestion};
use crate::store::{StoreError, agents, audit, derived, new_id, now};
use review_api::{
    AgentId, AuditAction, ChangeSize, DreamId, MemoryBefore, MemoryId, MemoryManifest,
    MemoryOperation, MemoryProposal, SubjectKind, Timestamp,
};
use review_core::store_diff::{Difference, Listed, compare};
use review_core::words;
use serde_json::{Map, json};
use std::collections::HashSet;

/// Most memories of one suggestion, and the most bytes of their texts; what is more is left out and counted.
const MOST_MEMORIES: usize = 2_000;
/// See [`MOST_MEMORIES`].
const MOST_BYTES: u64 = 8 * 1024 * 1024;
/// Versions of one page, and most pages of them.
const PAGE: u32 = 100;
/// See [`PAGE`].
const MOST_PAGES: usize = 200;
/// Dreams looked at in one pass.
const BATCH: u32 = 20;

/// A dream that has ended and whose memory changes nobody has looked for yet.
#[derive(Debug, Clone)]
pub struct Ended {
    /// Which dream.
    pub id: DreamId,
    /// Whose dream.
    pub agent_id: AgentId,
    /// The store that it read.
    pub input_store: String,
    /// The store that it wrote.
    pub output_store: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What was found of one dream.
struct Found {
    proposal: MemoryProposal,
    /// Memories that somebody changed since the dream began: what the dream would do to them is left out.
    moved: usize,
    /// Differences beyond the limits.
    too_many: usize,
}

impl Syncer {
    /// Derives the memory suggestions of dreams that completed, and returns how many dreams it looked at.
    ///
    /// # Errors
    /// As [`SyncError`] says; what was derived before the failure is kept.
    pub async fn derive(&self) -> Result<usize, SyncError> {
        let (store, _) = self.store_and_platform();
        let ended = derived::underived(&mut *store.read().await?, BATCH).await?;
        let count = ended.len();
        let mut trouble = None;
        for dream in ended {
            match self.find(&dream).await {
                Ok(found) => self.keep_derived(&dream, found).await?,
                // A store that is gone will not come back; the dream is looked at no more.
                Err(error) if error.trouble == Trouble::NotFound => {
                    self.keep_derived(&dream, None).await?;
                }
                // The others may have more luck.
                Err(error) => {
                    tracing::warn!(dream.id = %dream.id, %error, "what a dream did to its memories could not be derived");
                    trouble = Some(error);
                }
            }
        }
        self.pass_over().await?;
        trouble.map_or(Ok(count), |error| Err(error.into()))
    }

    /// Notes of dreams that ended otherwise that there is nothing to reflect on.
    async fn pass_over(&self) -> Result<(), StoreError> {
        let (store, _) = self.store_and_platform();
        let failed = derived::failed(&mut *store.read().await?, BATCH).await?;
        for (id, agent_id) in failed {
            let now = now();
            let mut write = store.write().await?;
            if derived::set_derived(&mut write, &id, now).await? {
                reflect::pass_over(&mut write, &agent_id, &id, now).await?;
            }
            write.commit().await?;
        }
        Ok(())
    }

    /// Derives nothing from the dreams that ended before this database knew the platform.
    pub(super) async fn leave_history(&self, now: Timestamp) -> Result<(), StoreError> {
        let mut write = self.store_and_platform().0.write().await?;
        derived::set_history(&mut write, now).await?;
        write.commit().await
    }

    async fn find(&self, dream: &Ended) -> Result<Option<Found>, PlatformError> {
        // What was changed in place is done already; there is nothing to propose.
        if dream.input_store == dream.output_store {
            return Ok(None);
        }
        let (_, platform) = self.store_and_platform();
        let name = platform.memory_store(&dream.input_store).await?.name;
        let input = listed(platform.all_memories(&dream.input_store).await?);
        let output = listed(platform.all_memories(&dream.output_store).await?);
        let moved = self.moved_since(dream).await?;
        let differences = compare(&input, &output);
        let all = differences.len();
        let sound: Vec<Difference<'_>> = differences
            .into_iter()
            .filter(|difference| is_sound(*difference, &moved))
            .collect();
        let moved = all - sound.len();
        let mut bytes = 0;
        let mut operations = Vec::new();
        let mut before = Vec::new();
        let mut too_many = 0;
        for difference in sound {
            let needed = difference.text_needed();
            let was = memory_before(difference);
            let weight = needed.map_or(0, |one| one.bytes) + was.map_or(0, |one| one.bytes);
            if operations.len() >= MOST_MEMORIES || bytes + weight > MOST_BYTES {
                too_many += 1;
                continue;
            }
            bytes += weight;
            let text = match needed {
                Some(one) => text_of(
                    platform
                        .memory(&dream.output_store, one.memory_id.as_str())
                        .await?,
                ),
                None => String::new(),
            };
            if let Some(was) = was {
                let memory = platform
                    .memory(&dream.input_store, was.memory_id.as_str())
                    .await?;
                before.push(MemoryBefore {
                    memory_id: was.memory_id.clone(),
                    path: was.path.clone(),
                    sha256: was.sha256.clone(),
                    content: text_of(memory),
                });
            }
            operations.push(difference.operation(&text));
        }
        if operations.is_empty() {
            return Ok(None);
        }
        Ok(Some(Found {
            proposal: MemoryProposal {
                manifest: MemoryManifest {
                    store_id: dream.input_store.as_str().into(),
                    operations,
                },
                store_name: name,
                before,
            },
            moved,
            too_many,
        }))
    }

    /// Returns the paths of the input store that somebody wrote to since the dream began.
    async fn moved_since(&self, dream: &Ended) -> Result<HashSet<String>, PlatformError> {
        let (_, platform) = self.store_and_platform();
        let mut moved = HashSet::new();
        let mut page = PageQuery::first(PAGE);
        for _ in 0..MOST_PAGES {
            let read = platform
                .list_memory_versions(&dream.input_store, None, &page)
                .await?;
            // Newest first: the first that is older ends it.
            let since = |version: &MemoryVersion| version.created_at >= dream.created_at;
            let is_through = !read.data.iter().all(since);
            let newer = read.data.into_iter().filter(since);
            moved.extend(newer.filter_map(|version| version.path));
            match read.next_page.filter(|_| !is_through) {
                Some(next) => page = PageQuery::after(PAGE, Some(next)),
                None => return Ok(moved),
            }
        }
        // A list with an end left out would let somebody's work be taken back unseen.
        Err(PlatformError::bare(
            Trouble::Oversized,
            "read the memory versions",
        ))
    }

    async fn keep_derived(&self, dream: &Ended, found: Option<Found>) -> Result<(), StoreError> {
        let (store, _) = self.store_and_platform();
        let now = now();
        let mut write = store.write().await?;
        if !derived::set_derived(&mut write, &dream.id, now).await? {
            // Another proxy was faster.
            return Ok(());
        }
        let is_reflected_on = reflect::want(&mut write, &dream.agent_id, &dream.id, now).await?;
        if let Some(found) = found {
            let version = agents::version(&mut write, &dream.agent_id)
                .await?
                .unwrap_or(1);
            let name = agents::name(&mut write, &dream.agent_id).await?;
            let operations = &found.proposal.manifest.operations;
            let count = operations.len();
            let title = title(operations);
            let report = NewReport {
                dream_id: dream.id.clone(),
                agent_id: dream.agent_id.clone(),
                agent_version: version,
                summary: None,
                reported_by: DERIVED.to_owned(),
                reported_at: now,
                completed_at: dream.ended_at,
                delivery_id: None,
                extra: Map::new(),
                patterns: Vec::new(),
                metrics: Vec::new(),
                suggestions: vec![NewSuggestion {
                    id: new_id("sug").into(),
                    title,
                    rationale: rationale(&found),
                    pattern_keys: Vec::new(),
                    proposed: String::new(),
                    size: size(operations),
                    memory: Some(found.proposal),
                    proposed_by: None,
                    findings: Vec::new(),
                }],
            };
            reports::add_derived(&mut write, &report).await?;
            let (agent_id, dream_id) = (&dream.agent_id, &dream.id);
            // A report that a reflection will add to is sent once that has ended.
            let delivery = if is_reflected_on {
                None
            } else {
                announce::report(&mut write, agent_id, dream_id, now).await?
            };
            let detail = json!({
                "derived": true,
                "memory_store_id": dream.input_store,
                "operations": count,
                "left_out_moved": found.moved,
                "left_out_too_many": found.too_many,
                "delivery_id": delivery,
            });
            let entry = audit::NewEntry {
                at: now,
                actor: "system",
                action: AuditAction::MemoriesDerived,
                subject_kind: SubjectKind::Dream,
                subject_id: dream.id.as_str(),
                subject_title: name.as_deref().unwrap_or(dream.agent_id.as_str()),
                agent_id: Some(&dream.agent_id),
                detail,
            };
            audit::append(&mut write, entry).await?;
        }
        write.commit().await
    }
}

fn listed(memories: Vec<Memory>) -> Vec<Listed> {
    let list = |memory: Memory| Listed {
        memory_id: MemoryId(memory.id),
        path: memory.path,
        sha256: memory.content_sha256,
        bytes: memory.content_size_bytes,
    };
    memories.into_iter().map(list).collect()
}

/// Says whether nobody touched what the dream changed, at either end of a move.
fn is_sound(difference: Difference<'_>, moved: &HashSet<String>) -> bool {
    let is_taken = match difference {
        Difference::Renamed { after, .. } => moved.contains(&after.path),
        _ => false,
    };
    !is_taken && !moved.contains(difference.path())
}

fn memory_before(difference: Difference<'_>) -> Option<&Listed> {
    match difference {
        Difference::Created(_) => None,
        Difference::Edited { before, .. }
        | Difference::Renamed { before, .. }
        | Difference::Deleted(before) => Some(before),
    }
}

fn text_of(memory: Memory) -> String {
    memory.content.unwrap_or_default()
}

/// Memories added and removed, for lists; one that is edited or renamed counts once on each side.
fn size(operations: &[MemoryOperation]) -> ChangeSize {
    let count = |of: fn(&MemoryOperation) -> bool| {
        u32::try_from(operations.iter().filter(|it| of(it)).count()).unwrap_or(u32::MAX)
    };
    ChangeSize {
        lines_added: count(|it| !matches!(it, MemoryOperation::Delete { .. })),
        lines_removed: count(|it| !matches!(it, MemoryOperation::Create { .. })),
    }
}

/// "Memories: 2 deleted, 3 edited": what is lost comes first.
fn title(operations: &[MemoryOperation]) -> String {
    let count = |of: fn(&MemoryOperation) -> bool| operations.iter().filter(|it| of(it)).count();
    let parts = [
        (
            count(|it| matches!(it, MemoryOperation::Delete { .. })),
            "deleted",
        ),
        (
            count(|it| matches!(it, MemoryOperation::Edit { .. })),
            "edited",
        ),
        (
            count(|it| matches!(it, MemoryOperation::Rename { .. })),
            "renamed",
        ),
        (
            count(|it| matches!(it, MemoryOperation::Create { .. })),
            "created",
        ),
    ];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("Memories: {}", parts.join(", "))
}

fn rationale(found: &Found) -> String {
    let mut text =
        "Derived by comparing the store that the dream read with the one that it wrote.".to_owned();
    let mut left_out = |count: usize, why: &str| {
        if count > 0 {
            text.push(' ');
            text.push_str(&words::grouped(count as u64));
            text.push_str(" more differ and are left out, because ");
            text.push_str(why);
            text.push('.');
        }
    };
    left_out(found.moved, "somebody changed them since the dream began");
    left_out(
        found.too_many,
        "one suggestion holds 2,000 memories and 8 MB of text",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_names_what_is_lost_first() {
        let operations = [
            MemoryOperation::Create {
                path: "/a".to_owned(),
                content: String::new(),
            },
            MemoryOperation::Delete {
                memory_id: "mem_1".into(),
                path: "/b".to_owned(),
                expected_sha256: String::new(),
            },
        ];
        assert_eq!(title(&operations), "Memories: 1 deleted, 1 created");
        assert_eq!(
            size(&operations),
            ChangeSize {
                lines_added: 1,
                lines_removed: 1
            }
        );
    }
}
