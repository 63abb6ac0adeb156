//! Ratings of interactions.
#![expect(clippy::missing_errors_doc, reason = "as in `calls`")]

use super::{ApiClient, ApiError, escaped};
use review_api::{CreateFeedback, Feedback, FeedbackId, FeedbackWithdrawn, PatchFeedback};

impl ApiClient {
    /// Rates an interaction.
    pub async fn create_feedback(&self, body: &CreateFeedback) -> Result<Feedback, ApiError> {
        self.post("/feedback".to_owned(), body).await
    }

    /// Returns a rating.
    pub async fn feedback(&self, id: &FeedbackId) -> Result<Feedback, ApiError> {
        self.get(of(id)).await
    }

    /// Changes a rating, as it was in `revision`.
    pub async fn edit_feedback(
        &self,
        id: &FeedbackId,
        body: &PatchFeedback,
        revision: u64,
    ) -> Result<Feedback, ApiError> {
        self.patch(of(id), body, revision).await
    }

    /// Withdraws a rating, as it was in `revision`.
    pub async fn withdraw_feedback(
        &self,
        id: &FeedbackId,
        revision: u64,
    ) -> Result<FeedbackWithdrawn, ApiError> {
        self.delete(of(id), revision).await
    }
}

fn of(id: &FeedbackId) -> String {
    format!("/feedback/{}", escaped(&id.0))
}
