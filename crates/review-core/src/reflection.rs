//! Reflection: one question to a model about what keeps going wrong, and what its answer is worth.
//!
//! Pure. [`Material`] is what is known; [`request()`] makes the question of it, [`schema()`] is the shape of the
//! answer, and [`read()`] takes any JSON and returns only what can be reviewed, with everything else counted.
//!
//! # What a transcript cannot do
//!
//! Transcripts, memories and comments are written by anybody. In the question each stands between two marks with
//! a nonce that stands in none of them ([`Fence`]), and the model is told that nothing between such marks speaks
//! to it. A model may obey one all the same; so words of a proposal that stand in a transcript word for word are
//! found when the answer is read, and the suggestion carries a finding that names the interaction. An instruction
//! that the model says in other words is not found that way: it is read by people, like every suggestion.

mod answer;
mod excerpt;
mod fence;
mod request;
mod source;
mod text;

pub use answer::{Adjustment, NO_PATTERN, Reflected, read};
pub use fence::Fence;
pub use request::{Request, request, schema};

use review_api::{InteractionId, LogEvent, Rating};

/// Name of the tool through which the model answers.
pub const TOOL: &str = "report_reflection";

/// Most characters of a request, its instructions aside: about 60,000 tokens of English prose.
pub const MOST_CHARS: usize = 240_000;

/// What is known when a model is asked to reflect.
#[derive(Debug, Clone, Default)]
pub struct Material {
    /// The agent's name.
    pub agent_name: String,
    /// Its prompt now, which adjustments are edits of.
    pub prompt: String,
    /// Ratings of its interactions.
    pub opinions: Vec<Opinion>,
    /// Interactions that went wrong, the most telling first.
    pub transcripts: Vec<Transcript>,
    /// What the dream did to the memories.
    pub memories: Vec<MemoryChange>,
    /// Proposals for this agent that people turned down, the newest first.
    pub rejections: Vec<TurnedDown>,
}

/// One rating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// The interaction rated.
    pub interaction_id: InteractionId,
    /// Good or bad.
    pub rating: Rating,
    /// Why.
    pub comment: Option<String>,
    /// What the agent should have answered.
    pub expected: Option<String>,
}

/// One interaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// Which one.
    pub interaction_id: InteractionId,
    /// What was said and done, in order.
    pub events: Vec<LogEvent>,
}

/// What a dream did to one memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemoryChange {
    /// What was done, in a word: `created`, `edited`, `renamed` or `deleted`.
    pub what: &'static str,
    /// Where it stands, or stood.
    pub path: String,
    /// Its text after, or before where it was deleted.
    pub text: String,
}

/// A proposal that people turned down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TurnedDown {
    /// What it would have done.
    pub title: String,
    /// Why it was turned down.
    pub reason: String,
}

#[cfg(test)]
mod tests;
