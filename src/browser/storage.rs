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

/// A text being written, which outlives errors, reloads and the tab until it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Draft {
    key: StoredValue<String>,
    text: RwSignal<String>,
}

impl Draft {
    /// Opens the draft called `key`, such as `feedback:sesn_1:comment`.
    pub fn open(key: impl Into<String>) -> Self {
        let key = format!("dream-review:draft:{}", key.into());
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
