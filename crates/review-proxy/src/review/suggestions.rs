//! Suggestions: turned down, with a reason.

use super::seen::{and_revision, changed};
use super::{Review, texts};
use crate::error::{Error, Result};
use crate::store::audit::{self, NewEntry};
use crate::store::{now, suggestions};
use review_api::{
    AuditAction, ErrorCode, RejectSuggestion, SubjectKind, Suggestion, SuggestionId, User,
};
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
        seen: u64,
    ) -> Result<Suggestion> {
        let now = now();
        let mut write = self.store.write().await?;
        let missing = || Error::not_found("suggestion", id.as_str());
        let suggestion = suggestions::get(&mut write, id)
            .await?
            .ok_or_else(missing)?;
        let verdict = rules::may_reject(user, suggestion.status);
        let is_forbidden = matches!(&verdict, Err(it) if it.code == ErrorCode::Forbidden);
        if seen != suggestion.revision && !is_forbidden {
            let history =
                audit::of_subject(&mut write, SubjectKind::Suggestion, id.as_str()).await?;
            let details = json!({ "status": suggestion.status, "change_id": suggestion.change_id });
            return Err(changed(seen, suggestion.revision, &history, details));
        }
        verdict?;
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
            detail: and_revision(json!({ "reason": reason }), suggestion.revision + 1),
        };
        audit::append(&mut write, entry).await?;
        let rejected = suggestions::get(&mut write, id)
            .await?
            .ok_or_else(missing)?;
        write.commit().await?;
        Ok(rejected)
    }
}
