//! Memory stores, their memories and the versions of those.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// A memory store; the wire form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct MemoryStore {
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) archived_at: Option<Timestamp>,
}

/// A file of a memory store.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Memory {
    pub(crate) id: String,
    pub(crate) store_id: String,
    pub(crate) version_id: String,
    pub(crate) path: String,
    pub(crate) content: Arc<str>,
    pub(crate) sha256: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Memory {
    /// The wire form; the content only where it was asked for.
    pub(crate) fn view(&self, full: bool) -> Value {
        json!({
            "type": "memory",
            "id": self.id,
            "memory_store_id": self.store_id,
            "memory_version_id": self.version_id,
            "path": self.path,
            "content": full.then_some(&*self.content),
            "content_size_bytes": self.content.len(),
            "content_sha256": self.sha256,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        })
    }
}

/// What a version did to its memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Operation {
    Created,
    Modified,
    Deleted,
}

impl Operation {
    /// The platform's word for it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Modified => "modified",
            Self::Deleted => "deleted",
        }
    }
}

/// One version of a memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct MemoryVersion {
    pub(crate) id: String,
    pub(crate) store_id: String,
    pub(crate) memory_id: String,
    pub(crate) operation: Operation,
    /// Nothing once redacted.
    pub(crate) path: Option<String>,
    /// Nothing once redacted, and for a deletion.
    pub(crate) content: Option<Arc<str>>,
    pub(crate) sha256: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) created_by: Value,
    pub(crate) redacted_at: Option<Timestamp>,
    pub(crate) redacted_by: Option<Value>,
}

impl MemoryVersion {
    /// The wire form; the content only where it was asked for.
    pub(crate) fn view(&self, full: bool) -> Value {
        json!({
            "type": "memory_version",
            "id": self.id,
            "memory_store_id": self.store_id,
            "memory_id": self.memory_id,
            "operation": self.operation.as_str(),
            "path": self.path,
            "content": self.content.as_deref().filter(|_| full),
            "content_size_bytes": self.content.as_ref().map(|content| content.len()),
            "content_sha256": self.sha256,
            "created_at": self.created_at,
            "created_by": self.created_by,
            "redacted_at": self.redacted_at,
            "redacted_by": self.redacted_by,
        })
    }
}

/// A store with what lies in it.
#[derive(Debug, Clone)]
pub(crate) struct StoreRecord {
    pub(crate) store: MemoryStore,
    /// By path.
    pub(crate) memories: BTreeMap<String, Memory>,
    /// Paths by memory id.
    pub(crate) paths: HashMap<String, String>,
    /// Oldest first.
    pub(crate) versions: Vec<MemoryVersion>,
}

impl StoreRecord {
    /// An empty store.
    pub(crate) fn new(store: MemoryStore) -> Self {
        Self {
            store,
            memories: BTreeMap::new(),
            paths: HashMap::new(),
            versions: Vec::new(),
        }
    }

    /// The memory with this id.
    pub(crate) fn memory(&self, id: &str) -> Option<&Memory> {
        self.memories.get(self.paths.get(id)?)
    }

    /// Adds a memory or replaces it, wherever it lay before.
    pub(crate) fn put(&mut self, memory: Memory) {
        if let Some(old) = self.paths.insert(memory.id.clone(), memory.path.clone()) {
            self.memories.remove(&old);
        }
        self.memories.insert(memory.path.clone(), memory);
    }

    /// Takes a memory out.
    pub(crate) fn remove(&mut self, id: &str) {
        if let Some(path) = self.paths.remove(id) {
            self.memories.remove(&path);
        }
    }

    /// Adds a version, or replaces the one with the same id.
    pub(crate) fn put_version(&mut self, version: MemoryVersion) {
        // Redaction is rare and new versions are not, so the search starts at the end only when needed.
        if version.redacted_at.is_some()
            && let Some(known) = self
                .versions
                .iter_mut()
                .find(|known| known.id == version.id)
        {
            *known = version;
        } else {
            self.versions.push(version);
        }
    }

    /// The memory that stands in the way of `path`: on it, above it or below it.
    pub(crate) fn in_the_way(&self, path: &str, except: Option<&str>) -> Option<&Memory> {
        let others = |memory: &&Memory| Some(memory.id.as_str()) != except;
        let below = format!("{path}/");
        let above = path
            .match_indices('/')
            .filter_map(|(at, _)| path.get(..at))
            .filter(|ancestor| !ancestor.is_empty());
        above
            .chain(std::iter::once(path))
            .filter_map(|candidate| self.memories.get(candidate))
            .find(others)
            .or_else(|| {
                self.memories
                    .range(below.clone()..)
                    .take_while(|(known, _)| known.starts_with(&below))
                    .map(|(_, memory)| memory)
                    .find(others)
            })
    }
}
