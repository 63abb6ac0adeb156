//! What is kept in the browser: small choices per tab, and drafts.

use leptos::prelude::*;
use web_sys::Storage;

fn tab() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}

fn kept() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// Returns what this tab holds under `key`.
pub fn tab_value(key: &str) -> Option<String> {
    tab()?.get_item(key).ok().flatten()
}

/// Holds `value` under `key` as long as this tab lives; nothing removes it.
///
/// A browser that refuses storage only forgets sooner.
pub fn set_tab_value(key: &str, value: Option<&str>) {
    if let Some(storage) = tab() {
        drop(match value {
            Some(value) => storage.set_item(key, value),
            None => storage.remove_item(key),
        });
    }
}

/// Returns what this browser holds under `key`: a small choice, never anything of an agent's.
pub fn kept_value(key: &str) -> Option<String> {
    kept()?.get_item(key).ok().flatten()
}

/// Holds `value` under `key` for every tab of this browser, from now on.
pub fn set_kept_value(key: &str, value: &str) {
    if let Some(storage) = kept() {
        drop(storage.set_item(key, value));
    }
}

/// Removes what this browser holds under `key`.
pub fn forget_kept_value(key: &str) {
    if let Some(storage) = kept() {
        drop(storage.remove_item(key));
    }
}

/// Returns all drafts whose name begins with `prefix`: the rest of the name, and the text.
pub fn drafts(prefix: &str) -> Vec<(String, String)> {
    let Some(storage) = kept() else {
        return Vec::new();
    };
    let prefix = draft_key(prefix);
    let count = storage.length().unwrap_or_default();
    let keys = (0..count).filter_map(|index| storage.key(index).ok().flatten());
    let mut found: Vec<(String, String)> = keys
        .filter_map(|key| {
            let name = key.strip_prefix(&prefix)?.to_owned();
            Some((name, storage.get_item(&key).ok().flatten()?))
        })
        .collect();
    found.sort();
    found
}

/// Returns the draft of that name.
pub fn draft(name: &str) -> Option<String> {
    kept()?.get_item(&draft_key(name)).ok().flatten()
}

/// Keeps a draft that no field shows; an empty text forgets it.
pub fn keep_draft(name: &str, text: &str) {
    if let Some(storage) = kept() {
        let key = draft_key(name);
        drop(if text.is_empty() {
            storage.remove_item(&key)
        } else {
            storage.set_item(&key, text)
        });
    }
}

fn draft_key(name: &str) -> String {
    format!("dream-review:draft:{name}")
}

/// A text being written, which outlives errors, reloads and the tab until it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    key: StoredValue<String>,
    text: RwSignal<String>,
}

impl Draft {
    /// Opens the draft called `key`, such as `feedback:ann:sesn_1`. The name of whoever writes it is the second part:
    /// the browser may be somebody else's a moment later.
    pub fn open(key: impl Into<String>) -> Self {
        let key = draft_key(&key.into());
        let kept = kept().and_then(|storage| storage.get_item(&key).ok().flatten());
        Self {
            key: StoredValue::new(key),
            text: RwSignal::new(kept.unwrap_or_default()),
        }
    }

    /// Returns the text.
    pub fn get(self) -> String {
        self.text.get()
    }

    /// Returns the text, for a handler.
    pub fn get_untracked(self) -> String {
        self.text.get_untracked()
    }

    /// Returns the text as a signal, for a field.
    pub fn signal(self) -> RwSignal<String> {
        self.text
    }

    /// Keeps `text`.
    pub fn set(self, text: String) {
        if let (Some(storage), Some(key)) = (kept(), self.key.try_get_value()) {
            drop(if text.is_empty() {
                storage.remove_item(&key)
            } else {
                storage.set_item(&key, &text)
            });
        }
        self.text.try_set(text);
    }

    /// Forgets the text, once it is sent.
    pub fn clear(self) {
        self.set(String::new());
    }

    /// Returns what forgets the text if it is still `sent`, even when whoever opened the draft is gone by then.
    pub fn forget_if_still(self, sent: String) -> impl FnOnce() + 'static {
        let key = self.key.get_value();
        move || {
            if let Some(storage) = kept()
                && storage.get_item(&key).ok().flatten().as_ref() == Some(&sent)
            {
                drop(storage.remove_item(&key));
            }
            self.text.try_update(|text| {
                if *text == sent {
                    text.clear();
                }
            });
        }
    }
}
