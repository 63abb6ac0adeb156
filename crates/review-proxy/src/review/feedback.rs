//! Feedback: what people think of an interaction.

use super::{Review, texts};
use crate::dreaming::copy;
use crate::error::{Error, Result};
use crate::platform::{Trouble, is_sound_id};
use crate::store::audit::{self, NewEntry};
use crate::store::{feedback, interactions, new_id, now};
use review_api::{
    AuditAction, CreateFeedback, Feedback, FeedbackSource, InteractionId, InteractionSummary,
    SubjectKind, User,
};
use review_core::rules;
use serde_json::json;

impl Review {
    /// Rates an interaction.
    ///
    /// # Errors
    /// If `user` may not, the agent has no such interaction, or a text is too long.
    pub async fn rate(&self, user: &User, body: CreateFeedback) -> Result<Feedback> {
        rules::may_rate(user)?;
        let comment = texts::comment("comment", body.comment)?;
        let expected = texts::comment("expected", body.expected)?;
        let interaction = self.interaction(&body.interaction_id).await?;
        if interaction.agent_id != body.agent_id {
            let message = format!(
                "The interaction {:?} is not one of the agent {:?}.",
                body.interaction_id.as_str(),
                body.agent_id.as_str(),
            );
            return Err(Error::new(review_api::ErrorCode::NotFound, message));
        }
        let now = now();
        let rating = Feedback {
            id: new_id("fbk").into(),
            agent_id: body.agent_id,
            interaction_id: body.interaction_id,
            rating: body.rating,
            comment,
            expected,
            author: user.name.clone(),
            source: FeedbackSource::Reviewer,
            created_at: now,
        };
        let mut write = self.store.write().await?;
        feedback::insert(&mut write, &rating).await?;
        let entry = NewEntry {
            at: now,
            actor: user.name.as_str(),
            action: AuditAction::FeedbackGiven,
            subject_kind: SubjectKind::Interaction,
            subject_id: rating.interaction_id.as_str(),
            subject_title: &interaction.title,
            agent_id: Some(&rating.agent_id),
            detail: json!({ "feedback_id": rating.id, "rating": rating.rating }),
        };
        audit::append(&mut write, entry).await?;
        write.commit().await?;
        Ok(rating)
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
        interactions::keep(&mut write, &copy::interaction(&session)).await?;
        let interaction = interactions::get(&mut write, id)
            .await?
            .ok_or_else(missing)?;
        write.commit().await?;
        Ok(interaction)
    }
}
