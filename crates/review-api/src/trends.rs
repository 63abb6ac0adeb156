//! How an agent did over time: what charts are drawn of.

use crate::DreamId;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Most days of [`Trends::feedback`], and most dreams of [`Trends::dreams`].
pub const MAX_TREND_POINTS: u32 = 400;

/// Numbers of an agent over time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Trends {
    /// Ratings by the day on which they were given, every day of the time asked for, oldest first.
    pub feedback: Vec<FeedbackDay>,
    /// The newest dreams that have ended, oldest first.
    pub dreams: Vec<DreamTrend>,
    /// Whether there are older dreams than these.
    pub has_older_dreams: bool,
    /// Currency of what the dreams cost; nothing where the proxy was given no prices.
    #[serde(default)]
    pub currency: Option<String>,
}

/// Ratings of one day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedbackDay {
    /// The beginning of the day, in UTC.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub day: Timestamp,
    /// Positive ratings.
    pub positive: u64,
    /// Negative ratings.
    pub negative: u64,
}

/// What one dream came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DreamTrend {
    /// Which dream.
    pub dream_id: DreamId,
    /// When it ended.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub ended_at: Timestamp,
    /// Suggestions that nobody has decided on.
    pub open: u64,
    /// Suggestions that are part of a change which waits.
    pub staged: u64,
    /// Suggestions that were applied.
    pub applied: u64,
    /// Suggestions that were rejected.
    pub rejected: u64,
    /// Tokens that it took, read and written, the cache's too; nothing where the platform did not say.
    #[serde(default)]
    pub tokens: Option<u64>,
    /// What it cost at the prices that are set now, in millionths of the currency's unit; nothing where its tokens or
    /// the price of its model are not known.
    #[serde(default)]
    pub cost: Option<u64>,
}
