//! Memory changes: what someone staged for an agent's memory store.

use crate::{InteractionId, MemoryBefore, MemoryId, MemoryStoreId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Longest memory that the platform takes, in bytes.
pub const MAX_MEMORY_BYTES: usize = 102_400;

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

    /// Returns the path that readers know its memory by: the one afterwards, or the last one where it is removed.
    pub fn name(&self) -> &str {
        self.path_after().unwrap_or_else(|| self.path())
    }

    /// Returns the text that it writes, if it writes one.
    pub fn content(&self) -> Option<&str> {
        match self {
            Self::Create { content, .. } | Self::Edit { content, .. } => Some(content),
            Self::Rename { .. } | Self::Delete { .. } => None,
        }
    }
}

/// Most operations of one change: a tenth of a large store and some more, so that what a dream did to it is one change.
pub const MAX_MEMORY_OPERATIONS: usize = 250;

/// Everything that a change would do to one memory store; the order of the operations means nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemoryManifest {
    /// The store.
    pub store_id: MemoryStoreId,
    /// What to do to its memories, at most one operation for each.
    pub operations: Vec<MemoryOperation>,
}

impl MemoryManifest {
    /// Returns the texts of the memory called `name` (see [`MemoryOperation::name`]), before and afterwards; the one
    /// that there is not is empty. `before` has the memories as they were.
    pub fn texts_of<'a>(
        &'a self,
        before: &'a [MemoryBefore],
        name: &str,
    ) -> Option<(&'a str, &'a str)> {
        let operation = self.operations.iter().find(|it| it.name() == name)?;
        let known = before
            .iter()
            .find(|known| Some(&known.memory_id) == operation.memory_id());
        let was = known.map_or("", |known| &*known.content);
        let becomes = match operation {
            MemoryOperation::Create { content, .. } | MemoryOperation::Edit { content, .. } => {
                content
            }
            MemoryOperation::Rename { .. } => was,
            MemoryOperation::Delete { .. } => "",
        };
        Some((was, becomes))
    }
}

/// A memory store as a row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemoryStoreSummary {
    /// Which store.
    pub id: MemoryStoreId,
    /// Its name, which need not be unique.
    pub name: String,
    /// What it is for; empty where nobody said.
    pub description: String,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When it was put away; it can be read still, but not written.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub archived_at: Option<Timestamp>,
}

/// A memory as a row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemorySummary {
    /// Which memory.
    pub id: MemoryId,
    /// Where it is.
    pub path: String,
    /// Length of its text, in bytes.
    pub bytes: u64,
    /// SHA-256 of its text's UTF-8 bytes, 64 lower-case hex digits.
    pub sha256: String,
    /// When it was last changed.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
}

/// A memory with its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Memory {
    /// What a list shows of it.
    pub summary: MemorySummary,
    /// Its text.
    pub content: String,
}

/// How an interaction used a memory; earlier ones say more, and are less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MemoryUseKind {
    /// The agent wrote it.
    Written,
    /// The agent read it.
    Read,
    /// It stands in a command, or in what was said; also what this release does not know.
    #[serde(other)]
    Named,
}

impl MemoryUseKind {
    /// Returns the word for programs and people.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Read => "read",
            Self::Written => "written",
        }
    }
}

/// An interaction that used a memory, found in its transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemoryUse {
    /// Which interaction.
    pub interaction_id: InteractionId,
    /// What it was about.
    pub title: String,
    /// How it used it.
    pub kind: MemoryUseKind,
    /// The event of the transcript that shows it.
    pub event_id: String,
    /// When the interaction began.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
}

/// The interactions that used one memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MemoryUses {
    /// Where the memory is.
    pub path: String,
    /// How many interactions used it.
    pub count: u32,
    /// The last of them, newest first, at most 5.
    pub latest: Vec<MemoryUse>,
}
