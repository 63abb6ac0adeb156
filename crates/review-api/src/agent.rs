//! Agents, their prompts and their settings.

use crate::{AgentId, Automation, DreamId, DreamStatus, UserName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How often an agent dreams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DreamingFrequency {
    /// Once an hour.
    Hourly,
    /// Once a day.
    Daily,
    /// Once a week.
    Weekly,
}

impl DreamingFrequency {
    /// All frequencies, from the most to the least often.
    pub const ALL: [Self; 3] = [Self::Hourly, Self::Daily, Self::Weekly];

    /// Returns the word used on the wire and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }
}

/// Whether and how often an agent dreams, and who is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DreamingSettings {
    /// Whether the agent dreams at all.
    pub dreaming_enabled: bool,
    /// How often it dreams.
    pub dreaming_frequency: DreamingFrequency,
    /// `https` address that reports are posted to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback_webhook: Option<String>,
    /// When, over what and at what cost it dreams.
    #[serde(default)]
    pub plan: crate::DreamPlan,
}

impl Default for DreamingSettings {
    fn default() -> Self {
        Self {
            dreaming_enabled: false,
            dreaming_frequency: DreamingFrequency::Daily,
            feedback_webhook: None,
            plan: crate::DreamPlan::default(),
        }
    }
}

/// What it takes to change an agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Policy {
    /// Counts up with every edit of the policy; part of the digest that approvals name.
    pub version: u32,
    /// Approvals needed from people who had no hand in the change.
    pub approvals_needed: u32,
    /// Whether a staging test of exactly this digest must have passed before it is applied.
    #[serde(default)]
    pub staging_test_required: bool,
    /// The people whose approvals count, by login name; empty means everyone whose role may approve.
    #[serde(default)]
    pub approvers: Vec<UserName>,
    /// Hours after which an approval no longer counts, 1 to 8,760; nothing means that it never lapses.
    #[serde(default)]
    pub approvals_lapse_after_hours: Option<u32>,
    /// What it does by itself with new suggestions for the prompt.
    #[serde(default)]
    pub automation: Automation,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            version: 1,
            approvals_needed: 1,
            staging_test_required: false,
            approvers: Vec::new(),
            approvals_lapse_after_hours: None,
            automation: Automation::default(),
        }
    }
}

/// A prompt that somebody changed on the platform, past this console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Drift {
    /// The last version that was known to be in order.
    pub from_version: u32,
    /// The version found.
    pub to_version: u32,
    /// When it was found.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub found_at: Timestamp,
    /// The attempt to apply whose request may have arrived late and made it.
    #[serde(default)]
    pub attempt_id: Option<String>,
}

/// Numbers of ratings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedbackCounts {
    /// Positive ratings.
    pub positive: u64,
    /// Negative ratings.
    pub negative: u64,
}

impl FeedbackCounts {
    /// Ratings in all.
    pub fn total(self) -> u64 {
        self.positive + self.negative
    }
}

/// The newest dream of an agent, in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastDream {
    /// Which dream.
    pub id: DreamId,
    /// How far it is, or how it ended.
    pub status: DreamStatus,
    /// When it was asked for.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When it ended.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub ended_at: Option<Timestamp>,
    /// Suggestions in its report; nothing while no report has come.
    pub suggestions: Option<u32>,
}

/// Something in an agent's set-up that will lead to trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SetupWarning {
    /// The agent dreams and nobody is told: reports are found late.
    NoWebhook,
    /// The agent dreams and has fewer ratings than a first dream should have.
    ThinBaseline,
    /// All ratings are of one kind.
    LopsidedBaseline,
    /// The agent dreams more often than its interactions justify.
    DreamsTooOften,
    /// The last dream failed.
    LastDreamFailed,
    /// The policy acts by itself and asks people for no passed staging test.
    AutomationUntested,
    /// The policy would act by itself, and automation is paused for all agents.
    AutomationPaused,
    /// A warning that this release does not know.
    #[serde(other)]
    Unknown,
}

/// An agent as a row of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentSummary {
    /// Which agent.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// Its model's id.
    pub model: String,
    /// Version of the agent upstream, which counts up with each change.
    pub version: u32,
    /// Length of its prompt in characters.
    pub prompt_chars: u64,
    /// Whether and how often it dreams.
    pub dreaming: DreamingSettings,
    /// Its newest dream.
    #[serde(default)]
    pub last_dream: Option<LastDream>,
    /// When the next dream is due; nothing where dreaming is off.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub next_due_at: Option<Timestamp>,
    /// Suggestions that nobody has decided.
    pub open_suggestions: u32,
    /// Changes that are neither applied nor given up.
    pub open_changes: u32,
    /// Ratings of its interactions.
    pub feedback: FeedbackCounts,
    /// What is wrong with its set-up, most pressing first.
    #[serde(default)]
    pub warnings: Vec<SetupWarning>,
}

/// One version of an agent's prompt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Prompt {
    /// Version of the agent upstream that has this prompt.
    pub version: u32,
    /// SHA-256 of the text's UTF-8 bytes, 64 lower-case hex digits.
    pub sha256: String,
    /// The prompt, exactly as the platform holds it; empty where there is none.
    pub text: String,
}

/// An agent in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Agent {
    /// What the list shows of it.
    pub summary: AgentSummary,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Its prompt now.
    pub prompt: Prompt,
    /// What it takes to change it.
    pub policy: Policy,
    /// A change of the prompt on the platform that nobody here has looked at yet.
    #[serde(default)]
    pub drift: Option<Drift>,
    /// Counts up with every edit of the settings; also the `ETag`.
    pub revision: u64,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When it last changed upstream.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub updated_at: Timestamp,
    /// How old this is.
    pub freshness: crate::Freshness,
}

/// One line of an agent's version history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AgentVersion {
    /// The version's number.
    pub version: u32,
    /// When it was made.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// Length of its prompt in characters.
    pub prompt_chars: u64,
    /// The change that made it, where it was made here.
    #[serde(default)]
    pub change_id: Option<crate::ChangeId>,
}

/// Body of `POST /api/agents`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateAgent {
    /// Its name, 1 to 256 characters.
    pub name: String,
    /// Its model's id.
    pub model: String,
    /// Its first prompt, at most [`crate::MAX_PROMPT_CHARS`] characters.
    #[serde(default)]
    pub system_prompt: String,
    /// What it is for, at most 2,048 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether and how often it dreams.
    #[serde(flatten)]
    pub dreaming: CreateDreaming,
}

/// [`DreamingSettings`] with every field optional, as the tutorial's call has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateDreaming {
    /// Whether the agent dreams at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dreaming_enabled: Option<bool>,
    /// How often it dreams.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dreaming_frequency: Option<DreamingFrequency>,
    /// `https` address that reports are posted to; the empty text removes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feedback_webhook: Option<String>,
    /// When, over what and at what cost it dreams, as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<crate::DreamPlan>,
}

/// Body of `PATCH /api/agents/{id}`: what is absent stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PatchAgent {
    /// Whether and how often it dreams.
    #[serde(flatten)]
    pub dreaming: CreateDreaming,
    /// Approvals needed, 1 to 10.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals_needed: Option<u32>,
    /// Whether a passed staging test is required.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staging_test_required: Option<bool>,
    /// The people whose approvals count; the empty list means everyone whose role may approve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvers: Option<Vec<UserName>>,
    /// Hours after which an approval lapses, 1 to 8,760; 0 means never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approvals_lapse_after_hours: Option<u32>,
    /// What the policy does by itself, as a whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub automation: Option<Automation>,
}

/// Body of `POST /api/agents/{id}/drift/seen`: the version that the person looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DriftSeen {
    /// [`Drift::to_version`] on the screen.
    pub version: u32,
}
