//! Feedback that is being written: kept through errors and reloads until the server has it.

use super::CheckKind;
use review_api::{
    AgentId, CreateFeedback, Feedback, InteractionId, MAX_COMMENT_BYTES, PatchFeedback, Rating,
    UserName,
};
use serde::{Deserialize, Serialize};

/// What a person has typed so far.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FeedbackDraft {
    rating: Option<Rating>,
    comment: String,
    expected: String,
    check_kind: Option<CheckKind>,
    check_text: String,
}

/// One thing that was typed or chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Typed {
    /// A rating; the one chosen already is taken back.
    Rating(Rating),
    /// The comment, whole.
    Comment(String),
    /// The expected answer, whole.
    Expected(String),
    /// The kind of check, or none.
    CheckKind(Option<CheckKind>),
    /// The text of the check, whole; it stays when the kind is another one.
    CheckText(String),
}

impl FeedbackDraft {
    /// Returns the name under which `user`'s draft on `interaction` is kept.
    pub fn storage_key(user: &UserName, interaction: &InteractionId) -> String {
        format!("feedback:{user}:{interaction}")
    }

    /// Returns the name under which `user`'s edit of a rating is kept.
    pub fn edit_key(user: &UserName, feedback: &Feedback) -> String {
        format!("feedback-edit:{user}:{}", feedback.id)
    }

    /// Returns the draft that an edit of `feedback` begins with.
    pub fn of(feedback: &Feedback) -> Self {
        let check = feedback.check.as_ref().map(CheckKind::of);
        Self {
            rating: Some(feedback.rating),
            comment: feedback.comment.clone().unwrap_or_default(),
            expected: feedback.expected.clone().unwrap_or_default(),
            check_kind: check.map(|(kind, _)| kind),
            check_text: check.map_or_else(String::new, |(_, text)| text.to_owned()),
        }
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
        self.rating.is_none() && !self.has_words()
    }

    /// Says whether something beside the rating was typed or chosen.
    pub fn has_words(&self) -> bool {
        let texts = [&self.comment, &self.expected, &self.check_text];
        self.check_kind.is_some() || texts.into_iter().any(|text| !text.is_empty())
    }

    /// Returns the draft with this rating, whatever was chosen before.
    #[must_use]
    pub fn rated(mut self, rating: Rating) -> Self {
        self.rating = Some(rating);
        self
    }

    /// Returns the draft that would be sent as `body`, its rating left open.
    pub fn of_body(body: &CreateFeedback) -> Self {
        let check = body.check.as_ref().map(CheckKind::of);
        Self {
            rating: None,
            comment: body.comment.clone().unwrap_or_default(),
            expected: body.expected.clone().unwrap_or_default(),
            check_kind: check.map(|(kind, _)| kind),
            check_text: check.map_or_else(String::new, |(_, text)| text.to_owned()),
        }
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

    /// Returns the kind of check chosen.
    pub fn check_kind(&self) -> Option<CheckKind> {
        self.check_kind
    }

    /// Returns the text of the check, as typed.
    pub fn check_text(&self) -> &str {
        &self.check_text
    }

    /// Takes in what was typed.
    pub fn take(&mut self, typed: Typed) {
        match typed {
            Typed::Rating(rating) => {
                self.rating = (self.rating != Some(rating)).then_some(rating);
            }
            Typed::Comment(text) => self.comment = text,
            Typed::Expected(text) => self.expected = text,
            Typed::CheckKind(kind) => self.check_kind = kind,
            Typed::CheckText(text) => self.check_text = text,
        }
    }

    /// Says why the draft cannot be sent yet.
    pub fn problem(&self) -> Option<&'static str> {
        if self.comment.len() > MAX_COMMENT_BYTES {
            Some("The comment is longer than 64 kB. Shorten it.")
        } else if self.expected.len() > MAX_COMMENT_BYTES {
            Some("The expected answer is longer than 64 kB. Shorten it.")
        } else if let Some(problem) = self.check_problem() {
            Some(problem)
        } else if self.rating.is_none() {
            Some("Choose positive or negative first.")
        } else {
            None
        }
    }

    /// Says what is wrong with the check.
    pub fn check_problem(&self) -> Option<&'static str> {
        self.check_kind
            .and_then(|kind| kind.problem(&self.check_text))
    }

    /// Returns what to send; nothing while there is a problem.
    pub fn body(&self, agent: &AgentId, interaction: &InteractionId) -> Option<CreateFeedback> {
        if self.problem().is_some() {
            return None;
        }
        Some(CreateFeedback {
            agent_id: agent.clone(),
            interaction_id: interaction.clone(),
            rating: self.rating?,
            comment: said(&self.comment),
            expected: said(&self.expected),
            check: self.check(),
            unrated: false,
        })
    }

    /// Returns the edit that makes `before` what is typed: only what is another is in it; nothing while there
    /// is a problem.
    pub fn edit_of(&self, before: &Feedback) -> Option<PatchFeedback> {
        if self.problem().is_some() {
            return None;
        }
        let (comment, expected) = (said(&self.comment), said(&self.expected));
        let check = self.check();
        Some(PatchFeedback {
            rating: self.rating.filter(|rating| *rating != before.rating),
            comment: (comment != before.comment).then_some(comment),
            expected: (expected != before.expected).then_some(expected),
            check: (check != before.check).then_some(check),
        })
    }

    fn check(&self) -> Option<review_api::Check> {
        let kind = self.check_kind?;
        // Blanks are part of what is looked for.
        Some(kind.with(self.check_text.clone()))
    }
}

/// Returns a text without the blanks around it; nothing where that leaves nothing.
fn said(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
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
        draft.take(Typed::Rating(Rating::Negative));
        draft.take(Typed::Comment("Asked twice".to_owned()));
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
        draft.take(Typed::Comment("  ".to_owned()));
        assert_eq!(body(&draft), None);
        assert_eq!(draft.problem(), Some("Choose positive or negative first."));
        draft.take(Typed::Rating(Rating::Positive));
        let sent = body(&draft).unwrap();
        assert_eq!(
            (sent.rating, sent.comment, sent.expected),
            (Rating::Positive, None, None)
        );
    }

    #[test]
    fn the_same_rating_again_takes_it_back() {
        let mut draft = FeedbackDraft::default();
        draft.take(Typed::Rating(Rating::Positive));
        draft.take(Typed::Rating(Rating::Positive));
        assert_eq!(draft.rating(), None);
    }

    #[test]
    fn texts_have_a_limit_in_bytes() {
        let mut draft = FeedbackDraft::default();
        draft.take(Typed::Rating(Rating::Positive));
        draft.take(Typed::Comment("x".repeat(MAX_COMMENT_BYTES)));
        assert_eq!(draft.problem(), None);
        draft.take(Typed::Expected("é".repeat(MAX_COMMENT_BYTES / 2 + 1)));
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

    #[test]
    fn a_check_is_filled_in_or_there_is_none() {
        let mut draft = FeedbackDraft::default();
        draft.take(Typed::Rating(Rating::Negative));
        draft.take(Typed::CheckKind(Some(CheckKind::Contains)));
        assert_eq!(draft.problem(), Some("Fill in the check, or choose none."));
        draft.take(Typed::CheckText("30 days".to_owned()));
        let check = CheckKind::Contains.with("30 days".to_owned());
        assert_eq!(body(&draft).unwrap().check, Some(check));
        draft.take(Typed::CheckKind(None));
        assert_eq!(body(&draft).unwrap().check, None);
        draft.take(Typed::CheckText(String::new()));
        assert!(!draft.has_words());
    }

    #[test]
    fn an_edit_names_only_what_is_another_and_takes_away_what_is_empty() {
        let before = Feedback {
            id: "fbk_1".into(),
            agent_id: "agent_1".into(),
            interaction_id: "sesn_1".into(),
            rating: Rating::Negative,
            comment: Some("Asked twice".to_owned()),
            expected: Some("Which order?".to_owned()),
            check: Some(CheckKind::Matches.with("order".to_owned())),
            author: "ann".into(),
            source: review_api::FeedbackSource::Reviewer,
            event_id: None,
            created_at: review_api::Timestamp::UNIX_EPOCH,
            edited_at: None,
            revision: 1,
        };
        let mut draft = FeedbackDraft::of(&before);
        assert_eq!(draft.edit_of(&before), Some(PatchFeedback::default()));
        draft.take(Typed::Comment(" ".to_owned()));
        draft.take(Typed::CheckKind(None));
        let edit = draft.edit_of(&before).unwrap();
        assert_eq!(
            serde_json::to_string(&edit).unwrap(),
            r#"{"comment":null,"check":null}"#
        );
    }
}
