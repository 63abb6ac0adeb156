//! Ratings that the server does not have yet. Each is kept in the browser until it does.

use crate::{
    api::ApiError,
    browser::storage::{drafts, keep_draft},
};
use review_api::{
    AgentId, CreateFeedback, ErrorCode, Feedback, FeedbackSource, InteractionId, UserName,
};
use serde::{Deserialize, Serialize};

/// A rating as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    /// What is sent.
    pub(super) body: CreateFeedback,
    /// Title of the interaction, for people.
    pub(super) title: String,
}

/// How a rating that is not saved stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Standing {
    /// It is on its way.
    Sending,
    /// It did not get there.
    Failed(ApiError),
    /// Somebody else was quicker.
    Taken(Box<Feedback>),
}

/// A rating that is not saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unsaved {
    /// The rating.
    pub(super) kept: Kept,
    /// How it stands.
    pub(super) standing: Standing,
}

impl Unsaved {
    /// Returns which interaction it is of.
    pub(super) fn id(&self) -> &InteractionId {
        &self.kept.body.interaction_id
    }
}

fn prefix(user: &UserName, agent: &AgentId) -> String {
    format!("labelling:{user}:{agent}:")
}

/// Keeps a rating in this browser.
pub(super) fn keep(user: &UserName, kept: &Kept) {
    let text = serde_json::to_string(kept).unwrap_or_default();
    let name = prefix(user, &kept.body.agent_id) + kept.body.interaction_id.as_str();
    keep_draft(&name, &text);
}

/// Forgets a rating that was saved or given up.
pub(super) fn forget(user: &UserName, body: &CreateFeedback) {
    let name = prefix(user, &body.agent_id) + body.interaction_id.as_str();
    keep_draft(&name, "");
}

/// Returns the ratings that an earlier visit left unsaved.
pub(super) fn left_behind(user: &UserName, agent: &AgentId) -> Vec<Kept> {
    let found = drafts(&prefix(user, agent)).into_iter();
    found
        .filter_map(|(_, text)| serde_json::from_str(&text).ok())
        .collect()
}

/// What came of sending a rating.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    /// The server has it.
    Saved(Box<Feedback>),
    /// The server does not have it.
    Not(Standing),
}

/// Reads what came of sending `body` as `user`.
///
/// An earlier try may have got there although its answer did not: then the rating that is in the way is this one.
pub(super) fn outcome(
    user: &UserName,
    body: &CreateFeedback,
    answer: Result<Feedback, ApiError>,
) -> Sent {
    let error = match answer {
        Ok(given) => return Sent::Saved(Box::new(given)),
        Err(error) => error,
    };
    let given = in_the_way(&error);
    let is_this = |given: &&Feedback| {
        given.author == *user
            && given.source == FeedbackSource::Reviewer
            && given.rating == body.rating
            && given.comment == body.comment
            && given.expected == body.expected
            && given.check == body.check
    };
    if let Some(this) = given.iter().find(is_this) {
        return Sent::Saved(Box::new(this.clone()));
    }
    match given.into_iter().next() {
        Some(first) => Sent::Not(Standing::Taken(Box::new(first))),
        None => Sent::Not(Standing::Failed(error)),
    }
}

fn in_the_way(error: &ApiError) -> Vec<Feedback> {
    match error {
        ApiError::Refused {
            code: ErrorCode::Conflict,
            details: Some(details),
            ..
        } => {
            let given = details.get("feedback").cloned().unwrap_or_default();
            serde_json::from_value(given).unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use review_api::{Rating, Timestamp};

    fn body() -> CreateFeedback {
        CreateFeedback {
            agent_id: "agent_1".into(),
            interaction_id: "sesn_1".into(),
            rating: Rating::Negative,
            comment: Some("Too late".to_owned()),
            expected: None,
            check: None,
            unrated: true,
        }
    }

    fn given(author: &str, rating: Rating) -> Feedback {
        Feedback {
            id: "fbk_1".into(),
            agent_id: "agent_1".into(),
            interaction_id: "sesn_1".into(),
            rating,
            comment: Some("Too late".to_owned()),
            expected: None,
            check: None,
            author: author.into(),
            source: FeedbackSource::Reviewer,
            event_id: None,
            created_at: Timestamp::UNIX_EPOCH,
            edited_at: None,
            revision: 1,
        }
    }

    fn conflict(given: &Feedback) -> ApiError {
        ApiError::Refused {
            status: 409,
            code: ErrorCode::Conflict,
            message: "Somebody was quicker.".to_owned(),
            details: Some(serde_json::json!({ "feedback": [given] })),
        }
    }

    #[track_caller]
    fn check(answer: Result<Feedback, ApiError>, expected: &Sent) {
        assert_eq!(&outcome(&"ann".into(), &body(), answer), expected);
    }

    #[test]
    fn a_rating_whose_answer_was_lost_is_known_again_and_nobody_elses_is() {
        let mine = given("ann", Rating::Negative);
        check(Ok(mine.clone()), &Sent::Saved(Box::new(mine.clone())));
        check(Err(conflict(&mine)), &Sent::Saved(Box::new(mine.clone())));
        for other in [
            given("bob", Rating::Negative),
            given("ann", Rating::Positive),
        ] {
            let taken = Standing::Taken(Box::new(other.clone()));
            check(Err(conflict(&other)), &Sent::Not(taken));
        }
        check(
            Err(ApiError::TimedOut),
            &Sent::Not(Standing::Failed(ApiError::TimedOut)),
        );
    }
}
