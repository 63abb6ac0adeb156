//! Drift: prompts that were changed on the platform past this console.

use super::Review;
use super::seen::settings_decided_on;
use crate::error::{Error, Result};
use crate::store::agents::{self, Unexplained};
use crate::store::audit::{self, NewEntry};
use crate::store::{Conn, attempts, drifts, now, prompts, settings};
use jiff::Timestamp;
use review_api::{Agent, AgentId, AuditAction, Drift, DriftSeen, ErrorCode, SubjectKind, User};
use review_core::rules;
use serde_json::json;

/// Actor of what was done on the platform.
const PLATFORM: &str = "platform";

impl Review {
    /// Notes that `user` looked at a prompt which was changed past this console, and forgets the drift.
    ///
    /// # Errors
    /// If there is no such agent, its settings changed since `seen`, nothing drifted, it drifted further
    /// than the version that they looked at, or `user` may not.
    pub async fn drift_seen(
        &self,
        user: &User,
        id: &AgentId,
        body: DriftSeen,
        seen: u64,
    ) -> Result<Agent> {
        rules::may_look_at_drift(user)?;
        let now = now();
        let mut write = self.store.write().await?;
        let name = agents::name(&mut write, id)
            .await?
            .ok_or_else(|| Error::not_found("agent", id.as_str()))?;
        settings_decided_on(&mut write, id, seen).await?;
        let Some(drift) = drifts::get(&mut write, id).await? else {
            let message =
                "No change past this console waits for a look. Somebody may have looked already.";
            return Err(Error::new(ErrorCode::Conflict, message));
        };
        if drift.to_version != body.version {
            let message = format!(
                "The prompt moved on to version {} since you looked. Nothing was done; look at that one.",
                drift.to_version
            );
            return Err(Error::new(ErrorCode::Changed, message)
                .with(json!({ "drift": drift, "revision": seen })));
        }
        drifts::forget(&mut write, id).await?;
        let detail = json!({
            "from_version": drift.from_version,
            "to_version": drift.to_version,
            "attempt_id": drift.attempt_id,
        });
        append(
            &mut write,
            user.name.as_str(),
            AuditAction::DriftSeen,
            (id, &name),
            detail,
            now,
        )
        .await?;
        let agent = super::agents::in_full(&mut write, id).await?;
        write.commit().await?;
        agent.ok_or_else(|| Error::not_found("agent", id.as_str()))
    }
}

/// Looks at every agent that has a version which nobody has looked at yet.
///
/// A version that an applied change of ours made is in order, and so is one with the prompt of the version
/// before; the first look at an agent is where it begins. While an application is under way nobody can tell.
pub(super) async fn look(conn: &mut Conn, at: Timestamp) -> Result<()> {
    for agent in agents::unexplained(conn).await? {
        if attempts::is_open(conn, &agent.id).await? {
            continue;
        }
        if let Some(drift) = drifted(conn, &agent, at).await? {
            drifts::keep(conn, &agent.id, &drift).await?;
            let detail = json!({
                "from_version": drift.from_version,
                "to_version": drift.to_version,
                "attempt_id": drift.attempt_id,
            });
            let of = (&agent.id, agent.name.as_str());
            append(conn, PLATFORM, AuditAction::PromptDrifted, of, detail, at).await?;
        }
        agents::set_known(conn, &agent.id, agent.version).await?;
    }
    Ok(())
}

/// Returns how the prompt drifted between the last version known to be in order and the present one.
async fn drifted(conn: &mut Conn, agent: &Unexplained, at: Timestamp) -> Result<Option<Drift>> {
    let Some(known) = agent.known_version else {
        return Ok(None);
    };
    let versions = prompts::made_since(conn, &agent.id, known, agent.version).await?;
    let mut before: Option<&str> = None;
    let mut found: Option<Drift> = None;
    for version in &versions {
        let is_other = before.is_some_and(|before| before != version.sha256);
        before = Some(&version.sha256);
        if !is_other || version.is_ours {
            continue;
        }
        let made_by =
            attempts::that_would_have_made(conn, &agent.id, version.version, &version.sha256)
                .await?;
        found = Some(Drift {
            from_version: known,
            to_version: version.version,
            found_at: at,
            attempt_id: made_by.or(found.and_then(|earlier| earlier.attempt_id)),
        });
    }
    Ok(found)
}

async fn append(
    conn: &mut Conn,
    actor: &str,
    action: AuditAction,
    (id, name): (&AgentId, &str),
    detail: serde_json::Value,
    at: Timestamp,
) -> Result<()> {
    let revision = settings::get(conn, id).await?.revision;
    let entry = NewEntry {
        at,
        actor,
        action,
        subject_kind: SubjectKind::Agent,
        subject_id: id.as_str(),
        subject_title: name,
        agent_id: Some(id),
        detail: super::seen::and_revision(detail, revision),
    };
    audit::append(conn, entry).await?;
    Ok(())
}
