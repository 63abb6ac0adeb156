//! Memory stores, their memories, and the versions of those.
//!
//! Every write is guarded: what exists is changed only while its text is the one that was seen, and what is
//! made never replaces anything. A write whose wish holds already is answered as done by the platform.

use super::error::{PlatformError, Trouble};
use super::transport::{Area, Request};
use super::wire::List;
use super::{PageQuery, Platform, is_sound_id};
use jiff::Timestamp;
use review_core::digest::sha256_hex;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Memories of one page.
const PAGE: u32 = 100;
/// Most pages of one store; the platform allows 10,000 memories.
const MOST_PAGES: usize = 120;

/// A memory store.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MemoryStore {
    /// Its id (`memstore_…`).
    pub id: String,
    /// Its name, which need not be unique.
    pub name: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was put away: it can be read, not written.
    #[serde(default)]
    pub archived_at: Option<Timestamp>,
    /// What its maker noted on it.
    #[serde(default)]
    pub metadata: Map<String, Value>,
}

/// A memory as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Memory {
    /// Its id (`mem_…`), the same however it is renamed.
    pub id: String,
    /// Where it is.
    pub path: String,
    /// Its text; nothing in lists.
    #[serde(default)]
    pub content: Option<String>,
    /// Length of its text, in bytes.
    pub content_size_bytes: u64,
    /// SHA-256 of its text, 64 lower-case hex digits.
    pub content_sha256: String,
    /// The version that it is at.
    #[serde(default)]
    pub memory_version_id: Option<String>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Who wrote a version.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Actor {
    /// The platform's word for what wrote it, such as `session_actor`.
    #[serde(rename = "type", default)]
    pub kind: String,
    /// The session that wrote it.
    #[serde(default)]
    pub session_id: Option<String>,
}

/// One version of a memory.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MemoryVersion {
    /// Its id (`memver_…`).
    pub id: String,
    /// The memory, which may be gone.
    pub memory_id: String,
    /// `created`, `modified` or `deleted`.
    pub operation: String,
    /// Where the memory was; nothing once blanked out.
    #[serde(default)]
    pub path: Option<String>,
    /// Its text; nothing in lists, of a deletion, and once blanked out.
    #[serde(default)]
    pub content: Option<String>,
    /// SHA-256 of its text; nothing of a deletion and once blanked out.
    #[serde(default)]
    pub content_sha256: Option<String>,
    /// Length of its text in bytes; nothing of a deletion and once blanked out.
    #[serde(default)]
    pub content_size_bytes: Option<u64>,
    /// Who made it, where the platform says so.
    #[serde(default)]
    pub created_by: Option<Actor>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was blanked out.
    #[serde(default)]
    pub redacted_at: Option<Timestamp>,
}

impl MemoryVersion {
    /// Says whether a session wrote it.
    pub fn is_of_session(&self, session_id: &str) -> bool {
        self.created_by.as_ref().is_some_and(|actor| {
            actor.kind == "session_actor" && actor.session_id.as_deref() == Some(session_id)
        })
    }
}

/// What to change about a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemoryEdit<'a> {
    /// Its text.
    Content(&'a str),
    /// Its path.
    Path(&'a str),
}

/// How a guarded write ended.
#[derive(Debug, Clone)]
pub enum MemoryOutcome {
    /// The platform has it so, to this memory.
    Done {
        /// The memory's id.
        memory_id: String,
    },
    /// The memory has another text than the one that was seen; nothing was changed.
    PreconditionFailed(PlatformError),
    /// Another memory is at the path, above it or below it; nothing was changed.
    PathTaken(PlatformError),
    /// There is no such memory, or no such store; nothing was changed.
    Gone(PlatformError),
    /// The platform refused; nothing was changed.
    Refused(PlatformError),
    /// The request never left; nothing was changed.
    NotSent(PlatformError),
    /// It may have been changed or not; only reading the store later can tell.
    Unknown(PlatformError),
}

impl MemoryOutcome {
    /// Tells apart what an error means for a write.
    fn of(error: PlatformError) -> Self {
        match error.trouble {
            Trouble::Conflict if error.is_path_taken => Self::PathTaken(error),
            Trouble::Conflict => Self::PreconditionFailed(error),
            Trouble::NotFound => Self::Gone(error),
            Trouble::Unreachable => Self::NotSent(error),
            _ if error.may_have_had_an_effect() => Self::Unknown(error),
            _ => Self::Refused(error),
        }
    }

    /// Takes the answer to a write of which `is_right` tells whether it is what was asked for.
    fn of_memory(
        answer: Result<Memory, PlatformError>,
        doing: &'static str,
        is_right: impl FnOnce(&Memory) -> bool,
    ) -> Self {
        match answer {
            Ok(memory) if is_right(&memory) => Self::Done {
                memory_id: memory.id,
            },
            // It said yes to something else: only reading the store again can tell what holds.
            Ok(_) => Self::Unknown(PlatformError::bare(Trouble::Garbled, doing)),
            Err(error) => Self::of(error),
        }
    }
}

impl Platform {
    /// Reads one page of the memory stores.
    ///
    /// # Errors
    /// As [`PlatformError`] says; likewise below.
    pub async fn list_memory_stores(
        &self,
        page: &PageQuery,
    ) -> Result<List<MemoryStore>, PlatformError> {
        let request = self
            .list(Area::Memories, "read the memory stores")
            .query("include_archived", true)
            .query_if("limit", page.limit)
            .query_if("page", page.page.as_deref());
        self.get(request).await
    }

    /// Reads a memory store.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn memory_store(&self, id: &str) -> Result<MemoryStore, PlatformError> {
        self.get(self.object(Area::Memories, "read the memory store", id)?)
            .await
    }

    /// Reads one page of a store's memories, without their texts.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn list_memories(
        &self,
        store: &str,
        page: &PageQuery,
    ) -> Result<List<Memory>, PlatformError> {
        let request = self
            .object(Area::Memories, "read the memories", store)?
            .under("memories")
            .query("view", "basic")
            .query("depth", 0)
            .query_if("limit", page.limit)
            .query_if("page", page.page.as_deref());
        self.get(request).await
    }

    /// Reads all memories of a store, without their texts.
    ///
    /// The platform has no snapshots: what is written meanwhile may be there or not, and a memory that is
    /// renamed meanwhile may be missing. What hangs on one memory being gone asks for it by its id.
    ///
    /// # Errors
    /// As [`PlatformError`] says; also where one of them cannot be read, since a list with a hole in it would
    /// pass for a store that lacks something.
    pub async fn all_memories(&self, store: &str) -> Result<Vec<Memory>, PlatformError> {
        let doing = "read the memories";
        let mut all: BTreeMap<String, Memory> = BTreeMap::new();
        let mut page = PageQuery::first(PAGE);
        for _ in 0..MOST_PAGES {
            let read = self.list_memories(store, &page).await?;
            if read.unreadable > 0 {
                return Err(PlatformError::bare(Trouble::Garbled, doing));
            }
            for memory in read.data {
                all.insert(memory.id.clone(), memory);
            }
            match read.next_page {
                Some(next) => page = PageQuery::after(PAGE, Some(next)),
                None => return Ok(all.into_values().collect()),
            }
        }
        Err(PlatformError::bare(Trouble::Oversized, doing))
    }

    /// Reads a memory with its text.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn memory(&self, store: &str, id: &str) -> Result<Memory, PlatformError> {
        self.get(self.of_store("read the memory", store, "memories", id)?)
            .await
    }

    /// Makes a memory where there is none. Never tried twice.
    pub async fn create_memory(&self, store: &str, path: &str, content: &str) -> MemoryOutcome {
        let doing = "create the memory";
        let request = match self.object(Area::Memories, doing, store) {
            Ok(request) => request.under("memories"),
            Err(error) => return MemoryOutcome::of(error),
        };
        let body = json!({ "path": path, "content": content });
        let answer = self.post(request, &body).await;
        MemoryOutcome::of_memory(answer, doing, |memory| {
            memory.path == path && memory.content_sha256 == sha256_hex(content)
        })
    }

    /// Changes a memory if its text still has `expected_sha256`. Never tried twice.
    pub async fn update_memory(
        &self,
        store: &str,
        id: &str,
        expected_sha256: &str,
        edit: MemoryEdit<'_>,
    ) -> MemoryOutcome {
        let (doing, field, value) = match edit {
            MemoryEdit::Content(content) => ("edit the memory", "content", content),
            MemoryEdit::Path(path) => ("rename the memory", "path", path),
        };
        let request = match self.of_store(doing, store, "memories", id) {
            Ok(request) => request,
            Err(error) => return MemoryOutcome::of(error),
        };
        let body = json!({
            field: value,
            "precondition": { "type": "content_sha256", "content_sha256": expected_sha256 },
        });
        let answer = self.post(request, &body).await;
        MemoryOutcome::of_memory(answer, doing, |memory| {
            memory.id == id
                && match edit {
                    MemoryEdit::Content(content) => memory.content_sha256 == sha256_hex(content),
                    // Renamed by someone else and edited, too, the wish holds but the guard does not.
                    MemoryEdit::Path(path) => {
                        memory.path == path && memory.content_sha256 == expected_sha256
                    }
                }
        })
    }

    /// Removes a memory if its text still has `expected_sha256`. Never tried twice.
    pub async fn delete_memory(
        &self,
        store: &str,
        id: &str,
        expected_sha256: &str,
    ) -> MemoryOutcome {
        let request = match self.of_store("delete the memory", store, "memories", id) {
            Ok(request) => request.query("expected_content_sha256", expected_sha256),
            Err(error) => return MemoryOutcome::of(error),
        };
        // Any success says so; what it names is not needed.
        match self.delete::<Value>(request).await {
            Ok(_) => MemoryOutcome::Done {
                memory_id: id.to_owned(),
            },
            Err(error) => MemoryOutcome::of(error),
        }
    }

    /// Reads one page of the versions of a store, or of one memory of it, newest first, without their texts.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn list_memory_versions(
        &self,
        store: &str,
        memory_id: Option<&str>,
        page: &PageQuery,
    ) -> Result<List<MemoryVersion>, PlatformError> {
        let request = self
            .object(Area::Memories, "read the memory versions", store)?
            .under("memory_versions")
            .query("view", "basic")
            .query_if("memory_id", memory_id)
            .query_if("limit", page.limit)
            .query_if("page", page.page.as_deref());
        self.get(request).await
    }

    /// Reads a version with its text.
    ///
    /// # Errors
    /// As [`PlatformError`] says.
    pub async fn memory_version(
        &self,
        store: &str,
        id: &str,
    ) -> Result<MemoryVersion, PlatformError> {
        self.get(self.of_store("read the memory version", store, "memory_versions", id)?)
            .await
    }

    /// Begins a request for something in a store.
    fn of_store(
        &self,
        doing: &'static str,
        store: &str,
        kind: &str,
        id: &str,
    ) -> Result<Request, PlatformError> {
        if !is_sound_id(id) {
            return Err(PlatformError::bare(Trouble::NotFound, doing));
        }
        Ok(self
            .object(Area::Memories, doing, store)?
            .under(kind)
            .under(id))
    }
}
