//! Writing memories: rules for paths and contents, and a version for each write.

use crate::ids;
use crate::platform::Change;
use crate::state::{Entry, Memory, MemoryVersion, Operation};
use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;

/// Largest memory, in bytes.
const MAX_CONTENT_BYTES: usize = 102_400;
/// Longest path, in bytes.
const MAX_PATH_BYTES: usize = 1_024;
/// Most segments of a path.
const MAX_SEGMENTS: usize = 20;

/// Says what is wrong with a path, if anything.
pub(crate) fn check_path(path: &str) -> Result<(), &'static str> {
    let Some(rest) = path.strip_prefix('/') else {
        return Err("path: must begin with /");
    };
    if path.len() > MAX_PATH_BYTES {
        return Err("path: may have 1,024 bytes");
    }
    if rest.split('/').count() > MAX_SEGMENTS {
        return Err("path: may have 20 segments");
    }
    if rest
        .split('/')
        .any(|segment| matches!(segment, "" | "." | ".."))
    {
        return Err("path: no segment may be empty, . or ..");
    }
    let is_hidden = |char: char| {
        char.is_control()
            || matches!(
                char,
                '\u{ad}'
                    | '\u{200b}'..='\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'..='\u{206f}'
                    | '\u{feff}'
                    | '\u{e0000}'..='\u{e007f}'
            )
    };
    if path.chars().any(is_hidden) {
        return Err("path: must not have control or format characters");
    }
    Ok(())
}

/// Says what is wrong with a content, if anything.
pub(crate) fn check_content(content: &str) -> Result<(), &'static str> {
    if content.len() > MAX_CONTENT_BYTES {
        return Err("content: may have 102,400 bytes");
    }
    Ok(())
}

/// A memory as it will be, with the version that makes it so.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) memory: Memory,
    pub(crate) version: MemoryVersion,
}

impl Written {
    /// Puts both in place.
    pub(crate) fn put(self, change: &mut Change<'_>) {
        change.put(Entry::Memory(Box::new(self.memory)));
        change.put(Entry::Version(Box::new(self.version)));
    }

    /// Both as entries.
    pub(crate) fn entries(self) -> [Entry; 2] {
        [
            Entry::Memory(Box::new(self.memory)),
            Entry::Version(Box::new(self.version)),
        ]
    }

    /// Gives memory and version these ids.
    pub(crate) fn with_ids(mut self, memory_id: String, version_id: String) -> Self {
        self.version.memory_id.clone_from(&memory_id);
        self.version.id.clone_from(&version_id);
        self.memory.id = memory_id;
        self.memory.version_id = version_id;
        self
    }
}

fn written(memory: Memory, operation: Operation, at: Timestamp, by: &Value) -> Written {
    let version = MemoryVersion {
        id: memory.version_id.clone(),
        store_id: memory.store_id.clone(),
        memory_id: memory.id.clone(),
        operation,
        path: Some(memory.path.clone()),
        content: Some(Arc::clone(&memory.content)),
        sha256: Some(memory.sha256.clone()),
        created_at: at,
        created_by: by.clone(),
        redacted_at: None,
        redacted_by: None,
    };
    Written { memory, version }
}

/// A new memory.
pub(crate) fn created(
    store_id: &str,
    path: &str,
    content: &str,
    at: Timestamp,
    by: &Value,
) -> Written {
    let memory = Memory {
        id: ids::fresh("mem_"),
        store_id: store_id.to_owned(),
        version_id: ids::fresh("memver_"),
        path: path.to_owned(),
        content: Arc::from(content),
        sha256: ids::sha256_hex(content.as_bytes()),
        created_at: at,
        updated_at: at,
    };
    written(memory, Operation::Created, at, by)
}

/// A memory with the same path and content in another store.
pub(crate) fn copied(old: &Memory, store_id: &str, at: Timestamp, by: &Value) -> Written {
    let name = format!("{store_id}{}", old.path);
    let memory = Memory {
        // Derived rather than random, so that seeded copies are the same on every machine.
        id: ids::derived("mem_", &name),
        store_id: store_id.to_owned(),
        version_id: ids::derived("memver_", &name),
        created_at: at,
        updated_at: at,
        ..old.clone()
    };
    written(memory, Operation::Created, at, by)
}

/// A memory with another path or content.
pub(crate) fn modified(
    old: &Memory,
    path: &str,
    content: &str,
    at: Timestamp,
    by: &Value,
) -> Written {
    let memory = Memory {
        version_id: ids::fresh("memver_"),
        path: path.to_owned(),
        content: Arc::from(content),
        sha256: ids::sha256_hex(content.as_bytes()),
        updated_at: at,
        ..old.clone()
    };
    written(memory, Operation::Modified, at, by)
}

/// Takes a memory out, which leaves a version.
pub(crate) fn remove(change: &mut Change<'_>, old: Memory, at: Timestamp, by: &Value) {
    change.put(Entry::Version(Box::new(MemoryVersion {
        id: ids::fresh("memver_"),
        store_id: old.store_id.clone(),
        memory_id: old.id.clone(),
        operation: Operation::Deleted,
        path: Some(old.path),
        content: None,
        sha256: None,
        created_at: at,
        created_by: by.clone(),
        redacted_at: None,
        redacted_by: None,
    })));
    change.put(Entry::MemoryGone {
        store_id: old.store_id,
        id: old.id,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_checked() {
        for good in ["/a", "/a/b.md", "/Ünïcode/文.md"] {
            assert_eq!(check_path(good), Ok(()), "{good}");
        }
        let deep = "/a".repeat(21);
        let long = format!("/{}", "x".repeat(1_024));
        for bad in [
            "",
            "a",
            "/",
            "/a/",
            "//a",
            "/a/../b",
            "/./a",
            "/a\nb",
            "/a\u{202e}b",
            &deep,
            &long,
        ] {
            assert!(check_path(bad).is_err(), "{bad}");
        }
    }
}
