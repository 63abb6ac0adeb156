//! How one row is hashed.

use super::Hash;
use review_api::{AgentId, AuditEntry};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// Separates our hashes from those of any other format; the number changes with the format.
const DOMAIN: &[u8] = b"dream-review/audit-row/v1";

/// Returns the hash of `entry` as the row after the one with hash `prev`.
///
/// The format is the domain, the 32 bytes of `prev`, then each field as its length (8 bytes, little-endian)
/// and its bytes: number, microseconds since 1970, actor, action, subject's kind, id and title, `1` and the
/// agent's id or only `0`, and the detail as [`canonical_json`]. Numbers are written in decimal. The number
/// is part of the row, so equal rows have hashes of their own.
///
/// Times count to the microsecond, which is what the ledger keeps; [`super::Verifier`] refuses finer ones.
pub fn next(prev: &Hash, entry: &AuditEntry) -> Hash {
    let seq = entry.seq.to_string();
    let at = entry.at.as_microsecond().to_string();
    let action = word(entry.action);
    let subject_kind = word(entry.subject_kind);
    let detail = canonical_json(&entry.detail);
    let has_agent = if entry.agent_id.is_some() { "1" } else { "0" };
    let fields = [
        &seq,
        &at,
        entry.actor.as_str(),
        &action,
        &subject_kind,
        &entry.subject_id,
        &entry.subject_title,
        has_agent,
    ];
    let agent_id = entry.agent_id.as_ref().map(AgentId::as_str);

    let mut hash = Sha256::new();
    hash.update(DOMAIN);
    hash.update(prev.0);
    for field in fields.into_iter().chain(agent_id).chain([&*detail]) {
        hash.update((field.len() as u64).to_le_bytes());
        hash.update(field.as_bytes());
    }
    Hash(hash.finalize().into())
}

/// Returns `value` as JSON without spaces, the keys of each object in the order of their bytes.
///
/// Numbers are as `serde_json` writes them. Whole numbers and texts survive being stored and read again;
/// a fraction of 16 digits or more only does with `serde_json`'s feature `float_roundtrip`.
pub fn canonical_json(value: &Value) -> String {
    let mut text = String::new();
    write(&mut text, value);
    text
}

fn write(text: &mut String, value: &Value) {
    match value {
        Value::Object(fields) => {
            // The map keeps its own order where some crate asks for `preserve_order`.
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_unstable_by_key(|(key, _)| key.as_str());
            text.push('{');
            for (place, (key, value)) in fields.into_iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                *text += &Value::from(key.as_str()).to_string();
                text.push(':');
                write(text, value);
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    text.push(',');
                }
                write(text, item);
            }
            text.push(']');
        }
        scalar => *text += &scalar.to_string(),
    }
}

/// Returns the word that stands for a value on the wire.
fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        // Both enums are words on the wire.
        _ => String::new(),
    }
}
