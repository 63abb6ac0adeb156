//! State of the palette: what is looked for, what fits, what is chosen.

use super::PALETTE_KEYS;
use crate::{
    api::{ApiClient, PageOf},
    browser::{media, timers::Timer},
    keyboard::{Command, Keyboard},
    query::Query,
};
use leptos::prelude::*;
use review_api::{AgentId, AgentSummary, Page};
use std::time::Duration;

/// How long typing must rest before agents are looked for.
const REST: Duration = Duration::from_millis(120);

/// Most agents offered.
const MOST_AGENTS: u32 = 8;

/// Something that the palette offers.
#[derive(Clone)]
pub(super) enum Entry {
    /// Something to do.
    Command(Command),
    /// An agent to go to.
    Agent {
        /// Which.
        id: AgentId,
        /// Its name.
        name: String,
    },
}

impl Entry {
    pub(super) fn label(&self) -> String {
        match self {
            Self::Command(command) => command.label.clone(),
            Self::Agent { name, .. } => name.clone(),
        }
    }

    /// Returns what stands below the label: why it cannot be done, or what kind of thing it is.
    pub(super) fn note(&self) -> Option<String> {
        match self {
            Self::Command(_) => self.refusal(),
            Self::Agent { .. } => Some("Agent".to_owned()),
        }
    }

    pub(super) fn keys(&self) -> Option<String> {
        match self {
            Self::Command(command) => command.keys.map(shown),
            Self::Agent { .. } => None,
        }
    }

    pub(super) fn refusal(&self) -> Option<String> {
        match self {
            Self::Command(command) => command.refusal.try_get_untracked().flatten(),
            Self::Agent { .. } => None,
        }
    }
}

/// What is looked for, what fits, what is chosen; lives as long as the palette is open.
#[derive(Clone, Copy)]
pub(super) struct Finder {
    keyboard: Keyboard,
    typed: RwSignal<String>,
    looked_for: RwSignal<String>,
    rest: StoredValue<Option<Timer>>,
    agents: Query<Page<AgentSummary>>,
    place: RwSignal<usize>,
}

impl Finder {
    pub(super) fn new(api: ApiClient, keyboard: Keyboard) -> Self {
        let looked_for = RwSignal::new(String::new());
        Self {
            keyboard,
            typed: RwSignal::new(String::new()),
            looked_for,
            rest: StoredValue::new(None),
            agents: Query::new(move || {
                let (api, q) = (api.clone(), looked_for.get());
                async move { api.agents(&q, PageOf::first(MOST_AGENTS)).await }
            }),
            place: RwSignal::new(0),
        }
    }

    pub(super) fn typed(self) -> Signal<String> {
        self.typed.into()
    }

    pub(super) fn look_for(self, text: String) {
        self.typed.set(text.clone());
        self.place.set(0);
        let timer = Timer::once(REST, move || {
            self.looked_for.try_set(text);
        });
        self.rest.set_value(Some(timer));
    }

    /// Returns what fits: commands first, then agents.
    pub(super) fn entries(self) -> Vec<Entry> {
        let typed = self.typed.get().trim().to_lowercase();
        let commands = self
            .keyboard
            .commands()
            .into_iter()
            // It is open already.
            .filter(|command| command.keys != Some(PALETTE_KEYS))
            .filter(|command| fits(&command.label, &typed))
            .map(Entry::Command);
        let found = self.agents.value();
        let agents = found.iter().flat_map(|page| &page.items);
        let agents = agents
            .filter(|agent| fits(&agent.name, &typed) || fits(agent.id.as_str(), &typed))
            .map(|agent| Entry::Agent {
                id: agent.id.clone(),
                name: agent.name.clone(),
            });
        commands.chain(agents).collect()
    }

    /// Returns the place of what is chosen.
    pub(super) fn place(self) -> usize {
        self.place.get()
    }

    /// Returns what is chosen.
    pub(super) fn chosen(self) -> Option<Entry> {
        untrack(move || self.entries())
            .into_iter()
            .nth(self.place.get_untracked())
    }

    /// Chooses the next or the previous entry, around the ends.
    pub(super) fn step(self, step: isize) {
        let count = untrack(move || self.entries()).len();
        if count > 0 {
            self.place
                .update(|place| *place = (*place + count).saturating_add_signed(step) % count);
        }
    }
}

/// Says whether every word of `typed`, in lower case, stands in `label`.
fn fits(label: &str, typed: &str) -> bool {
    let label = label.to_lowercase();
    typed.split_whitespace().all(|word| label.contains(word))
}

/// Returns keys as they stand on this keyboard.
pub(super) fn shown(keys: &str) -> String {
    let command = if media::has_command_key() {
        "⌘"
    } else {
        "Ctrl"
    };
    keys.split(' ')
        .map(|key| match key.strip_prefix("Mod+") {
            Some(letter) => format!("{command} {}", letter.to_uppercase()),
            None => key.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_come_in_any_order() {
        assert!(fits("Go to the inbox", "inbox go"));
        assert!(fits("Go to the inbox", ""));
        assert!(!fits("Go to the inbox", "inbox agents"));
    }
}
