//! Suggestions: shown with what was refused before, and turned down, with a reason.

use super::seen::{and_revision, changed};
use super::{Review, texts};
use crate::error::{Error, Result};
use crate::store::audit::{self, NewEntry};
use crate::store::suggestions::Refused;
use crate::store::{memory_uses, now, suggestions};
use review_api::{
    AuditAction, EarlierRejection, ErrorCode, MemoryOperation, RejectSuggestion, SubjectKind,
    Suggestion, SuggestionId, User,
};
use review_core::rules;
use serde_json::json;

/// So many of an agent's last refusals are compared with a suggestion.
const COMPARED: u32 = 20;

/// At most so many of them are named.
const NAMED: usize = 5;

/// From here on two suggestions are called alike: half of what they take away and add is the same.
const ALIKE_PERCENT: u8 = 50;

impl Review {
    /// Returns a suggestion with the refusals of like ones: of the same bytes, and of the last [`COMPARED`]
    /// refusals of that agent those that are near.
    ///
    /// # Errors
    /// If there is none.
    pub async fn suggestion(&self, id: &SuggestionId) -> Result<Suggestion> {
        let mut read = self.store.read().await?;
        let found = suggestions::get(&mut read, id).await?;
        let mut suggestion = found.ok_or_else(|| Error::not_found("suggestion", id.as_str()))?;
        if let Some(memory) = &suggestion.memory {
            let operations = &memory.manifest.operations;
            let paths = operations.iter().map(MemoryOperation::path).collect();
            let store = &memory.manifest.store_id;
            suggestion.memory_uses = memory_uses::of(&mut read, store, &paths).await?;
            return Ok(suggestion);
        }
        let (made_on, refused) =
            suggestions::refused_before(&mut read, &suggestion, COMPARED).await?;
        drop(read);
        if refused.is_empty() {
            return Ok(suggestion);
        }
        let base = made_on.unwrap_or_else(|| suggestion.current.text.clone());
        let proposed = suggestion.proposed.clone();
        // Texts may be long: requests that wait for nothing but the database go on meanwhile.
        let near = tokio::task::spawn_blocking(move || nearest(&base, &proposed, refused)).await;
        match near {
            Ok(near) => suggestion.earlier_rejections.extend(near),
            Err(error) => tracing::error!(%error, "earlier refusals could not be compared"),
        }
        Ok(suggestion)
    }

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

/// Returns those of `refused` that are alike, the nearest first.
fn nearest(base: &str, proposed: &str, refused: Vec<Refused>) -> Vec<EarlierRejection> {
    let mut near: Vec<EarlierRejection> = refused
        .into_iter()
        .filter_map(|one| {
            let share = prompt_diff::similar(base, proposed, &one.base, &one.proposed);
            let alike_percent = percent(share);
            (alike_percent >= ALIKE_PERCENT).then_some(EarlierRejection {
                suggestion_id: one.id,
                title: one.title,
                alike_percent,
                rejection: one.rejection,
            })
        })
        .collect();
    near.sort_by_key(|one| std::cmp::Reverse(one.alike_percent));
    near.truncate(NAMED);
    near
}

/// Returns a share in whole percent; 100 is left to the very same bytes.
fn percent(share: f64) -> u8 {
    (0..=98)
        .take_while(|percent| f64::from(percent + 1) <= share * 100.0)
        .count()
        .try_into()
        .unwrap_or(99)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percents_are_whole_and_never_say_that_other_bytes_are_the_same() {
        let table = [
            (0.0, 0),
            (0.009, 0),
            (0.5, 50),
            (0.509, 50),
            (0.99, 99),
            (1.0, 99),
        ];
        for (share, expected) in table {
            assert_eq!(percent(share), expected, "{share}");
        }
    }
}
