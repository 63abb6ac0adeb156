//! Good news that needs no answer.

use leptos::prelude::*;
use std::time::Duration;

/// How long a line stays.
const SHOWN: Duration = Duration::from_secs(6);

/// Lines that say what was done; never errors, which stand where they can be acted on.
#[derive(Debug, Clone, Copy)]
pub struct Toasts(RwSignal<Vec<(u32, String)>>);

impl Toasts {
    /// Creates the lines. Call once, in `App`.
    pub fn provide() -> Self {
        let toasts = Self(RwSignal::new(Vec::new()));
        provide_context(toasts);
        toasts
    }

    /// Returns the lines that `App` provided, or some that nobody sees.
    pub fn use_context() -> Self {
        use_context().unwrap_or_else(|| Self(RwSignal::new(Vec::new())))
    }

    /// Says what was done.
    pub fn say(self, message: impl Into<String>) {
        let message = message.into();
        let number = self.0.try_update(|lines| {
            let number = lines.last().map_or(0, |(last, _)| last.wrapping_add(1));
            lines.push((number, message));
            if lines.len() > 3 {
                lines.remove(0);
            }
            number
        });
        set_timeout(
            move || {
                self.0
                    .try_update(|lines| lines.retain(|(line, _)| Some(*line) != number));
            },
            SHOWN,
        );
    }

    /// Returns the lines to show, each with its number.
    pub fn lines(self) -> Vec<(u32, String)> {
        self.0.get()
    }
}
