//! Ratings of interactions.
#![expect(clippy::missing_errors_doc, reason = "as in `calls`")]

use super::{ApiClient, ApiError, ExportFormat, Method, decode, escaped, with_query};
use review_api::{
    AgentId, CreateFeedback, Feedback, FeedbackId, FeedbackImport, FeedbackWithdrawn,
    ImportColumns, PatchFeedback,
};

/// A file of ratings, and which of its columns is what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFile {
    /// What it is written in.
    pub format: ExportFormat,
    /// All of it.
    pub text: String,
    /// Which columns are what; an empty name means that a column is not read.
    pub columns: ImportColumns,
}

impl ImportFile {
    fn kind(&self) -> (&'static str, String) {
        ("content-type", self.format.media_type().to_owned())
    }

    fn path(&self, agent: &AgentId, is_trial: bool) -> String {
        let path = format!("/agents/{}/feedback/import", escaped(&agent.0));
        let columns = self.columns.clone();
        let pairs = [
            ("dry_run", Some(is_trial.to_string())),
            ("format", Some(self.format.as_str().to_owned())),
            ("interaction_id", columns.interaction_id),
            ("rating", columns.rating),
            ("comment", columns.comment),
            ("expected", columns.expected),
            ("check_kind", columns.check_kind),
            ("check_text", columns.check_text),
        ];
        with_query(&path, &pairs)
    }
}

impl ApiClient {
    /// Rates an interaction.
    pub async fn create_feedback(&self, body: &CreateFeedback) -> Result<Feedback, ApiError> {
        self.post("/feedback".to_owned(), body).await
    }

    /// Says what a file of ratings would come to.
    pub async fn try_import(
        &self,
        agent: &AgentId,
        file: &ImportFile,
    ) -> Result<FeedbackImport, ApiError> {
        let path = file.path(agent, true);
        let headers = vec![file.kind()];
        // A trial keeps nothing, so it needs no key.
        let answer = self
            .exchange(Method::Post, &path, headers, Some(file.text.clone()))
            .await?;
        decode(&path, &answer)
    }

    /// Takes in a file of ratings, all of it or none.
    pub async fn import(
        &self,
        agent: &AgentId,
        file: &ImportFile,
    ) -> Result<FeedbackImport, ApiError> {
        let path = file.path(agent, false);
        self.write_text(path, file.text.clone(), Some(file.kind()))
            .await
    }

    /// Returns the ratings of an agent's interactions as the text of a file.
    pub async fn export_feedback(
        &self,
        agent: &AgentId,
        format: ExportFormat,
    ) -> Result<String, ApiError> {
        let path = format!("/agents/{}/feedback/export", escaped(&agent.0));
        let format = Some(format.as_str().to_owned());
        self.get_text(with_query(&path, &[("format", format)]))
            .await
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
