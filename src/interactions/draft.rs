//! Feedback that is being written: kept through errors and reloads until the server has it.

use review_api::{AgentId, CreateFeedback, InteractionId, MAX_COMMENT_BYTES, Rating, UserName};
use serde::{Deserialize, Serialize};

/// What a person has typed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedbackDraft {
    rating: Option<Rating>,
    comment: String,
    expected: String,
}

impl FeedbackDraft {
    /// Returns the name under which `user`'s draft on `interaction` is kept.
    pub fn storage_key(user: &UserName, interaction: &InteractionId) -> String {
        format!("feedback:{user}:{interaction}")
    }

    /// Reads a kept draft; what cannot be read counts as none.
    pub fn from_storage(kept: &str) -> Self {
        serde_json::from_str(kept).unwrap_or_default()
    }

    /// Returns the text to keep; empty where there is nothing worth keeping.
    pub fn to_storage(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Says whether nothing was typed or chosen.
    pub fn is_empty(&self) -> bool {
        self.rating.is_none() && self.comment.is_empty() && self.expected.is_empty()
    }

    /// Returns the rating chosen.
    pub fn rating(&self) -> Option<Rating> {
        self.rating
    }

    /// Returns the comment typed.
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// Returns the answer that the agent should have given, as typed.
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// Chooses a rating; the one chosen already is taken back.
    pub fn rate(&mut self, rating: Rating) {
        self.rating = (self.rating != Some(rating)).then_some(rating);
    }

    /// Replaces the comment.
    pub fn set_comment(&mut self, comment: String) {
        self.comment = comment;
    }

    /// Replaces the expected answer.
    pub fn set_expected(&mut self, expected: String) {
        self.expected = expected;
    }

    /// Says why the draft cannot be sent yet.
    pub fn problem(&self) -> Option<&'static str> {
        if self.comment.len() > MAX_COMMENT_BYTES {
            Some("The comment is longer than 64 kB. Shorten it.")
        } else if self.expected.len() > MAX_COMMENT_BYTES {
            Some("The expected answer is longer than 64 kB. Shorten it.")
        } else if self.rating.is_none() {
            Some("Choose positive or negative first.")
        } else {
            None
        }
    }

    /// Returns what to send; nothing while there is a problem.
    pub fn body(&self, agent: &AgentId, interaction: &InteractionId) -> Option<CreateFeedback> {
        if self.problem().is_some() {
            return None;
        }
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        Some(CreateFeedback {
            agent_id: agent.clone(),
            interaction_id: interaction.clone(),
            rating: self.rating?,
            comment: text(&self.comment),
            expected: text(&self.expected),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(draft: &FeedbackDraft) -> Option<CreateFeedback> {
        draft.body(&"agent_1".into(), &"sesn_1".into())
    }

    #[test]
    fn a_draft_survives_being_kept() {
        let mut draft = FeedbackDraft::default();
        draft.rate(Rating::Negative);
        draft.set_comment("Asked twice".to_owned());
        assert_eq!(FeedbackDraft::from_storage(&draft.to_storage()), draft);
    }

    #[test]
    fn nothing_typed_is_not_kept_and_rubbish_counts_as_nothing() {
        assert_eq!(FeedbackDraft::default().to_storage(), "");
        assert!(FeedbackDraft::from_storage("{not json").is_empty());
        assert!(FeedbackDraft::from_storage("").is_empty());
    }

    #[test]
    fn a_rating_is_needed_and_words_are_not() {
        let mut draft = FeedbackDraft::default();
        draft.set_comment("  ".to_owned());
        assert_eq!(body(&draft), None);
        assert_eq!(draft.problem(), Some("Choose positive or negative first."));
        draft.rate(Rating::Positive);
        let sent = body(&draft).unwrap();
        assert_eq!(
            (sent.rating, sent.comment, sent.expected),
            (Rating::Positive, None, None)
        );
    }

    #[test]
    fn the_same_rating_again_takes_it_back() {
        let mut draft = FeedbackDraft::default();
        draft.rate(Rating::Positive);
        draft.rate(Rating::Positive);
        assert_eq!(draft.rating(), None);
    }

    #[test]
    fn texts_have_a_limit_in_bytes() {
        let mut draft = FeedbackDraft::default();
        draft.rate(Rating::Positive);
        draft.set_comment("x".repeat(MAX_COMMENT_BYTES));
        assert_eq!(draft.problem(), None);
        draft.set_expected("é".repeat(MAX_COMMENT_BYTES / 2 + 1));
        assert_eq!(
            draft.problem(),
            Some("The expected answer is longer than 64 kB. Shorten it.")
        );
        assert_eq!(body(&draft), None);
    }

    #[test]
    fn drafts_of_two_people_stay_apart() {
        let key = |user: &str| FeedbackDraft::storage_key(&user.into(), &"sesn_1".into());
        assert_ne!(key("reviewer"), key("approver"));
    }
}
