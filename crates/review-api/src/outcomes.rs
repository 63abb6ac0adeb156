//! How the versions of an agent's prompt did: what people said of their interactions, and what tests measured.

use crate::{Accuracy, ChangeId, UserName};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Answer of `GET /api/agents/{id}/outcomes`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outcomes {
    /// The newest versions, oldest first, at most [`crate::MAX_TREND_POINTS`].
    pub versions: Vec<VersionOutcome>,
    /// Whether there are older versions than these.
    pub has_older_versions: bool,
    /// The version that the agent has.
    pub now: u32,
    /// The last version that somebody kept although it did worse.
    #[serde(default)]
    pub kept: Option<KeptVersion>,
}

/// A version that somebody keeps although it does worse than the one before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeptVersion {
    /// The version's number.
    pub version: u32,
    /// Who keeps it.
    pub by: UserName,
    /// Since when.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Its ratings by then; nothing where they were not what was worse.
    #[serde(default)]
    pub ratings: Option<NegativeShare>,
    /// What its newest staging test had measured by then; nothing where that was not what was worse.
    #[serde(default)]
    pub accuracy: Option<VersionAccuracy>,
}

/// Body of `POST /api/agents/{id}/regression/keep`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KeepVersion {
    /// The version on the screen, [`Outcomes::now`].
    pub version: u32,
    /// Why it stays. Not empty.
    pub reason: String,
}

/// How one version did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionOutcome {
    /// The version's number.
    pub version: u32,
    /// When the platform made it; nothing where only its interactions are known.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub made_at: Option<Timestamp>,
    /// The change that made it; nothing where it was made past the console.
    #[serde(default)]
    pub applied: Option<AppliedVersion>,
    /// How its interactions were rated; nothing where none was.
    #[serde(default)]
    pub ratings: Option<NegativeShare>,
    /// How often it answered labelled cases right; nothing where that was not measured.
    #[serde(default)]
    pub accuracy: Option<VersionAccuracy>,
}

/// The change that a version came of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AppliedVersion {
    /// Which change.
    pub change_id: ChangeId,
    /// What it does, in a few words.
    pub title: String,
    /// Who applied it.
    pub by: UserName,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub at: Timestamp,
    /// The way back from it, where one is staged or applied.
    #[serde(default)]
    pub rolled_back_by: Option<ChangeId>,
}

/// Rated interactions of one version, each counted once, by its newest rating, with Wilson's 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NegativeShare {
    /// Interactions whose newest rating is negative.
    pub negative: u32,
    /// Interactions rated.
    pub rated: u32,
    /// Lower end of the interval, 0 to 1.
    pub low: f64,
    /// Upper end of the interval, 0 to 1.
    pub high: f64,
}

/// What the newest complete staging test of a version measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VersionAccuracy {
    /// The figures.
    pub accuracy: Accuracy,
    /// The staging test that measured it.
    pub test_id: String,
    /// The change that was tested.
    pub change_id: ChangeId,
    /// Whether it was the proposal, before it became this version; else it was what the proposal was held against.
    pub as_proposal: bool,
    /// Cases of that test that were right before and wrong with the proposal.
    pub worse: u32,
    /// Cases of that test that were wrong before and right with the proposal.
    pub better: u32,
    /// The model that answered, and judged.
    pub model: String,
    /// When the test ended.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub measured_at: Timestamp,
}
