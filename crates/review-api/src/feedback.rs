//! Feedback: what people, programs and rules think of an interaction.

use crate::{AgentId, FeedbackId, InteractionId, UserName};
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize};

/// What somebody thinks of an interaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rating {
    /// The agent did well.
    Positive,
    /// The agent did not.
    Negative,
}

impl Rating {
    /// Returns the word used on the wire and on screen.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Positive => "positive",
            Self::Negative => "negative",
        }
    }
}

/// Where feedback came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum FeedbackSource {
    /// A person, in the console.
    Reviewer,
    /// A line that the agent logged by a rule in its prompt.
    Rule,
    /// A file.
    Import,
    /// Another program.
    Api,
    /// A source that this release does not know.
    #[serde(other)]
    Unknown,
}

/// How a staging test tells whether an answer is right.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Check {
    /// The answer has this text, whatever its case.
    Contains {
        /// The text.
        text: String,
    },
    /// The answer does not have this text, whatever its case.
    DoesNotContain {
        /// The text.
        text: String,
    },
    /// A part of the answer matches this regular expression (syntax of the `regex` crate).
    Matches {
        /// The expression.
        pattern: String,
    },
    /// A model says whether the answer does what the rubric asks.
    Judged {
        /// What a right answer does, in words.
        rubric: String,
    },
}

/// One rating of an interaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Feedback {
    /// Which rating.
    pub id: FeedbackId,
    /// The agent rated.
    pub agent_id: AgentId,
    /// The interaction rated.
    pub interaction_id: InteractionId,
    /// Good or bad.
    pub rating: Rating,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What the agent should have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// How a staging test tells whether an answer is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// Who said so; `rule` where the agent did.
    pub author: UserName,
    /// Where it came from.
    pub source: FeedbackSource,
    /// The event in which the agent logged it, where a rule of its prompt made it do so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// When.
    #[cfg_attr(feature = "openapi", schema(value_type = String, format = DateTime))]
    pub created_at: Timestamp,
    /// When its author last changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, format = DateTime))]
    pub edited_at: Option<Timestamp>,
    /// Counts up with every edit; also the `ETag`.
    #[serde(default = "first_revision")]
    pub revision: u64,
}

fn first_revision() -> u64 {
    1
}

/// Body of `POST /api/feedback`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateFeedback {
    /// The agent rated.
    pub agent_id: AgentId,
    /// The interaction rated.
    pub interaction_id: InteractionId,
    /// Good or bad.
    pub rating: Rating,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// What the agent should have answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// How a staging test tells whether an answer is right.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// Only where nobody has rated the interaction yet; 409 with the ratings in `details` where somebody has.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unrated: bool,
}

/// How far the labelling of an agent's interactions is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabellingProgress {
    /// Name of the agent.
    pub agent_name: String,
    /// Interactions that it has had.
    pub interactions: u64,
    /// Those that were rated at least once.
    pub labelled: u64,
    /// Ratings of all of them.
    pub feedback: crate::FeedbackCounts,
    /// Those that the filter lets through and nobody has rated.
    pub waiting: u64,
    /// Those whose transcript was not read yet, so that nobody knows whether there is an error in it.
    pub unread: u64,
}

/// Body of `PATCH /api/feedback/{id}`: what is absent stays as it is, and `null` removes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PatchFeedback {
    /// Good or bad.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rating: Option<Rating>,
    /// Why.
    #[serde(
        default,
        deserialize_with = "named",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub comment: Option<Option<String>>,
    /// What the agent should have answered.
    #[serde(
        default,
        deserialize_with = "named",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub expected: Option<Option<String>>,
    /// How a staging test tells whether an answer is right.
    #[serde(
        default,
        deserialize_with = "named",
        skip_serializing_if = "Option::is_none"
    )]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<Check>))]
    pub check: Option<Option<Check>>,
}

/// Reads a field that is there, be it `null`.
#[expect(clippy::option_option, reason = "absent and null say different things")]
fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Answer of `DELETE /api/feedback/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FeedbackWithdrawn {
    /// The rating that counts no more.
    pub id: FeedbackId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &PatchFeedback) {
        let read: PatchFeedback = serde_json::from_str(json).unwrap();
        assert_eq!(&read, expected, "{json}");
        assert_eq!(serde_json::to_string(&read).unwrap(), json);
    }

    #[test]
    fn what_an_edit_does_not_name_stays_and_null_removes() {
        check("{}", &PatchFeedback::default());
        check(
            r#"{"rating":"negative","comment":null,"check":{"kind":"contains","text":"30 days"}}"#,
            &PatchFeedback {
                rating: Some(Rating::Negative),
                comment: Some(None),
                expected: None,
                check: Some(Some(Check::Contains {
                    text: "30 days".to_owned(),
                })),
            },
        );
    }
}
