//! When an agent dreams, and what became of each slot.

use crate::{AgentId, DreamId, MemoryStoreId, Money, UserName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Most interactions that one dream reads, as the platform takes them.
pub const MAX_DREAM_INTERACTIONS: usize = 100;

/// Longest instructions to a dream, in characters.
pub const MAX_INSTRUCTIONS_CHARS: usize = 4_096;

/// When, over what and at what cost an agent dreams.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct DreamPlan {
    /// Time zone of `hour` and `weekday`, by its IANA name, such as `Europe/Berlin`.
    pub time_zone: String,
    /// Hour of the day at which daily and weekly dreams begin, 0 to 23.
    pub hour: u8,
    /// Day on which weekly dreams begin, 1 (Monday) to 7 (Sunday).
    pub weekday: u8,
    /// Fewest interactions since the last dream that make one worth its cost; below, the slot is passed over.
    pub fewest_interactions: u32,
    /// The model that dreams; nothing means the agent's own.
    pub model: Option<String>,
    /// The memory store that is dreamt over; nothing means the one that its newest interactions use.
    pub memory_store_id: Option<MemoryStoreId>,
    /// What dreams are told to look for, at most [`MAX_INSTRUCTIONS_CHARS`] characters.
    pub instructions: Option<String>,
    /// Most tokens that dreams, reflections and the staging tests that the policy begins may take in a calendar month
    /// (UTC) before slots are passed over and no such test begins; nothing means no limit.
    pub monthly_tokens: Option<u64>,
    /// Most money that they may cost in a calendar month (UTC), in the currency of the proxy's prices; both limits
    /// hold where both are set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub monthly_cost: Option<Money>,
    /// Whether a model reflects on each dream that completes, and proposes edits of the prompt.
    pub reflects: bool,
    /// The model that reflects; nothing means the agent's own.
    pub reflection_model: Option<String>,
}

impl Default for DreamPlan {
    fn default() -> Self {
        Self {
            time_zone: "UTC".to_owned(),
            hour: 3,
            weekday: 1,
            fewest_interactions: 10,
            model: None,
            memory_store_id: None,
            instructions: None,
            monthly_tokens: None,
            monthly_cost: None,
            reflects: false,
            reflection_model: None,
        }
    }
}

/// What became of a slot, or of a dream asked for by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DreamRunState {
    /// The platform is being asked; where its answer was lost, that is being found out.
    Asked,
    /// The platform dreams, or has dreamt.
    Started,
    /// Passed over, with a reason.
    Skipped,
    /// The platform did not take it, with a reason.
    Failed,
    /// A state that this release does not know.
    #[serde(other)]
    Unknown,
}

/// One slot of an agent's schedule, or one dream asked for by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DreamRun {
    /// Which run (`run_…`).
    pub id: String,
    /// Whose dream.
    pub agent_id: AgentId,
    /// The slot; nothing for one asked for by hand.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub slot: Option<Timestamp>,
    /// What became of it.
    pub state: DreamRunState,
    /// Why it was passed over or failed.
    #[serde(default)]
    pub reason: Option<String>,
    /// The dream, once it is known.
    #[serde(default)]
    pub dream_id: Option<DreamId>,
    /// Interactions that it reads.
    pub interactions: u32,
    /// The store that it reads.
    #[serde(default)]
    pub memory_store_id: Option<MemoryStoreId>,
    /// Tokens that it will take, from earlier dreams of the agent; nothing where there are none to go by.
    #[serde(default)]
    pub estimated_tokens: Option<u64>,
    /// What that will cost, at the prices that were set then; nothing where that could not be said.
    #[serde(default)]
    pub estimated_cost: Option<Money>,
    /// Who asked: a login name, or `schedule`.
    pub asked_by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub asked_at: Timestamp,
}
