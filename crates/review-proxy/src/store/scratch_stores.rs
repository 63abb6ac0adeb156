//! Memory stores that staging tests made on the platform, from before they are made until they are gone.

use super::{Conn, StoreResult, maybe_time, micros, time};
use jiff::Timestamp;

/// A store that a test wants, has or had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScratchStore {
    /// Ours, and the mark on the store.
    pub id: String,
    /// Whose.
    pub test_id: String,
    /// Whether it is as the change would leave it; else as it is.
    pub is_proposal: bool,
    /// The platform's id, once it is known.
    pub store_id: Option<String>,
    /// Whether it has all its memories, and nobody removes it.
    pub is_filled: bool,
    /// When it was to be made.
    pub wanted_at: Timestamp,
    /// When it was gone.
    pub gone_at: Option<Timestamp>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    test_id: String,
    is_proposal: i64,
    store_id: Option<String>,
    state: String,
    wanted_at: i64,
    gone_at: Option<i64>,
}

impl Row {
    fn read(self) -> StoreResult<ScratchStore> {
        Ok(ScratchStore {
            id: self.id,
            test_id: self.test_id,
            is_proposal: self.is_proposal != 0,
            store_id: self.store_id,
            is_filled: self.state == "filled",
            wanted_at: time(self.wanted_at)?,
            gone_at: maybe_time(self.gone_at)?,
        })
    }
}

/// Notes a store that is about to be made.
///
/// # Errors
/// If the database cannot be written.
pub async fn want(
    conn: &mut Conn,
    id: &str,
    test_id: &str,
    is_proposal: bool,
    at: Timestamp,
) -> StoreResult<()> {
    sqlx::query(
        "INSERT INTO scratch_stores (id, test_id, is_proposal, state, wanted_at)
         VALUES ($1, $2, $3, 'wanted', $4)",
    )
    .bind(id)
    .bind(test_id)
    .bind(i64::from(is_proposal))
    .bind(micros(at))
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes what the platform calls a store.
///
/// # Errors
/// If the database cannot be written.
pub async fn made(conn: &mut Conn, id: &str, store_id: &str) -> StoreResult<()> {
    sqlx::query("UPDATE scratch_stores SET store_id = $2 WHERE id = $1")
        .bind(id)
        .bind(store_id)
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that a store has all its memories; says `false` if it is to be removed meanwhile.
///
/// # Errors
/// If the database cannot be written.
pub async fn filled(conn: &mut Conn, id: &str) -> StoreResult<bool> {
    let done = sqlx::query(
        "UPDATE scratch_stores SET state = 'filled' WHERE id = $1 AND state = 'wanted'",
    )
    .bind(id)
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes that all stores of a test are to be removed.
///
/// # Errors
/// If the database cannot be written.
pub async fn leave(conn: &mut Conn, test_id: &str) -> StoreResult<()> {
    sqlx::query(
        "UPDATE scratch_stores SET state = 'leaving' WHERE test_id = $1 AND state <> 'gone'",
    )
    .bind(test_id)
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that a store is no more.
///
/// # Errors
/// If the database cannot be written.
pub async fn gone(conn: &mut Conn, id: &str, at: Timestamp) -> StoreResult<()> {
    sqlx::query("UPDATE scratch_stores SET state = 'gone', gone_at = $2 WHERE id = $1")
        .bind(id)
        .bind(micros(at))
        .execute(conn)
        .await?;
    Ok(())
}

/// Lists the stores of a test that are there or wanted, the one as it is first.
///
/// # Errors
/// If the database cannot be read.
pub async fn of_test(conn: &mut Conn, test_id: &str) -> StoreResult<Vec<ScratchStore>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM scratch_stores WHERE test_id = $1 AND state IN ('wanted', 'filled')
         ORDER BY is_proposal, wanted_at, id",
    )
    .bind(test_id)
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}

/// Lists stores that nobody needs any more, oldest first: those that are to be removed, and those of tests that
/// are over.
///
/// # Errors
/// If the database cannot be read.
pub async fn useless(conn: &mut Conn, limit: u32) -> StoreResult<Vec<ScratchStore>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT * FROM scratch_stores WHERE state = 'leaving' OR (state IN ('wanted', 'filled')
            AND NOT EXISTS (SELECT 1 FROM staging_tests t
                WHERE t.id = scratch_stores.test_id AND t.state = 'running'))
         ORDER BY wanted_at, id LIMIT $1",
    )
    .bind(i64::from(limit))
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Row::read).collect()
}
