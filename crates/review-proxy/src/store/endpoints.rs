//! Agents' webhooks: which generation of secret they have, and whether they want anything.

use super::{Conn, StoreResult, count, maybe_time, micros, time};
use jiff::Timestamp;
use review_api::AgentId;

/// An agent's webhook, without its address, which is one of the agent's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Counts the agent's secrets, from 1.
    pub generation: u32,
    /// Names the webhook key that the secret is derived from.
    pub key_id: String,
    /// When this generation came to be.
    pub made_at: Timestamp,
    /// When its secret was shown.
    pub shown_at: Option<Timestamp>,
    /// Until when the generation before counts as well.
    pub former_until: Option<Timestamp>,
    /// The address that wants nothing more.
    pub off_url: Option<String>,
    /// Since when.
    pub off_at: Option<Timestamp>,
}

impl Endpoint {
    /// Makes the first generation of a webhook.
    pub fn first(key_id: &str, at: Timestamp) -> Self {
        Self {
            generation: 1,
            key_id: key_id.to_owned(),
            made_at: at,
            shown_at: None,
            former_until: None,
            off_url: None,
            off_at: None,
        }
    }

    /// Says whether `url` said that it wants nothing more.
    pub fn is_off(&self, url: &str) -> bool {
        self.off_url.as_deref() == Some(url)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    generation: i64,
    key_id: String,
    made_at: i64,
    shown_at: Option<i64>,
    former_until: Option<i64>,
    off_url: Option<String>,
    off_at: Option<i64>,
}

/// Returns an agent's webhook; nothing where there was no use for one yet.
///
/// # Errors
/// If the database cannot be read.
pub async fn get(conn: &mut Conn, id: &AgentId) -> StoreResult<Option<Endpoint>> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT generation, key_id, made_at, shown_at, former_until, off_url, off_at
         FROM webhook_endpoints WHERE agent_id = $1",
    )
    .bind(id.as_str())
    .fetch_optional(conn)
    .await?;
    let read = |row: Row| {
        Ok(Endpoint {
            generation: count(row.generation)?,
            key_id: row.key_id,
            made_at: time(row.made_at)?,
            shown_at: maybe_time(row.shown_at)?,
            former_until: maybe_time(row.former_until)?,
            off_url: row.off_url,
            off_at: maybe_time(row.off_at)?,
        })
    };
    row.map(read).transpose()
}

/// Keeps an agent's webhook as it is given.
///
/// # Errors
/// If the database cannot be written.
pub async fn set(conn: &mut Conn, id: &AgentId, endpoint: &Endpoint) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO webhook_endpoints (agent_id, generation, key_id, made_at, shown_at,
            former_until, off_url, off_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (agent_id) DO UPDATE SET generation = excluded.generation,
            key_id = excluded.key_id, made_at = excluded.made_at, shown_at = excluded.shown_at,
            former_until = excluded.former_until, off_url = excluded.off_url,
            off_at = excluded.off_at",
    )
    .bind(id.as_str())
    .bind(i64::from(endpoint.generation))
    .bind(&endpoint.key_id)
    .bind(micros(endpoint.made_at))
    .bind(endpoint.shown_at.map(micros))
    .bind(endpoint.former_until.map(micros))
    .bind(endpoint.off_url.as_deref())
    .bind(endpoint.off_at.map(micros))
    .execute(conn)
    .await?;
    Ok(())
}
