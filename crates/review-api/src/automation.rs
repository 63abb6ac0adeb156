//! Automation: what a policy does by itself, and the one switch that pauses all of it.

use crate::{AgentId, ChangeId, ChangeState, SuggestionFinding, SuggestionId, UserName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Who did what a policy does by itself, in ledger rows and as the one who staged a change. No person has this name.
pub const POLICY_ACTOR: &str = "policy";

/// Largest size limit of what a policy applies by itself, in lines.
pub const MOST_AUTOMATIC_LINES: u32 = 200;

/// What a policy does by itself with a new suggestion for the prompt.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AutomationMode {
    /// Nothing.
    #[default]
    Off,
    /// Stages it as a change and begins its staging test; people decide.
    StageAndTest,
    /// That, and applies the change where nothing stands against it.
    Apply,
    /// A mode that this release does not know: nothing is done by itself.
    #[serde(other)]
    Unknown,
}

impl AutomationMode {
    /// All modes, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Off, Self::StageAndTest, Self::Apply];

    /// Returns the word used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::StageAndTest => "stage_and_test",
            Self::Apply => "apply",
            Self::Unknown => "unknown",
        }
    }

    /// Says whether anything is done by itself.
    pub fn is_on(self) -> bool {
        matches!(self, Self::StageAndTest | Self::Apply)
    }
}

/// What a policy does by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Automation {
    /// How far it goes.
    pub mode: AutomationMode,
    /// Most lines, added and removed together, of a change that it applies by itself, 1 to
    /// [`MOST_AUTOMATIC_LINES`].
    pub most_lines: u32,
    /// Whether it applies without the approvals that it asks people for. Else it applies once they are there.
    pub without_approvals: bool,
}

impl Default for Automation {
    fn default() -> Self {
        Self {
            mode: AutomationMode::Off,
            most_lines: 20,
            without_approvals: false,
        }
    }
}

/// Who paused all automation, when and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Paused {
    /// Who.
    pub by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// The one switch for the automation of all agents. Answer of `GET /api/automation`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AutomationSwitch {
    /// How it is paused; nothing while it is not.
    #[serde(default)]
    pub paused: Option<Paused>,
    /// Agents whose policies do something by themselves while it is not paused.
    #[serde(default)]
    pub agents: u64,
    /// Counts up with every use of the switch; also the `ETag`.
    pub revision: u64,
}

/// Body of `POST /api/automation/pause` and `POST /api/automation/resume`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SwitchAutomation {
    /// Why. Not empty.
    pub reason: String,
}

/// What is known of a change that a policy staged, beside the change itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AutomaticChange {
    /// The suggestion that it was made of.
    pub suggestion_id: SuggestionId,
    /// Version of the policy that staged it.
    pub policy_version: u32,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub staged_at: Timestamp,
    /// Why no staging test was begun for it, in a sentence.
    #[serde(default)]
    pub test_refused: Option<String>,
    /// What a reader must know of its suggestion beside the text.
    #[serde(default)]
    pub findings: Vec<SuggestionFinding>,
    /// Whether the same bytes were proposed for the agent and turned down before.
    #[serde(default)]
    pub rejected_before: bool,
    /// Comments on it that are not settled.
    #[serde(default)]
    pub open_comments: u64,
    /// Whether the agent's prompt was changed past this console and nobody has looked yet.
    #[serde(default)]
    pub drifted: bool,
    /// How the automation of all agents is paused; nothing while it is not.
    #[serde(default)]
    pub paused: Option<Paused>,
    /// What stood against applying it when it was last found so, in sentences, and when that was.
    #[serde(default)]
    pub refused: Vec<String>,
    /// See `refused`.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub refused_at: Option<Timestamp>,
}

/// What a policy did last with a suggestion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AutomaticActKind {
    /// Left it to people, and staged nothing.
    Left,
    /// Staged it as a change.
    Staged,
    /// Began its staging test.
    TestBegun,
    /// Its staging test has ended.
    Tested,
    /// Did not apply it, because something stands against that.
    Refused,
    /// Began to apply it.
    Applied,
    /// An act that this release does not know.
    #[serde(other)]
    Unknown,
}

/// What a policy did last with a suggestion, as the inbox announces it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AutomaticAct {
    /// What it was.
    pub kind: AutomaticActKind,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// The change; nothing where none was staged.
    #[serde(default)]
    pub change_id: Option<ChangeId>,
    /// Where the change stands.
    #[serde(default)]
    pub state: Option<ChangeState>,
    /// The suggestion.
    pub suggestion_id: SuggestionId,
    /// What it would do, in a few words.
    pub title: String,
    /// The agent it is for.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// Why, or what came of it, in sentences.
    #[serde(default)]
    pub words: Vec<String>,
}
