//! Comments on lines of suggestions and changes.
#![expect(clippy::missing_errors_doc, reason = "as in `calls`")]

use super::{ApiClient, ApiError, escaped, with_query};
use review_api::{
    Comment, CommentDeleted, CommentId, CommentSubject, CreateComment, EditComment, MAX_PAGE_ITEMS,
    Page,
};
use serde::Serialize;

/// Most pages that are asked for: twice what one thing can have, since a change has those of its suggestions too.
const MOST_PAGES: usize = 20;

#[derive(Serialize)]
struct Empty {}

impl ApiClient {
    /// Returns the comments on a suggestion, or on a change and its suggestions, oldest first, the first 2,000.
    pub async fn comments(&self, subject: &CommentSubject) -> Result<Vec<Comment>, ApiError> {
        let (name, id) = match subject {
            CommentSubject::Suggestion { id } => ("suggestion_id", &id.0),
            CommentSubject::Change { id } => ("change_id", &id.0),
        };
        let mut all = Vec::new();
        let mut cursor = None;
        for _ in 0..MOST_PAGES {
            let pairs = [
                (name, Some(id.clone())),
                ("limit", Some(MAX_PAGE_ITEMS.to_string())),
                ("cursor", cursor),
            ];
            let page: Page<Comment> = self.get(with_query("/comments", &pairs)).await?;
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        Ok(all)
    }

    /// Comments on lines that the person saw.
    pub async fn create_comment(&self, body: &CreateComment) -> Result<Comment, ApiError> {
        self.post("/comments".to_owned(), body).await
    }

    /// Gives a comment another text.
    pub async fn edit_comment(
        &self,
        id: &CommentId,
        body: &EditComment,
        revision: u64,
    ) -> Result<Comment, ApiError> {
        self.post_on(of(id, "edit"), body, revision).await
    }

    /// Removes a comment for good.
    pub async fn delete_comment(
        &self,
        id: &CommentId,
        revision: u64,
    ) -> Result<CommentDeleted, ApiError> {
        self.post_on(of(id, "delete"), &Empty {}, revision).await
    }

    /// Calls a comment settled, or opens it again.
    pub async fn settle_comment(
        &self,
        id: &CommentId,
        is_settled: bool,
        revision: u64,
    ) -> Result<Comment, ApiError> {
        let what = if is_settled { "resolve" } else { "reopen" };
        self.post_on(of(id, what), &Empty {}, revision).await
    }
}

fn of(id: &CommentId, what: &str) -> String {
    format!("/comments/{}/{what}", escaped(&id.0))
}
