//! Prompts, version by version, as the platform holds them.

use super::{Conn, StoreResult, count, micros, signed, time};
use jiff::Timestamp;
use review_api::{AgentId, AgentVersion, ChangeId, Prompt};

/// One version of an agent's prompt, and when the platform made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptVersion {
    /// The prompt.
    pub prompt: Prompt,
    /// When this version was made.
    pub created_at: Timestamp,
}

/// Keeps a version; versions never change, so one that is there already stays.
///
/// # Errors
/// If the database cannot be written.
pub async fn keep(conn: &mut Conn, agent_id: &AgentId, version: &PromptVersion) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO prompts (agent_id, version, sha256, text, chars, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (agent_id, version) DO NOTHING",
    )
    .bind(agent_id.as_str())
    .bind(i64::from(version.prompt.version))
    .bind(&version.prompt.sha256)
    .bind(&version.prompt.text)
    .bind(signed(version.prompt.text.chars().count() as u64))
    .bind(micros(version.created_at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Returns one version, if it was kept.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(
    conn: &mut Conn,
    agent_id: &AgentId,
    version: u32,
) -> StoreResult<Option<PromptVersion>> {
    let row: Option<(i64, String, String, i64)> = sqlx::query_as(
        "SELECT version, sha256, text, created_at FROM prompts
         WHERE agent_id = $1 AND version = $2",
    )
    .bind(agent_id.as_str())
    .bind(i64::from(version))
    .fetch_optional(conn)
    .await?;
    let Some((version, sha256, text, created_at)) = row else {
        return Ok(None);
    };
    Ok(Some(PromptVersion {
        prompt: Prompt {
            version: count(version)?,
            sha256,
            text,
        },
        created_at: time(created_at)?,
    }))
}

/// Lists an agent's versions that were kept, newest first, those before `before`.
///
/// # Errors
/// If the database cannot be read.
pub async fn versions(
    conn: &mut Conn,
    agent_id: &AgentId,
    before: Option<u32>,
    limit: u32,
) -> StoreResult<Vec<AgentVersion>> {
    let rows: Vec<(i64, i64, i64, Option<String>)> = sqlx::query_as(
        "SELECT p.version, p.created_at, p.chars,
            (SELECT c.id FROM changes c WHERE c.agent_id = p.agent_id AND c.state = 'applied'
                AND c.outcome_version = p.version ORDER BY c.outcome_at, c.id LIMIT 1)
         FROM prompts p
         WHERE p.agent_id = $1 AND ($2 IS NULL OR p.version < $2)
         ORDER BY p.version DESC LIMIT $3",
    )
    .bind(agent_id.as_str())
    .bind(before.map(i64::from))
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(version, created_at, chars, change_id)| {
            Ok(AgentVersion {
                version: count(version)?,
                created_at: time(created_at)?,
                prompt_chars: count(chars)?,
                change_id: change_id.map(ChangeId),
            })
        })
        .collect()
}

/// Says whether every version up to `newest` was kept.
///
/// # Errors
/// If the database cannot be read.
pub async fn has_all(conn: &mut Conn, agent_id: &AgentId, newest: u32) -> StoreResult<bool> {
    let (kept,): (i64,) =
        sqlx::query_as("SELECT COUNT(*) FROM prompts WHERE agent_id = $1 AND version <= $2")
            .bind(agent_id.as_str())
            .bind(i64::from(newest))
            .fetch_one(conn)
            .await?;
    Ok(kept >= i64::from(newest))
}

/// A version of a prompt, and whether an applied change made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeVersion {
    /// The version.
    pub version: u32,
    /// SHA-256 of its prompt.
    pub sha256: String,
    /// Whether an applied change of ours made it.
    pub is_ours: bool,
}

/// Lists the versions of an agent's prompt that were kept, from `from` to `to`, oldest first, at most 1,000.
///
/// # Errors
/// If the database cannot be read.
pub async fn made_since(
    conn: &mut Conn,
    agent_id: &AgentId,
    from: u32,
    to: u32,
) -> StoreResult<Vec<MadeVersion>> {
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(
        "SELECT p.version, p.sha256,
            (SELECT COUNT(*) FROM changes c WHERE c.agent_id = p.agent_id AND c.target = 'prompt'
                AND c.state = 'applied' AND c.outcome_version = p.version
                AND c.proposed_sha256 = p.sha256)
         FROM prompts p WHERE p.agent_id = $1 AND p.version >= $2 AND p.version <= $3
         ORDER BY p.version LIMIT 1000",
    )
    .bind(agent_id.as_str())
    .bind(i64::from(from))
    .bind(i64::from(to))
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(version, sha256, ours)| {
            Ok(MadeVersion {
                version: count(version)?,
                sha256,
                is_ours: ours > 0,
            })
        })
        .collect()
}
