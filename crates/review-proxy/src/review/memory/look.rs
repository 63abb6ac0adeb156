//! What a memory store holds at this moment, and what of a manifest stands against it.

use crate::error::{Error, Result};
use crate::platform::{Memory, Platform, Trouble};
use crate::review::Review;
use futures_util::future::try_join_all;
use review_api::{
    ErrorCode, MAX_MEMORY_OPERATIONS, MemoryBefore, MemoryChange, MemoryManifest, MemoryOperation,
    MemoryStep, MemoryStoreId,
};
use review_core::manifest::{self, Conflict, Held, Plan, Progress};
use serde_json::{Value, json};

/// Most bytes of the texts of one change: those that it writes, and those of the memories that it touches,
/// which are kept to show and to undo it. What undoes a change has as many, so that it is never too large.
const MOST_BYTES: u64 = 2 * 1024 * 1024;
/// Texts asked for at once.
const AT_ONCE: usize = 8;
/// Conflicts that are told in a sentence; all of them are in the details.
const MOST_TOLD: usize = 3;

/// A memory store and all that is in it.
#[derive(Debug)]
pub(super) struct Seen {
    /// The store's name.
    pub(super) name: String,
    /// Whether it was put away, so that nothing can be written.
    pub(super) is_archived: bool,
    /// Its memories, without their texts.
    memories: Vec<Memory>,
}

impl Seen {
    /// Returns its memories as the rules take them.
    pub(super) fn held(&self) -> Vec<Held> {
        let held = |memory: &Memory| Held {
            memory_id: memory.id.as_str().into(),
            path: memory.path.clone(),
            sha256: memory.content_sha256.clone(),
        };
        self.memories.iter().map(held).collect()
    }
}

/// Reads a store. `touched` are memories whose being gone would mean something: one of them that is not in the
/// list, which takes several requests and is of no single moment, is asked for by its id.
pub(super) async fn look(
    platform: &Platform,
    store_id: &MemoryStoreId,
    touched: &[MemoryOperation],
) -> Result<Seen> {
    let id = store_id.as_str();
    let missing = || Error::not_found("memory store", id);
    let told = |error: crate::platform::PlatformError| match error.trouble {
        Trouble::NotFound => missing(),
        _ => error.into(),
    };
    let store = platform.memory_store(id).await.map_err(told)?;
    let mut memories = platform.all_memories(id).await.map_err(told)?;
    for operation in touched {
        let Some(memory_id) = operation.memory_id() else {
            continue;
        };
        if memories
            .iter()
            .any(|memory| memory.id == memory_id.as_str())
        {
            continue;
        }
        match platform.memory(id, memory_id.as_str()).await {
            Ok(memory) => memories.push(memory),
            Err(error) if error.trouble == Trouble::NotFound => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Seen {
        name: store.name,
        is_archived: store.archived_at.is_some(),
        memories,
    })
}

impl Review {
    /// Works out what a change that does `manifest` would be, on the store as it is at this moment.
    ///
    /// # Errors
    /// If the manifest is none, the store does not fit it, or the texts that it replaces are too long to keep.
    pub(super) async fn prepare(&self, manifest: MemoryManifest) -> Result<MemoryChange> {
        let count = manifest.operations.len();
        if count == 0 || count > MAX_MEMORY_OPERATIONS {
            let message =
                format!("A change of memories has 1 to {MAX_MEMORY_OPERATIONS} operations.");
            return Err(Error::field("memory.operations", message));
        }
        let plan = manifest::plan(&manifest).map_err(|conflicts| unsound(&conflicts))?;
        let seen = look(&self.platform, &manifest.store_id, &manifest.operations).await?;
        if seen.is_archived {
            let message = format!(
                "The memory store \u{201c}{}\u{201d} was put away on the platform, so nothing can \
                 be written to it.",
                seen.name
            );
            return Err(Error::new(ErrorCode::Conflict, message));
        }
        let conflicts = manifest::check_against(&manifest, &seen.held());
        if !conflicts.is_empty() {
            return Err(moved_on(&conflicts));
        }
        let before = self.texts(&manifest, &seen).await?;
        let step = |operation: &MemoryOperation| MemoryStep {
            operation: operation.clone(),
            done_at: None,
            memory_id: None,
        };
        Ok(MemoryChange {
            steps: plan.steps().iter().map(step).collect(),
            store_name: seen.name,
            manifest,
            before,
        })
    }

    /// Reads the memories that a manifest touches, which must still be as it expects them.
    async fn texts(&self, manifest: &MemoryManifest, seen: &Seen) -> Result<Vec<MemoryBefore>> {
        let touched: Vec<&str> = manifest
            .operations
            .iter()
            .filter_map(|operation| Some(operation.memory_id()?.as_str()))
            .collect();
        let replaced: u64 = seen
            .memories
            .iter()
            .filter(|memory| touched.contains(&memory.id.as_str()))
            .map(|memory| memory.content_size_bytes)
            .sum();
        let written: usize = manifest
            .operations
            .iter()
            .filter_map(|operation| Some(operation.content()?.len()))
            .sum();
        let bytes = replaced + u64::try_from(written).unwrap_or(u64::MAX / 2);
        if bytes > MOST_BYTES {
            let message = format!(
                "The texts that this writes and those that it replaces have {bytes} bytes; the most \
                 is {MOST_BYTES}. Make several changes of it."
            );
            let details =
                json!({ "field": "memory.operations", "bytes": bytes, "most": MOST_BYTES });
            return Err(Error::new(ErrorCode::TooLarge, message).with(details));
        }
        let store = manifest.store_id.as_str();
        let mut memories: Vec<Memory> = Vec::with_capacity(touched.len());
        for some in touched.chunks(AT_ONCE) {
            let asked: Vec<_> = some
                .iter()
                .map(|id| self.platform.memory(store, id))
                .collect();
            memories.extend(try_join_all(asked).await?);
        }
        let held: Vec<MemoryBefore> = memories.into_iter().map(before).collect();
        let as_held = |one: &MemoryBefore| Held {
            memory_id: one.memory_id.clone(),
            path: one.path.clone(),
            sha256: one.sha256.clone(),
        };
        // Of these alone: what else is in the store was checked already.
        let now: Vec<Held> = held.iter().map(as_held).collect();
        let conflicts = manifest::check_against(manifest, &now);
        if conflicts.is_empty() {
            Ok(held)
        } else {
            Err(moved_on(&conflicts))
        }
    }
}

fn before(memory: Memory) -> MemoryBefore {
    let content = memory.content.unwrap_or_default();
    MemoryBefore {
        memory_id: memory.id.into(),
        path: memory.path,
        // Of the text that is kept, whatever the platform says: this is what undoes the change.
        sha256: review_core::digest::sha256_hex(&content),
        content,
    }
}

/// Returns the plan of a change that was staged, whose manifest has one.
pub(super) fn plan_of(memory: &MemoryChange) -> Result<Plan> {
    manifest::plan(&memory.manifest).map_err(|_| unreadable())
}

/// Returns how far a change came.
pub(super) fn progress_of<'a>(plan: &'a Plan, memory: &MemoryChange) -> Result<Progress<'a>> {
    manifest::resume(plan, manifest::steps::done(memory)).map_err(|_| unreadable())
}

fn unreadable() -> Error {
    Error::new(
        ErrorCode::Internal,
        "What is kept of this change does not fit together, so nothing was done with it. Withdraw it \
         and stage it anew.",
    )
}

/// Returns what is left to do, as a manifest of its own.
pub(super) fn rest(progress: &Progress<'_>, store_id: &MemoryStoreId) -> MemoryManifest {
    MemoryManifest {
        store_id: store_id.clone(),
        operations: progress.undone().to_vec(),
    }
}

/// Returns conflicts as details have them; operations are counted from 0, as in the manifest.
pub(super) fn listed(conflicts: &[Conflict]) -> Value {
    let conflict =
        |it: &Conflict| json!({ "operations": it.operations, "message": it.problem.to_string() });
    conflicts.iter().map(conflict).collect()
}

/// Returns conflicts as a person reads them.
pub(super) fn told(conflicts: &[Conflict]) -> String {
    let mut sentences: Vec<String> = conflicts
        .iter()
        .take(MOST_TOLD)
        .map(|conflict| conflict.problem.to_string())
        .collect();
    if conflicts.len() > MOST_TOLD {
        let more = conflicts.len() - MOST_TOLD;
        sentences.push(format!("There are {more} more such conflicts."));
    }
    sentences.join(" ")
}

/// Says what is wrong with a manifest by itself, and with which of its operations.
fn unsound(conflicts: &[Conflict]) -> Error {
    let first = conflicts
        .first()
        .and_then(|conflict| conflict.operations.first());
    let field = first.map_or("memory.operations".to_owned(), |place| {
        format!("memory.operations.{place}")
    });
    let number = first.map_or(String::new(), |place| {
        format!("Operation {} cannot be done. ", place + 1)
    });
    let details = json!({ "field": field, "conflicts": listed(conflicts) });
    Error::new(
        ErrorCode::BadRequest,
        format!("{number}{}", told(conflicts)),
    )
    .with(details)
}

/// Says that a store is not as a manifest expects it.
pub(super) fn moved_on(conflicts: &[Conflict]) -> Error {
    let message = format!(
        "The memory store is not as you saw it. {} Nothing was changed; look at it again and name what \
         is there now.",
        told(conflicts)
    );
    let first = conflicts
        .first()
        .and_then(|conflict| conflict.operations.first());
    let field = first.map(|place| format!("memory.operations.{place}"));
    let details = json!({ "field": field, "conflicts": listed(conflicts) });
    Error::new(ErrorCode::StaleBase, message).with(details)
}
