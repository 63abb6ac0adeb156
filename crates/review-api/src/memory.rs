//! Memory changes: what someone staged for an agent's memory store.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest memory that the platform takes, in bytes.
pub const MAX_MEMORY_BYTES: usize = 102_400;

/// A memory store, by the platform's id (`memstore_…`).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct MemoryStoreId(pub String);

impl MemoryStoreId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemoryStoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for MemoryStoreId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

/// A memory, by the platform's id (`mem_…`); it keeps the id when it is renamed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(transparent)]
pub struct MemoryId(pub String);

impl MemoryId {
    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MemoryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for MemoryId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

/// One operation on one memory.
///
/// What exists is guarded: the platform refuses the operation if the memory's content is no longer the one
/// whose SHA-256 (64 lower-case hex digits of the UTF-8 bytes) was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum MemoryOperation {
    /// Makes a memory.
    Create {
        /// Where.
        path: String,
        /// Its text, at most [`MAX_MEMORY_BYTES`] bytes.
        content: String,
    },
    /// Gives a memory another text.
    Edit {
        /// Which memory.
        memory_id: MemoryId,
        /// Where it is, and stays.
        path: String,
        /// SHA-256 of the text seen.
        expected_sha256: String,
        /// The new text, at most [`MAX_MEMORY_BYTES`] bytes.
        content: String,
    },
    /// Gives a memory another path.
    Rename {
        /// Which memory.
        memory_id: MemoryId,
        /// Where it is.
        from: String,
        /// Where it goes.
        to: String,
        /// SHA-256 of its text, which stays.
        expected_sha256: String,
    },
    /// Removes a memory.
    Delete {
        /// Which memory.
        memory_id: MemoryId,
        /// Where it is.
        path: String,
        /// SHA-256 of the text seen.
        expected_sha256: String,
    },
}

impl MemoryOperation {
    /// Returns the memory that it needs; nothing where it makes one.
    pub fn memory_id(&self) -> Option<&MemoryId> {
        match self {
            Self::Create { .. } => None,
            Self::Edit { memory_id, .. }
            | Self::Rename { memory_id, .. }
            | Self::Delete { memory_id, .. } => Some(memory_id),
        }
    }

    /// Returns the SHA-256 that its memory must have; nothing where it makes one.
    pub fn expected_sha256(&self) -> Option<&str> {
        match self {
            Self::Create { .. } => None,
            Self::Edit {
                expected_sha256, ..
            }
            | Self::Rename {
                expected_sha256, ..
            }
            | Self::Delete {
                expected_sha256, ..
            } => Some(expected_sha256),
        }
    }

    /// Returns the path that it is listed under: where its memory is, or will be made.
    pub fn path(&self) -> &str {
        match self {
            Self::Create { path, .. } | Self::Edit { path, .. } | Self::Delete { path, .. } => path,
            Self::Rename { from, .. } => from,
        }
    }

    /// Returns where its memory is afterwards; nothing where it is removed.
    pub fn path_after(&self) -> Option<&str> {
        match self {
            Self::Create { path, .. } | Self::Edit { path, .. } => Some(path),
            Self::Rename { to, .. } => Some(to),
            Self::Delete { .. } => None,
        }
    }

    /// Returns the text that it writes, if it writes one.
    pub fn content(&self) -> Option<&str> {
        match self {
            Self::Create { content, .. } | Self::Edit { content, .. } => Some(content),
            Self::Rename { .. } | Self::Delete { .. } => None,
        }
    }
}

/// Everything that a change would do to one memory store; the order of the operations means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemoryManifest {
    /// The store.
    pub store_id: MemoryStoreId,
    /// What to do to its memories, at most one operation for each.
    pub operations: Vec<MemoryOperation>,
}
