//! Derives what a dream proposes for the memories, which the platform does not report: it compares the store
//! that the dream read with the one that it wrote. What it wrote into the store that it read is derived from the
//! versions of that, as what would take it back.

mod in_place;
mod words;

use super::{SyncError, Syncer, reflect};
use crate::outgoing::announce;
use crate::platform::{Memory, MemoryVersion, PageQuery, PlatformError, Trouble};
use crate::store::reports::{self, DERIVED, NewReport, NewSuggestion};
use crate::store::{Conn, StoreError, agents, audit, derived, new_id, now};
use futures_util::future::try_join_all;
use review_api::{
    AgentId, AuditAction, DreamId, InPlace, MemoryBefore, MemoryId, MemoryManifest,
    MemoryOperation, MemoryProposal, SubjectKind, Timestamp,
};
use review_core::digest::sha256_hex;
use review_core::store_diff::{Difference, Listed, compare};
use serde_json::{Map, Value, json};
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
/// Memories whose texts are asked for at once.
const AT_ONCE: usize = 8;

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
    /// The session in which it dreamt.
    pub session_id: Option<String>,
    /// Whether it completed; one that did not may have written in place all the same.
    pub is_completed: bool,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// What a difference proposes, and the memory that it touches.
type Read = (MemoryOperation, Option<MemoryBefore>);

/// What was found of one dream.
#[derive(Default)]
struct Derived {
    suggestion: Option<Found>,
    /// What it wrote into the store that it read.
    in_place: Option<InPlace>,
}

/// What is to be decided of a dream.
struct Found {
    title: String,
    rationale: String,
    proposal: MemoryProposal,
    /// Whether it takes back what is done already.
    takes_back: bool,
    /// What the audit tells of what is left out.
    left_out: Value,
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
                Ok(derived) => self.keep_derived(&dream, derived).await?,
                // A store that is gone will not come back; the dream is looked at no more.
                Err(error) if error.trouble == Trouble::NotFound => {
                    self.keep_derived(&dream, Derived::default()).await?;
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

    async fn find(&self, dream: &Ended) -> Result<Derived, PlatformError> {
        if dream.input_store == dream.output_store {
            return self.find_in_place(dream).await;
        }
        Ok(Derived {
            suggestion: self.find_proposed(dream).await?,
            in_place: None,
        })
    }

    /// Compares the store that a dream read with another one that it wrote.
    async fn find_proposed(&self, dream: &Ended) -> Result<Option<Found>, PlatformError> {
        let (_, platform) = self.store_and_platform();
        let name = platform.memory_store(&dream.input_store).await?.name;
        let input = all_listed(platform.all_memories(&dream.input_store).await?);
        let output = all_listed(platform.all_memories(&dream.output_store).await?);
        let moved = self.moved_since(dream).await?;
        let differences = compare(&input, &output);
        let all = differences.len();
        let sound: Vec<Difference<'_>> = differences
            .into_iter()
            .filter(|difference| is_sound(*difference, &moved))
            .collect();
        let moved = all - sound.len();
        let (fitting, too_many) = fitting(sound);
        // Some at once: a platform far away takes its time for each.
        let mut read = Vec::with_capacity(fitting.len());
        for some in fitting.chunks(AT_ONCE) {
            let some = some.iter().map(|one| self.read_difference(dream, *one));
            read.extend(try_join_all(some).await?);
        }
        let moved = moved + read.iter().filter(|read| read.is_none()).count();
        let (operations, before): (Vec<_>, Vec<_>) = read.into_iter().flatten().unzip();
        let before = before.into_iter().flatten().collect();
        if operations.is_empty() {
            return Ok(None);
        }
        Ok(Some(Found {
            title: words::title("Memories", &words::counts(&operations)),
            rationale: words::rationale(moved, too_many),
            proposal: MemoryProposal {
                manifest: MemoryManifest {
                    store_id: dream.input_store.as_str().into(),
                    operations,
                },
                store_name: name,
                before,
            },
            takes_back: false,
            left_out: json!({ "left_out_moved": moved, "left_out_too_many": too_many }),
        }))
    }

    /// Reads what one difference says and what was there before; nothing where somebody wrote since it was listed.
    async fn read_difference(
        &self,
        dream: &Ended,
        difference: Difference<'_>,
    ) -> Result<Option<Read>, PlatformError> {
        let text = match difference.text_needed() {
            Some(one) => self.text_as_listed(&dream.output_store, one).await?,
            None => Some(String::new()),
        };
        let Some(text) = text else {
            return Ok(None);
        };
        let Some(was) = memory_before(difference) else {
            return Ok(Some((difference.operation(&text), None)));
        };
        let content = self.text_as_listed(&dream.input_store, was).await?;
        let before = |content| MemoryBefore {
            memory_id: was.memory_id.clone(),
            path: was.path.clone(),
            sha256: was.sha256.clone(),
            content,
        };
        Ok(content.map(|content| (difference.operation(&text), Some(before(content)))))
    }

    /// Reads the text of a memory; nothing where it is not the one that was listed, which would be shown, and
    /// proposed, as what the dream wrote.
    async fn text_as_listed(
        &self,
        store: &str,
        listed: &Listed,
    ) -> Result<Option<String>, PlatformError> {
        let (_, platform) = self.store_and_platform();
        let read = platform.memory(store, listed.memory_id.as_str()).await;
        let text = there(read)?.and_then(|memory| memory.content);
        Ok(text.filter(|text| sha256_hex(text) == listed.sha256))
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

    async fn keep_derived(&self, dream: &Ended, derived: Derived) -> Result<(), StoreError> {
        let (store, _) = self.store_and_platform();
        let (agent_id, dream_id) = (&dream.agent_id, &dream.id);
        let now = now();
        let mut write = store.write().await?;
        if !derived::set_derived(&mut write, dream_id, now).await? {
            // Another proxy was faster.
            return Ok(());
        }
        if let Some(in_place) = &derived.in_place {
            derived::set_in_place(&mut write, dream_id, in_place).await?;
        }
        let is_reflected_on = if dream.is_completed {
            reflect::want(&mut write, agent_id, dream_id, now).await?
        } else {
            reflect::pass_over(&mut write, agent_id, dream_id, now).await?;
            false
        };
        if let Some(found) = derived.suggestion {
            let name = agents::name(&mut write, agent_id).await?;
            let mut detail = found.left_out.as_object().cloned().unwrap_or_default();
            let mut put = |field: &str, value: Value| {
                detail.insert(field.to_owned(), value);
            };
            put("derived", json!(true));
            put("takes_back", json!(found.takes_back));
            put("memory_store_id", json!(dream.input_store));
            put(
                "operations",
                json!(found.proposal.manifest.operations.len()),
            );
            let report = report(&mut write, dream, found, now).await?;
            reports::add_derived(&mut write, &report).await?;
            // A report that a reflection will add to is sent once that has ended.
            let delivery = if is_reflected_on {
                None
            } else {
                announce::report(&mut write, agent_id, dream_id, now).await?
            };
            detail.insert("delivery_id".to_owned(), json!(delivery));
            let entry = audit::NewEntry {
                at: now,
                actor: "system",
                action: AuditAction::MemoriesDerived,
                subject_kind: SubjectKind::Dream,
                subject_id: dream_id.as_str(),
                subject_title: name.as_deref().unwrap_or(agent_id.as_str()),
                agent_id: Some(agent_id),
                detail: Value::Object(detail),
            };
            audit::append(&mut write, entry).await?;
        }
        write.commit().await
    }
}

/// Makes the report that a dream has no pipeline for, or what is added to the one that it has.
async fn report(
    conn: &mut Conn,
    dream: &Ended,
    found: Found,
    now: Timestamp,
) -> Result<NewReport, StoreError> {
    let version = agents::version(conn, &dream.agent_id).await?.unwrap_or(1);
    let suggestion = NewSuggestion {
        id: new_id("sug").into(),
        title: found.title,
        rationale: found.rationale,
        pattern_keys: Vec::new(),
        proposed: String::new(),
        size: words::size(&found.proposal.manifest.operations),
        memory: Some(found.proposal),
        takes_back: found.takes_back,
        proposed_by: None,
        findings: Vec::new(),
    };
    Ok(NewReport {
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
        suggestions: vec![suggestion],
    })
}

fn listed(memory: Memory) -> Listed {
    Listed {
        memory_id: MemoryId(memory.id),
        path: memory.path,
        sha256: memory.content_sha256,
        bytes: memory.content_size_bytes,
    }
}

fn all_listed(memories: Vec<Memory>) -> Vec<Listed> {
    memories.into_iter().map(listed).collect()
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

/// Tells what is gone from what could not be read.
fn there<T>(read: Result<T, PlatformError>) -> Result<Option<T>, PlatformError> {
    match read {
        Ok(read) => Ok(Some(read)),
        Err(error) if error.trouble == Trouble::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Takes as many as one suggestion holds, and counts the rest.
fn fitting(sound: Vec<Difference<'_>>) -> (Vec<Difference<'_>>, usize) {
    let all = sound.len();
    let (mut bytes, mut fitting) = (0, Vec::new());
    for difference in sound {
        let texts = [difference.text_needed(), memory_before(difference)];
        let weight: u64 = texts.into_iter().flatten().map(|one| one.bytes).sum();
        if fitting.len() < MOST_MEMORIES && bytes + weight <= MOST_BYTES {
            bytes += weight;
            fitting.push(difference);
        }
    }
    let too_many = all - fitting.len();
    (fitting, too_many)
}
