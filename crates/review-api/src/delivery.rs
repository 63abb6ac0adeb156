//! Reports that go out: where to, signed with what, and what became of each.

use crate::{AgentId, DeliveryId, DreamId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How far a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// It is tried, or tried again later.
    Waiting,
    /// The receiver took it: it answered 2xx.
    Delivered,
    /// It is tried no more, until somebody asks for it.
    GivenUp,
    /// A state that this release does not know.
    #[serde(other)]
    Unknown,
}

/// One attempt at a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryAttempt {
    /// Counts the attempts at this delivery, from 1.
    pub number: u32,
    /// When it began.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Where it went.
    pub url: String,
    /// How long it took, in milliseconds; nothing while it is at work, or if nothing was heard of it.
    #[serde(default)]
    pub took_ms: Option<u64>,
    /// The HTTP status of the answer; nothing where none came.
    #[serde(default)]
    pub status: Option<u16>,
    /// Why it does not count as taken, in a sentence.
    #[serde(default)]
    pub problem: Option<String>,
    /// The beginning of the answer's body, at most 4 KiB.
    #[serde(default)]
    pub answer: String,
}

/// Something that is posted to an agent's `feedback_webhook`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Delivery {
    /// Its `webhook-id`, the same on each attempt.
    pub id: DeliveryId,
    /// The agent whose webhook it goes to.
    pub agent_id: AgentId,
    /// The `type` of what is posted: `dreaming_report` or `test`.
    pub event: String,
    /// The dream that is reported.
    #[serde(default)]
    pub dream_id: Option<DreamId>,
    /// How far it is.
    pub state: DeliveryState,
    /// Attempts begun so far.
    pub attempts: u32,
    /// When there was something to post.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When it is tried next; nothing once that is over.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub next_attempt_at: Option<Timestamp>,
    /// Why it is tried no more, where that is no attempt's doing.
    #[serde(default)]
    pub problem: Option<String>,
    /// The newest attempt.
    #[serde(default)]
    pub last: Option<DeliveryAttempt>,
    /// Counts up each time somebody asks for it again; the `ETag`.
    pub revision: u64,
}

/// A delivery with what was tried.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryDetail {
    /// The delivery.
    pub delivery: Delivery,
    /// Its newest attempts, newest first, at most 50.
    pub tried: Vec<DeliveryAttempt>,
}

/// An agent's webhook as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentWebhook {
    /// Where reports are posted; nothing where nobody set an address.
    #[serde(default)]
    pub url: Option<String>,
    /// Why nothing is posted there, in a sentence.
    #[serde(default)]
    pub problem: Option<String>,
    /// The secret that deliveries are signed with; nothing before there was any use for one.
    #[serde(default)]
    pub secret: Option<WebhookSecretState>,
    /// Deliveries that wait to be tried.
    pub waiting: u64,
}

/// What may be known of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookSecretState {
    /// Counts the agent's secrets, from 1.
    pub generation: u32,
    /// When it came to be.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub made_at: Timestamp,
    /// When it was shown; nothing while nobody has seen it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub shown_at: Option<Timestamp>,
    /// Until when deliveries are signed with the one before as well.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub former_until: Option<Timestamp>,
}

/// A secret, shown this once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WebhookSecret {
    /// The secret: `whsec_` and base64.
    pub secret: String,
    /// What may be known of it from now on.
    pub state: WebhookSecretState,
}

impl std::fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSecret")
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
