//! Suggestions: turned down, with a reason.

use super::{Review, same_revision, texts};
use crate::error::{Error, Result};
use crate::store::audit::{self, NewEntry};
use crate::store::{now, suggestions};
use review_api::{AuditAction, RejectSuggestion, SubjectKind, Suggestion, SuggestionId, User};
use review_core::rules;
use serde_json::json;

impl Review {
    /// Turns a suggestion down.
    ///
    /// # Errors
    /// If there is none, `user` may not, it is not open, or it changed since `seen`.
    pub async fn reject(
        &self,
        user: &User,
        id: &SuggestionId,
        body: RejectSuggestion,
        seen: Option<u64>,
    ) -> Result<Suggestion> {
        let now = now();
        let mut write = self.store.write().await?;
        let missing = || Error::not_found("suggestion", id.as_str());
        let suggestion = suggestions::get(&mut write, id)
            .await?
            .ok_or_else(missing)?;
        rules::may_reject(user, suggestion.status)?;
        same_revision(seen, suggestion.revision)?;
        let reason = texts::comment("reason", Some(body.reason))?.ok_or_else(|| {
            let message = "Say why: the reason is shown when the same proposal comes back.";
            Error::field("reason", message)
        })?;
        suggestions::reject(&mut write, id, &user.name, &reason, now).await?;
        let entry = NewEntry {
            at: now,
            actor: user.name.as_str(),
            action: AuditAction::SuggestionRejected,
            subject_kind: SubjectKind::Suggestion,
            subject_id: id.as_str(),
            subject_title: &suggestion.title,
            agent_id: Some(&suggestion.agent_id),
            detail: json!({ "reason": reason }),
        };
        audit::append(&mut write, entry).await?;
        let rejected = suggestions::get(&mut write, id)
            .await?
            .ok_or_else(missing)?;
        write.commit().await?;
        Ok(rejected)
    }
}
