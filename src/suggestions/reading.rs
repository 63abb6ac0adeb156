//! What is read beside a suggestion, and what for.

use review_api::{InteractionId, MemoryUse, Pattern};

/// An interaction that is read, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// Which.
    pub(super) interaction: InteractionId,
    /// What for.
    pub(super) shows: Shows,
}

/// What an interaction is read for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Shows {
    /// That something keeps happening.
    Pattern {
        /// The pattern's title.
        title: String,
        /// What is looked for in it: all that the report says of the pattern.
        about: String,
    },
    /// That a memory is used.
    Memory {
        /// The memory's path.
        path: String,
        /// The event that shows it.
        event_id: String,
    },
}

impl Reading {
    /// Reads an interaction for a pattern that it shows.
    pub(super) fn of(interaction: InteractionId, pattern: &Pattern) -> Self {
        let shows = Shows::Pattern {
            title: pattern.title.clone(),
            about: format!("{} {}", pattern.title, pattern.description),
        };
        Self { interaction, shows }
    }

    /// Reads an interaction for a memory that it uses.
    pub(super) fn using(path: &str, one: &MemoryUse) -> Self {
        let shows = Shows::Memory {
            path: path.to_owned(),
            event_id: one.event_id.clone(),
        };
        Self {
            interaction: one.interaction_id.clone(),
            shows,
        }
    }
}
