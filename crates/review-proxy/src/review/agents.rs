//! Agents: created, and their settings edited.

use super::seen::{and_revision, settings_decided_on};
use super::{Review, dreaming, policy, record, texts};
use crate::dreaming::copy;
use crate::error::{Error, Result};
use crate::platform::{NewAgent, is_sound_id};
use crate::store::agents;
use crate::store::audit::{self, NewEntry};
use crate::store::settings::{self, Settings};
use crate::store::{Conn, now, sync};
use jiff::Timestamp;
use review_api::{
    Agent, AgentId, AuditAction, CreateAgent, DreamingSettings, ErrorCode, PatchAgent, SubjectKind,
    User,
};
use review_core::rules;
use serde_json::json;

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
        let dreaming = dreaming::edited(DreamingSettings::default(), body.dreaming, &self.prices)?;
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
            dreaming_since: dreaming.dreaming_enabled.then_some(now),
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

    /// Edits an agent's settings; what is absent stays as it is. `known` is everyone who can sign in.
    ///
    /// # Errors
    /// If there is none, `user` may not, a field is wrong, or it changed since `seen`.
    pub async fn edit_agent(
        &self,
        user: &User,
        id: &AgentId,
        body: PatchAgent,
        known: &[User],
        seen: u64,
    ) -> Result<Agent> {
        rules::may_edit_settings(user)?;
        self.agent(id).await?;
        let now = now();
        let mut write = self.store.write().await?;
        let missing = || Error::not_found("agent", id.as_str());
        let agent = in_full(&mut write, id).await?.ok_or_else(missing)?;
        settings_decided_on(&mut write, id, seen).await?;
        let before = settings::get(&mut write, id).await?;
        let mut after = before.clone();
        after.policy = policy::edited(&before.policy, &body, known)?;
        after.dreaming = dreaming::edited(after.dreaming, body.dreaming, &self.prices)?;
        after.dreaming_since = dreaming::since(&before, &after.dreaming, now);
        after.automation_since = policy::automatic_since(&before, &after.policy, now);
        if after == before {
            return Ok(agent);
        }
        after.revision += 1;
        settings::set(&mut write, id, &after).await?;
        let name = &agent.summary.name;
        if after.dreaming != before.dreaming {
            let detail = json!({ "before": before.dreaming, "after": after.dreaming });
            let detail = and_revision(detail, after.revision);
            let action = AuditAction::AgentSettingsChanged;
            record_agent(&mut write, user, action, id, name, detail, now).await?;
        }
        if after.policy != before.policy {
            let detail = json!({ "before": before.policy, "after": after.policy });
            let detail = and_revision(detail, after.revision);
            let action = AuditAction::PolicyChanged;
            record_agent(&mut write, user, action, id, name, detail, now).await?;
            policy::hand_on(&mut write, user.name.as_str(), id, &after.policy, now).await?;
        }
        let agent = in_full(&mut write, id).await?.ok_or_else(missing)?;
        write.commit().await?;
        Ok(agent)
    }
}

pub(super) async fn in_full(conn: &mut Conn, id: &AgentId) -> Result<Option<Agent>> {
    let freshness = sync::freshness(conn).await?;
    Ok(agents::get(conn, id, freshness, now()).await?)
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
