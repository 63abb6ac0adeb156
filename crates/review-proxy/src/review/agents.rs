//! Agents: created, and their settings edited.

use super::{Review, record, same_revision, texts};
use crate::dreaming::copy;
use crate::error::{Error, Result};
use crate::platform::{NewAgent, is_sound_id};
use crate::store::agents;
use crate::store::audit::{self, NewEntry};
use crate::store::settings::{self, Settings};
use crate::store::{Conn, changes, now, sync};
use jiff::Timestamp;
use review_api::{
    Agent, AgentId, AuditAction, CreateAgent, CreateDreaming, DreamingSettings, ErrorCode,
    PatchAgent, SubjectKind, User,
};
use review_core::workflow::state_by_approvals;
use review_core::{approvals, digest, rules};
use serde_json::json;

/// Most approvals that a policy may ask for.
const MOST_APPROVALS: u32 = 10;

impl Review {
    /// Returns an agent in full, asking the platform for one that is not copied yet.
    ///
    /// # Errors
    /// If there is none, or the platform does not say.
    pub async fn agent(&self, id: &AgentId) -> Result<Agent> {
        let missing = || Error::not_found("agent", id.as_str());
        let mut read = self.store.read().await?;
        if let Some(agent) = in_full(&mut read, id).await? {
            return Ok(agent);
        }
        drop(read);
        if !is_sound_id(id.as_str()) {
            return Err(missing());
        }
        let found = match self.platform.agent(id.as_str()).await {
            Ok(agent) => copy::agent(&agent),
            Err(error) if error.code() == ErrorCode::NotFound => return Err(missing()),
            Err(error) => return Err(error.into()),
        };
        let mut write = self.store.write().await?;
        agents::keep(&mut write, &found).await?;
        let agent = in_full(&mut write, id).await?.ok_or_else(missing)?;
        write.commit().await?;
        Ok(agent)
    }

    /// Creates an agent on the platform and keeps its settings.
    ///
    /// # Errors
    /// If `user` may not, a field is wrong, or the platform refuses.
    pub async fn create_agent(&self, user: &User, body: CreateAgent) -> Result<Agent> {
        rules::may_create_agent(user)?;
        let dreaming = dreaming(DreamingSettings::default(), body.dreaming)?;
        texts::prompt("system_prompt", &body.system_prompt)?;
        let description = body.description.filter(|text| !text.trim().is_empty());
        if let Some(description) = &description {
            texts::lines("description", description, 2_048)?;
        }
        let new = NewAgent {
            name: texts::line("name", &body.name, 256)?,
            model: texts::line("model", &body.model, 256)?,
            description,
            system: body.system_prompt,
        };
        record::works(&self.store, user.name.as_str(), AuditAction::AgentCreated).await?;
        let (this, user) = (self.clone(), user.clone());
        self.to_its_end(async move { this.create_and_keep(&user, new, dreaming).await })
            .await
    }

    async fn create_and_keep(
        &self,
        user: &User,
        new: NewAgent,
        dreaming: DreamingSettings,
    ) -> Result<Agent> {
        let created = match self.platform.create_agent(&new).await {
            Ok(agent) => copy::agent(&agent),
            Err(error) if error.may_have_had_an_effect() => {
                let message = format!(
                    "{} The agent may have been created all the same: look for it in the list of \
                     agents before you try again.",
                    error.sentence()
                );
                return Err(Error::new(ErrorCode::OutcomeUnknown, message));
            }
            Err(error) => return Err(error.into()),
        };
        let now = now();
        let mut write = self.store.write().await?;
        agents::keep(&mut write, &created).await?;
        let settings = Settings {
            dreaming,
            revision: 1,
            ..Settings::default()
        };
        settings::set(&mut write, &created.id, &settings).await?;
        let detail = json!({
            "model": new.model,
            "version": created.prompt.version,
            "dreaming": settings.dreaming,
        });
        let action = AuditAction::AgentCreated;
        record_agent(
            &mut write,
            user,
            action,
            &created.id,
            &created.name,
            detail,
            now,
        )
        .await?;
        let agent = in_full(&mut write, &created.id).await?;
        write.commit().await?;
        agent.ok_or_else(|| Error::not_found("agent", created.id.as_str()))
    }

    /// Edits an agent's settings; what is absent stays as it is.
    ///
    /// # Errors
    /// If there is none, `user` may not, a field is wrong, or it changed since `seen`.
    pub async fn edit_agent(
        &self,
        user: &User,
        id: &AgentId,
        body: PatchAgent,
        seen: Option<u64>,
    ) -> Result<Agent> {
        rules::may_edit_settings(user)?;
        self.agent(id).await?;
        let now = now();
        let mut write = self.store.write().await?;
        let missing = || Error::not_found("agent", id.as_str());
        let agent = in_full(&mut write, id).await?.ok_or_else(missing)?;
        let before = settings::get(&mut write, id).await?;
        same_revision(seen, before.revision)?;
        let mut after = before.clone();
        after.dreaming = dreaming(after.dreaming, body.dreaming)?;
        if let Some(needed) = body.approvals_needed {
            if !(1..=MOST_APPROVALS).contains(&needed) {
                let message = format!("Ask for 1 to {MOST_APPROVALS} approvals.");
                return Err(Error::field("approvals_needed", message));
            }
            if needed != after.policy.approvals_needed {
                after.policy.approvals_needed = needed;
                after.policy.version += 1;
            }
        }
        if after == before {
            return Ok(agent);
        }
        after.revision += 1;
        settings::set(&mut write, id, &after).await?;
        let detail = json!({
            "before": { "dreaming": before.dreaming, "policy": before.policy },
            "after": { "dreaming": after.dreaming, "policy": after.policy },
        });
        let action = AuditAction::AgentSettingsChanged;
        record_agent(
            &mut write,
            user,
            action,
            id,
            &agent.summary.name,
            detail,
            now,
        )
        .await?;
        if after.policy != before.policy {
            hand_on_policy(&mut write, user, id, &after, now).await?;
        }
        let agent = in_full(&mut write, id).await?.ok_or_else(missing)?;
        write.commit().await?;
        Ok(agent)
    }
}

async fn in_full(conn: &mut Conn, id: &AgentId) -> Result<Option<Agent>> {
    let freshness = sync::freshness(conn).await?;
    Ok(agents::get(conn, id, freshness, Timestamp::now()).await?)
}

/// Gives waiting changes the new policy; it is part of their digest, so their approvals are void.
async fn hand_on_policy(
    conn: &mut Conn,
    user: &User,
    id: &AgentId,
    settings: &Settings,
    at: Timestamp,
) -> Result<()> {
    for change_id in changes::waiting_of(conn, id).await? {
        let mut change = super::changes::existing(conn, &change_id).await?;
        change.policy = settings.policy.clone();
        change.digest = digest::of(&change);
        let digest = change.digest.clone();
        changes::set_policy(conn, &change_id, &settings.policy, &digest).await?;
        let valid = approvals::valid(&change, at);
        let state = state_by_approvals(valid, settings.policy.approvals_needed);
        if state != change.summary.state {
            super::changes::check_step(&change, state)?;
        }
        changes::set_state(conn, &change_id, state, None, at).await?;
        let detail = json!({
            "policy_version": settings.policy.version,
            "approvals_needed": settings.policy.approvals_needed,
            "approvals_void": change.approvals.len(),
            "digest": digest,
            "was": change.summary.state,
        });
        let action = AuditAction::AgentSettingsChanged;
        record::change(conn, user.name.as_str(), action, &change, detail, at).await?;
    }
    Ok(())
}

async fn record_agent(
    conn: &mut Conn,
    user: &User,
    action: AuditAction,
    id: &AgentId,
    name: &str,
    detail: serde_json::Value,
    at: Timestamp,
) -> Result<()> {
    let entry = NewEntry {
        at,
        actor: user.name.as_str(),
        action,
        subject_kind: SubjectKind::Agent,
        subject_id: id.as_str(),
        subject_title: name,
        agent_id: Some(id),
        detail,
    };
    audit::append(conn, entry).await?;
    Ok(())
}

/// Returns the settings after an edit.
fn dreaming(mut settings: DreamingSettings, edit: CreateDreaming) -> Result<DreamingSettings> {
    if let Some(enabled) = edit.dreaming_enabled {
        settings.dreaming_enabled = enabled;
    }
    if let Some(frequency) = edit.dreaming_frequency {
        settings.dreaming_frequency = frequency;
    }
    match edit.feedback_webhook.as_deref().map(str::trim) {
        None => {}
        Some("") => settings.feedback_webhook = None,
        Some(url) => settings.feedback_webhook = Some(texts::webhook("feedback_webhook", url)?),
    }
    Ok(settings)
}
