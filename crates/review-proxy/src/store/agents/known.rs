//! Versions that nobody has looked at yet.

use crate::store::{Conn, StoreResult, count};
use review_api::AgentId;

/// An agent with a version that nobody has looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexplained {
    /// Which agent.
    pub id: AgentId,
    /// Its name.
    pub name: String,
    /// The version that it has.
    pub version: u32,
    /// The last one that was looked at; nothing before the first look.
    pub known_version: Option<u32>,
}

/// Lists agents with a version that nobody has looked at yet, at most 100.
///
/// # Errors
/// If the database cannot be read.
pub async fn unexplained(conn: &mut Conn) -> StoreResult<Vec<Unexplained>> {
    let rows: Vec<(String, String, i64, Option<i64>)> = sqlx::query_as(
        "SELECT id, name, version, known_version FROM agents a
         WHERE (known_version IS NULL OR version > known_version)
           AND NOT EXISTS (SELECT 1 FROM apply_attempts t
               WHERE t.agent_id = a.id AND t.ended_at IS NULL)
         ORDER BY id LIMIT 100",
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|(id, name, version, known_version)| {
            Ok(Unexplained {
                id: id.into(),
                name,
                version: count(version)?,
                known_version: known_version.map(count).transpose()?,
            })
        })
        .collect()
}

/// Notes up to which version an agent was looked at.
///
/// # Errors
/// If the database cannot be written.
pub async fn set_known(conn: &mut Conn, id: &AgentId, version: u32) -> StoreResult<()> {
    sqlx::query("UPDATE agents SET known_version = $2 WHERE id = $1")
        .bind(id.as_str())
        .bind(i64::from(version))
        .execute(conn)
        .await?;
    Ok(())
}
