//! Memory changes: whether a manifest can be applied, in which order, how far it got, and how it is undone.
//!
//! A manifest names what one memory store is to become. Its operations are applied one by one, each guarded
//! by the SHA-256 that was seen, because the platform has no transactions. Whatever interrupts that, the
//! list of what is done and what is not stays exact, and what is done can be undone.

mod after;
mod check;
mod path;
mod plan;
mod progress;
pub mod steps;

pub use after::{Whole, after};
pub use check::{Conflict, Held, Problem, check, check_against};
pub(crate) use path::Tree;
pub use path::{BadPath, MAX_PATH_BYTES, MAX_PATH_SEGMENTS, check_path};
pub use plan::{Plan, plan};
pub use progress::{BadProgress, Done, Lost, Progress, Standing, Why, resume, reverse, standing};

use crate::chain::Hash;
use review_api::{MemoryManifest, MemoryOperation};
use sha2::{Digest as _, Sha256};

/// Separates our digests from those of any other format; the number changes with the format.
const DOMAIN: &[u8] = b"dream-review/memory-manifest/v1";

/// Returns the manifest's digest as 64 lower-case hex digits; the order of its operations does not count.
///
/// The format is the domain, the store's id, the number of operations, then each operation as the number of
/// its fields and the fields: word, path, and as far as it has them memory id, SHA-256 expected, new path,
/// content. Operations are sorted by path and then by their bytes; numbers are 8 bytes, little-endian, and a
/// field is its length and its bytes.
pub fn digest(manifest: &MemoryManifest) -> String {
    let mut operations: Vec<_> = manifest
        .operations
        .iter()
        .map(|operation| (operation.path(), encoded(operation)))
        .collect();
    operations.sort_unstable();

    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    let mut store_id = Vec::new();
    push_field(&mut store_id, manifest.store_id.as_str());
    hash.update(store_id);
    hash.update((operations.len() as u64).to_le_bytes());
    for (_, bytes) in operations {
        hash.update(bytes);
    }
    Hash(hash.finalize().into()).to_string()
}

fn encoded(operation: &MemoryOperation) -> Vec<u8> {
    let fields: &[&str] = match operation {
        MemoryOperation::Create { path, content } => &["create", path, content],
        MemoryOperation::Edit {
            memory_id,
            path,
            expected_sha256,
            content,
        } => &["edit", path, memory_id.as_str(), expected_sha256, content],
        MemoryOperation::Rename {
            memory_id,
            from,
            to,
            expected_sha256,
        } => &["rename", from, memory_id.as_str(), expected_sha256, to],
        MemoryOperation::Delete {
            memory_id,
            path,
            expected_sha256,
        } => &["delete", path, memory_id.as_str(), expected_sha256],
    };
    let mut bytes = (fields.len() as u64).to_le_bytes().to_vec();
    for field in fields {
        push_field(&mut bytes, field);
    }
    bytes
}

fn push_field(bytes: &mut Vec<u8>, field: &str) {
    bytes.extend((field.len() as u64).to_le_bytes());
    bytes.extend(field.as_bytes());
}

#[cfg(test)]
mod tests;
