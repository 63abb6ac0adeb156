//! State of which findings the reader says they have read; kept in this browser.
//!
//! Findings are named by their fingerprint, which is that of an approval: what was read beside one diff counts
//! wherever these very findings stand, and nowhere else.

use crate::browser::storage;
use leptos::prelude::*;
use review_api::UserName;

/// Fingerprints that this browser keeps for one person; the oldest go first.
const KEPT: usize = 300;

/// Handle to what one person has read; `Copy`.
#[derive(Debug, Clone, Copy)]
pub struct FindingsRead {
    key: StoredValue<String>,
    /// The oldest first.
    read: RwSignal<Vec<String>>,
}

impl FindingsRead {
    /// Opens what `user` has read.
    pub fn open(user: &UserName) -> Self {
        let key = format!("dream-review:findings-read:{user}");
        let kept = storage::kept_value(&key);
        let kept = kept.and_then(|text| serde_json::from_str(&text).ok());
        Self {
            key: StoredValue::new(key),
            read: RwSignal::new(kept.unwrap_or_default()),
        }
    }

    /// Says whether the findings of this fingerprint were read.
    pub fn has(self, findings: &str) -> bool {
        self.read
            .with(|read| read.iter().any(|known| known == findings))
    }

    /// Takes the findings of this fingerprint as read, or as not read.
    pub fn mark(self, findings: &str, is_read: bool) {
        let text = self.read.try_update(|read| {
            read.retain(|known| known != findings);
            if is_read {
                read.push(findings.to_owned());
            }
            let surplus = read.len().saturating_sub(KEPT);
            read.drain(..surplus);
            serde_json::to_string(read).unwrap_or_default()
        });
        self.key
            .with_value(|key| storage::set_kept_value(key, &text.unwrap_or_default()));
    }
}
