//! Feedback: what people think of an interaction.

use super::seen::{and_revision, changed};
use super::{Review, texts};
use crate::dreaming::copy;
use crate::error::{Error, Result};
use crate::platform::{Trouble, is_sound_id};
use crate::store::audit::{self, NewEntry};
use crate::store::{Conn, feedback, interactions, new_id, now};
use jiff::Timestamp;
use review_api::{
    AuditAction, Check, CreateFeedback, ErrorCode, Feedback, FeedbackId, FeedbackSource,
    FeedbackWithdrawn, InteractionId, InteractionSummary, PatchFeedback, SubjectKind, User,
};
use review_core::checks;
use review_core::rules::{self, Verdict};
use serde_json::{Value, json};

impl Review {
    /// Rates an interaction.
    ///
    /// # Errors
    /// If `user` may not, the agent has no such interaction, a text is too long, or the check cannot be run.
    pub async fn rate(&self, user: &User, body: CreateFeedback) -> Result<Feedback> {
        rules::may_rate(user)?;
        let comment = texts::comment("comment", body.comment)?;
        let expected = texts::comment("expected", body.expected)?;
        let check = sound(body.check)?;
        let interaction = self.interaction(&body.interaction_id).await?;
        if interaction.agent_id != body.agent_id {
            let message = format!(
                "The interaction {:?} is not one of the agent {:?}.",
                body.interaction_id.as_str(),
                body.agent_id.as_str(),
            );
            return Err(Error::new(ErrorCode::NotFound, message));
        }
        let now = now();
        let rating = Feedback {
            id: new_id("fbk").into(),
            agent_id: body.agent_id,
            interaction_id: body.interaction_id,
            rating: body.rating,
            comment,
            expected,
            check,
            author: user.name.clone(),
            source: FeedbackSource::Reviewer,
            event_id: None,
            created_at: now,
            edited_at: None,
            revision: 1,
        };
        let mut write = self.store.write().await?;
        if body.unrated {
            nobody_rated(&mut write, &rating.interaction_id).await?;
        }
        feedback::insert(&mut write, &rating).await?;
        let detail = json!({ "feedback_id": rating.id, "rating": rating.rating });
        let action = AuditAction::FeedbackGiven;
        record(&mut write, user.name.as_str(), action, &rating, detail, now).await?;
        write.commit().await?;
        Ok(rating)
    }

    /// Changes a rating; what `body` does not name stays as it is.
    ///
    /// # Errors
    /// If `user` may not, there is none, it changed since `seen`, a text is too long, or the check cannot be run.
    pub async fn edit_feedback(
        &self,
        user: &User,
        id: &FeedbackId,
        body: PatchFeedback,
        seen: u64,
    ) -> Result<Feedback> {
        rules::may_rate(user)?;
        let now = now();
        let mut write = self.store.write().await?;
        let before = known(&mut write, id).await?;
        decided_on(&before, seen, rules::may_edit_feedback(user, &before))?;
        let mut after = before.clone();
        if let Some(rating) = body.rating {
            after.rating = rating;
        }
        if let Some(text) = body.comment {
            after.comment = texts::comment("comment", text)?;
        }
        if let Some(text) = body.expected {
            after.expected = texts::comment("expected", text)?;
        }
        if let Some(check) = body.check {
            after.check = sound(check)?;
        }
        if after == before {
            return Ok(before);
        }
        after.edited_at = Some(now);
        after.revision += 1;
        feedback::edit(&mut write, &after).await?;
        let detail = json!({
            "feedback_id": id,
            "before": before.rating,
            "rating": after.rating,
            "changed": differing(&before, &after),
        });
        let detail = and_revision(detail, after.revision);
        let action = AuditAction::FeedbackEdited;
        record(&mut write, user.name.as_str(), action, &after, detail, now).await?;
        write.commit().await?;
        Ok(after)
    }

    /// Withdraws a rating: it is gone, and counts nowhere.
    ///
    /// # Errors
    /// If `user` may not, there is none, or it changed since `seen`.
    pub async fn withdraw_feedback(
        &self,
        user: &User,
        id: &FeedbackId,
        seen: u64,
    ) -> Result<FeedbackWithdrawn> {
        rules::may_rate(user)?;
        let mut write = self.store.write().await?;
        let rating = known(&mut write, id).await?;
        decided_on(&rating, seen, rules::may_withdraw_feedback(user, &rating))?;
        feedback::remove(&mut write, id).await?;
        let detail = json!({
            "feedback_id": id,
            "rating": rating.rating,
            "author": rating.author,
            "source": rating.source,
        });
        let action = AuditAction::FeedbackWithdrawn;
        record(
            &mut write,
            user.name.as_str(),
            action,
            &rating,
            detail,
            now(),
        )
        .await?;
        write.commit().await?;
        Ok(FeedbackWithdrawn { id: rating.id })
    }

    /// Returns an interaction, asking the platform for one that is not copied yet.
    ///
    /// # Errors
    /// If there is none, or the platform does not say.
    pub async fn interaction(&self, id: &InteractionId) -> Result<InteractionSummary> {
        let missing = || Error::not_found("interaction", id.as_str());
        let mut read = self.store.read().await?;
        if let Some(interaction) = interactions::get(&mut read, id).await? {
            return Ok(interaction);
        }
        drop(read);
        if !is_sound_id(id.as_str()) {
            return Err(missing());
        }
        let session = match self.platform.session(id.as_str()).await {
            Ok(session) => session,
            Err(error) if error.trouble == Trouble::NotFound => return Err(missing()),
            Err(error) => return Err(error.into()),
        };
        let mut write = self.store.write().await?;
        interactions::keep(&mut write, &copy::interaction(&session), now()).await?;
        let interaction = interactions::get(&mut write, id)
            .await?
            .ok_or_else(missing)?;
        write.commit().await?;
        Ok(interaction)
    }
}

/// Refuses where somebody was quicker, and says who.
async fn nobody_rated(conn: &mut Conn, id: &InteractionId) -> Result<()> {
    let given = feedback::of_interaction(conn, id).await?;
    let Some(newest) = given.first() else {
        return Ok(());
    };
    let message = format!(
        "{} rated this interaction as {} meanwhile. Yours is not kept; rate it as well where you see it \
         otherwise.",
        newest.author,
        newest.rating.as_str(),
    );
    Err(Error::new(ErrorCode::Conflict, message).with(json!({ "feedback": given })))
}

/// Takes a check that can be run.
fn sound(check: Option<Check>) -> Result<Option<Check>> {
    if let Some(check) = &check {
        checks::validate(check).map_err(|problem| {
            let details = json!({
                "field": format!("check.{}", problem.field),
                "at_char": problem.at_char,
            });
            Error::new(ErrorCode::BadRequest, problem.sentence).with(details)
        })?;
    }
    Ok(check)
}

/// Names the parts beside the rating in which two states of a rating differ.
fn differing(before: &Feedback, after: &Feedback) -> Vec<&'static str> {
    let parts = [
        ("comment", before.comment != after.comment),
        ("expected", before.expected != after.expected),
        ("check", before.check != after.check),
    ];
    let differing = parts.into_iter().filter(|(_, is_another)| *is_another);
    differing.map(|(name, _)| name).collect()
}

/// Returns a rating, or says that there is none.
async fn known(conn: &mut Conn, id: &FeedbackId) -> Result<Feedback> {
    feedback::get(conn, id)
        .await?
        .ok_or_else(|| Error::not_found("rating", id.as_str()))
}

/// Refuses what `verdict` refuses, and what was decided on another revision of `rating` than this one.
fn decided_on(rating: &Feedback, seen: u64, verdict: Verdict) -> Result<()> {
    if matches!(&verdict, Err(refusal) if refusal.code == ErrorCode::Forbidden) {
        return Ok(verdict?);
    }
    if seen != rating.revision {
        let details = json!({ "feedback": rating });
        return Err(changed(seen, rating.revision, &[], details));
    }
    Ok(verdict?)
}

/// Records what was done to a rating on the interaction that it is of. What people write is not in the ledger,
/// from which nothing can be taken back.
async fn record(
    conn: &mut Conn,
    actor: &str,
    action: AuditAction,
    rating: &Feedback,
    detail: Value,
    at: Timestamp,
) -> Result<()> {
    let interaction = interactions::get(conn, &rating.interaction_id).await?;
    let title = interaction.map_or_else(String::new, |interaction| interaction.title);
    let entry = NewEntry {
        at,
        actor,
        action,
        subject_kind: SubjectKind::Interaction,
        subject_id: rating.interaction_id.as_str(),
        subject_title: &title,
        agent_id: Some(&rating.agent_id),
        detail,
    };
    audit::append(conn, entry).await?;
    Ok(())
}
