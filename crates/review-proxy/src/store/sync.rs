//! How old the copies of the platform's data are.

use super::{Conn, StoreResult, maybe_time, micros};
use jiff::Timestamp;
use review_api::Freshness;

/// Name of the row that speaks for the whole copy.
pub const PLATFORM: &str = "platform";

/// What is known of one copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncState {
    /// When it was last read completely.
    pub read_at: Option<Timestamp>,
    /// When that was last tried.
    pub tried_at: Option<Timestamp>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
    /// Where the next read goes on, in the syncer's own words.
    pub position: Option<String>,
}

/// Returns what is known of the copy called `name`.
///
/// # Errors
/// If the database cannot be read.
pub async fn state(conn: &mut Conn, name: &str) -> StoreResult<Option<SyncState>> {
    type Row = (Option<i64>, Option<i64>, Option<String>, Option<String>);
    let row: Option<Row> = sqlx::query_as(
        "SELECT read_at, tried_at, problem, position FROM sync_state WHERE name = $1",
    )
    .bind(name)
    .fetch_optional(conn)
    .await?;
    let Some((read_at, tried_at, problem, position)) = row else {
        return Ok(None);
    };
    Ok(Some(SyncState {
        read_at: maybe_time(read_at)?,
        tried_at: maybe_time(tried_at)?,
        problem,
        position,
    }))
}

/// Returns how old the copy of the platform's data is.
///
/// # Errors
/// If the database cannot be read.
pub async fn freshness(conn: &mut Conn) -> StoreResult<Freshness> {
    let state = state(conn, PLATFORM).await?;
    Ok(state.map_or(
        Freshness {
            read_at: None,
            problem: None,
        },
        |state| Freshness {
            read_at: state.read_at,
            problem: state.problem,
        },
    ))
}

/// Notes that `name` was read completely at `at`, and where the next read goes on.
///
/// # Errors
/// If the database cannot be written.
pub async fn succeeded(
    conn: &mut Conn,
    name: &str,
    at: Timestamp,
    position: Option<&str>,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO sync_state (name, read_at, tried_at, problem, position)
         VALUES ($1, $2, $2, NULL, $3)
         ON CONFLICT (name) DO UPDATE SET
            read_at = excluded.read_at, tried_at = excluded.tried_at, problem = NULL,
            position = COALESCE(excluded.position, sync_state.position)",
    )
    .bind(name)
    .bind(micros(at))
    .bind(position)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that reading `name` failed at `at`, with the reason in a sentence for people.
///
/// # Errors
/// If the database cannot be written.
pub async fn failed(conn: &mut Conn, name: &str, at: Timestamp, problem: &str) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO sync_state (name, tried_at, problem) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET
            tried_at = excluded.tried_at, problem = excluded.problem",
    )
    .bind(name)
    .bind(micros(at))
    .bind(problem)
    .execute(conn)
    .await?;
    Ok(())
}
