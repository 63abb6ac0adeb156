//! Which dreams are to be reflected on, and the lines of the audit about that.

use super::SYSTEM;
use crate::store::audit::{self, NewEntry};
use crate::store::reflections::{self, Kept, Outcome};
use crate::store::{Conn, StoreResult, agents, settings};
use jiff::Timestamp;
use review_api::{AgentId, AuditAction, DreamId, ReflectionState, SubjectKind};
use serde_json::json;

/// Puts a reflection of the schedule among those that wait, where the agent's plan says so; says whether it did.
///
/// # Errors
/// If the database cannot be written.
pub(in crate::dreaming) async fn want(
    conn: &mut Conn,
    agent_id: &AgentId,
    dream_id: &DreamId,
    now: Timestamp,
) -> StoreResult<bool> {
    const SCHEDULE: &str = "schedule";
    let settings = settings::get(conn, agent_id).await?;
    if !settings.dreaming.plan.reflects
        || !reflections::want(conn, dream_id, agent_id, SCHEDULE, now).await?
    {
        return Ok(false);
    }
    if let Some(kept) = reflections::get(conn, dream_id).await? {
        let action = AuditAction::ReflectionWanted;
        record(conn, &kept, SCHEDULE, action, json!({}), now).await?;
    }
    Ok(true)
}

/// Notes that a dream that did not complete is not reflected on, where the agent's plan would have it.
pub(in crate::dreaming) async fn pass_over(
    conn: &mut Conn,
    agent_id: &AgentId,
    dream_id: &DreamId,
    now: Timestamp,
) -> StoreResult<()> {
    if !want(conn, agent_id, dream_id, now).await? {
        return Ok(());
    }
    let Some(kept) = reflections::get(conn, dream_id).await? else {
        return Ok(());
    };
    let why = "The dream did not complete, so there is nothing to reflect on.";
    let outcome = Outcome::without_answer(ReflectionState::Skipped, why);
    reflections::settle(conn, &kept, &outcome, now).await?;
    let detail = json!({ "attempt": 1, "state": outcome.state, "reason": why });
    record(
        conn,
        &kept,
        SYSTEM,
        AuditAction::ReflectionEnded,
        detail,
        now,
    )
    .await
}

/// Writes a line of the audit about the reflection on a dream.
pub(super) async fn record(
    conn: &mut Conn,
    kept: &Kept,
    actor: &str,
    action: AuditAction,
    detail: serde_json::Value,
    at: Timestamp,
) -> StoreResult<()> {
    let name = agents::name(conn, &kept.agent_id).await?;
    let entry = NewEntry {
        at,
        actor,
        action,
        subject_kind: SubjectKind::Dream,
        subject_id: kept.dream_id.as_str(),
        subject_title: name.as_deref().unwrap_or(kept.agent_id.as_str()),
        agent_id: Some(&kept.agent_id),
        detail,
    };
    audit::append(conn, entry).await?;
    Ok(())
}
