//! The way back from an applied change, and a look at what was applied without approvals.

use super::changes::existing;
use super::seen::decided_on;
use super::stage::{Draft, insert};
use super::{Review, record, texts};
use crate::error::{Error, Result};
use crate::store::{agents, changes, now};
use review_api::{AuditAction, Change, ChangeId, ErrorCode, GlassReview, Part, ReviewGlass, User};
use review_core::rules;
use serde_json::json;

/// Longest title, in characters.
const LONGEST_TITLE: usize = 200;

impl Review {
    /// Stages a new change that puts back exactly the bytes which an applied one replaced; it is approved
    /// and applied as any other. Needs nothing of the platform but the agent.
    ///
    /// # Errors
    /// If there is no such change, it changed since `seen`, it was not applied, `user` may not, the agent
    /// has another version than the one to undo, or the way back is staged already.
    pub async fn roll_back(&self, user: &User, id: &ChangeId, seen: u64) -> Result<Change> {
        let mut read = self.store.read().await?;
        let undone = existing(&mut read, id).await?;
        drop(read);
        decided_on(&undone, seen, rules::may_roll_back(user, &undone))?;
        if undone.memory.is_some() {
            return self.roll_back_memory(user, undone).await;
        }
        let agent = self.agent_now(&undone.summary.agent_id).await?;
        let now = now();
        let mut write = self.store.write().await?;
        agents::keep(&mut write, &agent).await?;
        let undone = existing(&mut write, id).await?;
        decided_on(&undone, seen, rules::may_roll_back(user, &undone))?;
        let current = &agent.prompt;
        let made = undone.outcome.as_ref().and_then(|outcome| outcome.version);
        if made != Some(current.version) || current.text != undone.proposed {
            let error = not_there_any_more(made, current.version);
            // What was just read is worth keeping, whatever comes of the request.
            write.commit().await?;
            return Err(error);
        }
        if let Some(other) = &undone.rolled_back_by {
            let message = "The way back from this change is staged already. Nothing was done; open that \
                           change, or withdraw it first.";
            return Err(
                Error::new(ErrorCode::Conflict, message).with(json!({ "change_id": other }))
            );
        }
        let title = format!("Roll back: {}", undone.summary.title);
        let draft = Draft {
            title: title.chars().take(LONGEST_TITLE).collect(),
            proposed: undone.base.text,
            suggestion_ids: Vec::new(),
            parts: &[Part::Staged],
            rolls_back: Some(id.clone()),
        };
        let change = insert(&mut write, user, agent, draft, now).await?;
        write.commit().await?;
        Ok(change)
    }

    /// Keeps what `user` found who looked at a rollback that was applied without its approvals.
    ///
    /// # Errors
    /// If there is no such change, it changed since `seen`, there is nothing to review, or `user` may not.
    pub async fn review_glass(
        &self,
        user: &User,
        id: &ChangeId,
        body: ReviewGlass,
        seen: u64,
    ) -> Result<Change> {
        let now = now();
        let mut write = self.store.write().await?;
        let change = existing(&mut write, id).await?;
        decided_on(&change, seen, rules::may_review_glass(user, &change))?;
        let comment = texts::comment("comment", Some(body.comment))?
            .ok_or_else(|| Error::field("comment", "Say what you found."))?;
        let review = GlassReview {
            by: user.name.clone(),
            at: now,
            comment,
        };
        changes::review_glass(&mut write, id, &review).await?;
        let detail = json!({
            "comment": review.comment,
            "applied_by": change.glass.as_ref().map(|glass| &glass.by),
        });
        let action = AuditAction::GlassReviewed;
        record::change(&mut write, user.name.as_str(), action, &change, detail, now).await?;
        let change = existing(&mut write, id).await?;
        write.commit().await?;
        Ok(change)
    }
}

fn not_there_any_more(made: Option<u32>, current: u32) -> Error {
    let this = made.map_or("another version".to_owned(), |made| {
        format!("version {made}")
    });
    let message = format!(
        "A rollback undoes the version that the agent has. This change made {this}, and the agent has \
         version {current} now. Nothing was done; roll the newest change back, or stage a change of your own."
    );
    Error::new(ErrorCode::StaleBase, message)
        .with(json!({ "made_version": made, "current_version": current }))
}
